//! The quality of service that a pod ends up with.

use sdk::{Plan, Quantity, Severity};

use super::called;
use super::pods::of_pod;
use crate::config::Qos;
use crate::pod_level::PodLevel;
use crate::shares::{ContainerShares, Kind, Shares, Side};

/// What counts for the quality of service.
const COUNTED: [&str; 2] = ["cpu", "memory"];

pub(super) fn check(plan: &mut Plan, shares: &Shares<'_>, level: PodLevel) {
    let wants = |qos| shares.containers.iter().any(|own| wants(own, qos));
    let pod = shares.pod;
    let place = pod.field("containers");
    if wants(Qos::Guaranteed) {
        let unequal = unequal(shares, level);
        if !unequal.is_empty() {
            let (rule, message) = ("not-guaranteed", not_guaranteed(&unequal));
            plan.report(rule, Severity::Error, pod, &place, message, None);
        }
    }
    let is_guaranteed = || shares.containers.iter().all(is_guaranteed);
    if wants(Qos::Burstable) && level == PodLevel::Unused && is_guaranteed() {
        let rule = "not-burstable";
        plan.report(rule, Severity::Warning, pod, &place, NOT_BURSTABLE, None);
    }
}

fn wants(own: &ContainerShares<'_>, qos: Qos) -> bool {
    let settings = own.settings.as_ref();
    settings.is_some_and(|settings| settings.qos == Some(qos))
}

/// Whether limits of more than nothing equal the requests of CPU and memory.
fn is_guaranteed(own: &ContainerShares<'_>) -> bool {
    COUNTED.into_iter().all(|name| {
        own.limit(name).is_some() && difference(name, own.request(name), own.limit(name)).is_none()
    })
}

/// What keeps the pod from being guaranteed, by container; values on the pod count for all of them.
fn unequal(shares: &Shares<'_>, level: PodLevel) -> Vec<String> {
    match level {
        PodLevel::Unused => shares.containers.iter().filter_map(of_container).collect(),
        PodLevel::Authored => of_whole(shares).into_iter().collect(),
        PodLevel::Ours | PodLevel::Unsupported => Vec::new(),
    }
}

/// Values that can't be read are told elsewhere.
fn of_container(own: &ContainerShares<'_>) -> Option<String> {
    let is_unread = |side: &Side| matches!(side, Side::Authored(None));
    let differences = COUNTED.into_iter().filter_map(|name| {
        let share = own.share(name)?;
        let is_read = !is_unread(&share.request) && !is_unread(&share.limit);
        difference(name, own.request(name), own.limit(name)).filter(|_| is_read)
    });
    let name = own.container.name();
    listed(&format!("\"{name}\""), differences)
}

fn of_whole(shares: &Shares<'_>) -> Option<String> {
    let differences = COUNTED.into_iter().filter_map(|name| {
        let of = |kind| of_pod(shares.pod, kind, name);
        let limit = of(Kind::Limit);
        difference(name, of(Kind::Request).or(limit), limit)
    });
    listed("the pod as a whole", differences)
}

/// How a request and a limit differ, or why they count for nothing.
fn difference(name: &str, request: Option<Quantity>, limit: Option<Quantity>) -> Option<String> {
    let name = called(name);
    match (request, limit) {
        (_, None) => Some(format!("no {name} limit")),
        (_, Some(limit)) if limit.is_zero() => Some(format!("a {name} limit of 0")),
        (Some(request), Some(limit)) if request != limit => {
            let message = format!("a {name} request of {request} and a limit of {limit}");
            Some(message)
        }
        _ => None,
    }
}

fn listed(who: &str, differences: impl Iterator<Item = String>) -> Option<String> {
    let differences: Vec<String> = differences.collect();
    (!differences.is_empty()).then(|| format!("{who} has {}", differences.join(", ")))
}

fn not_guaranteed(unequal: &[String]) -> String {
    format!(
        "`qos: Guaranteed` needs limits of more than 0 that equal the requests of CPU and memory in every container, but {}; make them equal",
        unequal.join("; ")
    )
}

const NOT_BURSTABLE: &str = "every limit equals its request, so the pod is Guaranteed, not Burstable as `qos` says; lower a request, or take `qos` out";
