//! Exceptions for metrics: a Prometheus outside of the mesh can't scrape a port that asks for mutual TLS.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{
    Collect as _, Edge, Evidence, Interception, Mesh, Node, Peer, Place, Plan, Ports, Severity,
    Workload,
};

use super::ports::{Wishes, inherited};
use super::{Exposure, SHARED_METRICS_PORT, has_sidecar, takes_part};
use crate::config::Scope;
use crate::istio::Mode;
use crate::survey::Survey;

/// Ports of the sidecar itself, which it doesn't guard.
///
/// istio: tools/istio-iptables/pkg/capture/run.go, and the injection template: `excludeInboundPorts`.
const OF_SIDECAR: [u16; 3] = [15020, 15021, 15090];
const MERGE: &str = "prometheus.istio.io/merge-metrics";

/// Adds the ports that are scraped and there for nothing else, and tells of those that serve others too.
pub(super) fn add<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    exposure: &Exposure<'_, 'r>,
    wishes: &mut Wishes,
) {
    let is_off = survey.run.peer_authentication.scope == Scope::Off;
    if survey.run.prometheus.meshed || is_off {
        return;
    }
    let called = called(survey);
    let mut shared = Shared::new();
    for edge in &survey.edges.edges {
        let Some((workload, ports)) = scraped(survey, edge) else {
            continue;
        };
        for port in ports {
            let evidence = evidence(survey, exposure, (workload, port), edge);
            if is_merged(survey, workload, &evidence) {
                continue;
            }
            let is_called = called.contains(&(workload.number, port));
            if exposure.is_for_metrics(workload, port) && !is_called {
                let wish = wishes.entry(workload.number).or_default();
                wish.modes.entry(port).or_insert(Mode::Permissive);
                let texts = evidence.iter().map(|evidence| evidence.text.clone());
                wish.evidence.add(texts);
            } else {
                note(&mut shared, (workload, port), &evidence);
            }
        }
    }
    for (place, ports) in shared {
        report(plan, survey, &place, &ports);
    }
}

/// By what asks for the scrape.
type Shared = BTreeMap<Place, BTreeSet<String>>;

/// The container ports by which callers other than Prometheus are known to call.
fn called(survey: &Survey<'_, '_>) -> BTreeSet<(usize, u16)> {
    let edges = survey.edges.edges.iter();
    let others = edges.filter(|edge| edge.from != Peer::Scraper);
    others
        .flat_map(|edge| {
            let ports = match &edge.ports {
                Ports::All => None,
                Ports::Some(ports) => Some(ports.iter()),
            };
            let ports = ports.into_iter().flatten();
            ports.map(|port| (edge.to, *port))
        })
        .into_set()
}

/// The ports of an edge that the mesh would keep Prometheus from.
fn scraped<'s, 'r>(
    survey: &'s Survey<'r, 'r>,
    edge: &Edge,
) -> Option<(&'s Workload<'r>, Vec<u16>)> {
    let Ports::Some(ports) = &edge.ports else {
        return None;
    };
    let workload = survey.graph.workload(edge.to);
    let workload =
        workload.filter(|workload| edge.from == Peer::Scraper && is_meant(survey, workload))?;
    if inherited(survey, workload) != Some(Mode::Strict) {
        return None;
    }
    let mesh = if has_sidecar(survey, workload) {
        Mesh::IstioSidecar
    } else {
        Mesh::IstioAmbient
    };
    let told = Interception::of(workload, &survey.namespaces, mesh);
    let is_guarded = |port: &u16| !OF_SIDECAR.contains(port) && !told.inbound.hides(*port);
    let ports: Vec<u16> = ports.iter().copied().filter(is_guarded).collect();
    (!ports.is_empty()).then_some((workload, ports))
}

fn is_meant<'r>(survey: &Survey<'r, 'r>, workload: &Workload<'r>) -> bool {
    takes_part(survey, workload) && survey.is_in_scope(workload.owner)
}

/// What asks for the scrape of a port: an edge has the ports of all of it.
fn evidence<'e, 'r>(
    survey: &Survey<'r, 'r>,
    exposure: &Exposure<'_, 'r>,
    target: (&Workload<'r>, u16),
    edge: &'e Edge,
) -> Vec<&'e Evidence> {
    let asks = |evidence: &&Evidence| {
        let place = evidence.place.as_ref();
        let object = place.and_then(|place| survey.resources.get(place.resource));
        let found = place.and_then(|place| object?.node.follow(&place.path.0));
        found.is_none_or(|node| names(exposure, target, node))
    };
    edge.evidence
        .iter()
        .map(AsRef::as_ref)
        .filter(asks)
        .collect()
}

/// Whether an endpoint of a monitor names the port; annotations aren't looked into.
fn names<'r>(
    exposure: &Exposure<'_, 'r>,
    (workload, port): (&Workload<'r>, u16),
    endpoint: Node<'_>,
) -> bool {
    let fields = ["port", "targetPort", "portNumber"];
    let texts = fields
        .into_iter()
        .filter_map(|field| endpoint.get(field)?.text());
    let mut texts = texts.peekable();
    let means = |text: &str| {
        let mut services = exposure.of(workload.number, port).iter();
        services.any(|own| own.name == text) || workload.container_port(text).number() == Some(port)
    };
    texts.peek().is_none() || texts.any(|text| means(&text))
}

/// Whether Prometheus is sent to the sidecar, which has the application's metrics too: so the annotations of pods
/// are rewritten. What monitors and Services ask for stays as it is.
///
/// istio: pkg/kube/inject/webhook.go, `applyPrometheusMerge`, `enablePrometheusMerge`.
fn is_merged<'r>(survey: &Survey<'r, 'r>, workload: &Workload<'r>, evidence: &[&Evidence]) -> bool {
    let own = workload.pod.annotations().get(MERGE);
    let own = own.and_then(|text| match &*text {
        "true" | "1" | "t" | "T" | "TRUE" | "True" => Some(true),
        "false" | "0" | "f" | "F" | "FALSE" | "False" => Some(false),
        _ => None,
    });
    let is_on = own.unwrap_or(survey.run.prometheus.merged_metrics);
    let mut places = evidence.iter().map(|evidence| evidence.place.as_ref());
    let is_of_pod = |place: &Place| place.resource == workload.owner.number;
    is_on && has_sidecar(survey, workload) && places.all(|place| place.is_some_and(is_of_pod))
}

fn note(shared: &mut Shared, (workload, port): (&Workload<'_>, u16), evidence: &[&Evidence]) {
    let (kind, namespace, name) = (workload.owner.kind(), workload.namespace, workload.name());
    let places = evidence
        .iter()
        .filter_map(|evidence| evidence.place.clone());
    for place in places {
        let ports = shared.entry(place).or_default();
        ports.insert(format!("{port} of {kind} \"{namespace}/{name}\""));
    }
}

fn report<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>, place: &Place, ports: &BTreeSet<String>) {
    let Some(subject) = survey.resources.get(place.resource) else {
        return;
    };
    let ports: Vec<&str> = ports.iter().map(String::as_str).collect();
    let message = format!(
        "metrics are scraped at port {}, which serves others too, so it stays closed to a Prometheus outside of the \
         mesh; give the metrics a port of their own, or take Prometheus into the mesh and set `prometheus.meshed`",
        ports.join(", ")
    );
    plan.report(
        SHARED_METRICS_PORT,
        Severity::Warning,
        (subject, survey.resources),
        place,
        message,
        None,
    );
}
