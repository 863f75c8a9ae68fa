//! Ports for which a mode doesn't count: sidecars let them pass by, or ambient mode knows no such mode.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{
    Collect as _, Container, ContainerPort, Node, Place, Plan, Resource, Severity, Value, Workload,
};

use super::codes;
use super::faults::label;
use super::landscape::{Landscape, tells_ports};
use super::words;
use crate::istio::{Mode, Plane};

/// Looks at every workload in the mesh.
pub(super) fn check<'c: 'r, 'r>(plan: &mut Plan, landscape: &Landscape<'_, 'c, 'r>) {
    let mut disabled = Disabled::default();
    for workload in landscape.survey.graph.workloads() {
        if !landscape.is_looked_after(workload.namespace) {
            continue;
        }
        match landscape.plane(workload.number) {
            Plane::Sidecar | Plane::SidecarOptedOut => {
                if landscape.survey.is_in_scope(workload.owner) {
                    hidden(plan, landscape, workload);
                    advertised(plan, landscape, workload);
                }
            }
            Plane::Ambient => disabled.look(landscape, workload),
            Plane::None | Plane::Unknown => {}
        }
    }
    disabled.report(plan, landscape);
}

/// Ports that pass by the sidecar where plain text should be refused.
fn hidden<'c: 'r, 'r>(plan: &mut Plan, landscape: &Landscape<'_, 'c, 'r>, workload: &Workload<'r>) {
    let interception = landscape.interception(workload.number);
    let Some(place) = interception.and_then(tells_ports) else {
        return;
    };
    let is_lost = |port: &u16| {
        landscape.is_hidden(workload.number, *port)
            && landscape.mode(workload, Some(*port)).0 == Mode::Strict
    };
    let ports: BTreeSet<u16> = served(landscape, workload)
        .into_iter()
        .filter(is_lost)
        .into_set();
    if ports.is_empty() {
        return;
    }
    let message = format!(
        "what comes to {} passes by the sidecar, so plain text is taken there although the mode is STRICT, and mutual TLS is not; take it out of the list, or except the port (`peerAuthentication.exceptions`)",
        words::numbers(&ports)
    );
    plan.report(
        codes::HIDDEN_PORT,
        Severity::Warning,
        workload.pod,
        place,
        message,
        None,
    );
}

/// Container ports that a workload declares or that Services lead to.
fn served<'c: 'r, 'r>(landscape: &Landscape<'_, 'c, 'r>, workload: &Workload<'r>) -> BTreeSet<u16> {
    let declared = workload.ports().filter(ContainerPort::is_tcp);
    let mut ports: BTreeSet<u16> = declared.filter_map(|port| port.port()).into_set();
    let doors = landscape.doors(workload.number).iter();
    ports.extend(doors.map(|door| door.container));
    ports
}

/// A pod that tells others its own address and a port that no Service has: callers find no Service by that, and
/// what they send is plain text.
fn advertised<'c: 'r, 'r>(
    plan: &mut Plan,
    landscape: &Landscape<'_, 'c, 'r>,
    workload: &Workload<'r>,
) {
    for container in workload.pod.containers() {
        let names = addresses(container);
        if names.is_empty() {
            continue;
        }
        for (place, text) in texts(container) {
            let told = names.iter().flat_map(|name| ports_beside(&text, name));
            let known = |port: &u16| {
                let mut doors = landscape.doors(workload.number).iter();
                doors.any(|door| door.container == *port)
            };
            let unknown: BTreeSet<u16> = told.filter(|port| !known(port)).into_set();
            if unknown.is_empty() {
                continue;
            }
            let message = format!(
                "the pod makes its own address known with {}, which no Service leads to, so callers send plain text there; add the port to a Service, best a headless one",
                words::numbers(&unknown)
            );
            let rule = codes::POD_ADDRESS;
            plan.report(rule, Severity::Info, container, &place, message, None);
        }
    }
}

