//! What the user writes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use sdk::Value;
use sdk::serde_json::Map;
use serde::Deserialize;

pub(crate) use amount::PodCount;

mod amount;

/// One layer of what keeps a workload available.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    /// How many pods run where no autoscaler decides it. Default: 3 in production, 2 in staging, 1 in development,
    /// none without an environment; StatefulSets only get what an override says.
    pub replicas: Option<u32>,
    /// A HorizontalPodAutoscaler. StatefulSets only get one that an override asks for.
    pub autoscaling: Option<Autoscaling>,
    /// A PodDisruptionBudget.
    pub disruption_budget: Option<DisruptionBudget>,
    /// How pods spread over zones and hosts.
    pub spread: Option<Spread>,
    /// How new pods replace old ones.
    pub rollout: Option<Rollout>,
    /// How pods end without dropping requests.
    pub shutdown: Option<Shutdown>,
    /// The priority class of pods that name none. Default: none.
    pub priority_class_name: Option<String>,
    /// Which nodes pods run on that don't say it themselves. Default: any.
    pub placement: Option<Placement>,
    /// What Jobs and CronJobs get that don't say it themselves. Default: nothing.
    pub jobs: Option<Jobs>,
}

/// What the user writes for the whole run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Run {}

/// A HorizontalPodAutoscaler.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Autoscaling {
    /// Whether one is made. Default: true in staging and production, false in development; without an environment
    /// wherever this block says anything.
    pub enabled: Option<bool>,
    /// The least number of pods. Default: 3 in production, 2 in staging, else 1.
    pub min_replicas: Option<u32>,
    /// The greatest number of pods. Default: 10 in production, 4 in staging.
    pub max_replicas: Option<u32>,
    /// What is measured. Default: CPU at 70% of its request.
    pub metrics: Option<Vec<Metric>>,
    /// `spec.behavior`, as Kubernetes has it. Default: none.
    pub behavior: Option<Map<String, Value>>,
    /// What happens to `spec.replicas` of a workload that an autoscaler scales. Default: removeReplicas.
    pub when_autoscaled: Option<WhenAutoscaled>,
}

/// What an autoscaler measures: the use of CPU or of memory, in percent of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Metric {
    /// The percentage of the CPU request that is aimed at.
    pub cpu: Option<u32>,
    /// The percentage of the memory request that is aimed at.
    pub memory: Option<u32>,
    /// The container that is measured. Default: the whole pod, or where it has several containers, its main one.
    pub container: Option<String>,
}

/// What happens to `spec.replicas` of a workload that an autoscaler scales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum WhenAutoscaled {
    /// The field goes, since every apply would set the workload back to it.
    #[default]
    RemoveReplicas,
    /// The field stays, until the autoscaler is at work.
    KeepReplicas,
}

/// A PodDisruptionBudget.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DisruptionBudget {
    /// Whether one is made. Default: true in staging and production, false in development; without an environment
    /// wherever this block says anything.
    pub enabled: Option<bool>,
    /// How many pods may be away at once, so that a drain goes on: a number or a percentage. Default: 1.
    pub max_unavailable: Option<PodCount>,
    /// How many pods must stay, instead of `maxUnavailable`.
    pub min_available: Option<PodCount>,
    /// Whether pods that aren't ready may be evicted always. Default: `AlwaysAllow`
    /// in staging and production.
    pub unhealthy_pod_eviction_policy: Option<EvictionPolicy>,
    /// The name of the budget. Default: that of the workload.
    pub name: Option<String>,
}

/// When pods that aren't ready may be evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum EvictionPolicy {
    /// Always: what doesn't work protects nobody.
    AlwaysAllow,
    /// Only while enough others are ready.
    IfHealthyBudget,
}

/// How pods spread over zones and hosts.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Spread {
    /// Whether pods are spread. Default: true in staging and production, false in development; without an
    /// environment wherever this block says anything.
    pub enabled: Option<bool>,
    /// Over zones. Default: `ScheduleAnyway` in production, else not at all.
    pub zone: Option<Unsatisfiable>,
    /// Over hosts. Default: `ScheduleAnyway` in staging and production.
    pub host: Option<Unsatisfiable>,
    /// By how many pods two zones or hosts may differ. Default: 1.
    pub max_skew: Option<u32>,
    /// How the spread over hosts is written. Default: topologySpread.
    pub host_style: Option<HostStyle>,
}

/// What happens to a pod that would break a spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Unsatisfiable {
    /// It runs all the same.
    ScheduleAnyway,
    /// It waits.
    DoNotSchedule,
}

/// How the spread over hosts is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum HostStyle {
    /// As a topology spread constraint.
    #[default]
    TopologySpread,
    /// As a preferred pod anti-affinity.
    PodAntiAffinity,
}

/// How new pods replace old ones.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Rollout {
    /// Whether it is set. Default: true in staging and production, false in development; without an environment
    /// wherever this block says anything.
    pub enabled: Option<bool>,
    /// How many pods there may be beyond the replicas: a number or a percentage. Default: 1 in staging
    /// and production.
    pub max_surge: Option<PodCount>,
    /// How many of the replicas may be missing: a number or a percentage. Default: 0 in staging and
    /// production.
    pub max_unavailable: Option<PodCount>,
    /// For how long a new pod must be ready to count. Default: 10 in staging and production.
    pub min_ready_seconds: Option<u32>,
    /// How many old versions are kept. Default: 5 in staging and production.
    pub revision_history_limit: Option<u32>,
    /// After how long without progress a rollout has failed. Default: none.
    pub progress_deadline_seconds: Option<u32>,
}

/// How pods end without dropping requests.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Shutdown {
    /// Whether it is set. Default: true in staging and production, false in development; without an environment
    /// wherever this block says anything.
    pub enabled: Option<bool>,
    /// How long containers go on before they are told to end, while load balancers forget them. Default: 10 in
    /// production, 5 in staging.
    pub pre_stop_sleep_seconds: Option<u32>,
    /// How long a pod may take to end. Default: 45 in production, 30 in staging.
    pub termination_grace_period_seconds: Option<u32>,
    /// Whether the sleep is a command where Kubernetes is too old for its own. Default: false.
    pub exec_fallback: Option<bool>,
}

/// Which nodes pods run on.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Placement {
    /// Labels that a node must have.
    pub node_selector: Option<BTreeMap<String, String>>,
    /// Taints that pods put up with.
    pub tolerations: Option<Vec<Map<String, Value>>>,
    /// `affinity.nodeAffinity`, as Kubernetes has it.
    pub node_affinity: Option<Map<String, Value>>,
}

/// What Jobs and CronJobs get.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Jobs {
    /// How long a Job stays after its end; CronJobs keep their Jobs by number instead.
    pub ttl_seconds_after_finished: Option<u32>,
    /// How often a Job tries again.
    pub backoff_limit: Option<u32>,
    /// How long a Job may take.
    pub active_deadline_seconds: Option<u32>,
    /// What a CronJob does while its last Job still runs.
    pub concurrency_policy: Option<ConcurrencyPolicy>,
    /// How late a CronJob may start a Job.
    pub starting_deadline_seconds: Option<u32>,
    /// How many Jobs that succeeded a CronJob keeps.
    pub successful_jobs_history_limit: Option<u32>,
    /// How many Jobs that failed a CronJob keeps.
    pub failed_jobs_history_limit: Option<u32>,
}

/// What a CronJob does while its last Job still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ConcurrencyPolicy {
    /// It starts the next one beside it.
    Allow,
    /// It leaves the next one out.
    Forbid,
    /// It ends the last one and starts the next.
    Replace,
}
