//! Who may call whom: `AuthorizationPolicy`s for the calls that somebody stated, and what is wrong with those of
//! authors.
//!
//! ```text
//!  edges ─▶ callers ─▶ grants ─▶ policy of the workload ─▶ policy of its Service, behind a waypoint
//!              │          ▲              │
//!              │       scrapes           └─▶ the namespace is closed, once all callers are known
//!              └─▶ a caller without an identity, or one that only texts suggest: no policy
//! ```

mod accounts;
mod admission;
mod authored;
mod callee;
mod caller;
mod default_deny;
mod doubt;
mod former;
mod grants;
mod memory;
mod policy;
mod ports;
pub(crate) mod present;
mod scene;
mod scrape;
mod selection;
mod stated;
mod statement;
mod suggestions;
mod unclear;
mod waypoints;

use std::collections::BTreeMap;

use sdk::{Plan, Rule, Severity};

use crate::config::{AuthorizationMode, Run};
use crate::survey::Survey;
use callee::Desk;
use memory::Memory;
use policy::TAKEN;
use scene::Scene;
use selection::Selection;
use suggestions::Suggestions;
use waypoints::Waypoints;

/// The decision about a workload's policy.
const ALLOW: &str = "allow";
/// The decision about a Service's policy, which its waypoint goes by.
const ALLOW_SERVICE: &str = "allow-service";
/// The decision about a namespace that is closed.
const DEFAULT_DENY: &str = "default-deny";
/// Metrics that anybody may scrape (019).
const SCRAPE_BY_PORT: &str = "scrape-by-port";
/// A policy would be one for another workload too (025).
const SPILL: &str = "policy-spills";
/// The name of a port that means none (026).
const UNRESOLVED: &str = "unresolved-port";
/// Requests that nobody looks at in ambient mode (032).
const L7_IN_AMBIENT: &str = "requests-in-ambient";
/// A policy that doesn't know of the waypoint before its workloads (033).
const WAYPOINT_LEFT_OUT: &str = "waypoint-left-out";
/// Callers that must be known and aren't (040).
const UNKNOWN_CALLERS: &str = "unknown-callers";
/// Anybody may call it (041).
const UNPROTECTED: &str = "unprotected";
/// Requests on a port that is not HTTP (042).
const HTTP_ON_TCP: &str = "requests-on-tcp";
/// A policy that lets anybody in (043).
const OPEN_POLICY: &str = "open-policy";
/// A ServiceAccount that too many share (050).
const DEFAULT_ACCOUNT: &str = "default-account";
/// A ServiceAccount that nobody has (051).
const UNKNOWN_ACCOUNT: &str = "unknown-account";
/// A caller without an identity.
const NAMELESS: &str = "caller-without-identity";
/// Callers that an earlier run knew and the input lacks.
const UNSEEN: &str = "unseen-callers";
/// A call that only texts suggest.
const UNSTATED: &str = "unstated-call";

/// Decisions first, then checks by severity.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        ALLOW,
        Severity::Info,
        "Lets the stated callers of a workload in, and nobody else.",
    ),
    Rule::new(
        ALLOW_SERVICE,
        Severity::Info,
        "Does the same for a Service behind a waypoint.",
    ),
    Rule::new(
        DEFAULT_DENY,
        Severity::Info,
        "Lets nobody call anything in a namespace that no policy lets them.",
    ),
    Rule::new(
        SPILL,
        Severity::Error,
        "The pods of two workloads have the same labels, so a policy for one would be one for both.",
    ),
    Rule::new(
        UNRESOLVED,
        Severity::Error,
        "A Service leads to a named port that is not exactly one port of the containers.",
    ),
    Rule::new(
        L7_IN_AMBIENT,
        Severity::Error,
        "A rule is about requests, which nobody looks at in ambient mode without a waypoint.",
    ),
    Rule::new(
        WAYPOINT_LEFT_OUT,
        Severity::Error,
        "A policy names callers that come through a waypoint, and not the waypoint.",
    ),
    Rule::new(
        UNKNOWN_CALLERS,
        Severity::Error,
        "With `authorization.mode: enforce` nobody states who calls a workload.",
    ),
    Rule::new(
        HTTP_ON_TCP,
        Severity::Error,
        "A rule is about requests on a port that is not HTTP.",
    ),
    Rule::new(
        NAMELESS,
        Severity::Error,
        "A caller has no identity, so no policy can let it in.",
    ),
    Rule::new(
        TAKEN,
        Severity::Error,
        "An author's policy with another effect has the name of one that would be made; with the same effect info.",
    ),
    Rule::new(OPEN_POLICY, Severity::Warning, "A policy lets anybody in."),
    Rule::new(
        DEFAULT_ACCOUNT,
        Severity::Warning,
        "A caller or callee runs as ServiceAccount `default`; an error where it shares that with others under `authorization.mode: enforce`.",
    ),
    Rule::new(
        UNKNOWN_ACCOUNT,
        Severity::Warning,
        "A policy or a statement names a ServiceAccount that nothing in the input has.",
    ),
    Rule::new(
        UNSEEN,
        Severity::Warning,
        "A policy of an earlier run lets in callers that the input lacks, so they stay let in.",
    ),
    Rule::new(
        UNSTATED,
        Severity::Warning,
        "Only a text suggests a call, so a policy for those stated might cut it off; info where there is none.",
    ),
    Rule::new(
        UNPROTECTED,
        Severity::Info,
        "Anybody may call a workload; a warning in production.",
    ),
    Rule::new(
        SCRAPE_BY_PORT,
        Severity::Info,
        "Anybody may scrape a workload's metrics, since Prometheus has no identity.",
    ),
];

/// Plans policies, and looks at those of authors.
pub(crate) fn plan(plan: &mut Plan, survey: &Survey<'_, '_>) {
    let scene = Scene::new(survey);
    let waypoints = Waypoints::new(&scene);
    authored::check(plan, &scene, &waypoints);
    if survey.run.authorization.mode == AuthorizationMode::Off {
        return;
    }
    let selection = Selection::new(&scene);
    let memory = Memory::new(&scene);
    let workloads = scene.survey.graph.workloads();
    let parts = plan.in_parts(workloads.len(), |plan, part| {
        let mut suggestions = Suggestions::default();
        let mut desk = Desk {
            scene: &scene,
            selection: &selection,
            waypoints: &waypoints,
            memory: &memory,
            suggestions: &mut suggestions,
        };
        let mut fates = Vec::new();
        for workload in workloads.get(part).unwrap_or_default() {
            if scene.mesh(workload).is_meshed() && scene.is_looked_after(workload.namespace) {
                fates.push((workload.number, desk.decide(plan, workload)));
            }
        }
        (fates, suggestions)
    });
    let mut fates = BTreeMap::new();
    let mut suggestions = Suggestions::default();
    for (of_part, suggested) in parts {
        fates.extend(of_part);
        suggestions.append(suggested);
    }
    waypoints.make_policies(plan, &scene, &fates);
    if scene.is_enforced() {
        default_deny::make(plan, &scene, &fates);
    }
    suggestions.report(plan);
}

/// What stands in front of the kind.
fn api_version(run: &Run) -> String {
    crate::peer::api_version(run, "security.istio.io")
}

#[cfg(test)]
mod tests;
