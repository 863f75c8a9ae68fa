//! HorizontalPodAutoscalers: what they scale, and by which metrics.

use plimsoll_kube::MetricTarget;

use crate::vertical::vertical;
use crate::{names, shown, with};

pub(crate) const API: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
---
";

/// A HorizontalPodAutoscaler of Deployment `api` with more fields in its `spec`.
pub(crate) fn autoscaler(version: &str, spec: &str) -> String {
    format!(
        "{API}{{apiVersion: autoscaling/{version}, kind: HorizontalPodAutoscaler, metadata: {{name: a}}, \
         spec: {{scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: api}}, {spec}}}}}\n"
    )
}

/// The names of the autoscalers of the input's first object, horizontal and then vertical ones.
pub(crate) fn scaled_by(text: &str) -> Vec<String> {
    with(text, |resources| {
        let owner = resources.get(0).unwrap();
        let horizontal = resources.autoscalers_of(owner).map(|found| found.resource);
        let vertical = resources
            .vertical_autoscalers_of(owner)
            .map(|found| found.resource);
        names(horizontal.chain(vertical))
    })
}

/// The metrics of the autoscaler in `text`, each as `place resource/container: target`.
fn metrics(text: &str) -> Vec<String> {
    with(text, |resources| {
        let owner = resources.get(0).unwrap();
        let autoscaler = resources.autoscalers_of(owner).next().unwrap();
        let show = |metric: &plimsoll_kube::ResourceMetric<'_>| {
            let target = match &metric.target {
                Some(MetricTarget::Utilization(percent)) => format!("{percent}%"),
                Some(MetricTarget::AverageValue(amount)) => shown(amount),
                None => "-".to_owned(),
            };
            let container = metric.container.as_deref().unwrap_or("*");
            format!(
                "{} {}/{container}: {target}",
                metric.place.path, metric.name
            )
        };
        autoscaler.resource_metrics().iter().map(show).collect()
    })
}

#[test]
fn an_autoscaler_is_found_by_what_it_refers_to() {
    let text = autoscaler("v2", "");
    assert_eq!(scaled_by(&text), ["a"]);
    for (part, other) in [
        ("name: api}", "name: web}"),
        ("kind: Deployment,", "kind: StatefulSet,"),
        ("apiVersion: apps/v1,", "apiVersion: example.com/v1,"),
        ("name: a}", "name: a, namespace: other}"),
    ] {
        // Only the autoscaler changes: it comes after the Deployment.
        let (start, end) = text.split_once("---").unwrap();
        let changed = format!("{start}---{}", end.replacen(part, other, 1));
        assert_ne!(changed, text, "{other}");
        assert!(scaled_by(&changed).is_empty(), "{other}");
    }
}

#[test]
fn an_autoscaler_finds_its_target() {
    with(&autoscaler("v2", ""), |resources| {
        let owner = resources.get(0).unwrap();
        let autoscaler = resources.autoscalers_of(owner).next().unwrap();
        assert_eq!(autoscaler.target(resources).unwrap().number, 0);
    });
}

#[test]
fn a_local_autoscaler_scales_nothing() {
    let text = autoscaler("v2", "").replace(
        "{name: a}",
        "{name: a, annotations: {config.kubernetes.io/local-config: 'true'}}",
    );
    assert!(scaled_by(&text).is_empty());
}

/// Deployment `dev-api` that kustomize called `api` twice before.
const RENAMED: &str = "
apiVersion: apps/v1
kind: Deployment
metadata:
  name: dev-api
  annotations:
    internal.config.kubernetes.io/previousKinds: Deployment,Deployment
    internal.config.kubernetes.io/previousNames: api,api
    internal.config.kubernetes.io/previousNamespaces: default,default
---
";

#[test]
fn an_autoscaler_that_still_has_the_old_name_of_a_workload_is_found_once() {
    for text in [autoscaler("v2", ""), vertical("")] {
        let text = text.replace(API, RENAMED);
        assert_eq!(scaled_by(&text).len(), 1);
        // An object that has the name now is meant rather than one that had it.
        assert!(scaled_by(&format!("{text}---{API}{{}}\n")).is_empty());
    }
}

