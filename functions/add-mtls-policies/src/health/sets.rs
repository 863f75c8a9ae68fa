//! Pods of one StatefulSet that talk to each other.

use std::collections::BTreeSet;

use sdk::{
    Collect as _, ContainerPort, Interception, Mesh, Node, Peer, Plan, ServiceNode, Severity,
    Workload, json,
};

use super::{PEER_PORT_WITHOUT_SERVICE, PEERS_NOT_PUBLISHED};
use crate::istio::Mode;
use crate::peer::{Exposure, has_sidecar, is_about_metrics, is_port_of_exporter};
use crate::survey::Survey;

/// Words in names of ports that only peers use.
const OF_PEERS: [&str; 14] = [
    "cluster",
    "clustering",
    "controller",
    "election",
    "epmd",
    "gossip",
    "inter",
    "internal",
    "interbroker",
    "peer",
    "peers",
    "raft",
    "replication",
    "transport",
];

pub(super) fn check<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    let exposure = Exposure::new(survey.graph);
    let selves: BTreeSet<usize> = survey
        .edges
        .edges
        .iter()
        .filter(|edge| edge.from == Peer::Workload(edge.to))
        .map(|edge| edge.to)
        .into_set();
    for number in selves {
        let workload = survey.graph.workload(number);
        let set = workload.and_then(|workload| Some((workload, governing(survey, workload)?)));
        if let Some((workload, node)) = set {
            check_ports(plan, survey, &exposure, (workload, node));
            check_publishing(plan, survey, workload, node);
        }
    }
}

/// The Service that gives the pods their names, where the workload is in the mesh with sidecars. In ambient mode
/// pods find each other by their addresses.
fn governing<'s, 'r>(
    survey: &'s Survey<'r, 'r>,
    workload: &Workload<'r>,
) -> Option<&'s ServiceNode<'r>> {
    let is_meant = has_sidecar(survey, workload);
    let owner = workload.owner;
    let name = owner
        .node
        .at(&["spec", "serviceName"])
        .filter(|_| is_meant)?
        .text()?;
    let node = survey.graph.service_for(owner, workload.namespace, &name)?;
    let is_meant = node.is_headless() && survey.is_in_scope(node.service.resource);
    is_meant.then_some(node)
}

/// A sidecar knows pods behind a headless Service by the ports of the Service; what goes to others goes in plain
/// text.
fn check_ports<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    exposure: &Exposure<'_, 'r>,
    (workload, node): (&Workload<'r>, &ServiceNode<'r>),
) {
    let missing = missing(survey, exposure, workload, node);
    if missing.is_empty() {
        return;
    }
    let missing: Vec<String> = missing.iter().map(u16::to_string).collect();
    let message = format!(
        "the pods of StatefulSet \"{}\" talk to each other at port {}, which must be among its ports: to any other \
         port a sidecar sends plain text, which they refuse",
        workload.name(),
        missing.join(", ")
    );
    let place = node.service.resource.place().field("spec").field("ports");
    plan.report(
        PEER_PORT_WITHOUT_SERVICE,
        Severity::Warning,
        (node.service.resource, survey.resources),
        &place,
        message,
        None,
    );
}

/// The ports among peers that accept mutual TLS alone and that the Service lacks.
fn missing<'r>(
    survey: &Survey<'r, 'r>,
    exposure: &Exposure<'_, 'r>,
    workload: &Workload<'r>,
    node: &ServiceNode<'r>,
) -> BTreeSet<u16> {
    let told = Interception::of(workload, &survey.namespaces, Mesh::IstioSidecar);
    let targets = node.ports.iter().flat_map(|port| &port.targets);
    let known: BTreeSet<u16> = targets
        .filter_map(|(number, target)| target.filter(|_| *number == workload.number))
        .into_set();
    let is_refused = |port: &u16| {
        let (mode, _) = survey.servers.mode(workload, false, Some(*port));
        mode == Mode::Strict && !told.inbound.hides(*port) && !known.contains(port)
    };
    let ports = workload.ports();
    let of_peers = ports.filter(|port| is_for_peers(exposure, workload, port));
    of_peers
        .filter_map(|port| port.port())
        .filter(is_refused)
        .into_set()
}

/// A port that no Service leads to and that isn't for metrics is for peers, as is one whose name says so.
fn is_for_peers<'r>(
    exposure: &Exposure<'_, 'r>,
    workload: &Workload<'r>,
    port: &ContainerPort<'r>,
) -> bool {
    let Some(number) = port.port().filter(|_| port.is_tcp()) else {
        return false;
    };
    let is_named = port.name.split('-').any(|word| OF_PEERS.contains(&word));
    let is_alone = exposure.of(workload.number, number).is_empty();
    is_named || (is_alone && !is_about_metrics(&port.name) && !is_port_of_exporter(number))
}

/// Peers that wait for each other before they are ready must find each other before they are.
fn check_publishing<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    workload: &Workload<'r>,
    node: &ServiceNode<'r>,
) {
    let replicas = workload.owner.node.at(&["spec", "replicas"]);
    let is_one = replicas
        .and_then(Node::as_i64)
        .is_some_and(|replicas| replicas < 2);
    if is_one || node.service.publishes_not_ready() {
        return;
    }
    let message = format!(
        "the pods of StatefulSet \"{}\" can't find each other before they are ready, which they may never be without \
         each other; set `publishNotReadyAddresses: true`",
        workload.name()
    );
    let subject = (node.service.resource, survey.resources);
    let place = node
        .service
        .resource
        .place()
        .field("spec")
        .field("publishNotReadyAddresses");
    let proposed = json!(true);
    plan.report(
        PEERS_NOT_PUBLISHED,
        Severity::Warning,
        subject,
        &place,
        message,
        Some(&proposed),
    );
}
