//! What processes may do and who they are: which values fail, at which level, in which versions.

use crate::manifest::{OWN, pod};

#[test]
fn a_hardened_pod_passes_every_version_of_every_level() {
    pod().passes();
}

#[test]
fn privilege_escalation_must_be_ruled_out_since_1_8_but_on_windows() {
    let place = format!("{OWN}.allowPrivilegeEscalation");
    let without = pod().own_is("capabilities: {drop: [ALL]}");
    without.fails(&place, "", "allowPrivilegeEscalation 8-");
    let allowed = pod().own_is("allowPrivilegeEscalation: true, capabilities: {drop: [ALL]}");
    allowed.fails(&place, "", "allowPrivilegeEscalation 8-");
    let windows = without.clone().spec("os: {name: windows}");
    windows.fails(&place, "", "allowPrivilegeEscalation 8-24");
    let linux = without.clone().spec("os: {name: linux}");
    linux.fails(&place, "", "allowPrivilegeEscalation 8-");
    let selected = without.spec("nodeSelector: {kubernetes.io/os: windows}");
    selected.fails(&place, "", "allowPrivilegeEscalation 8-");
}

#[test]
fn capabilities_that_may_be_added_are_compared_letter_by_letter() {
    let adding = |name: &str| {
        pod().own_is(&format!(
            "allowPrivilegeEscalation: false, capabilities: {{drop: [ALL], add: [{name}]}}"
        ))
    };
    let place = format!("{OWN}.capabilities.add[0]");
    adding("NET_BIND_SERVICE").passes();
    adding("").passes();
    for name in ["CHOWN", "AUDIT_WRITE", "SYS_CHROOT"] {
        adding(name).fails(&place, "", "capabilities_restricted 22-");
    }
    for name in [
        "NET_ADMIN",
        "NET_RAW",
        "ALL",
        "chown",
        "CAP_NET_BIND_SERVICE",
        "~",
    ] {
        let restricted = "capabilities_baseline 0-21, capabilities_restricted 22-";
        adding(name).fails(&place, "capabilities_baseline 0-", restricted);
    }
}

#[test]
fn all_capabilities_must_be_dropped_since_1_22_but_on_windows() {
    let dropping = |fields: &str| pod().own_is(&format!("allowPrivilegeEscalation: false{fields}"));
    let place = format!("{OWN}.capabilities.drop");
    let missing = [
        "",
        ", capabilities: {}",
        ", capabilities: {drop: []}",
        ", capabilities: {drop: [all]}",
        ", capabilities: {drop: [NET_RAW, CAP_ALL]}",
    ];
    for fields in missing {
        dropping(fields).fails(&place, "", "capabilities_restricted 22-");
    }
    dropping(", capabilities: {drop: [NET_RAW, ALL]}").passes();
    let windows = dropping("").spec("os: {name: windows}");
    windows.fails(&place, "", "capabilities_restricted 22-24");
}

#[test]
fn on_windows_restricted_forgets_what_the_baseline_says_of_capabilities() {
    // The restricted check covers the other one and then lets Windows go. The API server refuses such pods.
    let added = "allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [NET_ADMIN]}";
    pod().own_is(added).spec("os: {name: windows}").fails(
        &format!("{OWN}.capabilities.add[0]"),
        "capabilities_baseline 0-",
        "capabilities_baseline 0-21, capabilities_restricted 22-24",
    );
}

#[test]
fn who_is_not_root_must_be_said_unless_root_is_nobody_since_1_35() {
    let seccomp = "seccompProfile: {type: RuntimeDefault}";
    let of_container = format!("{OWN}.runAsNonRoot");
    let silent = pod().context_is(seccomp);
    silent.fails(&of_container, "", "runAsNonRoot 0-");
    silent
        .clone()
        .spec("hostUsers: true")
        .fails(&of_container, "", "runAsNonRoot 0-");
    silent
        .clone()
        .spec("hostUsers: false")
        .fails(&of_container, "", "runAsNonRoot 0-34");
    silent.clone().own("runAsNonRoot: true").passes();
    pod()
        .own("runAsNonRoot: false")
        .fails(&of_container, "", "runAsNonRoot 0-");
    // A pod must not say the opposite, whatever its containers say.
    let wrong = pod().context_is(&format!("runAsNonRoot: false, {seccomp}"));
    let of_pod = "spec.securityContext.runAsNonRoot";
    wrong.fails(of_pod, "", "runAsNonRoot 0-");
    wrong
        .own("runAsNonRoot: true")
        .fails(of_pod, "", "runAsNonRoot 0-");
    // Windows is no excuse.
    silent
        .spec("os: {name: windows}")
        .fails(&of_container, "", "runAsNonRoot 0-");
}

#[test]
fn root_must_not_be_asked_for_since_1_23_unless_it_is_nobody_since_1_35() {
    pod()
        .context("runAsUser: 1000")
        .own("runAsUser: 65534")
        .passes();
    let own = format!("{OWN}.runAsUser");
    pod().own("runAsUser: 0").fails(&own, "", "runAsUser 23-");
    pod().context("runAsUser: 0").own("runAsUser: 1000").fails(
        "spec.securityContext.runAsUser",
        "",
        "runAsUser 23-",
    );
    pod()
        .own("runAsUser: 0")
        .spec("hostUsers: false")
        .fails(&own, "", "runAsUser 23-34");
}

#[test]
fn privileged_containers_are_forbidden() {
    pod().own("privileged: false").passes();
    let place = format!("{OWN}.privileged");
    pod()
        .own("privileged: true")
        .fails(&place, "privileged 0-", "privileged 0-");
}
