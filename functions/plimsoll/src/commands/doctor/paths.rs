//! Paths as users write them.

use std::fs;
use std::path::{Path, PathBuf};

use sdk::{Order as _, yaml};

/// The names that kustomize knows; there may be one of them.
const FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The kustomization files in a folder.
pub(super) fn files_of(folder: &Path) -> Vec<PathBuf> {
    let files = FILES.iter().map(|name| folder.join(name));
    files.filter(|file| file.is_file()).collect()
}

/// Whether kustomize would look for it on the network.
pub(super) fn is_elsewhere(text: &str) -> bool {
    let host = text.split(['/', ':']).next().unwrap_or_default();
    text.contains("://")
        || text.contains("?ref=")
        || text.starts_with("git@")
        || host == "github.com"
}

/// `; did you mean …?` for a file that is not there.
pub(super) fn neighbour(path: &Path) -> String {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return String::new();
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.order();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    yaml::did_you_mean(&name.to_string_lossy(), &names)
}

/// A path as the user would write it from here.
pub(super) fn shown(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let below = here
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    match below {
        Some(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Some(below) => below.to_string_lossy().into_owned(),
        None => path.to_string_lossy().into_owned(),
    }
}
