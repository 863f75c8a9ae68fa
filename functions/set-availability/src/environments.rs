//! What comes with the function for each environment.

use sdk::{Environment, Value, json};

/// The lowest layer: nothing without an environment.
pub(crate) fn built_in(environment: Option<Environment>) -> Value {
    match environment {
        None => json!({}),
        Some(Environment::Development) => development(),
        Some(Environment::Staging) => staging(),
        Some(Environment::Production) => production(),
    }
}

/// One pod that goes and comes quickly. Blocks are off until somebody says `enabled: true`: what a user writes for
/// all environments must not turn them on here.
fn development() -> Value {
    json!({
        "replicas": 1,
        "autoscaling": {"enabled": false},
        "disruptionBudget": {"enabled": false},
        "spread": {"enabled": false},
        "rollout": {"enabled": false},
        "shutdown": {"enabled": false},
    })
}

/// Production in small.
fn staging() -> Value {
    json!({
        "replicas": 2,
        "autoscaling": autoscaling(2, 4),
        "disruptionBudget": budget(),
        "spread": {"enabled": true, "host": "ScheduleAnyway", "maxSkew": 1},
        "rollout": rollout(),
        "shutdown": shutdown(5, 30),
    })
}

/// For users.
fn production() -> Value {
    json!({
        "replicas": 3,
        "autoscaling": autoscaling(3, 10),
        "disruptionBudget": budget(),
        "spread": {
            "enabled": true,
            "zone": "ScheduleAnyway",
            "host": "ScheduleAnyway",
            "maxSkew": 1,
        },
        "rollout": rollout(),
        "shutdown": shutdown(10, 45),
    })
}

fn autoscaling(min: u32, max: u32) -> Value {
    json!({
        "enabled": true,
        "minReplicas": min,
        "maxReplicas": max,
        "metrics": [{"cpu": 70}],
    })
}

fn budget() -> Value {
    json!({
        "enabled": true,
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    })
}

fn rollout() -> Value {
    json!({
        "enabled": true,
        "maxSurge": 1,
        "maxUnavailable": 0,
        "minReadySeconds": 10,
        "revisionHistoryLimit": 5,
    })
}

fn shutdown(sleep: u32, grace: u32) -> Value {
    json!({
        "enabled": true,
        "preStopSleepSeconds": sleep,
        "terminationGracePeriodSeconds": grace,
    })
}
