//! Callers that somebody stated: who they are to the mesh, and why some keep all others from being let in.

use std::collections::BTreeSet;

use sdk::{
    Collect as _, Edge, Interception, Mesh, Order as _, Peer, Plan, Ports, ServiceNode, Severity,
    Workload,
};

use super::admission::Obstacle;
use super::caller::{Caller, ENROL, EXCEPTION, Source, caller, plain_caller};
use super::grants::Grants;
use super::ports::{Doors, container_port};
use super::scene::Scene;
use super::{NAMELESS, UNKNOWN_CALLERS};
use crate::istio::Mode;

/// Those whom no policy can let in.
#[derive(Default)]
struct Strangers {
    nameless: Vec<Nameless>,
    unknown: Vec<String>,
    is_from_outside: bool,
}

/// Lets in all who are stated to call and can be; `knows` tells whom an earlier run let in.
fn let_in<'s>(
    scene: &Scene<'s>,
    (workload, doors): (&'s Workload<'s>, &Doors),
    counted: &[&Edge],
    knows: &dyn Fn(&Source) -> bool,
    grants: &mut Grants,
) -> Strangers {
    let mut strangers = Strangers::default();
    for edge in counted.iter().filter(|edge| edge.from != Peer::Scraper) {
        let ports = doors.guarded(&edge.ports);
        let who = plain_caller(scene, workload, edge).unwrap_or_else(|| caller(scene, &edge.from));
        match who {
            Caller::Known(source) => {
                grants.add(source, ports, &edge.http);
                grants.rest_on(edge);
            }
            _ if doors.are_open(&ports) => {
                grants.add(Source::Anyone, ports, &[]);
                grants.rest_on(edge);
            }
            Caller::Nameless { who, why, cure } => strangers.nameless.push(Nameless {
                who,
                why,
                cure,
                is_told: is_strict(scene, workload) && matches!(edge.from, Peer::Workload(_)),
            }),
            // It had an identity at the last run, and the input doesn't say that it has none now.
            Caller::Unknown { source, .. } if knows(&source) => {
                grants.add(source, ports, &edge.http);
                grants.rest_on(edge);
            }
            Caller::Unknown { who, .. } => strangers.unknown.push(who),
            Caller::Outside => strangers.is_from_outside = true,
        }
    }
    strangers
}

/// Lets in all who are stated to call, or tells why that can't be.
pub(super) fn callers<'s>(
    plan: &mut Plan,
    scene: &Scene<'s>,
    (workload, doors): (&'s Workload<'s>, &Doors),
    counted: &[&Edge],
    knows: &dyn Fn(&Source) -> bool,
    grants: &mut Grants,
) -> Result<(), Obstacle> {
    let Strangers {
        mut nameless,
        mut unknown,
        is_from_outside,
    } = let_in(scene, (workload, doors), counted, knows, grants);
    if asks_by_itself(scene, workload) {
        nameless.push(Nameless {
            who: "the kubelet".to_owned(),
            why: "`sidecar.istio.io/rewriteAppHTTPProbers: \"false\"` lets its probes go past its sidecar's agent",
            cure: "leave that annotation out",
            is_told: false,
        });
    }
    if !nameless.is_empty() {
        return Err(without_names(plan, workload, &nameless));
    }
    if !unknown.is_empty() {
        unknown.order();
        unknown.dedup();
        let message = format!(
            "whether {} is in the mesh, its namespace says, and the input doesn't have that",
            unknown.join(", ")
        );
        return Err(incomplete(plan, scene, workload, message));
    }
    if is_from_outside {
        let message = "an Ingress or a route leads to it from a gateway that nobody names; name the gateway's ServiceAccount in `gateways`";
        return Err(Obstacle::loud("unnamed-gateway", message));
    }
    match scene.public_service(workload) {
        Some(node) if !is_strict(scene, workload) && !doors.are_open(&ports_of(node, workload)) => {
            let message = format!(
                "Service \"{}\" lets callers from outside of the cluster in, who have no identity; lead them through a gateway, or declare the port under `peerAuthentication.exceptions`",
                node.name()
            );
            Err(Obstacle::loud("reachable-from-outside", message))
        }
        _ => Ok(()),
    }
}

/// The container ports that a Service leads to.
fn ports_of(node: &ServiceNode<'_>, workload: &Workload<'_>) -> Ports {
    let targets = node.ports.iter();
    let targets = targets.filter_map(|port| container_port(port, workload.number)?);
    Ports::Some(targets.collect())
}

fn is_strict<'s>(scene: &Scene<'s>, workload: &Workload<'s>) -> bool {
    let is_ambient = scene.mesh(workload) == Mesh::IstioAmbient;
    let (mode, _) = scene.survey.servers.mode(workload, is_ambient, None);
    mode == Mode::Strict
}

/// What isn't known is nothing to complain of, unless everything must be known.
fn incomplete<'s>(
    plan: &mut Plan,
    scene: &Scene<'s>,
    workload: &Workload<'s>,
    message: String,
) -> Obstacle {
    if scene.is_enforced() {
        let place = workload.owner.place();
        let message = format!("{message}; add the Namespace, or name it in `namespaces.include`");
        plan.report(
            UNKNOWN_CALLERS,
            Severity::Error,
            workload.pod,
            &place,
            message,
            None,
        );
    }
    Obstacle::quiet("unknown-caller", message)
}

/// Whether the kubelet asks the containers themselves, as nobody. Under `STRICT` it gets no answer as it is.
fn asks_by_itself<'s>(scene: &Scene<'s>, workload: &Workload<'s>) -> bool {
    let survey = scene.survey;
    let mesh = scene.mesh(workload);
    let interception = Interception::of(workload, &survey.namespaces, mesh);
    let is_probed = || {
        workload.pod.containers().any(|container| {
            let mut probes = ["livenessProbe", "readinessProbe", "startupProbe"].into_iter();
            probes.any(|probe| {
                let probe = container.get(probe);
                probe.is_some_and(|probe| probe.get("exec").is_none())
            })
        })
    };
    interception.rewrites_probes == Some(false) && !is_strict(scene, workload) && is_probed()
}

/// A caller without an identity.
struct Nameless {
    who: String,
    why: &'static str,
    cure: &'static str,
    /// Whether another check tells of it: under `STRICT` it doesn't get through as it is.
    is_told: bool,
}

/// A policy would cut off who has no identity.
fn without_names(plan: &mut Plan, workload: &Workload<'_>, nameless: &[Nameless]) -> Obstacle {
    let untold = || nameless.iter().filter(|caller| !caller.is_told);
    let mut list: Vec<String> = untold()
        .map(|caller| format!("{} ({})", caller.who, caller.why))
        .collect();
    list.order();
    list.dedup();
    let mut cures: BTreeSet<&str> = untold().map(|caller| caller.cure).into_set();
    if cures.contains(ENROL) {
        // It names the other one too.
        cures.remove(EXCEPTION);
    }
    if !list.is_empty() {
        let message = format!(
            "is called by {}, and no policy can let in who shows no identity; {}",
            list.join(", "),
            cures.into_iter().collect::<Vec<_>>().join("; ")
        );
        let place = workload.owner.place();
        plan.report(
            NAMELESS,
            Severity::Error,
            workload.pod,
            &place,
            message,
            None,
        );
    }
    Obstacle::quiet(NAMELESS, "a caller has no identity")
}
