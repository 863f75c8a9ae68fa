//! What an autoscaler scales.

use sdk::{HorizontalPodAutoscaler, Node, Plan, Severity, Subject};

use super::About;
use crate::autoscalers::label;
use crate::survey::{Survey, Workload};

/// Kinds of Kubernetes' own that hold pods and have no scale subresource.
const UNSCALED: [(&str, &str); 4] = [
    ("apps", "DaemonSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("", "Pod"),
];

/// Kinds whose names kustomize changes in `scaleTargetRef` along with the objects
/// (kubernetes-sigs/kustomize api/internal/konfig/builtinpluginconsts/namereference.go).
const RENAMED_BY_KUSTOMIZE: [(&str, &str); 4] = [
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("", "ReplicationController"),
];

/// Checks what an author's autoscaler scales.
pub(super) fn check(
    plan: &mut Plan,
    survey: &Survey<'_, '_>,
    own: HorizontalPodAutoscaler<'_>,
    rollout: Option<&Workload<'_>>,
) {
    let Some(reference) = own.resource.node.at(&["spec", "scaleTargetRef"]) else {
        return;
    };
    let place = own.resource.place().field("spec").field("scaleTargetRef");
    let about = About {
        subject: Subject::Resource(own.resource, survey.resources),
        place: &place,
    };
    let text = |key| reference.get(key).and_then(Node::text).unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    let group = version.split_once('/').map_or("", |(group, _)| group);
    if UNSCALED.contains(&(group, &kind)) {
        let message = format!(
            "a {kind} has no number of pods to scale; remove the HorizontalPodAutoscaler, or scale another workload"
        );
        about.report(plan, "hpa-target", Severity::Error, &message);
    }
    if let Some(rollout) = rollout {
        let message = format!(
            "scales the Deployment \"{}\", which only lends its template to {}, so that its pods would run beside those of the Rollout; scale the Rollout instead",
            text("name"),
            label(rollout.owner)
        );
        about.report(plan, "hpa-ghost", Severity::Warning, &message);
    }
}

/// Tells what a later kustomization needs.
pub(super) fn check_name_reference(plan: &mut Plan, about: About<'_, '_>, workload: &Workload<'_>) {
    let owner = workload.owner;
    if RENAMED_BY_KUSTOMIZE.contains(&(owner.group(), owner.kind())) {
        return;
    }
    let message = format!(
        "the HorizontalPodAutoscaler refers to a {}, which kustomize doesn't rename there; add a `nameReference` for `spec/scaleTargetRef/name` to the configurations of a kustomization that sets `namePrefix` or `nameSuffix`",
        owner.kind()
    );
    about.report(plan, "hpa-name-reference", Severity::Info, &message);
}
