//! Calls that the texts of a workload's configuration give away: its environment, its arguments, and the
//! ConfigMaps and Secrets that it consumes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

use yaml::order::{Collect as _, Order as _};
use yaml::{Node, Path};

use super::Graph;
use super::calls::{Call, Calls};
use super::edge::{Evidence, Peer, Strength};
use super::hits::{Hit, Hosts, Source};
use super::tokens::speaks_of_hosts;
use super::workload::Workload;
use crate::references::{ConfigurationKind, How, Reference, References, Resolver};
use crate::resource::{Place, Resource};
use crate::workload::Container;

/// All that texts are read by.
pub(super) struct Texts<'g, 'r> {
    hosts: Hosts<'g, 'r>,
    resolver: Resolver<'r>,
}

impl<'g, 'r> Texts<'g, 'r> {
    pub(super) fn new(graph: &'g Graph<'r>) -> Self {
        static TABLE: LazyLock<References> = LazyLock::new(References::built_in);
        Self {
            hosts: Hosts::new(graph),
            resolver: Resolver::new(graph.resources, &TABLE),
        }
    }

    pub(super) fn reader(&self) -> Reader<'_, 'g, 'r> {
        Reader {
            hosts: &self.hosts,
            resolver: &self.resolver,
            references: (None, Vec::new()),
            values: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }
}

/// Reads the texts of one workload after the other.
pub(super) struct Reader<'t, 'g, 'r> {
    hosts: &'t Hosts<'g, 'r>,
    resolver: &'t Resolver<'r>,
    /// The references of one owner, which may have several templates.
    references: (Option<usize>, Vec<Reference<'r>>),
    /// What the values of ConfigMaps and Secrets name, by the numbers of the objects: many workloads may consume
    /// one.
    values: BTreeMap<usize, Rc<Vec<Value<'r>>>>,
    /// What single values name where not their own key but who consumes them speaks of hosts, by their nodes.
    told: BTreeMap<(usize, u32), Rc<Vec<Hit>>>,
}

/// A value of a ConfigMap or Secret that names something.
struct Value<'r> {
    key: Cow<'r, str>,
    hits: Rc<Vec<Hit>>,
}

impl<'r> Reader<'_, '_, 'r> {
    /// Adds what the texts of a workload give away.
    pub(super) fn read(&mut self, calls: &mut Calls<'_, 'r>, workload: &Workload<'r>) {
        for container in workload
            .pod
            .containers()
            .filter(|container| !container.is_injected())
        {
            self.read_environment(calls, workload, container);
            for field in ["command", "args"] {
                self.read_words(calls, workload, container, field);
            }
        }
        let owner = workload.owner;
        if self.references.0 != Some(owner.number) {
            self.references = (Some(owner.number), self.resolver.references_of(owner));
        }
        let is_own = |reference: &&Reference<'r>| {
            reference
                .pod
                .is_some_and(|pod| pod.number() == workload.pod.number())
        };
        let references = std::mem::take(&mut self.references.1);
        for reference in references.iter().filter(is_own) {
            self.read_reference(calls, workload, reference);
        }
        self.references.1 = references;
    }

    fn read_environment(
        &self,
        calls: &mut Calls<'_, 'r>,
        workload: &Workload<'r>,
        container: Container<'r>,
    ) {
        let variables = container
            .get("env")
            .into_iter()
            .flat_map(Node::items)
            .enumerate();
        for (index, variable) in variables {
            let text = |key| variable.get(key).and_then(Node::text);
            let (Some(name), Some(value)) = (text("name"), text("value")) else {
                continue;
            };
            let hits = self.hosts.in_text(
                workload.namespace,
                &value,
                speaks_of_hosts(&name),
                Source::Open,
            );
            if !hits.is_empty() {
                let place = container.field("env").field(index).field("value");
                add_hits(calls, workload, &hits, &place, &format!("env {name}"));
            }
        }
    }

    fn read_words(
        &self,
        calls: &mut Calls<'_, 'r>,
        workload: &Workload<'r>,
        container: Container<'r>,
        field: &str,
    ) {
        let mut is_told = false;
        let words = container
            .get(field)
            .into_iter()
            .flat_map(Node::items)
            .enumerate();
        for (index, word) in words {
            let Some(word) = word.text() else { continue };
            let hits = self
                .hosts
                .in_text(workload.namespace, &word, is_told, Source::Open);
            if !hits.is_empty() {
                let place = container.field(field).field(index);
                add_hits(calls, workload, &hits, &place, field);
            }
            // The value of a flag may be the next word.
            let is_flag = word.starts_with('-') && !word.contains(['=', ' ']);
            is_told = is_flag && speaks_of_hosts(&word);
        }
    }

    /// Reads what a reference of a pod brings in.
    fn read_reference(
        &mut self,
        calls: &mut Calls<'_, 'r>,
        workload: &Workload<'r>,
        reference: &Reference<'r>,
    ) {
        let Some(object) = reference.target() else {
            return;
        };
        let text = |node: Option<Node<'r>>, key| node?.get(key)?.text();
        match reference.how {
            How::Env => {
                let Some(key) = text(Some(reference.beside), "key") else {
                    return;
                };
                let name = text(around(reference, 3), "name").unwrap_or_default();
                let hits = self.of_key(workload, object, &key, speaks_of_hosts(&name));
                add_value(
                    calls,
                    workload,
                    object,
                    &key,
                    &hits,
                    &format!("env {name}, "),
                );
            }
            How::EnvFrom => {
                let prefix = text(around(reference, 2), "prefix").unwrap_or_default();
                let is_told = speaks_of_hosts(&prefix);
                for key in keys(object).filter(|_| is_told) {
                    let hits = self.of_key(workload, object, &key, true);
                    add_value(calls, workload, object, &key, &hits, "");
                }
                self.read_values(calls, workload, object, |_| true);
            }
            How::Volume | How::Projected => {
                let items = reference.beside.get("items").filter(|items| items.is_seq());
                let keys = items.map(|items| {
                    let keys = items.items().filter_map(|item| item.get("key")?.text());
                    keys.into_set()
                });
                let is_mounted = |key: &str| keys.as_ref().is_none_or(|keys| keys.contains(key));
                self.read_values(calls, workload, object, is_mounted);
            }
            How::ImagePullSecret | How::Other => {}
        }
    }

    /// Reads the values of an object whose keys are consumed.
    fn read_values(
        &mut self,
        calls: &mut Calls<'_, 'r>,
        workload: &Workload<'r>,
        object: &'r Resource<'r>,
        is_consumed: impl Fn(&str) -> bool,
    ) {
        for value in self.of_object(workload, object).iter() {
            if is_consumed(&value.key) {
                add_value(calls, workload, object, &value.key, &value.hits, "");
            }
        }
    }

    /// The values of an object that name something, sorted by key. Who consumes it is in its namespace.
    fn of_object(
        &mut self,
        workload: &Workload<'r>,
        object: &'r Resource<'r>,
    ) -> Rc<Vec<Value<'r>>> {
        if let Some(values) = self.values.get(&object.number) {
            return Rc::clone(values);
        }
        let (field, source) = content(object);
        let entries = object.node.get(field).into_iter().flat_map(Node::fields);
        let mut values: Vec<_> = entries
            .filter_map(|(key, node)| {
                let (key, text) = (key.text()?, node.text()?);
                let is_told = speaks_of_hosts(&key);
                let hits = self
                    .hosts
                    .in_text(workload.namespace, &text, is_told, source);
                let hits = Rc::new(hits);
                (!hits.is_empty()).then_some(Value { key, hits })
            })
            .collect();
        values.order_by(|one, other| one.key.cmp(&other.key));
        let values = Rc::new(values);
        self.values.insert(object.number, Rc::clone(&values));
        values
    }

    /// What the value of one key names.
    fn of_key(
        &mut self,
        workload: &Workload<'r>,
        object: &'r Resource<'r>,
        key: &str,
        is_told: bool,
    ) -> Rc<Vec<Hit>> {
        if !is_told || speaks_of_hosts(key) {
            let values = self.of_object(workload, object);
            let found = values.binary_search_by(|value| (*value.key).cmp(key));
            let value = found.ok().and_then(|at| values.get(at));
            return value.map_or_else(Rc::default, |value| Rc::clone(&value.hits));
        }
        let (field, source) = content(object);
        let Some(node) = object.node.at(&[field, key]) else {
            return Rc::default();
        };
        let hits = self
            .told
            .entry((object.number, node.id()))
            .or_insert_with(|| {
                let text = node.text().unwrap_or_default();
                Rc::new(self.hosts.in_text(workload.namespace, &text, true, source))
            });
        Rc::clone(hits)
    }
}

