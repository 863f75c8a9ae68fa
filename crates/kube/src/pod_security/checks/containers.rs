//! What containers may do to the node or become (`check_privileged.go`, `check_allowPrivilegeEscalation.go`).

use super::{Findings, PodSecurity, SecurityLevel, is_windows};

/// No container is privileged.
pub(in super::super) fn privileged<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for container in &pod.containers {
        found.judge(
            SecurityLevel::Baseline,
            &container.privileged,
            |is_privileged| {
                (is_privileged == Some(&true)).then(|| "`privileged` must not be true".to_owned())
            },
        );
    }
}

/// Every container says that its processes get no more rights than it began with.
pub(in super::super) fn no_escalation<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for container in &pod.containers {
        let setting = &container.allow_privilege_escalation;
        found.judge(SecurityLevel::Restricted, setting, |allowed| {
            (allowed != Some(&false)).then(|| "`allowPrivilegeEscalation` must be false".to_owned())
        });
    }
}

/// The same, but Windows knows no such thing.
pub(in super::super) fn no_escalation_but_windows<'r>(
    pod: &PodSecurity<'r>,
    found: &mut Findings<'r>,
) {
    if !is_windows(pod, found) {
        no_escalation(pod, found);
    }
}
