//! Which files of a folder change, and how.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::super::files;
use super::transaction::{FileBecomes, FileChange};
use crate::finding::Identity;
use crate::input::{Error, Input, SourceText};
use crate::session::{Becomes, NewObject, Session};

/// The manifests of a folder, each file once, whatever links lead to it.
pub(super) fn sources(folder: &str) -> Result<Vec<SourceText>, Error> {
    let mut seen = BTreeSet::new();
    let mut sources = files::sources_of(folder)?;
    sources.retain(|source| {
        let name = PathBuf::from(source.file.as_deref().unwrap_or_default());
        seen.insert(real_path(&name).unwrap_or(name))
    });
    Ok(sources)
}

/// What becomes of the files, as the changes that the session made.
#[derive(Debug, Default)]
pub(super) struct Edits<'o> {
    changed: BTreeMap<usize, Becomes<'o>>,
    new: Vec<NewObject<'o>>,
}

impl<'o> Edits<'o> {
    pub(super) fn of(session: &'o Session<'_>) -> Result<Self, Error> {
        Ok(Self {
            changed: session.changed_sources(),
            new: session.additions()?,
        })
    }

    /// The changes, by the files as they were named.
    pub(super) fn files(&self, input: &Input) -> Result<Vec<FileChange<'_>>, Error> {
        let mut changes = Vec::new();
        for (number, becomes) in &self.changed {
            let Some(name) = file_of(input, *number) else {
                continue;
            };
            is_as_it_was_read(input, *number, name)?;
            let name = PathBuf::from(name);
            match becomes {
                Becomes::Text(text) => changes.push(FileChange {
                    target: real_path(&name)?,
                    name,
                    becomes: FileBecomes::Changed(text),
                }),
                Becomes::Nothing => changes.extend(removals(&name)?),
            }
        }
        let mut taken = BTreeSet::new();
        for new in &self.new {
            let folder = folder(input, new);
            let path = free_path(&folder, &new.identity, &mut taken);
            changes.push(FileChange::new_file(path, &new.text));
        }
        Ok(changes)
    }
}

/// The folder of the file with the object that a new one is for.
fn folder(input: &Input, new: &NewObject<'_>) -> PathBuf {
    let beside = new.beside.and_then(|number| file_of(input, number));
    let first = || file_of(input, 0);
    let file = beside.or_else(first).unwrap_or_default();
    Path::new(file).parent().unwrap_or(Path::new("")).to_owned()
}

/// A file goes, and the link that leads to it.
fn removals(name: &Path) -> Result<Vec<FileChange<'static>>, Error> {
    let real = real_path(name)?;
    let is_link = fs::symlink_metadata(name).is_ok_and(|known| known.is_symlink());
    let targets = is_link.then(|| name.to_owned()).into_iter().chain([real]);
    let removal = |target| FileChange {
        name: name.to_owned(),
        target,
        becomes: FileBecomes::Removed,
    };
    Ok(targets.map(removal).collect())
}

fn file_of(input: &Input, source: usize) -> Option<&str> {
    input.sources.get(source)?.file.as_deref()
}

fn real_path(name: &Path) -> Result<PathBuf, Error> {
    fs::canonicalize(name).map_err(|error| files::unreadable(name, &error))
}

/// Refuses to write over what somebody else has written since.
fn is_as_it_was_read(input: &Input, source: usize, name: &str) -> Result<(), Error> {
    let read = input.sources.get(source).map(|source| source.stream.text());
    if Some(files::read_file(name)?.as_str()) == read {
        return Ok(());
    }
    Err(Error::Io(format!(
        "{name} was changed by somebody else during the run; nothing was written, so run it again"
    )))
}

/// `kind-name.yaml` in a folder, with a number where there is such a file.
fn free_path(folder: &Path, identity: &Identity, taken: &mut BTreeSet<PathBuf>) -> PathBuf {
    let stem = stem(identity);
    let mut number = 1_u64;
    loop {
        let suffix = if number == 1 {
            String::new()
        } else {
            format!("-{number}")
        };
        let path = folder.join(format!("{stem}{suffix}.yaml"));
        let is_there = fs::symlink_metadata(&path).is_ok();
        if !is_there && taken.insert(path.clone()) {
            return path;
        }
        number += 1;
    }
}

/// Longer names than this many bytes, with a number and an ending, are more than file systems take.
const LONGEST: usize = 200;

/// The name of a file for an object, of characters that every file system takes.
fn stem(identity: &Identity) -> String {
    let name = format!("{}-{}", identity.kind, identity.name).to_lowercase();
    let plain = name.chars().map(|letter| {
        let is_plain = letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        if is_plain { letter } else { '-' }
    });
    plain.take(LONGEST).collect()
}
