//! The ways to run functions: as a KRM function, as a plugin of kustomize, as a filter.

use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::process::ExitCode;

use yaml::Stream;
use yaml::order::Collect as _;

use super::files;
use super::{print, tell_lines};
use crate::config::ConfigSource;
use crate::function::Functions;
use crate::input::{self, Error, Input, SourceText};
use crate::pipeline::{self, Files};
use crate::session::Session;
use crate::steps;

/// As a KRM function: the list comes back whatever happens, unless it couldn't be read.
pub(super) fn list<L: Functions>(how_to_run: &str) -> Result<ExitCode, Error> {
    let text = files::read_stdin()?;
    let input = ManuallyDrop::new(Input::resource_list(
        SourceText::parse(text, None)?,
        how_to_run,
    )?);
    let node = input.function_config();
    run_and_print::<L>(&input, &[ConfigSource::new(node, None)], &Files::new())
}

/// As an executable plugin of kustomize: the configuration is a file, the objects are documents.
pub(super) fn plugin<L: Functions>(args: &[OsString]) -> Result<ExitCode, Error> {
    let file = args
        .first()
        .map(|file| file.to_string_lossy().into_owned())
        .unwrap_or_default();
    let configs = configs(&[file])?;
    // A generator gets no objects at all.
    let input = input(
        vec![SourceText::parse(files::read_stdin()?, None)?],
        Lists::Taken,
    )?;
    // kustomize hands over a copy of the configuration, far from the files beside the user's own.
    run_and_print::<L>(&input, &config_sources(&configs)?, &Files::new())
}

/// As a filter.
pub(super) fn filter<L: Functions>(
    configs: &[String],
    paths: &[String],
) -> Result<ExitCode, Error> {
    let configs = self::configs(configs)?;
    let input = input(files::sources(paths)?, Lists::Taken)?;
    let steps = config_sources(&configs)?;
    let files = files_of_steps(&steps);
    run_and_print::<L>(&input, &steps, &files)
}

/// Runs the steps and writes what comes of them. A list comes back with the results in any case; of
/// documents nothing is written when a step fails.
fn run_and_print<L: Functions>(
    input: &Input,
    sources: &[ConfigSource<'_>],
    files: &Files,
) -> Result<ExitCode, Error> {
    // The process ends with this run: giving the memory back piece by piece would only take time.
    let mut session = ManuallyDrop::new(Session::new(input));
    steps::run::<L>(&mut session, sources, files, &|_, _, _| {})?;
    let output = session.output()?;
    tell_lines(&session);
    print(output.0.iter().map(AsRef::as_ref))?;
    Ok(ExitCode::from(u8::from(session.has_failed)))
}

/// The texts of files with configurations.
pub(super) fn configs(files: &[String]) -> Result<Vec<SourceText>, Error> {
    let configs = files
        .iter()
        .map(|file| SourceText::parse(files::read_file(file)?, Some(file.clone())));
    configs.collect()
}

/// The configurations in these files.
pub(super) fn config_sources(configs: &[SourceText]) -> Result<Vec<ConfigSource<'_>>, Error> {
    let mut sources = Vec::new();
    for config in configs {
        let file = config.file.as_deref();
        let roots = config
            .stream
            .documents()
            .filter_map(|document| document.root());
        let before = sources.len();
        sources.extend(
            roots
                .filter(|root| !root.is_null())
                .map(|node| ConfigSource::new(Some(node), file)),
        );
        if sources.len() == before {
            let file = file.unwrap_or_default();
            return Err(Error::Usage(format!(
                "{file} holds no configuration; `--example` prints one"
            )));
        }
    }
    Ok(sources)
}

/// The files that steps of pipelines name.
pub(super) fn files_of_steps(steps: &[ConfigSource<'_>]) -> Files {
    let read = |path: String| {
        let text =
            files::read_file(&path).and_then(|text| SourceText::parse(text, Some(path.clone())));
        (path, text)
    };
    pipeline::paths(steps).into_iter().map(read).into_map()
}

/// What becomes of a text that is a ResourceList.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lists {
    /// It is one, and a list comes back.
    Taken,
    /// It is a document like others.
    PassedBy,
}

/// The texts as one input. What kpt and kustomize hand to functions is a list also when a file or a pipe
/// brings it.
pub(super) fn input(mut sources: Vec<SourceText>, lists: Lists) -> Result<Input, Error> {
    let is_list = lists == Lists::Taken
        && sources.len() == 1
        && sources
            .iter()
            .all(|source| is_resource_list(&source.stream));
    match sources.pop() {
        Some(source) if is_list => Input::resource_list(source, ""),
        last => {
            sources.extend(last);
            Ok(Input::documents(sources))
        }
    }
}

fn is_resource_list(stream: &Stream) -> bool {
    let kind = input::first_root(stream).and_then(|root| root.get("kind")?.text());
    kind.is_some_and(|kind| kind == "ResourceList")
}
