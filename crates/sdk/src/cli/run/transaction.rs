//! Changes to several files of which all are made, or none.
//!
//! New text goes to a file beside its target first; only when all of it is on the disk do files change their
//! names, which can be undone.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::input::Error;

/// A change to a file.
#[derive(Debug)]
pub(super) struct FileChange<'c> {
    /// The file as the user knows it.
    pub(super) name: PathBuf,
    /// The file itself, where the name is that of a link.
    pub(super) target: PathBuf,
    pub(super) becomes: FileBecomes<'c>,
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileBecomes<'c> {
    /// It gets this text; permissions stay.
    Changed(&'c str),
    /// It comes into being.
    New(&'c str),
    /// It goes.
    Removed,
}

impl<'c> FileChange<'c> {
    /// A file that isn't there yet.
    pub(super) fn new_file(path: PathBuf, text: &'c str) -> Self {
        Self {
            name: path.clone(),
            target: path,
            becomes: FileBecomes::New(text),
        }
    }
}

/// What is done, for people.
impl fmt::Display for FileChange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.becomes {
            FileBecomes::Changed(_) => "changed",
            FileBecomes::New(_) => "new",
            FileBecomes::Removed => "removed",
        };
        write!(f, "{what}: {}", self.name.display())
    }
}

/// Makes all the changes, or none.
pub(super) fn make(changes: &[FileChange<'_>]) -> Result<(), Error> {
    let mut staged = Staged::default();
    let made = staged.stage(changes).and_then(|()| staged.commit());
    match made {
        Ok(()) => {
            staged.forget();
            Ok(())
        }
        Err(error) => Err(match staged.undo() {
            Ok(()) => Error::Io(format!("{error}; all files are as they were")),
            Err(left) => Error::Io(format!("{error}; {left}")),
        }),
    }
}

/// Files on their way.
#[derive(Debug, Default)]
struct Staged {
    files: Vec<StagedFile>,
}

#[derive(Debug)]
struct StagedFile {
    target: PathBuf,
    /// The new text, until it is the target's.
    text: Option<PathBuf>,
    /// What the target held.
    backup: Option<PathBuf>,
    /// Whether the target was made here, to hold its name.
    is_new: bool,
    /// Whether the change is made.
    is_made: bool,
}

impl Staged {
    /// Writes all new text beside its target.
    fn stage(&mut self, changes: &[FileChange<'_>]) -> Result<(), String> {
        for change in changes {
            self.files.push(StagedFile {
                target: change.target.clone(),
                text: None,
                backup: None,
                is_new: false,
                is_made: false,
            });
            let number = self.files.len();
            let staged = self.files.last_mut().map(|file| file.stage(change, number));
            if let Some(Err(error)) = staged {
                return Err(unwritable(&change.name, &error));
            }
        }
        Ok(())
    }

    /// Puts the new text in place of the old.
    fn commit(&mut self) -> Result<(), String> {
        for (number, file) in self.files.iter_mut().enumerate() {
            let moved = file.commit(number);
            moved.map_err(|error| unwritable(&file.target, &error))?;
        }
        Ok(())
    }

    /// Puts everything back; or says what is left to do by hand.
    fn undo(&mut self) -> Result<(), String> {
        let undone = self.files.iter().rev().map(StagedFile::undo);
        let left: Vec<String> = undone.filter_map(Result::err).collect();
        if left.is_empty() {
            return Ok(());
        }
        Err(left.join("; "))
    }

    /// Drops what was kept to undo it all. What can't be removed harms nobody: its name begins with a dot.
    fn forget(self) {
        for backup in self.files.into_iter().filter_map(|file| file.backup) {
            let _ = fs::remove_file(backup);
        }
    }
}

impl StagedFile {
    fn stage(&mut self, change: &FileChange<'_>, number: usize) -> io::Result<()> {
        let (text, like) = match change.becomes {
            FileBecomes::Removed => return Ok(()),
            FileBecomes::Changed(text) => (text, Some(fs::metadata(&self.target)?)),
            FileBecomes::New(text) => {
                // Fails where there is such a file, and keeps others from making one.
                File::create_new(&self.target)?;
                self.is_new = true;
                (text, None)
            }
        };
        let (path, mut file) = beside(&self.target, number)?;
        self.text = Some(path.clone());
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        if let Some(like) = like {
            let (user, group) = (Some(like.uid()), Some(like.gid()));
            // Only the administrator may give files away; for all others the owner is the same already.
            let _ = std::os::unix::fs::chown(&path, user, group);
            fs::set_permissions(&path, like.permissions())?;
        }
        Ok(())
    }

    fn commit(&mut self, number: usize) -> io::Result<()> {
        if let Some(text) = self.text.clone() {
            if !self.is_new {
                self.back_up(number)?;
            }
            fs::rename(&text, &self.target)?;
            self.text = None;
        } else {
            let (backup, _) = beside(&self.target, number)?;
            self.backup = Some(backup.clone());
            fs::rename(&self.target, &backup)?;
        }
        self.is_made = true;
        Ok(())
    }

    /// Keeps what the target holds under a second name: the target itself never lacks a text.
    fn back_up(&mut self, number: usize) -> io::Result<()> {
        let (backup, placeholder) = beside(&self.target, number)?;
        drop(placeholder);
        self.backup = Some(backup.clone());
        fs::remove_file(&backup)?;
        // Not every file system knows second names.
        fs::hard_link(&self.target, &backup).or_else(|_| fs::copy(&self.target, &backup).map(drop))
    }

    fn undo(&self) -> Result<(), String> {
        let target = self.target.display();
        if let (true, Some(backup)) = (self.is_made, &self.backup) {
            return fs::rename(backup, &self.target).map_err(|error| {
                let backup = backup.display();
                format!("{target} could not be put back ({error}); move {backup} there")
            });
        }
        // What stays of these harms nobody: their names begin with a dot.
        for file in self.text.iter().chain(&self.backup) {
            let _ = fs::remove_file(file);
        }
        if self.is_new {
            return fs::remove_file(&self.target).map_err(|error| {
                format!("{target} could not be taken away again ({error}); remove it")
            });
        }
        Ok(())
    }
}

/// A new file in the folder of another one, which no tool takes for a manifest.
fn beside(target: &Path, number: usize) -> io::Result<(PathBuf, File)> {
    let folder = target.parent().unwrap_or(Path::new(""));
    let process = std::process::id();
    let mut attempt = 0_u32;
    loop {
        let name = format!(".plimsoll-{process}-{number}-{attempt}.tmp");
        let path = folder.join(name);
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 1000 => {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("{path} could not be written: its folder is not there"),
        _ => format!("{path} could not be written: {error}"),
    }
}

#[cfg(test)]
mod tests;
