//! Every ConfigMap and Secret by the names and namespaces it has or had.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::reference::Referent;
use super::row::ConfigurationKind;
use crate::resource::{Resource, Resources};

/// Stands for whatever namespace an object is in.
pub(super) const ANY: &str = "*";

/// What an object is called where its name is made from its content.
const BASE_NAME: &str = "plimsoll.dev/base-name";
/// Marks an old version of an object that is kept for pods that have not been replaced yet.
const RETAINED: &str = "plimsoll.dev/retained";

/// Numbers of the objects of an input by kind, namespace and name. Objects that don't reach the cluster
/// aren't among them.
#[derive(Debug)]
pub(super) struct Identities<'r> {
    resources: &'r Resources<'r>,
    by_name: BTreeMap<String, Named>,
}

#[derive(Debug, Default)]
struct Named {
    /// Objects in that namespace that have or had the name, or have it as the base of theirs.
    here: Vec<usize>,
    /// Objects that had the name while they were in that namespace.
    moved: Vec<usize>,
}

impl<'r> Identities<'r> {
    pub(super) fn new(resources: &'r Resources<'r>) -> Self {
        let mut identities = Self {
            resources,
            by_name: BTreeMap::new(),
        };
        for object in resources.all().filter(|object| !object.is_local()) {
            if let Some(kind) = ConfigurationKind::of(object) {
                identities.add(kind, object);
            }
        }
        identities
    }

    fn add(&mut self, kind: ConfigurationKind, object: &Resource<'_>) {
        let namespace = self.resources.namespace_of(object).to_owned();
        let mut former = object.previous();
        former.retain(|(of, _, _)| of == kind.name());
        let base = object.annotations().get(BASE_NAME);
        let mut base = base.filter(|base| is_hashed(object.name(), base));
        if object.annotations().get(RETAINED).as_deref() == Some("true") {
            // Whoever names no version means the one in force.
            former.retain(|(_, _, name)| name == object.name());
            base = None;
        }
        let names = former.iter().map(|(_, _, name)| name.as_str());
        for name in names.chain(base.as_deref()).chain([object.name()]) {
            for namespace in [namespace.as_str(), ANY] {
                let entry = self.by_name.entry(key(kind, namespace, name)).or_default();
                push(&mut entry.here, object.number);
            }
        }
        for (_, old, name) in &former {
            for old in spellings(old, self.resources.default_namespace()) {
                let entry = self.by_name.entry(key(kind, old, name)).or_default();
                push(&mut entry.moved, object.number);
            }
        }
    }

    /// What `from` means by the name of an object in `namespace`.
    ///
    /// Inside kustomize's transformers objects have their new names and namespaces while references still
    /// have the old ones, so former ones count too; so does the base of a name that ends in a hash. Of
    /// several objects the one with the referrer's own prefixes and suffixes is meant, then the one that
    /// has the name now.
    pub(super) fn find(
        &self,
        from: &Resource<'r>,
        kind: ConfigurationKind,
        namespace: &str,
        name: &str,
    ) -> Referent<'r> {
        let Some(named) = self.by_name.get(&key(kind, namespace, name)) else {
            return Referent::Absent;
        };
        let numbers = if named.here.is_empty() {
            &named.moved
        } else {
            &named.here
        };
        let mut objects: Vec<&'r Resource<'r>> = numbers
            .iter()
            .filter_map(|number| self.resources.get(*number))
            .collect();
        if objects.len() > 1 {
            let own = affixes(from);
            narrow(&mut objects, |object| end_alike(&affixes(object), &own));
            narrow(&mut objects, |object| affixes(object) == own);
            narrow(&mut objects, |object| object.name() == name);
        }
        match *objects {
            [] => Referent::Absent,
            [object] => Referent::One(object),
            _ => Referent::Several(objects),
        }
    }
}

/// Whether a name is that base with a hash behind it; a copy of an object may carry the base of another one.
fn is_hashed(name: &str, base: &str) -> bool {
    let hash = name
        .strip_prefix(base)
        .and_then(|rest| rest.strip_prefix('-'));
    hash.is_some_and(|hash| hash.len() == 10 && !hash.contains(['-', '.']))
}

/// kustomize writes `default` for the namespace of an object that names none.
fn spellings<'a>(namespace: &'a str, unnamed: &'a str) -> impl Iterator<Item = &'a str> {
    let other = Some(unnamed).filter(|unnamed| namespace == "default" && *unnamed != namespace);
    [namespace].into_iter().chain(other)
}

/// An object's entries come one after the other.
fn push(numbers: &mut Vec<usize>, number: usize) {
    if numbers.last() != Some(&number) {
        numbers.push(number);
    }
}

/// Keeps the objects that fit, if any does.
fn narrow<'r>(objects: &mut Vec<&'r Resource<'r>>, fits: impl Fn(&Resource<'r>) -> bool) {
    if objects.iter().any(|object| fits(object)) {
        objects.retain(|object| fits(object));
    }
}

/// What kustomize has put around the object's name: prefixes and suffixes, those of the outermost overlay
/// last.
fn affixes<'t>(resource: &Resource<'t>) -> [Cow<'t, str>; 2] {
    ["prefixes", "suffixes"].map(|key| {
        let key = format!("internal.config.kubernetes.io/{key}");
        resource.annotations().get(&key).unwrap_or_default()
    })
}

/// Whether two objects were in the same overlays as long as both were in any: one may come from further in.
fn end_alike(one: &[Cow<'_, str>; 2], other: &[Cow<'_, str>; 2]) -> bool {
    let is_alike = |(one, other): (&Cow<'_, str>, &Cow<'_, str>)| {
        let mut pairs = one.rsplit(',').zip(other.rsplit(','));
        pairs.all(|(one, other)| one == other)
    };
    one.iter().zip(other).all(is_alike)
}

/// None of the parts may hold a line break where Kubernetes takes it.
pub(super) fn key(kind: ConfigurationKind, namespace: &str, name: &str) -> String {
    [kind.name(), namespace, name].join("\n")
}
