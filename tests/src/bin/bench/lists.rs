//! What the programs read.

use std::fs;
use std::path::PathBuf;

use checks::binary;
use checks::generate::{self, Shape};

use crate::programs::indented;

/// Any would do; the same one keeps reports comparable.
pub(crate) const SEED: u64 = 1876;

/// Where lists and outputs stand.
pub(crate) fn folder() -> PathBuf {
    let folder = binary::target().join("bench");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

/// Writes a file there.
pub(crate) fn written(name: &str, text: &str) -> PathBuf {
    let file = folder().join(name);
    fs::write(&file, text).expect("the target folder can be written");
    file
}

/// A list of so many resources with a probe for every container that lacks one; and how many bytes it has.
pub(crate) fn explicit(count: usize) -> (PathBuf, usize) {
    let list = generate::explicit_list(Shape::Kpt, count, SEED);
    (
        written(&format!("explicit-{count}.yaml"), &list),
        list.len(),
    )
}

/// A list of so many resources with this configuration.
pub(crate) fn configured(name: &str, count: usize, config: &str) -> PathBuf {
    let list = generate::list_with(Shape::Kpt, count, SEED, &indented(config, 2));
    written(&format!("{name}-{count}.yaml"), &list)
}
