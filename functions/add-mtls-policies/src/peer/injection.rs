//! Whether namespaces that must be in the mesh ask for it.

use std::collections::BTreeSet;

use sdk::{Enrolment, Environment, Mesh, Place, Plan, Resource, Severity, Workload, json};

use super::INJECTION;
use crate::config::{DataPlane, InjectionMode, Run};
use crate::survey::Survey;

const LABEL: &str = "istio-injection";
const REVISION: &str = "istio.io/rev";
const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
const INJECT: &str = "sidecar.istio.io/inject";
const LINKERD: &str = "linkerd.io/inject";

/// Looks at each namespace that the configuration names, and takes into the survey what its new label changes: it
/// must be decided now as it would be with the label there. Returns the names of those that get one.
pub(super) fn plan(plan: &mut Plan, survey: &mut Survey<'_, '_>) -> BTreeSet<String> {
    let mut ensured = BTreeSet::new();
    if survey.run.namespaces.include.is_empty() {
        return ensured;
    }
    for namespace in included(survey) {
        if decide(plan, survey, namespace) {
            ensured.insert(namespace.name().to_owned());
        }
    }
    for name in &ensured {
        enrol(survey, name);
    }
    ensured
}

/// Whether a namespace asks for its pods to be taken into the mesh, so that it is in it whatever the input has of
/// its pods.
pub(super) fn asks(run: &Run, namespace: &Resource<'_>) -> bool {
    let labels = namespace.labels();
    let by_sidecar = match labels.get(LABEL) {
        Some(told) => told == "enabled",
        None => labels
            .get(REVISION)
            .is_some_and(|revision| !revision.is_empty()),
    };
    let is_ambient = || {
        labels
            .get(DATAPLANE_MODE)
            .is_some_and(|mode| mode == "ambient")
    };
    by_sidecar || (run.data_plane != DataPlane::Sidecar && is_ambient())
}

fn included<'r>(survey: &Survey<'r, 'r>) -> Vec<&'r Resource<'r>> {
    let objects = survey.resources.all();
    objects
        .filter(|object| object.is("", "Namespace") && survey.is_in_scope(object))
        .filter(|object| survey.is_looked_after(object.name()))
        .collect()
}

/// Whether the namespace gets the label.
fn decide<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>, namespace: &'r Resource<'r>) -> bool {
    let subject = (namespace, survey.resources);
    if survey.run.injection.mode != InjectionMode::Off && is_in_linkerd(namespace) {
        tell_of_linkerd(plan, survey, namespace);
        return false;
    }
    if survey.run.injection.mode == InjectionMode::Check && own(namespace).is_none() {
        tell(plan, survey, namespace);
        return false;
    }
    let Some(decision) = plan.decide(INJECTION, subject) else {
        return false;
    };
    if let Some(key) = own(namespace).filter(|_| !is_overruled(survey, namespace)) {
        decision.keep(
            "authored",
            &at(namespace, key),
            "says itself what becomes of its pods",
        );
        return false;
    }
    if survey.run.injection.mode != InjectionMode::Ensure {
        decision.skip("switched-off", "left alone, as `injection.mode: off` asks");
        return false;
    }
    let (key, value) = label(survey.run);
    decision.set(
        &at(namespace, key),
        json!(value),
        "takes its pods into the mesh, as `namespaces.include` asks",
    );
    true
}

fn tell<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>, namespace: &'r Resource<'r>) {
    let (key, value) = label(survey.run);
    let message = format!(
        "must be in the mesh, as `namespaces.include` asks, and doesn't ask for it; add the label `{key}: {value}`"
    );
    let proposed = json!(value);
    plan.report(
        INJECTION,
        severity(survey),
        (namespace, survey.resources),
        &at(namespace, key),
        message,
        Some(&proposed),
    );
}

