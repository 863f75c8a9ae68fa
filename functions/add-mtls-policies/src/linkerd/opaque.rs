//! Ports on which Linkerd must not look for a protocol, since the server may speak first there.

use std::borrow::Cow;
use std::collections::BTreeSet;

use sdk::{
    Collect as _, Order as _, Place, Plan, PortRanges, ServiceNode, Severity, Workload, json,
    linkerd_setting,
};

use super::ports::Listener;
use super::probes::{self, Kind};
use super::view::View;
use crate::config::ProtocolMode;

pub(super) const OPAQUE: &str = "opaque-ports";
const UNDETECTED: &str = "guessed-protocol";

const ANNOTATION: &str = "config.linkerd.io/opaque-ports";
/// What holds without the annotation, which replaces it: linkerd charts/linkerd-control-plane/values.yaml,
/// `proxy.opaquePorts`.
const DEFAULT: &str = "25,587,3306,4444,5432,6379,9300,11211";
/// Protocols whose servers may speak first: what `DEFAULT` names by port, and their like.
const SERVER_FIRST: [&str; 15] = [
    "ftp",
    "imap",
    "mariadb",
    "memcached",
    "mysql",
    "nats",
    "pop3",
    "postgres",
    "postgresql",
    "redis",
    "sftp",
    "smtp",
    "ssh",
    "galera",
    "memcache",
];

/// The opaque ports of a workload, with names resolved.
pub(super) fn ports(view: &View<'_, '_, '_>, workload: &Workload<'_>) -> PortRanges {
    let setting = linkerd_setting(workload, &view.survey.namespaces, ANNOTATION);
    let text = setting.map_or(Cow::Borrowed(DEFAULT), |setting| setting.value);
    let parts = text.split(',').map(str::trim);
    let resolved: Vec<String> = parts
        .map(|part| {
            let number = if part.chars().any(char::is_alphabetic) {
                workload.container_port(part).number()
            } else {
                None
            };
            number.map_or_else(|| part.to_owned(), |number| number.to_string())
        })
        .collect();
    PortRanges::parse(&resolved.join(","))
}

/// What a Server says of a port's protocol; nothing where Linkerd is to find out. A Server stands in for the
/// annotation: linkerd charts/linkerd-crds/templates/policy/server.yaml.
pub(super) fn protocol(
    view: &View<'_, '_, '_>,
    workload: &Workload<'_>,
    port: u16,
    listener: Option<&Listener<'_>>,
) -> Option<&'static str> {
    let told = listener.and_then(|listener| listener.app_protocol.as_deref());
    let is_probed = || {
        let mut probes = probes::of(workload);
        probes.any(|probe| probe.port == port && matches!(probe.kind, Kind::Http(_)))
    };
    let is_opaque =
        || ports(view, workload).contains(port) || listener.is_some_and(is_server_first);
    match told.map(str::to_ascii_lowercase).as_deref() {
        Some("linkerd.io/tcp" | "linkerd.io/opaque" | "tcp") => Some("opaque"),
        Some("https" | "tls" | "kubernetes.io/wss") => Some("TLS"),
        // A probe comes without the proxy's HTTP/2, and by the routes of HTTP.
        Some("grpc") if !is_probed() => Some("gRPC"),
        Some("kubernetes.io/h2c" | "http2") if !is_probed() => Some("HTTP/2"),
        Some("http" | "kubernetes.io/ws") => Some("HTTP/1"),
        _ if is_opaque() => Some("opaque"),
        _ => None,
    }
}

fn is_server_first(listener: &Listener<'_>) -> bool {
    let told = listener.app_protocol.iter().chain(&listener.names);
    let mut words = told.map(|text| {
        text.split('-')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    });
    words.any(|word| SERVER_FIRST.contains(&word.as_str()))
}

/// Workloads and Services with such ports. A Service's callers look for a protocol too, by its own annotation and
/// its own port numbers, unless `appProtocol` tells; one that Linkerd doesn't know is as good as opaque: linkerd
/// policy-controller/k8s/index/src/outbound/index.rs and policy-controller/grpc/src/outbound.rs.
pub(super) fn plan(plan: &mut Plan, view: &View<'_, '_, '_>) {
    for workload in view.in_scope() {
        on_pods(plan, view, workload);
    }
    for service in view.survey.graph.services() {
        if view.survey.is_in_scope(service.service.resource)
            && view.survey.is_looked_after(service.namespace)
        {
            on_service(plan, view, service);
        }
    }
}

