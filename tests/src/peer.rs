//! The function in Go that does the same as inject-probes, to be measured against.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::{binary, tools};

/// Builds it, where Go and its modules can be had.
pub fn build() -> Result<PathBuf, String> {
    let program = tools::folder().join("peer");
    fs::create_dir_all(tools::folder()).map_err(|error| error.to_string())?;
    let built = Command::new(tools::go()?)
        .args(["build", "-trimpath", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(binary::root().join("tests/peers"))
        .env("CGO_ENABLED", "0")
        .output()
        .map_err(|error| format!("go: {error}"))?;
    if built.status.success() {
        return Ok(program);
    }
    let told = String::from_utf8_lossy(&built.stderr);
    Err(format!(
        "the peer in Go: {}",
        told.trim().replace('\n', "; ")
    ))
}
