//! Golden cases: a folder with a configuration, an input, and what comes of them.
//!
//! `config.yaml` and `input.yaml` are as a user writes them. `expected.yaml` is the output; without it the
//! output is the input. `results.yaml` has the exit code and what was told, each change and skip included;
//! without it nothing was told but the summary. A folder's name is a claim in words.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sdk::{Error, Finding, Outcome, Ran};
use serde_json::{Value, json};

use crate::schema;

/// A function under test.
pub trait Runner {
    /// Runs it as a library.
    fn library(&self, config: &str, input: &str) -> Result<Ran, Error>;
    /// Runs its binary on the files and returns the exit code and stdout.
    fn binary(&self, config: &Path, input: &Path) -> (Option<i32>, String);
}

/// The folders with cases of a function.
pub fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).map(Iterator::collect::<Result<Vec<_>, _>>);
    let mut cases: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
}

/// Whether the cases are written anew, as UPDATE asks; CI never writes what it expects.
pub fn is_update(update: bool, ci: bool) -> Result<bool, String> {
    if update && ci {
        return Err("UPDATE is set where CI is; CI never writes what it expects".to_owned());
    }
    Ok(update)
}

/// Refuses a function without the cases that every function has.
pub fn has_required(function: &str, cases: &[PathBuf]) -> Result<(), String> {
    let names: Vec<String> = cases
        .iter()
        .filter_map(|case| Some(case.file_name()?.to_string_lossy().into_owned()))
        .collect();
    for (required, fits) in [
        ("basic", "basic"),
        ("keeps-…", "keeps-"),
        ("rejects-…", "rejects-"),
    ] {
        let is_there = |name: &String| {
            if required == fits {
                name == fits
            } else {
                name.starts_with(fits)
            }
        };
        if !names.iter().any(is_there) {
            return Err(format!(
                "{function} has no case {required}; every function has `basic`, one `keeps-…` and one `rejects-…`"
            ));
        }
    }
    Ok(())
}

const FILES: [&str; 4] = ["config.yaml", "input.yaml", "expected.yaml", "results.yaml"];

/// Checks one case; `update` writes what came of it instead.
pub fn check(case: &Path, runner: &dyn Runner, update: bool) -> Result<(), String> {
    only_known_files(case)?;
    let read = |name: &str| {
        fs::read_to_string(case.join(name)).map_err(|error| format!("{name}: {error}"))
    };
    let (config, input) = (read("config.yaml")?, read("input.yaml")?);
    let ran = runner
        .library(&config, &input)
        .map_err(|error| format!("exit code 2: {error}"))?;
    let told = told(&ran);
    if update {
        return write(case, &input, &ran, &told);
    }
    let expected = read("expected.yaml").unwrap_or_else(|_| input.clone());
    same("the output", &expected, &ran.output)?;
    let expected_told = read("results.yaml").or_else(|_| Ok::<_, String>(only_summary(&told)))?;
    same("results.yaml", &expected_told, &told)?;
    if !case.join("expected.yaml").exists() && !case.join("results.yaml").exists() {
        return Err("the case expects nothing; give it expected.yaml or results.yaml".to_owned());
    }
    deterministic(runner, &config, &input, &ran)?;
    if ran.exit_code == 0 {
        idempotent(runner, &config, &ran)?;
        untouched(&input, &ran)?;
        refuses_unknown_fields(runner, &config, &input)?;
        if case.join("expected.yaml").exists() {
            schema::check_documents(&expected)?;
        }
    }
    binary_agrees(case, runner, &ran)
}

fn only_known_files(case: &Path) -> Result<(), String> {
    let entries = fs::read_dir(case).map_err(|error| error.to_string())?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !FILES.contains(&name.as_str()) {
            return Err(format!(
                "{name} has no meaning here; a case has {}",
                FILES.join(", ")
            ));
        }
    }
    Ok(())
}

