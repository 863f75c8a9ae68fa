//! Container images that hold nothing but a static program.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use sdk::{Function, Visitor};

use crate::binary;
use crate::tools::DOCKER;

/// The programs that get an image: every function, and the one that holds them all.
pub fn names() -> Vec<&'static str> {
    struct Names(Vec<&'static str>);
    impl Visitor for Names {
        fn visit<F: Function>(&mut self) {
            self.0.push(F::NAME);
        }
    }
    let mut names = Names(Vec::new());
    plimsoll::visit_all(&mut names);
    names.0.push("plimsoll");
    names.0
}

/// kpt reads a name without a slash as one of its own catalogue.
pub fn tag(name: &str) -> String {
    format!("localhost/plimsoll/{name}:latest")
}

/// Builds every image from static binaries, without a registry.
pub fn build() {
    let folder = binary::root().join("target/images");
    fs::create_dir_all(&folder).expect("a folder for the binaries");
    let binaries = compile();
    for name in names() {
        fs::copy(binaries.join(name), folder.join(name)).expect("a static binary");
        let mut command = Command::new(DOCKER.find().unwrap_or_else(|missing| panic!("{missing}")));
        command.args([
            "build",
            "--quiet",
            "--target",
            "prebuilt",
            "--tag",
            &tag(name),
        ]);
        command
            .args(["--build-arg", &format!("FUNCTION={name}")])
            .arg(binary::root());
        let ran = binary::run(&mut command, b"");
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    }
}

/// Binaries that need nothing of the machine. The target is named so that the flags don't reach build scripts.
fn compile() -> PathBuf {
    let target = format!("{}-unknown-linux-gnu", env::consts::ARCH);
    let folder = binary::target().join("static");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--profile", "dist"])
        .args(["--workspace", "--exclude", "checks", "--bins"])
        .args(["--target", &target, "--target-dir"])
        .arg(&folder)
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .current_dir(binary::root())
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the static binaries must build");
    folder.join(target).join("dist")
}
