//! The proxy that Istio adds to a pod in the cluster, as the pod's annotations size it.
//!
//! Source: Istio's resource annotations.

use sdk::{Pod, Quantity};

use crate::shares::Kind;

/// The container that Istio adds.
const PROXY: &str = "istio-proxy";
/// On pods, as an annotation and as a label: whether it does.
const INJECT: &str = "sidecar.istio.io/inject";

/// What a proxy that isn't there yet requests or may take; nothing where no annotation says.
pub(super) fn amount(pod: Pod<'_>, kind: Kind, name: &str) -> Option<Quantity> {
    let annotation = annotation(kind, name)?;
    let text = pod.annotations().get(annotation)?;
    let is_off = |value: Option<_>| value.is_some_and(|value| value == "false");
    let is_left_out = is_off(pod.annotations().get(INJECT)) || is_off(pod.labels().get(INJECT));
    let is_there = || pod.containers().any(|container| container.name() == PROXY);
    if is_left_out || is_there() {
        return None;
    }
    Quantity::parse(&text).ok()
}

fn annotation(kind: Kind, name: &str) -> Option<&'static str> {
    match (kind, name) {
        (Kind::Request, "cpu") => Some("sidecar.istio.io/proxyCPU"),
        (Kind::Request, "memory") => Some("sidecar.istio.io/proxyMemory"),
        (Kind::Limit, "cpu") => Some("sidecar.istio.io/proxyCPULimit"),
        (Kind::Limit, "memory") => Some("sidecar.istio.io/proxyMemoryLimit"),
        _ => None,
    }
}
