//! What the layers mean for a workload.

use std::collections::BTreeMap;

use sdk::serde_json::Map;
use sdk::{ConfigError, Merged, Value};

use crate::config::{
    self, ConcurrencyPolicy, Config, EvictionPolicy, HostStyle, Metric, PodCount, Unsatisfiable,
    WhenAutoscaled,
};
use crate::mistakes;

/// Everything that is decided before a workload is looked at. A block that is off is none.
#[derive(Debug)]
pub struct Settings {
    pub(crate) replicas: Option<Chosen<u32>>,
    pub(crate) autoscaling: Option<Autoscaling>,
    /// Also where no autoscaler is made: an author may have written one.
    pub(crate) when_autoscaled: WhenAutoscaled,
    pub(crate) budget: Option<Budget>,
    pub(crate) spread: Option<Spread>,
    pub(crate) rollout: Option<Rollout>,
    pub(crate) shutdown: Option<Shutdown>,
    pub(crate) priority_class_name: Option<Chosen<String>>,
    pub(crate) placement: Placement,
    pub(crate) jobs: Jobs,
}

/// A value, and who wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen<T> {
    pub(crate) value: T,
    /// Whether the user wrote it: only that may beat an author in `mode: overwrite`.
    pub(crate) is_user: bool,
    /// Whether an override wrote it.
    pub(crate) is_override: bool,
}

/// A HorizontalPodAutoscaler.
#[derive(Clone, Debug)]
pub(crate) struct Autoscaling {
    pub(crate) min: Chosen<u32>,
    /// None where nobody said it, though the API wants it.
    pub(crate) max: Option<Chosen<u32>>,
    pub(crate) metrics: Chosen<Vec<Metric>>,
    pub(crate) behavior: Option<Map<String, Value>>,
    /// Whether an override says anything about it: only then StatefulSets get one.
    pub(crate) is_override: bool,
}

/// A PodDisruptionBudget.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    pub(crate) bound: Chosen<Bound>,
    pub(crate) policy: Option<Chosen<EvictionPolicy>>,
    pub(crate) name: Option<String>,
}

/// What a budget bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    MaxUnavailable(PodCount),
    MinAvailable(PodCount),
}

/// How pods spread.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    pub(crate) zone: Option<Unsatisfiable>,
    pub(crate) host: Option<Unsatisfiable>,
    pub(crate) max_skew: u32,
    pub(crate) host_style: HostStyle,
    /// Whether the user asked for any of it.
    pub(crate) is_user: bool,
}

/// How new pods replace old ones.
#[derive(Clone, Debug)]
pub(crate) struct Rollout {
    pub(crate) max_surge: Option<Chosen<PodCount>>,
    pub(crate) max_unavailable: Option<Chosen<PodCount>>,
    pub(crate) min_ready_seconds: Option<Chosen<u32>>,
    pub(crate) revision_history_limit: Option<Chosen<u32>>,
    pub(crate) progress_deadline_seconds: Option<Chosen<u32>>,
}

/// How pods end.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown {
    pub(crate) sleep_seconds: Option<Chosen<u32>>,
    pub(crate) grace_seconds: Option<Chosen<u32>>,
    pub(crate) exec_fallback: bool,
}

/// Which nodes pods run on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placement {
    pub(crate) node_selector: Option<Chosen<BTreeMap<String, String>>>,
    pub(crate) tolerations: Option<Chosen<Vec<Map<String, Value>>>>,
    pub(crate) node_affinity: Option<Chosen<Map<String, Value>>>,
}

/// What Jobs and CronJobs get.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jobs {
    pub(crate) ttl_seconds: Option<Chosen<u32>>,
    pub(crate) backoff_limit: Option<Chosen<u32>>,
    pub(crate) active_deadline_seconds: Option<Chosen<u32>>,
    pub(crate) concurrency_policy: Option<Chosen<ConcurrencyPolicy>>,
    pub(crate) starting_deadline_seconds: Option<Chosen<u32>>,
    pub(crate) successful_history: Option<Chosen<u32>>,
    pub(crate) failed_history: Option<Chosen<u32>>,
}

/// Makes sense of the layers, or says everything that is wrong.
pub(crate) fn settle(layers: &Merged<Config>) -> Result<Settings, Vec<ConfigError>> {
    let mistakes = mistakes::of_layers(&layers.config);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let config = &layers.config;
    let autoscaling = config.autoscaling.clone().unwrap_or_default();
    let class = config.priority_class_name.clone();
    let class = class.filter(|name| !name.is_empty());
    Ok(Settings {
        replicas: chosen(layers, ["replicas"], config.replicas),
        when_autoscaled: autoscaling.when_autoscaled.unwrap_or_default(),
        autoscaling: is_on(layers, "autoscaling", autoscaling.enabled)
            .then(|| of_autoscaling(layers, autoscaling)),
        budget: of_budget(layers, config.disruption_budget.clone().unwrap_or_default()),
        spread: of_spread(layers, &config.spread.clone().unwrap_or_default()),
        rollout: of_rollout(layers, &config.rollout.clone().unwrap_or_default()),
        shutdown: of_shutdown(layers, &config.shutdown.clone().unwrap_or_default()),
        priority_class_name: chosen(layers, ["priorityClassName"], class),
        placement: of_placement(layers, config.placement.clone().unwrap_or_default()),
        jobs: of_jobs(layers, &config.jobs.clone().unwrap_or_default()),
    })
}

