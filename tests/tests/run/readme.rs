//! The page of `plimsoll run` against the program.

use std::fs;

use checks::binary;

use crate::folder::Folder;

fn page() -> String {
    fs::read_to_string(binary::root().join("functions/plimsoll/README.md")).expect("the page")
}

#[test]
fn the_page_shows_the_help_of_the_command() {
    let help = Folder::with(&[]).done(&["--help"]).stdout;
    assert!(
        page().contains(&format!("```text\n{help}```\n")),
        "functions/plimsoll/README.md must show:\n{help}"
    );
}

#[test]
fn the_page_shows_the_example_of_the_command() {
    let example = Folder::with(&[]).done(&["--example"]).stdout;
    assert!(
        page().contains(&format!("```yaml\n{example}```\n")),
        "functions/plimsoll/README.md must show:\n{example}"
    );
}
