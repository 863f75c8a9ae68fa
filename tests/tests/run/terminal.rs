//! What only terminals get: colours, and a line that says what a long run is at.

use std::process::Command;

use checks::binary::{self, Ran};
use checks::tools::Tool;

use crate::WEB;
use crate::folder::Folder;

/// Runs a shell command on a terminal of its own; none where there is no program that makes one.
fn on_terminal(folder: &Folder, shell: &str) -> Option<Ran> {
    let program = format!("PATH={}:$PATH; {shell}", binary::folder().display());
    let mut command = Command::new("script");
    command
        .current_dir(folder.path())
        .args([
            "--quiet",
            "--return",
            "--flush",
            "--command",
            &program,
            "/dev/null",
        ])
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .env_remove("NO_COLOR");
    if Command::new("script").arg("--version").output().is_err() {
        assert!(!Tool::is_required(), "util-linux has script");
        return None;
    }
    Some(binary::run(&mut command, b""))
}

const DIFF: &str = "plimsoll run --config production.yaml --diff web.yaml 2>/dev/null";

#[test]
fn a_difference_is_coloured_on_a_terminal() {
    let folder = Folder::with(&[("web.yaml", WEB)]);
    let Some(ran) = on_terminal(&folder, DIFF) else {
        return;
    };
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    for line in [
        "\u{1b}[1mDeployment shop/web (web.yaml)\u{1b}[0m",
        "\u{1b}[36m@@ -13,3 +13,",
        "\u{1b}[32m+        resources:\u{1b}[0m",
    ] {
        assert!(ran.stdout.contains(line), "{line:?} in {:?}", ran.stdout);
    }
}

#[test]
fn nobody_gets_colours_who_wants_none() {
    let folder = Folder::with(&[("web.yaml", WEB)]);
    for shell in [
        format!("NO_COLOR=1 {DIFF}"),
        format!("TERM=dumb {DIFF}"),
        format!("{DIFF} | cat"),
    ] {
        let Some(ran) = on_terminal(&folder, &shell) else {
            return;
        };
        assert!(
            ran.stdout.contains("+        resources:"),
            "{shell}: {}",
            ran.stdout
        );
        assert!(!ran.stdout.contains('\u{1b}'), "{shell}: {:?}", ran.stdout);
    }
    let empty = on_terminal(&folder, &format!("NO_COLOR= {DIFF}"));
    assert!(
        empty.is_some_and(|ran| ran.stdout.contains('\u{1b}')),
        "empty is not set"
    );
}

#[test]
fn a_long_run_says_what_it_is_at_and_takes_it_back() {
    let folder = Folder::with(&[("web.yaml", WEB)]);
    let shell = "(sleep 2; cat web.yaml) | plimsoll run --config production.yaml --output out.yaml";
    let Some(ran) = on_terminal(&folder, shell) else {
        return;
    };
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    let (_, rest) = ran
        .stdout
        .split_once("reading manifests")
        .unwrap_or_else(|| panic!("{:?}", ran.stdout));
    let cleared = rest
        .find("\r\u{1b}[K")
        .unwrap_or_else(|| panic!("{rest:?}"));
    assert!(
        rest.find("[set-resources/summary]")
            .is_some_and(|line| line > cleared),
        "{rest:?}"
    );
}

#[test]
fn a_short_run_and_a_pipe_show_no_progress() {
    let folder = Folder::with(&[("web.yaml", WEB)]);
    let short = "plimsoll run --config production.yaml --output out.yaml web.yaml";
    let piped = "(sleep 2; cat web.yaml) | plimsoll run --config production.yaml --output out.yaml 2>&1 | cat";
    for shell in [short, piped] {
        let Some(ran) = on_terminal(&folder, shell) else {
            return;
        };
        assert!(
            ran.stdout.contains("[set-resources/summary]"),
            "{}",
            ran.stdout
        );
        assert!(
            !ran.stdout.contains("reading manifests"),
            "{:?}",
            ran.stdout
        );
    }
}

#[test]
fn a_person_who_pipes_nothing_gets_help() {
    let folder = Folder::with(&[]);
    let Some(ran) = on_terminal(&folder, "plimsoll run --config production.yaml") else {
        return;
    };
    assert_eq!(ran.code, Some(2), "{}", ran.stdout);
    assert!(ran.stdout.contains("Usage: plimsoll run"), "{}", ran.stdout);
}