/// Whether a block applies: as it says, or where it says nothing of that, wherever the user wrote anything in it.
fn is_on(layers: &Merged<Config>, block: &str, enabled: Option<bool>) -> bool {
    enabled.unwrap_or_else(|| layers.is_user([block]))
}

fn chosen<T, const N: usize>(
    layers: &Merged<Config>,
    path: [&str; N],
    value: Option<T>,
) -> Option<Chosen<T>> {
    value.map(|value| chosen_or(layers, path, value))
}

/// The value, which nobody may have written.
fn chosen_or<T, const N: usize>(layers: &Merged<Config>, path: [&str; N], value: T) -> Chosen<T> {
    Chosen {
        value,
        is_user: layers.is_user(path),
        is_override: layers.is_override(path),
    }
}

fn of_autoscaling(layers: &Merged<Config>, block: config::Autoscaling) -> Autoscaling {
    let of = |field| ["autoscaling", field];
    let metrics = block.metrics.unwrap_or_else(default_metrics);
    Autoscaling {
        min: chosen_or(layers, of("minReplicas"), block.min_replicas.unwrap_or(1)),
        max: chosen(layers, of("maxReplicas"), block.max_replicas),
        metrics: chosen_or(layers, of("metrics"), metrics),
        behavior: block.behavior.filter(|behavior| !behavior.is_empty()),
        is_override: layers.is_override(["autoscaling"]),
    }
}

fn default_metrics() -> Vec<Metric> {
    let cpu = Metric {
        cpu: Some(70),
        ..Metric::default()
    };
    vec![cpu]
}

fn of_budget(layers: &Merged<Config>, block: config::DisruptionBudget) -> Option<Budget> {
    let of = |field| ["disruptionBudget", field];
    let bound = match (block.min_available, block.max_unavailable) {
        (Some(least), _) => chosen_or(layers, of("minAvailable"), Bound::MinAvailable(least)),
        (None, most) => {
            let most = most.unwrap_or(PodCount::Pods(1));
            chosen_or(layers, of("maxUnavailable"), Bound::MaxUnavailable(most))
        }
    };
    let policy = block.unhealthy_pod_eviction_policy;
    let budget = Budget {
        bound,
        policy: chosen(layers, of("unhealthyPodEvictionPolicy"), policy),
        name: block.name.filter(|name| !name.is_empty()),
    };
    is_on(layers, "disruptionBudget", block.enabled).then_some(budget)
}

fn of_spread(layers: &Merged<Config>, block: &config::Spread) -> Option<Spread> {
    is_on(layers, "spread", block.enabled).then(|| Spread {
        zone: block.zone,
        host: block.host,
        max_skew: block.max_skew.unwrap_or(1),
        host_style: block.host_style.unwrap_or_default(),
        is_user: layers.is_user(["spread"]),
    })
}

fn of_rollout(layers: &Merged<Config>, block: &config::Rollout) -> Option<Rollout> {
    let of = |field| ["rollout", field];
    let deadline = block.progress_deadline_seconds;
    is_on(layers, "rollout", block.enabled).then(|| Rollout {
        max_surge: chosen(layers, of("maxSurge"), block.max_surge),
        max_unavailable: chosen(layers, of("maxUnavailable"), block.max_unavailable),
        min_ready_seconds: chosen(layers, of("minReadySeconds"), block.min_ready_seconds),
        revision_history_limit: chosen(
            layers,
            of("revisionHistoryLimit"),
            block.revision_history_limit,
        ),
        progress_deadline_seconds: chosen(layers, of("progressDeadlineSeconds"), deadline),
    })
}

fn of_shutdown(layers: &Merged<Config>, block: &config::Shutdown) -> Option<Shutdown> {
    let of = |field| ["shutdown", field];
    let grace = block.termination_grace_period_seconds;
    is_on(layers, "shutdown", block.enabled).then(|| Shutdown {
        sleep_seconds: chosen(
            layers,
            of("preStopSleepSeconds"),
            block.pre_stop_sleep_seconds,
        ),
        grace_seconds: chosen(layers, of("terminationGracePeriodSeconds"), grace),
        exec_fallback: block.exec_fallback.unwrap_or(false),
    })
}

fn of_placement(layers: &Merged<Config>, block: config::Placement) -> Placement {
    let of = |field| ["placement", field];
    let selector = block.node_selector.filter(|selector| !selector.is_empty());
    let tolerations = block.tolerations.filter(|list| !list.is_empty());
    let affinity = block.node_affinity.filter(|affinity| !affinity.is_empty());
    Placement {
        node_selector: chosen(layers, of("nodeSelector"), selector),
        tolerations: chosen(layers, of("tolerations"), tolerations),
        node_affinity: chosen(layers, of("nodeAffinity"), affinity),
    }
}

fn of_jobs(layers: &Merged<Config>, block: &config::Jobs) -> Jobs {
    let number = |field, value| chosen(layers, ["jobs", field], value);
    Jobs {
        ttl_seconds: number("ttlSecondsAfterFinished", block.ttl_seconds_after_finished),
        backoff_limit: number("backoffLimit", block.backoff_limit),
        active_deadline_seconds: number("activeDeadlineSeconds", block.active_deadline_seconds),
        concurrency_policy: chosen(
            layers,
            ["jobs", "concurrencyPolicy"],
            block.concurrency_policy,
        ),
        starting_deadline_seconds: number(
            "startingDeadlineSeconds",
            block.starting_deadline_seconds,
        ),
        successful_history: number(
            "successfulJobsHistoryLimit",
            block.successful_jobs_history_limit,
        ),
        failed_history: number("failedJobsHistoryLimit", block.failed_jobs_history_limit),
    }
}
