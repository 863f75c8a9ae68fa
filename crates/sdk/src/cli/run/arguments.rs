//! The arguments of `plimsoll run`.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};

use super::super::arguments::{config, flag, paths, values};
use crate::input::Error;
use crate::report::Format;

/// What `plimsoll run` is asked for.
#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) configs: Vec<String>,
    pub(super) paths: Vec<String>,
    pub(super) target: Target,
    /// The file for findings.
    pub(super) results: Option<String>,
    pub(super) format: Format,
}

/// Where what comes of a run goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Documents on stdout.
    Stdout,
    /// Documents in a file.
    File(String),
    /// Back to the files that they come from.
    Sources(String),
    /// Nowhere.
    Nowhere {
        /// Whether what differs is shown.
        shows: bool,
        /// Whether the exit code tells that anything differs.
        fails: bool,
    },
}

impl Arguments {
    pub(super) fn of(matches: &ArgMatches) -> Result<Self, Error> {
        let text = |name: &str| matches.get_one::<String>(name).cloned();
        let (shows, fails) = (matches.get_flag("diff"), matches.get_flag("check"));
        let target = match (text("output"), text("in-place")) {
            (Some(file), _) => Target::File(file),
            (None, Some(folder)) => Target::Sources(folder),
            (None, None) if shows || fails => Target::Nowhere { shows, fails },
            (None, None) => Target::Stdout,
        };
        let results = text("results");
        let output = text("output");
        let named = [("--output", &output), ("--results", &results)];
        for (argument, file) in named {
            if file.as_deref() == Some("-") {
                return Err(Error::Usage(format!(
                    "`{argument}` must name a file; leave it out for what it would print"
                )));
            }
        }
        if output.is_some() && output == results {
            let message = "`--output` and `--results` must name two files";
            return Err(Error::Usage(message.to_owned()));
        }
        let format = text("format").unwrap_or_default();
        let known = Format::ALL.iter().find(|(name, _)| *name == format);
        Ok(Self {
            configs: values(matches, "config"),
            paths: values(matches, "paths"),
            target,
            results,
            format: known.map_or(Format::Human, |(_, format)| *format),
        })
    }
}

const EXAMPLES: &str = "\
Examples:
  kustomize build . | plimsoll run --config production.yaml | kubectl apply -f -
  helm template shop ./chart | plimsoll run --config production.yaml --output shop.yaml
  plimsoll run --config production.yaml --diff apps/
  plimsoll run --config production.yaml --in-place apps/
  plimsoll run --config production.yaml --check --format sarif --results findings.sarif apps/

Exit code 0: done. 1: a configuration is refused, a finding is at or above its `failOn`, or with
--check anything would change; no document is written then. 2: the call can't be served.";

/// The arguments, and what they are for.
pub(super) fn command() -> Command {
    let formats = Format::ALL.iter().map(|(name, _)| *name);
    let with_value = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let format = with_value("format", "FORMAT", "How findings are told");
    let check = "Write nothing; exit 1 when anything would change";
    Command::new("run")
        .bin_name("plimsoll run")
        .about("Run several configurations over manifests: read once, run all in order, write once")
        .disable_version_flag(true)
        .arg(config().required_unless_present_any(["schema", "example"]))
        .arg(paths())
        .arg(flag(
            "diff",
            "Show what would change, object by object; write nothing",
        ))
        .arg(flag("check", check))
        .arg(
            with_value("output", "FILE", "Write the documents to a file")
                .conflicts_with_all(["diff", "check", "in-place"]),
        )
        .arg(
            with_value(
                "in-place",
                "DIR",
                "Edit the files of a folder where they stand",
            )
            .conflicts_with_all(["diff", "check", "paths"]),
        )
        .arg(with_value(
            "results",
            "FILE",
            "Write the findings to a file too",
        ))
        .arg(
            format
                .default_value("human")
                .value_parser(PossibleValuesParser::new(formats)),
        )
        .arg(flag("schema", "Print the JSON Schema of a Pipeline, for editors").exclusive(true))
        .arg(flag("example", "Print a Pipeline that works").exclusive(true))
        .after_help(EXAMPLES)
}
