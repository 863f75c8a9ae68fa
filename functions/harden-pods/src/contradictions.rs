//! What an author's own fields say against one another, and what nobody reads any more.

use sdk::{ContainerSecurity, Plan, Rule, SecurityField, Severity};

use crate::survey::{ContainerSurvey, PodSurvey};

pub(crate) const CHECKS: &[Rule] = &[
    Rule::new(
        ROOT,
        Severity::Error,
        "A container must not run as root and runs as user 0, so that the kubelet never starts it.",
    ),
    Rule::new(
        ESCALATION,
        Severity::Error,
        "A container must not gain rights and has them all, which the API server refuses.",
    ),
    Rule::new(
        ANNOTATION,
        Severity::Warning,
        "A deprecated annotation speaks of a seccomp profile; kubelets have ignored it since 1.27.",
    ),
    Rule::new(
        PREFIX,
        Severity::Warning,
        "A capability is written with the prefix `CAP_`, which container runtimes and the Pod Security Standards don't expect.",
    ),
];

const ROOT: &str = "root-must-not-run";
const ESCALATION: &str = "escalation-of-all-rights";
const ANNOTATION: &str = "deprecated-seccomp-annotation";
const PREFIX: &str = "capability-prefix";

/// Checks every container in scope, and the annotations of the pod.
pub(crate) fn check(plan: &mut Plan, survey: &PodSurvey<'_>) {
    for (own, after) in survey.secured() {
        if own.settings.is_some() {
            check_root(plan, survey, own, after);
            check_escalation(plan, own, after);
            check_names(plan, own, after);
        }
    }
    for annotation in &survey.after.seccomp_annotations {
        let message = "is ignored by every kubelet since 1.27; write it as `seccompProfile` and remove the annotation";
        let place = annotation.place();
        plan.report(
            ANNOTATION,
            Severity::Warning,
            survey.pod,
            &place,
            message,
            None,
        );
    }
}

fn check_names(plan: &mut Plan, own: &ContainerSurvey<'_>, after: &ContainerSecurity<'_>) {
    let names = after
        .capabilities_add
        .iter()
        .chain(&after.capabilities_drop);
    for name in names {
        let Some(bare) = name.value().and_then(|name| name.strip_prefix("CAP_")) else {
            continue;
        };
        let message = format!("has a prefix that capabilities don't have here; write {bare}");
        let place = name.place();
        plan.report(
            PREFIX,
            Severity::Warning,
            own.container,
            &place,
            message,
            None,
        );
    }
}

/// `verifyRunAsNonRoot` in kubernetes/kubernetes `pkg/kubelet/kuberuntime/security_context_others.go`; on Windows it looks
/// at other fields.
fn check_root(
    plan: &mut Plan,
    survey: &PodSurvey<'_>,
    own: &ContainerSurvey<'_>,
    after: &ContainerSecurity<'_>,
) {
    let (of_pod, after) = (&survey.after.context, &after.context);
    let must_not = after.run_as_non_root.or(&of_pod.run_as_non_root) == Some(&true);
    let users = [&after.run_as_user, &of_pod.run_as_user];
    let user = users.into_iter().find(|user| !user.is_absent());
    let is_refused = |user: &&SecurityField<'_, i64>| must_not && user.value() == Some(&0);
    if let Some(user) = user.filter(is_refused).filter(|_| !survey.is_windows()) {
        let message = "is root, and `runAsNonRoot: true` keeps the kubelet from starting it; write another user, or `runAsNonRoot: false`";
        let place = user.place();
        plan.report(ROOT, Severity::Error, own.container, &place, message, None);
    }
}

/// `ValidateSecurityContext` in kubernetes/kubernetes pkg/apis/core/validation/validation.go.
fn check_escalation(plan: &mut Plan, own: &ContainerSurvey<'_>, after: &ContainerSecurity<'_>) {
    let mut added = after.capabilities_add.iter();
    let admin = added.any(|name| name.value().is_some_and(|name| name == "CAP_SYS_ADMIN"));
    let is_privileged = after.privileged.value() == Some(&true);
    let escalation = &after.allow_privilege_escalation;
    if escalation.value() == Some(&false) && (admin || is_privileged) {
        let with = if is_privileged {
            "`privileged: true`"
        } else {
            "the capability CAP_SYS_ADMIN"
        };
        let message = format!("must not be false beside {with}; remove one of them");
        plan.report(
            ESCALATION,
            Severity::Error,
            own.container,
            &escalation.place(),
            message,
            None,
        );
    }
}
