use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use super::{FileBecomes, FileChange, Staged, make};

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("plimsoll-{test}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The files by their names, and what they hold.
    fn files(&self) -> Vec<(String, String)> {
        let entries = fs::read_dir(&self.0).unwrap().map(Result::unwrap);
        let mut files: Vec<(String, String)> = entries
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (
                    name,
                    String::from_utf8(fs::read(entry.path()).unwrap_or_default()).unwrap(),
                )
            })
            .collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn change<'c>(target: &Path, becomes: FileBecomes<'c>) -> FileChange<'c> {
    FileChange {
        name: target.to_owned(),
        target: target.to_owned(),
        becomes,
    }
}

fn named<const N: usize>(files: [(&str, &str); N]) -> Vec<(String, String)> {
    files
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into()
}

#[test]
fn all_changes_are_made_and_nothing_else_is_left() {
    let folder = Folder::new("all-changes");
    let (a, b) = (folder.file("a", "old"), folder.file("b", "goes"));
    let c = folder.0.join("c");
    make(&[
        change(&a, FileBecomes::Changed("new")),
        change(&b, FileBecomes::Removed),
        change(&c, FileBecomes::New("fresh")),
    ])
    .unwrap();
    assert_eq!(folder.files(), named([("a", "new"), ("c", "fresh")]));
}

#[test]
fn a_file_keeps_its_permissions() {
    let folder = Folder::new("permissions");
    let file = folder.file("a", "old");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    make(&[change(&file, FileBecomes::Changed("new"))]).unwrap();
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
}

#[test]
fn a_new_file_never_takes_the_place_of_another_one() {
    let folder = Folder::new("never-overwrites");
    let (a, b) = (folder.file("a", "old"), folder.file("b", "theirs"));
    let refused = make(&[
        change(&a, FileBecomes::Changed("new")),
        change(&b, FileBecomes::New("ours")),
    ]);
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("all files are as they were"), "{message}");
    assert_eq!(folder.files(), named([("a", "old"), ("b", "theirs")]));
    // A link that leads nowhere is somebody's too.
    let link = folder.0.join("link");
    symlink("nowhere", &link).unwrap();
    make(&[change(&link, FileBecomes::New("ours"))]).unwrap_err();
    assert!(!folder.0.join("nowhere").exists());
}

#[test]
fn what_was_made_before_a_failure_is_undone() {
    let folder = Folder::new("undone");
    let (a, b) = (folder.file("a", "old"), folder.file("b", "goes"));
    let (c, late) = (folder.0.join("c"), folder.file("late", "x"));
    let changes = [
        change(&a, FileBecomes::Changed("new")),
        change(&b, FileBecomes::Removed),
        change(&c, FileBecomes::New("fresh")),
        change(&late, FileBecomes::Changed("y")),
    ];
    let mut staged = Staged::default();
    staged.stage(&changes).unwrap();
    // Somebody puts a folder in the place of the last file, which no file can replace.
    fs::remove_file(&late).unwrap();
    fs::create_dir(&late).unwrap();
    staged.commit().unwrap_err();
    staged.undo().unwrap();
    let left = named([("a", "old"), ("b", "goes"), ("late", "")]);
    assert_eq!(folder.files(), left);
}

#[test]
fn a_removal_that_fails_takes_nothing_with_it() {
    let folder = Folder::new("failed-removal");
    let (a, gone) = (folder.file("a", "old"), folder.0.join("gone"));
    let refused = make(&[
        change(&a, FileBecomes::Removed),
        change(&gone, FileBecomes::Removed),
    ]);
    assert!(refused.is_err());
    assert_eq!(folder.files(), named([("a", "old")]));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = Folder::new("no-folder");
    let file = folder.0.join("nowhere/a");
    let message = make(&[change(&file, FileBecomes::New("x"))])
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("nowhere/a could not be written"),
        "{message}"
    );
    assert!(message.contains("its folder is not there"), "{message}");
}
