//! Pods of which a node can have just one.

use sdk::{Container, LabelSelector, Node, Pod, selects};

use crate::survey::Workload;

/// The label by which nodes differ.
pub(crate) const HOSTNAME: &str = "kubernetes.io/hostname";

/// Why a node can't have two pods of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crowding {
    HostPort,
    AntiAffinity,
}

impl Crowding {
    pub(super) fn of(workload: &Workload<'_>) -> Option<Self> {
        let any = |test: fn(Pod<'_>) -> bool| workload.pods.iter().any(|pod| test(*pod));
        if any(has_host_port) {
            return Some(Self::HostPort);
        }
        any(is_alone_on_host).then_some(Self::AntiAffinity)
    }
}

/// With the node's network each port is one of the node's.
fn has_host_port(pod: Pod<'_>) -> bool {
    let on_host = pod.get("hostNetwork").and_then(Node::as_bool) == Some(true);
    let is_taken = |container: Container<'_>| {
        let ports = container.get("ports").into_iter().flat_map(Node::items);
        let host_ports = ports.filter_map(|port| port.get("hostPort")?.as_i64());
        let mut host_ports = host_ports.filter(|port| *port > 0);
        host_ports.next().is_some() || (on_host && container.ports().next().is_some())
    };
    pod.containers().any(is_taken)
}

/// Whether a required anti-affinity keeps the pods of any two versions from sharing a node.
fn is_alone_on_host(pod: Pod<'_>) -> bool {
    let field = "requiredDuringSchedulingIgnoredDuringExecution";
    let terms = anti_affinity_terms(pod, field);
    terms.into_iter().any(|term| {
        let key = term.get("topologyKey").and_then(Node::text);
        key.is_some_and(|key| key == HOSTNAME) && is_about_itself(pod, term)
    })
}

/// The terms of a pod's anti-affinity.
fn anti_affinity_terms<'r>(pod: Pod<'r>, field: &str) -> Vec<Node<'r>> {
    let affinity = pod.get("affinity");
    let terms = affinity.and_then(|affinity| affinity.at(&["podAntiAffinity", field]));
    terms.into_iter().flat_map(Node::items).collect()
}

/// Whether a term is about the pod's own labels, in whatever version it is. Without a selector it is about no pod.
fn is_about_itself(pod: Pod<'_>, term: Node<'_>) -> bool {
    let keys = |field: &str| term.get(field).into_iter().flat_map(Node::items);
    let keys = keys("matchLabelKeys").chain(keys("mismatchLabelKeys"));
    let mut keys = keys.filter_map(Node::text);
    let selector = term.get("labelSelector").and_then(LabelSelector::of_node);
    let selector = selector.and_then(|selector| selector.compile().ok());
    selector.is_some_and(|selector| selects(&selector, pod.labels()))
        && !keys.any(|key| key.ends_with("pod-template-hash"))
}
