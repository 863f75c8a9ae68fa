//! ResourceQuotas: values that must be there.

use std::collections::BTreeMap;

use sdk::{Plan, QuotaName, Resource, ResourceQuota, Severity};

use super::admitted::Admitted;
use super::{in_scope, word};
use crate::shares::{ContainerShares, Kind, Side, place};

/// Reports containers without a value that a quota makes necessary.
pub(super) fn check(plan: &mut Plan, quotas: &[ResourceQuota<'_>], pod: Admitted<'_, '_>) {
    for (name, quota) in necessary(quotas, pod) {
        let Some((kind, name)) = resource_of(&name) else {
            continue;
        };
        // The pod as a whole may have it instead.
        if pod.own(kind, name).is_some() {
            continue;
        }
        for own in in_scope(pod.shares).filter(|own| lacks(pod, own, kind, name)) {
            let place = place(own.container, kind, name);
            let message = missing_message(quota, kind, name);
            let subject = own.container;
            plan.report(
                "quota-requires-limit",
                Severity::Error,
                subject,
                &place,
                message,
                None,
            );
        }
    }
}

/// Whether a container has no value in the end, readable or not.
fn lacks(pod: Admitted<'_, '_>, own: &ContainerShares<'_>, kind: Kind, name: &str) -> bool {
    let ends = pod.ends(own, name);
    let share = own.share(name);
    let (end, side) = match kind {
        Kind::Request => (ends.request, share.map(|share| &share.request)),
        Kind::Limit => (ends.limit, share.map(|share| &share.limit)),
    };
    end.is_none() && !side.is_some_and(Side::is_there)
}

/// What the quotas that count a pod make necessary, each with the first quota that does.
fn necessary<'r>(
    quotas: &[ResourceQuota<'r>],
    pod: Admitted<'_, '_>,
) -> BTreeMap<QuotaName<'r>, &'r Resource<'r>> {
    let mut found = BTreeMap::new();
    if quotas.is_empty() {
        return found;
    }
    let is_best_effort = pod.is_best_effort();
    for quota in quotas
        .iter()
        .filter(|quota| quota.counts(pod.shares.pod, is_best_effort))
    {
        let names = quota.hard().into_iter().map(|(name, _)| name);
        for name in names.filter(QuotaName::must_be_set) {
            found.entry(name).or_insert(quota.resource);
        }
    }
    found
}

/// The resource that a quota sums up, and whether as requests or as limits.
pub(super) fn resource_of<'n>(name: &'n QuotaName<'_>) -> Option<(Kind, &'n str)> {
    match name {
        QuotaName::Requests(resource) => Some((Kind::Request, resource)),
        QuotaName::Limits(resource) => Some((Kind::Limit, resource)),
        QuotaName::Pods | QuotaName::Other(_) => None,
    }
}

fn missing_message(quota: &Resource<'_>, kind: Kind, name: &str) -> String {
    let (what, kind_name) = (word(name), kind.name());
    let remedy = match (kind, name) {
        (Kind::Limit, "cpu") => "set `cpuLimit: {policy: equal}`, or write one",
        (Kind::Limit, _) => {
            "set `memoryLimit: {policy: equal}` and a `size` of your own, or write one"
        }
        (Kind::Request, _) => "set `size`, or write one",
    };
    let quota = quota.name();
    format!(
        "there is no {what} {kind_name}, but the ResourceQuota \"{quota}\" counts them, so that the API server would refuse the pod; {remedy}"
    )
}
