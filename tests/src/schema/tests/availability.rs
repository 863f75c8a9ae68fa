use super::{MADE, told};

#[test]
fn made_autoscalers_are_what_the_api_server_takes() {
    let kind = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler";
    let spec = |extra: &str| {
        format!(
            "spec: {{scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}, {extra}}}"
        )
    };
    let cpu = |target: &str| {
        spec(&format!(
            "maxReplicas: 5, metrics: [{{type: Resource, resource: {{name: cpu, target: {{{target}}}}}}}]"
        ))
    };
    let down = |rules: &str| {
        spec(&format!(
            "maxReplicas: 5, behavior: {{scaleDown: {{{rules}}}}}"
        ))
    };
    for fields in [
        spec("minReplicas: 3, maxReplicas: 3"),
        cpu("type: Utilization, averageUtilization: 70"),
        cpu("type: AverageValue, averageValue: 200m"),
        spec(
            "maxReplicas: 5, metrics: [{type: ContainerResource, containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 70}}}]",
        ),
        down(
            "stabilizationWindowSeconds: 3600, selectPolicy: Min, policies: [{type: Pods, value: 1, periodSeconds: 1800}]",
        ),
    ] {
        assert_eq!(told(kind, MADE, &fields), Ok(()), "{fields}");
    }
    for fields in [
        spec("minReplicas: 0, maxReplicas: 3"),
        spec("minReplicas: 4, maxReplicas: 3"),
        spec("minReplicas: '3', maxReplicas: 3"),
        spec("maxReplicas: 0"),
        "spec: {scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3}".to_owned(),
        cpu("type: Utilization, averageUtilization: 0"),
        cpu("type: Utilization, averageUtilization: 7, averageValue: 1"),
        cpu("type: Value, averageUtilization: 70"),
        cpu("type: AverageValue, averageUtilization: 70"),
        spec(
            "maxReplicas: 5, metrics: [{type: Pods, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]",
        ),
        spec(
            "maxReplicas: 5, metrics: [{type: ContainerResource, containerResource: {name: cpu, container: '', target: {type: Utilization, averageUtilization: 70}}}]",
        ),
        down("stabilizationWindowSeconds: 3601"),
        down("selectPolicy: Least"),
        down("policies: []"),
        down("policies: [{type: Pod, value: 1, periodSeconds: 60}]"),
        down("policies: [{type: Pods, value: 0, periodSeconds: 60}]"),
        down("policies: [{type: Pods, value: 1, periodSeconds: 1801}]"),
        down("stabilizationWindow: 60"),
    ] {
        assert!(told(kind, MADE, &fields).is_err(), "{fields}");
    }
}

#[test]
fn made_budgets_are_what_the_api_server_takes_and_cover_some_pods() {
    let kind = "apiVersion: policy/v1\nkind: PodDisruptionBudget";
    let spec = |fields: &str| format!("spec: {{{fields}}}");
    let selector = "selector: {matchLabels: {app: web}}";
    for fields in [
        "minAvailable: 2",
        "maxUnavailable: 25%",
        "maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow",
    ] {
        assert_eq!(
            told(kind, MADE, &spec(&format!("{fields}, {selector}"))),
            Ok(()),
            "{fields}"
        );
    }
    let expressions =
        "minAvailable: 1, selector: {matchExpressions: [{key: app, operator: Exists}]}";
    assert_eq!(told(kind, MADE, &spec(expressions)), Ok(()));
    for fields in [
        "minAvailable: 2, maxUnavailable: 1",
        "unhealthyPodEvictionPolicy: AlwaysAllow",
        "minAvailable: -1",
        "minAvailable: 101%",
        "minAvailable: half",
        "minAvailable: 2, unhealthyPodEvictionPolicy: Always",
        "minUnavailable: 2",
    ] {
        let fields = spec(&format!("{fields}, {selector}"));
        assert!(told(kind, MADE, &fields).is_err(), "{fields}");
    }
    for fields in ["minAvailable: 1", "minAvailable: 1, selector: {}"] {
        assert!(told(kind, MADE, &spec(fields)).is_err(), "{fields}");
    }
    assert!(told(kind, MADE, "").is_err());
}
