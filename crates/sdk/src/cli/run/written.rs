//! Everything that a run writes to files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::files;
use super::transaction::{self, FileBecomes, FileChange};
use crate::input::Error;

/// Everything that a run writes to files.
#[derive(Debug)]
pub(super) struct Written<'w> {
    files: Vec<FileChange<'w>>,
    /// Pipes and devices, which take what they are given and keep no file.
    streams: Vec<(PathBuf, &'w str)>,
}

impl<'w> Written<'w> {
    pub(super) fn of(files: Vec<FileChange<'w>>) -> Self {
        Self {
            files,
            streams: Vec::new(),
        }
    }

    pub(super) fn files(&self) -> &[FileChange<'w>] {
        &self.files
    }

    /// Adds a file that the user named.
    pub(super) fn add(&mut self, file: &str, text: &'w str) -> Result<(), Error> {
        let path = PathBuf::from(file);
        let unreadable = |error: io::Error| files::unreadable(&path, &error);
        match fs::metadata(&path) {
            Ok(known) if known.is_dir() => {
                return Err(Error::Usage(format!(
                    "{file} is a folder; name a file in it"
                )));
            }
            Ok(known) if known.is_file() => {
                self.files.push(FileChange {
                    target: fs::canonicalize(&path).map_err(unreadable)?,
                    name: path,
                    becomes: FileBecomes::Changed(text),
                });
            }
            Ok(_) => self.streams.push((path, text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.files.push(FileChange::new_file(path, text));
            }
            Err(error) => return Err(unreadable(error)),
        }
        Ok(())
    }

    /// Writes all of it.
    pub(super) fn write(&self) -> Result<(), Error> {
        transaction::make(&self.files)?;
        for (path, text) in &self.streams {
            fs::write(path, text).map_err(|error| unwritable(path, &error))?;
        }
        Ok(())
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::Io(format!("{} could not be written: {error}", path.display()))
}
