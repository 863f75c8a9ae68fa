//! Container images that hold nothing but a static program, and the one for CI systems, which has a shell too.

mod content;
mod labels;
mod program;
mod shell;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use sdk::{Function, Visitor};

use crate::tools::{self, BUSYBOX, DOCKER};
use crate::{binary, dist};

pub use labels::labels;
pub use program::is_static;

/// The image that CI systems run jobs in.
pub const CI: &str = "plimsoll-ci";

/// Where the contents stand before they are packed.
pub const TREES: &str = "trees";

/// The programs that get an image: every function, and the one that holds them all.
pub fn names() -> Vec<&'static str> {
    let mut names = functions();
    names.push("plimsoll");
    names
}

/// The functions by name.
pub fn functions() -> Vec<&'static str> {
    struct Names(Vec<&'static str>);
    impl Visitor for Names {
        fn visit<F: Function>(&mut self) {
            self.0.push(F::NAME);
        }
    }
    let mut names = Names(Vec::new());
    plimsoll::visit_all(&mut names);
    names.0
}

/// kpt reads a name without a slash as one of its own catalogue.
pub fn tag(name: &str) -> String {
    format!("localhost/plimsoll/{name}:latest")
}

/// Builds every image from static binaries, without a registry, and names what it built. The image for CI systems
/// is left out where its shell isn't there and nothing says that it must be.
pub fn build() -> Vec<&'static str> {
    let contents = binary::target().join("images");
    let staged = stage(&contents);
    for name in &staged {
        build_one(&contents, name, &tag(name), &[]);
    }
    staged
}

/// Packs the whole content of each image into a folder of its own, and names them.
pub fn stage(folder: &Path) -> Vec<&'static str> {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("the last contents can be removed");
    }
    let binaries = compile();
    let trees = folder.join(TREES);
    let mut staged = names();
    for name in &staged {
        content::of_program(&trees.join(name), &binaries.join(name));
    }
    if let Some(busybox) = tools::or_skipped(BUSYBOX.get()) {
        shell::content(&trees.join(CI), &busybox, &binaries.join("plimsoll"));
        staged.push(CI);
    }
    for name in &staged {
        fs::create_dir_all(folder.join(name)).expect("the folder can be made");
        content::pack(&trees.join(name), &folder.join(name).join("content.tar"));
    }
    staged
}

/// Builds one image from its content.
pub fn build_one(contents: &Path, name: &str, tag: &str, arguments: &[&str]) {
    let mut command = Command::new(DOCKER.find().unwrap_or_else(|missing| panic!("{missing}")));
    let stage = if name == CI {
        "prebuilt-ci"
    } else {
        "prebuilt"
    };
    command.args(["build", "--quiet", "--target", stage, "--tag", tag]);
    command
        .arg("--file")
        .arg(binary::root().join("Dockerfile"))
        .args(["--build-arg", &format!("FUNCTION={name}")]);
    for (label, value) in labels(name) {
        command.args(["--label", &format!("{label}={value}")]);
    }
    let ran = binary::run(command.args(arguments).arg(contents.join(name)), b"");
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
}

/// Binaries that need nothing of the machine.
fn compile() -> PathBuf {
    let machine = format!("{}-unknown-linux-gnu", env::consts::ARCH);
    let folder = binary::target().join("static");
    dist::build(&dist::PROGRAMS, &machine, &folder, &flags())
}

/// Flags of the compiler that make a program static, without this machine's paths in it.
fn flags() -> Vec<String> {
    let cargo = env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    );
    vec![
        "-Ctarget-feature=+crt-static".to_owned(),
        format!("--remap-path-prefix={}=/cargo", cargo.display()),
        format!("--remap-path-prefix={}=/source", binary::root().display()),
    ]
}
