//! Where a finding stands in what the user wrote, for reports that lead there.

use std::cell::OnceCell;

use kube::{Resource, Resources};
use yaml::{Node, Path, Position, Step};

use crate::finding::Identity;
use crate::input::{Form, Input, Item};

/// A place in a text, as cheap as it can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// In what came in, by byte.
    Input { source: usize, offset: usize },
    /// In a configuration.
    Config {
        file: Option<String>,
        position: Position,
    },
    /// Somewhere in a file that a tool has read and handed on.
    Elsewhere(String),
}

/// A place in a text, as people look for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Location {
    /// The file; none for stdin.
    pub(crate) file: Option<String>,
    /// Where in it, if that is known.
    pub(crate) position: Option<Position>,
}

/// The place of an object's field, or of the nearest one above it, in the input as it came.
pub(crate) fn spot(
    input: &Input,
    item: &Item,
    subject: &Identity,
    base: &Path,
    field: Option<&str>,
) -> Option<Spot> {
    let source = input.sources.get(item.source)?;
    // What kpt or kustomize handed over stands in a file of the user's, not where it was read now.
    if source.file.is_none() || input.form == Form::List {
        let handed_over = subject.file.as_ref().map(|(file, _)| file);
        if let Some(file) = handed_over.or(source.file.as_ref()) {
            return Some(Spot::Elsewhere(file.clone()));
        }
    }
    let object = input.node(item)?.follow(&base.0)?;
    let steps = field.map(steps).unwrap_or_default();
    Some(Spot::Input {
        source: item.source,
        offset: nearest(object, &steps).span().start,
    })
}

/// The object that an identity is of.
pub(crate) fn object<'r, 't>(
    resources: &'r Resources<'t>,
    subject: &Identity,
) -> Option<&'r Resource<'t>> {
    let group = subject
        .api_version
        .split_once('/')
        .map_or("", |(group, _)| group);
    let namespace = match subject.namespace.as_str() {
        "" => resources.default_namespace(),
        namespace => namespace,
    };
    resources.find([group, &subject.kind, namespace, &subject.name])
}

/// The key or item that a path leads to, or the last one on the way; a step may have added the rest.
fn nearest<'t>(root: Node<'t>, steps: &[Step]) -> Node<'t> {
    let (mut inside, mut nearest) = (root, root);
    for step in steps {
        let next = match step {
            Step::Key(key) => {
                let entry = inside
                    .entries()
                    .find(|(name, _)| name.text().is_some_and(|name| *name == **key));
                entry.map(|(name, value)| (name, value.resolved()))
            }
            Step::Index(index) => inside
                .items()
                .nth(*index)
                .map(|item| (item, item.resolved())),
        };
        let Some((shown, value)) = next else { break };
        (nearest, inside) = (shown, value);
    }
    nearest
}

/// The steps of a path as results show it: `spec.containers[0]["a.b"]`.
fn steps(field: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = field;
    while !rest.is_empty() {
        let (step, behind) = first_step(rest);
        steps.extend(step);
        rest = behind;
    }
    steps
}

/// The first step of a path and what follows it.
fn first_step(path: &str) -> (Option<Step>, &str) {
    let path = path.strip_prefix('.').unwrap_or(path);
    if let Some(quoted) = path.strip_prefix("[\"") {
        let (key, behind) = quoted.split_once("\"]").unwrap_or((quoted, ""));
        let key = key.replace("\\\"", "\"").replace("\\\\", "\\");
        return (Some(Step::from(key.as_str())), behind);
    }
    if let Some(numbered) = path.strip_prefix('[') {
        let (index, behind) = numbered.split_once(']').unwrap_or((numbered, ""));
        return (index.parse::<usize>().ok().map(Step::from), behind);
    }
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (key, behind) = path.split_at_checked(end).unwrap_or((path, ""));
    ((!key.is_empty()).then(|| Step::from(key)), behind)
}

/// Finds lines and columns: each text is searched for its lines once, however many places are asked for.
pub(crate) struct Locator<'i> {
    input: &'i Input,
    /// Where the lines of each source begin.
    lines: Vec<OnceCell<Vec<usize>>>,
}

impl<'i> Locator<'i> {
    pub(crate) fn new(input: &'i Input) -> Self {
        let lines = input.sources.iter().map(|_| OnceCell::new()).collect();
        Self { input, lines }
    }

    pub(crate) fn locate(&self, spot: Option<&Spot>) -> Location {
        match spot {
            None => Location::default(),
            Some(Spot::Elsewhere(file)) => Location {
                file: Some(file.clone()),
                position: None,
            },
            Some(Spot::Config { file, position }) => Location {
                file: file.clone(),
                position: Some(*position),
            },
            Some(Spot::Input { source, offset }) => Location {
                file: self
                    .input
                    .sources
                    .get(*source)
                    .and_then(|source| source.file.clone()),
                position: self.position(*source, *offset),
            },
        }
    }

    /// The number of the line, from 1, in which a byte stands, and where that line begins.
    pub(crate) fn line(&self, source: usize, offset: usize) -> Option<(usize, usize)> {
        let text = self.input.sources.get(source)?.stream.text();
        let starts = self.lines.get(source)?.get_or_init(|| {
            let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(breaks).collect()
        });
        let line = starts.partition_point(|start| *start <= offset);
        Some((line, *starts.get(line.checked_sub(1)?)?))
    }

    fn position(&self, source: usize, offset: usize) -> Option<Position> {
        let (line, start) = self.line(source, offset)?;
        let text = self.input.sources.get(source)?.stream.text();
        let before = text.get(start..offset)?.trim_start_matches('\u{feff}');
        Some(Position {
            line,
            column: before.chars().count() + 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_back_from_what_a_path_shows() {
        let annotation = Path::from(["metadata", "annotations", "a.b/c\\d"]);
        let item = Path::from(["spec", "containers"]).join(3).join("on");
        let dotted = Path::from(["a.b", "c"]).join(0).join(1);
        for path in [annotation, item, dotted, Path::default()] {
            assert_eq!(steps(&path.to_string()), path.0, "{path}");
        }
    }

    #[test]
    fn a_path_that_leads_nowhere_ends_where_it_leaves_the_text() {
        let text = "a:\n  - b: 1\n  - {c: 2}\n";
        let stream = yaml::parse(text.to_owned()).unwrap();
        let root = stream.documents().next().unwrap().root().unwrap();
        let at = |path: &str| {
            let Position { line, column } = nearest(root, &steps(path)).position();
            (line, column)
        };
        assert_eq!(at("a[0].b"), (2, 5));
        assert_eq!(at("a[0].x.y"), (2, 5));
        assert_eq!(at("a[1].c"), (3, 6));
        assert_eq!(at("a[7]"), (1, 1));
        assert_eq!(at(""), (1, 1));
    }
}
