//! The only place that talks to the world: arguments, stdin, files, stdout, stderr and exit codes.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::marker::PhantomData;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::function::{Function, Functions, Visitor};
use crate::input::Error;
use crate::pipeline;
use crate::report;
use crate::session::Session;
use crate::steps;

mod arguments;
mod files;
mod run;
mod serve;

pub use run::{run_command, wants_colours};

/// The whole of a function's binary.
pub fn main<F: Function>() -> ExitCode {
    let Program { name, args } = Program::from_args();
    if is_plugin::<F>(&name, &args) {
        finish(F::NAME, serve::plugin::<One<F>>(&args))
    } else {
        run_named::<F>(&args)
    }
}

/// Whether kustomize calls: by the kind as the program's name, with the configuration in a file.
fn is_plugin<F: Function>(name: &str, args: &[OsString]) -> bool {
    name == F::KIND && begins_with_file(args)
}

fn begins_with_file(args: &[OsString]) -> bool {
    let is_file = |first: &OsString| !first.to_string_lossy().starts_with('-');
    args.first().is_some_and(is_file)
}

/// The whole of a binary that holds several functions: the one that its name, its first argument or the
/// configuration asks for runs.
pub fn main_of<L: Functions>(program: &Program) -> ExitCode {
    if program.name == pipeline::KIND && begins_with_file(&program.args) {
        return finish("plimsoll", serve::plugin::<L>(&program.args));
    }
    let mut dispatch = Dispatch {
        program,
        code: None,
    };
    L::each(&mut dispatch);
    match dispatch.code {
        Some(code) => code,
        None => finish("plimsoll", run_any::<L>(program)),
    }
}

/// A list of one function.
struct One<F>(PhantomData<F>);

impl<F: Function> Functions for One<F> {
    const IS_ONE: bool = true;

    fn each(visitor: &mut impl Visitor) {
        visitor.visit::<F>();
    }
}

/// How the program was called.
#[derive(Clone, Debug)]
pub struct Program {
    /// The file name it was called by; a link's own, not its target's.
    pub name: String,
    /// What follows it.
    pub args: Vec<OsString>,
}

impl Program {
    /// Reads the arguments of this process.
    pub fn from_args() -> Self {
        let mut args = std::env::args_os();
        let path = args.next().map(PathBuf::from).unwrap_or_default();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Self {
            name,
            args: args.collect(),
        }
    }

    /// Whether the first argument is `word`.
    pub fn begins_with(&self, word: &str) -> bool {
        self.args.first().is_some_and(|first| first == word)
    }
}

/// Finds the function that the call names.
struct Dispatch<'p> {
    program: &'p Program,
    code: Option<ExitCode>,
}

impl Visitor for Dispatch<'_> {
    fn visit<F: Function>(&mut self) {
        let Program { name, args } = self.program;
        if self.code.is_some() {
            return;
        }
        if is_plugin::<F>(name, args) {
            self.code = Some(finish(F::NAME, serve::plugin::<One<F>>(args)));
        } else if name == F::NAME || name == F::KIND {
            self.code = Some(run_named::<F>(args));
        } else if self.program.begins_with(F::NAME) {
            self.code = Some(run_named::<F>(args.get(1..).unwrap_or_default()));
        }
    }
}

/// Turns the outcome of a run into an exit code; whatever could not be served is told on stderr.
fn finish(name: &str, outcome: Result<ExitCode, Error>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(error) => {
            tell(&format!("{name}: {error}\n"));
            ExitCode::from(2)
        }
    }
}

/// Writes to stderr; there is nobody left to tell if that fails.
fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Writes all of the output, or fails.
fn print<'o>(pieces: impl IntoIterator<Item = &'o str>) -> Result<(), Error> {
    let failed = |error: io::Error| Error::Io(format!("stdout could not be written: {error}"));
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    for piece in pieces {
        out.write_all(piece.as_bytes()).map_err(failed)?;
    }
    out.flush().map_err(failed)
}

fn run_named<F: Function>(args: &[OsString]) -> ExitCode {
    // Orchestrators give none, and start a program for each function.
    if args.is_empty() && !io::stdin().is_terminal() {
        return finish(F::NAME, list::<F>());
    }
    let all = [OsString::from(F::NAME)]
        .into_iter()
        .chain(args.iter().cloned());
    let matches = match arguments::command::<F>().try_get_matches_from(all) {
        Ok(matches) => matches,
        // Help and version are asked for; all else is wrong usage.
        Err(error) if error.use_stderr() => {
            tell(&error.to_string());
            return ExitCode::from(2);
        }
        Err(error) => {
            return finish(
                F::NAME,
                print([error.to_string().as_str()]).map(|()| ExitCode::SUCCESS),
            );
        }
    };
    let text = match (matches.get_flag("schema"), matches.get_flag("example")) {
        (true, _) => Some(F::SCHEMA.text()),
        (_, true) => Some(arguments::example::<F>()),
        _ => None,
    };
    if let Some(text) = text {
        return finish(F::NAME, print([text.as_str()]).map(|()| ExitCode::SUCCESS));
    }
    let configs = arguments::values(&matches, "config");
    let paths = arguments::values(&matches, "paths");
    let reads_stdin = paths.is_empty() || paths.iter().any(|path| path == "-");
    if reads_stdin && io::stdin().is_terminal() {
        tell(&arguments::command::<F>().render_help().to_string());
        return ExitCode::from(2);
    }
    let outcome = if configs.is_empty() {
        list::<F>()
    } else {
        serve::filter::<One<F>>(&configs, &paths)
    };
    finish(F::NAME, outcome)
}

/// As a KRM function.
fn list<F: Function>() -> Result<ExitCode, Error> {
    let how = format!(
        "run {} through \"kpt fn eval\" or \"kustomize build\", or give it --config FILE for plain manifests",
        F::NAME
    );
    serve::list::<One<F>>(&how)
}

/// `plimsoll` without the name of a function: the configuration names it.
fn run_any<L: Functions>(program: &Program) -> Result<ExitCode, Error> {
    if let Some(first) = program.args.first() {
        let known = steps::names::<L>(|name, _| name);
        let hint = yaml::did_you_mean(&first.to_string_lossy(), &known);
        return Err(Error::Usage(format!(
            "there is no function or command \"{}\"{hint}",
            first.to_string_lossy()
        )));
    }
    serve::list::<L>(
        "run plimsoll through \"kpt fn eval\" or \"kustomize build\", or name a function: `plimsoll inject-probes --help`",
    )
}

fn tell_lines(session: &Session<'_>) {
    tell(&report::human(session));
}
