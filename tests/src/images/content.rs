//! Files of an image: the same bytes, modes and times on every machine, so that the layers are the same.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::binary;

/// What `nobody` is to the tools that run functions.
const PASSWD: &str = include_str!("../../../Dockerfile.passwd");

/// The content of an image that holds a program.
pub(super) fn of_program(image: &Path, program: &Path) {
    copy(image, "plimsoll", program);
    passwd(image);
}

/// Lets who runs the image have a name.
pub(super) fn passwd(image: &Path) {
    let file = image.join("etc/passwd");
    folder(&image.join("etc"), 0o755);
    fs::write(&file, PASSWD).expect("the entry can be written");
    set_mode(&file, 0o644);
}

/// Copies a program to a path of the image.
pub(super) fn copy(image: &Path, to: &str, program: &Path) {
    let file = image.join(to);
    folder(file.parent().expect("a file stands in a folder"), 0o755);
    fs::copy(program, &file).unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    set_mode(&file, 0o755);
}

/// Copies a text to a path of the image.
pub(super) fn copy_text(image: &Path, to: &str, text: &Path) {
    copy(image, to, text);
    set_mode(&image.join(to), 0o644);
}

/// Makes a link at a path of the image.
pub(super) fn link(image: &Path, at: &str, target: &str) {
    symlink(target, image.join(at)).unwrap_or_else(|error| panic!("{at}: {error}"));
}

/// Makes a folder and what it stands in.
pub(super) fn folder(path: &Path, mode: u32) {
    fs::create_dir_all(path).expect("the folder can be made");
    set_mode(path, mode);
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("the mode can be set");
}

/// Packs what is in a folder: sorted, everybody's, and as old as time itself.
pub(super) fn pack(image: &Path, archive: &Path) {
    let entries = fs::read_dir(image).expect("the folder can be read");
    let names = entries.map(|entry| entry.expect("the folder can be read").file_name());
    let mut command = Command::new("tar");
    command
        .args(["--create", "--format=gnu", "--sort=name", "--mtime=@0"])
        .args(["--owner=0", "--group=0", "--numeric-owner", "--file"])
        .arg(archive)
        .arg("--directory")
        .arg(image)
        .args(names.collect::<BTreeSet<_>>());
    let ran = binary::run(&mut command, b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}
