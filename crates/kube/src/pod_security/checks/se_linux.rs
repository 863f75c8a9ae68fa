//! `SELinux` options (`check_seLinuxOptions.go`).

use super::super::tables::tables;
use super::{Findings, PodSecurity, SecurityLevel, contexts};

/// The type is one for containers; user and role are nobody's to choose.
pub(in super::super) fn options<'r>(pod: &PodSecurity<'r>, found: &mut Findings<'r>) {
    let minor = found.minor;
    for context in contexts(pod) {
        found.judge(SecurityLevel::Baseline, &context.se_linux_type, |own| {
            let own = own.filter(|own| !tables().allows_se_linux_type(own, minor))?;
            Some(format!(
                "`seLinuxOptions.type` must be one for containers, such as `container_t`, not \"{own}\""
            ))
        });
        let others = [
            ("user", &context.se_linux_user),
            ("role", &context.se_linux_role),
        ];
        for (name, setting) in others {
            found.judge(SecurityLevel::Baseline, setting, |own| {
                let own = own.filter(|own| !own.is_empty())?;
                Some(format!(
                    "`seLinuxOptions.{name}` must not be set, here to \"{own}\""
                ))
            });
        }
    }
}
