//! What is said about being in the mesh, and who can't be.

use std::collections::BTreeSet;

use sdk::{
    Collect as _, Mesh, MeshConflict, MeshConflictKind, Plan, Resource, Severity, Workload,
    users_of_proxy,
};

use super::{
    CONTRADICTING_INJECTION, HOST_NETWORK, INEFFECTIVE_INJECTION, MISPLACED_INJECTION, PROXY_USER,
};
use crate::peer::has_sidecar;
use crate::survey::Survey;

pub(super) fn check<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    for conflict in survey.namespaces.conflicts() {
        let object = survey.resources.get(conflict.place.resource);
        let is_meant = |object: &&Resource<'_>| {
            survey.is_in_scope(object) && survey.is_looked_after(object.name())
        };
        if let Some(object) = object.filter(is_meant) {
            tell(plan, survey, object, &conflict);
        }
    }
    let meshed: BTreeSet<&str> = survey.meshed_namespaces().into_keys().into_set();
    for (workload, enrolment) in survey.graph.workloads().iter().zip(&survey.enrolments) {
        let is_meant = survey.is_looked_after(workload.namespace);
        if !is_meant || !survey.is_in_scope(workload.owner) {
            continue;
        }
        for conflict in &enrolment.conflicts {
            tell(plan, survey, workload.owner, conflict);
        }
        if has_sidecar(survey, workload) {
            check_users(plan, workload);
        }
        let is_out = enrolment.provider == Mesh::None && workload.is_host_network();
        if is_out && meshed.contains(workload.namespace) {
            tell_host_network(plan, workload);
        }
    }
}

fn tell<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    object: &'r Resource<'r>,
    conflict: &MeshConflict,
) {
    let (rule, severity) = match conflict.kind {
        MeshConflictKind::Contradiction => (CONTRADICTING_INJECTION, Severity::Error),
        MeshConflictKind::Misplaced => (MISPLACED_INJECTION, Severity::Warning),
        MeshConflictKind::Ineffective => (INEFFECTIVE_INJECTION, Severity::Warning),
    };
    let subject = (object, survey.resources);
    plan.report(
        rule,
        severity,
        subject,
        &conflict.place,
        &conflict.message,
        None,
    );
}

fn check_users(plan: &mut Plan, workload: &Workload<'_>) {
    for place in users_of_proxy(workload) {
        let message = "1337 is the sidecar's own user, whose traffic the mesh never sees; run as another user";
        plan.report(
            PROXY_USER,
            Severity::Error,
            workload.pod,
            &place,
            message,
            None,
        );
    }
}

fn tell_host_network(plan: &mut Plan, workload: &Workload<'_>) {
    let message = "the mesh never takes pods in the network of their node, so these count as outside of it: they \
                   have no identity, and servers that accept mutual TLS alone refuse them";
    let place = workload.pod.field("hostNetwork");
    plan.report(
        HOST_NETWORK,
        Severity::Info,
        workload.pod,
        &place,
        message,
        None,
    );
}
