//! Why LimitRanges make the API server refuse a container, or a pod as a whole.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Bound, Cause, Collect as _, LimitRange, LimitType, Quantity, Refusal, Resource};

use super::admitted::{Admitted, Ends};
use super::word;
use crate::shares::{ContainerShares, Kind};

/// A bound that is broken.
pub(super) struct Broken {
    /// Whose fault it is.
    pub(super) kind: Kind,
    pub(super) message: String,
}

/// What a container with these values breaks, or a pod with these sums.
pub(super) fn refused(
    ranges: &[LimitRange<'_>],
    kind: LimitType,
    ends: Ends,
    name: &str,
) -> Vec<Broken> {
    let items = ranges.iter().flat_map(|range| range.items());
    let items = items.filter(|item| item.kind() == kind);
    items
        .flat_map(|item| {
            let refusals = item.refusals(name, ends.request, ends.limit);
            refusals.into_iter().map(move |refusal| Broken {
                kind: to_blame(refusal.cause),
                message: message(item.resource, kind, &refusal, ends, name),
            })
        })
        .collect()
}

fn to_blame(cause: Cause) -> Kind {
    match cause {
        Cause::NoRequest | Cause::Request => Kind::Request,
        Cause::NoLimit | Cause::Limit | Cause::Ratio => Kind::Limit,
    }
}

/// What the pod as a whole breaks, by resource.
pub(super) fn of_pod(pod: Admitted<'_, '_>) -> BTreeMap<String, Vec<Broken>> {
    let mut items = pod.ranges.iter().flat_map(|range| range.items());
    if items.all(|item| item.kind() != LimitType::Pod) {
        return BTreeMap::new();
    }
    let containers = pod.shares.containers.iter();
    let names: BTreeSet<&str> = containers.flat_map(ContainerShares::names).into_set();
    let broken = names.into_iter().map(|name| {
        let ends = Ends {
            request: pod.requests(name),
            limit: pod.limits(name),
        };
        let broken = refused(pod.ranges, LimitType::Pod, ends, name);
        (name, broken)
    });
    let broken = broken.filter(|(_, broken)| !broken.is_empty());
    broken
        .map(|(name, broken)| (name.to_owned(), broken))
        .into_map()
}

/// All of it in one sentence.
pub(super) fn together(broken: &[Broken]) -> String {
    let messages: Vec<&str> = broken
        .iter()
        .map(|broken| broken.message.as_str())
        .collect();
    messages.join(", and ")
}

fn message(
    range: &Resource<'_>,
    kind: LimitType,
    refusal: &Refusal<'_>,
    ends: Ends,
    name: &str,
) -> String {
    let what = match kind {
        LimitType::Pod => format!("the pod's {}", word(name)),
        _ => format!("a {}", word(name)),
    };
    let bound = bound(range, refusal);
    let relation = match refusal.bound {
        Bound::Min => "less",
        Bound::Max | Bound::MaxLimitRequestRatio => "more",
    };
    let Ends { request, limit } = ends;
    let request = request.unwrap_or(Quantity::ZERO);
    let limit = limit.unwrap_or(Quantity::ZERO);
    match refusal.cause {
        Cause::NoRequest => format!("{what} request is missing, which {bound} needs"),
        Cause::NoLimit => format!("{what} limit is missing, which {bound} needs"),
        Cause::Request => format!("{what} request of {request} is {relation} than {bound}"),
        Cause::Limit => format!("{what} limit of {limit} is {relation} than {bound}"),
        Cause::Ratio => {
            format!("{what} limit of {limit}, with a request of {request}, exceeds {bound}")
        }
    }
}

/// The bound as it stands in the LimitRange.
fn bound(range: &Resource<'_>, refusal: &Refusal<'_>) -> String {
    let field = match refusal.bound {
        Bound::Min => "min",
        Bound::Max => "max",
        Bound::MaxLimitRequestRatio => "maxLimitRequestRatio",
    };
    let value = refusal.amount.node.text().unwrap_or_default();
    format!(
        "the `{field}` of {value} in the LimitRange \"{}\"",
        range.name()
    )
}
