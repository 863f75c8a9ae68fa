//! What an autoscaler measures.

use sdk::{Container, ContainerType, Plan, Severity};

use super::About;
use crate::autoscalers::label;
use crate::survey::Workload;

/// A metric about what containers use.
pub(super) struct Measured {
    /// `cpu` or `memory`.
    pub(super) name: String,
    /// The only container that counts; none where all of the pod does.
    pub(super) container: Option<String>,
    /// Whether it is in percent of the request.
    pub(super) is_of_request: bool,
}

/// Checks a metric against the pods that are measured.
pub(super) fn check(
    plan: &mut Plan,
    about: About<'_, '_>,
    workload: &Workload<'_>,
    measured: &Measured,
) {
    let containers = containers(workload, measured);
    if let (Some(name), true) = (&measured.container, containers.is_empty()) {
        let message = format!(
            "measures the container \"{name}\", which the pods don't have; write the name of one that they have"
        );
        return about.report(plan, "hpa-unknown-container", Severity::Warning, &message);
    }
    if measured.is_of_request && !has_requests_as_a_whole(workload, &measured.name) {
        check_requests(plan, about, &containers, &measured.name);
    }
    if measured.name == "memory" && containers.iter().any(|own| is_java(*own)) {
        let message = "a Java program seldom gives memory back, so that the number of pods goes up and never down; measure the CPU, or requests";
        about.report(plan, "hpa-memory-of-jvm", Severity::Info, message);
    }
    check_vertical(plan, about, workload, &containers, &measured.name);
}

/// The containers that are measured: those that run next to one another, or the one that is named.
fn containers<'r>(workload: &Workload<'r>, measured: &Measured) -> Vec<Container<'r>> {
    let all = workload.pods.iter().flat_map(|pod| pod.containers());
    let lasting = all.filter(|own| own.kind() != ContainerType::Init);
    let is_meant = |own: &Container<'r>| {
        let name = own.name();
        measured.container.as_ref().is_none_or(|only| *only == name)
    };
    lasting.filter(is_meant).collect()
}

/// Whether the pod has a request of its own, which then is what counts.
fn has_requests_as_a_whole(workload: &Workload<'_>, name: &str) -> bool {
    let mut pods = workload.pods.iter();
    pods.any(|pod| {
        let resources = pod.get("resources");
        resources.is_some_and(|resources| resources.at(&["requests", name]).is_some())
    })
}

fn check_requests(plan: &mut Plan, about: About<'_, '_>, containers: &[Container<'_>], name: &str) {
    // The API server takes a limit for the request.
    let has_request = |own: &&Container<'_>| {
        let resources = own.get("resources");
        resources.is_some_and(|resources| {
            let mut parts = ["requests", "limits"].into_iter();
            parts.any(|part| resources.at(&[part, name]).is_some())
        })
    };
    let lacking: Vec<String> = containers
        .iter()
        .filter(|own| !has_request(own))
        .map(|own| format!("\"{}\"", own.name()))
        .collect();
    if lacking.is_empty() {
        return;
    }
    let message = format!(
        "can't scale by {name}, since {} has no request of it; write one, or run set-resources before",
        lacking.join(" and ")
    );
    about.report(plan, "hpa-without-request", Severity::Warning, &message);
}

/// Whether a container tells that it runs Java.
fn is_java(container: Container<'_>) -> bool {
    let variables = ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS"];
    let mut words = container.words();
    variables.into_iter().any(|name| container.has_env(name))
        || words.any(|word| word == "-jar" || word == "java" || word.ends_with("/java"))
}

fn check_vertical(
    plan: &mut Plan,
    about: About<'_, '_>,
    workload: &Workload<'_>,
    containers: &[Container<'_>],
    name: &str,
) {
    let vertical = workload.resources.vertical_autoscalers_of(workload.owner);
    let mut active = vertical.filter(|own| !own.is_off());
    let fighting = active.find(|own| {
        let mut containers = containers.iter();
        containers.any(|container| own.controls(&container.name(), name))
    });
    if let Some(fighting) = fighting {
        let message = format!(
            "{} changes the request of {name} that the number of pods follows, so that the two work against each other; set its `updateMode` to Off, or leave {name} out of its `controlledResources`",
            label(fighting.resource)
        );
        about.report(plan, "hpa-and-vpa", Severity::Warning, &message);
    }
}
