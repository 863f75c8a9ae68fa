//! What evidence names, and whether the input has it.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Resource, Resources};

/// The kind of object that states calls of others.
const TOPOLOGY: &str = "ServiceTopology";

/// An object that evidence names: `Deployment shop/order`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named<'t> {
    kind: &'t str,
    namespace: &'t str,
    name: &'t str,
}

/// How evidence tells of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The caller says so.
    Caller,
    /// The caller's configuration suggests it.
    Text,
    /// The callee says so.
    Callee,
    /// A `ServiceTopology` says so.
    Topology,
    /// An object for that purpose says so.
    Object,
}

/// Reads evidence: what it names, and how that tells of a call. Some names no object.
pub(crate) fn read(text: &str) -> Option<(Named<'_>, Way)> {
    let (object, detail) = text.split_once(": ")?;
    let (kind, whole) = object.split_once(' ')?;
    let (namespace, name) = whole.split_once('/')?;
    let way = match detail {
        _ if kind == TOPOLOGY => Way::Topology,
        "annotation plimsoll.dev/calls" => Way::Caller,
        "annotation plimsoll.dev/allow-from" => Way::Callee,
        _ if detail.starts_with("env ") => Way::Text,
        _ => Way::Object,
    };
    let named = Named {
        kind,
        namespace,
        name,
    };
    Some((named, way))
}

impl std::fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.namespace {
            "" => write!(f, "{} {}", self.kind, self.name),
            namespace => write!(f, "{} {namespace}/{}", self.kind, self.name),
        }
    }
}

/// The objects of an input by what evidence calls them, or called them before kustomize renamed them.
pub(crate) struct Present<'s> {
    now: BTreeMap<Named<'s>, usize>,
    formerly: BTreeMap<[String; 3], usize>,
}

impl<'s> Present<'s> {
    /// Those of an input; of equal ones the first.
    pub(crate) fn new(resources: &'s Resources<'s>) -> Self {
        let mut present = Self {
            now: BTreeMap::new(),
            formerly: BTreeMap::new(),
        };
        for object in resources.all() {
            let kind = object.kind();
            let namespace = resources.namespace_of(object);
            let named = Named {
                kind,
                namespace,
                name: object.name(),
            };
            present.now.entry(named).or_insert(object.number);
            for key in identities(resources, object) {
                present.formerly.entry(key).or_insert(object.number);
            }
        }
        present
    }

    /// The number of the object; none where the input lacks it.
    pub(crate) fn find(&self, named: Named<'_>) -> Option<usize> {
        let now = self.now.get(&named).copied();
        let key = || [named.kind, named.namespace, named.name].map(str::to_owned);
        now.or_else(|| self.formerly.get(&key()).copied())
    }
}

/// The kinds, namespaces and names that an object had.
fn identities(resources: &Resources<'_>, object: &Resource<'_>) -> BTreeSet<[String; 3]> {
    let mut found = BTreeSet::new();
    let now = resources.namespace_of(object);
    for (kind, namespace, name) in object.previous() {
        // kustomize writes `default` for no namespace, and may have moved the object since.
        let unnamed = ["", resources.default_namespace()];
        let unnamed = unnamed.into_iter().filter(|_| namespace == "default");
        for namespace in unnamed.chain([now, &namespace]) {
            found.insert([kind.clone(), namespace.to_owned(), name.clone()]);
        }
    }
    found
}

/// What a policy of an earlier run may call the object that it was made for: `Deployment.apps/shop/order`.
pub(crate) fn references(resources: &Resources<'_>, object: &Resource<'_>) -> Vec<String> {
    let group = object.group();
    let dot = if group.is_empty() { "" } else { "." };
    let namespace = resources.namespace_of(object).to_owned();
    let now = [
        object.kind().to_owned(),
        namespace,
        object.name().to_owned(),
    ];
    let all = [now].into_iter().chain(identities(resources, object));
    all.map(|[kind, namespace, name]| format!("{kind}{dot}{group}/{namespace}/{name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_names_an_object_and_how_it_tells_of_a_call() {
        let table = [
            (
                "Deployment shop/order: annotation plimsoll.dev/calls",
                "Deployment shop/order",
                Way::Caller,
            ),
            (
                "Deployment shop/order: env URL, ConfigMap urls, key a",
                "Deployment shop/order",
                Way::Text,
            ),
            (
                "Rollout /product: annotation plimsoll.dev/allow-from",
                "Rollout product",
                Way::Callee,
            ),
            (
                "ServiceTopology shop/calls: spec.edges[0]",
                "ServiceTopology shop/calls",
                Way::Topology,
            ),
            (
                "Ingress shop/web: spec.rules[0]",
                "Ingress shop/web",
                Way::Object,
            ),
        ];
        for (text, object, way) in table {
            let found = read(text).map(|(named, way)| (named.to_string(), way));
            assert_eq!(found, Some((object.to_owned(), way)), "{text}");
        }
        for text in [
            "",
            "authorization.unknownCallers: sameNamespace",
            "Deployment order: env A",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
