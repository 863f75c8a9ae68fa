//! `AppArmor` profiles (`check_appArmorProfile.go`).

use super::{Findings, PodSecurity, SecurityLevel, contexts};

/// Nobody leaves the default profile for none; annotations of containers that aren't there count as well.
pub(in super::super) fn profiles<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    for context in contexts(pod) {
        found.judge(
            SecurityLevel::Baseline,
            &context.app_armor_profile,
            |profile| {
                let profile = profile.filter(|name| !is_type(name))?;
                Some(format!(
                    "`appArmorProfile.type` must be `RuntimeDefault` or `Localhost`, not \"{profile}\""
                ))
            },
        );
    }
    for annotation in &pod.app_armor_annotations {
        found.judge(SecurityLevel::Baseline, annotation, |profile| {
            let profile = profile.filter(|name| !is_annotation(name))?;
            Some(format!(
                "the AppArmor profile must be `runtime/default` or `localhost/…`, not \"{profile}\""
            ))
        });
    }
}

fn is_type(name: &str) -> bool {
    matches!(name, "RuntimeDefault" | "Localhost")
}

fn is_annotation(profile: &str) -> bool {
    profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/")
}
