//! What the API server asks of autoscalers and budgets beyond their types.
//!
//! The bounds are those of kubernetes/kubernetes pkg/apis/autoscaling/validation/validation.go (commit
//! 0fec7b0f7e2dfd4b0c6c57e086472546f6c69efa) and pkg/apis/policy/validation/validation.go (commit
//! 3157ff0230c990ac3e3c647a8abea360149aae32).

use k8s_openapi::api::autoscaling::v2::{
    HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget,
};
use k8s_openapi::api::policy::v1::PodDisruptionBudgetSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{ensure, is_one_of};

pub(super) fn autoscaler(spec: &HorizontalPodAutoscalerSpec) -> Result<(), String> {
    let min = spec.min_replicas.unwrap_or(1);
    ensure(min >= 1, "`minReplicas` is less than 1")?;
    ensure(
        spec.max_replicas >= min,
        "`maxReplicas` is less than `minReplicas`",
    )?;
    let target = &spec.scale_target_ref;
    let is_whole =
        target.api_version.is_some() && !target.kind.is_empty() && !target.name.is_empty();
    ensure(is_whole, "`scaleTargetRef` lacks a part")?;
    spec.metrics.iter().flatten().try_for_each(metric)?;
    let behavior = spec.behavior.iter();
    let mut rules = behavior.flat_map(|behavior| [&behavior.scale_up, &behavior.scale_down]);
    rules.try_for_each(|rules| rules.as_ref().map_or(Ok(()), scaling))
}

fn metric(metric: &MetricSpec) -> Result<(), String> {
    let sources = [
        ("Resource", metric.resource.is_some()),
        ("ContainerResource", metric.container_resource.is_some()),
        ("Pods", metric.pods.is_some()),
        ("Object", metric.object.is_some()),
        ("External", metric.external.is_some()),
    ];
    let there = sources.iter().filter(|(_, is_there)| *is_there);
    let there: Vec<&str> = there.map(|(name, _)| *name).collect();
    ensure(
        there == [metric.type_.as_str()],
        "a metric's source is not the one of its `type`",
    )?;
    if let Some(source) = &metric.resource {
        ensure(!source.name.is_empty(), "a metric has no `name`")?;
        resource(&source.target)?;
    }
    if let Some(source) = &metric.container_resource {
        let is_named = !source.name.is_empty() && !source.container.is_empty();
        ensure(is_named, "a metric lacks `name` or `container`")?;
        resource(&source.target)?;
    }
    Ok(())
}

/// The target of a metric about what containers request.
fn resource(target: &MetricTarget) -> Result<(), String> {
    let is_one = match target.type_.as_str() {
        "Utilization" => {
            target
                .average_utilization
                .is_some_and(|percent| percent >= 1)
                && target.average_value.is_none()
        }
        "AverageValue" => target.average_value.is_some() && target.average_utilization.is_none(),
        _ => false,
    };
    ensure(
        is_one && target.value.is_none(),
        "a metric's target is not the one of its `type`",
    )
}

fn scaling(rules: &HPAScalingRules) -> Result<(), String> {
    let window = rules.stabilization_window_seconds.unwrap_or(0);
    let message = "`stabilizationWindowSeconds` is not between 0 and 3600";
    ensure((0..=3600).contains(&window), message)?;
    is_one_of(
        "selectPolicy",
        rules.select_policy.as_deref(),
        &["Max", "Min", "Disabled"],
    )?;
    let is_empty = rules.policies.as_ref().is_some_and(Vec::is_empty);
    ensure(!is_empty, "`policies` is empty")?;
    rules.policies.iter().flatten().try_for_each(policy)
}

fn policy(policy: &HPAScalingPolicy) -> Result<(), String> {
    is_one_of("type", Some(&policy.type_), &["Pods", "Percent"])?;
    ensure(policy.value > 0, "a policy's `value` is not positive")?;
    let is_period = (1..=1800).contains(&policy.period_seconds);
    ensure(is_period, "`periodSeconds` is not between 1 and 1800")
}

pub(super) fn budget(spec: &PodDisruptionBudgetSpec) -> Result<(), String> {
    let bounds = [&spec.min_available, &spec.max_unavailable];
    let bounds: Vec<_> = bounds.into_iter().flatten().collect();
    ensure(bounds.len() == 1, "there is not exactly one bound")?;
    ensure(
        bounds.into_iter().all(is_bound),
        "the bound is no number and no percentage",
    )?;
    let policies = ["AlwaysAllow", "IfHealthyBudget"];
    let policy = spec.unhealthy_pod_eviction_policy.as_deref();
    is_one_of("unhealthyPodEvictionPolicy", policy, &policies)?;
    // An empty selector would cover the whole namespace.
    let selects = spec.selector.as_ref().is_some_and(|selector| {
        let labels = selector
            .match_labels
            .as_ref()
            .is_some_and(|labels| !labels.is_empty());
        let expressions = selector.match_expressions.as_ref();
        labels || expressions.is_some_and(|expressions| !expressions.is_empty())
    });
    ensure(selects, "`selector` covers every pod or none")
}

fn is_bound(bound: &IntOrString) -> bool {
    match bound {
        IntOrString::Int(count) => *count >= 0,
        IntOrString::String(text) => {
            let percent = text
                .strip_suffix('%')
                .filter(|percent| percent.bytes().all(|byte| byte.is_ascii_digit()));
            percent.is_some_and(|percent| percent.parse::<u8>().is_ok_and(|percent| percent <= 100))
        }
    }
}
