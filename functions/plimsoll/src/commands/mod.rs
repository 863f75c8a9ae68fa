//! What `plimsoll` does besides running functions.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Arg, Command};
use sdk::{Function, Program, Visitor};

use crate::All;

mod install_plugins;

/// A Pipeline that works.
const EXAMPLE: &str = include_str!("../../pipeline.yaml");

/// Runs the command that the arguments name; none where they name a function, or nothing.
pub fn run(program: &Program) -> Option<ExitCode> {
    let is_own_name = !is_function(&program.name);
    if is_own_name && program.args.is_empty() && std::io::stdin().is_terminal() {
        let _ = std::io::stderr().write_all(command().render_help().to_string().as_bytes());
        return Some(ExitCode::from(2));
    }
    if is_own_name && program.begins_with("run") {
        let arguments = program.args.get(1..).unwrap_or_default();
        return Some(sdk::run_command::<All>(arguments, EXAMPLE));
    }
    if is_own_name && program.args.iter().eq(["help", "run"]) {
        return Some(sdk::run_command::<All>(&["--help".into()], EXAMPLE));
    }
    let words = ["install-plugins", "help", "--help", "-h", "--version", "-V"];
    if !is_own_name || !words.iter().any(|word| program.begins_with(word)) {
        return None;
    }
    let all = [program.name.clone().into()]
        .into_iter()
        .chain(program.args.iter().cloned());
    let outcome = match command().try_get_matches_from(all) {
        Ok(matches) => match matches.subcommand() {
            Some(("install-plugins", matches)) => {
                install_plugins::run(matches.get_one::<String>("dir").map(String::as_str))
            }
            _ => Ok(command().render_help().to_string()),
        },
        Err(error) if error.use_stderr() => Err(error.to_string()),
        Err(error) => Ok(error.to_string()),
    };
    Some(match outcome {
        Ok(text) => print(&text),
        Err(message) => {
            let _ = std::io::stderr().write_all(message.as_bytes());
            ExitCode::from(2)
        }
    })
}

/// Whether a program of this name is one function: a link, which says by its name what it is.
fn is_function(name: &str) -> bool {
    struct Find<'n>(&'n str, bool);
    impl Visitor for Find<'_> {
        fn visit<F: Function>(&mut self) {
            self.1 |= self.0 == F::NAME || self.0 == F::KIND;
        }
    }
    let mut find = Find(name, false);
    crate::visit_all(&mut find);
    find.1
}

fn print(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(2),
    }
}

fn command() -> Command {
    let dir = Arg::new("dir").long("dir").value_name("DIR");
    let install = Command::new("install-plugins")
        .about("Link every function into the plugin folder of kustomize and kubectl")
        .arg(dir.help("Plugin folder [default: the one that kustomize looks into]"));
    let run = Command::new("run").about(
        "Run several configurations over manifests: read once, run all in order, write once",
    );
    Command::new("plimsoll")
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .version(env!("CARGO_PKG_VERSION"))
        .override_usage("plimsoll FUNCTION [OPTIONS] [PATH]...\n       plimsoll run --config FILE [OPTIONS] [PATH]...\n       plimsoll install-plugins [--dir DIR]\n       plimsoll < resource-list.yaml")
        .subcommand(run)
        .subcommand(install)
        .after_help(functions())
}

/// The functions and what they are for.
fn functions() -> String {
    struct List(String);
    impl Visitor for List {
        fn visit<F: Function>(&mut self) {
            let _ = write!(self.0, "\n  {:<16} {}", F::NAME, F::SUMMARY);
        }
    }
    let mut list = List("Functions:".to_owned());
    crate::visit_all(&mut list);
    list.0
        + "\n\nWithout a function it is a KRM function that goes by the kind of its functionConfig.\n"
}
