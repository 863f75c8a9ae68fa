//! The least and the greatest number of pods.

use sdk::{HorizontalPodAutoscaler, Node, Place, Plan, Severity, Subject, Version};

use super::About;
use crate::autoscalers::Autoscaler;
use crate::settings::Chosen;
use crate::survey::{Survey, Workload};

/// Since then Kubernetes takes `minReplicas: 0` together with a metric that doesn't come from pods: the gate
/// `HPAScaleToZero` is beta and on by default in 1.37
/// (<https://kubernetes.io/blog/2026/09/02/kubernetes-v1-37-hpa-scale-to-zero-beta/>).
const SCALE_TO_ZERO: Version = Version {
    major: 1,
    minor: 37,
};

/// Checks the bounds of an author's autoscaler, as they will be once the plan is carried out.
pub(super) fn check(
    plan: &mut Plan,
    survey: &Survey<'_, '_>,
    own: HorizontalPodAutoscaler<'_>,
    workload: Option<&Workload<'_>>,
) {
    let autoscaler = Autoscaler::Horizontal(own);
    let beating = workload.and_then(|workload| super::super::beating(survey, workload, autoscaler));
    let told = |chosen: Option<Chosen<u32>>| {
        let chosen = chosen.filter(|chosen| chosen.is_override);
        chosen.map(|chosen| i64::from(chosen.value))
    };
    let min = told(beating.map(|autoscaling| autoscaling.min));
    let max = told(beating.and_then(|autoscaling| autoscaling.max));
    let (min, max) = (
        min.unwrap_or_else(|| own.min_replicas()),
        max.or_else(|| own.max_replicas()),
    );
    let place = field(own, "minReplicas");
    let about = About {
        subject: Subject::Resource(own.resource, survey.resources),
        place: &place,
    };
    if let Some(max) = max
        && min > max
    {
        let message = format!(
            "`minReplicas` must not be more than `maxReplicas`, and {min} is more than {max}; lower it, or raise that"
        );
        about.report(plan, "hpa-bounds", Severity::Error, &message);
    }
    if min == 0 && !may_be_zero(survey, own) {
        let message = "`minReplicas` must be 1 or more; only from Kubernetes 1.37 on may it be 0, and only with an Object or External metric, since pods that aren't there can't be measured; write 1, or use a ScaledObject of KEDA";
        about.report(plan, "hpa-min-zero", Severity::Error, message);
    }
    check_fixed(plan, about, min, max);
}

/// Reports bounds that leave nothing to choose.
pub(super) fn check_fixed(plan: &mut Plan, about: About<'_, '_>, min: i64, max: Option<i64>) {
    if max == Some(min) {
        let message = format!(
            "never scales, since there are at least and at most {min} pods; raise `maxReplicas`, or write `replicas` instead"
        );
        about.report(plan, "hpa-fixed", Severity::Warning, &message);
    }
}

fn field(own: HorizontalPodAutoscaler<'_>, name: &str) -> Place {
    own.resource.place().field("spec").field(name)
}

fn may_be_zero(survey: &Survey<'_, '_>, own: HorizontalPodAutoscaler<'_>) -> bool {
    let metrics = own.resource.node.at(&["spec", "metrics"]);
    let kinds = metrics.into_iter().flat_map(Node::items);
    let mut kinds = kinds.filter_map(|metric| metric.get("type")?.text());
    let is_from_outside = kinds.any(|kind| kind == "Object" || kind == "External");
    is_from_outside && survey.context.kubernetes_version() >= SCALE_TO_ZERO
}
