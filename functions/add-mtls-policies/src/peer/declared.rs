//! Exceptions that the configuration lists.

use std::collections::BTreeSet;

use sdk::{Collect as _, Plan, Severity, Workload};

use super::ports::Wishes;
use super::{Exposure, UNUSED_EXCEPTION, mode};
use crate::config::Exception;
use crate::survey::Survey;

/// Adds what each exception wants of the workloads that it selects.
pub(super) fn add<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    exposure: &Exposure<'_, 'r>,
    wishes: &mut Wishes,
) {
    for exception in &survey.run.peer_authentication.exceptions {
        if !survey.is_looked_after(&exception.namespace) {
            continue;
        }
        let mut found = false;
        for workload in survey.graph.workloads() {
            if selects(exception, workload) && survey.is_in_scope(workload.owner) {
                found = true;
                wish(exception, workload, wishes);
                tell_unknown_ports(plan, exposure, exception, workload);
            }
        }
        if !found {
            tell_unused(plan, survey, exception);
        }
    }
}

fn selects(exception: &Exception, workload: &Workload<'_>) -> bool {
    let labels = workload.pod.labels();
    let mut pairs = exception.selector.iter();
    workload.namespace == exception.namespace
        && pairs.all(|(key, value)| labels.get(key).is_some_and(|own| own == value.as_str()))
}

fn wish(exception: &Exception, workload: &Workload<'_>, wishes: &mut Wishes) {
    let wish = wishes.entry(workload.number).or_default();
    wish.is_declared = true;
    for (port, wanted) in &exception.ports {
        if let Ok(port) = port.parse() {
            wish.modes.insert(port, mode(*wanted));
        }
    }
    wish.reasons.extend(exception.reason.clone());
    // Whoever reads it wants to know by when the first of them ends.
    let day = exception.expires.clone();
    wish.expires = [wish.expires.take(), day].into_iter().flatten().min();
}

/// A port that neither a container nor a Service knows of may be a slip; the exception holds for it nonetheless,
/// since a container may listen where it doesn't say so.
fn tell_unknown_ports<'r>(
    plan: &mut Plan,
    exposure: &Exposure<'_, 'r>,
    exception: &Exception,
    workload: &Workload<'r>,
) {
    let declared: BTreeSet<u16> = workload.ports().filter_map(|port| port.port()).into_set();
    let numbers = exception.ports.keys().filter_map(|port| port.parse().ok());
    let unknown = numbers
        .filter(|port| !declared.contains(port) && exposure.of(workload.number, *port).is_empty());
    let unknown: Vec<String> = unknown.map(|port| port.to_string()).collect();
    if unknown.is_empty() {
        return;
    }
    let known: Vec<String> = declared.iter().map(u16::to_string).collect();
    let known = if known.is_empty() {
        "no container declares any".to_owned()
    } else {
        format!("its containers declare {}", known.join(", "))
    };
    let message = format!(
        "an exception is for port {} of its pods, which nothing declares; {known}, so check \
         `peerAuthentication.exceptions`",
        unknown.join(", ")
    );
    let place = workload.pod.field("containers");
    plan.report(
        UNUSED_EXCEPTION,
        Severity::Warning,
        workload.pod,
        &place,
        message,
        None,
    );
}

/// Told only where the input has the namespace's workloads: what isn't there may well be in the cluster.
fn tell_unused<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>, exception: &Exception) {
    let mut workloads = survey.graph.workloads().iter();
    let Some(first) = workloads.find(|workload| workload.namespace == exception.namespace) else {
        return;
    };
    let namespace = survey.namespaces.get(&exception.namespace);
    let subject = namespace.unwrap_or(first.owner);
    let labels: Vec<String> = exception
        .selector
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let message = format!(
        "no workload of namespace \"{}\" has the labels {} of an exception; correct or remove it in \
         `peerAuthentication.exceptions`",
        exception.namespace,
        labels.join(", ")
    );
    plan.report(
        UNUSED_EXCEPTION,
        Severity::Warning,
        (subject, survey.resources),
        &subject.place().field("metadata").field("name"),
        message,
        None,
    );
}
