//! Names of objects in the free text of pods: arguments, environment values and annotations.
//!
//! Nobody can follow such a name when the object gets another one, so it counts as spoken of even where
//! that is only likely: an object that keeps its name does no harm.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Labels, Node, Place, Pod, Resource, Resources, Step};

mod annotations;
mod filter;
#[cfg(test)]
mod tests;
mod words;

use filter::Filter;
use words::{Spoken, spoken};

/// The kind of text a name stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// An item of `command` or `args`.
    Argument,
    /// The `value` of an environment variable.
    EnvironmentValue,
    /// An annotation of a pod or of its owner.
    Annotation,
}

impl What {
    /// What messages call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::EnvironmentValue => "environment value",
            Self::Annotation => "annotation",
        }
    }
}

/// A text of a pod or its owner that speaks of an object by name.
#[derive(Debug)]
pub(crate) struct Mention<'r> {
    /// The field that holds the text.
    pub(crate) place: Place,
    /// The object that holds the pod.
    pub(crate) owner: &'r Resource<'r>,
    /// What the text is.
    pub(crate) what: What,
}

/// Which of the names that matter are spoken of in the texts of pods, by namespace and name.
#[derive(Debug, Default)]
pub(crate) struct Mentions<'r>(BTreeMap<String, BTreeMap<String, Mention<'r>>>);

impl<'r> Mentions<'r> {
    /// Reads every text of every pod once, for these pairs of namespace and name.
    pub(crate) fn of(resources: &'r Resources<'r>, names: &BTreeSet<(&str, &str)>) -> Self {
        let filter = Filter::new(names.iter().map(|(_, name)| *name), names.len());
        let mut reader = Reader {
            names,
            filter,
            found: Self::default(),
        };
        let mut last_owner = None;
        for pod in resources.pods() {
            let Some(owner) = pod.template_owner().filter(|owner| !owner.is_local()) else {
                continue;
            };
            let mut texts = Texts {
                reader: &mut reader,
                owner,
                namespace: resources.namespace_of(owner),
            };
            // The pods of one owner come in a row.
            if last_owner.replace(owner.number) != Some(owner.number) {
                texts.read_annotations(owner.annotations(), |key| owner.annotation(key));
            }
            texts.read_pod(pod);
        }
        reader.found
    }

    /// The first text that speaks of this object, in the order of the input; within one object
    /// annotations come before containers.
    pub(crate) fn find(&self, namespace: &str, name: &str) -> Option<&Mention<'r>> {
        self.0.get(namespace)?.get(name)
    }

    fn note(&mut self, namespace: &str, name: &str, mention: impl FnOnce() -> Mention<'r>) {
        if self.find(namespace, name).is_none() {
            let of_namespace = self.0.entry(namespace.to_owned()).or_default();
            of_namespace.insert(name.to_owned(), mention());
        }
    }
}

/// Knows the names that matter, and notes the first mention of each.
struct Reader<'n, 'r> {
    names: &'n BTreeSet<(&'n str, &'n str)>,
    filter: Filter,
    found: Mentions<'r>,
}

/// The texts of one object's pods.
struct Texts<'a, 'n, 'r> {
    reader: &'a mut Reader<'n, 'r>,
    owner: &'r Resource<'r>,
    namespace: &'r str,
}

impl<'r> Texts<'_, '_, 'r> {
    fn read_pod(&mut self, pod: Pod<'r>) {
        self.read_annotations(pod.annotations(), |key| annotation_of(pod, key));
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            let containers = pod.get(list).into_iter().flat_map(Node::items).enumerate();
            for (index, container) in containers {
                self.read_container(container, |field, item| {
                    let mut place = pod.field(list);
                    let steps = [Step::from(index), Step::from(field), Step::from(item)];
                    place.path.0.extend(steps);
                    place
                });
            }
        }
    }

    /// `place` makes a place of a field and the position of an item in it.
    fn read_container(&mut self, container: Node<'r>, place: impl Fn(&str, usize) -> Place) {
        let items = |field| {
            let items = container.get(field).into_iter().flat_map(Node::items);
            items.enumerate()
        };
        // What a command begins with is a program.
        for (field, skipped) in [("command", 1), ("args", 0)] {
            for (index, item) in items(field).skip(skipped) {
                self.read(What::Argument, item, || place(field, index));
            }
        }
        for (index, variable) in items("env") {
            if let Some(value) = variable.get("value") {
                let place = || place("env", index).field("value");
                self.read(What::EnvironmentValue, value, place);
            }
        }
    }

    fn read_annotations(&mut self, annotations: Labels<'r>, place: impl Fn(&str) -> Place) {
        let telling = annotations
            .iter()
            .filter(|(key, _)| annotations::may_name_an_object(key));
        for (key, text) in telling {
            self.read_text(What::Annotation, &text, || place(&key));
        }
    }

    fn read(&mut self, what: What, node: Node<'r>, place: impl Fn() -> Place) {
        if let Some(text) = node.text() {
            self.read_text(what, &text, place);
        }
    }

    fn read_text(&mut self, what: What, text: &str, place: impl Fn() -> Place) {
        let Reader {
            names,
            filter,
            found,
        } = &mut *self.reader;
        if filter.is_too_short(text) {
            return;
        }
        for Spoken { namespace, name } in spoken(text) {
            let namespace = namespace.unwrap_or(self.namespace);
            if filter.may_have(name) && names.contains(&(namespace, name)) {
                found.note(namespace, name, || Mention {
                    place: place(),
                    owner: self.owner,
                    what,
                });
            }
        }
    }
}

/// An annotation of a pod template as a place.
fn annotation_of(pod: Pod<'_>, key: &str) -> Place {
    let mut place = pod.field("");
    let steps = &mut place.path.0;
    // Up from the field and out of `spec`.
    steps.truncate(steps.len().saturating_sub(2));
    steps.extend(["metadata", "annotations", key].map(Step::from));
    place
}
