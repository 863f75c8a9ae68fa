//! Reading: stdin, files and folders.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use yaml::order::Order as _;

use crate::input::{Error, SourceText};

/// All of stdin.
pub(super) fn read_stdin() -> Result<String, Error> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Error::Io(format!("stdin could not be read: {error}")))?;
    yaml::decode_utf8(bytes).map_err(|error| Error::Input(format!("stdin, {error}")))
}

/// A whole file.
pub(super) fn read_file(path: &str) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|error| unreadable(Path::new(path), &error))?;
    yaml::decode_utf8(bytes).map_err(|error| Error::Input(format!("{path}, {error}")))
}

/// The manifests of these files and folders; without any, of stdin.
pub(super) fn sources(paths: &[String]) -> Result<Vec<SourceText>, Error> {
    let mut sources = Vec::new();
    if paths.is_empty() {
        sources.push(stdin()?);
    }
    if paths.iter().filter(|path| *path == "-").count() > 1 {
        let message = "stdin can be read only once; give `-` one time";
        return Err(Error::Usage(message.to_owned()));
    }
    for path in paths {
        if path == "-" {
            sources.push(stdin()?);
        } else {
            sources.extend(sources_of(path)?);
        }
    }
    // Silence on stdout would pass for a rendered environment without anything in it.
    if sources
        .iter()
        .all(|source| source.stream.text().trim().is_empty())
    {
        return Err(Error::Input(format!(
            "there is nothing at all in {}; name files with manifests",
            paths.join(", ")
        )));
    }
    Ok(sources)
}

fn stdin() -> Result<SourceText, Error> {
    let text = read_stdin()?;
    if text.trim().is_empty() {
        return Err(Error::Input(
            "stdin is empty; did the command before the pipe fail?".to_owned(),
        ));
    }
    SourceText::parse(text, None)
}

/// The manifests of a file or a folder.
pub(super) fn sources_of(path: &str) -> Result<Vec<SourceText>, Error> {
    let files = manifests(Path::new(path))?;
    if files.is_empty() {
        return Err(Error::Input(format!(
            "there are no manifests (.yaml, .yml or .json) in {path}; name the folder that holds them"
        )));
    }
    let read = |file: &PathBuf| {
        let name = file.to_string_lossy().into_owned();
        manifest(read_file(&name)?, name)
    };
    files.iter().map(read).collect()
}

/// A text as manifests. What a chart still has to fill in is no YAML, as a rule.
fn manifest(text: String, name: String) -> Result<SourceText, Error> {
    let is_template = text.contains("{{");
    SourceText::parse(text, Some(name)).map_err(|error| match error {
        Error::Input(message) if is_template => Error::Input(format!(
            "{message} (this looks like a template of Helm's; render its chart first: `helm template CHART | plimsoll run --config FILE`)"
        )),
        error => error,
    })
}

/// Why a path can't be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Error {
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
    let mut found = Vec::new();
    collect(path, &mut BTreeSet::new(), &mut found)?;
    Ok(found)
}

/// Adds the manifests of a folder that isn't `seen`; links may lead back to one.
fn collect(
    path: &Path,
    seen: &mut BTreeSet<PathBuf>,
    found: &mut Vec<PathBuf>,
) -> Result<(), Error> {
    let failed = |error: io::Error| unreadable(path, &error);
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    if !seen.insert(fs::canonicalize(path).map_err(failed)?) {
        return Ok(());
    }
    let mut entries = fs::read_dir(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(failed)?;
    entries.order_by_key(fs::DirEntry::file_name);
    let is_chart = path.join("Chart.yaml").exists();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let child = entry.path();
        let is_passed_over = name.starts_with('.') || is_for_tools(&name, is_chart);
        if !is_passed_over && (child.is_dir() || is_manifest(&child)) {
            collect(&child, seen, found)?;
        }
    }
    Ok(())
}

fn is_manifest(path: &Path) -> bool {
    let mut endings = ["yaml", "yml", "json"].iter();
    endings.any(|ending| path.extension().is_some_and(|own| own == *ending))
}

/// Whether a file says something to kustomize or Helm, and holds no objects.
fn is_for_tools(name: &str, is_in_chart: bool) -> bool {
    let of_kustomize = ["kustomization.yaml", "kustomization.yml"];
    let of_helm = ["Chart.yaml", "values.yaml", "values.schema.json"];
    of_kustomize.contains(&name) || (is_in_chart && of_helm.contains(&name))
}
