//! Kubernetes objects as views on their YAML, and all objects of an input together.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use kube_core::GroupVersionKind;
use yaml::order::Collect as _;
use yaml::{Node, Path, Step, threads};

use crate::constraints::ConstraintIndex;
use crate::kinds::{Kinds, names_kind};
use crate::labels::Labels;
use crate::names::NameIndex;
use crate::object_type::{LastTypes, ObjectType};
use crate::service::ServiceIndex;
use crate::workload::{self, DeadEnd, PodEntry};

/// A field of an object, whether it is there or not. Only views make places.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The object's number in its [`Resources`].
    pub resource: usize,
    /// The field, from the root of the object.
    pub path: Path,
}

impl Place {
    /// A field of the value at this place.
    #[must_use]
    pub fn field(&self, step: impl Into<Step>) -> Self {
        Self {
            resource: self.resource,
            path: self.path.join(step),
        }
    }
}

/// A Kubernetes object.
#[derive(Clone, Debug)]
pub struct Resource<'t> {
    /// Its root.
    pub node: Node<'t>,
    /// Its number among all objects of the input.
    pub number: usize,
    /// The input item it is, or is part of.
    pub item: usize,
    /// Where it stands in that item; empty unless the item is a list of objects.
    pub base: Path,
    object_type: Arc<ObjectType>,
    name: Cow<'t, str>,
    namespace: Cow<'t, str>,
    metadata: Option<Node<'t>>,
    annotations: Labels<'t>,
    is_local: bool,
}

impl<'t> Resource<'t> {
    /// An object that has no number yet.
    fn new(node: Node<'t>, item: usize, base: Path, types: &mut LastTypes) -> Self {
        let text = |node: Option<Node<'t>>| node.and_then(Node::text).unwrap_or_default();
        let metadata = node.get("metadata");
        let of_metadata = |key| text(metadata.and_then(|metadata| metadata.get(key)));
        let annotations = Labels(metadata.and_then(|metadata| metadata.get("annotations")));
        let mut resource = Self {
            node,
            number: 0,
            item,
            base,
            object_type: types.of(node),
            name: of_metadata("name"),
            namespace: of_metadata("namespace"),
            metadata,
            annotations,
            is_local: false,
        };
        let is_tool_kind = matches!(
            resource.group(),
            "kustomize.config.k8s.io" | "fn.plimsoll.dev"
        );
        let is_told = || annotations.get("config.kubernetes.io/local-config");
        resource.is_local = is_tool_kind
            || resource.is("kpt.dev", "Kptfile")
            || is_told().is_some_and(|value| value == "true");
        resource
    }

    /// `group/version`, or just the version in the core group.
    pub fn api_version(&self) -> &str {
        &self.object_type.api_version
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        self.object_type.group()
    }

    /// The kind.
    pub fn kind(&self) -> &str {
        &self.object_type.kind
    }

    /// Group, version and kind.
    pub fn gvk(&self) -> GroupVersionKind {
        GroupVersionKind::gvk(self.group(), self.object_type.version(), self.kind())
    }

    /// The name, empty where there is none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace as written, empty where there is none.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Whether `name` (`Deployment`, `StatefulSet.apps`) names its kind.
    pub fn is_kind(&self, name: &str) -> bool {
        names_kind(name, self.group(), self.kind())
    }

