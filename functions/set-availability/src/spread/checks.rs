//! Spread constraints that do nothing, or too much.

use sdk::{Node, Place, Plan, Pod, Severity, Value};

use super::constraints::ZONE;
use crate::config::Unsatisfiable;
use crate::rollout::HOSTNAME;
use crate::survey::Workload;

/// Checks what an author wrote, and what is written where nobody did.
pub(super) fn check<'r>(plan: &mut Plan, workload: &Workload<'r>, pod: Pod<'r>, is_written: bool) {
    let place = pod.field("topologySpreadConstraints");
    let constraints = pod.get("topologySpreadConstraints").into_iter();
    let constraints = constraints.flat_map(Node::items).enumerate();
    let mut is_strict = is_written && is_strict_in_settings(workload);
    for (number, constraint) in constraints.filter(|(_, constraint)| constraint.is_map()) {
        let place = place.field(number);
        topology_key(plan, pod, constraint, &place);
        selector(plan, pod, constraint, &place);
        is_strict |= is_strict_over_zones(constraint);
    }
    if is_strict && has_volumes(workload) {
        let message = "pods must spread over zones, and a volume keeps its pod in one zone for good: where zones are lost or were uneven before, pods wait forever; write `ScheduleAnyway` for zones";
        plan.report(
            "zone-bound-volumes",
            Severity::Warning,
            pod,
            &place,
            message,
            None,
        );
    }
}

fn is_strict_in_settings(workload: &Workload<'_>) -> bool {
    let settings = workload.pod_settings.as_ref();
    let spread = settings.and_then(|settings| settings.spread.as_ref());
    spread.is_some_and(|spread| spread.zone == Some(Unsatisfiable::DoNotSchedule))
}

fn is_strict_over_zones(constraint: Node<'_>) -> bool {
    let has = |field: &str, wanted: &str| {
        let text = constraint.get(field).and_then(Node::text);
        text.is_some_and(|text| text == wanted)
    };
    has("topologyKey", ZONE) && has("whenUnsatisfiable", "DoNotSchedule")
}

fn has_volumes(workload: &Workload<'_>) -> bool {
    let templates = workload.owner.node.at(&["spec", "volumeClaimTemplates"]);
    templates.is_some_and(|templates| templates.items().next().is_some())
}

/// All labels that nodes have by themselves have a domain.
fn topology_key(plan: &mut Plan, pod: Pod<'_>, constraint: Node<'_>, place: &Place) {
    let Some(key) = constraint.get("topologyKey").and_then(Node::text) else {
        return;
    };
    if key.is_empty() || key.contains('/') {
        return;
    }
    let proposed = match &*key {
        "zone" => Some(ZONE),
        "region" => Some("topology.kubernetes.io/region"),
        "host" | "hostname" | "node" => Some(HOSTNAME),
        _ => None,
    };
    let hint = proposed.map_or_else(
        || "write the whole label, domain and all".to_owned(),
        |proposed| format!("write `{proposed}`"),
    );
    let message = format!(
        "\"{key}\" has no domain, and no node has such a label by itself, so that the constraint does nothing or keeps pods from running; {hint}"
    );
    let (place, proposed) = (place.field("topologyKey"), proposed.map(Value::from));
    let rule = "unknown-topology-key";
    plan.report(
        rule,
        Severity::Warning,
        pod,
        &place,
        message,
        proposed.as_ref(),
    );
}

/// kubernetes/kubernetes at 000f2605: pkg/apis/core/validation/validation.go, `validateMatchLabelKeysInTopologySpread`.
fn selector(plan: &mut Plan, pod: Pod<'_>, constraint: Node<'_>, place: &Place) {
    let is_there = |field: &str| constraint.get(field).is_some_and(|node| !node.is_null());
    if is_there("labelSelector") {
        return;
    }
    let has_keys = constraint
        .get("matchLabelKeys")
        .is_some_and(|keys| keys.items().next().is_some());
    let (severity, message) = if has_keys {
        let message = "`matchLabelKeys` without `labelSelector` is refused; write the labels of the pods as `labelSelector`";
        (Severity::Error, message)
    } else {
        let message = "without `labelSelector` no pod counts, so that the constraint does nothing; write the labels of the pods";
        (Severity::Warning, message)
    };
    let rule = "spread-without-selector";
    plan.report(rule, severity, pod, place, message, None);
}