/// The field with the texts of a ConfigMap or Secret.
fn content(object: &Resource<'_>) -> (&'static str, Source) {
    match ConfigurationKind::of(object) {
        Some(ConfigurationKind::Secret) => ("stringData", Source::Secret),
        Some(ConfigurationKind::ConfigMap) | None => ("data", Source::Open),
    }
}

fn keys<'r>(object: &'r Resource<'r>) -> impl Iterator<Item = Cow<'r, str>> {
    let entries = object
        .node
        .get(content(object).0)
        .into_iter()
        .flat_map(Node::fields);
    entries.filter_map(|(key, _)| key.text())
}

/// The value so many steps above the name in a reference: the variable of
/// `env[0].valueFrom.configMapKeyRef.name`.
fn around<'r>(reference: &Reference<'r>, steps: usize) -> Option<Node<'r>> {
    let path = &reference.place.path.0;
    let path = path.get(..path.len().checked_sub(steps)?)?;
    reference.from.node.follow(path)
}

fn add_value<'r>(
    calls: &mut Calls<'_, 'r>,
    workload: &Workload<'r>,
    object: &Resource<'_>,
    key: &str,
    hits: &[Hit],
    before: &str,
) {
    if !hits.is_empty() {
        let place = Place {
            resource: object.number,
            path: Path::from([content(object).0, key]),
        };
        let text = format!("{before}{} {}, key {key}", object.kind(), object.name());
        add_hits(calls, workload, hits, &place, &text);
    }
}

fn add_hits<'r>(
    calls: &mut Calls<'_, 'r>,
    workload: &Workload<'r>,
    hits: &[Hit],
    place: &Place,
    text: &str,
) {
    let graph = calls.graph;
    let text = format!(
        "{} {}/{}: {text}",
        workload.owner.kind(),
        workload.namespace,
        workload.name()
    );
    let evidence = Evidence::new(Strength::Inferred, text, place.clone());
    let call = Call::new(Peer::Workload(workload.number), evidence);
    for hit in hits {
        match hit {
            Hit::Service { number, port } => {
                if let Some(node) = graph.services().get(*number) {
                    calls.call_service(&call, node, port.as_deref());
                }
            }
            Hit::Pod { workload, ports } => calls.call_workload(&call, *workload, ports.clone()),
            Hit::Outside(host) => calls.call_outside(&call.from, host),
        }
    }
}