    /// Whether this is of that group and kind.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind() == kind && self.group() == group
    }

    /// Its labels.
    pub fn labels(&self) -> Labels<'t> {
        Labels(self.metadata.and_then(|metadata| metadata.get("labels")))
    }

    /// Its annotations.
    pub fn annotations(&self) -> Labels<'t> {
        self.annotations
    }

    /// The object itself as a place.
    pub fn place(&self) -> Place {
        Place {
            resource: self.number,
            path: Path::default(),
        }
    }

    /// An annotation as a place.
    pub fn annotation(&self, key: &str) -> Place {
        Place {
            resource: self.number,
            path: Path::from(["metadata", "annotations", key]),
        }
    }

    /// Whether the object is for tools and never reaches a cluster: marked as local, a Kptfile, a
    /// kustomization, or a configuration of these functions.
    pub fn is_local(&self) -> bool {
        self.is_local
    }

    /// Whether a controller made the object from another one, so that a change to it would not last.
    pub fn is_owned(&self) -> bool {
        let owners = self
            .metadata
            .and_then(|metadata| metadata.get("ownerReferences"));
        let is_controller =
            |owner: Node<'_>| owner.get("controller").and_then(Node::as_bool) == Some(true);
        owners.is_some_and(|owners| owners.items().any(is_controller))
    }

    /// Whether a Helm chart runs the object as a hook instead of keeping it.
    pub fn is_helm_hook(&self) -> bool {
        self.annotations().get("helm.sh/hook").is_some()
    }

    /// What kustomize called the object before: kind, namespace and name, the oldest first.
    pub fn previous(&self) -> Vec<(String, String, String)> {
        let text = |key| self.annotations().get(key).unwrap_or_default();
        let kinds = text("internal.config.kubernetes.io/previousKinds");
        if kinds.is_empty() {
            return Vec::new();
        }
        let namespaces = text("internal.config.kubernetes.io/previousNamespaces");
        let names = text("internal.config.kubernetes.io/previousNames");
        let [kinds, namespaces, names] = [&kinds, &namespaces, &names].map(|text| {
            let parts = text.split(',').map(str::to_owned);
            parts.filter(|part| !part.is_empty())
        });
        let pairs = kinds.zip(namespaces).zip(names);
        pairs
            .map(|((kind, namespace), name)| (kind, namespace, name))
            .collect()
    }

    /// Whether kustomize handed the object over and will take it back.
    pub fn is_in_kustomize(&self) -> bool {
        self.annotations()
            .get("kustomize.config.k8s.io/id")
            .is_some()
    }

    /// What kustomize must find noted on the object once it has another name, so that it still knows by which
    /// name others call it: the annotations with what is called former now. Outside kustomize there are none.
    pub fn former_identity(&self) -> Vec<(Place, String)> {
        if !self.is_in_kustomize() {
            return Vec::new();
        }
        let namespace = Some(self.namespace()).filter(|namespace| !namespace.is_empty());
        let now = [
            ("previousKinds", self.kind()),
            ("previousNames", self.name()),
            ("previousNamespaces", namespace.unwrap_or("default")),
        ];
        let note = |(key, now): (&str, &str)| {
            let key = format!("internal.config.kubernetes.io/{key}");
            let before = self.annotations().get(&key).unwrap_or_default();
            let comma = if before.is_empty() { "" } else { "," };
            (self.annotation(&key), format!("{before}{comma}{now}"))
        };
        now.map(note).into()
    }

    fn affixes(&self) -> Affixes<'t> {
        let keys = [
            "internal.config.kubernetes.io/prefixes",
            "internal.config.kubernetes.io/suffixes",
        ];
        keys.map(|key| self.annotations().get(key))
    }
}

/// The prefixes and suffixes that kustomize has put around a name.
type Affixes<'t> = [Option<Cow<'t, str>>; 2];

/// All objects of an input.
#[derive(Debug)]
pub struct Resources<'t> {
    pub(crate) all: Vec<Resource<'t>>,
    default_namespace: String,
    /// Numbers of the Namespace objects, by their names.
    namespaces: BTreeMap<String, usize>,
    pub(crate) pods: Vec<PodEntry<'t>>,
    pub(crate) dead_ends: Vec<DeadEnd>,
    names: OnceLock<NameIndex>,
    former_names: OnceLock<NameIndex>,
    services: OnceLock<ServiceIndex>,
    constraints: OnceLock<ConstraintIndex>,
}

impl<'t> Resources<'t> {
    /// The objects of `items`, lists of objects taken apart. An object without a namespace belongs to
    /// `default_namespace`.
    pub fn new(
        items: impl IntoIterator<Item = Node<'t>>,
        kinds: &Kinds,
        default_namespace: &str,
    ) -> Self {
        let items: Vec<Node<'t>> = items.into_iter().collect();
        let parts = threads::map_parts(items.len(), |part| {
            let mut found = Found {
                all: Vec::with_capacity(part.len()),
                types: LastTypes::default(),
            };
            let of_part = items.iter().enumerate().skip(part.start).take(part.len());
            of_part.for_each(|(item, node)| found.add(*node, item, Path::default()));
            found.all
        });
        let mut all = threads::concat(parts);
        for (number, object) in all.iter_mut().enumerate() {
            object.number = number;
        }
        Self::of(all, kinds, default_namespace)
    }

