//! The levels that a Namespace asks of its pods, by its labels.
//!
//! Follows `PolicyToEvaluate` in `api/helpers.go` of kubernetes/pod-security-admission at commit
//! 8f84a87c7f617f64a4ddc1aea24aeeb7a2e07cb8. What the cluster's own configuration says (defaults for
//! namespaces without labels, exemptions) can't be seen here.

use super::level::{SecurityLevel, SecurityVersion};
use crate::resource::{Place, Resource};
use crate::workload::Pod;

/// A level of the standard as it was in a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecurityPolicy {
    /// The level.
    pub level: SecurityLevel,
    /// The version; the latest one where no label says which.
    pub version: SecurityVersion,
}

/// What a Namespace asks of its pods. Where it has no label for a level, the cluster's configuration decides,
/// by default for `privileged`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceSecurity {
    /// What pods must meet to be let in. A level that doesn't exist means `restricted`.
    pub enforce: Option<SecurityPolicy>,
    /// What is noted in the audit log. A level that doesn't exist means `privileged`.
    pub audit: Option<SecurityPolicy>,
    /// What people are warned of; without a label the same as what is enforced. A level that doesn't exist
    /// means `privileged`.
    pub warn: Option<SecurityPolicy>,
    /// Labels with values that don't exist. The API server refuses to create such a Namespace.
    pub mistakes: Vec<LabelMistake>,
}

/// A label with a value that the API server refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelMistake {
    /// The label.
    pub place: Place,
    /// What must be there: `` must be `latest` or like `v1.33`, not "1.33" ``.
    pub detail: String,
}

/// The labels of a mode, and the level that a wrong one means.
struct Mode {
    level: &'static str,
    version: &'static str,
    fallback: SecurityLevel,
}

const ENFORCE: Mode = Mode {
    level: "pod-security.kubernetes.io/enforce",
    version: "pod-security.kubernetes.io/enforce-version",
    fallback: SecurityLevel::Restricted,
};
const AUDIT: Mode = Mode {
    level: "pod-security.kubernetes.io/audit",
    version: "pod-security.kubernetes.io/audit-version",
    fallback: SecurityLevel::Privileged,
};
const WARN: Mode = Mode {
    level: "pod-security.kubernetes.io/warn",
    version: "pod-security.kubernetes.io/warn-version",
    fallback: SecurityLevel::Privileged,
};

impl NamespaceSecurity {
    /// What the labels of a Namespace say.
    pub fn of(namespace: &Resource<'_>) -> Self {
        let mut mistakes = Vec::new();
        let enforce = ENFORCE.read(namespace, &mut mistakes);
        let audit = AUDIT.read(namespace, &mut mistakes);
        let warn = WARN.read(namespace, &mut mistakes);
        let warn = warn.or_else(|| warned_like_enforced(namespace, enforce));
        Self {
            enforce,
            audit,
            warn,
            mistakes,
        }
    }
}

/// What is enforced by a label that says so rightly is warned of as well, if it asks anything at all.
fn warned_like_enforced(
    namespace: &Resource<'_>,
    enforce: Option<SecurityPolicy>,
) -> Option<SecurityPolicy> {
    let level = SecurityLevel::of_label(&namespace.labels().get(ENFORCE.level)?)?;
    let enforce = enforce.filter(|_| level > SecurityLevel::Privileged)?;
    let version = namespace.labels().get(WARN.version);
    let version = version.map(|label| version_of(&label));
    Some(SecurityPolicy {
        level,
        version: version.unwrap_or(enforce.version),
    })
}

/// A version that doesn't exist means the latest.
fn version_of(label: &str) -> SecurityVersion {
    SecurityVersion::of_label(label).unwrap_or(SecurityVersion::Latest)
}

impl Mode {
    fn read(
        &self,
        namespace: &Resource<'_>,
        mistakes: &mut Vec<LabelMistake>,
    ) -> Option<SecurityPolicy> {
        let labels = namespace.labels();
        let mut mistake = |label: &str, detail| {
            let place = namespace.place().field("metadata").field("labels");
            let place = place.field(label);
            mistakes.push(LabelMistake { place, detail });
        };
        let level = labels.get(self.level).map(|label| {
            SecurityLevel::of_label(&label).unwrap_or_else(|| {
                let levels = "must be `privileged`, `baseline` or `restricted`";
                mistake(self.level, format!("{levels}, not \"{label}\""));
                self.fallback
            })
        });
        let version = labels.get(self.version);
        let version = version.map_or(SecurityVersion::Latest, |label| {
            if SecurityVersion::of_label(&label).is_none() {
                let versions = "must be `latest` or like `v1.33`";
                mistake(self.version, format!("{versions}, not \"{label}\""));
            }
            version_of(&label)
        });
        Some(SecurityPolicy {
            level: level?,
            version,
        })
    }
}

impl Pod<'_> {
    /// What its Namespace asks of it, where the input has the Namespace.
    pub fn namespace_security(self) -> Option<NamespaceSecurity> {
        let namespace = self.resources().namespace_object(self.template_owner()?)?;
        Some(NamespaceSecurity::of(namespace))
    }
}
