//! The checks, one file for each thing they are about. Each tells every field that breaks it.

pub(super) mod app_armor;
pub(super) mod capabilities;
pub(super) mod containers;
pub(super) mod host;
pub(super) mod identity;
pub(super) mod proc_mount;
pub(super) mod se_linux;
pub(super) mod seccomp;
pub(super) mod sysctls;
pub(super) mod volumes;

use super::context::SecurityContext;
use super::level::SecurityLevel;
use super::pod::PodSecurity;
use super::violation::Findings;

/// The pod's own security context, and those of its containers.
fn contexts<'s, 'r>(pod: &'s PodSecurity<'r>) -> impl Iterator<Item = &'s SecurityContext<'r>> {
    let of_containers = pod.containers.iter().map(|container| &container.context);
    std::iter::once(&pod.context).chain(of_containers)
}

/// Whether what only Linux has is not asked of the pod; tells if that can't be read.
fn is_windows<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) -> bool {
    found.read(SecurityLevel::Restricted, &pod.os);
    pod.is_windows()
}

/// Whether the pod's users are none of the node's, so that root is no danger; tells if that can't be read.
fn has_user_namespace<'r>(
    level: SecurityLevel,
    pod: &PodSecurity<'r>,
    found: &mut Findings<'r>,
) -> bool {
    found.read(level, &pod.host_users);
    pod.has_user_namespace()
}
