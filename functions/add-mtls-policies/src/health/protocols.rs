//! Ports where the mesh guesses the protocol from what a client sends first, and the client waits for the server.

use sdk::{NodePort, Place, Plan, ServiceNode, Severity, json};

use super::server_first::is_guessed_wrong;
use super::{GUESSED_PROTOCOL, PROTOCOL};
use crate::config::ProtocolMode;
use crate::istio::Mode;
use crate::peer::has_sidecar;
use crate::survey::Survey;

/// What everything is that isn't known better.
const TCP: &str = "tcp";

pub(super) fn check<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    for node in survey.graph.services() {
        let is_meant =
            survey.is_looked_after(node.namespace) && survey.is_in_scope(node.service.resource);
        if is_meant && !node.is_external_name() {
            check_one(plan, survey, node);
        }
    }
}

fn check_one<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>, node: &ServiceNode<'r>) {
    let ports = node.ports.iter();
    let guessed = ports.filter(|port| is_guessed_wrong(port) && is_guessed(survey, port));
    let is_fixed = survey.run.protocols.mode == ProtocolMode::Fix;
    // What an author wrote stays, even where it means nothing.
    let (fixed, told): (Vec<_>, Vec<_>) =
        guessed.partition(|port| is_fixed && port.app_protocol.is_none());
    for port in told {
        tell(plan, survey, node, port);
    }
    if fixed.is_empty() {
        return;
    }
    let subject = (node.service.resource, survey.resources);
    if let Some(decision) = plan.decide(PROTOCOL, subject) {
        let fields = fixed.iter();
        let fields = fields.map(|port| (place(node, port), json!(TCP))).collect();
        decision.set_all(
            fields,
            "the mesh can't guess the protocol where the server speaks first",
        );
    }
}

/// Whether a sidecar guesses at the port: where it takes plain text and mutual TLS alike. In ambient mode nobody
/// guesses.
fn is_guessed<'r>(survey: &Survey<'r, 'r>, port: &NodePort<'r>) -> bool {
    let mut targets = port.targets.iter();
    targets.any(|(number, target)| {
        let workload = survey.graph.workload(*number);
        workload.is_some_and(|workload| {
            let (mode, _) = survey.servers.mode(workload, false, *target);
            has_sidecar(survey, workload) && mode == Mode::Permissive
        })
    })
}

fn place(node: &ServiceNode<'_>, port: &NodePort<'_>) -> Place {
    let ports = node.service.resource.place().field("spec").field("ports");
    ports.field(port.index).field("appProtocol")
}

fn tell<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>, node: &ServiceNode<'r>, port: &NodePort<'r>) {
    let number = port
        .number
        .map(|number| number.to_string())
        .unwrap_or_default();
    let message = format!(
        "the mesh guesses the protocol of port {number} from what a client sends first, which fails where the server \
         speaks first; write `appProtocol: {TCP}`, or accept mutual TLS alone"
    );
    let subject = (node.service.resource, survey.resources);
    let proposed = json!(TCP);
    plan.report(
        GUESSED_PROTOCOL,
        Severity::Warning,
        subject,
        &place(node, port),
        message,
        Some(&proposed),
    );
}
