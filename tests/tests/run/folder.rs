//! A folder with manifests and configurations, and calls of the program in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use checks::binary::{self, Ran};

use crate::{CONFIG, RESOURCES};

/// A folder that is gone after the test.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// The configurations and these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder for the test"));
        let configs = [("production.yaml", CONFIG), ("resources.yaml", RESOURCES)];
        for (name, text) in configs.iter().chain(files) {
            folder.write(name, text);
        }
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.join(name);
        fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("a folder");
        fs::write(path, text).expect("the file can be written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Every file in a folder below this one, by its path from there.
    pub(crate) fn files(&self, below: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.join(below)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(self.join(below)).expect("a file below");
                let text = fs::read_to_string(&path).unwrap_or_default();
                found.insert(name.display().to_string(), text);
            }
        }
        found
    }

    /// `plimsoll run` with these arguments, in this folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary::path("plimsoll"));
        command
            .current_dir(self.path())
            .arg("run")
            .args(arguments)
            .env_remove("NO_COLOR");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_on(arguments, "")
    }

    pub(crate) fn run_on(&self, arguments: &[&str], stdin: &str) -> Ran {
        binary::run(&mut self.command(arguments), stdin.as_bytes())
    }

    /// The same of a run that must succeed.
    #[track_caller]
    pub(crate) fn done(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
        ran
    }

    /// Of a call that can't be served: nothing on stdout, and these words on stderr.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str], words: &str) {
        self.refuses_on(arguments, "", words);
    }

    #[track_caller]
    pub(crate) fn refuses_on(&self, arguments: &[&str], stdin: &str, words: &str) {
        let ran = self.run_on(arguments, stdin);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
    }
}
