//! Why a build failed: what is wrong with the configurations of functions beside it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use yaml::Node;

/// Every mistake that a function finds in its configuration, a line each; empty where there is none.
pub(crate) fn of(folder: &Path) -> String {
    let mut found = String::new();
    for file in files(folder) {
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        let name = file.to_string_lossy();
        match yaml::parse(text) {
            Ok(stream) => {
                for root in stream.documents().filter_map(|document| document.root()) {
                    found.push_str(&of_object(root, &name));
                }
            }
            Err(error) => {
                let _ = writeln!(found, "{name}: {error}");
            }
        }
    }
    found
}

fn of_object(object: Node<'_>, file: &str) -> String {
    let is_ours = object.get("apiVersion").and_then(Node::text);
    if is_ours.is_none_or(|version| version != sdk::API_VERSION) {
        return String::new();
    }
    let findings = match sdk::check::<plimsoll::All>(object, file) {
        Ok(findings) => findings,
        Err(error) => return format!("{file}: {error}\n"),
    };
    let lines = findings
        .iter()
        .map(|finding| format!("{}\n", finding.message));
    lines.collect()
}

/// The manifests in a folder and below it, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    let is_manifest = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml");
    let below = |path: PathBuf| {
        if path.is_dir() {
            files(&path)
        } else {
            Some(path).filter(is_manifest).into_iter().collect()
        }
    };
    paths.into_iter().flat_map(below).collect()
}
