//! What becomes of one workload: whom its policy lets in, or why it gets none.

use std::borrow::Cow;

use sdk::{Edge, Mesh, Plan, Severity, Workload};

use super::admission::{Obstacle, UNKNOWN_WAYPOINT};
use super::caller::Source;
use super::grants::Grants;
use super::memory::{Kept, Memory};
use super::policy::{Policy, allowing};
use super::scene::{Scene, is_reason, title};
use super::selection::Selection;
use super::suggestions::Suggestions;
use super::waypoints::Waypoints;
use super::{ALLOW, UNKNOWN_CALLERS, UNPROTECTED};
use crate::config::UnknownCallers;
use crate::istio::{Action, Scope};

/// What became of a workload.
pub(super) enum Fate {
    /// A policy lets in these.
    Covered(Grants),
    /// An author's policy says who may call it.
    Authored,
    /// Nobody calls it, or nobody may.
    Shut,
    /// Anybody may call it.
    Open,
    /// It has callers whom no policy could let in, so nothing may keep others out.
    Blocked {
        /// Whether that has been told.
        is_told: bool,
    },
}

/// Everything besides the workload itself.
pub(super) struct Desk<'d, 's> {
    pub(super) scene: &'d Scene<'s>,
    pub(super) selection: &'d Selection<'s>,
    pub(super) waypoints: &'d Waypoints<'s>,
    pub(super) memory: &'d Memory<'s>,
    pub(super) suggestions: &'d mut Suggestions<'s>,
}

/// Who calls a workload.
pub(super) struct Calls<'c, 's> {
    /// Calls that count.
    pub(super) counted: &'c [&'s Edge],
    /// Calls that don't.
    pub(super) guessed: &'c [&'s Edge],
    /// Callers that an earlier run knew.
    pub(super) kept: &'c Kept<'s>,
}

impl<'s> Desk<'_, 's> {
    /// Decides about a workload in the mesh.
    pub(super) fn decide(&mut self, plan: &mut Plan, workload: &'s Workload<'s>) -> Fate {
        let scene = self.scene;
        if !scene.survey.is_in_scope(workload.owner) {
            return left_alone(scene, workload);
        }
        if plan.is_skipped(ALLOW, workload.pod) {
            // Opening the decision tells of it.
            drop(plan.decide(ALLOW, workload.pod));
            return left_alone(scene, workload);
        }
        if scene.is_gateway(workload) {
            // Whoever it is there for has no identity.
            let fate = match left_alone(scene, workload) {
                Fate::Shut => Fate::Blocked { is_told: false },
                fate => fate,
            };
            return quiet(plan, workload, "gateway", fate);
        }
        let incoming = scene.incoming(workload);
        let (counted, guessed): (Vec<&Edge>, Vec<&Edge>) = incoming
            .iter()
            .copied()
            .partition(|edge| scene.counts(edge));
        let kept = self.memory.kept(scene, self.waypoints, workload, &counted);
        if !kept.is_some()
            && let Some(fate) = self.without_callers(plan, workload, &counted, &guessed)
        {
            return fate;
        }
        if let Some(policy) = authored(scene, workload).filter(|policy| !policy.is_ours) {
            let (place, subject) = (
                policy.resource.place(),
                (policy.resource, scene.survey.resources),
            );
            if let Some(decision) = plan.decide(ALLOW, subject) {
                let message = format!("says already who may call {}", title(workload));
                decision.keep("authored", &place, message);
            }
            return Fate::Authored;
        }
        let calls = Calls {
            counted: &counted,
            guessed: &guessed,
            kept: &kept,
        };
        let grants = self.grants(plan, workload, &calls);
        self.settle(plan, workload, grants)
    }

    /// Makes the policy, or tells why there is none.
    fn settle(
        &self,
        plan: &mut Plan,
        workload: &'s Workload<'s>,
        grants: Result<Grants, Obstacle>,
    ) -> Fate {
        match grants {
            Err(obstacle) => {
                let is_told = obstacle.reason != UNKNOWN_WAYPOINT;
                if !is_told {
                    self.memory.retain(plan, self.scene, workload);
                }
                if let Some(decision) = plan.decide(ALLOW, workload.pod) {
                    decision.skip_with(obstacle.severity, obstacle.reason, obstacle.message);
                }
                Fate::Blocked { is_told }
            }
            Ok(grants) if grants.is_empty() => {
                if let Some(decision) = plan.decide(ALLOW, workload.pod) {
                    let message = "nobody is stated to call it where a policy counts";
                    decision.skip("no-callers", message);
                }
                Fate::Shut
            }
            Ok(grants) => {
                self.make(plan, workload, &grants);
                Fate::Covered(grants)
            }
        }
    }

    /// What becomes of a workload that nobody is stated to call.
    fn without_callers(
        &mut self,
        plan: &mut Plan,
        workload: &'s Workload<'s>,
        counted: &[&Edge],
        guessed: &[&'s Edge],
    ) -> Option<Fate> {
        let scene = self.scene;
        if counted.iter().any(|edge| is_reason(edge)) {
            return None;
        }
        let unknown = scene.survey.run.authorization.unknown_callers;
        let is_enforced = scene.is_enforced();
        let severity = if is_enforced {
            Severity::Warning
        } else {
            Severity::Info
        };
        self.suggestions.add(scene, workload, guessed, severity);
        if authored(scene, workload).is_some() {
            return Some(quiet(plan, workload, "authored", Fate::Authored));
        }
        if !scene.listens(workload) {
            return Some(quiet(plan, workload, "no-port", Fate::Shut));
        }
        if !is_enforced {
            unprotected(plan, scene, workload);
            return Some(quiet(plan, workload, "no-callers", Fate::Open));
        }
        if unknown != UnknownCallers::Error {
            return None;
        }
        let message = "nobody states who calls it, and `authorization.mode: enforce` would let nobody in; state its callers with `plimsoll.dev/allow-from` on it or with `plimsoll.dev/calls` on them, or set `authorization.unknownCallers`";
        let place = workload.owner.place();
        plan.report(
            UNKNOWN_CALLERS,
            Severity::Error,
            workload.pod,
            &place,
            message,
            None,
        );
        let told = Fate::Blocked { is_told: true };
        Some(quiet(plan, workload, UNKNOWN_CALLERS, told))
    }

    fn make(&self, plan: &mut Plan, workload: &'s Workload<'s>, grants: &Grants) {
        let scene = self.scene;
        let trust_domain = &scene.survey.run.mesh.trust_domain;
        let grants = if scene.mesh(workload) == Mesh::IstioAmbient {
            // What comes through a waypoint comes with its identity.
            let ports: Vec<_> = grants.iter().map(|(_, _, ports)| ports.clone()).collect();
            let mut grants = grants.past_waypoints(|source| only_ambient(scene, source));
            for waypoint in self.waypoints.before(scene, workload).sources {
                for ports in &ports {
                    grants.add(waypoint.clone(), ports.clone(), &[]);
                }
            }
            Cow::Owned(grants)
        } else {
            Cow::Borrowed(grants)
        };
        let policy = Policy {
            namespace: workload.namespace,
            name: name(scene, workload),
            spec: allowing(&workload.stable_labels(), &grants, trust_domain),
            evidence: grants.evidence().text(),
        };
        policy.make(plan, scene, workload.owner);
    }
}

