//! The plugin folder, and what stands in it for each kind of configuration.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sdk::{Collect as _, Function, Visitor};

use super::super::plugin_folder;
use super::plugin::{INSTALL, Plugin, look};
use super::report::Entry;

/// The plugin folder.
#[derive(Clone, Debug)]
pub(super) struct Plugins {
    /// Those that exist; kustomize reads the first and no other.
    folders: Vec<PathBuf>,
    by_kind: BTreeMap<&'static str, Plugin>,
}

impl Plugins {
    pub(super) fn find() -> Self {
        let folders = plugin_folder::existing();
        let first = folders.first().map(PathBuf::as_path);
        let mut versions = BTreeMap::new();
        let mut states = kinds().into_iter().map(|kind| {
            let plugin = first.map_or(Plugin::NoFolder, |folder| {
                look(&plugin_folder::plugin(folder, kind), &mut versions)
            });
            (kind, plugin)
        });
        let by_kind = states.by_ref().into_map();
        Self { folders, by_kind }
    }

    /// What there is for a kind.
    pub(super) fn of(&self, kind: &str) -> Option<&Plugin> {
        self.by_kind.get(kind)
    }

    /// What is to be said about the folder, whatever a kustomization needs of it.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = not_there(&self.folders).into_iter().collect();
        let Some(folder) = self.folders.first() else {
            entries.push(none_at_all());
            return entries;
        };
        entries.push(self.summary(folder));
        entries.extend(
            self.by_kind
                .iter()
                .filter_map(|(kind, plugin)| broken(kind, plugin)),
        );
        let shadowed = self.folders.iter().skip(1);
        entries.extend(shadowed.filter_map(|other| self.shadowed(folder, other)));
        entries
    }

    /// How many plugins are as they should be.
    fn summary(&self, folder: &Path) -> Entry {
        let is_installed = |plugin: &&Plugin| matches!(plugin, Plugin::Own | Plugin::Copy);
        let (installed, all) = (
            self.by_kind.values().filter(is_installed).count(),
            self.by_kind.len(),
        );
        let what = format!(
            "{}: {installed} of {all} plugins are this version of plimsoll",
            folder.display()
        );
        if installed == all {
            return Entry::fine(what);
        }
        let missing = self
            .by_kind
            .iter()
            .filter(|(_, plugin)| plugin.failure().is_some());
        let kinds: Vec<&str> = missing.map(|(kind, _)| *kind).collect();
        let list = if kinds.is_empty() {
            String::new()
        } else {
            format!("; not {}", kinds.join(", "))
        };
        Entry::note(what + &list).type_in(INSTALL)
    }

    /// A folder that has plugins which the one that is read lacks.
    fn shadowed(&self, read: &Path, other: &Path) -> Option<Entry> {
        let lacks = self.by_kind.iter().any(|(kind, plugin)| {
            let link = plugin_folder::plugin(other, kind);
            matches!(plugin, Plugin::Missing(_)) && link.symlink_metadata().is_ok()
        });
        let what = format!(
            "the plugins in {} are never found: {} exists and comes first",
            other.display(),
            read.display()
        );
        lacks.then(|| Entry::warning(what).type_in(INSTALL))
    }
}

/// Every kind of configuration.
fn kinds() -> Vec<&'static str> {
    struct Kinds(Vec<&'static str>);
    impl Visitor for Kinds {
        fn visit<F: Function>(&mut self) {
            self.0.push(F::KIND);
        }
    }
    let mut kinds = Kinds(Vec::new());
    crate::visit_all(&mut kinds);
    kinds.0.push(sdk::PIPELINE);
    kinds.0
}

fn broken(kind: &str, plugin: &Plugin) -> Option<Entry> {
    let link = match plugin {
        Plugin::Other(link, said) => {
            let target = link.canonicalize().unwrap_or_else(|_| link.clone());
            return Some(
                Entry::warning(format!(
                    "{kind} is not run by this plimsoll {} but by {}, whose --version says: {said}",
                    env!("CARGO_PKG_VERSION"),
                    target.display()
                ))
                .type_in(INSTALL),
            );
        }
        Plugin::Missing(link) if link.is_symlink() => link,
        Plugin::NotExecutable(link) => link,
        _ => return None,
    };
    let what = match fs::read_link(link) {
        Ok(target) if matches!(plugin, Plugin::Missing(_)) => {
            format!(
                "{} leads to {}, which is not there",
                link.display(),
                target.display()
            )
        }
        _ => format!("{} can't be run", link.display()),
    };
    Some(Entry::error(what).type_in(plugin.remedy()))
}

/// A folder that the user names and that isn't there.
fn not_there(existing: &[PathBuf]) -> Option<Entry> {
    let told = plugin_folder::places().into_iter().next()?;
    let folder = told.folder.filter(|folder| !folder.exists())?;
    let instead = existing.first().map_or_else(String::new, |folder| {
        format!("; kustomize reads {} instead", folder.display())
    });
    let what = format!(
        "{} is {}, which is not there{instead}",
        told.by,
        folder.display()
    );
    Some(Entry::warning(what).type_in(INSTALL))
}

fn none_at_all() -> Entry {
    let looked = plugin_folder::places().into_iter().filter_map(|place| {
        let folder = place.folder?;
        Some(format!("{} ({})", folder.display(), place.by))
    });
    let looked: Vec<String> = looked.collect();
    Entry::note(format!(
        "there is none; kustomize and kubectl look for {}",
        looked.join(", then ")
    ))
    .type_in(INSTALL)
}
