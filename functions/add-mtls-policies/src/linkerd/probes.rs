//! Probes: which of them the kubelet, who has no identity, gets through.

use std::collections::BTreeSet;

use sdk::{Container, Node, Place, Plan, Severity, Workload};

use super::access::Made;
use super::opaque;
use super::view::View;

const REFUSED: &str = "refused-probe";

/// A probe that comes over the network.
pub(super) struct Probe {
    pub(super) place: Place,
    pub(super) port: u16,
    pub(super) kind: Kind,
}

/// How a probe asks. One over TCP is content with the proxy, which takes the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Plain HTTP, for this path.
    Http(String),
    Https,
    Grpc,
}

/// The probes of a workload. A port's name counts within its own container: linkerd
/// policy-controller/k8s/index/src/inbound/workload.rs, `container_http_probe_paths`.
pub(super) fn of<'r>(workload: &Workload<'r>) -> impl Iterator<Item = Probe> + use<'r> {
    let fields = ["livenessProbe", "readinessProbe", "startupProbe"];
    let containers = workload.pod.containers();
    containers.flat_map(move |container| {
        fields
            .into_iter()
            .filter_map(move |field| probe(container, field))
    })
}

fn probe(container: Container<'_>, field: &str) -> Option<Probe> {
    let node = container.get(field)?;
    let place = container.field(field);
    let number = |node: Node<'_>| port(container, &node.get("port")?.text()?);
    if let Some(http) = node.get("httpGet") {
        let text = |field| http.get(field).and_then(Node::text);
        let kind = if text("scheme").is_some_and(|scheme| scheme == "HTTPS") {
            Kind::Https
        } else {
            Kind::Http(path(&text("path").unwrap_or_default()))
        };
        let (place, port) = (place.field("httpGet"), number(http)?);
        return Some(Probe { place, port, kind });
    }
    let grpc = node.get("grpc")?;
    let (place, port) = (place.field("grpc"), number(grpc)?);
    let kind = Kind::Grpc;
    Some(Probe { place, port, kind })
}

fn port(container: Container<'_>, text: &str) -> Option<u16> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let mut ports = container.ports();
    let named = ports.find(|port| port.is_tcp() && port.name.eq_ignore_ascii_case(text))?;
    named.port()
}

/// The path without the query, as routes know it.
fn path(text: &str) -> String {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}

/// Linkerd lets plain HTTP probes in by their paths, and no others: linkerd
/// policy-controller/k8s/index/src/inbound/index.rs, `default_inbound_http_routes`. On a port without protocol
/// detection there are no paths: proxy linkerd/app/inbound/src/detect.rs, `push_detect_tls`.
pub(super) fn check(plan: &mut Plan, view: &View<'_, '_, '_>, made: &Made) {
    for workload in view.in_scope() {
        let opaque = opaque::ports(view, workload);
        let mut told = BTreeSet::new();
        for probe in of(workload) {
            if !is_guarded(view, made, workload.number, probe.port) {
                continue;
            }
            let what = match probe.kind {
                Kind::Grpc => "a gRPC probe",
                Kind::Https => "a probe over HTTPS",
                Kind::Http(_) if opaque.contains(probe.port) => "a probe of an opaque port",
                Kind::Http(_) => continue,
            };
            let message = format!(
                "{what} has no identity, and Linkerd lets only plain HTTP in without one; probe over HTTP on a port of its own, or except port {} by `config.linkerd.io/skip-inbound-ports`",
                probe.port
            );
            if told.insert(probe.place.clone()) {
                plan.report(
                    REFUSED,
                    Severity::Error,
                    workload.pod,
                    &probe.place,
                    message,
                    None,
                );
            }
        }
    }
}

/// Whether a port is known to refuse callers without an identity.
fn is_guarded(view: &View<'_, '_, '_>, made: &Made, workload: usize, port: u16) -> bool {
    if view.hides(workload, port) || view.servers.of(workload, port).is_some() {
        return false;
    }
    match made.get(&(workload, port)) {
        Some(server) => server
            .access
            .is_none_or(super::inbound::InboundPolicy::needs_identity),
        None => view.needs_identity(workload),
    }
}
