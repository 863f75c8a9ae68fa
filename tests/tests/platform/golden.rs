//! Copies of what is rendered, so that a review shows what a change does to each environment. `make golden` writes
//! them anew.

use std::fs;

use checks::binary;

use crate::rendered::rendered;

/// How much of a difference is shown; the whole of it is what `git diff` is for.
const SHOWN: usize = 60;

/// Compares a file of the repository with what it should hold; with `UPDATE` it is written instead.
#[track_caller]
pub(crate) fn assert_kept(path: &str, actual: &str) {
    let file = binary::root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI never writes what it expects"
        );
        let folder = file.parent().expect("a file stands in a folder");
        fs::create_dir_all(folder).expect("the folder can be made");
        fs::write(&file, actual).expect("the file can be written");
        return;
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    if let Some(difference) = difference(path, &kept, actual) {
        panic!("{difference}");
    }
}

/// What a developer reads where the two differ.
fn difference(path: &str, kept: &str, actual: &str) -> Option<String> {
    if kept == actual {
        return None;
    }
    let difference = sdk::difference(path, kept, actual, false);
    let lines: Vec<&str> = difference.lines().collect();
    let (shown, rest) = lines.split_at(lines.len().min(SHOWN));
    let more = match rest.len() {
        0 => String::new(),
        count => format!("… and {count} lines more\n"),
    };
    Some(format!(
        "this is not what is kept; run `make golden` and read the difference\n{}\n{more}",
        shown.join("\n")
    ))
}

#[test]
fn every_rendered_environment_is_as_kept() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        assert_kept(&format!("tests/rendered/{environment}.yaml"), text);
    }
}

#[test]
fn a_difference_says_what_to_do_and_shows_its_beginning() {
    assert_eq!(difference("x", "a\n", "a\n"), None);
    let told = difference("x", "a: 1\nb: 2\n", "a: 1\nb: 3\n");
    assert_eq!(
        told.as_deref(),
        Some(
            "this is not what is kept; run `make golden` and read the difference\nx\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n"
        )
    );
    let long = "line\n".repeat(100);
    let told = difference("x", "", &long).expect("they differ");
    assert!(told.ends_with("… and 42 lines more\n"), "{told}");
}
