//! Linkerd: who gets its proxy, and with which settings.

use std::borrow::Cow;

use super::istio;
use super::marks::{annotation, label, misplaced, pod_annotation, pod_label};
use super::{Enrolment, Mesh, MeshConflict, MeshConflictKind, Namespaces, Why};
use crate::graph::Workload;
use crate::resource::{Place, Resource};

/// Asks for the proxy, on namespaces and pods: an annotation.
pub(super) const INJECT: &str = "linkerd.io/inject";
/// Keeps the webhooks of Linkerd away from a namespace.
const WEBHOOKS: &str = "config.linkerd.io/admission-webhooks";
/// linkerd charts/linkerd-control-plane/values.yaml, `proxyInjector.namespaceSelector`.
const NEVER: [&str; 2] = ["kube-system", "cert-manager"];
/// The same, `proxyInjector.objectSelector`.
const OF_LINKERD: [&str; 2] = [
    "linkerd.io/control-plane-component",
    "linkerd.io/cni-resource",
];
/// The name of the proxy.
const PROXY: &str = "linkerd-proxy";

pub(super) fn enrolment<'r>(workload: &Workload<'r>, namespaces: &Namespaces<'r>) -> Enrolment {
    let namespace = namespaces.get(workload.namespace);
    let (provider, why) = decide(workload, namespace);
    let mut enrolment = Enrolment::new(provider, why);
    enrolment.conflicts = conflicts(workload);
    enrolment
}

fn decide<'r>(workload: &Workload<'r>, namespace: Option<&'r Resource<'r>>) -> (Mesh, Why) {
    if let Some(place) = container(workload, PROXY) {
        let why = Why::field(Some(place), "its own container `linkerd-proxy`");
        return (Mesh::Linkerd, why);
    }
    match obstacle(workload, namespace) {
        Some(why) => (Mesh::None, why),
        None => by_annotations(workload, namespace),
    }
}

/// What keeps the proxy out whatever the annotations say.
///
/// linkerd pkg/inject/report.go, `Injectable`, and pkg/healthcheck/sidecar.go, `HasExistingSidecars`; the webhook's
/// selectors in charts/linkerd-control-plane/values.yaml.
fn obstacle<'r>(workload: &Workload<'r>, namespace: Option<&'r Resource<'r>>) -> Option<Why> {
    if workload.is_host_network() {
        let place = workload.pod.field("hostNetwork");
        return Some(Why::field(
            Some(place),
            "`hostNetwork` is never intercepted",
        ));
    }
    let other = [istio::PROXY, "istio-init", "linkerd-init"]
        .into_iter()
        .find_map(|name| container(workload, name));
    if let Some(place) = other {
        return Some(Why::field(
            Some(place),
            "the pods have a sidecar of a mesh already",
        ));
    }
    if NEVER.contains(&workload.namespace) {
        return Some(Why::words("no pod of the namespace gets a proxy"));
    }
    let webhooks = namespace.and_then(|namespace| label(namespace, WEBHOOKS));
    if let Some(mark) = webhooks.filter(|mark| mark.is("disabled")) {
        return Some(mark.why("the namespace keeps the webhooks away"));
    }
    let mut own = OF_LINKERD.into_iter();
    let mark = own.find_map(|key| pod_label(workload, key))?;
    Some(mark.why("the pods are part of Linkerd"))
}

/// linkerd pkg/inject/report.go, `disabledByAnnotation`: the pods' annotation beats the namespace's, but either
/// one with a value of its own keeps the proxy out.
fn by_annotations<'r>(workload: &Workload<'r>, namespace: Option<&'r Resource<'r>>) -> (Mesh, Why) {
    let of_namespace = namespace
        .and_then(|namespace| annotation(namespace, INJECT))
        .filter(|mark| !mark.is(""));
    let of_pods = pod_annotation(workload, INJECT).filter(|mark| !mark.is(""));
    if let Some(mark) = of_namespace.as_ref().filter(|mark| !is_known(&mark.value)) {
        return (
            Mesh::None,
            mark.why("the namespace has a value that means nothing"),
        );
    }
    match (of_pods, of_namespace) {
        (Some(mark), _) if enables(&mark.value) => (Mesh::Linkerd, mark.why("the pods ask for it")),
        (Some(mark), _) if is_known(&mark.value) => (Mesh::None, mark.why("the pods refuse it")),
        (Some(mark), _) => (
            Mesh::None,
            mark.why("the pods have a value that means nothing"),
        ),
        (None, Some(mark)) if enables(&mark.value) => {
            (Mesh::Linkerd, mark.why("the namespace asks for it"))
        }
        (None, Some(mark)) => (Mesh::None, mark.why("the namespace refuses it")),
        (None, None) if namespace.is_some() => (
            Mesh::None,
            Why::words("neither the namespace nor the pods ask for it"),
        ),
        (None, None) => (
            Mesh::Unknown,
            Why::words("the namespace decides, and the input doesn't have it"),
        ),
    }
}

fn enables(value: &str) -> bool {
    matches!(value, "enabled" | "ingress")
}

fn is_known(value: &str) -> bool {
    enables(value) || value == "disabled"
}

fn container(workload: &Workload<'_>, name: &str) -> Option<Place> {
    let mut containers = workload.pod.containers();
    let found = containers.find(|container| container.name() == name)?;
    Some(found.place())
}

fn conflicts(workload: &Workload<'_>) -> Vec<MeshConflict> {
    let owner = workload.owner;
    let on_owner = annotation(owner, INJECT).or_else(|| label(owner, INJECT));
    let mut found: Vec<MeshConflict> = misplaced(workload, INJECT, "annotations", on_owner)
        .into_iter()
        .collect();
    match (
        pod_annotation(workload, INJECT),
        pod_label(workload, INJECT),
    ) {
        (Some(mark), _) if !mark.is("") && !is_known(&mark.value) => {
            let message = format!(
                "`{INJECT}` must be one of `enabled`, `ingress`, `disabled`, not {:?}; the pods get no proxy",
                mark.value
            );
            found.push(mark.conflict(MeshConflictKind::Ineffective, message));
        }
        (None, Some(mark)) => {
            let message = format!(
                "Linkerd reads `{INJECT}` as an annotation; write it under `metadata.annotations`"
            );
            found.push(mark.conflict(MeshConflictKind::Misplaced, message));
        }
        _ => {}
    }
    found
}

/// A setting of Linkerd's proxy, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkerdSetting<'r> {
    /// The value.
    pub value: Cow<'r, str>,
    /// The annotation, of the pods or of their namespace.
    pub place: Place,
}

/// The value of an annotation `config.linkerd.io/…`: the pods' beats the namespace's, also where it is empty.
///
/// linkerd pkg/inject/inject.go, `GetConfigOverride`.
pub fn linkerd_setting<'r>(
    workload: &Workload<'r>,
    namespaces: &Namespaces<'r>,
    key: &str,
) -> Option<LinkerdSetting<'r>> {
    let namespace = namespaces.get(workload.namespace);
    let of_namespace = || annotation(namespace?, key);
    let mark = pod_annotation(workload, key).or_else(of_namespace)?;
    Some(LinkerdSetting {
        value: mark.value,
        place: mark.place,
    })
}
