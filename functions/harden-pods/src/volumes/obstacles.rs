//! What keeps a root filesystem from being made read-only though it is wanted.

use sdk::{Node, Place, Plan, Template};

use super::{SCRATCH_VOLUMES, Target, WRITABLE_PATHS};
use crate::stance::Reason;

/// What is in the way.
pub(crate) enum Obstacle {
    /// Without the folders that are missing the container couldn't do.
    Reason(Reason),
    /// What the API server refuses, where something would have to be added; what the levels are judged by is told
    /// elsewhere.
    Refused(Place, &'static str),
}

/// The obstacle, if there is one.
pub(super) fn find(plan: &mut Plan, target: &Target<'_>, missing: &[String]) -> Option<Obstacle> {
    let container = target.own.container;
    let pod = target.pod.pod;
    let is_odd = |node: &Node<'_>| !node.is_null() && !node.is_map();
    if container
        .get("securityContext")
        .as_ref()
        .is_some_and(is_odd)
    {
        return Some(Obstacle::Reason((
            "unreadable",
            "left alone, since `securityContext` must be a map",
        )));
    }
    if missing.is_empty() {
        return None;
    }
    let is_odd = |node: &Node<'_>| !node.is_null() && !node.is_seq();
    if container.get("volumeMounts").as_ref().is_some_and(is_odd) {
        let message = "`volumeMounts` must be a list; write each item behind a dash";
        return Some(Obstacle::Refused(container.field("volumeMounts"), message));
    }
    if pod.get("volumes").as_ref().is_some_and(is_odd) {
        return Some(Obstacle::Reason((
            "unreadable",
            "left alone, since `volumes` must be a list",
        )));
    }
    without_folders(plan, target).map(Obstacle::Reason)
}

/// Why the container gets no folders.
fn without_folders(plan: &mut Plan, target: &Target<'_>) -> Option<Reason> {
    if target.pod.pod.template() == Template::Partial {
        let message = "the container would have nowhere to write to: what an operator makes of the pod isn't known";
        return Some(("partial-template", message));
    }
    let mut rules = [WRITABLE_PATHS, SCRATCH_VOLUMES].into_iter();
    let is_skipped = rules.any(|rule| plan.is_skipped(rule, target.own.container));
    let message =
        "the container would have nowhere to write to, since its author opted out of that";
    is_skipped.then_some(("no-writable-paths", message))
}
