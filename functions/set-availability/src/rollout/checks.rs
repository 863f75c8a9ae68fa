//! Rollouts that can't go on, or that are outages.

use sdk::{Environment, Place, Plan, Severity, json};

use super::claims::Claims;
use super::crowding::Crowding;
use super::step::{Step, is_none};
use super::strategy::Strategy;
use crate::config::PodCount;
use crate::survey::Workload;

/// Fields of a strategy that don't belong where they stand, and that an Argo Rollout's canary can't do.
pub(super) fn fields(plan: &mut Plan, workload: &Workload<'_>) {
    let kinds = [
        ("StatefulSet", "strategy", "updateStrategy"),
        ("DaemonSet", "strategy", "updateStrategy"),
        ("Deployment", "updateStrategy", "strategy"),
    ];
    let kind = kinds.iter().find(|(kind, ..)| workload.is("apps", kind));
    if let Some((kind, foreign, own)) = kind
        && workload.owner.node.at(&["spec", foreign]).is_some()
    {
        let message = format!(
            "a {kind} has no `{foreign}`, and Kubernetes refuses or forgets it; write `{own}`"
        );
        let place = workload.owner.place().field("spec").field(*foreign);
        let rule = "foreign-strategy-field";
        plan.report(
            rule,
            Severity::Error,
            workload.subject(),
            &place,
            message,
            None,
        );
    }
    if workload.is("argoproj.io", "Rollout") {
        canary(plan, workload);
    }
}

/// argoproj/argo-rollouts at 9f8d111d: pkg/apis/rollouts/validation/validation.go, `invalidMaxSurgeMaxUnavailable`.
fn canary(plan: &mut Plan, workload: &Workload<'_>) {
    let canary = ["spec", "strategy", "canary"];
    let count = |field: &str| {
        let canary = workload.owner.node.at(&canary)?;
        canary.get(field).and_then(PodCount::of)
    };
    let is_impossible =
        count("maxSurge").is_some_and(is_none) && count("maxUnavailable").is_some_and(is_none);
    if is_impossible {
        let place = workload.owner.place();
        let place = canary.iter().fold(place, |place, step| place.field(*step));
        impossible(plan, workload, &place.field("maxUnavailable"));
    }
}

fn impossible(plan: &mut Plan, workload: &Workload<'_>, place: &Place) {
    let message = "must not be 0 together with `maxSurge`, since then a rollout may neither add nor take away a pod; write 1 for one of them";
    let rule = "rollout-impossible";
    plan.report(
        rule,
        Severity::Error,
        workload.subject(),
        place,
        message,
        None,
    );
}

/// Checks how rollouts of a Deployment go on.
pub(super) fn strategy(
    plan: &mut Plan,
    environment: Option<Environment>,
    workload: &Workload<'_>,
    strategy: Option<&Strategy>,
) {
    let Some(strategy) = strategy else { return };
    if strategy.step.is_impossible() {
        let place = workload.owner.place().field("spec").field("strategy");
        let place = place.field("rollingUpdate").field("maxUnavailable");
        return impossible(plan, workload, &place);
    }
    volumes(plan, workload, strategy);
    nodes(plan, workload, strategy);
    if environment == Some(Environment::Production) && workload.floor == 1 {
        downtime(plan, workload, strategy);
    }
}

fn volumes(plan: &mut Plan, workload: &Workload<'_>, strategy: &Strategy) {
    let Claims::Exclusive(name) = &strategy.claims else {
        return;
    };
    if strategy.step.surges() {
        let message = format!(
            "only one node can have the volume of the claim \"{name}\": a rollout starts a pod that waits for the volume, and the pod that has it waits for the new one; write `type: Recreate`"
        );
        let place = workload.owner.place().field("spec").field("strategy");
        let recreate = json!({"type": "Recreate"});
        let (rule, subject) = ("rwo-surge-deadlock", workload.subject());
        plan.report(
            rule,
            Severity::Warning,
            subject,
            &place,
            message,
            Some(&recreate),
        );
    }
}

fn nodes(plan: &mut Plan, workload: &Workload<'_>, strategy: &Strategy) {
    let waits = strategy
        .step
        .pods(workload.floor)
        .is_some_and(|(_, gone)| gone == 0);
    let Some(crowding) = strategy.crowding.filter(|_| waits) else {
        return;
    };
    let (rule, why) = match crowding {
        Crowding::HostPort => (
            "host-port-rollout",
            "each pod needs its port on its node for itself",
        ),
        Crowding::AntiAffinity => ("anti-affinity-rollout", "no two pods may share a node"),
    };
    let nodes = workload.floor.saturating_add(1);
    let message = format!(
        "{why}, and no pod may be missing, so a rollout needs {nodes} nodes or waits forever; write `maxUnavailable: 1` and `maxSurge: 0`"
    );
    let place = workload.owner.place().field("spec").field("strategy");
    plan.report(
        rule,
        Severity::Warning,
        workload.subject(),
        &place,
        message,
        None,
    );
}

/// Where a volume lets just one pod run there is no other way.
fn downtime(plan: &mut Plan, workload: &Workload<'_>, strategy: &Strategy) {
    let is_needed = strategy.claims != Claims::Free;
    let why = match strategy.step {
        Step::Recreate if !is_needed => "`Recreate` ends the only pod before the next one starts",
        Step::Rolling { .. }
            if strategy.step.pods(1).is_some_and(|(_, gone)| gone > 0) && !is_needed =>
        {
            "`maxUnavailable` lets the only pod go before the next one is ready"
        }
        _ => return,
    };
    let message = format!(
        "{why}, so that each rollout is an outage; run more pods, or roll with `maxSurge: 1` and `maxUnavailable: 0`"
    );
    let place = workload.owner.place().field("spec").field("strategy");
    let (rule, subject) = ("rollout-downtime", workload.subject());
    plan.report(rule, Severity::Warning, subject, &place, message, None);
}
