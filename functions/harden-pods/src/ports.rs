//! Ports below 1024 in containers that don't run as root.

use sdk::{Node, Plan, Rule, SecurityField, Severity, json};

use crate::config::PrivilegedPorts;
use crate::settings::ALL;
use crate::survey::PodSurvey;

pub(crate) const RULES: &[Rule] = &[Rule::new(
    RULE,
    Severity::Info,
    "Lets every user open ports below 1024, where the configuration asks for it and a container needs it.",
)];

pub(crate) const CHECKS: &[Rule] = &[Rule::new(
    CHECK,
    Severity::Warning,
    "A container that doesn't run as root has a port below 1024, which some container runtimes let only root open.",
)];

const RULE: &str = "unprivileged-ports";
const CHECK: &str = "privileged-port";
const SYSCTL: &str = "net.ipv4.ip_unprivileged_port_start";
const FIRST_UNPRIVILEGED: i64 = 1024;

/// Decides about the pod, once it is decided which containers run as root.
pub(crate) fn decide(plan: &mut Plan, survey: &mut PodSurvey<'_>) {
    let found = privileged(survey);
    if found.is_empty() {
        return;
    }
    let is_asked = survey.settings.privileged_ports == PrivilegedPorts::Sysctl;
    if has_sysctl(survey) || (is_asked && write(plan, survey)) {
        return;
    }
    let is_host = survey.after.host_network.value() == Some(&true);
    let instead = if is_asked || is_host {
        "listen on a higher port"
    } else {
        "listen on a higher port, or write `privilegedPorts: sysctl`"
    };
    let message =
        format!("is below 1024, where some container runtimes let only root listen; {instead}");
    for (number, port) in found {
        if let Some(own) = survey.containers.get(number) {
            let place = own
                .container
                .field("ports")
                .field(port)
                .field("containerPort");
            plan.report(
                CHECK,
                Severity::Warning,
                own.container,
                &place,
                &message,
                None,
            );
        }
    }
}

/// Tells the pod that there are no privileged ports; whether that could be done.
fn write(plan: &mut Plan, survey: &mut PodSurvey<'_>) -> bool {
    let Some(decision) = plan.decide(RULE, survey.pod) else {
        return false;
    };
    let sysctls = survey.security("sysctls");
    // `ValidateHostSysctl` in kubernetes/kubernetes pkg/apis/core/validation/validation.go.
    if survey.after.host_network.value() == Some(&true) {
        decision.skip(
            "host-network",
            "the API server refuses it beside the network of the host",
        );
    } else if !survey.takes_context() {
        decision.skip("left-alone", "left alone like the rest of the pod");
    } else if sysctls.is_some_and(|sysctls| !sysctls.is_null() && !sysctls.is_seq()) {
        decision.skip(
            "no-list",
            "`sysctls` must be a list for anything to be added",
        );
    } else {
        let place = survey.security_place("sysctls");
        let item = json!({"name": SYSCTL, "value": "0"});
        decision.append(&place, item, "every user may open every port");
        survey.after.add_sysctl(SYSCTL);
        return true;
    }
    false
}

/// Whether the author tells it already; names of sysctls may have slashes for dots.
fn has_sysctl(survey: &PodSurvey<'_>) -> bool {
    let names = survey.after.sysctls.iter().filter_map(SecurityField::value);
    { names }.any(|name| name.replace('/', ".") == SYSCTL)
}

/// The containers and ports, by number, that only root may open.
fn privileged(survey: &PodSurvey<'_>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (number, (own, after)) in survey.secured().enumerate() {
        let binds = |name: &str| matches!(name, "NET_BIND_SERVICE" | ALL);
        let mut added = after
            .capabilities_add
            .iter()
            .filter_map(SecurityField::value);
        let may_bind = added.any(|name| binds(name));
        if own.settings.is_none() || own.is_privileged() || may_bind || !survey.is_non_root(number)
        {
            continue;
        }
        let ports = own.container.get("ports").into_iter().flat_map(Node::items);
        let is_low = |port: Node<'_>| {
            let number = port.get("containerPort").and_then(Node::as_i64);
            number.is_some_and(|number| (1..FIRST_UNPRIVILEGED).contains(&number))
        };
        let low = ports.enumerate().filter(|(_, port)| is_low(*port));
        found.extend(low.map(|(port, _)| (number, port)));
    }
    found
}
