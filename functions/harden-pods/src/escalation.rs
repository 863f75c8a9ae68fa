//! `allowPrivilegeEscalation: false`: no process gets more rights than its parent.

use sdk::{Mode, Plan, Rule, SecurityField, Severity, json};

use crate::settings::Settings;
use crate::stance::Reason;
use crate::survey::{ContainerSurvey, PodSurvey};

pub(crate) const RULES: &[Rule] = &[Rule::new(
    RULE,
    Severity::Info,
    "Keeps processes from getting more rights than their parents have.",
)];

const RULE: &str = "privilege-escalation";
const FIELD: &str = "allowPrivilegeEscalation";

/// Decides about every container of the pod.
pub(crate) fn decide(plan: &mut Plan, survey: &mut PodSurvey<'_>, mode: Mode) {
    for (own, after) in survey.containers.iter().zip(&mut survey.after.containers) {
        let Some(settings) = own.settings.as_deref() else {
            continue;
        };
        let mut added = after
            .capabilities_add
            .iter()
            .filter_map(SecurityField::value);
        let is_admin = added.any(|name| name == "CAP_SYS_ADMIN");
        let wish = settings.no_escalation;
        let value = after.allow_privilege_escalation.value();
        let is_beaten =
            mode == Mode::Overwrite && wish.is_user && wish.value && value == Some(&true);
        let Some(decision) = plan.decide(RULE, own.container) else {
            continue;
        };
        let place = own.security_place(FIELD);
        if let Some((reason, message)) = left_out(own, settings, is_admin) {
            decision.skip(reason, message);
        } else if own.is_free(FIELD) || is_beaten {
            decision.set(
                &place,
                json!(false),
                "processes get no more rights than their parents",
            );
            after.allow_privilege_escalation.set(false);
        } else {
            decision.keep("authored", &place, "kept what the author wrote");
        }
    }
}

/// Why it isn't written: by the stance, or since the API server refuses it beside this one spelling of the capability
/// (`ValidateSecurityContext` in kubernetes/kubernetes pkg/apis/core/validation/validation.go at
/// 000f26050b9be6fb3d79fae95e06b47fc96128cd).
fn left_out(own: &ContainerSurvey<'_>, settings: &Settings, is_admin: bool) -> Option<Reason> {
    let not_asked = ("not-asked", "the configuration doesn't ask for it");
    let refused = (
        "sys-admin",
        "left alone, since the API server refuses it beside the capability CAP_SYS_ADMIN",
    );
    let left_alone = own.stance.left_alone();
    left_alone
        .or((!settings.no_escalation.value).then_some(not_asked))
        .or(is_admin.then_some(refused))
}
