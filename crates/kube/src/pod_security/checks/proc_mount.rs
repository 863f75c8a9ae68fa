//! What of `/proc` containers see (`check_procMount_baseline.go`, `check_procMount_restricted.go`).

use super::{Findings, PodSecurity, SecurityLevel, has_user_namespace};

/// Nobody sees more than the default.
pub(in super::super) fn masked<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    forbid(SecurityLevel::Baseline, pod, found);
}

/// The same, but in a user namespace of the pod's own there is nothing to see.
pub(in super::super) fn baseline<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    if !has_user_namespace(SecurityLevel::Baseline, pod, found) {
        masked(pod, found);
    }
}

/// Nobody sees more than the default, not even there.
pub(in super::super) fn restricted<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    let level = if has_user_namespace(SecurityLevel::Baseline, pod, found) {
        SecurityLevel::Restricted
    } else {
        SecurityLevel::Baseline
    };
    forbid(level, pod, found);
}

fn forbid<'r>(level: SecurityLevel, pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for container in &pod.containers {
        found.judge(level, &container.proc_mount, |mount| {
            let mount = mount.filter(|mount| *mount != "Default")?;
            Some(format!("`procMount` must be `Default`, not \"{mount}\""))
        });
    }
}
