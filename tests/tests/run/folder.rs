//! A folder with manifests and configurations, and calls of the program in it.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Deref;
use std::process::Command;

use checks::binary::{self, Ran};

use crate::{CONFIG, RESOURCES};

/// A folder with configurations for the program.
pub(crate) struct Folder(checks::Folder);

impl Deref for Folder {
    type Target = checks::Folder;

    fn deref(&self) -> &checks::Folder {
        &self.0
    }
}

impl Folder {
    /// The configurations and these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let configs = [("production.yaml", CONFIG), ("resources.yaml", RESOURCES)];
        let folder = Self(checks::Folder::of(&configs));
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
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
