//! How many pods a workload has, where no autoscaler decides it; and the hand-over where one does.

use sdk::{Mode, Order as _, Plan, Rule, Severity};

use crate::autoscalers::label;
use crate::config::WhenAutoscaled;
use crate::settings::{Chosen, Settings};
use crate::survey::{Scaling, Survey, Workload};

const REPLICAS: &str = "replicas";

pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        REPLICAS,
        Severity::Info,
        "Sets how many pods there are, or leaves that to the autoscaler.",
    ),
    Rule::new(
        "two-autoscalers",
        Severity::Error,
        "Several autoscalers decide how many pods a workload has.",
    ),
    Rule::new(
        "daemonset-replicas",
        Severity::Error,
        "A `DaemonSet` has `replicas`, which Kubernetes doesn't know there.",
    ),
    Rule::new(
        "replicas-handed-over",
        Severity::Warning,
        "`replicas` goes, since an autoscaler decides; the first apply may need care.",
    ),
    Rule::new(
        "paused-workload",
        Severity::Warning,
        "`replicas: 0` keeps an autoscaler from starting a workload.",
    ),
];

/// The number of replicas that there will be where no autoscaler decides; one where nobody says.
pub(crate) fn planned(plan: &mut Plan, mode: Mode, workload: &Workload<'_>) -> u32 {
    let authored = workload
        .replicas_node()
        .map(|_| workload.replicas().unwrap_or(1));
    let configured = workload.settings.as_ref();
    let configured = configured.and_then(|settings| configured_for(workload, settings));
    let Some(configured) = configured else {
        return authored.unwrap_or(1);
    };
    match authored {
        Some(authored) if !is_beaten(mode, configured) => authored,
        _ if plan.is_skipped(REPLICAS, workload.subject()) => authored.unwrap_or(1),
        _ => configured.value,
    }
}

/// The configured number of replicas of a kind that may be scaled by it: what may hold data only by an
/// override.
fn configured_for(workload: &Workload<'_>, settings: &Settings) -> Option<Chosen<u32>> {
    let configured = settings.replicas?;
    let is_told = configured.is_override && workload.kind.scalable;
    let is_safe = || workload.is_stateless() && workload.exclusive_claim().is_none();
    let may_be = is_told || is_safe();
    (may_be && workload.kind.replicas_path.is_some()).then_some(configured)
}

fn is_beaten(mode: Mode, configured: Chosen<u32>) -> bool {
    mode == Mode::Overwrite && configured.is_user
}

/// Decides about the replicas of a workload.
pub(crate) fn decide(plan: &mut Plan, survey: &Survey<'_, '_>, workload: &Workload<'_>) {
    check_unknown(plan, workload);
    let Some(settings) = workload.settings.as_deref() else {
        return;
    };
    match &workload.scaling {
        Scaling::Contested(several) => {
            let mut names: Vec<String> = several.iter().map(|own| own.label()).collect();
            names.order();
            let message = format!(
                "is scaled by {} at once, each against the other; keep one of them",
                names.join(" and ")
            );
            let place = workload.owner.place();
            let rule = "two-autoscalers";
            plan.report(
                rule,
                Severity::Error,
                workload.subject(),
                &place,
                message,
                None,
            );
        }
        Scaling::Fixed => fill(plan, survey.context.mode(), workload, settings),
        Scaling::Authored(_) | Scaling::Made | Scaling::Elsewhere => {
            hand_over(plan, survey.context.mode(), workload, settings);
        }
    }
}

fn check_unknown(plan: &mut Plan, workload: &Workload<'_>) {
    let is_daemon = workload.is("apps", "DaemonSet") || workload.is("apps.kruise.io", "DaemonSet");
    let is_there = workload.owner.node.at(&["spec", "replicas"]).is_some();
    if is_daemon && is_there && workload.settings.is_some() {
        let message = "a DaemonSet has no `replicas`, it runs one pod on each node; remove the field, or make it a Deployment";
        let place = workload.owner.place().field("spec").field("replicas");
        let rule = "daemonset-replicas";
        plan.report(
            rule,
            Severity::Error,
            workload.subject(),
            &place,
            message,
            None,
        );
    }
}

fn fill(plan: &mut Plan, mode: Mode, workload: &Workload<'_>, settings: &Settings) {
    let Some(place) = workload.replicas_place() else {
        return;
    };
    let Some(decision) = plan.decide(REPLICAS, workload.subject()) else {
        return;
    };
    let Some(configured) = settings.replicas else {
        return decision.skip(
            "not-configured",
            "no `replicas`: the configuration asks for none",
        );
    };
    let is_there = workload.replicas_node().is_some();
    let is_same = workload.replicas() == Some(configured.value);
    if is_there && !is_same && !is_beaten(mode, configured) {
        return decision.keep(
            "authored",
            &place,
            "its author decided how many pods there are",
        );
    }
    if configured_for(workload, settings).is_none() {
        return decision.skip("not-scaled-by-default", why_not_scaled(workload));
    }
    let message = format!("{}, as configured", pods(configured.value));
    decision.set(&place, sdk::Value::from(configured.value), message);
}

fn why_not_scaled(workload: &Workload<'_>) -> String {
    let why = match workload.exclusive_claim() {
        Some(claim) => format!(
            "only one node can have the volume of the claim \"{claim}\", and pods on others would wait for it"
        ),
        None => "more pods of it may not be the same as more of the work done".to_owned(),
    };
    format!("is scaled only by an override that says so, since {why}")
}

/// An apply of `replicas` would undo what the autoscaler did, each time.
fn hand_over(plan: &mut Plan, mode: Mode, workload: &Workload<'_>, settings: &Settings) {
    let (Some(_), Some(place)) = (workload.replicas_node(), workload.replicas_place()) else {
        return;
    };
    let subject = workload.subject();
    let Some(decision) = plan.decide(REPLICAS, subject) else {
        return;
    };
    let warning = if workload.is_paused() {
        decision.keep("paused", &place, "its author stopped it");
        Some(("paused-workload", PAUSED))
    } else if settings.when_autoscaled == WhenAutoscaled::KeepReplicas {
        let message =
            "stays until the autoscaler is at work, as `whenAutoscaled: keepReplicas` asks";
        decision.keep("keep-replicas", &place, message);
        None
    } else {
        decision.remove(&place, format!("{} decides it", decider(workload)));
        (mode != Mode::Audit).then_some(("replicas-handed-over", HANDED_OVER))
    };
    if let Some((rule, message)) = warning {
        plan.report(rule, Severity::Warning, subject, &place, message, None);
    }
}

const PAUSED: &str = "`replicas: 0` stops the workload, and its autoscaler waits until somebody starts it; remove the field to start it";

const HANDED_OVER: &str = "goes from the manifest, since the autoscaler decides it; where it was set by a client-side apply, the first apply after that may drop the workload to 1 pod: take it out of the annotation `kubectl.kubernetes.io/last-applied-configuration` first, or write `whenAutoscaled: keepReplicas` until the autoscaler is at work; a server-side apply needs nothing";

fn decider(workload: &Workload<'_>) -> String {
    match &workload.scaling {
        Scaling::Authored(autoscaler) => format!("the {}", autoscaler.label()),
        Scaling::Made => format!(
            "the HorizontalPodAutoscaler that is made for {}",
            label(workload.owner)
        ),
        _ => "its autoscaler".to_owned(),
    }
}

/// `1 pod`, `3 pods`.
pub(crate) fn pods(number: u32) -> String {
    match number {
        1 => "1 pod".to_owned(),
        _ => format!("{number} pods"),
    }
}
