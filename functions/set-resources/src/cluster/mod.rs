//! What the cluster itself says about a container's share, where the input has it: LimitRanges, ResourceQuotas
//! and autoscalers.

mod admitted;
mod autoscaler;
mod forced;
mod injected;
mod limit_range;
mod quota;
mod quota_sum;
mod refusal;
mod vertical;

use std::collections::BTreeMap;

use sdk::{
    HorizontalPodAutoscaler, LimitRange, Order as _, Plan, Pod, Resource, ResourceQuota, Resources,
    VerticalPodAutoscaler,
};

use crate::pod_level::PodLevel;
use crate::shares::{ContainerShares, Shares};
use admitted::Admitted;

/// The objects that constrain pods, found once for all of them.
pub(crate) struct Cluster<'r> {
    resources: &'r Resources<'r>,
    /// By namespace, as are the quotas.
    limit_ranges: BTreeMap<&'r str, Vec<LimitRange<'r>>>,
    quotas: BTreeMap<&'r str, Vec<ResourceQuota<'r>>>,
}

impl<'r> Cluster<'r> {
    /// The constraints that the input has.
    pub(crate) fn of(resources: &'r Resources<'r>) -> Self {
        let mut cluster = Self {
            resources,
            limit_ranges: BTreeMap::new(),
            quotas: BTreeMap::new(),
        };
        for resource in resources.all().filter(|resource| !resource.is_local()) {
            cluster.add(resource);
        }
        cluster.sort();
        cluster
    }

    fn add(&mut self, resource: &'r Resource<'r>) {
        let namespace = self.resources.namespace_of(resource);
        if resource.is("", "LimitRange") {
            let ranges = self.limit_ranges.entry(namespace).or_default();
            ranges.push(LimitRange { resource });
        } else if resource.is("", "ResourceQuota") {
            let quotas = self.quotas.entry(namespace).or_default();
            quotas.push(ResourceQuota { resource });
        }
    }

    /// By name, so that the order of the input decides nothing.
    fn sort(&mut self) {
        for same in self.limit_ranges.values_mut() {
            same.order_by_key(|range| range.resource.name());
        }
        for same in self.quotas.values_mut() {
            same.order_by_key(|quota| quota.resource.name());
        }
    }

    /// Adds the limits that a LimitRange forces, and takes back values of ours that one would refuse.
    pub(crate) fn adapt(&self, shares: &mut Shares<'_>, level: PodLevel) {
        let ranges = self.ranges_of(shares);
        if !ranges.is_empty() {
            limit_range::adapt(ranges, shares, level);
        }
    }

    /// Reports what is wrong with one pod, once it is decided what its containers get.
    pub(crate) fn check(&self, plan: &mut Plan, shares: &Shares<'r>, level: PodLevel) {
        let pod = self.admitted(shares, level);
        limit_range::check(plan, pod);
        quota::check(plan, self.quotas_of(shares), pod);
        let autoscalers = self.autoscalers_of(shares.pod);
        autoscaler::check(plan, self.resources, &autoscalers, pod);
        let vertical = self.vertical_of(shares.pod);
        vertical::check(plan, &vertical, pod);
        vertical::check_conflicts(plan, self.resources, &vertical, &autoscalers, shares);
    }

    /// Reports what is wrong with namespaces as a whole, once all pods are decided about.
    pub(crate) fn check_all(&self, plan: &mut Plan, pods: &[(Shares<'r>, PodLevel)]) {
        quota_sum::check(plan, self, pods);
    }

    fn admitted<'s>(&'s self, shares: &'s Shares<'r>, level: PodLevel) -> Admitted<'s, 'r> {
        Admitted {
            shares,
            level,
            ranges: self.ranges_of(shares),
        }
    }

    fn ranges_of(&self, shares: &Shares<'_>) -> &[LimitRange<'r>] {
        let ranges = namespace(shares).and_then(|namespace| self.limit_ranges.get(namespace));
        ranges.map_or(&[], Vec::as_slice)
    }

    fn quotas_of(&self, shares: &Shares<'_>) -> &[ResourceQuota<'r>] {
        let quotas = namespace(shares).and_then(|namespace| self.quotas.get(namespace));
        quotas.map_or(&[], Vec::as_slice)
    }

    fn autoscalers_of(&self, pod: Pod<'_>) -> Vec<HorizontalPodAutoscaler<'r>> {
        let owner = pod.scale_owner().into_iter();
        let found = owner.flat_map(|owner| self.resources.autoscalers_of(owner));
        let mut found: Vec<_> = found.collect();
        found.order_by_key(|autoscaler| autoscaler.resource.name());
        found
    }

    fn vertical_of(&self, pod: Pod<'_>) -> Vec<VerticalPodAutoscaler<'r>> {
        let owner = pod.scale_owner().into_iter();
        let found = owner.flat_map(|owner| self.resources.vertical_autoscalers_of(owner));
        let mut found: Vec<_> = found.collect();
        found.order_by_key(|autoscaler| autoscaler.resource.name());
        found
    }
}

fn namespace<'s>(shares: &'s Shares<'_>) -> Option<&'s str> {
    let owner = shares.pod.template_owner()?;
    Some(shares.pod.resources().namespace_of(owner))
}

/// The containers that are reported about; the others only count in sums.
fn in_scope<'s, 'r>(shares: &'s Shares<'r>) -> impl Iterator<Item = &'s ContainerShares<'r>> {
    shares
        .containers
        .iter()
        .filter(|own| own.settings.is_some())
}

/// A resource as people call it.
fn word(name: &str) -> &str {
    if name == "cpu" { "CPU" } else { name }
}
