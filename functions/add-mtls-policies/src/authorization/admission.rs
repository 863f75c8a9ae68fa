//! Whom a workload's policy lets in, or what keeps it from being made.

use std::collections::BTreeSet;

use sdk::{Edge, Mesh, Order as _, Peer, Plan, Ports, Severity, Workload};

use super::callee::{Calls, Desk};
use super::caller::{Caller, Source, caller};
use super::grants::Grants;
use super::ports::{Doors, Protocol, protocol, unresolved};
use super::scene::{Scene, is_reason, title};
use super::stated::callers;
use super::{HTTP_ON_TCP, L7_IN_AMBIENT, SPILL, UNRESOLVED, UNSTATED, scrape, statement};
use crate::config::UnknownCallers;

/// Why a workload gets no policy that nobody would be told of.
pub(super) const UNKNOWN_WAYPOINT: &str = "unknown-waypoint";

/// The most rules that Istio takes in one policy; of callers in one rule it takes any number.
///
/// istio/api b8f8791d9653b2edc77a071d48887e582cfe84bf: `security/v1beta1/authorization_policy.proto`, `rules`.
const MOST_RULES: usize = 512;

/// Why a workload gets no policy.
pub(super) struct Obstacle {
    pub(super) reason: &'static str,
    pub(super) severity: Severity,
    pub(super) message: String,
}

impl Obstacle {
    /// One that is told only to those who want to know everything.
    pub(super) fn quiet(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            severity: Severity::Info,
            message: message.into(),
        }
    }

    pub(super) fn loud(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::quiet(reason, message)
        }
    }
}

impl<'s> Desk<'_, 's> {
    /// Who is let in, or what keeps a policy from being made.
    pub(super) fn grants(
        &mut self,
        plan: &mut Plan,
        workload: &'s Workload<'s>,
        calls: &Calls<'_, 's>,
    ) -> Result<Grants, Obstacle> {
        let (scene, counted, kept) = (self.scene, calls.counted, calls.kept);
        let doors = Doors::new(scene, workload);
        if doors.is_plain {
            let message = "mutual TLS is disabled there, so nobody who calls has an identity";
            return Err(Obstacle::loud("no-identity", message));
        }
        let mut grants = Grants::default();
        let is_known = kept.is_some() || counted.iter().any(|edge| is_reason(edge));
        if !is_known
            && scene.survey.run.authorization.unknown_callers == UnknownCallers::SameNamespace
        {
            let whole = Source::Namespace(workload.namespace.to_owned());
            grants.add(whole, Ports::All, &[]);
            grants.rest_on_text("authorization.unknownCallers: sameNamespace".to_owned());
        }
        let knows = |source: &Source| self.memory.knows(scene, workload, source);
        callers(
            plan,
            scene,
            (workload, &doors),
            counted,
            &knows,
            &mut grants,
        )?;
        if !doors.open.is_empty() && (scene.is_enforced() || !grants.is_empty()) {
            let open = Ports::Some(doors.open.clone());
            grants.add(Source::Anyone, open, &[]);
        }
        scrape::add(plan, scene, workload, &doors, counted, &mut grants)
            .map_err(|message| Obstacle::loud("scraped-at-a-serving-port", message))?;
        let told = grants.clone();
        grants.extend(&kept.grants);
        if is_known || scene.survey.run.authorization.unknown_callers != UnknownCallers::Deny {
            self.guessed_callers(workload, &doors, calls.guessed, &grants)?;
        }
        if grants.is_empty() {
            return Ok(grants);
        }
        self.selects_it_alone(plan, workload)?;
        has_its_ports(plan, scene, workload, counted)?;
        self.sees_requests(plan, workload, counted)?;
        few_enough(&grants)?;
        kept.tell(plan, scene, &told);
        Ok(grants)
    }

    /// Nobody whom a text suggests may be cut off by what others state.
    fn guessed_callers(
        &mut self,
        workload: &'s Workload<'s>,
        doors: &Doors,
        guessed: &[&'s Edge],
        grants: &Grants,
    ) -> Result<(), Obstacle> {
        let scene = self.scene;
        let is_covered = |edge: &Edge| {
            let ports = doors.guarded(&edge.ports);
            let is_needless = ports == Ports::Some(BTreeSet::new());
            is_needless
                || match caller(scene, &edge.from) {
                    Caller::Known(source) => grants.cover(&source, &ports),
                    _ => doors.are_open(&ports),
                }
        };
        let uncovered: Vec<&'s Edge> = guessed
            .iter()
            .copied()
            .filter(|edge| !is_covered(edge))
            .collect();
        if uncovered.is_empty() {
            return Ok(());
        }
        let suggestions = &mut *self.suggestions;
        let told = suggestions.add(scene, workload, &uncovered, Severity::Warning);
        let who = names(scene, &uncovered);
        let message = format!(
            "texts suggest that {who} calls it too, which nobody states; state it with `plimsoll.dev/allow-from`, or `plimsoll.dev/calls: none` on a caller that calls nobody"
        );
        Err(if told {
            Obstacle::quiet(UNSTATED, message)
        } else {
            Obstacle::loud(UNSTATED, message)
        })
    }

    fn selects_it_alone(
        &self,
        plan: &mut Plan,
        workload: &'s Workload<'s>,
    ) -> Result<(), Obstacle> {
        let labels = workload.stable_labels();
        if labels.is_empty() {
            let message = "its pods have no labels that a policy could select them by";
            return Err(Obstacle::loud("no-labels", message));
        }
        let Some(other) = self.selection.spill(self.scene, workload, &labels) else {
            return Ok(());
        };
        let other = title(other);
        let message = format!(
            "a policy for its pods would be one for those of {other} too, which have the same labels; give each a label of its own, and select by it"
        );
        let place = workload.owner.place().field("spec").field("selector");
        plan.report(SPILL, Severity::Error, workload.pod, &place, message, None);
        Err(Obstacle::quiet(SPILL, "its labels are another one's too"))
    }

    /// Requests are looked at by whoever understands HTTP, and by nobody else.
    fn sees_requests(
        &self,
        plan: &mut Plan,
        workload: &'s Workload<'s>,
        counted: &[&Edge],
    ) -> Result<(), Obstacle> {
        let scene = self.scene;
        let is_ambient = scene.mesh(workload) == Mesh::IstioAmbient;
        let sight = self.waypoints.before(scene, workload);
        if is_ambient && sight.is_unknown {
            let message = "whether a waypoint stands before it, its namespace says, and the input doesn't have that";
            return Err(Obstacle::quiet(UNKNOWN_WAYPOINT, message));
        }
        for edge in counted.iter().filter(|edge| !edge.http.is_empty()) {
            let to = title(workload);
            let (rule, message) = if is_ambient && !sight.is_of_services {
                let message = format!(
                    "in ambient mode nobody looks at the requests to {to} without a waypoint; give its Service one by `istio.io/use-waypoint`, or leave `http` out"
                );
                (L7_IN_AMBIENT, message)
            } else if let Some(port) = tcp_port(scene, workload, edge).filter(|_| !is_ambient) {
                let message = format!(
                    "port {port} of {to} is not HTTP as its Service says, so nobody looks at its requests; set `appProtocol: http` there, or leave `http` out"
                );
                (HTTP_ON_TCP, message)
            } else {
                continue;
            };
            let told = (rule, Severity::Error);
            statement::report(plan, scene, (edge, workload), told, Some("http"), &message);
            return Err(Obstacle::quiet(rule, "nobody could look at its requests"));
        }
        Ok(())
    }
}

