//! Limits that a LimitRange forces: without them it would give one below the request, which is refused.

use sdk::{Amount, Container, ContainerDefaults, LimitRange, Plan, Quantity, Severity};

use super::word;
use crate::config::Policy;
use crate::shares::{ContainerShares, Kind, Share, Side, authored, place};

/// The default limit where it lies below the request, so that a container without a limit is refused.
pub(super) fn low_default<'r>(
    ranges: &[LimitRange<'r>],
    share: &Share,
    name: &str,
) -> Option<(Amount<'r>, Quantity)> {
    let request = share.request.value()?;
    let default = ContainerDefaults::of(ranges, name).limit?;
    (default.readable()? < request).then_some((default, request))
}

/// The limit that has to stand beside a request; an author's stays rather than being taken away.
pub(super) fn limit(
    ranges: &[LimitRange<'_>],
    container: Container<'_>,
    share: &Share,
    name: &str,
) -> Option<Side> {
    let (default, request) = low_default(ranges, share, name)?;
    match share.limit {
        Side::Absent { .. } => Some(Side::Ours {
            value: request,
            why: why_forced(ranges, &default),
        }),
        Side::Removed => {
            let authored = authored(container, Kind::Limit, name);
            let value = authored.and_then(Quantity::of).and_then(Result::ok);
            Some(Side::Authored(value))
        }
        Side::Authored(_) | Side::Ours { .. } => None,
    }
}

/// Reports a limit that nothing but a LimitRange asks for.
pub(super) fn check(
    plan: &mut Plan,
    ranges: &[LimitRange<'_>],
    own: &ContainerShares<'_>,
    name: &str,
    share: &Share,
) {
    let Some((default, request)) = low_default(ranges, share, name) else {
        return;
    };
    let is_forced = match &share.limit {
        Side::Ours { why, .. } => *why == why_forced(ranges, &default),
        Side::Authored(_) => name == "cpu" && removes_limits(own),
        Side::Removed | Side::Absent { .. } => false,
    };
    if is_forced {
        let place = place(own.container, Kind::Limit, name);
        let message = forced_message(ranges, &default, request, name);
        let (rule, severity) = ("forced-by-limitrange", Severity::Warning);
        plan.report(rule, severity, own.container, &place, message, None);
    }
}

fn removes_limits(own: &ContainerShares<'_>) -> bool {
    let settings = own.settings.as_ref();
    settings.is_some_and(|settings| settings.cpu_limit.policy == Policy::Remove)
}

fn why_forced(ranges: &[LimitRange<'_>], default: &Amount<'_>) -> String {
    let default = default_in_words(ranges, default);
    format!("equal to the request, since {default} lies below it")
}

fn forced_message(
    ranges: &[LimitRange<'_>],
    default: &Amount<'_>,
    request: Quantity,
    name: &str,
) -> String {
    let (default, what) = (default_in_words(ranges, default), word(name));
    format!(
        "nothing asks for this {what} limit, but {default} would take its place, below the request of {request}, and the API server would refuse the pod; raise that default"
    )
}

fn default_in_words(ranges: &[LimitRange<'_>], default: &Amount<'_>) -> String {
    let value = default.node.text().unwrap_or_default();
    let mut ranges = ranges.iter().map(|range| range.resource);
    let range = ranges.find(|range| range.number == default.place.resource);
    let name = range.map_or("", |range| range.name());
    format!("the default limit of {value} in the LimitRange \"{name}\"")
}
