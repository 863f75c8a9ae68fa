//! Seccomp profiles (`check_seccompProfile_baseline.go`, `check_seccompProfile_restricted.go`).

use super::super::field::Text;
use super::{Findings, PodSecurity, SecurityLevel, contexts, is_windows};

/// Before Kubernetes 1.19: annotations of the pod and of containers that are there.
pub(in super::super) fn annotations<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for annotation in &pod.seccomp_annotations {
        found.judge(SecurityLevel::Baseline, annotation, |profile| {
            let profile = profile.filter(|name| !is_annotation(name))?;
            Some(format!(
                "the seccomp profile must be `runtime/default` or `localhost/…`, not \"{profile}\""
            ))
        });
    }
}

/// Nobody leaves the default profile for none.
pub(in super::super) fn baseline<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for context in contexts(pod) {
        found.judge(SecurityLevel::Baseline, &context.seccomp_profile, wrong);
    }
}

/// Every container has a profile, of its own or the pod's.
pub(in super::super) fn restricted<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    let of_pod = &pod.context.seccomp_profile;
    found.judge(SecurityLevel::Baseline, of_pod, wrong);
    for container in &pod.containers {
        // Who inherits a wrong value from the pod is no other fault.
        let setting = &container.context.seccomp_profile;
        let level = if setting.is_absent() {
            SecurityLevel::Restricted
        } else {
            SecurityLevel::Baseline
        };
        found.judge(level, setting, |profile| match profile {
            None => of_pod.is_absent().then(|| must_be("")),
            written => wrong(written),
        });
    }
}

/// The same, but Windows knows no such thing.
pub(in super::super) fn restricted_but_windows<'r>(
    pod: &PodSecurity<'r>,
    found: &mut Findings<'r>,
) {
    if !is_windows(pod, found) {
        restricted(pod, found);
    }
}

/// What is wrong with a profile that is written.
fn wrong(profile: Option<&Text<'_>>) -> Option<String> {
    let profile = profile.filter(|name| !matches!(&***name, "RuntimeDefault" | "Localhost"))?;
    Some(must_be(&format!(", not \"{profile}\"")))
}

fn must_be(instead: &str) -> String {
    "`seccompProfile.type` must be `RuntimeDefault` or `Localhost`".to_owned() + instead
}

fn is_annotation(profile: &str) -> bool {
    matches!(profile, "runtime/default" | "docker/default") || profile.starts_with("localhost/")
}
