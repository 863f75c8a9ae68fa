//! What the containers of a pod come to together.

use sdk::{Container, ContainerType, Node, Place, Plan, Pod, Quantity, Severity};

use super::pairs::below;
use super::quantities::{is_known, read};
use super::{called, standing};
use crate::pod_level::PodLevel;
use crate::shares::{Kind, Shares, place};

pub(super) fn check(plan: &mut Plan, shares: &Shares<'_>, level: PodLevel) {
    match level {
        PodLevel::Authored => {
            quantities_of_pod(plan, shares.pod);
            exceeded_requests(plan, shares);
            exceeded_limits(plan, shares);
        }
        PodLevel::Unused | PodLevel::Ours | PodLevel::Unsupported => {}
    }
    memory_volumes(plan, shares, level);
}

/// What stands on the pod as a whole, by itself and as pairs.
fn quantities_of_pod(plan: &mut Plan, pod: Pod<'_>) {
    for kind in Kind::ALL {
        for (name, node) in amounts_of_pod(pod, kind) {
            if let Err((rule, message)) = read(&name, node) {
                let place = place_on_pod(pod, kind, &name);
                plan.report(rule, Severity::Error, pod, &place, message, None);
            }
        }
    }
    for (name, node) in amounts_of_pod(pod, Kind::Limit) {
        let request = of_pod(pod, Kind::Request, &name);
        if let (Some(request), Ok(limit)) = (request, read(&name, node))
            && limit < request
        {
            let place = place_on_pod(pod, Kind::Limit, &name);
            let message = below(&name, request, limit);
            let rule = "limit-below-request";
            plan.report(rule, Severity::Error, pod, &place, message, None);
        }
    }
}

/// What the author gives the pod as a whole, by name.
fn amounts_of_pod(pod: Pod<'_>, kind: Kind) -> Vec<(String, Node<'_>)> {
    let resources = pod.get("resources");
    let amounts = resources.and_then(|resources| resources.get(kind.field()));
    let entries = amounts.into_iter().flat_map(Node::fields);
    let known = entries.filter(|(_, node)| is_known(*node));
    known
        .filter_map(|(key, node)| Some((key.text()?.into_owned(), node)))
        .collect()
}

/// One amount of the pod as a whole, where it can be read.
pub(super) fn of_pod(pod: Pod<'_>, kind: Kind, name: &str) -> Option<Quantity> {
    let mut amounts = amounts_of_pod(pod, kind).into_iter();
    let (name, node) = amounts.find(|(own, _)| own == name)?;
    read(&name, node).ok()
}

fn place_on_pod(pod: Pod<'_>, kind: Kind, name: &str) -> Place {
    pod.field("resources").field(kind.field()).field(name)
}

/// The API server refuses containers that request more than their pod.
fn exceeded_requests(plan: &mut Plan, shares: &Shares<'_>) {
    let pod = shares.pod;
    for (name, node) in amounts_of_pod(pod, Kind::Request) {
        let sum = peak(shares, &name);
        if let Some(own) = read(&name, node).ok().filter(|own| sum > *own) {
            let place = place_on_pod(pod, Kind::Request, &name);
            let message = sum_exceeds(&name, sum, own);
            let rule = "pod-level-exceeded";
            plan.report(rule, Severity::Error, pod, &place, message, None);
        }
    }
}

/// The most that containers request at one time, by what stands on them.
fn peak(shares: &Shares<'_>, name: &str) -> Quantity {
    let mut running = Quantity::ZERO;
    let mut peak = Quantity::ZERO;
    for own in &shares.containers {
        let of = |kind| standing(own, PodLevel::Authored, kind, name);
        let request = of(Kind::Request).or(of(Kind::Limit));
        let request = request.unwrap_or(Quantity::ZERO);
        match own.container.kind() {
            ContainerType::Init => peak = peak.max(running + request),
            ContainerType::Sidecar | ContainerType::App => running = running + request,
        }
    }
    peak.max(running)
}

