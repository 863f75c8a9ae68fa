//! VerticalPodAutoscalers: values that they replace, bounds that a size misses, and quarrels with others.

use sdk::{
    ContainerPolicy, ContainerType, HorizontalPodAutoscaler, Plan, Quantity, ResourceMetric,
    Resources, Severity, Subject, VerticalPodAutoscaler,
};

use super::admitted::Admitted;
use super::{in_scope, word};
use crate::pod_level::PodLevel;
use crate::shares::{ContainerShares, Kind, Shares, Side, place};

/// What a VerticalPodAutoscaler may set.
const CONTROLLED: [&str; 2] = ["cpu", "memory"];

/// Reports what the autoscalers of a pod replace, and sizes of ours that they would not choose.
pub(super) fn check(
    plan: &mut Plan,
    autoscalers: &[VerticalPodAutoscaler<'_>],
    pod: Admitted<'_, '_>,
) {
    let shares = pod.shares;
    let live = || autoscalers.iter().filter(|autoscaler| !autoscaler.is_off());
    for autoscaler in live() {
        // What is written on the pod as a whole is none of its business.
        for own in in_scope(shares).filter(|_| pod.level == PodLevel::Unused) {
            check_bounds(plan, *autoscaler, own);
        }
    }
    let replacing =
        live().find(|autoscaler| in_scope(shares).any(|own| replaces(**autoscaler, own)));
    if let Some(autoscaler) = replacing {
        let place = shares.pod.field("containers");
        let message = overrides_message(*autoscaler);
        plan.report(
            "vpa-overrides",
            Severity::Warning,
            shares.pod,
            &place,
            message,
            None,
        );
    }
}

/// Whether an autoscaler replaces a request that is there.
fn replaces(autoscaler: VerticalPodAutoscaler<'_>, own: &ContainerShares<'_>) -> bool {
    CONTROLLED.iter().any(|name| {
        let is_there = own
            .share(name)
            .is_some_and(|share| share.request.is_there());
        is_there && controls(autoscaler, own, name)
    })
}

/// Containers that end are left alone.
fn controls(autoscaler: VerticalPodAutoscaler<'_>, own: &ContainerShares<'_>, name: &str) -> bool {
    let container = own.container;
    container.kind() != ContainerType::Init && autoscaler.controls(&container.name(), name)
}

fn check_bounds(plan: &mut Plan, autoscaler: VerticalPodAutoscaler<'_>, own: &ContainerShares<'_>) {
    let Some(policy) = autoscaler.policy_of(&own.container.name()) else {
        return;
    };
    for name in CONTROLLED
        .into_iter()
        .filter(|name| controls(autoscaler, own, name))
    {
        let Some(Side::Ours { value, .. }) = own.share(name).map(|share| &share.request) else {
            continue;
        };
        if let Some(bound) = missed(policy, name, *value) {
            let place = place(own.container, Kind::Request, name);
            let message = bounds_message(autoscaler, name, *value, &bound);
            plan.report(
                "vpa-out-of-bounds",
                Severity::Warning,
                own.container,
                &place,
                message,
                None,
            );
        }
    }
}

/// The bound that a request lies outside of, in words.
fn missed(policy: ContainerPolicy<'_>, name: &str, value: Quantity) -> Option<String> {
    let min = policy
        .min_allowed()
        .get(name)
        .and_then(|amount| amount.readable());
    let max = policy
        .max_allowed()
        .get(name)
        .and_then(|amount| amount.readable());
    let below = min
        .filter(|min| value < *min)
        .map(|min| format!("less than the `minAllowed` of {min}"));
    below.or_else(|| {
        max.filter(|max| value > *max)
            .map(|max| format!("more than the `maxAllowed` of {max}"))
    })
}

/// Reports metrics of horizontal autoscalers whose ground a vertical one moves.
pub(super) fn check_conflicts<'r>(
    plan: &mut Plan,
    resources: &'r Resources<'r>,
    vertical: &[VerticalPodAutoscaler<'_>],
    horizontal: &[HorizontalPodAutoscaler<'r>],
    shares: &Shares<'_>,
) {
    for autoscaler in horizontal {
        for metric in autoscaler.resource_metrics() {
            let other = vertical
                .iter()
                .find(|other| quarrels(**other, &metric, shares));
            if let Some(other) = other {
                let message = conflict_message(*other, &metric.name);
                let subject = Subject::Resource(autoscaler.resource, resources);
                let severity = Severity::Warning;
                plan.report(
                    "vpa-hpa-conflict",
                    severity,
                    subject,
                    &metric.place,
                    message,
                    None,
                );
            }
        }
    }
}

fn quarrels(
    autoscaler: VerticalPodAutoscaler<'_>,
    metric: &ResourceMetric<'_>,
    shares: &Shares<'_>,
) -> bool {
    in_scope(shares).any(|own| {
        let name = own.container.name();
        let is_measured = metric
            .container
            .as_ref()
            .is_none_or(|container| *container == name);
        is_measured && controls(autoscaler, own, &metric.name)
    })
}

fn overrides_message(autoscaler: VerticalPodAutoscaler<'_>) -> String {
    let (name, mode) = (autoscaler.resource.name(), autoscaler.update_mode());
    format!(
        "the VerticalPodAutoscaler \"{name}\" in mode \"{mode}\" replaces the requests in the cluster; set its `updateMode` to \"Off\", or leave the workload to it with `exclude`"
    )
}

fn bounds_message(
    autoscaler: VerticalPodAutoscaler<'_>,
    name: &str,
    value: Quantity,
    bound: &str,
) -> String {
    let (what, autoscaler) = (word(name), autoscaler.resource.name());
    format!(
        "the {what} request of {value} is {bound} in the VerticalPodAutoscaler \"{autoscaler}\"; choose a size within its bounds, or widen them"
    )
}

fn conflict_message(autoscaler: VerticalPodAutoscaler<'_>, name: &str) -> String {
    let (what, autoscaler) = (word(name), autoscaler.resource.name());
    format!(
        "scales by {what}, which the VerticalPodAutoscaler \"{autoscaler}\" sets too, so that one answers the other; scale by another metric, or take {what} out of `controlledResources`"
    )
}
