//! `--output` and `--results`: files instead of streams.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::folder::Folder;
use crate::{BROKEN, WEB};

const RUN: [&str; 2] = ["--config", "production.yaml"];

#[test]
fn a_file_gets_what_stdout_would() {
    let folder = Folder::with(&[("web.yaml", WEB), ("out.yaml", "old\n")]);
    let expected = folder.done(&[&RUN[..], &["web.yaml"]].concat()).stdout;
    for file in ["out.yaml", "fresh.yaml", "./sub.yaml"] {
        let ran = folder.done(&[&RUN[..], &["--output", file, "web.yaml"]].concat());
        assert_eq!(ran.stdout, "", "it goes to one place");
        assert_eq!(folder.read(file), expected);
    }
    let names: Vec<String> = folder.files("").into_keys().collect();
    assert_eq!(
        names,
        [
            "fresh.yaml",
            "out.yaml",
            "production.yaml",
            "resources.yaml",
            "sub.yaml",
            "web.yaml"
        ]
    );
}

#[test]
fn a_file_may_be_written_over_what_it_was_made_from() {
    let folder = Folder::with(&[("web.yaml", WEB)]);
    let expected = folder.done(&[&RUN[..], &["web.yaml"]].concat()).stdout;
    folder.done(&[&RUN[..], &["--output", "web.yaml", "web.yaml"]].concat());
    assert_eq!(folder.read("web.yaml"), expected);
}

#[test]
fn a_run_that_fails_leaves_the_file_as_it_was() {
    let folder = Folder::with(&[("broken.yaml", BROKEN), ("out.yaml", "old\n")]);
    let ran = folder.run(&[&RUN[..], &["--output", "out.yaml", "broken.yaml"]].concat());
    assert_eq!(ran.code, Some(1));
    assert_eq!(folder.read("out.yaml"), "old\n");
}

#[test]
fn a_link_stays_a_link_and_permissions_stay() {
    let folder = Folder::with(&[("web.yaml", WEB), ("real/out.yaml", "old\n")]);
    symlink("real/out.yaml", folder.join("link.yaml")).expect("a link");
    let real = folder.join("real/out.yaml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).expect("permissions");
    folder.done(&[&RUN[..], &["--output", "link.yaml", "web.yaml"]].concat());
    assert!(
        fs::symlink_metadata(folder.join("link.yaml"))
            .expect("a link")
            .is_symlink()
    );
    assert!(folder.read("real/out.yaml").contains("memory: 128Mi"));
    assert_eq!(
        fs::metadata(&real).expect("a file").permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_device_takes_the_documents_and_stays_one() {
    let folder = Folder::with(&[("web.yaml", WEB)]);
    let expected = folder.done(&[&RUN[..], &["web.yaml"]].concat()).stdout;
    let ran = folder.done(&[&RUN[..], &["--output", "/dev/stdout", "web.yaml"]].concat());
    assert_eq!(ran.stdout, expected);
    folder.done(&[&RUN[..], &["--output", "/dev/null", "web.yaml"]].concat());
    let null = fs::metadata("/dev/null").expect("a device");
    assert!(!null.is_file());
}

#[test]
fn a_place_that_can_t_be_written_is_named_and_nothing_else_is_written() {
    let folder = Folder::with(&[("web.yaml", WEB), ("apps/x", "")]);
    folder.refuses(
        &[&RUN[..], &["--output", "apps", "web.yaml"]].concat(),
        "apps is a folder; name a file in it",
    );
    let arguments = [
        &RUN[..],
        &[
            "--output",
            "o.yaml",
            "--results",
            "no/where.json",
            "web.yaml",
        ],
    ]
    .concat();
    folder.refuses(
        &arguments,
        "no/where.json could not be written: its folder is not there",
    );
    assert!(!folder.join("o.yaml").exists(), "both or none");
}

#[test]
fn findings_go_to_a_file_and_to_stderr() {
    let folder = Folder::with(&[("broken.yaml", BROKEN)]);
    let plain = folder.run(&[&RUN[..], &["broken.yaml"]].concat());
    let ran = folder.run(&[&RUN[..], &["--results", "found.txt", "broken.yaml"]].concat());
    assert_eq!((ran.code, &ran.stderr), (Some(1), &plain.stderr));
    assert_eq!(folder.read("found.txt"), plain.stderr);
    let json = folder.run(
        &[
            &RUN[..],
            &["--format", "json", "--results", "found.json", "broken.yaml"],
        ]
        .concat(),
    );
    assert_eq!(json.stderr, plain.stderr, "people read stderr");
    let found: serde_json::Value = serde_json::from_str(&folder.read("found.json")).expect("JSON");
    assert!(
        found["results"]
            .as_array()
            .is_some_and(|results| !results.is_empty())
    );
}

#[test]
fn a_stdout_that_takes_nothing_is_a_failure() {
    let folder = Folder::with(&[("web.yaml", WEB)]);
    let full = fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("a full device");
    let mut command = folder.command(&[&RUN[..], &["web.yaml"]].concat());
    let output = command.stdout(full).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("plimsoll run: stdout could not be written"),
        "{told}"
    );
}