fn same(what: &str, expected: &str, actual: &str) -> Result<(), String> {
    if expected == actual {
        return Ok(());
    }
    let difference: Vec<String> = changes(expected, actual)
        .into_iter()
        .map(|change| match change {
            Change::Removed(line) => format!("-{line}"),
            Change::Added(line) => format!("+{line}"),
        })
        .collect();
    Err(format!(
        "{what} differs from what is expected (run `make golden` and read the difference):\n{}",
        difference.join("\n")
    ))
}

/// The exit code and findings as results.yaml has them.
fn told(ran: &Ran) -> String {
    let results: Vec<Value> = ran.findings.iter().map(line).collect();
    yaml::to_string(
        &json!({"exitCode": ran.exit_code, "results": results}),
        yaml::Style::default(),
    )
}

/// A finding on one line: severity, outcome, rule, object, container, message, field, proposal.
fn line(finding: &Finding) -> Value {
    let result = finding.to_result("");
    let text = |pointer: &str| {
        result
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut line = format!("{}[{}]", finding.severity.as_str(), finding.rule);
    if finding.rule != "summary" {
        let _ = write!(line, " {}", finding.outcome.as_str());
    }
    if let Some(reason) = &finding.reason {
        let _ = write!(line, "/{reason}");
    }
    if !text("/resourceRef/kind").is_empty() {
        let namespace = text("/resourceRef/namespace");
        let separator = if namespace.is_empty() { "" } else { "/" };
        let _ = write!(
            line,
            " {} {namespace}{separator}{}",
            text("/resourceRef/kind"),
            text("/resourceRef/name")
        );
    }
    if let Some(container) = &finding.container {
        let _ = write!(line, " {container}");
    }
    let _ = write!(line, ": {}", finding.message);
    if let Some(field) = &finding.field {
        let _ = write!(line, " ({field})");
    }
    if let (Some(proposed), Outcome::Violation) = (&finding.proposed, finding.outcome) {
        let _ = write!(line, " -> {proposed}");
    }
    line.into()
}

/// What an absent results.yaml stands for.
fn only_summary(told: &str) -> String {
    let is_summary = |line: &&str| line.contains("[summary]") || !line.starts_with("- ");
    let lines: Vec<&str> = told.lines().filter(is_summary).collect();
    lines.join("\n") + "\n"
}

fn write(case: &Path, input: &str, ran: &Ran, told: &str) -> Result<(), String> {
    let put = |name: &str, text: &str, is_needed: bool| {
        let path = case.join(name);
        let done = if is_needed {
            fs::write(path, text)
        } else {
            fs::remove_file(path).or(Ok(()))
        };
        done.map_err(|error| format!("{name}: {error}"))
    };
    put("expected.yaml", &ran.output, ran.output != input)?;
    put(
        "results.yaml",
        told,
        ran.output == input || told != only_summary(told),
    )
}

/// A second run on the output has nothing to do.
fn idempotent(runner: &dyn Runner, config: &str, ran: &Ran) -> Result<(), String> {
    let again = runner
        .library(config, &ran.output)
        .map_err(|error| format!("a second run: {error}"))?;
    same("a second run's output", &ran.output, &again.output)?;
    match again
        .findings
        .iter()
        .find(|finding| finding.outcome == Outcome::Changed && finding.rule != "summary")
    {
        Some(finding) => Err(format!(
            "a second run changes something again: {}",
            finding.message
        )),
        None => Ok(()),
    }
}

/// The same twice, and with the documents in reverse each document comes out the same.
fn deterministic(runner: &dyn Runner, config: &str, input: &str, ran: &Ran) -> Result<(), String> {
    let run = |input: &str| {
        runner
            .library(config, input)
            .map_err(|error| error.to_string())
    };
    same("the same run once more", &ran.output, &run(input)?.output)?;
    let reversed: Vec<String> = documents(input).into_iter().rev().collect();
    let reversed = run(&join(&reversed))?;
    let there: BTreeSet<String> = documents(&ran.output).into_iter().collect();
    let back: BTreeSet<String> = documents(&reversed.output).into_iter().collect();
    match there.difference(&back).next() {
        Some(document) => Err(format!(
            "with the documents in reverse this one comes out differently:\n{document}"
        )),
        None => Ok(()),
    }
}

/// The documents of a stream, without the markers between them.
pub fn documents(text: &str) -> Vec<String> {
    let Ok(stream) = yaml::parse(text.to_owned()) else {
        return vec![text.to_owned()];
    };
    let document = |document: yaml::Document<'_>| {
        let part = text.get(document.span()).unwrap_or_default();
        let part = part.strip_prefix("---\n").unwrap_or(part);
        part.trim_end_matches('\n').to_owned()
    };
    stream.documents().map(document).collect()
}

