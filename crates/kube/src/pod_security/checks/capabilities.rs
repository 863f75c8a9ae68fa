//! Capabilities (`check_capabilities_baseline.go`, `check_capabilities_restricted.go`). Names are compared
//! letter by letter: `all`, `CAP_CHOWN` and `chown` are names that the standard doesn't know.

use super::super::container::ContainerSecurity;
use super::super::tables::tables;
use super::{Findings, PodSecurity, SecurityLevel, is_windows};

/// Only what containers have anyway may be added, and not all of that.
pub(in super::super) fn baseline<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for added in pod.containers.iter().flat_map(|one| &one.capabilities_add) {
        found.judge(SecurityLevel::Baseline, added, |name| {
            let name = name.filter(|name| !tables().is_default_capability(name))?;
            Some(must_not_be_added(name))
        });
    }
}

/// Everything is dropped, and only `NET_BIND_SERVICE` added.
pub(in super::super) fn restricted<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for container in &pod.containers {
        drops_all(container, found);
        for added in &container.capabilities_add {
            let is_default = |name: &str| tables().is_default_capability(name);
            let level = match added.value() {
                Some(name) if is_default(name) => SecurityLevel::Restricted,
                _ => SecurityLevel::Baseline,
            };
            found.judge(level, added, |name| {
                let name = name.filter(|name| *name != "NET_BIND_SERVICE")?;
                Some(must_not_be_added(name))
            });
        }
    }
}

fn drops_all<'r>(container: &ContainerSecurity<'r>, found: &mut Findings<'r>) {
    let level = SecurityLevel::Restricted;
    let dropped = &container.capabilities_drop;
    for capability in dropped {
        found.read(level, capability);
    }
    let is_all = |name: Option<_>| name.is_some_and(|name| name == "ALL");
    let drops_all = dropped.iter().any(|one| is_all(one.value()));
    let place = container.place_of_drop();
    // What stands in the place of the list, or around it, is told already.
    let is_list = dropped
        .iter()
        .all(|one| !one.is_unreadable() || one.place().path.0.len() > place.path.0.len());
    if !drops_all && is_list {
        let detail = "`capabilities.drop` must have `ALL`".to_owned();
        found.miss(
            level,
            container.container,
            place,
            dropped.is_empty(),
            detail,
        );
    }
}

/// The same, but pods for Windows have no capabilities.
pub(in super::super) fn restricted_but_windows<'r>(
    pod: &PodSecurity<'r>,
    found: &mut Findings<'r>,
) {
    if !is_windows(pod, found) {
        restricted(pod, found);
    }
}

fn must_not_be_added(name: &str) -> String {
    format!("capability \"{name}\" must not be added")
}