fn on_pods<'r>(plan: &mut Plan, view: &View<'_, '_, 'r>, workload: &Workload<'r>) {
    let Some(place) = workload.pod.annotation(ANNOTATION) else {
        return;
    };
    let known = ports(view, workload);
    let listeners = view.listeners(workload.number);
    let missing: BTreeSet<u16> = listeners
        .filter(|(port, listener)| {
            is_server_first(listener)
                && !known.contains(*port)
                && !view.hides(workload.number, *port)
                && view.servers.of(workload.number, *port).is_none()
        })
        .map(|(port, _)| port)
        .into_set();
    let setting = linkerd_setting(workload, &view.survey.namespaces, ANNOTATION);
    let is_authored = workload.pod.annotations().get(ANNOTATION).is_some();
    let present = setting.map_or(Cow::Borrowed(DEFAULT), |setting| setting.value);
    write(
        plan,
        view,
        workload.pod.into(),
        &place,
        &missing,
        (&present, is_authored),
    );
}

fn on_service<'r>(plan: &mut Plan, view: &View<'_, '_, 'r>, node: &ServiceNode<'r>) {
    let object = node.service.resource;
    let namespace = view.survey.namespaces.get(node.namespace);
    let own = object.annotations().get(ANNOTATION);
    let is_authored = own.is_some();
    let inherited = || namespace?.annotations().get(ANNOTATION);
    let present = own.or_else(inherited).unwrap_or(Cow::Borrowed(DEFAULT));
    let known = PortRanges::parse(&present);
    let leads_to_server_first = |targets: &[(usize, Option<u16>)]| {
        targets.iter().any(|(workload, port)| {
            let listener = port.and_then(|port| view.listener(*workload, port));
            view.is_member(*workload) && listener.is_some_and(is_server_first)
        })
    };
    let ports = node.ports.iter().filter(|port| port.app_protocol.is_none());
    let missing: BTreeSet<u16> = ports
        .filter(|port| leads_to_server_first(&port.targets))
        .filter_map(|port| port.number)
        .filter(|number| !known.contains(*number))
        .into_set();
    let subject = (object, view.survey.resources);
    write(
        plan,
        view,
        subject.into(),
        &object.annotation(ANNOTATION),
        &missing,
        (&present, is_authored),
    );
}

/// Adds ports to a list, which replaces the default one, or says that they are missing.
fn write<'r>(
    plan: &mut Plan,
    view: &View<'_, '_, 'r>,
    subject: sdk::Subject<'r>,
    place: &Place,
    missing: &BTreeSet<u16>,
    (present, is_authored): (&str, bool),
) {
    if missing.is_empty() {
        return;
    }
    let all = joined(present, missing);
    let list = super::callers::list(missing);
    let is_ours = !is_authored || view.survey.beats_authors;
    if view.survey.run.protocols.mode == ProtocolMode::Fix && is_ours {
        if let Some(decision) = plan.decide(OPAQUE, subject) {
            let message = format!(
                "keeps Linkerd from looking for the protocol of port {list}, which it can't tell"
            );
            decision.set(place, json!(all), message);
        }
        return;
    }
    let message = format!(
        "Linkerd can't tell the protocol of port {list}, and may wait 10 seconds before it gives up; write `{ANNOTATION}: \"{all}\"`"
    );
    plan.report(
        UNDETECTED,
        Severity::Warning,
        subject,
        place,
        message,
        Some(&json!(all)),
    );
}

fn joined(present: &str, missing: &BTreeSet<u16>) -> String {
    let present = present
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let missing = missing.iter().map(u16::to_string);
    let mut all: Vec<String> = present.map(str::to_owned).chain(missing).collect();
    // Names come first.
    all.order_by_key(|part| {
        part.split('-')
            .next()
            .and_then(|first| first.parse::<u16>().ok())
    });
    all.join(",")
}
