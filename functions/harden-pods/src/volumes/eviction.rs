//! Whether the cluster autoscaler may still remove the node of a pod that got volumes.

use sdk::{Plan, Severity, json};

use super::SAFE_TO_EVICT;
use crate::survey::PodSurvey;

/// What names the volumes that may get lost when the autoscaler removes a node.
///
/// kubernetes/autoscaler a16f0ae8b557 cluster-autoscaler/utils/drain/drain.go: names with commas between them and nothing
/// else; without it, any volume on the node's disk keeps the pod, and so the node, where it is. Volumes in memory don't.
const VOLUMES: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes";
/// What decides for the pod as a whole.
const POD: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";

/// Names the new volumes that are on the node's disk.
pub(crate) fn decide(plan: &mut Plan, survey: &PodSurvey<'_>, volumes: &[String]) {
    let pod = survey.pod;
    if volumes.is_empty() {
        return;
    }
    let Some(place) = pod.annotation(VOLUMES) else {
        return;
    };
    let Some(decision) = plan.decide(SAFE_TO_EVICT, pod) else {
        return;
    };
    let names = volumes.join(",");
    if let Some((reason, message)) = needless(survey) {
        return decision.skip(reason, message);
    }
    let Some(authored) = pod.annotations().get(VOLUMES) else {
        let message = "lets the cluster autoscaler remove the node in spite of the new volumes";
        return decision.set(&place, json!(names), message);
    };
    let is_named = |name: &&String| authored.split(',').any(|own| own == name.as_str());
    let missing: Vec<&str> = volumes
        .iter()
        .filter(|name| !is_named(name))
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return decision.keep(
            "authored",
            &place,
            "the annotation names the new volumes already",
        );
    }
    let message = format!(
        "the new volumes keep the cluster autoscaler from removing the node of the pod, since the author's annotation \
         doesn't name them; add \"{}\" to it, with commas and no spaces",
        missing.join(",")
    );
    decision.violation(Severity::Warning, &place, message);
}

/// Why the annotation would change nothing.
fn needless(survey: &PodSurvey<'_>) -> Option<(&'static str, &'static str)> {
    let pod = survey.pod;
    let owner = pod.template_owner();
    if owner.is_some_and(|owner| owner.kind() == "DaemonSet") {
        return Some((
            "daemon-set",
            "the cluster autoscaler removes nodes with pods of a DaemonSet anyway",
        ));
    }
    if owner.is_some_and(|owner| owner.is("", "Pod")) {
        return Some((
            "bare-pod",
            "the cluster autoscaler removes no node with a pod that nothing would replace",
        ));
    }
    let is_decided = pod
        .annotations()
        .get(POD)
        .is_some_and(|value| value == "true" || value == "false");
    is_decided.then_some((
        "authored",
        "the author's annotation decides for the pod as a whole",
    ))
}