/// Istio refuses more.
fn few_enough(grants: &Grants) -> Result<(), Obstacle> {
    let count = grants.count();
    if count <= MOST_RULES {
        return Ok(());
    }
    let message = format!(
        "its callers ask for {count} different sets of ports and requests, and a policy has at most {MOST_RULES} rules; state fewer kinds of requests, as by paths that end in `*`"
    );
    Err(Obstacle {
        severity: Severity::Error,
        ..Obstacle::quiet("too-many-rules", message)
    })
}

/// Every port that a caller may ask for must be known by its number.
fn has_its_ports<'s>(
    plan: &mut Plan,
    scene: &Scene<'s>,
    workload: &Workload<'s>,
    counted: &[&Edge],
) -> Result<(), Obstacle> {
    let is_any = |edge: &&&Edge| edge.ports == Ports::All && is_reason(edge);
    if !counted.iter().any(|edge| is_any(&edge)) {
        return Ok(());
    }
    let Some((node, port, place)) = unresolved(scene, workload) else {
        return Ok(());
    };
    let message = format!(
        "\"{}\" is not the name of exactly one container port of {}, so no policy can be about it; name the port so in one container, or write its number",
        port.target,
        title(workload)
    );
    let subject = (node.service.resource, scene.survey.resources);
    plan.report(UNRESOLVED, Severity::Error, subject, &place, message, None);
    let message = "a port of its Service leads to no container port";
    Err(Obstacle::quiet(UNRESOLVED, message))
}

/// The first port of an edge that is told not to be HTTP.
fn tcp_port<'s>(scene: &Scene<'s>, workload: &Workload<'s>, edge: &Edge) -> Option<u16> {
    let Ports::Some(ports) = &edge.ports else {
        return None;
    };
    let is_other = |port: &&u16| protocol(scene, workload, **port) == Protocol::Other;
    ports.iter().find(is_other).copied()
}

fn names(scene: &Scene<'_>, edges: &[&Edge]) -> String {
    let workloads = edges.iter().filter_map(|edge| match edge.from {
        Peer::Workload(number) => scene.survey.graph.workload(number),
        _ => None,
    });
    let mut names: Vec<String> = workloads.map(title).collect();
    names.order();
    names.dedup();
    names.join(", ")
}
