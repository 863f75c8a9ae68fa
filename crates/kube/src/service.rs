//! Services, and which pods they select.

use std::borrow::Cow;
use std::collections::BTreeMap;

use yaml::Node;
use yaml::order::Order as _;

use crate::resource::{Resource, Resources};
use crate::workload::{Container, Pod};

/// A Service.
#[derive(Clone, Copy, Debug)]
pub struct Service<'r> {
    /// The object.
    pub resource: &'r Resource<'r>,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort<'r> {
    /// The name, empty where there is none.
    pub name: Cow<'r, str>,
    /// The number, where it is one.
    pub number: Option<u16>,
    /// The application protocol, where it is told.
    pub app_protocol: Option<Cow<'r, str>>,
    /// Where it leads: the name or the number of a container port.
    pub target: Cow<'r, str>,
    /// TCP, UDP or SCTP.
    pub protocol: Cow<'r, str>,
}

impl<'r> Service<'r> {
    fn selector(self) -> impl Iterator<Item = (Cow<'r, str>, Cow<'r, str>)> {
        let selector = self.resource.node.at(&["spec", "selector"]);
        let entries = selector.into_iter().flat_map(Node::fields);
        entries.filter_map(|(key, value)| Some((key.text()?, value.text()?)))
    }

    /// Whether it selects the pod; one without a selector selects nothing.
    fn selects(self, pod: Pod<'r>) -> bool {
        let labels = pod.labels();
        let mut pairs = self.selector().peekable();
        pairs.peek().is_some()
            && pairs.all(|(key, value)| labels.get(&key).is_some_and(|own| own == value))
    }

    /// Its ports.
    pub fn ports(self) -> impl Iterator<Item = ServicePort<'r>> {
        let ports = self.resource.node.at(&["spec", "ports"]);
        ports.into_iter().flat_map(Node::items).map(|port| {
            let text = |key| {
                port.get(key)
                    .filter(|node| !node.is_null())
                    .and_then(Node::text)
            };
            let target = text("targetPort")
                .or_else(|| text("port"))
                .unwrap_or_default();
            let protocol = text("protocol").unwrap_or(Cow::Borrowed("TCP"));
            ServicePort {
                name: text("name").unwrap_or_default(),
                number: port.get("port").and_then(Node::as_i64).and_then(number),
                app_protocol: text("appProtocol"),
                target,
                protocol,
            }
        })
    }

    /// Whether it has no address of its own, so that peers find each other by it.
    pub fn is_headless(self) -> bool {
        self.resource
            .node
            .at(&["spec", "clusterIP"])
            .and_then(Node::text)
            .is_some_and(|ip| ip == "None")
    }

    /// Whether it selects pods; without a selector somebody else says where it leads.
    pub fn has_selector(self) -> bool {
        self.selector().next().is_some()
    }

    /// The host that it is another name for; none unless its type is `ExternalName`.
    pub fn external_name(self) -> Option<Cow<'r, str>> {
        let text = |field| self.resource.node.at(&["spec", field]).and_then(Node::text);
        text("type").filter(|kind| kind == "ExternalName")?;
        Some(text("externalName").unwrap_or_default())
    }

    /// Whether its DNS names pods that aren't ready yet.
    pub fn publishes_not_ready(self) -> bool {
        let field = self.resource.node.at(&["spec", "publishNotReadyAddresses"]);
        field.and_then(Node::as_bool) == Some(true)
    }
}

/// A number that a port can have.
fn number(number: i64) -> Option<u16> {
    u16::try_from(number).ok().filter(|number| *number > 0)
}

/// A port that a container declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort<'r> {
    /// The name, empty where there is none.
    pub name: Cow<'r, str>,
    /// The number.
    pub number: Option<i64>,
    /// TCP, UDP or SCTP.
    pub protocol: Cow<'r, str>,
}

impl ContainerPort<'_> {
    /// Whether it is a TCP port.
    pub fn is_tcp(&self) -> bool {
        self.protocol == "TCP"
    }

    /// The number, where a port can have it.
    pub fn port(&self) -> Option<u16> {
        self.number.and_then(number)
    }

    /// Whether `target` (a name or a number) means this port.
    pub fn is(&self, target: &str) -> bool {
        let is_named = !self.name.is_empty() && self.name == target;
        is_named
            || self
                .number
                .is_some_and(|number| target.parse() == Ok(number))
    }
}

impl<'r> Container<'r> {
    /// The ports it declares.
    pub fn ports(self) -> impl Iterator<Item = ContainerPort<'r>> {
        self.node
            .get("ports")
            .into_iter()
            .flat_map(Node::items)
            .map(|port| {
                let text = |key| {
                    port.get(key)
                        .filter(|node| !node.is_null())
                        .and_then(Node::text)
                };
                ContainerPort {
                    name: text("name").unwrap_or_default(),
                    number: port.get("containerPort").and_then(Node::as_i64),
                    protocol: text("protocol").unwrap_or(Cow::Borrowed("TCP")),
                }
            })
    }
}

/// The Services of an input by namespace and the rarest label that each one asks for, so that a pod meets only
/// those that may select it. A label that all Services ask for, as a chart's release, tells little.
#[derive(Debug)]
pub(crate) struct ServiceIndex(BTreeMap<String, Vec<usize>>);

impl ServiceIndex {
    pub(crate) fn new(resources: &Resources<'_>) -> Self {
        let is_service = |object: &&Resource<'_>| object.is("", "Service") && !object.is_local();
        let keys = |resource| {
            let namespace = resources.namespace_of(resource);
            let selector = Service { resource }.selector();
            selector
                .map(|(label, value)| key(namespace, &label, &value))
                .collect::<Vec<_>>()
        };
        let services = resources.all().filter(is_service);
        let services: Vec<_> = services
            .map(|resource| (resource.number, keys(resource)))
            .collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for key in services.iter().flat_map(|(_, keys)| keys) {
            *counts.entry(key).or_default() += 1;
        }
        let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, keys) in &services {
            let rarest = keys.iter().min_by_key(|key| counts.get(key.as_str()));
            if let Some(key) = rarest {
                index.entry(key.clone()).or_default().push(*number);
            }
        }
        Self(index)
    }

    /// Numbers of the Services that select `pod`, in the order of the input.
    pub(crate) fn of_pod(&self, pod: Pod<'_>) -> Vec<usize> {
        let resources = pod.resources;
        let Some(owner) = pod.template_owner() else {
            return Vec::new();
        };
        let namespace = resources.namespace_of(owner);
        let selects = |number: &usize| {
            let resource = resources.get(*number);
            resource.is_some_and(|resource| Service { resource }.selects(pod))
        };
        let mut found = Vec::new();
        for (label, value) in pod.labels().iter() {
            let numbers = self.0.get(&key(namespace, &label, &value));
            let numbers = numbers.into_iter().flatten().copied();
            found.extend(numbers.filter(selects));
        }
        found.order();
        found
    }
}

/// None of the parts may hold a line break where Kubernetes takes it; if one does, it fits no other's key by
/// more than chance, and `selects` decides.
fn key(namespace: &str, label: &str, value: &str) -> String {
    [namespace, label, value].join("\n")
}