/// Whether whatever runs as a ServiceAccount goes through waypoints; sidecars and gateways go past them.
fn only_ambient(scene: &Scene<'_>, source: &Source) -> bool {
    let Source::Account { namespace, name } = source else {
        return false;
    };
    let seen = scene.running_as(namespace, name);
    seen.workloads() > 0 && seen.ambient == seen.workloads()
}

fn unprotected<'s>(plan: &mut Plan, scene: &Scene<'s>, workload: &Workload<'s>) {
    let severity = if scene.is_production() {
        Severity::Warning
    } else {
        Severity::Info
    };
    let message = "anybody may call it, since nobody states who does; state it with `plimsoll.dev/allow-from` on it or with `plimsoll.dev/calls` on its callers";
    let place = workload.owner.place();
    plan.report(UNPROTECTED, severity, workload.pod, &place, message, None);
}

/// A workload that this run has no say about: what cuts off its callers would be somebody else's fault.
fn left_alone<'s>(scene: &Scene<'s>, workload: &Workload<'s>) -> Fate {
    if authored(scene, workload).is_some() {
        Fate::Authored
    } else if scene.listens(workload) {
        Fate::Blocked { is_told: false }
    } else {
        Fate::Shut
    }
}

fn quiet(plan: &mut Plan, workload: &Workload<'_>, reason: &'static str, fate: Fate) -> Fate {
    if let Some(decision) = plan.decide(ALLOW, workload.pod) {
        let message = match reason {
            "authored" => "an author's policy says who may call it",
            "no-port" => "nothing can call it",
            "gateway" => "a gateway is there for callers outside of the mesh",
            _ => "nobody states who calls it",
        };
        decision.skip(reason, message);
    }
    fate
}

/// An author's policy that says who may call a workload.
struct Authored<'s> {
    resource: &'s sdk::Resource<'s>,
    /// Whether it has the name of the one that would be made: then they are compared.
    is_ours: bool,
}

fn authored<'s>(scene: &Scene<'s>, workload: &Workload<'s>) -> Option<Authored<'s>> {
    let labels = workload.pod.labels();
    let policies = &scene.survey.policies;
    let own = policies.selecting(workload.namespace, labels).into_iter();
    let own = own.filter(|policy| {
        let is_narrow = policy.scope() == Scope::Workload;
        policy.action == Action::Allow && is_narrow && !policy.is_dry_run
    });
    let name = name(scene, workload);
    let all = own.map(|policy| Authored {
        resource: policy.resource,
        is_ours: policy.resource.name() == name && policy.namespace == workload.namespace,
    });
    // One of another name beats one that is compared.
    all.min_by_key(|policy| policy.is_ours)
}

/// The name of a workload's policy. Where several have one name, their kinds tell them apart, and the templates of
/// one owner their positions.
pub(super) fn name<'s>(scene: &Scene<'s>, workload: &Workload<'s>) -> String {
    let plain = format!("allow-{}", workload.name());
    if !scene.shares_name(workload) {
        return plain;
    }
    let kind = workload.owner.kind().to_lowercase();
    let earlier = scene.survey.graph.workloads().get(..workload.number);
    let earlier = earlier.unwrap_or_default().iter().rev();
    let siblings = earlier.take_while(|other| other.owner.number == workload.owner.number);
    match siblings.count() {
        0 => format!("{plain}-{kind}"),
        position => format!("{plain}-{kind}-{}", position + 1),
    }
}
