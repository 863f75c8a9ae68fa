//! `hostUsers: false`: the users of a pod are none of the node's.

use sdk::{Mode, Node, Plan, Rule, Severity, Version, json};

use crate::stance::Reason;
use crate::survey::PodSurvey;

pub(crate) const RULES: &[Rule] = &[Rule::new(
    RULE,
    Severity::Info,
    "Gives a pod a user namespace of its own, where the configuration asks for it.",
)];

const RULE: &str = "user-namespaces";
const FIELD: &str = "hostUsers";

/// The first version in which the field does something unless a cluster says otherwise: `UserNamespacesSupport` in
/// kubernetes/kubernetes `pkg/features/kube_features.go`.
const SINCE: Version = Version::minor(33);

/// Decides about the pod as a whole.
pub(crate) fn decide(plan: &mut Plan, survey: &mut PodSurvey<'_>, mode: Mode, version: Version) {
    let wish = survey.settings.user_namespaces;
    if !wish.value {
        return;
    }
    let Some(decision) = plan.decide(RULE, survey.pod) else {
        return;
    };
    let place = survey.pod.field(FIELD);
    let is_beaten = mode == Mode::Overwrite && survey.after.host_users.value() == Some(&true);
    if survey.pod.get(FIELD).is_some() && !is_beaten {
        decision.keep("authored", &place, "kept what the author wrote");
    } else if let Some((reason, message)) = left_out(survey, version) {
        decision.skip(reason, message);
    } else {
        decision.set(
            &place,
            json!(false),
            "the pod's users are none of the node's",
        );
        survey.after.host_users.set(false);
    }
}

/// Why a pod gets none: `validateHostUsers` in kubernetes/kubernetes pkg/apis/core/validation/validation.go refuses the
/// namespaces of the host and block devices beside it.
fn left_out(survey: &PodSurvey<'_>, version: Version) -> Option<Reason> {
    let after = &survey.after;
    let shared = [&after.host_network, &after.host_pid, &after.host_ipc];
    let is_shared = shared.into_iter().any(|field| field.value() == Some(&true));
    let has_device = |own: &crate::survey::ContainerSurvey<'_>| {
        let devices = own.container.get("volumeDevices");
        devices.into_iter().flat_map(Node::items).next().is_some()
    };
    let reasons: [(bool, Reason); 4] = [
        (
            !survey.takes_context(),
            ("left-alone", "left alone like the rest of the pod"),
        ),
        (
            version < SINCE,
            ("too-old", "Kubernetes has it on by default from 1.33 on"),
        ),
        (
            is_shared,
            (
                "host-namespaces",
                "the API server refuses it beside a namespace of the host",
            ),
        ),
        (
            survey.containers.iter().any(has_device),
            (
                "volume-devices",
                "the API server refuses it beside `volumeDevices`",
            ),
        ),
    ];
    let mut reasons = reasons.into_iter();
    reasons.find_map(|(holds, reason)| holds.then_some(reason))
}
