//! What other linters say of what the functions make: nothing but what is disagreed with on purpose. Each disagreement is
//! shown by some finding, and those of a function are on its page.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a check stops at the first surprise, and says so where it can't run"
)]

#[path = "linters/programs.rs"]
mod programs;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};

use checks::binary;
use checks::schema;
use programs::{Finding, LINTERS, Linter};
use serde::Deserialize;

/// The functions in the order in which a pipeline has them.
const FUNCTIONS: [&str; 4] = [
    "set-resources",
    "inject-probes",
    "set-availability",
    "harden-pods",
];

/// Those whose page lists with whom they disagree.
const PAGES: [&str; 2] = ["set-availability", "harden-pods"];

/// Where the list stands on a page.
const HEAD: &str = "| linter | check | why it is not followed |\n|---|---|---|\n";

fn folder() -> PathBuf {
    binary::root().join("tests/tests/linters")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What people wrote.
fn written() -> String {
    read(&folder().join("input.yaml"))
}

/// What the functions make of it.
fn rendered() -> String {
    passed_through(written())
}

fn passed_through(input: String) -> String {
    FUNCTIONS.iter().fold(input, |input, name| {
        let config = read(&folder().join(name).with_extension("yaml"));
        let ran = checks::served(name, &config, &input);
        assert_eq!(ran.exit_code, 0, "{name}: {:#?}", ran.lines);
        ran.output
    })
}

/// Checks that are not followed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Disagreement {
    reason: String,
    /// The names of the objects that it is about; none stands for all.
    #[serde(default)]
    on: BTreeSet<String>,
    /// By linter.
    checks: BTreeMap<String, Vec<String>>,
}

/// By the function that disagrees; `none` where it isn't about any of them.
fn disagreements() -> BTreeMap<String, Vec<Disagreement>> {
    let text = read(&folder().join("disagreements.yaml"));
    serde_yaml::from_str(&text).expect("disagreements are lists by function")
}

impl Disagreement {
    fn checks(&self, linter: &Linter) -> &[String] {
        self.checks.get(linter.name).map_or(&[], Vec::as_slice)
    }

    fn covers(&self, linter: &Linter, finding: &Finding) -> bool {
        let is_on = self.on.is_empty() || self.on.contains(&finding.object);
        is_on && self.checks(linter).contains(&finding.check)
    }
}

/// What each linter that is there says of a text.
fn judged(manifests: &str) -> Vec<(&'static Linter, Vec<Finding>)> {
    let judged = LINTERS
        .iter()
        .filter_map(|linter| Some((linter, linter.findings(manifests)?)));
    judged.collect()
}

#[test]
fn linters_find_nothing_but_what_is_disagreed_with() {
    let disagreements: Vec<Disagreement> = disagreements().into_values().flatten().collect();
    let mut beyond = Vec::new();
    for (linter, findings) in judged(&rendered()) {
        let is_covered = |finding: &&Finding| {
            let mut disagreements = disagreements.iter();
            disagreements.any(|disagreement| disagreement.covers(linter, finding))
        };
        let findings = findings.iter().filter(|finding| !is_covered(finding));
        beyond.extend(findings.map(|finding| {
            let Finding {
                check,
                object,
                what,
            } = finding;
            format!("{} {check} on {object}: {what}", linter.name)
        }));
    }
    assert!(beyond.is_empty(), "{beyond:#?}");
}

#[test]
fn each_disagreement_is_shown_by_findings() {
    let judged = judged(&rendered());
    for disagreement in disagreements().values().flatten() {
        let mut shown = BTreeSet::new();
        for (linter, findings) in &judged {
            let covered = findings
                .iter()
                .filter(|finding| disagreement.covers(linter, finding));
            let covered: Vec<&Finding> = covered.collect();
            for check in disagreement.checks(linter) {
                let is_shown = covered.iter().any(|finding| finding.check == *check);
                assert!(
                    is_shown,
                    "{} finds no {check}: {disagreement:?}",
                    linter.name
                );
            }
            shown.extend(covered.iter().map(|finding| finding.object.clone()));
        }
        // What only a linter shows that isn't there shows nothing.
        if judged.len() == LINTERS.len() {
            let silent: Vec<&String> = disagreement.on.difference(&shown).collect();
            assert!(silent.is_empty(), "nothing on {silent:?}: {disagreement:?}");
        }
    }
}

// Else a linter that reads nothing would pass.
#[test]
fn linters_find_more_in_what_people_wrote() {
    let (before, after) = (judged(&written()), judged(&rendered()));
    for ((linter, before), (_, after)) in before.iter().zip(&after) {
        let (before, after) = (before.len(), after.len());
        assert!(
            before > after,
            "{}: {before} findings became {after}",
            linter.name
        );
    }
}

#[test]
fn disagreements_are_on_the_pages_of_the_functions() {
    let lists = disagreements();
    for name in PAGES {
        let list = lists
            .get(name)
            .unwrap_or_else(|| panic!("no list of {name}"));
        let rows: String = list.iter().map(rows).collect();
        let page = read(
            &binary::root()
                .join("functions")
                .join(name)
                .join("README.md"),
        );
        assert!(
            page.contains(&format!("{HEAD}{rows}\n")),
            "functions/{name}/README.md must have exactly this list:\n{HEAD}{rows}"
        );
    }
}

/// A disagreement as pages have it: a row for each linter, of which the first says why.
fn rows(disagreement: &Disagreement) -> String {
    let reasons = iter::once(disagreement.reason.as_str()).chain(iter::repeat("The same."));
    let rows = disagreement
        .checks
        .iter()
        .zip(reasons)
        .map(|((linter, checks), reason)| {
            let checks: Vec<String> = checks.iter().map(|check| format!("`{check}`")).collect();
            format!("| {linter} | {} | {reason} |\n", checks.join(", "))
        });
    rows.collect()
}

#[test]
fn what_the_functions_make_fits_the_types_of_kubernetes() {
    assert_eq!(schema::check_documents(&rendered()), Ok(()));
}

#[test]
fn a_second_pass_through_the_functions_changes_nothing() {
    let once = rendered();
    assert_eq!(passed_through(once.clone()), once);
}
