//! The platform's files in a folder where a test may change them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use checks::{Folder, binary};

/// A copy of base/ and overlays/.
pub(super) fn copy() -> Folder {
    let tree = Folder::of(&[]);
    for part in ["base", "overlays"] {
        copy_folder(&binary::root().join(part), &tree.join(part));
    }
    tree
}

/// Copies a folder with all that is in it.
pub(super) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for from in entries(from) {
        let to = to.join(from.file_name().expect("an entry has a name"));
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            fs::copy(&from, &to).expect("the file can be copied");
        }
    }
}

/// What the files of a folder hold.
pub(super) fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for path in entries(folder) {
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            let text = fs::read_to_string(&path).expect("the file can be read");
            files.insert(path, text);
        }
    }
    files
}

/// The same as one stream.
pub(super) fn stream(folder: &Path) -> String {
    let files: Vec<String> = files(folder).into_values().collect();
    files.join("---\n")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect()
}
