//! HorizontalPodAutoscalers: requests that their metrics need, and targets that no container can reach.

use sdk::{
    ContainerType, HorizontalPodAutoscaler, MetricTarget, Plan, Quantity, ResourceMetric,
    Resources, Severity, Subject,
};

use super::admitted::{Admitted, Ends};
use super::word;
use crate::shares::{ContainerShares, Kind, place};

/// A hundred percent.
const PERCENT: i128 = 100;

/// Reports what keeps the autoscalers of a pod from scaling.
pub(super) fn check<'r>(
    plan: &mut Plan,
    resources: &'r Resources<'r>,
    autoscalers: &[HorizontalPodAutoscaler<'r>],
    pod: Admitted<'_, '_>,
) {
    for autoscaler in autoscalers.iter().copied() {
        let subject = Subject::Resource(autoscaler.resource, resources);
        for metric in autoscaler.resource_metrics() {
            // Where the pod has a request as a whole, that is what counts.
            if pod.own(Kind::Request, &metric.name).is_none()
                && let Some(MetricTarget::Utilization(percent)) = metric.target
            {
                check_requests(plan, autoscaler, &metric, pod);
                check_reach(plan, subject, &metric, percent, pod);
            }
        }
    }
}

/// The containers that a metric is about: those that run next to one another, or the one that it names.
fn measured<'s, 'r>(
    metric: &ResourceMetric<'_>,
    pod: Admitted<'s, 'r>,
) -> Vec<&'s ContainerShares<'r>> {
    let is_measured = |own: &&ContainerShares<'_>| {
        let name = own.container.name();
        let is_meant = metric
            .container
            .as_ref()
            .is_none_or(|container| *container == name);
        is_meant && own.container.kind() != ContainerType::Init
    };
    pod.shares.containers.iter().filter(is_measured).collect()
}

fn check_requests(
    plan: &mut Plan,
    autoscaler: HorizontalPodAutoscaler<'_>,
    metric: &ResourceMetric<'_>,
    pod: Admitted<'_, '_>,
) {
    let in_scope = measured(metric, pod)
        .into_iter()
        .filter(|own| own.settings.is_some());
    for own in in_scope {
        let is_written = own
            .share(&metric.name)
            .is_some_and(|share| share.request.is_there());
        if is_written || pod.ends(own, &metric.name).request.is_some() {
            continue;
        }
        let place = place(own.container, Kind::Request, &metric.name);
        let message = missing_message(autoscaler, &metric.name);
        plan.report(
            "hpa-missing-request",
            Severity::Warning,
            own.container,
            &place,
            message,
            None,
        );
    }
}

fn check_reach(
    plan: &mut Plan,
    autoscaler: Subject<'_>,
    metric: &ResourceMetric<'_>,
    percent: i64,
    pod: Admitted<'_, '_>,
) {
    if let Some((request, limit)) = out_of_reach(metric, percent, pod) {
        let message = unreachable_message(&metric.name, percent, request, limit);
        let (rule, severity) = ("hpa-unreachable", Severity::Warning);
        plan.report(rule, severity, autoscaler, &metric.place, message, None);
    }
}

/// What the containers of a metric request and may take, where even the latter is less than what is aimed at.
fn out_of_reach(
    metric: &ResourceMetric<'_>,
    percent: i64,
    pod: Admitted<'_, '_>,
) -> Option<(Quantity, Quantity)> {
    let measured = measured(metric, pod);
    if measured.iter().all(|own| own.settings.is_none()) {
        return None;
    }
    let ends: Vec<Ends> = measured
        .iter()
        .map(|own| pod.ends(own, &metric.name))
        .collect();
    let sum = |side: fn(&Ends) -> Option<Quantity>| -> Option<Quantity> {
        // One container without a limit may take everything.
        let amounts: Option<Vec<Quantity>> = ends.iter().map(side).collect();
        Some(amounts?.into_iter().sum())
    };
    let (request, limit) = (sum(|ends| ends.request)?, sum(|ends| ends.limit)?);
    let hundred = Quantity::from_whole(PERCENT, Quantity::ZERO);
    let percent = Quantity::from_whole(percent.into(), Quantity::ZERO);
    (request.times(percent) > limit.times(hundred)).then_some((request, limit))
}

fn missing_message(autoscaler: HorizontalPodAutoscaler<'_>, name: &str) -> String {
    let (what, autoscaler) = (word(name), autoscaler.resource.name());
    format!(
        "there is no {what} request, without which the HorizontalPodAutoscaler \"{autoscaler}\" can't scale by {what}; set `size`, or write one"
    )
}

fn unreachable_message(name: &str, percent: i64, request: Quantity, limit: Quantity) -> String {
    let what = word(name);
    format!(
        "never adds a pod: {percent}% of the {what} request of {request} is more than the limit of {limit}; lower the target, or raise the limit"
    )
}
