//! Which checks a level has, since when, and which of them stand for others.
//!
//! Follows `populate` in `policy/registry.go`: checks of the baseline first, then those of restricted, each
//! by name; at the restricted level a check of the baseline is left out where a stricter one covers it.

use super::checks::{
    app_armor, capabilities, containers, host, identity, proc_mount, se_linux, seccomp, sysctls,
    volumes,
};
use super::level::{SecurityLevel, SecurityVersion};
use super::pod::PodSecurity;
use super::violation::{Findings, SecurityViolation};

/// What a check does.
type Run = for<'r> fn(&PodSecurity<'r>, &mut Findings<'r>);

/// A check of the standard.
struct Check {
    /// Its upstream name.
    id: &'static str,
    level: SecurityLevel,
    /// The minor versions from which on it does what, in their order.
    since: &'static [(u32, Run)],
    /// The check of the baseline that it covers.
    covers: Option<&'static str>,
}

impl Check {
    const fn baseline(id: &'static str, since: &'static [(u32, Run)]) -> Self {
        Self {
            id,
            level: SecurityLevel::Baseline,
            since,
            covers: None,
        }
    }

    const fn restricted(id: &'static str, since: &'static [(u32, Run)]) -> Self {
        Self {
            id,
            level: SecurityLevel::Restricted,
            since,
            covers: None,
        }
    }

    const fn covering(self, covered: &'static str) -> Self {
        Self {
            covers: Some(covered),
            ..self
        }
    }

    /// What it does in Kubernetes 1.`minor`, if it is known there.
    fn run_in(&self, minor: u32) -> Option<Run> {
        let known = self.since.iter().rev();
        let mut known = known.filter(|(since, _)| *since <= minor);
        known.next().map(|(_, run)| *run)
    }
}

const CHECKS: [Check; 19] = [
    Check::baseline("appArmorProfile", &[(0, app_armor::profiles)]),
    Check::baseline("capabilities_baseline", &[(0, capabilities::baseline)]),
    Check::baseline("hostNamespaces", &[(0, host::namespaces)]),
    Check::baseline("hostPathVolumes", &[(0, volumes::host_paths)]),
    Check::baseline("hostPorts", &[(0, host::ports)]),
    Check::baseline("hostProbesAndHostLifecycle", &[(34, host::probes)]),
    Check::baseline("privileged", &[(0, containers::privileged)]),
    Check::baseline(
        "procMount",
        &[(0, proc_mount::masked), (35, proc_mount::baseline)],
    ),
    Check::baseline("seLinuxOptions", &[(0, se_linux::options)]),
    Check::baseline(
        "seccompProfile_baseline",
        &[(0, seccomp::annotations), (19, seccomp::baseline)],
    ),
    Check::baseline("sysctls", &[(0, sysctls::safe)]),
    Check::baseline("windowsHostProcess", &[(0, host::process)]),
    Check::restricted(
        "allowPrivilegeEscalation",
        &[
            (8, containers::no_escalation),
            (25, containers::no_escalation_but_windows),
        ],
    ),
    Check::restricted(
        "capabilities_restricted",
        &[
            (22, capabilities::restricted),
            (25, capabilities::restricted_but_windows),
        ],
    )
    .covering("capabilities_baseline"),
    Check::restricted("procMount_restricted", &[(35, proc_mount::restricted)])
        .covering("procMount"),
    Check::restricted("restrictedVolumes", &[(0, volumes::restricted)]).covering("hostPathVolumes"),
    Check::restricted(
        "runAsNonRoot",
        &[(0, identity::non_root), (35, identity::non_root_on_node)],
    ),
    Check::restricted(
        "runAsUser",
        &[(23, identity::user), (35, identity::user_on_node)],
    ),
    Check::restricted(
        "seccompProfile_restricted",
        &[
            (19, seccomp::restricted),
            (25, seccomp::restricted_but_windows),
        ],
    )
    .covering("seccompProfile_baseline"),
];

impl<'r> PodSecurity<'r> {
    /// Everything that keeps the pod from `level` as the standard was in `version`: each field once per
    /// check, in the order of the checks and then of the pod.
    pub fn violations(
        &self,
        level: SecurityLevel,
        version: SecurityVersion,
    ) -> Vec<SecurityViolation<'r>> {
        let minor = version.minor();
        let mut findings = Findings::new(minor);
        if level == SecurityLevel::Privileged {
            return Vec::new();
        }
        for misplaced in &self.misplaced {
            findings.read(SecurityLevel::Baseline, misplaced);
        }
        for check in CHECKS.iter().filter(|check| check.level <= level) {
            let covers = |other: &Check| {
                other.level <= level
                    && other.covers == Some(check.id)
                    && other.run_in(minor).is_some()
            };
            if CHECKS.iter().any(covers) {
                continue;
            }
            if let Some(run) = check.run_in(minor) {
                findings.check = check.id;
                run(self, &mut findings);
            }
        }
        findings.into_violations()
    }
}
