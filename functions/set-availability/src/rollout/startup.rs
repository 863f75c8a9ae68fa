//! How long a pod may take to start.

use sdk::{Container, ContainerType, Node, Pod};

/// The longest time in seconds that the startup probes of a pod allow; none where there are none. Sidecars start
/// one after the other, before the other containers, which start together.
pub(super) fn budget(pod: Pod<'_>) -> Option<i64> {
    let of_kind = |kind: ContainerType| {
        let containers = pod.containers().filter(move |own| own.kind() == kind);
        containers.filter_map(of_container)
    };
    let sidecars = of_kind(ContainerType::Sidecar).reduce(i64::saturating_add);
    let together = of_kind(ContainerType::App).max();
    match (sidecars, together) {
        (Some(before), Some(then)) => Some(before.saturating_add(then)),
        (one, other) => one.or(other),
    }
}

/// Kubernetes' defaults: no delay, every 10 seconds, three times.
fn of_container(container: Container<'_>) -> Option<i64> {
    let probe = container
        .get("startupProbe")
        .filter(|probe| probe.is_map())?;
    let number = |field: &str, default: i64| {
        let written = probe.get(field).and_then(Node::as_i64);
        // Zero is as good as absent: the API server puts the default there.
        written.filter(|number| *number > 0).unwrap_or(default)
    };
    let tries = number("failureThreshold", 3).saturating_mul(number("periodSeconds", 10));
    Some(number("initialDelaySeconds", 0).saturating_add(tries))
}