/// Variables that hold the address of the pod.
fn addresses(container: Container<'_>) -> Vec<String> {
    let list = container.get("env").into_iter().flat_map(Node::items);
    let is_address = |variable: &Node<'_>| {
        let field = variable.at(&["valueFrom", "fieldRef", "fieldPath"]);
        let field = field.and_then(Node::text);
        field.is_some_and(|field| field == "status.podIP")
    };
    let names = list
        .filter(is_address)
        .filter_map(|variable| variable.get("name")?.text());
    names.map(|name| format!("$({name}):")).collect()
}

/// Values of variables, and the words of the command.
fn texts(container: Container<'_>) -> Vec<(Place, String)> {
    let mut found = Vec::new();
    for field in ["command", "args", "env"] {
        let list = container.get(field).into_iter().flat_map(Node::items);
        for (index, item) in list.enumerate() {
            let place = container.field(field).field(index);
            let (place, text) = if field == "env" {
                (place.field("value"), item.get("value").and_then(Node::text))
            } else {
                (place, item.text())
            };
            found.extend(text.map(|text| (place, text.into_owned())));
        }
    }
    found
}

/// The ports that stand behind each `$(NAME):`.
fn ports_beside<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = u16> + 't {
    let parts = text.split(name).skip(1);
    parts.filter_map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_digit());
        rest.get(..end.unwrap_or(rest.len()))?.parse().ok()
    })
}

/// Modes that say DISABLE for workloads in ambient mode, by where they stand.
#[derive(Default)]
struct Disabled<'r>(BTreeMap<Place, (&'r Resource<'r>, BTreeSet<String>, bool)>);

impl<'r> Disabled<'r> {
    fn look<'c: 'r>(&mut self, landscape: &Landscape<'_, 'c, 'r>, workload: &Workload<'r>) {
        let servers = &landscape.survey.servers;
        let (namespace, labels) = (workload.namespace, workload.pod.labels());
        let selecting = servers.authored.selecting(namespace, labels).next();
        let ports = selecting.into_iter().flat_map(|policy| policy.ports.keys());
        for port in [None].into_iter().chain(ports.map(|port| Some(*port))) {
            let told = servers.authored.server_mode(namespace, labels, port);
            let Some((policy, place)) = told.decided_by.filter(|_| told.mode == Mode::Disable)
            else {
                continue;
            };
            let is_lost = landscape.mode(workload, port).0 == Mode::Strict;
            self.add(policy, place, (landscape, workload), is_lost);
        }
        let planned = servers
            .of_ports
            .range((workload.number, 0)..=(workload.number, u16::MAX));
        if planned.filter(|(_, mode)| **mode == Mode::Disable).count() > 0 {
            let (owner, place) = (workload.owner, workload.owner.place());
            self.add(owner, place, (landscape, workload), false);
        }
    }

    fn add<'c: 'r>(
        &mut self,
        policy: &'r Resource<'r>,
        place: Place,
        (landscape, workload): (&Landscape<'_, 'c, 'r>, &Workload<'r>),
        is_lost: bool,
    ) {
        if !landscape.survey.is_in_scope(policy) {
            return;
        }
        let entry = self.0.entry(place);
        let (_, workloads, lost) = entry.or_insert_with(|| (policy, BTreeSet::new(), false));
        workloads.insert(label(workload.owner, workload.namespace));
        *lost |= is_lost;
    }

    fn report(self, plan: &mut Plan, landscape: &Landscape<'_, '_, 'r>) {
        for (place, (policy, workloads, is_lost)) in self.0 {
            let list = words::list(workloads.iter().map(String::as_str));
            let effect = if is_lost {
                "has no effect, and the mode stays STRICT"
            } else {
                "is no more than PERMISSIVE"
            };
            let message = format!(
                "nobody in ambient mode refuses mutual TLS, so DISABLE {effect} for {list}; write \"PERMISSIVE\""
            );
            let is_policy = policy.group() == "security.istio.io";
            let proposed = is_policy.then(|| Value::from("PERMISSIVE"));
            let subject = (policy, landscape.survey.resources);
            plan.report(
                codes::AMBIENT_DISABLE,
                Severity::Warning,
                subject,
                &place,
                message,
                proposed.as_ref(),
            );
        }
    }
}
