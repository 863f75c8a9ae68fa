//! What a made autoscaler measures: the pod as a whole, or where a proxy or another container would hide what the
//! application does, the main container.

use sdk::{Container, ContainerType, Enrolment, Mesh, Pod, Value, json};

use crate::config::Metric;
use crate::settings::Autoscaling;
use crate::survey::{Survey, Workload};

/// `spec.metrics`.
pub(super) fn values(
    survey: &Survey<'_, '_>,
    workload: &Workload<'_>,
    autoscaling: &Autoscaling,
) -> Vec<Value> {
    let metrics = autoscaling.metrics.value.iter();
    metrics
        .filter_map(|metric| {
            let (name, percent) = measured(metric)?;
            Some(value(name, percent, container(survey, workload, metric)))
        })
        .collect()
}

/// The resource and the percentage that is aimed at.
pub(super) fn measured(metric: &Metric) -> Option<(&'static str, u32)> {
    match (metric.cpu, metric.memory) {
        (Some(percent), _) => Some(("cpu", percent)),
        (None, Some(percent)) => Some(("memory", percent)),
        (None, None) => None,
    }
}

/// The only container that counts; none where all of the pod does.
pub(super) fn container(
    survey: &Survey<'_, '_>,
    workload: &Workload<'_>,
    metric: &Metric,
) -> Option<String> {
    if metric.container.is_some() {
        return metric.container.clone();
    }
    let pod = *workload.pods.first()?;
    let lasting = pod
        .containers()
        .filter(|own| own.kind() != ContainerType::Init);
    if lasting.count() < 2 && !has_proxy(survey, workload, pod) {
        return None;
    }
    main_container(pod).map(|own| own.name().into_owned())
}

fn value(name: &str, percent: u32, container: Option<String>) -> Value {
    let target = json!({"type": "Utilization", "averageUtilization": percent});
    let resource = [("name", Value::from(name)), ("target", target)];
    let (kind, field, resource) = match container {
        None => ("Resource", "resource", Value::from_iter(resource)),
        Some(container) => {
            let container = [("container", Value::from(container))];
            let resource = container.into_iter().chain(resource).collect();
            ("ContainerResource", "containerResource", resource)
        }
    };
    Value::from_iter([("type", kind.into()), (field, resource)])
}

/// Whether a mesh puts a proxy into the pods.
fn has_proxy(survey: &Survey<'_, '_>, workload: &Workload<'_>, pod: Pod<'_>) -> bool {
    let owner = workload.template_owner();
    let node = sdk::Workload {
        number: 0,
        pod,
        owner,
        namespace: survey.resources.namespace_of(owner),
        account: "default".into(),
    };
    let mesh = Enrolment::of(&node, &survey.namespaces).provider;
    matches!(mesh, Mesh::IstioSidecar | Mesh::Linkerd)
}

/// The container that its author calls the default one; else one that a Service leads to; else the first.
fn main_container(pod: Pod<'_>) -> Option<Container<'_>> {
    let own = || {
        let containers = pod.containers();
        containers.filter(|own| own.kind() == ContainerType::App && !own.is_injected())
    };
    let default = pod
        .annotations()
        .get("kubectl.kubernetes.io/default-container");
    let named = default.and_then(|name| own().find(|own| own.name() == name));
    let services = pod.services();
    let targets: Vec<_> = services
        .iter()
        .flat_map(|service| service.ports())
        .collect();
    let is_served = |own: &Container<'_>| {
        let mut ports = own.ports();
        ports.any(|port| targets.iter().any(|target| port.is(&target.target)))
    };
    named
        .or_else(|| own().find(is_served))
        .or_else(|| own().next())
}