#[test]
fn autoscalers_by_old_and_new_names_come_in_the_order_of_the_input() {
    let old = autoscaler("v2", "").replace(API, RENAMED);
    let new = autoscaler("v2", "").replace(API, "");
    let new = new
        .replace("name: api}", "name: dev-api}")
        .replace("name: a}", "name: b}");
    assert_eq!(scaled_by(&format!("{old}---\n{new}")), ["a", "b"]);
}

#[test]
fn replicas_of_an_autoscaler_default_to_at_least_one() {
    let bounds = |spec: &str| {
        with(&autoscaler("v2", spec), |resources| {
            let owner = resources.get(0).unwrap();
            let autoscaler = resources.autoscalers_of(owner).next().unwrap();
            (autoscaler.min_replicas(), autoscaler.max_replicas())
        })
    };
    assert_eq!(bounds("maxReplicas: 5"), (1, Some(5)));
    assert_eq!(bounds("minReplicas: null, maxReplicas: 5"), (1, Some(5)));
    assert_eq!(bounds("minReplicas: 2"), (2, None));
}

#[test]
fn version_one_aims_at_a_percentage_of_cpu() {
    let text = autoscaler("v1", "targetCPUUtilizationPercentage: 60");
    assert_eq!(
        metrics(&text),
        ["spec.targetCPUUtilizationPercentage cpu/*: 60%"]
    );
}

#[test]
fn an_autoscaler_without_metrics_aims_at_80_percent_of_cpu() {
    assert_eq!(
        metrics(&autoscaler("v1", "")),
        ["spec.targetCPUUtilizationPercentage cpu/*: 80%"]
    );
    for spec in ["", "metrics: []", "metrics: null"] {
        assert_eq!(
            metrics(&autoscaler("v2", spec)),
            ["spec.metrics cpu/*: 80%"],
            "{spec}"
        );
    }
}

#[test]
fn other_metrics_in_an_annotation_take_the_default_of_version_one_away() {
    let text = autoscaler("v1", "").replace(
        "{name: a}",
        "{name: a, annotations: {autoscaling.alpha.kubernetes.io/metrics: '[]'}}",
    );
    assert!(metrics(&text).is_empty());
}

#[test]
fn each_version_reads_its_own_fields_only() {
    let both = "targetCPUUtilizationPercentage: 60, metrics: [{type: Resource, \
                resource: {name: memory, target: {type: Utilization, averageUtilization: 70}}}]";
    assert_eq!(
        metrics(&autoscaler("v1", both)),
        ["spec.targetCPUUtilizationPercentage cpu/*: 60%"]
    );
    for version in ["v2", "v2beta2"] {
        assert_eq!(
            metrics(&autoscaler(version, both)),
            ["spec.metrics[0] memory/*: 70%"]
        );
    }
}

#[test]
fn version_two_has_metrics_of_pods_and_of_single_containers() {
    let spec = "metrics: [
      {type: Pods, pods: {metric: {name: requests}, target: {type: AverageValue, averageValue: 9}}},
      {type: Resource, resource: {name: cpu, container: stray,
        target: {type: Utilization, averageUtilization: 50}}},
      {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 500Mi}}},
      {type: ContainerResource, containerResource: {name: cpu, container: app,
        target: {type: Utilization, averageUtilization: 70}}},
      {type: Resource, resource: {name: cpu, target: {}}}]";
    assert_eq!(
        metrics(&autoscaler("v2", spec)),
        [
            "spec.metrics[1] cpu/*: 50%",
            "spec.metrics[2] memory/*: spec.metrics[2].resource.target.averageValue 500Mi",
            "spec.metrics[3] cpu/app: 70%",
            "spec.metrics[4] cpu/*: -",
        ]
    );
}

#[test]
fn an_autoscaler_that_scales_by_other_metrics_alone_has_none_of_resources() {
    let spec = "metrics: [{type: External, external: {metric: {name: queue}}}]";
    assert!(metrics(&autoscaler("v2", spec)).is_empty());
}

#[test]
fn autoscalers_come_in_the_order_of_the_input() {
    let second = autoscaler("v1", "").replace("name: a}", "name: b}");
    let second = second.strip_prefix(API).unwrap();
    let text = format!("{}---\n{second}", autoscaler("v2", ""));
    assert_eq!(scaled_by(&text), ["a", "b"]);
}
