//! The Pod Security Standards: which fields of a pod keep it from a level, as the API server judges it.
//!
//! [`PodSecurity`] holds the fields that the checks read, as they are written; [`PodSecurity::violations`]
//! judges them. Who means to change a field sets it there first, and asks again.
//!
//! Every check follows the package that the API server runs, `policy/` of kubernetes/pod-security-admission
//! at commit 8f84a87c7f617f64a4ddc1aea24aeeb7a2e07cb8 (the same in the module's release v0.37.2), and has its
//! name. That package sees objects after decoding and defaulting, and this one text, hence:
//!
//! - A volume without a source becomes an `emptyDir` and is fine: `SetDefaults_Volume` in
//!   `pkg/apis/core/v1/defaults.go` of kubernetes/kubernetes at 023f88a32c95647b94e47df54948a0af9517dd0c.
//! - A value of the wrong type is refused by the API server whatever the level; here it is a violation of
//!   every check that reads it, told once, by the first. What no check reads at a level and version passes.
//! - A `hostPort` that the API server derives from `hostNetwork` (`defaultHostNetworkPorts`, same file) is not
//!   told: the host's network is, at the same level.
//! - Ephemeral containers can't be part of a new pod or a template, and are not looked at.
//!
//! Restricted is not always the stricter level, as upstream has it: since 1.25 it leaves capabilities of
//! Windows pods alone, which the baseline does not, and it takes a `hostPath` volume that also has a source
//! of an allowed type. The API server refuses both for other reasons.

mod checks;
mod container;
mod context;
mod field;
mod level;
mod namespace;
mod pod;
mod registry;
mod spot;
mod tables;
mod violation;
mod volume;

pub use container::ContainerSecurity;
pub use context::SecurityContext;
pub use field::{FieldReading, FieldType, SecurityField, Text};
pub use level::{SecurityLevel, SecurityVersion};
pub use namespace::{LabelMistake, NamespaceSecurity, SecurityPolicy};
pub use pod::PodSecurity;
pub use violation::SecurityViolation;
pub use volume::VolumeSecurity;

use crate::workload::Pod;

impl<'r> Pod<'r> {
    /// What its security is decided by, as written.
    pub fn security(self) -> PodSecurity<'r> {
        PodSecurity::of(self)
    }

    /// Everything that keeps it from `level` as the standard was in `version`, as written.
    pub fn security_violations(
        self,
        level: SecurityLevel,
        version: SecurityVersion,
    ) -> Vec<SecurityViolation<'r>> {
        self.security().violations(level, version)
    }
}
