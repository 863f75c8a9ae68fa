//! The sleep before a container is told to end.

use sdk::{ContainerType, Decision, Node, Plan, Severity, Value, Version, json};

use super::ending::{Ending, One};
use super::grace::Grace;
use super::traffic::{Traffic, Verdict};
use crate::rollout::seconds;
use crate::settings::Chosen;

pub(super) const RULE: &str = "pre-stop";

/// The first version whose containers can sleep without a feature gate.
///
/// kubernetes/kubernetes: `pkg/features/kube_features.go`, `PodLifecycleSleepAction`: beta and on since 1.30.
pub(super) const SINCE: u32 = 30;

/// Decides it for each container that runs as long as its pod.
pub(super) fn decide<'r>(plan: &mut Plan, ending: &Ending<'r>, grace: &Grace<'r>) {
    let traffic = Traffic::of(ending.pod);
    let in_scope = ending
        .containers
        .iter()
        .filter(|one| one.settings.is_some());
    for one in in_scope {
        if let Some(decision) = plan.decide(RULE, one.container) {
            end(decision, ending, one, grace, &traffic);
        }
    }
}

fn end<'r>(
    decision: Decision<'_, 'r>,
    ending: &Ending<'r>,
    one: &One<'r>,
    grace: &Grace<'r>,
    traffic: &Traffic<'r>,
) {
    if let Some((reason, message)) = ending.exempt {
        return decision.skip(reason, format_args!("no `preStop` sleep: {message}"));
    }
    if one.container.kind() == ContainerType::Sidecar {
        let message =
            "no `preStop` sleep: a sidecar is told to end only after the containers that it serves";
        return decision.skip("sidecar", message);
    }
    if one.hook.is_some() {
        return replace(decision, ending, one, grace);
    }
    let Some(wish) = one.wish else {
        let message = "no `preStop` sleep: the configuration asks for none";
        return decision.skip("not-configured", message);
    };
    if let Some((reason, message)) = without_traffic(traffic.reaches(one.container)) {
        return decision.skip(reason, format_args!("no `preStop` sleep: {message}"));
    }
    match handler(ending, one, wish) {
        Err((reason, message)) => {
            decision.skip(reason, format_args!("no `preStop` sleep: {message}"));
        }
        Ok(_) if !fits(wish, grace) => too_short(decision, wish, grace),
        Ok(handler) => {
            let message = format_args!(
                "goes on for {}, while load balancers forget it",
                seconds(i64::from(wish.value))
            );
            decision.set(&one.place(), handler, message);
        }
    }
}

/// What an author wrote stays, unless the user's own number replaces that of a plain sleep.
fn replace<'r>(decision: Decision<'_, 'r>, ending: &Ending<'r>, one: &One<'r>, grace: &Grace<'r>) {
    let replacement = one.replacement(ending.mode).map(i64::from);
    let fitting = replacement.filter(|wish| grace.seconds.is_some_and(|grace| *wish < grace));
    if let Some(wish) = fitting {
        let place = one.place().field("sleep").field("seconds");
        let message = format_args!("sleeps for {}, as configured", seconds(wish));
        return decision.set(&place, Value::from(wish), message);
    }
    // An author's null is as authored as a hook, also where hooks would stand.
    let lifecycle = one.container.get("lifecycle");
    let place = if lifecycle.is_some_and(Node::is_map) {
        one.place()
    } else {
        one.container.field("lifecycle")
    };
    decision.keep(
        "authored",
        &place,
        "kept the `preStop` that was already there",
    );
}

fn fits(wish: Chosen<u32>, grace: &Grace<'_>) -> bool {
    grace
        .seconds
        .is_some_and(|grace| i64::from(wish.value) < grace)
}

/// The API server takes a sleep as long as the grace period, though its message says "less than"; but then nothing
/// is left of it when the container is told to end.
///
/// kubernetes/kubernetes at 000f2605: pkg/apis/core/validation/validation.go, `validateSleepAction`.
fn too_short(decision: Decision<'_, '_>, wish: Chosen<u32>, grace: &Grace<'_>) {
    let wish = seconds(i64::from(wish.value));
    let period = match grace.seconds {
        Some(grace) => format!("the grace period is {}", seconds(grace)),
        None => "the grace period can't be read".to_owned(),
    };
    let message = format!(
        "no `preStop` sleep: it would take {wish}, and {period}; make `terminationGracePeriodSeconds` longer than the sleep, or `preStopSleepSeconds` shorter"
    );
    decision.skip_with(Severity::Warning, "grace-too-short", message);
}

fn without_traffic(verdict: Verdict) -> Option<(&'static str, &'static str)> {
    match verdict {
        Verdict::Served => None,
        Verdict::NoService => Some(("no-traffic", "no Service selects the pod")),
        Verdict::Elsewhere => Some(("no-traffic", "no Service leads to the container")),
        Verdict::Unclear => Some((
            "unclear-traffic",
            "a Service leads to a port that no container declares; declare it in `ports`",
        )),
    }
}

fn handler(
    ending: &Ending<'_>,
    one: &One<'_>,
    wish: Chosen<u32>,
) -> Result<Value, (&'static str, &'static str)> {
    if ending.version >= Version::minor(SINCE) {
        return Ok(json!({"sleep": {"seconds": wish.value}}));
    }
    if !one
        .shutdown()
        .is_some_and(|shutdown| shutdown.exec_fallback)
    {
        let message = "Kubernetes has one of its own from 1.30 on; set `kubernetesVersion`, or `execFallback: true` where images have the command `sleep`";
        return Err(("kubernetes-version", message));
    }
    if ending.pod.is_windows() {
        return Err(("windows", "Windows has no command `sleep`"));
    }
    Ok(json!({"exec": {"command": ["sleep", wish.value.to_string()]}}))
}
