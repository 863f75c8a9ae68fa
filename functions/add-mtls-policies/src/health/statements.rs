//! What is said about calls, and by whom.

use sdk::{EdgeMistakeKind, Mesh, Order as _, Plan, Severity};

use super::{BROKEN_STATEMENT, NO_NAMESPACE, UNKNOWN_STATEMENT};
use crate::survey::Survey;

pub(super) fn check<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    check_edges(plan, survey);
    check_namespaces(plan, survey);
}

/// Statements on which nothing can rest. What the input lacks a cluster may have, but a caller without an identity
/// is one that policies leave out.
fn check_edges<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    for mistake in &survey.edges.mistakes {
        let Some(object) = survey.resources.get(mistake.place.resource) else {
            continue;
        };
        let namespace = survey.resources.namespace_of(object);
        let is_meant = object.is_local() || survey.is_in_scope(object);
        if !is_meant || !survey.is_looked_after(namespace) {
            continue;
        }
        let (rule, severity) = match mistake.kind {
            EdgeMistakeKind::Broken => (BROKEN_STATEMENT, Severity::Error),
            EdgeMistakeKind::Unknown => (UNKNOWN_STATEMENT, Severity::Warning),
        };
        let subject = (object, survey.resources);
        plan.report(
            rule,
            severity,
            subject,
            &mistake.place,
            &mistake.message,
            None,
        );
    }
}

/// Pods without a namespace have no identity. One result is enough: one field of the configuration, or the
/// namespace of whoever applies them, is what all of them lack.
fn check_namespaces<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    if !survey.is_looked_after("") {
        return;
    }
    let workloads = survey.graph.workloads().iter();
    let mut lost: Vec<_> = workloads
        .filter(|workload| workload.namespace.is_empty() && survey.is_in_scope(workload.owner))
        .filter(|workload| survey.mesh(workload) != Mesh::None)
        .map(|workload| workload.owner)
        .collect();
    lost.order_by_key(|owner| (owner.kind(), owner.name()));
    lost.dedup_by_key(|owner| owner.number);
    let Some(first) = lost.first() else { return };
    let others = match lost.len() - 1 {
        0 => String::new(),
        1 => ", as has 1 other workload".to_owned(),
        others => format!(", as have {others} other workloads"),
    };
    let message = format!(
        "has no namespace{others}, and so no identity in the mesh; write `metadata.namespace`, or set \
         `defaultNamespace` to the namespace that it will be applied to"
    );
    let place = first.place().field("metadata").field("namespace");
    let subject = (*first, survey.resources);
    plan.report(
        NO_NAMESPACE,
        Severity::Error,
        subject,
        &place,
        message,
        None,
    );
}
