//! Calls as they are found, and the Services and workloads that they reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yaml::order::{Collect as _, Order as _};

use super::Graph;
use super::edge::{
    Edge, EdgeMistake, EdgeMistakeKind, EdgeOptions, Edges, Evidence, HttpMatch, Peer, Ports,
    Strength,
};
use super::service_node::{NodePort, ServiceNode};
use super::workload::Workload;
use crate::resource::{Place, Resource};

/// A Service that is another name for a Service that is another name…: more of them is a circle.
const MOST_NAMES: usize = 4;

/// All calls that were found so far.
#[derive(Debug)]
pub(super) struct Calls<'g, 'r> {
    pub(super) graph: &'g Graph<'r>,
    pub(super) options: EdgeOptions<'g>,
    /// Where requests for a Service, by its number among all objects, go as well.
    redirects: BTreeMap<usize, Vec<Redirect<'g, 'r>>>,
    /// One for each time that a call was found, in that order.
    edges: Vec<Edge>,
    mistakes: Vec<EdgeMistake>,
    outgoing: BTreeMap<usize, BTreeSet<String>>,
}

/// A Service with the port that is asked for, if only one is.
pub(super) type Redirect<'g, 'r> = (&'g ServiceNode<'r>, Option<String>);

/// What a name of a callee means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Callee<'g, 'r> {
    /// A workload.
    Workload(&'g Workload<'r>),
    /// A Service.
    Service(&'g ServiceNode<'r>),
}

/// Who calls, what for, and how that is known.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) from: Peer,
    pub(super) http: Vec<HttpMatch>,
    pub(super) evidence: Arc<Evidence>,
}

impl Call {
    pub(super) fn new(from: Peer, evidence: impl Into<Arc<Evidence>>) -> Self {
        Self {
            from,
            http: Vec::new(),
            evidence: evidence.into(),
        }
    }
}

impl Edge {
    /// What makes two calls the same edge: caller, callee, requests.
    fn identity(&self) -> (&Peer, usize, &[HttpMatch]) {
        (&self.from, self.to, &self.http)
    }
}

impl Evidence {
    pub(super) fn new(strength: Strength, text: String, place: Place) -> Self {
        Self {
            strength,
            text,
            place: Some(place),
        }
    }
}

impl<'g, 'r> Calls<'g, 'r> {
    pub(super) fn new(graph: &'g Graph<'r>, options: EdgeOptions<'g>) -> Self {
        Self {
            graph,
            options,
            redirects: BTreeMap::new(),
            edges: Vec::new(),
            mistakes: Vec::new(),
            outgoing: BTreeMap::new(),
        }
    }

    /// Room for what a part of the callers calls, found beside other parts.
    pub(super) fn begin_part(&self) -> Self {
        Self {
            redirects: self.redirects.clone(),
            ..Self::new(self.graph, self.options)
        }
    }

    /// Adds what was found of a part.
    pub(super) fn append(&mut self, part: Self) {
        self.edges.extend(part.edges);
        self.mistakes.extend(part.mistakes);
        for (caller, hosts) in part.outgoing {
            self.outgoing.entry(caller).or_default().extend(hosts);
        }
    }

    /// What was found: mistakes in the order of the input, evidence with the strongest first.
    pub(super) fn finish(mut self) -> Edges {
        self.mistakes
            .order_by(|one, other| (&one.place, &one.message).cmp(&(&other.place, &other.message)));
        self.mistakes.dedup();
        self.edges
            .order_by(|one, other| one.identity().cmp(&other.identity()));
        self.edges.dedup_by(|next, edge| {
            let is_same = next.identity() == edge.identity();
            if is_same {
                edge.ports.merge(next.ports.clone());
                edge.evidence.append(&mut next.evidence);
            }
            is_same
        });
        for edge in &mut self.edges {
            edge.evidence.order();
            edge.evidence.dedup();
        }
        Edges {
            edges: self.edges,
            mistakes: self.mistakes,
            outgoing: self.outgoing,
        }
    }

    pub(super) fn mistake(&mut self, kind: EdgeMistakeKind, place: Place, message: String) {
        self.mistakes.push(EdgeMistake {
            kind,
            place,
            message,
        });
    }

    /// Requests for `node` go to other Services as well.
    pub(super) fn redirect(&mut self, node: &ServiceNode<'r>, to: &[Redirect<'g, 'r>]) {
        let redirects = self.redirects.entry(node.service.resource.number);
        redirects.or_default().extend(to.iter().cloned());
    }

    /// A call of a host outside of the cluster.
    pub(super) fn call_outside(&mut self, from: &Peer, host: &str) {
        if let Peer::Workload(number) = from {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            self.outgoing.entry(*number).or_default().insert(host);
        }
    }

    /// A call of a workload.
    pub(super) fn call_workload(&mut self, call: &Call, to: usize, ports: Ports) {
        self.edges.push(Edge {
            from: call.from.clone(),
            to,
            ports,
            http: call.http.clone(),
            evidence: vec![Arc::clone(&call.evidence)],
        });
    }

