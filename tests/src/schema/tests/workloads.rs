use super::told;

#[test]
fn what_only_the_api_server_refuses_about_workloads_is_found() {
    for (kind, taken, refused) in [
        (
            "Deployment",
            "strategy: {type: Recreate}",
            "strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}",
        ),
        (
            "Deployment",
            "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
            "strategy: {rollingUpdate: {maxSurge: 0%, maxUnavailable: 0}}",
        ),
        (
            "Deployment",
            "strategy: {type: RollingUpdate}",
            "strategy: {type: Rolling}",
        ),
        ("Deployment", "replicas: 0", "replicas: -1"),
        ("Deployment", "minReadySeconds: 599", "minReadySeconds: 600"),
        (
            "StatefulSet",
            "podManagementPolicy: Parallel",
            "podManagementPolicy: Ordered",
        ),
        (
            "StatefulSet",
            "updateStrategy: {type: OnDelete}",
            "updateStrategy: {type: Recreate}",
        ),
        (
            "StatefulSet",
            "updateStrategy: {rollingUpdate: {}}",
            "updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}",
        ),
        (
            "StatefulSet",
            "revisionHistoryLimit: 5",
            "revisionHistoryLimit: -5",
        ),
        (
            "DaemonSet",
            "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
            "updateStrategy: {rollingUpdate: {maxSurge: 1}}",
        ),
        (
            "DaemonSet",
            "updateStrategy: {rollingUpdate: {maxUnavailable: 10%}}",
            "updateStrategy: {rollingUpdate: {maxUnavailable: 0}}",
        ),
        (
            "DaemonSet",
            "updateStrategy: {type: OnDelete}",
            "updateStrategy: {type: Recreate}",
        ),
    ] {
        let head = format!("apiVersion: apps/v1\nkind: {kind}");
        let spec = |fields: &str| format!("spec: {{selector: {{}}, template: {{}}, {fields}}}");
        assert_eq!(told(&head, "", &spec(taken)), Ok(()), "{taken}");
        assert!(told(&head, "", &spec(refused)).is_err(), "{refused}");
    }
}

#[test]
fn what_only_the_api_server_refuses_about_jobs_is_found() {
    let head = "apiVersion: batch/v1\nkind: Job";
    for (taken, refused) in [
        (
            "backoffLimit: 0, template: {}",
            "backoffLimit: -1, template: {}",
        ),
        (
            "activeDeadlineSeconds: 1, template: {}",
            "activeDeadlineSeconds: 0, template: {}",
        ),
        (
            "template: {spec: {restartPolicy: Never, containers: []}}",
            "template: {spec: {restartPolicy: Always, containers: []}}",
        ),
    ] {
        let spec = |fields: &str| format!("spec: {{{fields}}}");
        assert_eq!(told(head, "", &spec(taken)), Ok(()), "{taken}");
        assert!(told(head, "", &spec(refused)).is_err(), "{refused}");
    }
}

#[test]
fn rollouts_keep_the_form_of_their_definition() {
    let head = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout";
    for fields in [
        "replicas: 3, strategy: {canary: {maxSurge: 25%}}, minReadySeconds: 10, progressDeadlineSeconds: 300",
        "workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web, scaleDown: onsuccess}",
    ] {
        assert_eq!(
            told(head, "", &format!("spec: {{{fields}}}")),
            Ok(()),
            "{fields}"
        );
    }
    for fields in [
        "strategy: {type: RollingUpdate}",
        "replicas: '3'",
        "minReadySecs: 3",
        "workloadRef: {name: web}, template: {}",
        "workloadRef: {names: web}",
    ] {
        assert!(
            told(head, "", &format!("spec: {{{fields}}}")).is_err(),
            "{fields}"
        );
    }
}
