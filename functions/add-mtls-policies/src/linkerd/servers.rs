//! Servers that authors made.

use std::collections::BTreeMap;

use sdk::yaml::read_all;
use sdk::{Graph, LabelSelector, Node, Order as _, Resource, Workload, selects};

use super::inbound::InboundPolicy;
use super::objects::{GROUP, is_made_here};
use super::pods::Pods;
use crate::survey::Survey;

/// A Server of an author, with what it covers.
#[derive(Debug)]
pub(super) struct Server<'r> {
    pub(super) resource: &'r Resource<'r>,
    pub(super) namespace: &'r str,
    /// The workloads that it selects, with the container ports that it means there.
    pub(super) covers: Vec<(usize, Vec<u16>)>,
}

/// The Servers of authors.
#[derive(Debug, Default)]
pub(super) struct Servers<'r> {
    pub(super) all: Vec<Server<'r>>,
    /// Positions in `all` by workload and container port. Of several Servers the oldest one counts, which manifests
    /// don't tell, and after that the first by name: linkerd policy-controller/k8s/index/src/inbound/index.rs,
    /// `Pod::reindex_servers`. The admission webhook has let overlapping ones pass since edge-25.2.2 (commit
    /// 4190abae7edaee4d868b9d8d25a4403c27b2b5ee), so a second one would be ignored in silence.
    by_port: BTreeMap<(usize, u16), usize>,
}

impl Server<'_> {
    /// What it lets in beyond what policies let in, where that means something.
    pub(super) fn access(&self) -> Option<InboundPolicy> {
        let told = self.resource.node.at(&["spec", "accessPolicy"])?;
        InboundPolicy::parse(&told.text()?)
    }
}

impl<'r> Servers<'r> {
    pub(super) fn new(survey: &Survey<'_, 'r>, pods: &Pods) -> Self {
        let objects = survey.resources.all();
        let authored = objects.filter(|object| {
            object.is(GROUP, "Server") && !object.is_local() && !is_made_here(object)
        });
        let mut all: Vec<Server<'r>> = authored
            .map(|resource| Server {
                resource,
                namespace: survey.resources.namespace_of(resource),
                covers: covers(survey, pods, resource),
            })
            .collect();
        all.order_by_key(|server| (server.namespace, server.resource.name()));
        let mut by_port = BTreeMap::new();
        for (position, server) in all.iter().enumerate() {
            for (workload, ports) in &server.covers {
                for port in ports {
                    by_port.entry((*workload, *port)).or_insert(position);
                }
            }
        }
        Self { all, by_port }
    }

    /// The Server that holds for a port.
    pub(super) fn of(&self, workload: usize, port: u16) -> Option<&Server<'r>> {
        self.all.get(*self.by_port.get(&(workload, port))?)
    }
}

/// A selector without requirements selects every pod, one with a requirement that means nothing selects none, and a
/// Server without `podSelector` is for what is no pod: linkerd policy-controller/k8s/api/src/policy/server.rs,
/// `Selector`, and policy-controller/k8s/api/src/labels.rs, `Expression::matches`.
fn covers(survey: &Survey<'_, '_>, pods: &Pods, server: &Resource<'_>) -> Vec<(usize, Vec<u16>)> {
    let selector = server.node.at(&["spec", "podSelector"]);
    let selector = selector.and_then(|node| read_all::<LabelSelector>(node, &[]).0);
    let compiled = selector.as_ref().and_then(|all| all.compile().ok());
    let port = server.node.at(&["spec", "port"]).and_then(Node::text);
    let (Some(selector), Some(compiled), Some(port)) = (selector, compiled, port) else {
        return Vec::new();
    };
    let namespace = survey.resources.namespace_of(server);
    let candidates = pods.candidates(namespace, &selector.match_labels).iter();
    let workloads = candidates.filter_map(|number| survey.graph.workload(*number));
    workloads
        .filter(|workload| selects(&compiled, workload.pod.labels()))
        .map(|workload| (workload.number, numbers(workload, &port)))
        .collect()
}

/// A name may mean several ports: the same file, `Pod::select_ports`.
fn numbers(workload: &Workload<'_>, port: &str) -> Vec<u16> {
    if let Ok(number) = port.parse() {
        return vec![number];
    }
    let ports = workload.ports();
    let named = ports.filter(|own| own.is_tcp() && own.name == port);
    let mut numbers: Vec<u16> = named.filter_map(|own| own.port()).collect();
    numbers.order();
    numbers.dedup();
    numbers
}

/// The numbers of workloads that share a namespace and these labels, but for one.
pub(super) fn others_with<'g, 'r>(
    graph: &'g Graph<'r>,
    pods: &Pods,
    workload: &Workload<'r>,
    labels: &BTreeMap<String, String>,
) -> Option<&'g Workload<'r>> {
    let candidates = pods.candidates(workload.namespace, labels).iter();
    let others = candidates.filter(|number| **number != workload.number);
    let mut others = others.filter_map(|number| graph.workload(*number));
    others.find(|other| super::pods::have(other, labels))
}
