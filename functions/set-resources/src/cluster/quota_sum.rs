//! ResourceQuotas: what all pods of a namespace come to.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{
    Collect as _, Mode, Plan, Pod, Quantity, ResourceQuota, Resources, Severity, Subject, Template,
};

use super::admitted::Admitted;
use super::quota::resource_of;
use super::{Cluster, in_scope, namespace, word};
use crate::pod_level::PodLevel;
use crate::resolve;
use crate::shares::{Kind, Shares};

/// Reports quotas that the pods of their namespace exceed; `pods` are those in scope.
pub(super) fn check<'r>(plan: &mut Plan, cluster: &Cluster<'r>, pods: &[(Shares<'r>, PodLevel)]) {
    if cluster.quotas.is_empty() {
        return;
    }
    let others = others(cluster.resources, pods);
    let mut by_namespace: BTreeMap<&str, Vec<Admitted<'_, '_>>> = BTreeMap::new();
    for (shares, level) in pods.iter().chain(&others) {
        if let Some(namespace) = namespace(shares) {
            let here = by_namespace.entry(namespace).or_default();
            here.push(cluster.admitted(shares, *level));
        }
    }
    for (namespace, quotas) in &cluster.quotas {
        for quota in quotas.iter().copied() {
            let here = by_namespace.get(namespace).map_or(&[][..], Vec::as_slice);
            check_quota(plan, cluster, quota, here);
        }
    }
}

/// The pods out of scope, which count all the same, unless another object of the input makes them.
fn others<'r>(
    resources: &'r Resources<'r>,
    pods: &[(Shares<'r>, PodLevel)],
) -> Vec<(Shares<'r>, PodLevel)> {
    let known: BTreeSet<u32> = pods
        .iter()
        .map(|(shares, _)| shares.pod.number())
        .into_set();
    let is_made = |pod: Pod<'_>| {
        let owner = pod.template_owner();
        owner.is_none_or(|owner| owner.is_owned() || owner.is_local())
    };
    let others = resources
        .pods()
        .filter(|pod| !known.contains(&pod.number()) && !is_made(*pod));
    let as_written = |pod| (resolve::pod(Mode::Fill, pod, |_| None), PodLevel::Unused);
    others.map(as_written).collect()
}

/// How many pods a template makes.
#[derive(Clone, Copy)]
struct Count {
    least: i64,
    /// With everything that scales at its greatest, and during a rollout.
    most: i64,
}

impl Count {
    const NONE: Self = Self { least: 0, most: 0 };

    fn of(cluster: &Cluster<'_>, pod: Pod<'_>) -> Self {
        let makes_pods = pod.template() != Template::Partial;
        let owner = pod.scale_owner().filter(|_| makes_pods);
        let Some(owner) = owner.filter(|owner| !owner.is("", "PodTemplate")) else {
            return Self::NONE;
        };
        let autoscalers = cluster.autoscalers_of(pod);
        let (least, most) = if let Some(autoscaler) = autoscalers.first() {
            let least = autoscaler.min_replicas();
            (least, autoscaler.max_replicas().unwrap_or(least).max(least))
        } else {
            let written = cluster.resources.replicas(owner);
            (written, written)
        };
        Self {
            // What ends isn't always there.
            least: if pod.runs_to_completion() { 0 } else { least },
            most: most.saturating_add(owner.surge(most)),
        }
    }
}

fn check_quota(
    plan: &mut Plan,
    cluster: &Cluster<'_>,
    quota: ResourceQuota<'_>,
    pods: &[Admitted<'_, '_>],
) {
    let counts = |pod: &&Admitted<'_, '_>| quota.counts(pod.shares.pod, pod.is_best_effort());
    let counted: Vec<(Admitted<'_, '_>, Count)> = pods
        .iter()
        .filter(counts)
        .map(|pod| (*pod, Count::of(cluster, pod.shares.pod)))
        .collect();
    let is_ours = |(pod, _): &(Admitted<'_, '_>, Count)| in_scope(pod.shares).next().is_some();
    if !counted.iter().any(is_ours) {
        return;
    }
    let subject = Subject::Resource(quota.resource, cluster.resources);
    for (name, amount) in quota.hard() {
        let (Some((kind, resource)), Some(hard)) = (resource_of(&name), amount.readable()) else {
            continue;
        };
        if let Some((severity, sum)) = excess(&counted, kind, resource, hard) {
            let message = sum_message(severity, kind, resource, sum, hard);
            let place = &amount.place;
            plan.report("quota-exceeded", severity, subject, place, message, None);
        }
    }
}

/// The sum that exceeds a quota, and how bad that is.
fn excess(
    pods: &[(Admitted<'_, '_>, Count)],
    kind: Kind,
    name: &str,
    hard: Quantity,
) -> Option<(Severity, Quantity)> {
    let sum = |replicas: fn(Count) -> i64| -> Quantity {
        let of = |(pod, count): &(Admitted<'_, '_>, Count)| {
            let replicas = Quantity::from_whole(replicas(*count).into(), Quantity::ZERO);
            in_quota(*pod, kind, name).times(replicas)
        };
        pods.iter().map(of).sum()
    };
    let least = sum(|count| count.least);
    if least > hard {
        return Some((Severity::Error, least));
    }
    let most = sum(|count| count.most);
    (most > hard).then_some((Severity::Warning, most))
}

/// What a quota counts of a pod.
fn in_quota(pod: Admitted<'_, '_>, kind: Kind, name: &str) -> Quantity {
    let sum = match kind {
        Kind::Request => pod.requests(name),
        // Without a limit there is none, whatever the overhead.
        Kind::Limit => match pod.limits(name) {
            None => return Quantity::ZERO,
            limits => limits,
        },
    };
    sum.unwrap_or(Quantity::ZERO) + pod.overhead(name)
}

fn sum_message(
    severity: Severity,
    kind: Kind,
    name: &str,
    sum: Quantity,
    hard: Quantity,
) -> String {
    let (what, kinds) = (word(name), kind.field());
    if severity == Severity::Error {
        return format!(
            "the {what} {kinds} of all pods come to {sum} even with the fewest replicas, more than {hard}; raise the quota, or lower the {kinds}"
        );
    }
    format!(
        "the {what} {kinds} of all pods come to {sum} with the most replicas during a rollout, more than {hard}; raise the quota, or lower the {kinds}, `maxReplicas` or `maxSurge`"
    )
}
