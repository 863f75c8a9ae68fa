//! Arguments that contradict one another, and what the program says of itself.

use std::process::Command;

use checks::binary;

use crate::WEB;
use crate::folder::Folder;

const RUN: [&str; 2] = ["--config", "production.yaml"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&RUN[..], more].concat()
}

#[test]
fn two_places_for_one_outcome_are_wrong_usage() {
    let folder = Folder::with(&[("apps/web.yaml", WEB)]);
    for (more, words) in [
        (&["--output", "o", "--diff", "apps"][..], "--diff"),
        (&["--output", "o", "--check", "apps"], "--check"),
        (&["--output", "o", "--in-place", "apps"], "--in-place"),
        (&["--in-place", "apps", "--diff"], "--diff"),
        (&["--in-place", "apps", "--check"], "--check"),
        (&["--in-place", "apps", "apps"], "cannot be used with"),
        (
            &["--output", "o", "--results", "o", "apps"],
            "must name two files",
        ),
        (&["--output", "-", "apps"], "`--output` must name a file"),
        (&["--results", "-", "apps"], "`--results` must name a file"),
        (
            &["--format", "xml", "apps"],
            "possible values: human, json, sarif, github",
        ),
        (&["--schema"], "--schema"),
        (&["--in-place"], "a value is required"),
        (&["-", "-"], "stdin can be read only once"),
    ] {
        folder.refuses_on(&with(more), WEB, words);
    }
    assert_eq!(folder.read("apps/web.yaml"), WEB, "nothing is written");
    assert!(!folder.join("o").exists());
}

#[test]
fn a_run_needs_a_configuration() {
    let folder = Folder::with(&[("web.yaml", WEB)]);
    folder.refuses(&["web.yaml"], "--config <FILE>");
    folder.refuses(
        &["--config", "nowhere.yaml", "web.yaml"],
        "there is no file or folder nowhere.yaml",
    );
}

#[test]
fn help_says_what_it_is_for_with_examples() {
    let ran = Folder::with(&[]).done(&["--help"]);
    assert_eq!(ran.stderr, "");
    for words in [
        "Usage: plimsoll run",
        "--in-place <DIR>",
        "Examples:",
        "Exit code 0",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
}

#[test]
fn it_is_listed_among_the_commands() {
    let plimsoll = |arguments: &[&str]| {
        let mut command = Command::new(binary::path("plimsoll"));
        binary::run(command.args(arguments), b"")
    };
    let help = plimsoll(&["help", "run"]);
    assert_eq!(help.stdout, plimsoll(&["run", "--help"]).stdout);
    let ran = plimsoll(&["--help"]);
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.stdout.contains("plimsoll run --config FILE"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\n  run "), "{}", ran.stdout);
}
