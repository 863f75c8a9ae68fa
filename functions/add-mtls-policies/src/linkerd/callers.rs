//! Who calls the ports of a workload.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Edge, Peer, Plan, Ports, Severity, Strength, Workload, json};

use super::identity::{self, Identity, Known};
use super::view::View;
use crate::config::{AuthorizationMode, Inference};

const WITHOUT_IDENTITY: &str = "caller-without-identity";
pub(super) const WITHOUT_ADDRESS: &str = "scraper-without-address";
const UNSTATED: &str = "unstated-call";

/// Who calls one port.
#[derive(Debug, Default)]
pub(super) struct Callers<'v> {
    /// Those that are stated.
    pub(super) identities: BTreeSet<Identity>,
    /// Whether Prometheus is among them.
    pub(super) is_scraped: bool,
    /// Stated ones that have no identity, and those that only a text tells of.
    pub(super) nobodies: BTreeMap<&'v Peer, &'v Edge>,
    /// Those that only a text tells of.
    pub(super) inferred: BTreeMap<Identity, &'v Edge>,
    /// Whether there is one whose identity nothing in the input tells.
    pub(super) has_unknown: bool,
    /// What the calls are known from.
    pub(super) evidence: BTreeSet<&'v str>,
    /// The statements that Prometheus scrapes.
    pub(super) scrapes: Vec<&'v Edge>,
}

impl<'v> Callers<'v> {
    fn add(&mut self, view: &View<'_, '_, '_>, edge: &'v Edge) {
        let is_stated = is_stated(view, edge);
        match identity::of(view, &edge.from) {
            Known::Nobody => {
                let known = self.nobodies.entry(&edge.from).or_insert(edge);
                // What is stated is told before what is guessed.
                if is_stated {
                    *known = edge;
                }
            }
            Known::Unknown => self.has_unknown = true,
            Known::Scraper => {
                self.is_scraped = true;
                self.scrapes.push(edge);
            }
            Known::Is(identity) if is_stated => {
                if edge.from == Peer::Scraper {
                    self.is_scraped = true;
                } else {
                    self.identities.insert(identity);
                }
            }
            Known::Is(identity) => {
                self.inferred.insert(identity, edge);
                return;
            }
        }
        let texts = edge.evidence.iter().map(|evidence| evidence.text.as_str());
        self.evidence.extend(texts);
    }

    /// Callers that a text tells of, and that nobody states.
    pub(super) fn unstated(&self) -> impl Iterator<Item = &'v Edge> {
        let is_covered =
            |identity: &Identity| self.identities.iter().any(|own| own.covers(identity));
        let inferred = self.inferred.iter();
        inferred
            .filter(move |(identity, _)| !is_covered(identity))
            .map(|(_, edge)| *edge)
    }
}

/// Whether a call is as good as stated.
fn is_stated(view: &View<'_, '_, '_>, edge: &Edge) -> bool {
    let authorization = &view.survey.run.authorization;
    let counts_all = authorization.mode == AuthorizationMode::Enforce
        && authorization.inference == Inference::Apply;
    counts_all || !is_inferred(edge)
}

/// Whether a text alone tells of a call.
pub(super) fn is_inferred(edge: &Edge) -> bool {
    let strongest = edge.evidence.first();
    strongest.is_some_and(|evidence| evidence.strength == Strength::Inferred)
}

/// Who calls each port of a workload. A call of any port is one of each that it serves.
pub(super) fn of<'v>(view: &'v View<'_, '_, '_>, workload: usize) -> BTreeMap<u16, Callers<'v>> {
    let mut found: BTreeMap<u16, Callers<'v>> = BTreeMap::new();
    for edge in view.edges_to(workload) {
        let ports: Vec<u16> = match &edge.ports {
            Ports::Some(ports) => ports.iter().copied().collect(),
            Ports::All => view.listeners(workload).map(|(port, _)| port).collect(),
        };
        for port in ports
            .into_iter()
            .filter(|port| !view.hides(workload, *port))
        {
            found.entry(port).or_default().add(view, edge);
        }
    }
    found
}

/// What is to be told about the callers of a workload, gathered so that each cause is told once.
#[derive(Debug, Default)]
pub(super) struct Complaints<'v> {
    nobodies: BTreeMap<&'v Peer, (&'v Edge, BTreeSet<u16>)>,
    unstated: BTreeMap<&'v Peer, (&'v Edge, BTreeSet<u16>)>,
    scrapes: BTreeMap<&'v Peer, (&'v Edge, BTreeSet<u16>)>,
}

impl<'v> Complaints<'v> {
    pub(super) fn nobodies(&mut self, callers: &Callers<'v>, port: u16) {
        for (peer, edge) in &callers.nobodies {
            note(&mut self.nobodies, peer, edge, port);
        }
    }

    pub(super) fn unstated(&mut self, callers: &Callers<'v>, port: u16) {
        for edge in callers.unstated() {
            note(&mut self.unstated, &edge.from, edge, port);
        }
    }