fn join(documents: &[String]) -> String {
    documents.join("\n---\n") + "\n"
}

/// A line that a run took away must be one that a change is about: a line of the field that it replaces, or
/// of the brackets that it adds to.
fn untouched(input: &str, ran: &Ran) -> Result<(), String> {
    let stream = yaml::parse(input.to_owned()).map_err(|error| error.to_string())?;
    let mut touched = BTreeSet::new();
    let changed = ran
        .findings
        .iter()
        .filter(|finding| finding.outcome == Outcome::Changed && finding.rule != "summary");
    for field in changed.filter_map(|finding| finding.field.as_deref()) {
        for root in stream.documents().filter_map(|document| document.root()) {
            // A document may be a list of objects.
            let items = root.get("items").into_iter().flat_map(yaml::Node::items);
            for object in [root].into_iter().chain(items) {
                touched.extend(lines_of_change(object, field, input));
            }
        }
    }
    let gone = lines_of_generated(input, ran);
    let mut line = 0;
    for change in changes(input, &ran.output) {
        let Change::Removed(text) = change else {
            continue;
        };
        line += input
            .lines()
            .skip(line)
            .position(|own| own == text)
            .map_or(0, |ahead| ahead + 1);
        if !touched.contains(text) && !gone.contains(text) {
            return Err(format!(
                "line {line} was taken away, but no change is about it: {text}"
            ));
        }
    }
    Ok(())
}

/// The lines of objects of an earlier run, if any went as a whole, with the marker before it.
fn lines_of_generated(input: &str, ran: &Ran) -> BTreeSet<String> {
    let is_about_generated =
        |finding: &Finding| finding.rule == "generated" && finding.outcome == Outcome::Changed;
    if !ran.findings.iter().any(is_about_generated) {
        return BTreeSet::new();
    }
    let documents = documents(input).into_iter();
    let generated = documents.filter(|document| document.contains("plimsoll.dev/generated-by:"));
    let lines = |document: String| document.lines().map(str::to_owned).collect::<Vec<_>>();
    let lines = generated.flat_map(lines);
    lines.chain(["---".to_owned()]).collect()
}

/// The lines that a change of this field may rewrite: those of the field itself, of the brackets or the empty
/// value that it is added to, or of the alias that is copied for it.
fn lines_of_change<'i>(root: yaml::Node<'_>, field: &str, input: &'i str) -> Vec<&'i str> {
    let mut node = root;
    let mut is_there = true;
    for step in steps(field) {
        let next = match step.parse::<usize>() {
            Ok(index) => node.items().nth(index),
            Err(_) => node.get(&step),
        };
        is_there = next.is_some();
        node = next.unwrap_or(node);
        let is_alias = node.resolved().id() != node.id();
        if !is_there || is_alias {
            break;
        }
    }
    let is_alias = node.resolved().id() != node.id();
    let is_rewritten = is_there || is_alias || node.is_flow() || node.is_null();
    let before = input.get(..node.span().start).unwrap_or_default();
    let from = before.matches('\n').count().saturating_sub(1);
    let count = node.source().matches('\n').count() + 3;
    if is_rewritten {
        input.lines().skip(from).take(count).collect()
    } else {
        Vec::new()
    }
}

