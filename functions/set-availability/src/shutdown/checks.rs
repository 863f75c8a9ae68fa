//! Hooks that are refused, or that leave nothing of the grace period.

use sdk::{Plan, Severity, Version};

use super::ending::{Ending, One};
use super::grace::Grace;
use super::pre_stop;
use crate::rollout::seconds;

pub(super) const REFUSED: &str = "sleep-refused";
pub(super) const OUTLASTS: &str = "sleep-outlasts-grace";

/// The first version that takes a sleep of no time without a feature gate.
///
/// kubernetes/kubernetes: `pkg/features/kube_features.go`, `PodLifecycleSleepActionAllowZero`: beta and on since 1.33.
const ZERO_SINCE: u32 = 33;

/// Checks the hooks that stay as their author wrote them.
pub(super) fn check<'r>(plan: &mut Plan, ending: &Ending<'r>, grace: &Grace<'r>) {
    let (Some(_), Some(grace)) = (&ending.settings, grace.seconds) else {
        return;
    };
    for one in &ending.containers {
        let hook = one.hook.as_ref();
        let is_native = hook.is_some_and(|hook| hook.is_native);
        let Some(rest) = one.rest(ending.mode, grace) else {
            continue;
        };
        let refusal = is_native.then(|| refusal(rest, grace, ending.version));
        if let Some(why) = refusal.flatten() {
            let message = format!("the API server refuses this sleep: {why}");
            plan.report(
                REFUSED,
                Severity::Error,
                one.container,
                &one.place(),
                message,
                None,
            );
        } else if rest >= grace {
            outlasts(plan, one, rest, grace);
        }
    }
}

/// Why a sleep of Kubernetes' own is refused.
///
/// kubernetes/kubernetes at 000f2605: `pkg/apis/core/validation/validation.go`, `validateSleepAction`.
fn refusal(rest: i64, grace: i64, version: Version) -> Option<String> {
    if version < Version::minor(pre_stop::SINCE) {
        let message = "Kubernetes has it from 1.30 on; set `kubernetesVersion`, or write a command";
        return Some(message.to_owned());
    }
    if rest > grace {
        return Some(format!(
            "it takes {}, and the grace period is {}; make `terminationGracePeriodSeconds` longer than the sleep",
            seconds(rest),
            seconds(grace)
        ));
    }
    let least = i64::from(version < Version::minor(ZERO_SINCE));
    (rest < least).then(|| {
        format!(
            "it must take {} or more; lengthen it, or leave it out",
            seconds(least)
        )
    })
}

fn outlasts(plan: &mut Plan, one: &One<'_>, rest: i64, grace: i64) {
    let message = format!(
        "sleeps for {} before it is told to end, and the grace period is {}, so that it is killed without being told; make `terminationGracePeriodSeconds` longer than the sleep",
        seconds(rest),
        seconds(grace)
    );
    plan.report(
        OUTLASTS,
        Severity::Warning,
        one.container,
        &one.place(),
        message,
        None,
    );
}
