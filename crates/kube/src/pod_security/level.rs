//! The levels of the standard, and the versions it had.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

/// How strict the standard is, from no limits at all to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecurityLevel {
    /// Everything is allowed.
    Privileged,
    /// Known ways out of a container are forbidden.
    Baseline,
    /// What hardening asks for must be written as well.
    Restricted,
}

impl SecurityLevel {
    /// As labels have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }

    /// The level that a label of a Namespace names, if it names one.
    pub fn of_label(label: &str) -> Option<Self> {
        let levels = [Self::Privileged, Self::Baseline, Self::Restricted];
        levels.into_iter().find(|level| level.as_str() == label)
    }
}

impl fmt::Display for SecurityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The standard as it was in a version of Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecurityVersion {
    /// As in Kubernetes 1.x.
    Minor(u32),
    /// As in whatever version of Kubernetes judges.
    Latest,
}

impl SecurityVersion {
    /// The version that a label of a Namespace names: `latest` or `v1.x`, without leading zeros.
    pub fn of_label(label: &str) -> Option<Self> {
        if label == "latest" {
            return Some(Self::Latest);
        }
        let digits = label.strip_prefix("v1.")?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_canonical = is_number && (digits == "0" || !digits.starts_with('0'));
        // What doesn't fit the API server's integer is no version to it.
        let minor = digits.parse::<i64>().ok().filter(|_| is_canonical)?;
        Some(Self::Minor(u32::try_from(minor).unwrap_or(u32::MAX)))
    }

    /// The version that a cluster of Kubernetes 1.`minor` judges by: none newer than its own.
    #[must_use]
    pub fn on_cluster(self, minor: u32) -> Self {
        self.min(Self::Minor(minor))
    }

    /// The minor version; for the latest one newer than all others.
    pub(crate) const fn minor(self) -> u32 {
        match self {
            Self::Minor(minor) => minor,
            Self::Latest => u32::MAX,
        }
    }
}

impl FromStr for SecurityVersion {
    type Err = String;

    /// Reads `latest`, `v1.33` or `1.33`.
    fn from_str(text: &str) -> Result<Self, String> {
        let label = if text.starts_with("1.") {
            format!("v{text}")
        } else {
            text.to_owned()
        };
        Self::of_label(&label)
            .ok_or_else(|| format!("must be `latest` or like `1.33`, not \"{text}\""))
    }
}

impl fmt::Display for SecurityVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minor(minor) => write!(f, "v1.{minor}"),
            Self::Latest => f.write_str("latest"),
        }
    }
}
