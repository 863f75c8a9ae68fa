//! Links in the folder where kustomize and kubectl look for plugins, so that `kind: InjectProbes` under
//! `transformers:` runs this program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sdk::{Function, Visitor};

use super::plugin_folder;

/// Makes the links and returns what was done, a line each.
pub(super) fn run(dir: Option<&str>) -> Result<String, String> {
    let program = env::current_exe()
        .map_err(|error| format!("plimsoll: the program's own path is not known: {error}\n"))?;
    let folder = match dir {
        Some(dir) => PathBuf::from(dir),
        None => plugin_folder::for_plugins().ok_or(
            "plimsoll: neither KUSTOMIZE_PLUGIN_HOME nor HOME is set; give the folder with --dir\n",
        )?,
    };
    let mut links = Links {
        program,
        folder,
        done: Ok(String::new()),
    };
    crate::visit_all(&mut links);
    links.make(sdk::PIPELINE);
    links.done
}

struct Links {
    program: PathBuf,
    folder: PathBuf,
    done: Result<String, String>,
}

impl Visitor for Links {
    fn visit<F: Function>(&mut self) {
        self.make(F::KIND);
    }
}

impl Links {
    /// Makes the link for a kind of configuration.
    fn make(&mut self, kind: &str) {
        let Ok(done) = &mut self.done else { return };
        let link = plugin_folder::plugin(&self.folder, kind);
        match make(&link, &self.program) {
            Ok(()) => {
                let _ = writeln!(done, "{} -> {}", link.display(), self.program.display());
            }
            Err(error) => {
                self.done = Err(format!(
                    "plimsoll: {} could not be made: {error}\n",
                    link.display()
                ));
            }
        }
    }
}

/// Makes a link, in the place of an older one; what is no link is somebody else's.
fn make(link: &Path, program: &Path) -> io::Result<()> {
    if let Some(folder) = link.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::symlink_metadata(link) {
        Ok(existing) if existing.is_symlink() => fs::remove_file(link)?,
        Ok(_) => {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "a file that is no link is in the way; remove it",
            ));
        }
        Err(_) => {}
    }
    std::os::unix::fs::symlink(program, link)
}
