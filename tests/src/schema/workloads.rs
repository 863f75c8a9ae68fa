//! What the API server asks of the workloads around pods beyond their types, in the fields that functions write.
//!
//! The bounds are some of those of kubernetes/kubernetes pkg/apis/apps/validation/validation.go (commit
//! 2dd1588c490775be7cd90d0afc59c6dcef07032a) and pkg/apis/batch/validation/validation.go.

use k8s_openapi::api::apps::v1::{DaemonSetSpec, DeploymentSpec, StatefulSetSpec};
use k8s_openapi::api::batch::v1::JobSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{ensure, is_one_of};

pub(super) fn deployment(spec: &DeploymentSpec) -> Result<(), String> {
    counts(
        spec.replicas,
        spec.min_ready_seconds,
        spec.revision_history_limit,
    )?;
    // 600 is what the API server fills in.
    let deadline = spec.progress_deadline_seconds.unwrap_or(600);
    let is_later = deadline > spec.min_ready_seconds.unwrap_or(0);
    ensure(
        is_later,
        "`progressDeadlineSeconds` is not more than `minReadySeconds`",
    )?;
    let Some(strategy) = &spec.strategy else {
        return Ok(());
    };
    let kind = strategy.type_.as_deref();
    is_one_of("strategy.type", kind, &["RollingUpdate", "Recreate"])?;
    let Some(update) = &strategy.rolling_update else {
        return Ok(());
    };
    ensure(
        kind != Some("Recreate"),
        "`rollingUpdate` stands beside `Recreate`",
    )?;
    moves(update.max_surge.as_ref(), update.max_unavailable.as_ref())
}

pub(super) fn stateful_set(spec: &StatefulSetSpec) -> Result<(), String> {
    counts(
        spec.replicas,
        spec.min_ready_seconds,
        spec.revision_history_limit,
    )?;
    let policy = spec.pod_management_policy.as_deref();
    is_one_of("podManagementPolicy", policy, &["OrderedReady", "Parallel"])?;
    let strategy = spec.update_strategy.as_ref();
    let kind = strategy.and_then(|strategy| strategy.type_.as_deref());
    is_one_of("updateStrategy.type", kind, &["RollingUpdate", "OnDelete"])?;
    let has_update = strategy.is_some_and(|strategy| strategy.rolling_update.is_some());
    ensure(
        kind != Some("OnDelete") || !has_update,
        "`rollingUpdate` stands beside `OnDelete`",
    )
}

pub(super) fn daemon_set(spec: &DaemonSetSpec) -> Result<(), String> {
    counts(None, spec.min_ready_seconds, spec.revision_history_limit)?;
    let Some(strategy) = &spec.update_strategy else {
        return Ok(());
    };
    let kind = strategy.type_.as_deref();
    is_one_of("updateStrategy.type", kind, &["RollingUpdate", "OnDelete"])?;
    let Some(update) = &strategy.rolling_update else {
        return Ok(());
    };
    // Other than of a Deployment, of these one must be 0.
    let surges = update
        .max_surge
        .as_ref()
        .is_some_and(|surge| !is_zero(surge));
    // 1 is what the API server fills in.
    let stops = update
        .max_unavailable
        .as_ref()
        .is_none_or(|stop| !is_zero(stop));
    ensure(
        surges != stops,
        "not exactly one of `maxSurge` and `maxUnavailable` is 0",
    )
}

pub(super) fn job(spec: &JobSpec) -> Result<(), String> {
    let counts = [
        spec.backoff_limit,
        spec.ttl_seconds_after_finished,
        spec.parallelism,
        spec.completions,
    ];
    ensure(
        counts.into_iter().flatten().all(|count| count >= 0),
        "a count is negative",
    )?;
    ensure(
        spec.active_deadline_seconds
            .is_none_or(|deadline| deadline > 0),
        "`activeDeadlineSeconds` is not positive",
    )?;
    let policy = spec
        .template
        .spec
        .as_ref()
        .and_then(|pod| pod.restart_policy.as_deref());
    is_one_of("restartPolicy", policy, &["Never", "OnFailure"])
}

fn counts(replicas: Option<i32>, ready: Option<i32>, history: Option<i32>) -> Result<(), String> {
    let counts = [replicas, ready, history];
    ensure(
        counts.into_iter().flatten().all(|count| count >= 0),
        "a count is negative",
    )
}

/// A Deployment that may neither add a pod nor stop one can't roll.
fn moves(surge: Option<&IntOrString>, unavailable: Option<&IntOrString>) -> Result<(), String> {
    let both = surge.is_some_and(is_zero) && unavailable.is_some_and(is_zero);
    ensure(!both, "`maxSurge` and `maxUnavailable` are both 0")
}

fn is_zero(count: &IntOrString) -> bool {
    match count {
        IntOrString::Int(count) => *count == 0,
        IntOrString::String(text) => text.trim_end_matches('%') == "0",
    }
}
