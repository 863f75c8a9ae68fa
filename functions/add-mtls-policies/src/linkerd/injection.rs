//! Who gets a proxy of Linkerd.

use std::collections::BTreeSet;

use sdk::{
    Environment, Mesh, MeshConflict, MeshConflictKind, Plan, Resource, Severity, Step, Workload,
    json,
};

use crate::config::InjectionMode;
use crate::survey::Survey;

const INJECTION: &str = "injection";
const CONTRADICTING: &str = "contradicting-injection";
const MISPLACED: &str = "misplaced-injection";
const INEFFECTIVE: &str = "ineffective-injection";

const INJECT: &str = "linkerd.io/inject";
/// What asks for a proxy: linkerd pkg/k8s/labels.go, `ProxyInjectEnabled` and `ProxyInjectIngress`.
const ASKING: [&str; 2] = ["enabled", "ingress"];
/// Namespaces that no pod gets a proxy in: linkerd charts/linkerd-control-plane/values.yaml,
/// `proxyInjector.namespaceSelector`.
const NEVER: [&str; 2] = ["kube-system", "cert-manager"];

/// Whether a workload is in Linkerd, or about to be taken in, so that one run comes to what a second one would. Where
/// the input doesn't tell, its namespace is if the configuration names it.
pub(super) fn is_member(survey: &Survey<'_, '_>, workload: &Workload<'_>) -> bool {
    let Some(enrolment) = survey.enrolments.get(workload.number) else {
        return false;
    };
    let is_included = || is_included(survey, workload.namespace);
    match enrolment.provider {
        Mesh::Unknown => is_included(),
        Mesh::None => {
            let namespace = survey.namespaces.get(workload.namespace);
            !NEVER.contains(&workload.namespace)
                && is_included()
                && survey.run.injection.mode == InjectionMode::Ensure
                && namespace.is_some_and(|namespace| {
                    survey.is_in_scope(namespace)
                        && !is_in_istio(namespace)
                        && nothing_else_refuses(survey, workload, namespace)
                })
        }
        mesh => mesh.is_meshed(),
    }
}

/// Whether nothing keeps a workload out of the mesh but that its namespace doesn't ask, or that it refuses in vain.
fn nothing_else_refuses(
    survey: &Survey<'_, '_>,
    workload: &Workload<'_>,
    namespace: &Resource<'_>,
) -> bool {
    let enrolment = survey.enrolments.get(workload.number);
    match enrolment.and_then(|enrolment| enrolment.why.place.as_ref()) {
        None => true,
        Some(place) => {
            let own = workload.pod.annotations().get(INJECT);
            let is_out = own.is_some_and(|told| !told.is_empty() && !ASKING.contains(&&*told));
            *place == namespace.annotation(INJECT) && is_overruled(survey, namespace) && !is_out
        }
    }
}

/// Whether a namespace refuses in vain: in mode `overwrite`, the configuration's user having said that it must be in
/// the mesh and that the function is to see to that.
fn is_overruled(survey: &Survey<'_, '_>, namespace: &Resource<'_>) -> bool {
    let told = namespace.annotations().get(INJECT);
    survey.beats_authors
        && survey.run.injection.mode == InjectionMode::Ensure
        && told.is_some_and(|told| !ASKING.contains(&&*told))
}

fn is_included(survey: &Survey<'_, '_>, namespace: &str) -> bool {
    !survey.run.namespaces.include.is_empty() && survey.is_looked_after(namespace)
}

pub(super) fn plan<'c: 'r, 'r>(plan: &mut Plan, survey: &Survey<'c, 'r>) {
    conflicts(plan, survey);
    let objects = survey.resources.all();
    let namespaces =
        objects.filter(|object| object.is("", "Namespace") && survey.is_in_scope(object));
    for namespace in namespaces.filter(|object| is_included(survey, object.name())) {
        on_namespace(plan, survey, namespace);
    }
    if survey.run.injection.mode != InjectionMode::Ensure {
        return;
    }
    for (workload, enrolment) in survey.graph.workloads().iter().zip(&survey.enrolments) {
        let is_meant =
            enrolment.provider == Mesh::Unknown && is_included(survey, workload.namespace);
        if is_meant && survey.is_in_scope(workload.owner) {
            on_pods(plan, workload);
        }
    }
}

