//! What `plimsoll` does besides running functions.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use sdk::{Function, Program, Visitor};

use crate::All;

mod doctor;
mod install_plugins;
mod plugin_folder;

/// A Pipeline that works.
const EXAMPLE: &str = include_str!("../../pipeline.yaml");

const DOCTOR_HELP: &str = "\
It looks at the programs on PATH, at the plugin folder, and at the kustomizations with all that they
refer to. It builds nothing with functions and writes nothing.

Exit code 0: nothing keeps functions from running. 1: something does. 2: the call can't be served.\n";

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
    let words = [
        "doctor",
        "install-plugins",
        "help",
        "--help",
        "-h",
        "--version",
        "-V",
    ];
    if !is_own_name || !words.iter().any(|word| program.begins_with(word)) {
        return None;
    }
    let all = [program.name.clone().into()]
        .into_iter()
        .chain(program.args.iter().cloned());
    let outcome = match command().try_get_matches_from(all) {
        Ok(matches) => obey(&matches),
        Err(error) if error.use_stderr() => Err(error.to_string()),
        Err(error) => Ok((error.to_string(), ExitCode::SUCCESS)),
    };
    Some(match outcome {
        Ok((text, code)) => print(&text, code),
        Err(message) => {
            let _ = std::io::stderr().write_all(message.as_bytes());
            ExitCode::from(2)
        }
    })
}

/// What a command has to say, and its exit code; why it makes no sense where it doesn't.
fn obey(matches: &ArgMatches) -> Result<(String, ExitCode), String> {
    match matches.subcommand() {
        Some(("install-plugins", matches)) => {
            let dir = matches.get_one::<String>("dir").map(String::as_str);
            Ok((install_plugins::run(dir)?, ExitCode::SUCCESS))
        }
        Some(("doctor", matches)) => {
            let folders = matches.get_many::<String>("kustomization");
            let folders: Vec<String> = folders.unwrap_or_default().cloned().collect();
            let (text, has_errors) =
                doctor::run(&folders).map_err(|error| format!("plimsoll doctor: {error}\n"))?;
            Ok((text, ExitCode::from(u8::from(has_errors))))
        }
        _ => Ok((command().render_help().to_string(), ExitCode::SUCCESS)),
    }
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

fn print(text: &str, code: ExitCode) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => code,
        Err(_) => ExitCode::from(2),
    }
}

fn command() -> Command {
    let dir = Arg::new("dir").long("dir").value_name("DIR");
    let install = Command::new("install-plugins")
        .about("Link every function into the plugin folder of kustomize and kubectl")
        .arg(dir.help("Plugin folder [default: the one that kustomize looks into]"));
    let kustomization = Arg::new("kustomization")
        .value_name("KUSTOMIZATION")
        .action(ArgAction::Append)
        .help("Folders with a kustomization [default: this one, if it has one]");
    let doctor = Command::new("doctor")
        .about("Say whether functions would run here, what keeps them from it, and what to type")
        .arg(kustomization)
        .after_help(DOCTOR_HELP);
    let run = Command::new("run").about(
        "Run several configurations over manifests: read once, run all in order, write once",
    );
    Command::new("plimsoll")
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .version(env!("CARGO_PKG_VERSION"))
        .override_usage("plimsoll FUNCTION [OPTIONS] [PATH]...\n       plimsoll run --config FILE [OPTIONS] [PATH]...\n       plimsoll install-plugins [--dir DIR]\n       plimsoll doctor [KUSTOMIZATION]...\n       plimsoll < resource-list.yaml")
        .subcommand(run)
        .subcommand(install)
        .subcommand(doctor)
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
