//! The image for CI systems: a shell with its commands, and the functions on PATH.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{content, functions};
use crate::binary;

/// Its content.
pub(super) fn content(image: &Path, busybox: &Path, plimsoll: &Path) {
    content::copy(image, "bin/busybox", busybox);
    for command in commands(busybox) {
        content::link(image, &format!("bin/{command}"), "busybox");
    }
    content::copy_text(
        image,
        "usr/share/doc/busybox-static/copyright",
        &copyright(busybox),
    );
    content::copy(image, "usr/local/bin/plimsoll", plimsoll);
    for function in functions() {
        content::link(image, &format!("usr/local/bin/{function}"), "plimsoll");
    }
    let nohup = binary::root().join("Dockerfile.nohup");
    content::copy(image, "usr/local/bin/nohup", &nohup);
    content::passwd(image);
    content::folder(&image.join("tmp"), 0o1777);
}

/// What the shell can be called as.
fn commands(busybox: &Path) -> Vec<String> {
    let ran = binary::run(Command::new(busybox).arg("--list"), b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let commands = ran.stdout.lines().filter(|name| *name != "busybox");
    commands.map(str::to_owned).collect()
}

/// Its licence, which has to go where it goes.
fn copyright(busybox: &Path) -> PathBuf {
    let beside = busybox.with_extension("copyright");
    let installed = PathBuf::from("/usr/share/doc/busybox-static/copyright");
    [beside, installed]
        .into_iter()
        .find(|file| file.is_file())
        .expect("Debian's busybox-static comes with its copyright; install it whole")
}
