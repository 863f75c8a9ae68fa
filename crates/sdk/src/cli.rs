//! The only place that talks to the world: arguments, stdin, files, stdout, stderr and exit codes.

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, Command};
use yaml::{Mistake, Stream};

use crate::config::ConfigSource;
use crate::function::{Function, Functions, Visitor};
use crate::input::{Error, Input, SourceText};
use crate::pipeline::{self, Files};
use crate::session::Session;

/// The whole of a function's binary.
pub fn main<F: Function>() -> ExitCode {
    let Program { name, args } = Program::from_args();
    if is_plugin::<F>(&name, &args) {
        finish(F::NAME, run_plugin::<One<F>>(&args))
    } else {
        run_named::<F>(&args)
    }
}

/// Whether kustomize calls: by the kind as the program's name, with the configuration in a file.
fn is_plugin<F: Function>(name: &str, args: &[OsString]) -> bool {
    let is_file = |first: &OsString| !first.to_string_lossy().starts_with('-');
    name == F::KIND && args.first().is_some_and(is_file)
}

/// The whole of a binary that holds several functions: the one that its name, its first argument or the
/// configuration asks for runs.
pub fn main_of<L: Functions>(program: &Program) -> ExitCode {
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
            self.code = Some(finish(F::NAME, run_plugin::<One<F>>(args)));
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
    let mut out = io::BufWriter::with_capacity(1 << 18, io::stdout().lock());
    for piece in pieces {
        out.write_all(piece.as_bytes()).map_err(failed)?;
    }
    out.flush().map_err(failed)
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

/// The arguments of a function.
fn command<F: Function>() -> Command {
    let example = format!(
        "Example:\n  {name} --example > config.yaml\n  kustomize build . | {name} --config config.yaml | kubectl apply -f -\n\n\
         Without arguments it is a KRM function: a ResourceList on stdin, a ResourceList on stdout.",
        name = F::NAME
    );
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(help)
    };
    Command::new(F::NAME)
        .about(wrapped(F::SUMMARY))
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .action(ArgAction::Append)
                .help("Configuration; may be given several times, and hold several documents"),
        )
        .arg(
            Arg::new("paths")
                .value_name("PATH")
                .action(ArgAction::Append)
                .requires("config")
                .help("Files and folders of manifests; `-` or none for stdin"),
        )
        .arg(flag(
            "schema",
            "Print the JSON Schema of the configuration, for editors",
        ))
        .arg(flag("example", "Print a configuration that works"))
        .after_help(example)
}

/// The example as it stands in a folder of the user's, with its schema beside it.
fn example<F: Function>() -> String {
    F::EXAMPLE.replacen(
        "$schema=../../schema.json",
        &format!("$schema={}.schema.json", F::NAME),
        1,
    )
}

fn run_named<F: Function>(args: &[OsString]) -> ExitCode {
    let all = [OsString::from(F::NAME)]
        .into_iter()
        .chain(args.iter().cloned());
    let matches = match command::<F>().try_get_matches_from(all) {
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
        (true, _) => Some(F::SCHEMA.to_owned()),
        (_, true) => Some(example::<F>()),
        _ => None,
    };
    if let Some(text) = text {
        return finish(F::NAME, print([text.as_str()]).map(|()| ExitCode::SUCCESS));
    }
    let strings = |name: &str| {
        matches
            .get_many::<String>(name)
            .unwrap_or_default()
            .cloned()
            .collect::<Vec<_>>()
    };
    let (configs, paths) = (strings("config"), strings("paths"));
    let reads_stdin = paths.is_empty() || paths.iter().any(|path| path == "-");
    if reads_stdin && io::stdin().is_terminal() {
        tell(&command::<F>().render_help().to_string());
        return ExitCode::from(2);
    }
    let outcome = if configs.is_empty() {
        let how = format!(
            "run {} through \"kpt fn eval\" or \"kustomize build\", or give it --config FILE for plain manifests",
            F::NAME
        );
        read_stdin().and_then(|text| run_list::<One<F>>(text, &how))
    } else {
        run_filter::<One<F>>(&configs, &paths)
    };
    finish(F::NAME, outcome)
}

