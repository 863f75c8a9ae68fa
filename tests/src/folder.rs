//! A folder with files of a user, and calls of tools in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binary;

/// A folder that is gone after the test.
#[derive(Debug)]
pub struct Folder(tempfile::TempDir);

impl Folder {
    /// A folder with these files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder for the test"));
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where a file in it is.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file, with the folders it stands in.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.join(name);
        let parent = path.parent().expect("a file stands in a folder");
        fs::create_dir_all(parent).expect("the folder can be made");
        fs::write(path, text).expect("the file can be written");
    }

    /// What a file holds now.
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A call of a program here, with the binaries under test on PATH and nothing of the user's own configuration.
    pub fn call(&self, program: PathBuf, arguments: &[&str]) -> Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = [binary::folder().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&path));
        let path = std::env::join_paths(folders).expect("folders without colons");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.path())
            .env("PATH", path)
            .env_remove("KUSTOMIZE_PLUGIN_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env("KUBECONFIG", "/dev/null");
        command
    }
}