    /// A call of a Service and, if one is named, of that port of it. Whether it reaches a workload.
    pub(super) fn call_service(
        &mut self,
        call: &Call,
        node: &'g ServiceNode<'r>,
        port: Option<&str>,
    ) -> bool {
        let redirects = self.redirects.get(&node.service.resource.number);
        let mut is_reached = false;
        for (node, port) in redirects.cloned().unwrap_or_default() {
            is_reached |= self.call_directly(call, node, port.as_deref());
        }
        self.call_directly(call, node, port) || is_reached
    }

    /// The same without what routes within the mesh do.
    fn call_directly(
        &mut self,
        call: &Call,
        node: &'g ServiceNode<'r>,
        port: Option<&str>,
    ) -> bool {
        let Some(node) = self.behind_names(call, node) else {
            return true;
        };
        for workload in &node.workloads {
            self.call_workload(call, *workload, container_ports(node, *workload, port));
        }
        !node.workloads.is_empty()
    }

    /// The Service that a Service is another name for; none where that is a host outside of the cluster.
    fn behind_names(
        &mut self,
        call: &Call,
        node: &'g ServiceNode<'r>,
    ) -> Option<&'g ServiceNode<'r>> {
        let mut node = node;
        for _ in 0..MOST_NAMES {
            let Some(host) = node.external_name() else {
                return Some(node);
            };
            // The name is absolute, whether it ends in a dot or not.
            let host = host.trim_end_matches('.');
            let is_full = self.graph.is_in_cluster_domain(host);
            match self.graph.host(node.namespace, host).filter(|_| is_full) {
                Some(next) => node = next,
                None if is_full => return Some(node),
                None => {
                    self.call_outside(&call.from, host);
                    return None;
                }
            }
        }
        Some(node)
    }

    /// What `from` calls by a name.
    pub(super) fn callee(
        &self,
        from: &Resource<'r>,
        namespace: &str,
        name: &str,
    ) -> Option<Callee<'g, 'r>> {
        let workload = self.graph.workload_for(from, namespace, name);
        let service = || self.graph.service_for(from, namespace, name);
        workload
            .map(Callee::Workload)
            .or_else(|| service().map(Callee::Service))
    }

    /// The numbers of the workloads that a name means: all templates of an owner, or all that a Service selects.
    pub(super) fn workloads_called(
        &self,
        from: &Resource<'r>,
        namespace: &str,
        name: &str,
    ) -> Vec<usize> {
        match self.callee(from, namespace, name) {
            Some(Callee::Workload(workload)) => self.templates_of(workload).collect(),
            Some(Callee::Service(node)) => node.workloads.clone(),
            None => Vec::new(),
        }
    }

    /// The numbers of all templates of a workload's owner, which stand in a row.
    pub(super) fn templates_of(
        &self,
        first: &Workload<'r>,
    ) -> impl Iterator<Item = usize> + use<'g, 'r> {
        let owner = first.owner.number;
        let rest = self.graph.workloads().get(first.number..);
        let rest = rest.unwrap_or_default().iter();
        rest.take_while(move |workload| workload.owner.number == owner)
            .map(|workload| workload.number)
    }
}

/// The container ports of a workload that a port of a Service leads to, or any port of it.
///
/// Where a Service has no such port, nothing answers there; then all of its ports count, so that nothing is cut
/// off by a slip.
fn container_ports(node: &ServiceNode<'_>, workload: usize, port: Option<&str>) -> Ports {
    let is_asked = |own: &&NodePort<'_>| port.is_none_or(|port| own.is(port));
    let mut asked: Vec<&NodePort<'_>> = node.ports.iter().filter(is_asked).collect();
    let mut ports = BTreeSet::new();
    if node.is_headless() {
        // Callers reach pods by their own addresses, so the port they name is the container's.
        ports.extend(port.and_then(|port| port.parse::<u16>().ok()));
        ports.extend(asked.iter().filter_map(|port| port.number));
    }
    if asked.is_empty() && ports.is_empty() {
        asked = node.ports.iter().collect();
    }
    for port in asked {
        // They stand in the order of the workloads.
        let found = port
            .targets
            .binary_search_by_key(&workload, |(number, _)| *number);
        match found.ok().and_then(|at| port.targets.get(at)) {
            Some((_, Some(number))) => ports.insert(*number),
            Some((_, None)) => return Ports::All,
            None => continue,
        };
    }
    if ports.is_empty() {
        Ports::All
    } else {
        Ports::Some(ports)
    }
}

impl Workload<'_> {
    /// The container ports that a name or number means: of the Services in front of it, else of its containers.
    pub(super) fn ports_called(&self, port: &str) -> BTreeSet<u16> {
        let services = self.pod.services();
        let of_services = services.iter().flat_map(|service| service.ports());
        let is_asked =
            |number: Option<u16>| number.is_some_and(|number| port.parse() == Ok(number));
        let asked = of_services.filter(|own| own.name == port || is_asked(own.number));
        let ports: BTreeSet<u16> = asked
            .filter_map(|own| {
                self.container_port_of(&own.target, Some(&own.protocol))
                    .number()
            })
            .into_set();
        if !ports.is_empty() {
            return ports;
        }
        self.container_port(port).number().into_iter().into_set()
    }
}

impl Graph<'_> {
    /// Whether a host ends as the names of Services in full do.
    pub(super) fn is_in_cluster_domain(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        host.strip_suffix(self.cluster_domain.as_str())
            .is_some_and(|before| before.ends_with(".svc."))
    }
}
