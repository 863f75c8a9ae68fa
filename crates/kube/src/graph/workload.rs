//! Workloads: pod templates with who they are and what they listen on.

use std::borrow::Cow;
use std::collections::BTreeMap;

use yaml::Node;
use yaml::order::Collect as _;

use crate::kinds::Template;
use crate::resource::{Resource, Resources};
use crate::service::ContainerPort;
use crate::workload::{ContainerType, Pod};

/// Labels that tell the pods of one version of a workload from those of another.
const OF_ONE_VERSION: [&str; 4] = [
    "version",
    "pod-template-hash",
    "controller-revision-hash",
    "rollouts-pod-template-hash",
];

/// A pod template that reaches a cluster.
#[derive(Clone, Debug)]
pub struct Workload<'r> {
    /// The position among all workloads of the graph.
    pub number: usize,
    /// The template.
    pub pod: Pod<'r>,
    /// The object that holds the template.
    pub owner: &'r Resource<'r>,
    /// The namespace that the pods are in.
    pub namespace: &'r str,
    /// The name of the ServiceAccount that the pods run as.
    pub account: Cow<'r, str>,
}

/// What a port's name or number means in a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerTarget {
    /// This container port.
    Number(u16),
    /// Nothing: no container has a port of that name, or it is no number of a port.
    Unknown,
    /// Different ports: containers have ports of the same name but other numbers.
    Ambiguous,
}

impl ContainerTarget {
    /// The container port, where it is one.
    pub fn number(self) -> Option<u16> {
        match self {
            Self::Number(number) => Some(number),
            Self::Unknown | Self::Ambiguous => None,
        }
    }
}

impl<'r> Workload<'r> {
    fn new(number: usize, pod: Pod<'r>) -> Option<Self> {
        let owner = pod.template_owner().filter(|owner| runs_pods(owner))?;
        Some(Self {
            number,
            pod,
            owner,
            namespace: pod.resources.namespace_of(owner),
            account: account(pod),
        })
    }

    /// The name of the owner.
    pub fn name(&self) -> &'r str {
        self.owner.name()
    }

    /// Whether the pods share the network of their node.
    pub fn is_host_network(&self) -> bool {
        self.pod.get("hostNetwork").and_then(Node::as_bool) == Some(true)
    }

    /// Whether the template has the labels of the pods. Where an operator makes the pods from an object that is
    /// no template, the labels are those of the object.
    pub(crate) fn is_template(&self) -> bool {
        self.pod.template() != Template::Partial || !self.pod.entry.path.0.is_empty()
    }

    /// The labels that all pods of the workload have, from version to version: what its own selector asks for,
    /// which nobody can change, or else all labels but those that tell versions apart. May be empty.
    pub fn stable_labels(&self) -> BTreeMap<String, String> {
        if !self.is_template() {
            return BTreeMap::new();
        }
        let mut labels = self.pod.labels().to_map();
        let selected: BTreeMap<String, String> = self
            .selector()
            .filter(|(key, value)| labels.get(key.as_ref()).is_some_and(|own| own == value))
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .into_map();
        if !selected.is_empty() {
            return selected;
        }
        labels.retain(|key, _| !OF_ONE_VERSION.contains(&key.as_str()));
        labels
    }

    /// The labels that the owner's selector asks for: a label selector's or, in older kinds, a plain map.
    fn selector(&self) -> impl Iterator<Item = (Cow<'r, str>, Cow<'r, str>)> {
        let selector = self.owner.node.at(&["spec", "selector"]);
        let labels = selector.and_then(|selector| selector.get("matchLabels"));
        let entries = labels.or(selector).into_iter().flat_map(Node::fields);
        entries.filter_map(|(key, value)| Some((key.text()?, value.text()?)))
    }

    /// The ports that its containers declare, sidecars first; those of init containers that end serve nobody.
    pub fn ports(&self) -> impl Iterator<Item = ContainerPort<'r>> {
        let containers = self.pod.containers();
        let lasting = containers.filter(|container| container.kind() != ContainerType::Init);
        lasting.flat_map(crate::workload::Container::ports)
    }

    /// What a port's name or number means; a number means itself, whether a container declares it or not.
    pub fn container_port(&self, target: &str) -> ContainerTarget {
        self.container_port_of(target, None)
    }

    /// The same for one protocol, as a Service asks.
    pub fn container_port_of(&self, target: &str, protocol: Option<&str>) -> ContainerTarget {
        if let Ok(number) = target.parse::<u16>() {
            return match number {
                0 => ContainerTarget::Unknown,
                number => ContainerTarget::Number(number),
            };
        }
        if target.is_empty() {
            return ContainerTarget::Unknown;
        }
        let is_meant = |port: &ContainerPort<'_>| {
            port.name == target && protocol.is_none_or(|protocol| port.protocol == protocol)
        };
        let mut numbers = self.ports().filter(is_meant).filter_map(|port| port.port());
        match numbers.next() {
            None => ContainerTarget::Unknown,
            Some(number) if numbers.all(|other| other == number) => ContainerTarget::Number(number),
            Some(_) => ContainerTarget::Ambiguous,
        }
    }
}

/// Every pod template that reaches a cluster, in the order of the input.
pub(super) fn all<'r>(resources: &'r Resources<'r>) -> Vec<Workload<'r>> {
    let mut workloads = Vec::new();
    for pod in resources.pods() {
        workloads.extend(Workload::new(workloads.len(), pod));
    }
    workloads
}

/// Whether pods come of the object: not of what is for tools, nor of what others only make theirs from.
fn runs_pods(owner: &Resource<'_>) -> bool {
    let is_pattern = matches!(
        (owner.group(), owner.kind()),
        ("", "PodTemplate")
            | ("apps.kruise.io", "SidecarSet")
            | ("clickhouse.altinity.com", "ClickHouseInstallationTemplate")
            | (
                "trainer.kubeflow.org",
                "TrainingRuntime" | "ClusterTrainingRuntime"
            )
    );
    !owner.is_local() && !is_pattern
}

/// The API server takes the older of the two fields only where the newer one is empty.
fn account(pod: Pod<'_>) -> Cow<'_, str> {
    let field = |name| {
        pod.get(name)
            .filter(|node| !node.is_null())
            .and_then(Node::text)
            .filter(|text| !text.is_empty())
    };
    field("serviceAccountName")
        .or_else(|| field("serviceAccount"))
        .unwrap_or(Cow::Borrowed("default"))
}
