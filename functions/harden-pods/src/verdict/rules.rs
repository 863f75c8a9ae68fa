//! The checks of the Pod Security Standards as rules.

use sdk::{Rule, SecurityViolation, Severity};

/// Each check of the standards, in the order of the alphabet.
pub(crate) const CHECKS: &[Rule] = &[
    violates(
        "violates-app-armor",
        "A profile of `AppArmor` is switched off, or of a kind that nobody knows.",
    ),
    violates(
        "violates-capabilities-baseline",
        "A capability is added that containers don't have by default.",
    ),
    violates(
        "violates-capabilities-restricted",
        "A container adds a capability other than `NET_BIND_SERVICE`, or doesn't drop `ALL`.",
    ),
    violates(
        "violates-host-namespaces",
        "A pod shares a namespace of its node.",
    ),
    violates(
        "violates-host-path-volumes",
        "A volume is a folder of the node.",
    ),
    violates(
        "violates-host-ports",
        "A container takes a port of its node.",
    ),
    violates(
        "violates-host-probes",
        "A probe or lifecycle handler asks another host than the pod.",
    ),
    violates(
        "violates-privilege-escalation",
        "A process may get more rights than its parent.",
    ),
    violates("violates-privileged", "A container is privileged."),
    violates(
        "violates-proc-mount-baseline",
        "A container sees all of `/proc`.",
    ),
    violates(
        "violates-proc-mount-restricted",
        "A container sees all of `/proc`, which the level restricted forbids even with user namespaces.",
    ),
    violates("violates-run-as-non-root", "A container may run as root."),
    violates("violates-run-as-user", "A container runs as user 0."),
    violates(
        "violates-se-linux",
        "`SELinux` options are other than those of containers.",
    ),
    violates(
        "violates-seccomp-baseline",
        "A seccomp profile is switched off.",
    ),
    violates(
        "violates-seccomp-restricted",
        "A container has no seccomp profile, or none that confines it.",
    ),
    violates("violates-sysctls", "A sysctl is not among the safe ones."),
    violates(
        "violates-host-process",
        "A Windows container is a process of its node.",
    ),
    violates(
        "violates-volume-types",
        "A volume is of a type that the level restricted doesn't know.",
    ),
];

/// A field that the API server can't even read.
pub(crate) const ERRORS: &[Rule] = &[Rule::new(
    UNREADABLE,
    Severity::Error,
    "A field of a security context holds what the API server refuses, whatever the level.",
)];

const UNREADABLE: &str = "unreadable-field";

const fn violates(slug: &'static str, about: &'static str) -> Rule {
    Rule::new(slug, Severity::Warning, about)
}

/// The rule that a violation comes under, by the upstream name of its check.
pub(super) fn rule(violation: &SecurityViolation<'_>) -> &'static str {
    match violation.check {
        _ if violation.is_unreadable => UNREADABLE,
        "allowPrivilegeEscalation" => "violates-privilege-escalation",
        "appArmorProfile" => "violates-app-armor",
        "capabilities_baseline" => "violates-capabilities-baseline",
        "capabilities_restricted" => "violates-capabilities-restricted",
        "hostNamespaces" => "violates-host-namespaces",
        "hostPathVolumes" => "violates-host-path-volumes",
        "hostPorts" => "violates-host-ports",
        "hostProbesAndHostLifecycle" => "violates-host-probes",
        "privileged" => "violates-privileged",
        "procMount" => "violates-proc-mount-baseline",
        "procMount_restricted" => "violates-proc-mount-restricted",
        "restrictedVolumes" => "violates-volume-types",
        "runAsNonRoot" => "violates-run-as-non-root",
        "runAsUser" => "violates-run-as-user",
        "seLinuxOptions" => "violates-se-linux",
        "seccompProfile_baseline" => "violates-seccomp-baseline",
        "seccompProfile_restricted" => "violates-seccomp-restricted",
        "sysctls" => "violates-sysctls",
        "windowsHostProcess" => "violates-host-process",
        _ => UNREADABLE,
    }
}
