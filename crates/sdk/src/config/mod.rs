//! The configuration of a run: one envelope for all functions, read strictly.

use std::collections::BTreeMap;
use std::fmt;

use kube::PodKind;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::finding::Severity;
use crate::select::Target;

pub(crate) mod frame;
mod reading;
mod source;

pub(crate) use reading::Config;
pub(crate) use source::ConfigSource;

/// The API version of every function's configuration.
pub const API_VERSION: &str = "fn.plimsoll.dev/v1alpha1";

/// The fields under `spec` that every function has, besides `defaults`, `environments` and `overrides`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Which environment's values apply: development, staging, production, or a key of `environments`.
    /// Default: none.
    pub environment: Option<String>,
    /// What happens to fields that an author has set. Default: fill.
    pub mode: Mode,
    /// The oldest Kubernetes version that the objects must fit. Default: "1.32".
    pub kubernetes_version: Version,
    /// The namespace of objects that name none.
    pub default_namespace: String,
    /// Which objects and containers to look at. Default: everything the function supports.
    pub targets: Option<Vec<Target>>,
    /// Which of them to leave out; beats targets and overrides.
    pub exclude: Vec<Target>,
    /// More kinds of objects that hold pods.
    pub workload_kinds: Vec<PodKind>,
    /// Whether containers that a mesh or platform tool injects are looked at too. Default: false.
    pub include_infrastructure_containers: bool,
    /// What comes back: the items, or nothing (for the `validators:` of kustomize, in mode audit).
    /// Default: items.
    pub output: Output,
    /// Severity of single rules, by their full name.
    pub rules: BTreeMap<String, Level>,
    /// Which results are shown, and which make the run fail.
    pub results: ResultOptions,
}

/// What happens to fields that an author has set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Only what is absent is written.
    #[default]
    Fill,
    /// What the user of the function wrote in its configuration beats the author; built-in values don't.
    Overwrite,
    /// Nothing is written; what `fill` would change is a warning.
    Audit,
}

/// What comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// The items.
    #[default]
    Items,
    /// No items.
    Empty,
}

/// The severity that a user gives to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported as info.
    Info,
    /// Reported as a warning.
    Warning,
    /// Reported as an error.
    Error,
}

/// Which results are shown, and which make the run fail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ResultOptions {
    /// The severity from which on the run fails. Default: error.
    pub fail_on: FailOn,
    /// The severity from which on results are shown; info explains every change and skip.
    /// Default: warning.
    pub min_severity: Severity,
}

impl Default for ResultOptions {
    fn default() -> Self {
        Self {
            fail_on: FailOn::Error,
            min_severity: Severity::Warning,
        }
    }
}

/// The severity from which on a run fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Only errors.
    Error,
    /// Warnings too.
    Warning,
    /// Nothing.
    Never,
}

impl FailOn {
    pub(crate) fn is_reached_by(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity == Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Never => false,
        }
    }
}

/// A Kubernetes version, 1.28 or newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Always 1.
    pub major: u32,
    /// What gates fields.
    pub minor: u32,
}

impl Version {
    const OLDEST: Self = Self {
        major: 1,
        minor: 28,
    };

    /// Version 1.`minor`.
    pub const fn minor(minor: u32) -> Self {
        Self { major: 1, minor }
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::minor(32)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parts = text.strip_prefix('v').unwrap_or(&text).split_once('.');
        let numbers = parts.and_then(|(major, rest)| {
            let minor = rest.split('.').next()?;
            Some(Self {
                major: major.parse().ok()?,
                minor: minor.parse().ok()?,
            })
        });
        let version = numbers.ok_or_else(|| {
            D::Error::custom(format_args!(
                "\"{text}\" is no Kubernetes version; write it like \"1.32\""
            ))
        })?;
        if version < Self::OLDEST || version.major > 1 {
            return Err(D::Error::custom(format_args!(
                "\"{text}\" is not supported; it must be \"1.28\" or newer"
            )));
        }
        Ok(version)
    }
}

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^v?1\\.[0-9]+(\\.[0-9]+)?$"})
    }
}

/// An entry of `environments`, without the function's own fields.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EnvironmentEntry {
    /// The environment to lay this one over.
    pub(crate) extends: Option<String>,
}
