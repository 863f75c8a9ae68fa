//! Where kustomize and kubectl look for plugins.
//!
//! Functions never look at the environment. These commands do, since kustomize does and they are about kustomize.

use std::env;
use std::path::{Path, PathBuf};

use sdk::API_VERSION;

/// One of the places where kustomize looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// What decides it.
    pub(super) by: &'static str,
    /// The folder; none where what decides it is not set.
    pub(super) folder: Option<PathBuf>,
}

/// All of them, in the order in which kustomize looks; it takes the first that exists, whatever is in it.
pub(super) fn places() -> Vec<Place> {
    let set = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let below = |base: Option<PathBuf>, path: &str| base.map(|base| base.join(path));
    let place = |by, folder| Place { by, folder };
    vec![
        place("$KUSTOMIZE_PLUGIN_HOME", set("KUSTOMIZE_PLUGIN_HOME")),
        place(
            "$XDG_CONFIG_HOME",
            below(set("XDG_CONFIG_HOME"), "kustomize/plugin"),
        ),
        place("$HOME", below(set("HOME"), ".config/kustomize/plugin")),
        place("$HOME", below(set("HOME"), "kustomize/plugin")),
    ]
}

/// The folders that exist; kustomize reads the first and none of the others.
pub(super) fn existing() -> Vec<PathBuf> {
    let set = places().into_iter().filter_map(|place| place.folder);
    set.filter(|folder| folder.exists()).collect()
}

/// Where plugins belong: the folder that kustomize is told to read, else the one that it reads, else the first
/// that it would.
pub(super) fn for_plugins() -> Option<PathBuf> {
    let places = places();
    let told = places.first().and_then(|place| place.folder.clone());
    let first_set = || places.iter().find_map(|place| place.folder.clone());
    told.or_else(|| existing().into_iter().next())
        .or_else(first_set)
}

/// The plugin for a kind of configuration in such a folder.
pub(super) fn plugin(folder: &Path, kind: &str) -> PathBuf {
    folder
        .join(API_VERSION)
        .join(kind.to_lowercase())
        .join(kind)
}
