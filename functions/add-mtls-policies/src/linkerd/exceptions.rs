//! Ports for which the configuration has another mode.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Plan, Severity, Workload};

use super::inbound::{self, InboundPolicy};
use super::pods::{self, Pods};
use super::{callers, view::View};
use crate::config;
use crate::survey::Survey;

const UNUSED: &str = "unused-exception";

/// Another mode for a port, with why.
#[derive(Clone, Copy)]
pub(super) struct Exception<'c> {
    pub(super) policy: InboundPolicy,
    pub(super) reason: Option<&'c str>,
    pub(super) expires: Option<&'c str>,
}

fn meant<'s, 'r>(
    survey: &'s Survey<'_, 'r>,
    pods: &'s Pods,
    exception: &'s config::Exception,
) -> impl Iterator<Item = &'s Workload<'r>> {
    let labels = &exception.selector;
    let candidates = pods.candidates(&exception.namespace, labels).iter();
    let workloads = candidates.filter_map(|number| survey.graph.workload(*number));
    workloads.filter(|workload| pods::have(workload, labels))
}

fn ports(exception: &config::Exception) -> impl Iterator<Item = (u16, config::MtlsMode)> {
    let ports = exception.ports.iter();
    ports.filter_map(|(port, mode)| Some((port.parse().ok()?, *mode)))
}

/// By the number of the workload and the container port; the first exception for a port counts.
pub(super) fn all<'c>(
    survey: &Survey<'c, '_>,
    pods: &Pods,
) -> BTreeMap<(usize, u16), Exception<'c>> {
    let mut found = BTreeMap::new();
    for exception in &survey.run.peer_authentication.exceptions {
        for workload in meant(survey, pods, exception) {
            for (port, mode) in ports(exception) {
                found.entry((workload.number, port)).or_insert(Exception {
                    policy: inbound::of_mode(survey, mode),
                    reason: exception.reason.as_deref(),
                    expires: exception.expires.as_deref(),
                });
            }
        }
    }
    found
}

/// Exceptions that find no workload, or a port that nothing declares.
pub(super) fn check(plan: &mut Plan, view: &View<'_, '_, '_>) {
    for exception in &view.survey.run.peer_authentication.exceptions {
        let mut is_used = false;
        for workload in meant(view.survey, &view.pods, exception) {
            is_used = true;
            tell_ports(plan, view, exception, workload);
        }
        if !is_used {
            tell_unused(plan, view, exception);
        }
    }
}

fn tell_ports<'r>(
    plan: &mut Plan,
    view: &View<'_, '_, 'r>,
    exception: &config::Exception,
    workload: &Workload<'r>,
) {
    let is_unknown = |port: &u16| view.listener(workload.number, *port).is_none();
    let unknown: BTreeSet<u16> = ports(exception)
        .map(|(port, _)| port)
        .filter(is_unknown)
        .into_set();
    if unknown.is_empty() {
        return;
    }
    let message = format!(
        "an exception is for port {} of its pods, which nothing declares; check `peerAuthentication.exceptions`",
        callers::list(&unknown)
    );
    let place = workload.pod.field("containers");
    plan.report(
        UNUSED,
        Severity::Warning,
        workload.pod,
        &place,
        message,
        None,
    );
}

/// Told only where the input has the namespace's workloads: what isn't there may well be in the cluster.
fn tell_unused(plan: &mut Plan, view: &View<'_, '_, '_>, exception: &config::Exception) {
    let survey = view.survey;
    let mut workloads = survey.graph.workloads().iter();
    let Some(first) = workloads.find(|workload| workload.namespace == exception.namespace) else {
        return;
    };
    let object = survey
        .namespaces
        .get(&exception.namespace)
        .unwrap_or(first.owner);
    let labels: Vec<String> = exception
        .selector
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let message = format!(
        "no workload of namespace \"{}\" has the labels {} of an exception; correct or remove it in `peerAuthentication.exceptions`",
        exception.namespace,
        labels.join(", ")
    );
    let subject = (object, survey.resources);
    plan.report(
        UNUSED,
        Severity::Warning,
        subject,
        &object.place(),
        message,
        None,
    );
}
