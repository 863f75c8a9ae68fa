//! What is wrong with the meaning of a configuration.

use sdk::{ConfigError, Path, Step};

use crate::config::{
    Autoscaling, Config, HostStyle, Metric, PodCount, Rollout, Shutdown, Spread, Unsatisfiable,
};

/// Everything that is wrong with merged layers.
pub(crate) fn of_layers(config: &Config) -> Vec<ConfigError> {
    let mut found = Vec::new();
    if let Some(autoscaling) = &config.autoscaling {
        of_autoscaling(autoscaling, &mut found);
    }
    if let Some(rollout) = &config.rollout {
        of_rollout(rollout, &mut found);
    }
    if let Some(shutdown) = &config.shutdown {
        of_shutdown(shutdown, &mut found);
    }
    of_percentages(config, &mut found);
    if let Some(spread) = &config.spread {
        of_spread(spread, &mut found);
    }
    found
}

fn of_spread(spread: &Spread, found: &mut Vec<ConfigError>) {
    if spread.max_skew == Some(0) {
        let message = "must be 1 or more; write 1 for the most even spread";
        found.push(ConfigError::new(["spread", "maxSkew"], message));
    }
    let is_strict = spread.host == Some(Unsatisfiable::DoNotSchedule);
    if is_strict && spread.host_style == Some(HostStyle::PodAntiAffinity) {
        let message = "a preferred anti-affinity can't keep pods apart at all costs, as `host: DoNotSchedule` asks; write `ScheduleAnyway`, or leave out `hostStyle`";
        found.push(ConfigError::new(["spread", "hostStyle"], message));
    }
}

/// The API server refuses more than all pods, but takes any surge.
fn of_percentages(config: &Config, found: &mut Vec<ConfigError>) {
    let (budget, rollout) = (config.disruption_budget.as_ref(), config.rollout.as_ref());
    let fields = [
        (
            "disruptionBudget",
            "minAvailable",
            budget.and_then(|own| own.min_available),
        ),
        (
            "disruptionBudget",
            "maxUnavailable",
            budget.and_then(|own| own.max_unavailable),
        ),
        (
            "rollout",
            "maxUnavailable",
            rollout.and_then(|own| own.max_unavailable),
        ),
    ];
    for (block, field, count) in fields {
        if let Some(PodCount::Percent(percent)) = count
            && percent > 100
        {
            let message = "must be 100% or less, which are all pods; lower it";
            found.push(ConfigError::new([block, field], message));
        }
    }
}

fn of_autoscaling(block: &Autoscaling, found: &mut Vec<ConfigError>) {
    let path = |field| Path::from(["autoscaling", field]);
    if block.min_replicas == Some(0) {
        let message = "must be 1 or more, since only clusters with the feature gate `HPAScaleToZero` take 0; write 1, or use a ScaledObject of KEDA";
        found.push(ConfigError::new(path("minReplicas"), message));
    }
    if let (Some(min), Some(max)) = (block.min_replicas, block.max_replicas)
        && min > max
    {
        let message =
            format!("must not be more than `maxReplicas`, which is {max}; lower it, or raise that");
        found.push(ConfigError::new(path("minReplicas"), message));
    }
    for (number, metric) in block.metrics.iter().flatten().enumerate() {
        if let Some(message) = of_metric(metric) {
            let path = path("metrics").join(Step::Index(number));
            found.push(ConfigError::new(path, message));
        }
    }
}

fn of_metric(metric: &Metric) -> Option<&'static str> {
    match (metric.cpu, metric.memory) {
        (Some(_), Some(_)) => Some(
            "must name one of `cpu` and `memory`, not both; write them as two items of the list",
        ),
        (None, None) => Some("must name a resource; write `cpu: 70` or `memory: 80`"),
        (Some(0), None) | (None, Some(0)) => {
            Some("must aim at 1 percent or more; write a percentage of the request such as 70")
        }
        _ => None,
    }
}

/// The API server refuses a rollout that may neither add nor remove a pod.
fn of_rollout(block: &Rollout, found: &mut Vec<ConfigError>) {
    let is_none =
        |count: Option<PodCount>| matches!(count, Some(PodCount::Pods(0) | PodCount::Percent(0)));
    if is_none(block.max_surge) && is_none(block.max_unavailable) {
        let message = "must not be 0 together with `maxUnavailable`, since then nothing could roll; write 1 for one of them";
        found.push(ConfigError::new(["rollout", "maxSurge"], message));
    }
    if let (Some(deadline), Some(ready)) =
        (block.progress_deadline_seconds, block.min_ready_seconds)
        && deadline <= ready
    {
        let message = format!("must be more than `minReadySeconds`, which is {ready}; raise it");
        let path = ["rollout", "progressDeadlineSeconds"];
        found.push(ConfigError::new(path, message));
    }
}

/// The API server refuses a sleep that isn't over before the grace period is.
fn of_shutdown(block: &Shutdown, found: &mut Vec<ConfigError>) {
    if let (Some(sleep), Some(grace)) = (
        block.pre_stop_sleep_seconds,
        block.termination_grace_period_seconds,
    ) && sleep >= grace
        && sleep > 0
    {
        let message = format!(
            "must be less than `terminationGracePeriodSeconds`, which is {grace}; lower it, or raise that"
        );
        let path = ["shutdown", "preStopSleepSeconds"];
        found.push(ConfigError::new(path, message));
    }
}
