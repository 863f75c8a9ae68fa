//! The arguments of a function's binary.

use clap::{Arg, ArgAction, Command};

use crate::function::Function;

/// The arguments of a function.
pub(super) fn command<F: Function>() -> Command {
    let example = format!(
        "Example:\n  {name} --example > config.yaml\n  kustomize build . | {name} --config config.yaml | kubectl apply -f -\n\n\
         Without arguments it is a KRM function: a ResourceList on stdin, a ResourceList on stdout.",
        name = F::NAME
    );
    Command::new(F::NAME)
        .about(wrapped(F::SUMMARY))
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .arg(config())
        .arg(paths().requires("config"))
        .arg(flag(
            "schema",
            "Print the JSON Schema of the configuration, for editors",
        ))
        .arg(flag("example", "Print a configuration that works"))
        .after_help(example)
}

/// Where configurations stand.
pub(super) fn config() -> Arg {
    Arg::new("config")
        .long("config")
        .value_name("FILE")
        .action(ArgAction::Append)
        .help("Configuration; may be given several times, and hold several documents")
}

/// Where manifests stand.
pub(super) fn paths() -> Arg {
    Arg::new("paths")
        .value_name("PATH")
        .action(ArgAction::Append)
        .help("Files and folders of manifests; `-` or none for stdin")
}

/// An argument without a value.
pub(super) fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

/// All values of an argument.
pub(super) fn values(matches: &clap::ArgMatches, name: &str) -> Vec<String> {
    let values = matches.get_many::<String>(name).unwrap_or_default();
    values.cloned().collect()
}

/// The example as it stands in a folder of the user's, with its schema beside it.
pub(super) fn example<F: Function>() -> String {
    F::EXAMPLE.replacen(
        "$schema=../../schema.json",
        &format!("$schema={}.schema.json", F::NAME),
        1,
    )
}

/// A sentence in lines that fit a narrow screen.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= 80 => line.extend([" ", word]),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}
