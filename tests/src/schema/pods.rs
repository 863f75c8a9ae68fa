//! What the API server asks of pods beyond their type, in the fields that functions write.
//!
//! The rules are some of those of kubernetes/kubernetes pkg/apis/core/validation/validation.go.

mod placement;
mod security;

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, LifecycleHandler, PodSpec};

use super::{ensure, is_one_of};

/// Checks a pod that may mount these volumes besides its own.
pub(super) fn check(spec: &PodSpec, claims: &[String]) -> Result<(), String> {
    let policy = spec.restart_policy.as_deref();
    is_one_of("restartPolicy", policy, &["Always", "OnFailure", "Never"])?;
    let grace = spec.termination_grace_period_seconds.unwrap_or(30);
    ensure(grace >= 0, "`terminationGracePeriodSeconds` is negative")?;
    let volumes = spec.volumes.iter().flatten();
    let volumes: Vec<&str> = volumes.map(|volume| volume.name.as_str()).collect();
    is_set("volumes", &volumes)?;
    let names: Vec<&str> = containers(spec).map(|one| one.name.as_str()).collect();
    is_set("containers", &names)?;
    let claims = claims.iter().map(String::as_str);
    let mountable: BTreeSet<&str> = volumes.into_iter().chain(claims).collect();
    containers(spec).try_for_each(|container| {
        mounts(container, &mountable)?;
        let lifecycle = container.lifecycle.as_ref();
        let pre_stop = lifecycle.and_then(|lifecycle| lifecycle.pre_stop.as_ref());
        pre_stop.map_or(Ok(()), |hook| handler(hook, grace))
    })?;
    placement::check(spec)?;
    security::check(spec)
}

fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    let first = spec.init_containers.iter().flatten();
    first.chain(&spec.containers)
}

fn mounts(container: &Container, mountable: &BTreeSet<&str>) -> Result<(), String> {
    let mounts = container.volume_mounts.iter().flatten();
    let paths: Vec<&str> = mounts.clone().map(|one| one.mount_path.as_str()).collect();
    is_set("mountPaths", &paths)?;
    let mut names = mounts.map(|one| one.name.as_str());
    match names.find(|name| !mountable.contains(name)) {
        Some(name) => Err(format!("no volume is called {name}")),
        None => Ok(()),
    }
}

fn handler(hook: &LifecycleHandler, grace: i64) -> Result<(), String> {
    let handlers = [
        hook.exec.is_some(),
        hook.http_get.is_some(),
        hook.sleep.is_some(),
        hook.tcp_socket.is_some(),
    ];
    let count = handlers.into_iter().filter(|is_there| *is_there).count();
    ensure(count == 1, "`preStop` is not exactly one thing to do")?;
    let sleep = hook.sleep.as_ref();
    let is_short = sleep.is_none_or(|sleep| (0..=grace).contains(&sleep.seconds));
    ensure(is_short, "`preStop` sleeps longer than the grace period")
}

fn is_set(what: &str, names: &[&str]) -> Result<(), String> {
    let distinct: BTreeSet<&&str> = names.iter().collect();
    let is_set = distinct.len() == names.len() && !names.contains(&"");
    ensure(
        is_set,
        &format!("two {what} are the same, or one has no name"),
    )
}