    pub(super) fn scrapes(&mut self, callers: &Callers<'v>, port: u16) {
        for edge in &callers.scrapes {
            note(&mut self.scrapes, &edge.from, edge, port);
        }
    }

    pub(super) fn tell<'r>(
        self,
        plan: &mut Plan,
        view: &View<'_, '_, 'r>,
        workload: &Workload<'r>,
    ) {
        for (edge, ports) in self.nobodies.values() {
            tell_nobody(plan, view, workload, edge, ports);
        }
        for (edge, ports) in self.scrapes.values() {
            let message = format!(
                "Prometheus scrapes port {} of {} from outside of Linkerd; say in `prometheus.cidrs` from which addresses",
                list(ports),
                label(workload)
            );
            let rule = (WITHOUT_ADDRESS, Severity::Error);
            at_evidence(plan, view, edge, rule, &message, None);
        }
        for (edge, ports) in self.unstated.values() {
            tell_unstated(plan, view, workload, edge, ports);
        }
    }
}

fn tell_nobody<'r>(
    plan: &mut Plan,
    view: &View<'_, '_, 'r>,
    workload: &Workload<'r>,
    edge: &Edge,
    ports: &BTreeSet<u16>,
) {
    let severity = if is_inferred(edge) {
        Severity::Warning
    } else {
        Severity::Error
    };
    let message = format!(
        "{} calls port {} and has no identity in Linkerd; take it into the mesh, or except the port by `peerAuthentication.exceptions`",
        identity::label(view, &edge.from),
        list(ports)
    );
    let place = workload.owner.place();
    plan.report(
        WITHOUT_IDENTITY,
        severity,
        workload.pod,
        &place,
        message,
        None,
    );
}

fn note<'v>(
    all: &mut BTreeMap<&'v Peer, (&'v Edge, BTreeSet<u16>)>,
    peer: &'v Peer,
    edge: &'v Edge,
    port: u16,
) {
    let (_, ports) = all.entry(peer).or_insert((edge, BTreeSet::new()));
    ports.insert(port);
}

fn tell_unstated<'r>(
    plan: &mut Plan,
    view: &View<'_, '_, 'r>,
    workload: &Workload<'r>,
    edge: &Edge,
    ports: &BTreeSet<u16>,
) {
    let caller = identity::label(view, &edge.from);
    let line = address(view, &edge.from, workload, ports);
    let message = format!(
        "{caller} seems to call {} on port {}, which nobody states, so that no policy is made that would cut it off; write `plimsoll.dev/calls: {line}` on {caller}",
        label(workload),
        list(ports)
    );
    let proposed = json!(line);
    at_evidence(
        plan,
        view,
        edge,
        (UNSTATED, Severity::Warning),
        &message,
        Some(&proposed),
    );
}

/// Tells something where the strongest evidence stands.
fn at_evidence(
    plan: &mut Plan,
    view: &View<'_, '_, '_>,
    edge: &Edge,
    (rule, severity): (&'static str, Severity),
    message: &str,
    proposed: Option<&sdk::Value>,
) {
    let resources = view.survey.resources;
    let callee = view.survey.graph.workload(edge.to);
    let own = callee.map(|callee| callee.owner.place());
    let place = edge
        .evidence
        .first()
        .and_then(|evidence| evidence.place.clone());
    let Some(place) = place.or(own) else { return };
    if let Some(object) = resources.get(place.resource) {
        plan.report(
            rule,
            severity,
            (object, resources),
            &place,
            message,
            proposed,
        );
    }
}

/// How a caller names these ports of a workload: by a Service that leads to them, or by the workload.
fn address(
    view: &View<'_, '_, '_>,
    peer: &Peer,
    workload: &Workload<'_>,
    ports: &BTreeSet<u16>,
) -> String {
    let caller = match peer {
        Peer::Workload(number) => view.survey.graph.workload(*number),
        _ => None,
    };
    let is_near = caller.is_some_and(|caller| caller.namespace == workload.namespace);
    let host = |name: &str| {
        if is_near {
            name.to_owned()
        } else {
            format!("{name}.{}", workload.namespace)
        }
    };
    let mut names = BTreeSet::new();
    for port in ports {
        let name = match view.service_to(workload.number, *port) {
            Some((service, number)) => format!("{}:{number}", host(service)),
            None => format!("{}:{port}", host(workload.name())),
        };
        names.insert(name);
    }
    names.into_iter().collect::<Vec<_>>().join(",")
}

pub(super) fn label(workload: &Workload<'_>) -> String {
    let (kind, name) = (workload.owner.kind(), workload.name());
    format!("{kind} {}/{name}", workload.namespace)
}

/// `8080, 9090`
pub(super) fn list(ports: &BTreeSet<u16>) -> String {
    let texts: Vec<String> = ports.iter().map(u16::to_string).collect();
    texts.join(", ")
}