/// The steps of a path as findings show it.
fn steps(field: &str) -> Vec<String> {
    let spaced = field.replace("[\"", "\u{0}").replace("\"]", "\u{0}");
    let mut steps = Vec::new();
    for (number, part) in spaced.split('\u{0}').enumerate() {
        if number % 2 == 1 {
            steps.push(part.to_owned());
        } else {
            let words = part.split(['.', '[', ']']).filter(|word| !word.is_empty());
            steps.extend(words.map(str::to_owned));
        }
    }
    steps
}

/// A misspelled field is refused by name.
fn refuses_unknown_fields(runner: &dyn Runner, config: &str, input: &str) -> Result<(), String> {
    let broken = with_unknown_field(config)?;
    let ran = runner
        .library(&broken, input)
        .map_err(|error| error.to_string())?;
    let names_it = ran
        .findings
        .iter()
        .any(|finding| finding.message.contains("zzUnknown"));
    if ran.exit_code == 1 && names_it && ran.output == input {
        return Ok(());
    }
    Err("an unknown field in the configuration is not refused by its name".to_owned())
}

fn with_unknown_field(config: &str) -> Result<String, String> {
    let mut value: Value = serde_yaml::from_str(config).map_err(|error| error.to_string())?;
    let part = if value.get("data").is_some() {
        "data"
    } else {
        "spec"
    };
    if let Some(map) = value.get_mut(part).and_then(Value::as_object_mut) {
        map.insert("zzUnknown".to_owned(), "1".into());
    } else if let Some(map) = value.as_object_mut() {
        map.insert(part.to_owned(), json!({"zzUnknown": "1"}));
    }
    Ok(yaml::to_string(&value, yaml::Style::default()))
}

fn binary_agrees(case: &Path, runner: &dyn Runner, ran: &Ran) -> Result<(), String> {
    let (code, stdout) = runner.binary(&case.join("config.yaml"), &case.join("input.yaml"));
    if code != Some(i32::from(ran.exit_code)) {
        return Err(format!(
            "the library's exit code is {}, the binary's {code:?}",
            ran.exit_code
        ));
    }
    let expected = if ran.exit_code == 0 {
        ran.output.as_str()
    } else {
        ""
    };
    same("the binary's output", expected, &stdout)
}

/// A line of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'t> {
    /// Only the first text has it.
    Removed(&'t str),
    /// Only the second one has it.
    Added(&'t str),
}

/// The smallest set of lines that differ.
pub fn changes<'t>(one: &'t str, other: &'t str) -> Vec<Change<'t>> {
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (one.lines().collect(), other.lines().collect());
    // Lengths of the longest common subsequences of what follows each pair of lines.
    let mut lengths = vec![vec![0usize; theirs.len() + 1]; ours.len() + 1];
    let at = |lengths: &[Vec<usize>], i: usize, j: usize| {
        lengths
            .get(i)
            .and_then(|row| row.get(j))
            .copied()
            .unwrap_or(0)
    };
    for i in (0..ours.len()).rev() {
        for j in (0..theirs.len()).rev() {
            let length = if ours.get(i) == theirs.get(j) {
                at(&lengths, i + 1, j + 1) + 1
            } else {
                at(&lengths, i + 1, j).max(at(&lengths, i, j + 1))
            };
            if let Some(cell) = lengths.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = length;
            }
        }
    }
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    loop {
        match (ours.get(i), theirs.get(j)) {
            (None, None) => return found,
            (Some(own), Some(other)) if own == other => (i, j) = (i + 1, j + 1),
            (Some(own), _)
                if j >= theirs.len() || at(&lengths, i + 1, j) >= at(&lengths, i, j + 1) =>
            {
                found.push(Change::Removed(own));
                i += 1;
            }
            (_, Some(other)) => {
                found.push(Change::Added(other));
                j += 1;
            }
            (Some(_), None) => i += 1,
        }
    }
}
