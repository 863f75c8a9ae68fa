//! `plimsoll run`: several configurations over manifests, read once and written once.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::mem::ManuallyDrop;
use std::process::ExitCode;

use super::serve::{self, Lists};
use super::{files, finish, print, tell};
use crate::config::ConfigSource;
use crate::difference::{self, Colours};
use crate::function::Functions;
use crate::input::{Error, Input};
use crate::location::Locator;
use crate::pipeline;
use crate::report::{self, Format};
use crate::session::{ChangedObject, Pieces, Session};
use crate::steps;

mod arguments;
mod in_place;
mod progress;
mod transaction;
mod written;

use arguments::{Arguments, Target};
use in_place::Edits;
use progress::Progress;
use transaction::FileChange;
use written::Written;

const NAME: &str = "plimsoll run";

/// The command `run` of a program that holds several functions. `example` is a Pipeline that works.
pub fn run_command<L: Functions>(args: &[OsString], example: &str) -> ExitCode {
    let all = [OsString::from(NAME)]
        .into_iter()
        .chain(args.iter().cloned());
    let printed = |text: &str| finish(NAME, print([text]).map(|()| ExitCode::SUCCESS));
    let matches = match arguments::command().try_get_matches_from(all) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => {
            tell(&error.to_string());
            return ExitCode::from(2);
        }
        Err(error) => return printed(&error.to_string()),
    };
    if matches.get_flag("schema") {
        return printed(&pipeline::schema::text::<L>());
    }
    if matches.get_flag("example") {
        return printed(example);
    }
    finish(
        NAME,
        Arguments::of(&matches).and_then(|arguments| run::<L>(&arguments)),
    )
}

fn run<L: Functions>(arguments: &Arguments) -> Result<ExitCode, Error> {
    if reads_terminal(arguments) {
        tell(&arguments::command().render_help().to_string());
        return Ok(ExitCode::from(2));
    }
    let progress = Progress::begin("reading manifests");
    let configs = serve::configs(&arguments.configs)?;
    let steps = serve::config_sources(&configs)?;
    let files = serve::files_of_steps(&steps);
    let input = ManuallyDrop::new(input(arguments)?);
    // The process ends with this run: giving the memory back piece by piece would only take time.
    let mut session = ManuallyDrop::new(Session::new(&input));
    session.is_locating = arguments.format != Format::Human;
    let begins = |number: usize, count: usize, step: ConfigSource<'_>| {
        let kind = step.kind().unwrap_or_default();
        progress.tell(format!("step {number} of {count}: {kind} {}", step.name()));
    };
    steps::run::<L>(&mut session, &steps, &files, &begins)?;
    progress.tell("writing".to_owned());
    let outcome = Outcome {
        arguments,
        input: &input,
        session: &session,
    };
    outcome.deliver::<L>(progress)
}

/// Whether a person would have to type the manifests.
fn reads_terminal(arguments: &Arguments) -> bool {
    let is_asked = arguments.paths.is_empty() || arguments.paths.iter().any(|path| path == "-");
    let is_in_place = matches!(arguments.target, Target::Sources(_));
    is_asked && !is_in_place && io::stdin().is_terminal()
}

fn input(arguments: &Arguments) -> Result<Input, Error> {
    match &arguments.target {
        // Results are none of the user's source.
        Target::Sources(folder) => serve::input(in_place::sources(folder)?, Lists::PassedBy),
        _ => serve::input(files::sources(&arguments.paths)?, Lists::Taken),
    }
}

/// What a run came to, and where that goes.
struct Outcome<'o, 's> {
    arguments: &'o Arguments,
    input: &'o Input,
    session: &'o Session<'s>,
}

impl Outcome<'_, '_> {
    /// Writes files first, so that nothing is printed of a run whose files could not be written.
    fn deliver<L: Functions>(&self, progress: Progress) -> Result<ExitCode, Error> {
        let arguments = self.arguments;
        let locator = Locator::new(self.input);
        let report = report::text::<L>(self.session, &locator, arguments.format);
        let changes = self.changes()?;
        let edits = self.edits()?;
        let output = self.output()?;
        let text = self.text_of_file(&output);
        let mut written = Written::of(edits.files(self.input)?);
        if let (Target::File(file), false) = (&arguments.target, text.is_empty()) {
            written.add(file, &text)?;
        }
        let notes = self.notes(&changes, written.files());
        if let Some(file) = &arguments.results {
            written.add(file, &report)?;
        }
        written.write()?;
        drop(progress);
        tell(&self.told(&notes, &report));
        self.print(&output, &changes, &locator)?;
        let fails = matches!(arguments.target, Target::Nowhere { fails: true, .. });
        let is_failure = self.session.has_failed || (fails && !changes.is_empty());
        Ok(ExitCode::from(u8::from(is_failure)))
    }

    /// What differs, where that is all that is wanted.
    fn changes(&self) -> Result<Vec<ChangedObject<'_>>, Error> {
        match self.arguments.target {
            Target::Nowhere { .. } => self.session.changes(),
            _ => Ok(Vec::new()),
        }
    }

    fn edits(&self) -> Result<Edits<'_>, Error> {
        match self.arguments.target {
            Target::Sources(_) => Edits::of(self.session),
            _ => Ok(Edits::default()),
        }
    }

    fn output(&self) -> Result<Pieces<'_>, Error> {
        match self.arguments.target {
            Target::Stdout | Target::File(_) => self.session.output(),
            Target::Sources(_) | Target::Nowhere { .. } => Ok(Pieces::default()),
        }
    }

    fn text_of_file(&self, output: &Pieces<'_>) -> String {
        match self.arguments.target {
            Target::File(_) => output.0.concat(),
            _ => String::new(),
        }
    }

    /// What a person wants to know besides the findings, a line each.
    fn notes(&self, changes: &[ChangedObject<'_>], files: &[FileChange<'_>]) -> String {
        let lines: Vec<String> = match self.arguments.target {
            Target::Nowhere { shows: false, .. } => changes
                .iter()
                .map(|change| format!("would change: {}\n", difference::heading(change)))
                .collect(),
            Target::Sources(_) => files.iter().map(|file| format!("{file}\n")).collect(),
            _ => Vec::new(),
        };
        lines.concat()
    }

    /// What goes to stderr: for programs the report alone, where they read it there.
    fn told(&self, notes: &str, report: &str) -> String {
        let Arguments {
            format, results, ..
        } = self.arguments;
        if *format != Format::Human && results.is_none() {
            return report.to_owned();
        }
        format!("{notes}{}", report::human(self.session))
    }

    fn print(
        &self,
        output: &Pieces<'_>,
        changes: &[ChangedObject<'_>],
        locator: &Locator<'_>,
    ) -> Result<(), Error> {
        match self.arguments.target {
            Target::Stdout => print(output.0.iter().map(AsRef::as_ref)),
            Target::Nowhere { shows: true, .. } => {
                print([difference::text(changes, locator, colours()).as_str()])
            }
            _ => Ok(()),
        }
    }
}

fn colours() -> Colours {
    if wants_colours() {
        Colours::Ansi
    } else {
        Colours::None
    }
}

/// Whether stdout is a terminal of somebody who wants colours: <https://no-color.org>.
pub fn wants_colours() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb
}
