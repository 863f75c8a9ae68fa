//! How many pods there are.

use crate::autoscalers::autoscaler;
use crate::with;

/// How far an object exceeds so many replicas.
fn surge(text: &str, replicas: i64) -> i64 {
    with(text, |resources| resources.get(0).unwrap().surge(replicas))
}

/// A Deployment with that strategy.
fn rolling(strategy: &str) -> String {
    format!("{{apiVersion: apps/v1, kind: Deployment, spec: {{strategy: {strategy}}}}}")
}

#[test]
fn a_rollout_exceeds_the_replicas_by_a_quarter_rounded_up() {
    for (replicas, pods) in [(0, 0), (1, 1), (4, 1), (5, 2), (100, 25)] {
        for strategy in ["null", "{}", "{type: RollingUpdate, rollingUpdate: {}}"] {
            assert_eq!(
                surge(&rolling(strategy), replicas),
                pods,
                "{replicas} {strategy}"
            );
        }
    }
}

#[test]
fn a_written_surge_is_a_number_or_a_percentage() {
    let table = [
        ("3", 10, 3),
        ("0", 10, 0),
        ("3", 0, 0),
        ("50%", 3, 2),
        ("'100%'", 3, 3),
        ("0%", 3, 0),
        // The API server refuses these.
        ("-1", 10, 0),
        ("-10%", 10, 0),
        ("'3'", 10, 3),
        ("some", 10, 3),
    ];
    for (written, replicas, pods) in table {
        let strategy = format!("{{rollingUpdate: {{maxSurge: {written}}}}}");
        assert_eq!(
            surge(&rolling(&strategy), replicas),
            pods,
            "{written} of {replicas}"
        );
    }
}

#[test]
fn nothing_but_a_deployment_that_rolls_exceeds_the_replicas() {
    let recreated = rolling("{type: Recreate, rollingUpdate: {maxSurge: 3}}");
    assert_eq!(surge(&recreated, 10), 0);
    for kind in ["StatefulSet", "DaemonSet", "ReplicaSet"] {
        let text = rolling("{rollingUpdate: {maxSurge: 3}}").replace("Deployment", kind);
        assert_eq!(surge(&text, 10), 0, "{kind}");
    }
}

/// The replicas of the input's first object.
fn replicas(text: &str) -> i64 {
    with(text, |resources| {
        resources.replicas(resources.get(0).unwrap())
    })
}

#[test]
fn replicas_are_as_written_else_one() {
    let of = |spec: &str| {
        replicas(&format!(
            "{{apiVersion: apps/v1, kind: Deployment, {spec}}}"
        ))
    };
    assert_eq!(of("spec: {replicas: 3}"), 3);
    assert_eq!(of("spec: {replicas: 0}"), 0);
    assert_eq!(of("spec: {replicas: null}"), 1);
    assert_eq!(of("metadata: {}"), 1);
}

#[test]
fn a_job_has_as_many_pods_as_run_at_once() {
    let job = "{apiVersion: batch/v1, kind: Job, spec: {parallelism: 4, replicas: 9}}";
    assert_eq!(replicas(job), 4);
    let cron_job =
        "{apiVersion: batch/v1, kind: CronJob, spec: {jobTemplate: {spec: {parallelism: 2}}}}";
    assert_eq!(replicas(cron_job), 2);
}

#[test]
fn replicas_that_are_not_written_are_the_least_of_the_autoscaler() {
    let text = autoscaler("v2", "minReplicas: 4, maxReplicas: 9");
    assert_eq!(replicas(&text), 4);
    let written = text.replacen("---", "spec: {replicas: 2}\n---", 1);
    assert_eq!(replicas(&written), 2);
}
