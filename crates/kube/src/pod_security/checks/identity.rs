//! Who processes run as (`check_runAsNonRoot.go`, `check_runAsUser.go`).

use super::{Findings, PodSecurity, SecurityLevel, contexts, has_user_namespace};

/// Every container says that it doesn't run as root, or the pod says it for all; nobody says the opposite,
/// not even a pod whose containers all say it themselves.
pub(in super::super) fn non_root<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    let level = SecurityLevel::Restricted;
    let is_false = |value: Option<&bool>| value == Some(&false);
    let must = || "`runAsNonRoot` must be true".to_owned();
    let of_pod = &pod.context.run_as_non_root;
    found.judge(level, of_pod, |value| is_false(value).then(must));
    for container in &pod.containers {
        // Who inherits a wrong value from the pod is no other fault.
        let setting = &container.context.run_as_non_root;
        found.judge(level, setting, |value| {
            let is_missing = value.is_none() && of_pod.is_absent();
            (is_missing || is_false(value)).then(must)
        });
    }
}

/// The same, but root in a user namespace of the pod's own is nobody on the node.
pub(in super::super) fn non_root_on_node<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    if !has_user_namespace(SecurityLevel::Restricted, pod, found) {
        non_root(pod, found);
    }
}

/// Nobody asks for root.
pub(in super::super) fn user<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for context in contexts(pod) {
        found.judge(SecurityLevel::Restricted, &context.run_as_user, |user| {
            (user == Some(&0)).then(|| "`runAsUser` must not be 0".to_owned())
        });
    }
}

/// The same, but root in a user namespace of the pod's own is nobody on the node.
pub(in super::super) fn user_on_node<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    if !has_user_namespace(SecurityLevel::Restricted, pod, found) {
        user(pod, found);
    }
}
