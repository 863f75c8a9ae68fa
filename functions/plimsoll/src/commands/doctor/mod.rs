//! `plimsoll doctor`: whether functions would run here, and what to do where they wouldn't. It writes nothing.
//!
//! It reads PATH, HOME and what else decides where kustomize looks; functions themselves never read the environment.

use std::path::{Path, PathBuf};

use self::configuration::List;
use self::kustomization::Reader;
use self::plugins::Plugins;
use self::programs::Programs;
use self::report::{Entry, Report, Section};
use self::ways::Outlook;

mod configuration;
mod form;
mod functions_folder;
mod judge;
mod kustomization;
mod obstacles;
mod order;
mod paths;
mod plugin;
mod plugins;
mod process;
mod programs;
mod report;
mod unknown;
mod ways;

/// What was found, and whether something doesn't work; what is wrong with the call where it makes no sense.
pub(super) fn run(paths: &[String]) -> Result<(String, bool), String> {
    let folders = folders(paths)?;
    let (programs, told) = Programs::find();
    let plugins = Plugins::find();
    let section = |title: &str, entries| Section {
        title: title.to_owned(),
        entries,
    };
    let mut report = Report(vec![
        section("Programs", told),
        section("Plugin folder", plugins.entries()),
    ]);
    for folder in &folders {
        let entries = judged(folder, &programs, &plugins);
        report.0.push(section(&paths::shown(folder), entries));
    }
    Ok((report.to_string(), report.has_errors()))
}

/// What is to be said about a kustomization.
fn judged(folder: &Path, programs: &Programs, plugins: &Plugins) -> Vec<Entry> {
    let mut reader = Reader::new(programs);
    reader.kustomization(folder);
    let is_of_functions = reader.holds_configurations_alone();
    if is_of_functions {
        reader = Reader::new(programs);
        functions_folder::read(&mut reader, folder, List::Transformers, folder);
    }
    let Reader {
        found, mut entries, ..
    } = reader;
    entries.extend(judge::problems(&found, programs, plugins));
    let unknown = unknown::told(&found, &programs.docker);
    let outlook = if entries.iter().any(Entry::is_error) {
        Outlook::Fails
    } else if unknown.is_empty() {
        Outlook::Runs
    } else {
        Outlook::Unknown
    };
    entries.extend(unknown);
    let name = paths::shown(folder);
    entries.extend(if is_of_functions {
        vec![Entry::note("its objects are configurations: list this folder under `transformers:` of a kustomization, which runs them")]
    } else {
        ways::ways(&name, &found, programs, outlook)
    });
    entries
}

/// The folders that were named; without any, this one if it is a kustomization.
fn folders(paths: &[String]) -> Result<Vec<PathBuf>, String> {
    if paths.is_empty() {
        let here = PathBuf::from(".");
        let is_one = !paths::files_of(&here).is_empty();
        return Ok(is_one.then_some(here).into_iter().collect());
    }
    paths.iter().map(|path| folder(Path::new(path))).collect()
}

/// The folder of a kustomization that is named itself, or by its file.
fn folder(path: &Path) -> Result<PathBuf, String> {
    let told = path.display();
    if !path.exists() {
        let hint = paths::neighbour(path);
        return Err(format!("there is no folder \"{told}\"{hint}"));
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = if path.is_dir() {
        path
    } else {
        parent.unwrap_or(Path::new("."))
    };
    let files = paths::files_of(folder);
    let is_named = path.is_dir()
        || files
            .iter()
            .any(|file| file.file_name() == path.file_name());
    if files.is_empty() || !is_named {
        return Err(format!(
            "\"{told}\" is no kustomization; give a folder with a kustomization.yaml"
        ));
    }
    Ok(folder.to_owned())
}
