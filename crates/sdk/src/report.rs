//! What was found, in the forms that people and programs read.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::finding::{Finding, Severity};
use crate::function::{Function, Functions, Rule, Visitor};
use crate::location::{Location, Locator};
use crate::session::Session;
use crate::shared_rules::SHARED_RULES;
use crate::steps;

mod github;
mod json;
mod sarif;

/// A form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A line each.
    Human,
    /// The entries of `results`, and where they stand.
    Json,
    /// What code scanners exchange.
    Sarif,
    /// Commands by which GitHub shows findings beside the code.
    Github,
}

impl Format {
    /// All of them, by their names.
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        ("human", Self::Human),
        ("json", Self::Json),
        ("sarif", Self::Sarif),
        ("github", Self::Github),
    ];
}

/// One finding with all that a report tells of it.
struct Entry<'e> {
    finding: &'e Finding,
    /// The same as an entry of `results`.
    result: &'e Value,
    location: Location,
}

impl Entry<'_> {
    /// The rule, with the function's name.
    fn rule(&self) -> &str {
        self.result
            .pointer("/tags/rule")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether it counts what was done, and is about nothing in particular.
    fn is_summary(&self) -> bool {
        self.finding.rule == "summary"
    }

    /// What it is about and what is wrong, in one line.
    fn message(&self) -> String {
        let message = self.finding.one_line();
        match self.finding.known_subject() {
            Some(subject) => format!("{}: {message}", subject.label()),
            None => message.into_owned(),
        }
    }
}

/// The findings of a run in a form.
pub(crate) fn text<L: Functions>(
    session: &Session<'_>,
    locator: &Locator<'_>,
    format: Format,
) -> String {
    if format == Format::Human {
        return human(session);
    }
    let told = session.findings.iter().zip(&session.results);
    let entries: Vec<Entry<'_>> = told
        .map(|(finding, result)| Entry {
            finding,
            result,
            location: locator.locate(finding.spot.as_ref()),
        })
        .collect();
    match format {
        Format::Human => human(session),
        Format::Json => json::text(&entries),
        Format::Sarif => sarif::text(&entries, &rules::<L>(), !session.has_failed),
        Format::Github => github::text(&entries),
    }
}

/// A line each, as every way to run tells them.
pub(crate) fn human(session: &Session<'_>) -> String {
    let lines = session.lines.iter();
    lines.flat_map(|line| [line.as_str(), "\n"]).collect()
}

/// What the rules of all functions are about, and how bad that is.
fn rules<L: Functions>() -> BTreeMap<String, (&'static str, Severity)> {
    struct Rules(BTreeMap<String, (&'static str, Severity)>);
    impl Rules {
        fn add<'r>(&mut self, function: &str, rules: impl Iterator<Item = &'r Rule>) {
            let named = rules.map(|rule| {
                let name = format!("{function}/{}", rule.slug);
                (name, (rule.about, rule.severity))
            });
            self.0.extend(named);
        }
    }
    impl Visitor for Rules {
        fn visit<F: Function>(&mut self) {
            self.add(F::NAME, F::RULES.iter().chain(SHARED_RULES));
        }
    }
    let mut rules = Rules(BTreeMap::new());
    rules.add(steps::NAME, SHARED_RULES.iter());
    L::each(&mut rules);
    rules.0
}