fn on_namespace<'r>(plan: &mut Plan, survey: &Survey<'_, 'r>, namespace: &'r Resource<'r>) {
    let subject = (namespace, survey.resources);
    let place = namespace.annotation(INJECT);
    let own = namespace.annotations().get(INJECT);
    let is_told = own.is_some() && !is_overruled(survey, namespace);
    let severity = match survey.environment {
        Some(Environment::Staging | Environment::Production) => Severity::Error,
        Some(Environment::Development) | None => Severity::Warning,
    };
    if survey.run.injection.mode != InjectionMode::Off && !is_told && is_in_istio(namespace) {
        let message = "must be in the mesh, as `namespaces.include` asks, and is in Istio's; take Istio's label off, or leave it out of `namespaces.include`";
        return plan.report(INJECTION, severity, subject, &place, message, None);
    }
    if survey.run.injection.mode == InjectionMode::Check && !is_told {
        let message = "must be in the mesh, as `namespaces.include` asks, and doesn't ask for it; add the annotation `linkerd.io/inject: enabled`";
        return plan.report(
            INJECTION,
            severity,
            subject,
            &place,
            message,
            Some(&json!("enabled")),
        );
    }
    let Some(decision) = plan.decide(INJECTION, subject) else {
        return;
    };
    if is_told {
        let message = "says itself what becomes of its pods";
        return decision.keep("authored", &place, message);
    }
    if survey.run.injection.mode != InjectionMode::Ensure {
        return decision.skip("switched-off", "left alone, as `injection.mode: off` asks");
    }
    let message = "takes its pods into the mesh, as `namespaces.include` asks";
    decision.set(&place, json!("enabled"), message);
}

/// Whether Istio is asked to take the pods, so that Linkerd's annotation would put them into two meshes.
fn is_in_istio(namespace: &Resource<'_>) -> bool {
    let labels = namespace.labels();
    let is = |key, value| labels.get(key).is_some_and(|told| told == value);
    let is_open = labels.get("istio-injection").is_none();
    is("istio-injection", "enabled")
        || is("istio.io/dataplane-mode", "ambient")
        || (is_open && labels.get("istio.io/rev").is_some())
}

fn on_pods(plan: &mut Plan, workload: &Workload<'_>) {
    let Some(place) = workload.pod.annotation(INJECT) else {
        return;
    };
    if let Some(decision) = plan.decide(INJECTION, workload.pod) {
        let message = "takes the pods into the mesh, as `namespaces.include` asks; the input lacks their namespace";
        decision.set(&place, json!("enabled"), message);
    }
}

/// What namespaces and pods say about meshes to no effect, or in two ways.
fn conflicts(plan: &mut Plan, survey: &Survey<'_, '_>) {
    let of_namespaces = survey.namespaces.conflicts();
    let of_pods = survey.enrolments.iter();
    let of_pods = of_pods.flat_map(|enrolment| enrolment.conflicts.iter());
    let mut told = BTreeSet::new();
    for conflict in of_namespaces.iter().chain(of_pods) {
        if concerns_linkerd(conflict) && told.insert(&conflict.place) {
            tell(plan, survey, conflict);
        }
    }
}

fn tell(plan: &mut Plan, survey: &Survey<'_, '_>, conflict: &MeshConflict) {
    let resources = survey.resources;
    let Some(object) = resources.get(conflict.place.resource) else {
        return;
    };
    let namespace = if object.is("", "Namespace") {
        object.name()
    } else {
        resources.namespace_of(object)
    };
    if !survey.is_looked_after(namespace) || !survey.is_in_scope(object) {
        return;
    }
    let (rule, severity) = match conflict.kind {
        MeshConflictKind::Contradiction => (CONTRADICTING, Severity::Error),
        MeshConflictKind::Misplaced => (MISPLACED, Severity::Warning),
        MeshConflictKind::Ineffective => (INEFFECTIVE, Severity::Warning),
    };
    let (subject, place) = ((object, resources), &conflict.place);
    plan.report(rule, severity, subject, place, &conflict.message, None);
}

/// Two meshes concern both of them; what else is wrong about Istio's labels means nothing here.
fn concerns_linkerd(conflict: &MeshConflict) -> bool {
    let last = conflict.place.path.0.last();
    conflict.kind == MeshConflictKind::Contradiction
        || matches!(last, Some(Step::Key(key)) if **key == *INJECT)
}