/// A label would put the namespace into two meshes.
fn tell_of_linkerd<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>, namespace: &'r Resource<'r>) {
    let message = format!(
        "must be in the mesh, as `namespaces.include` asks, and is in another; take the annotation `{LINKERD}` off, or leave it out of `namespaces.include`"
    );
    plan.report(
        INJECTION,
        severity(survey),
        (namespace, survey.resources),
        &namespace.annotation(LINKERD),
        message,
        None,
    );
}

/// Whether Linkerd is asked to take its pods, and Istio isn't: both would be told as a contradiction.
fn is_in_linkerd(namespace: &Resource<'_>) -> bool {
    own(namespace).is_none() && asks_linkerd(namespace)
}

fn asks_linkerd(namespace: &Resource<'_>) -> bool {
    let told = namespace.annotations().get(LINKERD);
    told.is_some_and(|told| ["enabled", "ingress"].contains(&&*told))
}

fn severity(survey: &Survey<'_, '_>) -> Severity {
    match survey.environment {
        Some(Environment::Staging | Environment::Production) => Severity::Error,
        Some(Environment::Development) | None => Severity::Warning,
    }
}

fn at(namespace: &Resource<'_>, label: &str) -> Place {
    namespace
        .place()
        .field("metadata")
        .field("labels")
        .field(label)
}

/// The label by which the namespace says something about the mesh.
fn own(namespace: &Resource<'_>) -> Option<&'static str> {
    let labels = namespace.labels();
    let mut keys = [LABEL, REVISION, DATAPLANE_MODE].into_iter();
    keys.find(|key| labels.get(key).is_some())
}

/// Whether the label that takes pods into the mesh is there and says otherwise, in vain: in mode `overwrite`, the
/// configuration's user having said that the namespace must be in the mesh and that the function is to see to that.
/// Where another label speaks, it stays: a second one beside it would contradict it.
fn is_overruled<'r>(survey: &Survey<'r, 'r>, namespace: &Resource<'r>) -> bool {
    let (key, value) = label(survey.run);
    let told = namespace.labels().get(key);
    survey.beats_authors
        && survey.run.injection.mode == InjectionMode::Ensure
        && own(namespace) == Some(key)
        && !asks_linkerd(namespace)
        && told.is_some_and(|told| told != value)
}

/// The label that takes pods into the mesh.
fn label(run: &Run) -> (&'static str, &str) {
    match (run.data_plane, run.injection.revision.as_str()) {
        (DataPlane::Ambient, _) => (DATAPLANE_MODE, "ambient"),
        (_, "") => (LABEL, "enabled"),
        (_, revision) => (REVISION, revision),
    }
}

/// Takes the pods of a namespace into the mesh that nothing keeps out but that the namespace didn't ask, or said
/// otherwise before.
fn enrol(survey: &mut Survey<'_, '_>, namespace: &str) {
    let (provider, revision) = match label(survey.run) {
        (DATAPLANE_MODE, _) => (Mesh::IstioAmbient, None),
        (REVISION, revision) => (Mesh::IstioSidecar, Some(revision.to_owned())),
        _ => (Mesh::IstioSidecar, None),
    };
    let object = survey.namespaces.get(namespace);
    let overruled = object.map(|object| at(object, label(survey.run).0));
    let workloads = survey.graph.workloads().iter();
    for (workload, enrolment) in workloads.zip(&mut survey.enrolments) {
        let is_open = match &enrolment.why.place {
            None => enrolment.provider == Mesh::None,
            place => *place == overruled,
        };
        if workload.namespace == namespace && is_open && !refuses(workload, provider) {
            *enrolment = Enrolment {
                provider,
                revision: revision.clone(),
                ..enrolment.clone()
            };
        }
    }
}

/// Whether pods say themselves that they stay out.
fn refuses(workload: &Workload<'_>, provider: Mesh) -> bool {
    let (labels, annotations) = (workload.pod.labels(), workload.pod.annotations());
    if provider == Mesh::IstioAmbient {
        return labels
            .get(DATAPLANE_MODE)
            .is_some_and(|mode| mode == "none");
    }
    let told = labels.get(INJECT).or_else(|| annotations.get(INJECT));
    told.is_some_and(|told| told == "false")
}
