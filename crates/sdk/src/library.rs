//! A function as a library call: what the tests drive beside the binaries.

use serde_json::Value;
use yaml::Node;

use crate::about::About;
use crate::config::ConfigSource;
use crate::finding::{Finding, Severity};
use crate::function::{Function, Functions};
use crate::input::{Error, Input, SourceText};
use crate::session::Session;
use crate::steps;

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// The documents; as they came where the run failed.
    pub output: String,
    /// What was found, in the order in which it is shown.
    pub findings: Vec<Finding>,
    /// The same as entries of `results`.
    pub results: Vec<Value>,
    /// The same as lines of stderr.
    pub lines: Vec<String>,
    /// 0 or 1.
    pub exit_code: u8,
}

/// Runs a function over YAML documents. With `explain` every change, keep and skip is told, whatever the
/// configuration shows.
pub fn run<F: Function>(config: &str, input: &str, explain: bool) -> Result<Ran, Error> {
    let config = SourceText::parse(config.to_owned(), Some("config.yaml".to_owned()))?;
    let sources = vec![SourceText::parse(input.to_owned(), None)?];
    let input = Input::documents(sources);
    let mut session = Session::new(&input);
    session.min_severity = explain.then_some(Severity::Info);
    let roots = config
        .stream
        .documents()
        .filter_map(|document| document.root());
    let nodes: Vec<Node<'_>> = roots.collect();
    for (number, node) in nodes.iter().copied().enumerate() {
        session.is_last_step = number + 1 == nodes.len();
        session.step(
            About::of::<F>(),
            ConfigSource::new(Some(node), config.file.as_deref()),
        )?;
        if session.has_failed {
            break;
        }
    }
    let output = if session.has_failed {
        input.text()
    } else {
        session.output()?.0.concat()
    };
    Ok(Ran {
        output,
        findings: std::mem::take(&mut session.findings),
        results: std::mem::take(&mut session.results),
        lines: std::mem::take(&mut session.lines),
        exit_code: u8::from(session.has_failed),
    })
}

/// What is wrong with a configuration that stands in `file`, as the function that it is for reads it; nothing runs.
pub fn check<L: Functions>(config: Node<'_>, file: &str) -> Result<Vec<Finding>, Error> {
    let input = Input::documents(Vec::new());
    let mut session = Session::new(&input);
    steps::check::<L>(&mut session, ConfigSource::new(Some(config), Some(file)))?;
    Ok(std::mem::take(&mut session.findings))
}
