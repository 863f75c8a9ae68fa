//! What images say of themselves.

use std::fs;
use std::process::Command;

use super::CI;
use crate::binary;

const NAMESPACE: &str = "org.opencontainers.image";

/// The labels of an image that the Dockerfile doesn't give it by itself. None tells a time: the next build is to
/// be the same.
pub fn labels(name: &str) -> Vec<(String, String)> {
    let mut labels = vec![
        ("description", description(name)),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    labels.extend(revision().map(|revision| ("revision", revision)));
    labels
        .into_iter()
        .map(|(label, value)| (format!("{NAMESPACE}.{label}"), value))
        .collect()
}

/// What its package says; the image for CI systems has none.
fn description(name: &str) -> String {
    if name == CI {
        return "A job image for CI systems: every function in one program, and a shell."
            .to_owned();
    }
    let manifest = binary::root().join(format!("functions/{name}/Cargo.toml"));
    let manifest = fs::read_to_string(manifest).expect("each program has a package");
    let line = manifest.lines().find_map(|line| {
        let value = line.strip_prefix("description = \"")?;
        value.strip_suffix('"')
    });
    line.expect("each package has a description").to_owned()
}

/// The commit that the sources are of; none where they are not what was committed.
fn revision() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(binary::root())
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let is_clean = git(&["status", "--porcelain"])?.is_empty();
    is_clean.then(|| git(&["rev-parse", "HEAD"])).flatten()
}
