//! Rules about traffic where no sidecar reads them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use sdk::{Collect as _, Mesh, Node, Peer, Plan, Resource, ServiceNode, Severity, Waypoint};

use super::AMBIENT_RULE;
use super::policies::is_meant;
use crate::survey::Survey;

const GROUP: &str = "networking.istio.io";

pub(super) fn check<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    let is_ambient = |enrolment: &sdk::Enrolment| enrolment.provider == Mesh::IstioAmbient;
    if !survey.enrolments.iter().any(is_ambient) {
        return;
    }
    let readers = Readers::new(survey);
    for object in survey.resources.all() {
        let is_rule = object.is(GROUP, "DestinationRule") || object.is(GROUP, "VirtualService");
        if is_rule && is_meant(survey, object) && !object.is_local() {
            check_one(plan, survey, &readers, object);
        }
    }
}

/// The numbers of workloads that a sidecar or gateway is known to call: those read rules for whomever they call.
struct Readers(BTreeSet<usize>);

impl Readers {
    fn new(survey: &Survey<'_, '_>) -> Self {
        let edges = survey.edges.edges.iter();
        let is_reader = |peer: &Peer| match peer {
            Peer::Gateway { .. } => true,
            Peer::Workload(number) => {
                let caller = survey.enrolments.get(*number);
                caller.is_some_and(|caller| caller.provider == Mesh::IstioSidecar)
            }
            _ => false,
        };
        Self(
            edges
                .filter(|edge| is_reader(&edge.from))
                .map(|edge| edge.to)
                .into_set(),
        )
    }

    fn call(&self, node: &ServiceNode<'_>) -> bool {
        node.workloads.iter().any(|number| self.0.contains(number))
    }
}

fn check_one<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    readers: &Readers,
    rule: &'r Resource<'r>,
) {
    let hosts = hosts(rule).into_iter();
    let nodes = hosts.filter_map(|host| {
        let namespace = survey.resources.namespace_of(rule);
        survey.graph.host(namespace, &host)
    });
    let nodes: Vec<_> = nodes
        .filter(|node| is_ambient(survey, node) && !readers.call(node))
        .collect();
    let Some(node) = nodes.first() else { return };
    let message = format!(
        "is for Service \"{}/{}\", whose pods are in ambient mode: {}",
        node.namespace,
        node.name(),
        effect(survey, node)
    );
    let field = if rule.kind() == "DestinationRule" {
        "host"
    } else {
        "hosts"
    };
    let place = rule.place().field("spec").field(field);
    let subject = (rule, survey.resources);
    plan.report(
        AMBIENT_RULE,
        Severity::Warning,
        subject,
        &place,
        message,
        None,
    );
}

/// What becomes of a rule.
fn effect<'r>(survey: &Survey<'r, 'r>, node: &ServiceNode<'r>) -> &'static str {
    match Waypoint::of_service(node, &survey.namespaces) {
        Waypoint::Gateway { .. } => {
            "the waypoint reads it, but this mix with ambient mode is no stable feature of Istio's; prefer the kinds \
             of the Gateway API"
        }
        Waypoint::None => {
            "nobody reads it there without a waypoint; label the Service or its namespace with `istio.io/use-waypoint`"
        }
        Waypoint::Unknown => {
            "nobody reads it there unless there is a waypoint; make sure that there is one"
        }
    }
}

fn is_ambient<'r>(survey: &Survey<'r, 'r>, node: &ServiceNode<'r>) -> bool {
    let mut numbers = node.workloads.iter();
    numbers.any(|number| {
        let enrolment = survey.enrolments.get(*number);
        enrolment.is_some_and(|enrolment| enrolment.provider == Mesh::IstioAmbient)
    })
}

/// The hosts that a rule is for within the mesh.
fn hosts<'r>(rule: &'r Resource<'r>) -> Vec<Cow<'r, str>> {
    let field = |name| rule.node.at(&["spec", name]);
    if rule.kind() == "DestinationRule" {
        return field("host").and_then(Node::text).into_iter().collect();
    }
    let mut gateways = field("gateways")
        .into_iter()
        .flat_map(Node::items)
        .peekable();
    let is_for_mesh = gateways.peek().is_none()
        || gateways
            .filter_map(Node::text)
            .any(|gateway| gateway == "mesh");
    let hosts = field("hosts").filter(|_| is_for_mesh);
    let hosts = hosts.into_iter().flat_map(Node::items);
    hosts.filter_map(Node::text).collect()
}
