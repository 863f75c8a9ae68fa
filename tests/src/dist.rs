//! Programs as images hold them and benchmarks measure them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binary;

/// Every program but those of the checks.
pub const PROGRAMS: [&str; 4] = ["--workspace", "--exclude", "checks", "--bins"];

/// Builds programs for a kind of machine, as rustc calls it, into a folder of cargo's own with more flags for the
/// compiler, and says where they stand. The target is named so that no flag reaches what runs while they are compiled.
pub fn build(what: &[&str], machine: &str, target_folder: &Path, flags: &[String]) -> PathBuf {
    let flags = format!("target.{machine}.rustflags = {flags:?}");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--profile", "dist"])
        .args(["--config", ".cargo/dist.toml", "--config", &flags])
        .args(what)
        .args(["--target", machine, "--target-dir"])
        .arg(target_folder)
        // Flags of the caller's would beat those of a configuration.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(binary::root())
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the programs must build");
    target_folder.join(machine).join("dist")
}

/// What rustc calls this machine: `x86_64-unknown-linux-gnu`.
pub fn this_machine() -> String {
    let mut rustc = Command::new("rustc");
    let told = binary::run(rustc.args(["--print", "host-tuple"]), b"");
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    told.stdout.trim().to_owned()
}
