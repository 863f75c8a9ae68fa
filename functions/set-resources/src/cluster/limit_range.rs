//! LimitRanges: the limits that they force, and the values that they make the API server refuse.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Container, LimitRange, LimitType, Plan, Severity};

use super::admitted::{Admitted, ends};
use super::refusal::{self, Broken, refused, together};
use super::{forced, in_scope};
use crate::pod_level::PodLevel;
use crate::shares::{ContainerShares, Kind, Share, Shares, Side, place};

/// The rule, and the reason of a value that isn't written because its container would be refused.
const REFUSED: &str = "limitrange-violated";
/// The reason where the pod as a whole would be.
const POD_REFUSED: &str = "limitrange-violated-by-pod";

/// Adds the limits that the ranges force, and takes back what they would make the API server refuse.
pub(super) fn adapt(ranges: &[LimitRange<'_>], shares: &mut Shares<'_>, level: PodLevel) {
    let containers = shares.containers.iter_mut();
    for own in containers.filter(|own| own.settings.is_some() && level == PodLevel::Unused) {
        for (name, share) in &mut own.by_name {
            force_limit(ranges, own.container, share, name);
            take_back_refused(ranges, share, name);
        }
    }
    let pod = Admitted {
        shares,
        level,
        ranges,
    };
    for (name, broken) in refusal::of_pod(pod) {
        for own in &mut shares.containers {
            if let Some(share) = own.share_mut(&name) {
                take_back(&mut share.request, POD_REFUSED, &together(&broken));
                take_back(&mut share.limit, POD_REFUSED, &together(&broken));
            }
        }
    }
}

/// Adds a limit that is forced, unless that is refused as well; the request is to blame then.
fn force_limit(ranges: &[LimitRange<'_>], container: Container<'_>, share: &mut Share, name: &str) {
    if let Some(limit) = forced::limit(ranges, container, share, name) {
        let request = share.request.clone();
        let forced = Share { request, limit };
        let is_authors = !forced.limit.is_ours();
        if is_authors || of_container(ranges, PodLevel::Unused, &forced, name).is_empty() {
            *share = forced;
        }
    }
}

/// Takes back the limit where that is enough, else the request too.
fn take_back_refused(ranges: &[LimitRange<'_>], share: &mut Share, name: &str) {
    let broken = of_container(ranges, PodLevel::Unused, share, name);
    if broken.is_empty() {
        return;
    }
    let why = together(&broken);
    take_back(&mut share.limit, REFUSED, &why);
    let is_low = || !share.limit.is_there() && forced::low_default(ranges, share, name).is_some();
    if is_low() || !of_container(ranges, PodLevel::Unused, share, name).is_empty() {
        take_back(&mut share.request, REFUSED, &why);
    }
}

fn take_back(side: &mut Side, reason: &'static str, why: &str) {
    if side.is_ours() {
        *side = Side::absent(reason, why.to_owned());
    }
}

/// What a container breaks.
fn of_container(
    ranges: &[LimitRange<'_>],
    level: PodLevel,
    share: &Share,
    name: &str,
) -> Vec<Broken> {
    let ends = ends(ranges, level, share, name);
    let broken = ends.map(|ends| refused(ranges, LimitType::Container, ends, name));
    broken.unwrap_or_default()
}

/// Reports what is refused, and what the ranges force.
pub(super) fn check(plan: &mut Plan, pod: Admitted<'_, '_>) {
    if pod.ranges.is_empty() {
        return;
    }
    for own in in_scope(pod.shares) {
        for (name, share) in &own.by_name {
            if matches!(pod.level, PodLevel::Unused | PodLevel::Authored) {
                check_container(plan, pod, own, name, share);
            }
            if pod.level == PodLevel::Unused {
                forced::check(plan, pod.ranges, own, name, share);
            }
        }
    }
    check_pod(plan, pod);
}

fn check_container(
    plan: &mut Plan,
    pod: Admitted<'_, '_>,
    own: &ContainerShares<'_>,
    name: &str,
    share: &Share,
) {
    let mut report = |kind: Kind, why: &str| {
        let place = place(own.container, kind, name);
        let message = refused_message(why);
        plan.report(
            REFUSED,
            Severity::Error,
            own.container,
            &place,
            message,
            None,
        );
    };
    // Where both were taken back, it is for the same reasons.
    let taken_back = [(Kind::Request, &share.request), (Kind::Limit, &share.limit)]
        .into_iter()
        .find_map(|(kind, side)| Some((kind, taken_back(side, REFUSED)?)));
    if let Some((kind, why)) = taken_back {
        return report(kind, why);
    }
    for broken in of_container(pod.ranges, pod.level, share, name) {
        report(broken.kind, &broken.message);
    }
}

/// Why a value of ours isn't written, where that is for this reason.
fn taken_back<'s>(side: &'s Side, because: &str) -> Option<&'s str> {
    match side {
        Side::Absent { reason, message } if *reason == because => Some(message),
        _ => None,
    }
}

fn check_pod(plan: &mut Plan, pod: Admitted<'_, '_>) {
    let shares = in_scope(pod.shares).flat_map(|own| own.by_name.iter().map(|(_, share)| share));
    let taken_back: BTreeSet<&str> = shares
        .flat_map(|share| [&share.request, &share.limit])
        .filter_map(|side| taken_back(side, POD_REFUSED))
        .into_set();
    let remaining = if taken_back.is_empty() {
        refusal::of_pod(pod)
    } else {
        // What is left is refused no less, and has been told.
        BTreeMap::new()
    };
    let remaining = remaining
        .values()
        .flatten()
        .map(|broken| broken.message.as_str());
    for why in taken_back.into_iter().chain(remaining) {
        let place = pod.shares.pod.field("containers");
        let message = refused_message(why);
        plan.report(
            REFUSED,
            Severity::Error,
            pod.shares.pod,
            &place,
            message,
            None,
        );
    }
}

fn refused_message(why: &str) -> String {
    format!("the API server would refuse the pod: {why}; change the value or the LimitRange")
}
