//! The texts that mutations start from: the project's own manifests and the inputs of its tests, YAML's traps, and
//! the folders of `MANIFESTS`.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// YAML that is easy to read wrongly, a text each between the lines of equals signs.
const TRAPS: &str = include_str!("traps.txt");
const SEEDS: &str = include_str!("../seeds.txt");

/// Every text, in an order that is the same everywhere.
pub(crate) fn texts() -> Vec<String> {
    let small = [TRAPS, SEEDS]
        .into_iter()
        .flat_map(|all| all.split("=====\n"));
    let mut texts: Vec<String> = small.map(str::to_owned).collect();
    let folders = own_folders().into_iter().chain(more_folders());
    texts.extend(
        folders
            .flat_map(|folder| files(&folder))
            .map(|(_, text)| text),
    );
    texts
}

/// Where the project has YAML.
pub(crate) fn own_folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = ["base", "functions", "overlays", "tests/captures"];
    folders.map(|folder| root.join(folder)).into()
}

/// Folders that whoever runs this names, with colons between them.
pub(crate) fn more_folders() -> Vec<PathBuf> {
    let named = env::var_os("MANIFESTS").unwrap_or_default();
    let named = env::split_paths(&named).filter(|folder| !folder.as_os_str().is_empty());
    // Tests run in the package's folder, people in the workspace's.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    named.map(|folder| root.join(folder)).collect()
}

/// The YAML files of a folder and those below it with their texts, except for templates.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{} can't be read: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a folder can be read to its end").path())
        .collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() && !path.is_symlink() {
            found.extend(files(&path));
        } else if path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml")
            && let Ok(text) = fs::read_to_string(&path)
            && !text.contains("{{")
        {
            found.push((path, text));
        }
    }
    found
}