    fn of(all: Vec<Resource<'t>>, kinds: &Kinds, default_namespace: &str) -> Self {
        let is_namespace = |object: &&Resource<'_>| object.is("", "Namespace");
        let named = |object: &Resource<'_>| (object.name().to_owned(), object.number);
        // From the end on, so that of two with one name the first counts.
        let namespaces = all.iter().rev().filter(is_namespace).map(named).into_map();
        let mut resources = Self {
            all,
            namespaces,
            default_namespace: default_namespace.to_owned(),
            pods: Vec::new(),
            dead_ends: Vec::new(),
            names: OnceLock::new(),
            former_names: OnceLock::new(),
            services: OnceLock::new(),
            constraints: OnceLock::new(),
        };
        (resources.pods, resources.dead_ends) = workload::pods(&resources, kinds);
        resources
    }

    /// Every object, in the order of the input.
    pub fn all(&self) -> impl Iterator<Item = &Resource<'t>> {
        self.all.iter()
    }

    /// The object with this number.
    pub fn get(&self, number: usize) -> Option<&Resource<'t>> {
        self.all.get(number)
    }

    /// The namespace that an object belongs to.
    pub fn namespace_of<'r>(&'r self, resource: &'r Resource<'t>) -> &'r str {
        match resource.namespace() {
            "" => &self.default_namespace,
            namespace => namespace,
        }
    }

    /// The namespace of objects that name none.
    pub fn default_namespace(&self) -> &str {
        &self.default_namespace
    }

    /// Whether two objects belong to the same namespace.
    pub fn share_namespace(&self, one: &Resource<'t>, other: &Resource<'t>) -> bool {
        self.namespace_of(one) == self.namespace_of(other)
    }

    /// The Namespace object that `resource` belongs to, where the input has it.
    pub fn namespace_object(&self, resource: &Resource<'t>) -> Option<&Resource<'t>> {
        let number = self.namespaces.get(self.namespace_of(resource))?;
        self.get(*number)
    }

    /// What `from` means by the name of an object in its own namespace.
    ///
    /// Inside kustomize's transformers objects have their new names while references still have the old
    /// ones, so a former name counts too; where several objects had it, the one with the same prefixes
    /// and suffixes as the referrer is meant.
    pub fn referent(
        &self,
        from: &Resource<'t>,
        group: &str,
        kind: &str,
        name: &str,
    ) -> Option<&Resource<'t>> {
        let identity = [group, kind, self.namespace_of(from), name];
        let now = self.find(identity);
        now.or_else(|| self.find_formerly(identity, &from.affixes()))
    }

    /// The first object of this group, kind, namespace and name.
    pub fn find(&self, identity: [&str; 4]) -> Option<&Resource<'t>> {
        let names = self.names.get_or_init(|| NameIndex::of_names(self));
        names.find(self, identity).next()
    }

    fn find_formerly(&self, identity: [&str; 4], affixes: &Affixes<'t>) -> Option<&Resource<'t>> {
        let names = self
            .former_names
            .get_or_init(|| NameIndex::of_former_names(self));
        let mut formerly = names.find(self, identity).peekable();
        let first = formerly.peek().copied();
        formerly
            .find(|object| object.affixes() == *affixes)
            .or(first)
    }

    pub(crate) fn service_index(&self) -> &ServiceIndex {
        self.services.get_or_init(|| ServiceIndex::new(self))
    }

    pub(crate) fn constraint_index(&self) -> &ConstraintIndex {
        self.constraints.get_or_init(|| ConstraintIndex::new(self))
    }
}

/// The objects that were found.
struct Found<'t> {
    all: Vec<Resource<'t>>,
    types: LastTypes,
}

impl<'t> Found<'t> {
    /// Adds an object, or the objects of a list of them.
    fn add(&mut self, node: Node<'t>, item: usize, base: Path) {
        let resource = Resource::new(node, item, base, &mut self.types);
        let is_list = resource.kind().ends_with("List");
        let items = if is_list { node.get("items") } else { None };
        let Some(items) = items.filter(|items| items.is_seq()) else {
            return self.all.push(resource);
        };
        for (index, inner) in items.items().enumerate() {
            self.add(inner, item, resource.base.join("items").join(index));
        }
    }
}
