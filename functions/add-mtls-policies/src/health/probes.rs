//! Probes that come in plain text to a port that doesn't take it.

use sdk::{Container, Interception, Mesh, Node, Plan, Severity, Workload, json};

use super::REFUSED_PROBE;
use crate::istio::Mode;
use crate::peer::has_sidecar;
use crate::survey::Survey;

/// The sidecar's agent asks the application in place of the kubelet, unless the pod switches that off.
///
/// istio: `pkg/kube/inject/app_probe.go`, `ShouldRewriteAppHTTPProbers`. A probe that only connects is content with the
/// sidecar itself.
pub(super) fn check<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    for workload in survey.graph.workloads() {
        let is_meant = has_sidecar(survey, workload) && survey.is_in_scope(workload.owner);
        if is_meant {
            check_one(plan, survey, workload);
        }
    }
}

fn check_one<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>, workload: &Workload<'r>) {
    let told = Interception::of(workload, &survey.namespaces, Mesh::IstioSidecar);
    let switched_off = told.probes_place.as_ref();
    let Some(place) = switched_off.filter(|_| told.rewrites_probes == Some(false)) else {
        return;
    };
    let refused = refused(survey, workload, &told);
    if refused.is_empty() {
        return;
    }
    let message = format!(
        "the kubelet speaks plain text, which the sidecar refuses for {}; let probes be rewritten",
        refused.join(", ")
    );
    let proposed = json!("true");
    plan.report(
        REFUSED_PROBE,
        Severity::Error,
        workload.pod,
        place,
        message,
        Some(&proposed),
    );
}

/// What the kubelet asks at ports that the sidecar guards and that accept mutual TLS alone.
fn refused<'r>(
    survey: &Survey<'r, 'r>,
    workload: &Workload<'r>,
    told: &Interception,
) -> Vec<String> {
    let is_refused = |port: u16| {
        let (mode, _) = survey.servers.mode(workload, false, Some(port));
        mode == Mode::Strict && !told.inbound.hides(port)
    };
    let mut refused = Vec::new();
    for container in workload.pod.containers().filter(|own| !own.is_injected()) {
        let asked = asked(container).into_iter();
        let asked = asked.filter(|(_, port)| is_refused(*port));
        refused.extend(
            asked.map(|(field, port)| format!("{field} of \"{}\" at {port}", container.name())),
        );
    }
    refused
}

/// The fields by which the kubelet asks a container, with the ports.
fn asked(container: Container<'_>) -> Vec<(&'static str, u16)> {
    let probes = ["startupProbe", "livenessProbe", "readinessProbe"];
    let probes = probes.map(|field| (field, container.get(field)));
    let hooks = ["postStart", "preStop"];
    let hooks = hooks.map(|field| (field, container.node.at(&["lifecycle", field])));
    let handlers = probes.into_iter().chain(hooks);
    let handlers = handlers.filter_map(|(field, handler)| Some((field, handler?)));
    handlers
        .filter_map(|(field, handler)| Some((field, port(container, handler)?)))
        .collect()
}

/// The port that a handler asks the pod at by HTTP or gRPC.
fn port(container: Container<'_>, handler: Node<'_>) -> Option<u16> {
    let http = handler.get("httpGet");
    let is_elsewhere = http.and_then(|http| http.get("host")).and_then(Node::text);
    if is_elsewhere.is_some_and(|host| !host.is_empty()) {
        return None;
    }
    let port = http.or_else(|| handler.get("grpc"))?.get("port")?.text()?;
    let number = port.parse().ok();
    number.or_else(|| {
        let mut ports = container.ports();
        ports.find(|own| own.is(&port))?.port()
    })
}
