//! The page of the doctor: its table of symptoms, and what else it promises.

use std::fs;

use checks::binary;

use crate::machine::Machine;

pub(crate) fn page() -> String {
    fs::read_to_string(binary::root().join("functions/plimsoll/README.md")).expect("the page")
}

/// A row of the table of symptoms: quoted words are those that programs print.
#[derive(Debug)]
pub(crate) struct Row {
    /// What a build prints; none where it is silent.
    pub(crate) seen: Option<String>,
    pub(crate) why: String,
    /// What the doctor prints.
    pub(crate) told: String,
    /// What it says to do.
    pub(crate) remedy: String,
}

pub(crate) fn rows() -> Vec<Row> {
    let page = page();
    let (_, rest) = page
        .split_once("\n| you see | why |")
        .expect("a table of symptoms");
    let lines = rest.lines().skip(2);
    let rows = lines.take_while(|line| line.starts_with("| ")).map(|line| {
        let line = line.replace("\\|", "\u{0}");
        let cells: Vec<String> = line
            .split('|')
            .map(|cell| cell.trim().replace('\u{0}', "|"))
            .collect();
        let [_, seen, why, told, remedy, _] = cells.as_slice() else {
            panic!("a row has four cells: {line}");
        };
        Row {
            seen: quoted(seen),
            why: why.clone(),
            told: quoted(told).expect("the doctor's words"),
            remedy: quoted(remedy).expect("words of the doctor's"),
        }
    });
    rows.collect()
}

/// The first quoted words of a cell.
fn quoted(cell: &str) -> Option<String> {
    let from = cell.find('`')?;
    let rest = cell.get(from..)?;
    let marks = "`".repeat(rest.chars().take_while(|mark| *mark == '`').count());
    let (words, _) = rest.strip_prefix(&marks)?.split_once(&marks)?;
    Some(words.trim().to_owned())
}

#[test]
fn the_page_shows_the_help_of_the_command() {
    let help = Machine::with(&[]).doctor(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    assert!(
        page().contains(&format!("```text\n{}```\n", help.stdout)),
        "functions/plimsoll/README.md must show:\n{}",
        help.stdout
    );
}

#[test]
fn each_symptom_of_the_page_has_a_test_of_its_own() {
    let tests = [
        include_str!("symptoms/configurations.rs"),
        include_str!("symptoms/plugins.rs"),
        include_str!("symptoms/programs.rs"),
    ]
    .concat();
    for row in rows() {
        let is_shown = tests.contains(&format!("\"{}\"", row.why));
        assert!(is_shown, "no test shows: {}", row.why);
    }
}
