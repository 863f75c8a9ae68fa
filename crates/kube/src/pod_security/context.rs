//! What pods and containers alike have in their `securityContext`.

use super::field::{SecurityField, Text};
use super::spot::Holder;

/// What pods and containers alike have in their `securityContext`.
#[derive(Clone, Debug)]
pub struct SecurityContext<'r> {
    /// `runAsNonRoot`.
    pub run_as_non_root: SecurityField<'r, bool>,
    /// `runAsUser`.
    pub run_as_user: SecurityField<'r, i64>,
    /// `seccompProfile.type`; empty where a profile has none.
    pub seccomp_profile: SecurityField<'r, Text<'r>>,
    /// `appArmorProfile.type`; empty where a profile has none.
    pub app_armor_profile: SecurityField<'r, Text<'r>>,
    /// `seLinuxOptions.type`.
    pub se_linux_type: SecurityField<'r, Text<'r>>,
    /// `seLinuxOptions.user`.
    pub se_linux_user: SecurityField<'r, Text<'r>>,
    /// `seLinuxOptions.role`.
    pub se_linux_role: SecurityField<'r, Text<'r>>,
    /// `windowsOptions.hostProcess`.
    pub host_process: SecurityField<'r, bool>,
}

impl<'r> SecurityContext<'r> {
    pub(crate) fn of(holder: Holder<'r>) -> Self {
        Self {
            run_as_non_root: SecurityField::read(holder, &["securityContext", "runAsNonRoot"]),
            run_as_user: SecurityField::read(holder, &["securityContext", "runAsUser"]),
            seccomp_profile: profile(
                holder,
                &["securityContext", "seccompProfile"],
                &["securityContext", "seccompProfile", "type"],
            ),
            app_armor_profile: profile(
                holder,
                &["securityContext", "appArmorProfile"],
                &["securityContext", "appArmorProfile", "type"],
            ),
            se_linux_type: SecurityField::read(
                holder,
                &["securityContext", "seLinuxOptions", "type"],
            ),
            se_linux_user: SecurityField::read(
                holder,
                &["securityContext", "seLinuxOptions", "user"],
            ),
            se_linux_role: SecurityField::read(
                holder,
                &["securityContext", "seLinuxOptions", "role"],
            ),
            host_process: SecurityField::read(
                holder,
                &["securityContext", "windowsOptions", "hostProcess"],
            ),
        }
    }
}

/// The type of a profile, empty where the profile is there and has none.
fn profile<'r>(
    holder: Holder<'r>,
    profile: &'static [&'static str],
    of_type: &'static [&'static str],
) -> SecurityField<'r, Text<'r>> {
    let setting = SecurityField::read(holder, of_type);
    match holder.find(profile) {
        Ok(Some(_)) => setting.or_empty(),
        Ok(None) | Err(_) => setting,
    }
}