/// `plimsoll` without the name of a function: the configuration names it.
fn run_any<L: Functions>(program: &Program) -> Result<ExitCode, Error> {
    if let Some(first) = program.args.first() {
        let names = names::<L>(|name, _| name);
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let hint = yaml::did_you_mean(&first.to_string_lossy(), &known);
        return Err(Error::Usage(format!(
            "there is no function or command \"{}\"{hint}",
            first.to_string_lossy()
        )));
    }
    run_list::<L>(
        read_stdin()?,
        "run plimsoll through \"kpt fn eval\" or \"kustomize build\", or name a function: `plimsoll inject-probes --help`",
    )
}

fn names<L: Functions>(pick: fn(&'static str, &'static str) -> &'static str) -> Vec<String> {
    struct Names(Vec<String>, fn(&'static str, &'static str) -> &'static str);
    impl Visitor for Names {
        fn visit<F: Function>(&mut self) {
            self.0.push((self.1)(F::NAME, F::KIND).to_owned());
        }
    }
    let mut names = Names(Vec::new(), pick);
    L::each(&mut names);
    names.0
}

/// As a KRM function: the list comes back whatever happens, unless it couldn't be read.
fn run_list<L: Functions>(text: String, how_to_run: &str) -> Result<ExitCode, Error> {
    let input = ManuallyDrop::new(Input::resource_list(
        SourceText::parse(text, None)?,
        how_to_run,
    )?);
    let node = input.function_config();
    run_steps::<L>(&input, &[ConfigSource::new(node, None)], &Files::new())
}

/// Runs the steps in order, until one fails, and writes what comes of them. A list comes back with the
/// results in any case; of documents nothing is written when a step fails.
fn run_steps<L: Functions>(
    input: &Input,
    sources: &[ConfigSource<'_>],
    files: &Files,
) -> Result<ExitCode, Error> {
    // The process ends with this run: giving the memory back piece by piece would only take time.
    let mut session = ManuallyDrop::new(Session::new(input));
    let (mut steps, mistakes) = pipeline::expand(sources, files);
    if !mistakes.is_empty() {
        session.refuse("plimsoll", mistakes);
        steps.clear();
    }
    for (number, source) in steps.iter().enumerate() {
        session.is_last_step = number + 1 == steps.len();
        step::<L>(&mut session, *source)?;
        if session.has_failed {
            break;
        }
    }
    let output = session.output()?;
    tell_lines(&session);
    print(output.0.iter().map(AsRef::as_ref))?;
    Ok(ExitCode::from(u8::from(session.has_failed)))
}

/// As an executable plugin of kustomize: the configuration is a file, the objects are documents.
fn run_plugin<L: Functions>(args: &[OsString]) -> Result<ExitCode, Error> {
    let file = args
        .first()
        .map(|file| file.to_string_lossy().into_owned())
        .unwrap_or_default();
    // kustomize hands over a copy of the configuration, far from the files beside the user's own.
    let files = |_: &[ConfigSource<'_>]| Files::new();
    run_documents::<L>(
        &[file],
        vec![SourceText::parse(read_stdin()?, None)?],
        files,
    )
}

/// As a filter.
fn run_filter<L: Functions>(configs: &[String], paths: &[String]) -> Result<ExitCode, Error> {
    let mut sources = Vec::new();
    if paths.is_empty() {
        let text = read_stdin()?;
        if text.trim().is_empty() {
            // Silence here would pass for a rendered environment without anything in it.
            return Err(Error::Input(
                "stdin is empty; did the command before the pipe fail?".to_owned(),
            ));
        }
        sources.push(SourceText::parse(text, None)?);
    }
    for path in paths {
        if path == "-" {
            sources.push(SourceText::parse(read_stdin()?, None)?);
            continue;
        }
        for file in manifests(Path::new(path))? {
            let name = file.to_string_lossy().into_owned();
            sources.push(SourceText::parse(read_file(&name)?, Some(name))?);
        }
    }
    run_documents::<L>(configs, sources, files_of_steps)
}

/// The files that steps of pipelines name.
fn files_of_steps(steps: &[ConfigSource<'_>]) -> Files {
    let read = |path: String| {
        let text = read_file(&path).and_then(|text| SourceText::parse(text, Some(path.clone())));
        (path, text)
    };
    pipeline::paths(steps).into_iter().map(read).collect()
}

fn run_documents<L: Functions>(
    configs: &[String],
    mut sources: Vec<SourceText>,
    files_of: impl Fn(&[ConfigSource<'_>]) -> Files,
) -> Result<ExitCode, Error> {
    let configs = configs
        .iter()
        .map(|file| SourceText::parse(read_file(file)?, Some(file.clone())));
    let configs = configs.collect::<Result<Vec<_>, Error>>()?;
    // What kpt and kustomize hand to functions is a list also when a file or a pipe brings it.
    let is_list = sources.len() == 1
        && sources
            .iter()
            .all(|source| is_resource_list(&source.stream));
    let input = match sources.pop() {
        Some(source) if is_list => Input::resource_list(source, "")?,
        last => {
            sources.extend(last);
            Input::documents(sources)
        }
    };
    let mut steps = Vec::new();
    for config in &configs {
        let file = config.file.as_deref();
        let roots = config
            .stream
            .documents()
            .filter_map(|document| document.root());
        let before = steps.len();
        steps.extend(
            roots
                .filter(|root| !root.is_null())
                .map(|node| ConfigSource::new(Some(node), file)),
        );
        if steps.len() == before {
            let file = file.unwrap_or_default();
            return Err(Error::Usage(format!(
                "{file} holds no configuration; `--example` prints one"
            )));
        }
    }
    let files = files_of(&steps);
    run_steps::<L>(&input, &steps, &files)
}

fn is_resource_list(stream: &Stream) -> bool {
    let kind = crate::input::first_root(stream).and_then(|root| root.get("kind")?.text());
    kind.is_some_and(|kind| kind == "ResourceList")
}

/// Runs the function that a configuration is for.
fn step<L: Functions>(session: &mut Session<'_>, source: ConfigSource<'_>) -> Result<(), Error> {
    struct Step<'v, 's, 'c> {
        session: &'v mut Session<'s>,
        source: ConfigSource<'c>,
        kind: Option<String>,
        is_only: bool,
        outcome: Option<Result<(), Error>>,
    }
    impl Visitor for Step<'_, '_, '_> {
        fn visit<F: Function>(&mut self) {
            if self.is_only || self.kind.as_deref() == Some(F::KIND) {
                self.outcome = Some(self.session.step::<F>(self.source));
            }
        }
    }
    let kind = source.kind();
    let mut step = Step {
        session,
        source,
        kind,
        is_only: L::IS_ONE,
        outcome: None,
    };
    L::each(&mut step);
    if let Some(outcome) = step.outcome {
        return outcome;
    }
    let kinds = names::<L>(|_, kind| kind);
    let known: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let Some((node, kind)) = source.node().zip(step.kind) else {
        let list = known.join(", ");
        return Err(Error::Usage(format!(
            "a functionConfig must say what to run; its kind is one of {list}"
        )));
    };
    let hint = yaml::did_you_mean(&kind, &known);
    let mistake = Mistake {
        path: yaml::Path::from(["kind"]),
        position: node.get("kind").unwrap_or(node).position(),
        message: format!(
            "no function has the configuration kind \"{kind}\"; it must be one of {}{hint}",
            known.join(", ")
        ),
    };
    session.refuse("plimsoll", vec![source.mistake(&mistake)]);
    Ok(())
}

fn tell_lines(session: &Session<'_>) {
    let text: String = session
        .lines
        .iter()
        .flat_map(|line| [line.as_str(), "\n"])
        .collect();
    tell(&text);
}

fn read_stdin() -> Result<String, Error> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Error::Io(format!("stdin could not be read: {error}")))?;
    yaml::decode_utf8(bytes).map_err(|error| Error::Input(format!("stdin, {error}")))
}

fn read_file(path: &str) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|error| unreadable(Path::new(path), &error))?;
    yaml::decode_utf8(bytes).map_err(|error| Error::Input(format!("{path}, {error}")))
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let path = path.display();
    Error::Io(match error.kind() {
        io::ErrorKind::NotFound => format!("there is no file or folder {path}; check its name"),
        io::ErrorKind::IsADirectory => format!("{path} is a folder; name a file in it"),
        _ => format!("{path} could not be read: {error}"),
    })
}

/// A file, or the manifests of a folder and the folders in it, in the order of their names. What tools keep
/// there for themselves is passed over.
fn manifests(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |error: io::Error| unreadable(path, &error);
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = fs::read_dir(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let child = entry.path();
        let is_manifest = ["yaml", "yml", "json"]
            .iter()
            .any(|ending| child.extension().is_some_and(|own| own == *ending));
        let is_for_tools = matches!(name.as_str(), "kustomization.yaml" | "kustomization.yml");
        if name.starts_with('.') {
            continue;
        }
        if child.is_dir() {
            found.extend(manifests(&child)?);
        } else if is_manifest && !is_for_tools {
            found.push(child);
        }
    }
    Ok(found)
}
