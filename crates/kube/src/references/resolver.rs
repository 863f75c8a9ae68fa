//! Finds the references of an input and what they mean.

use std::borrow::Cow;

use yaml::order::Order as _;
use yaml::{Node, Path};

use super::identities::{ANY, Identities};
use super::path_tree::Found;
use super::provision::Provisions;
use super::reference::{Reference, Referent};
use super::row::ConfigurationKind;
use super::spelling::{Meaning, is_variable};
use super::table::References;
use crate::resource::{Place, Resource, Resources};
use crate::workload::Pod;

/// All objects of an input with a table of references: finds each reference once, in time that grows with
/// the input alone.
#[derive(Debug)]
pub struct Resolver<'r> {
    resources: &'r Resources<'r>,
    table: &'r References,
    identities: Identities<'r>,
    provisions: Provisions<'r>,
}

impl Resources<'_> {
    /// Every reference to a ConfigMap or Secret, in the order of the input.
    pub fn references_to_configuration<'r>(
        &'r self,
        table: &'r References,
    ) -> impl Iterator<Item = Reference<'r>> {
        let resolver = Resolver::new(self, table);
        self.all()
            .flat_map(move |resource| resolver.references_of(resource))
    }
}

impl<'r> Resolver<'r> {
    /// Indexes every ConfigMap and Secret of an input, and the objects that make some.
    pub fn new(resources: &'r Resources<'r>, table: &'r References) -> Self {
        Self {
            resources,
            table,
            identities: Identities::new(resources),
            provisions: Provisions::new(resources, table),
        }
    }

    /// The references of one object, in the order of their paths. An object that doesn't reach the cluster
    /// has none.
    pub fn references_of(&self, from: &'r Resource<'r>) -> Vec<Reference<'r>> {
        if from.is_local() {
            return Vec::new();
        }
        let mut found = Vec::new();
        if let Some(fields) = self.table.fields_of(from) {
            fields.find(from.node, Path::default(), |name| {
                found.extend(self.reference(from, None, &name));
            });
        }
        for pod in self.pods_of(from) {
            let Some(spec) = pod.entry.spec else {
                continue;
            };
            let base = pod.entry.path.join("spec");
            self.table.fields_of_pods().find(spec, base, |name| {
                found.extend(self.reference(from, Some(pod), &name));
            });
        }
        // A user's row may be about a field in a pod template.
        found.order_by(|one, other| order(one).cmp(&order(other)));
        found.dedup_by(|one, other| order(one) == order(other));
        found
    }

    /// What `from` means by a name in its own namespace.
    pub fn referent(
        &self,
        from: &'r Resource<'r>,
        kind: ConfigurationKind,
        name: &str,
    ) -> Referent<'r> {
        let namespace = self.own_namespace(from);
        let namespace = namespace.unwrap_or(ANY);
        self.identities.find(from, kind, namespace, name)
    }

    /// The object of the input that makes that ConfigMap or Secret at run time.
    pub fn provider(
        &self,
        kind: ConfigurationKind,
        namespace: &str,
        name: &str,
    ) -> Option<&'r Resource<'r>> {
        self.provisions.find(kind, namespace, name)
    }

    /// Whether a cluster has that ConfigMap or Secret though no manifest does: something in the input makes
    /// it, or every namespace has it.
    pub fn is_provided(&self, kind: ConfigurationKind, namespace: &str, name: &str) -> bool {
        self.table.is_everywhere(kind, name) || self.provider(kind, namespace, name).is_some()
    }

    /// Pods stand in the order of their owners.
    fn pods_of(&self, owner: &Resource<'_>) -> impl Iterator<Item = Pod<'r>> + use<'r> {
        let entries = self.resources.pods.as_slice();
        let number = owner.number;
        let start = entries.partition_point(|entry| entry.owner < number);
        let resources = self.resources;
        let from_start = entries.get(start..).unwrap_or_default().iter();
        from_start
            .take_while(move |entry| entry.owner == number)
            .map(move |entry| Pod { resources, entry })
    }

    fn reference(
        &self,
        from: &'r Resource<'r>,
        pod: Option<Pod<'r>>,
        found: &Found<'r, '_, Meaning>,
    ) -> Option<Reference<'r>> {
        let (meaning, beside) = (found.leaf, found.holder);
        let text = found.node.text().filter(|_| !found.node.is_null())?;
        let spelling = meaning.spelling(&text).filter(|_| meaning.fits(beside))?;
        let before = spelling.namespace.map(str::to_owned).map(Cow::Owned);
        let namespace = before.or_else(|| self.namespace(from, meaning, beside));
        let within = namespace.as_deref().unwrap_or(ANY);
        let referent = (self.identities).find(from, meaning.target, within, spelling.name);
        let name_at = text.len() - spelling.name.len();
        Some(Reference {
            from,
            pod,
            place: Place {
                resource: from.number,
                path: found.path(),
            },
            beside,
            kind: meaning.target,
            namespace,
            how: meaning.how,
            is_optional: meaning.is_optional(beside),
            is_soft: meaning.soft,
            referent,
            text,
            name_at,
        })
    }

    /// The namespace that a name is in, as far as anything but the name itself tells.
    fn namespace(
        &self,
        from: &'r Resource<'r>,
        meaning: &Meaning,
        beside: Node<'r>,
    ) -> Option<Cow<'r, str>> {
        let key = meaning.namespace_key.as_ref();
        let told = key
            .and_then(|key| beside.get(key))
            .filter(|node| !node.is_null())
            .and_then(Node::text)
            .filter(|namespace| !namespace.is_empty());
        match (told, meaning.namespace.as_deref()) {
            (Some(told), _) => (!is_variable(&told)).then_some(told),
            (None, Some(ANY)) => None,
            (None, Some(namespace)) => Some(Cow::Owned(namespace.to_owned())),
            (None, None) => self.own_namespace(from).map(Cow::Borrowed),
        }
    }

    fn own_namespace(&self, from: &'r Resource<'r>) -> Option<&'r str> {
        let is_in_one = !self.table.is_cluster_scoped(from);
        is_in_one.then(|| self.resources.namespace_of(from))
    }
}

fn order<'a>(reference: &'a Reference<'_>) -> (&'a Path, ConfigurationKind) {
    (&reference.place.path, reference.kind)
}
