//! What kustomize finds for a kind of configuration in the plugin folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sdk::{Function, Visitor};

use super::process;

/// What kustomize finds for a kind of configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plugin {
    /// This very program.
    Own,
    /// Another copy of this version.
    Copy,
    /// Something else that runs; what it says its version is.
    Other(PathBuf, String),
    /// Nothing, or a link to nothing.
    Missing(PathBuf),
    /// What can't be run.
    NotExecutable(PathBuf),
    /// There is no plugin folder at all.
    NoFolder,
    /// There is none because a file stands where a folder should.
    InTheWay(PathBuf),
}

impl Plugin {
    /// Why it doesn't run.
    pub(super) fn cause(&self) -> Option<&'static str> {
        Some(match self {
            Self::Own | Self::Copy | Self::Other(..) => return None,
            Self::Missing(path) if path.is_symlink() => "its plugin is a link to nothing",
            Self::Missing(_) => "the plugin folder has no plugin for it",
            Self::NotExecutable(_) => "its plugin is no program",
            Self::NoFolder => "there is no plugin folder",
            Self::InTheWay(_) => "the plugin folder is no folder",
        })
    }

    /// What kustomize says where it can't run it.
    pub(super) fn failure(&self) -> Option<String> {
        Some(match self {
            Self::Own | Self::Copy | Self::Other(..) => return None,
            Self::Missing(path) => {
                format!(
                    "expected file with Go object code at: {}.so",
                    path.display()
                )
            }
            Self::NotExecutable(path) if path.is_dir() => "permission denied".to_owned(),
            Self::NotExecutable(path) => format!("unexecutable plugin at: {}", path.display()),
            Self::NoFolder => "unable to find plugin root".to_owned(),
            Self::InTheWay(path) => format!("stat {}: not a directory", path.display()),
        })
    }

    /// What to type then.
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::NotExecutable(path) if path.is_file() && !path.is_symlink() => {
                format!("chmod +x {}", path.display())
            }
            _ => INSTALL.to_owned(),
        }
    }
}

/// What makes every plugin.
pub(super) const INSTALL: &str = "plimsoll install-plugins";

/// What stands at a path. `versions` keeps what programs have said, since most links lead to the same one.
pub(super) fn look(path: &Path, versions: &mut BTreeMap<PathBuf, String>) -> Plugin {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Plugin::InTheWay(path.to_owned());
        }
        Err(_) => return Plugin::Missing(path.to_owned()),
        Ok(_) if !process::is_executable(path) => return Plugin::NotExecutable(path.to_owned()),
        Ok(_) => {}
    }
    let program = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let own = env::current_exe().and_then(|own| own.canonicalize());
    if own.is_ok_and(|own| own == program) {
        return Plugin::Own;
    }
    let said = versions
        .entry(program.clone())
        .or_insert_with(|| version(&program));
    if is_of_this_version(said) {
        Plugin::Copy
    } else {
        Plugin::Other(path.to_owned(), said.clone())
    }
}

fn version(program: &Path) -> String {
    match process::ask(program, &["--version"]) {
        Ok(said) => said.first_line().to_owned(),
        Err(error) => error,
    }
}

/// Whether it is what `--version` of plimsoll, or of a program of one function, prints.
fn is_of_this_version(said: &str) -> bool {
    struct Named<'s>(&'s str, bool);
    impl Visitor for Named<'_> {
        fn visit<F: Function>(&mut self) {
            self.1 |= self.0 == F::NAME;
        }
    }
    let Some((name, version)) = said.split_once(' ') else {
        return false;
    };
    let mut named = Named(name, name == env!("CARGO_PKG_NAME"));
    crate::visit_all(&mut named);
    named.1 && version == env!("CARGO_PKG_VERSION")
}