/// Limits may add up to more than the pod's, but none may be more by itself.
fn exceeded_limits(plan: &mut Plan, shares: &Shares<'_>) {
    for (name, node) in amounts_of_pod(shares.pod, Kind::Limit) {
        let Ok(whole) = read(&name, node) else {
            continue;
        };
        let in_scope = shares.containers.iter();
        for own in in_scope.filter(|own| own.settings.is_some()) {
            let limit = standing(own, PodLevel::Authored, Kind::Limit, &name);
            if let Some(limit) = limit.filter(|limit| *limit > whole) {
                let container = own.container;
                let place = place(container, Kind::Limit, &name);
                let message = limit_exceeds(&name, limit, whole);
                let rule = "pod-level-exceeded";
                plan.report(rule, Severity::Error, container, &place, message, None);
            }
        }
    }
}

/// What is written to such a volume counts as memory of the containers that write it.
fn memory_volumes(plan: &mut Plan, shares: &Shares<'_>, level: PodLevel) {
    let pod = shares.pod;
    let volumes = pod.get("volumes").into_iter().flat_map(Node::items);
    for (index, volume) in volumes.enumerate() {
        let Some((name, size)) = memory_volume(volume) else {
            continue;
        };
        let Some(memory) = memory_for(shares, level, &name).filter(|memory| size > *memory) else {
            continue;
        };
        let place = pod.field("volumes").field(index);
        let place = place.field("emptyDir").field("sizeLimit");
        let message = volume_exceeds(size, memory);
        plan.report(
            "emptydir-exceeds-memory",
            Severity::Warning,
            pod,
            &place,
            message,
            None,
        );
    }
}

/// The name and size of a volume that is kept in memory.
fn memory_volume(volume: Node<'_>) -> Option<(String, Quantity)> {
    let medium = volume.at(&["emptyDir", "medium"])?.text()?;
    let size = volume.at(&["emptyDir", "sizeLimit"])?;
    let name = volume.get("name")?.text()?.into_owned();
    let size = Quantity::of(size)?.ok()?;
    (medium == "Memory").then_some((name, size))
}

/// The memory of the containers that mount a volume; none where there is no limit to it.
fn memory_for(shares: &Shares<'_>, level: PodLevel, volume: &str) -> Option<Quantity> {
    let mounting = shares.containers.iter();
    let mounting: Vec<_> = mounting
        .filter(|own| mounts(own.container, volume))
        .collect();
    if !mounting.iter().any(|own| own.settings.is_some()) {
        return None;
    }
    let limits = mounting
        .into_iter()
        .map(|own| standing(own, level, Kind::Limit, "memory").filter(|limit| !limit.is_zero()));
    let of_containers = limits.sum::<Option<Quantity>>();
    let whole = of_pod(shares.pod, Kind::Limit, "memory");
    [of_containers, whole].into_iter().flatten().min()
}

fn mounts(container: Container<'_>, volume: &str) -> bool {
    let mounts = container.get("volumeMounts");
    let mut names = mounts
        .into_iter()
        .flat_map(Node::items)
        .filter_map(|mount| mount.get("name")?.text());
    names.any(|name| name == volume)
}

fn sum_exceeds(name: &str, sum: Quantity, own: Quantity) -> String {
    format!(
        "the containers request {sum} of {} together, more than the pod's {own}; raise it, or lower theirs",
        called(name)
    )
}

fn limit_exceeds(name: &str, limit: Quantity, whole: Quantity) -> String {
    format!(
        "the {} limit of {limit} is more than the pod's {whole}; lower it, or raise the pod's",
        called(name)
    )
}

fn volume_exceeds(size: Quantity, memory: Quantity) -> String {
    format!(
        "the volume is memory and may take {size}, more than the {memory} of the containers that mount it, which are killed before it is full; lower `sizeLimit`, or raise the memory limit"
    )
}
