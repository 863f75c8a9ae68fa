//! Objects by the names they have and had.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::resource::{Resource, Resources};

/// Without it an object had no other name.
const PREVIOUS_NAMES: &str = "internal.config.kubernetes.io/previousNames";

/// Positions of objects in a list by their namespace and name, current and former ones.
#[derive(Debug)]
pub(super) struct Names<'r> {
    by_name: BTreeMap<String, Named<'r>>,
}

/// Positions with the objects there; several may be of one object.
type Found<'r> = Vec<(usize, &'r Resource<'r>)>;

/// Who goes by a name.
#[derive(Debug, Default)]
struct Named<'r> {
    /// Those that have the name now; of two objects that only the input has twice, the first.
    now: Found<'r>,
    /// Those that had the name and are in that namespace.
    here: Found<'r>,
    /// Those that had the name while they were in that namespace.
    moved: Found<'r>,
}

impl<'r> Names<'r> {
    pub(super) fn new(
        resources: &'r Resources<'r>,
        objects: impl Iterator<Item = &'r Resource<'r>>,
    ) -> Self {
        let mut names = Self {
            by_name: BTreeMap::new(),
        };
        for (position, object) in objects.enumerate() {
            names.add(resources, position, object);
        }
        names
    }

    fn add(&mut self, resources: &'r Resources<'r>, position: usize, object: &'r Resource<'r>) {
        let namespace = resources.namespace_of(object);
        let now = &mut self.named(namespace, object.name()).now;
        let is_other = |known: &Resource<'_>| {
            known.number == object.number || !known.is(object.group(), object.kind())
        };
        if now.iter().all(|(_, known)| is_other(known)) {
            now.push((position, object));
        }
        if object.annotations().get(PREVIOUS_NAMES).is_none() {
            return;
        }
        let mut former = object.previous();
        former.retain(|(kind, _, _)| kind == object.kind());
        for (_, old, name) in &former {
            push(&mut self.named(namespace, name).here, position, object);
            for old in spellings(old, resources.default_namespace()) {
                push(&mut self.named(old, name).moved, position, object);
            }
        }
    }

    fn named(&mut self, namespace: &str, name: &str) -> &mut Named<'r> {
        self.by_name.entry(key(namespace, name)).or_default()
    }

    /// The positions of all that `from`, or anybody, may mean by a name.
    pub(super) fn all(
        &self,
        namespace: &str,
        name: &str,
        from: Option<&Resource<'r>>,
    ) -> Found<'r> {
        let mut found = self.whoever(namespace, name).to_vec();
        let is_alike =
            |object: &Resource<'r>| from.is_some_and(|from| affixes(from) == affixes(object));
        if sole(&found).is_none() && found.iter().any(|(_, object)| is_alike(object)) {
            found.retain(|(_, object)| is_alike(object));
        }
        found
    }

    /// The first position of the one object that `from`, or anybody, means by a name.
    pub(super) fn find(
        &self,
        namespace: &str,
        name: &str,
        from: Option<&Resource<'r>>,
    ) -> Option<usize> {
        let sure = sole(self.whoever(namespace, name));
        sure.or_else(|| sole(&self.all(namespace, name, from)))
    }

    /// The positions of all that may be meant by a name, whoever says it.
    fn whoever(&self, namespace: &str, name: &str) -> &[(usize, &'r Resource<'r>)] {
        let Some(named) = self.by_name.get(&key(namespace, name)) else {
            return &[];
        };
        let mut found = [&named.now, &named.here, &named.moved].into_iter();
        found
            .find(|found| !found.is_empty())
            .map_or(&[], Vec::as_slice)
    }
}

/// The first position, if all are of one object.
fn sole(found: &[(usize, &Resource<'_>)]) -> Option<usize> {
    let (position, first) = found.first()?;
    let is_one = found
        .iter()
        .all(|(_, object)| object.number == first.number);
    is_one.then_some(*position)
}

/// What kustomize has put around the object's name.
fn affixes<'t>(object: &Resource<'t>) -> [Option<Cow<'t, str>>; 2] {
    ["prefixes", "suffixes"].map(|key| {
        let key = format!("internal.config.kubernetes.io/{key}");
        object.annotations().get(&key)
    })
}

/// kustomize writes `default` for the namespace of an object that names none.
fn spellings<'a>(namespace: &'a str, unnamed: &'a str) -> impl Iterator<Item = &'a str> {
    let other = Some(unnamed).filter(|unnamed| namespace == "default" && *unnamed != namespace);
    [namespace].into_iter().chain(other)
}

/// An object may have had a name more than once.
fn push<'r>(found: &mut Found<'r>, position: usize, object: &'r Resource<'r>) {
    if found.last().is_none_or(|(known, _)| *known != position) {
        found.push((position, object));
    }
}

/// Neither part may hold a line break where Kubernetes takes it.
fn key(namespace: &str, name: &str) -> String {
    [namespace, name].join("\n")
}
