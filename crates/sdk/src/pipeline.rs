//! `kind: Pipeline`: the configurations of several steps as one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FilePath;

use yaml::order::Collect as _;
use yaml::{Mistake, Node, Path};

use crate::config::{ConfigSource, frame};
use crate::finding::Finding;
use crate::input::{Error, SourceText};

pub(crate) mod schema;

/// The kind of a configuration that lists others.
pub const KIND: &str = "Pipeline";

/// What runs it.
const NAME: &str = "plimsoll run";

/// The files that steps of pipelines name, by their paths from here.
pub(crate) type Files = BTreeMap<String, Result<SourceText, Error>>;

/// The files that the steps of pipelines name.
pub(crate) fn paths(sources: &[ConfigSource<'_>]) -> BTreeSet<String> {
    let pipelines = sources.iter().filter(|source| is_pipeline(**source));
    let steps = pipelines.flat_map(|source| steps(*source).map(|(_, step)| (*source, step)));
    steps
        .filter_map(|(source, step)| beside(source.file?, &step.get("path")?.text()?))
        .into_set()
}

/// The configurations with the steps of pipelines in place of these, and what is wrong with pipelines, each
/// with the name of the step that it is about.
pub(crate) fn expand<'f>(
    sources: &[ConfigSource<'f>],
    files: &'f Files,
) -> (Vec<ConfigSource<'f>>, Vec<(Option<String>, Finding)>) {
    let (mut expanded, mut findings) = (Vec::new(), Vec::new());
    for source in sources {
        if is_pipeline(*source) {
            let (steps, mistakes) = of_pipeline(*source, files);
            let of_pipeline = mistakes
                .iter()
                .map(|mistake| (None, source.mistake(mistake)));
            findings.extend(of_pipeline);
            findings.extend(namesakes(&steps));
            expanded.extend(steps);
        } else {
            expanded.push(*source);
        }
    }
    (expanded, findings)
}

pub(crate) fn is_pipeline(source: ConfigSource<'_>) -> bool {
    source.kind().is_some_and(|kind| kind == KIND)
}

/// The steps of a pipeline, numbered.
fn steps(source: ConfigSource<'_>) -> impl Iterator<Item = (usize, Node<'_>)> {
    let list = source.node.and_then(|node| node.at(&["spec", "steps"]));
    list.into_iter().flat_map(Node::items).enumerate()
}

/// A path from where the pipeline's own file is seen from; none where that came from nowhere.
fn beside(file: &str, path: &str) -> Option<String> {
    let folder = FilePath::new(file).parent()?;
    Some(folder.join(path).to_string_lossy().into_owned())
}

fn of_pipeline<'f>(
    source: ConfigSource<'f>,
    files: &'f Files,
) -> (Vec<ConfigSource<'f>>, Vec<Mistake>) {
    let (spec, mut mistakes) = frame::spec(source, NAME, KIND);
    let at = Path::from(["spec"]);
    if let Some(spec) = spec {
        mistakes.extend(frame::unknown_fields(spec, &["steps"], &at));
    }
    let list = spec.and_then(|spec| spec.get("steps"));
    if steps(source).next().is_none() {
        let message = "must list at least one step: a function's configuration, or the `path` of a file with one";
        let node = list.or(spec).or(source.node);
        mistakes.extend(node.map(|node| frame::mistake(node, at.join("steps"), message)));
    }
    let mut found = Vec::new();
    for (number, step) in steps(source) {
        match of_step(source, number, step, files) {
            Ok(own) => found.extend(own),
            Err(message) => {
                let path = at.join("steps").join(number);
                let named = step.get("path").unwrap_or(step);
                mistakes.push(frame::mistake(named, path, message));
            }
        }
    }
    (found, mistakes)
}

/// The configurations that a step comes to, or what is wrong with it.
fn of_step<'f>(
    source: ConfigSource<'f>,
    number: usize,
    step: Node<'f>,
    files: &'f Files,
) -> Result<Vec<ConfigSource<'f>>, String> {
    if !step.is_map() {
        return Err(
            "must be a map: a function's configuration, or the `path` of a file with one"
                .to_owned(),
        );
    }
    let inline = ConfigSource {
        node: Some(step),
        file: source.file,
        inline: Some(number),
        is_step: true,
    };
    let found = match step.get("path") {
        None => vec![inline],
        Some(_) if step.entries().count() > 1 => {
            return Err(
                "must have a `path` alone, or a configuration; take one of them".to_owned(),
            );
        }
        Some(path) => of_file(source, &path.text().unwrap_or_default(), files)?,
    };
    if found.iter().any(|step| is_pipeline(*step)) {
        return Err("must be no Pipeline; list its steps here".to_owned());
    }
    Ok(found)
}

fn of_file<'f>(
    source: ConfigSource<'f>,
    path: &str,
    files: &'f Files,
) -> Result<Vec<ConfigSource<'f>>, String> {
    let file = source.file.and_then(|file| beside(file, path));
    let Some(text) = file.and_then(|file| files.get(&file)) else {
        return Err(format!(
            "\"{path}\" can't be read here, since this configuration came without its folder; write the step out in place of `path`"
        ));
    };
    let text = text.as_ref().map_err(ToString::to_string)?;
    let roots = text
        .stream
        .documents()
        .filter_map(|document| document.root());
    let configurations: Vec<_> = roots
        .filter(|root| !root.is_null())
        .map(|root| ConfigSource {
            is_step: true,
            ..ConfigSource::new(Some(root), text.file.as_deref())
        })
        .collect();
    if configurations.is_empty() {
        return Err(format!("\"{path}\" holds no configuration"));
    }
    Ok(configurations)
}

/// Steps that can't be told apart: what one makes would belong to the other as well.
fn namesakes(steps: &[ConfigSource<'_>]) -> Vec<(Option<String>, Finding)> {
    let mut known = BTreeSet::new();
    let again = steps
        .iter()
        .filter(|step| step.kind().is_some() && !known.insert((step.kind(), step.name())));
    let told = again.filter_map(|step| {
        let message = format!(
            "another step is a {} of the name \"{}\" too; give each its own `metadata.name`, by which the objects that it makes are known",
            step.kind()?,
            step.name()
        );
        let node = step.node?;
        let at = node.at(&["metadata", "name"]).unwrap_or(node);
        let mistake = frame::mistake(at, Path::from(["metadata", "name"]), message);
        Some((step.step(), step.mistake(&mistake)))
    });
    told.collect()
}
