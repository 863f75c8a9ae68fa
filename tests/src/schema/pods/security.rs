//! What pods and containers may do.

use k8s_openapi::api::core::v1::{PodSecurityContext, PodSpec, SeccompProfile, SecurityContext};

use super::containers;
use crate::schema::{ensure, is_one_of};

pub(super) fn check(spec: &PodSpec) -> Result<(), String> {
    let is_windows = spec.os.as_ref().is_some_and(|os| os.name == "windows");
    let hosts = [spec.host_network, spec.host_pid, spec.host_ipc];
    let shares = hosts.contains(&Some(true));
    let is_apart = spec.host_users == Some(false);
    ensure(
        !(is_apart && shares),
        "`hostUsers` is false beside what is of the host",
    )?;
    ensure(
        !(spec.host_users.is_some() && is_windows),
        "`hostUsers` is not for Windows",
    )?;
    spec.security_context
        .iter()
        .try_for_each(|context| of_pod(context, is_windows))?;
    let mut contexts = containers(spec).filter_map(|container| container.security_context.as_ref());
    contexts.try_for_each(|context| of_container(context, is_windows))
}

fn of_pod(context: &PodSecurityContext, is_windows: bool) -> Result<(), String> {
    let is_of_linux = context.seccomp_profile.is_some()
        || context.fs_group.is_some()
        || context.fs_group_change_policy.is_some()
        || context.run_as_user.is_some()
        || context.run_as_group.is_some()
        || context.supplemental_groups.is_some()
        || context.sysctls.is_some();
    ensure(
        !(is_windows && is_of_linux),
        "`securityContext` is not for Windows",
    )?;
    let policy = context.fs_group_change_policy.as_deref();
    is_one_of("fsGroupChangePolicy", policy, &["Always", "OnRootMismatch"])?;
    let policy = context.supplemental_groups_policy.as_deref();
    is_one_of("supplementalGroupsPolicy", policy, &["Merge", "Strict"])?;
    numbers(&[context.fs_group, context.run_as_user, context.run_as_group])?;
    context.seccomp_profile.iter().try_for_each(seccomp)
}

fn of_container(context: &SecurityContext, is_windows: bool) -> Result<(), String> {
    let is_of_linux = context.seccomp_profile.is_some()
        || context.allow_privilege_escalation.is_some()
        || context.capabilities.is_some()
        || context.privileged.is_some()
        || context.read_only_root_filesystem.is_some()
        || context.run_as_user.is_some()
        || context.run_as_group.is_some();
    ensure(
        !(is_windows && is_of_linux),
        "`securityContext` is not for Windows",
    )?;
    let added = context
        .capabilities
        .iter()
        .filter_map(|capabilities| capabilities.add.as_ref());
    let is_admin = added
        .flatten()
        .any(|capability| capability == "CAP_SYS_ADMIN");
    let may_more = context.privileged == Some(true) || is_admin;
    let may_not = context.allow_privilege_escalation == Some(false);
    ensure(
        !(may_more && may_not),
        "`allowPrivilegeEscalation` is false for one that is privileged",
    )?;
    numbers(&[context.run_as_user, context.run_as_group])?;
    context.seccomp_profile.iter().try_for_each(seccomp)
}

/// Users and groups.
fn numbers(numbers: &[Option<i64>]) -> Result<(), String> {
    let mut numbers = numbers.iter().flatten();
    ensure(
        numbers.all(|number| (0..=2_147_483_647).contains(number)),
        "a user or group is no such number",
    )
}

fn seccomp(profile: &SeccompProfile) -> Result<(), String> {
    let kinds = ["RuntimeDefault", "Unconfined", "Localhost"];
    is_one_of("seccompProfile.type", Some(&profile.type_), &kinds)?;
    let is_local = profile.type_ == "Localhost";
    ensure(
        is_local == profile.localhost_profile.is_some(),
        "`localhostProfile` is for `Localhost`",
    )
}
