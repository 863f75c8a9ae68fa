//! What the user writes.

use schemars::JsonSchema;
use sdk::{ConfigError, ConfigurationKind, Glob, ProviderRow, ReferenceRow};
use serde::Deserialize;

/// Nothing differs per target: an object says for itself how it is hashed, with `plimsoll.dev/hash`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Config {}

/// What the user writes for the whole run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Run {
    /// Kinds that are renamed; what is of the other kind still counts into checksums. Default: ConfigMap.
    pub kinds: Vec<ConfigurationKind>,
    /// How a change of content reaches the pods. Default: auto.
    pub strategy: Strategy,
    /// Whether renamed objects are made immutable. Default: true.
    pub immutable: Option<bool>,
    /// What happens to an object that nothing in the input refers to. Default: keep.
    pub unreferenced: Unreferenced,
    /// Objects that something reads by name through the API; they keep their names. Default: none.
    pub external_readers: Vec<ExternalReader>,
    /// More fields that name a ConfigMap or Secret; one about a known field replaces what is known. Default: none.
    pub references: Vec<ReferenceRow>,
    /// More objects that make a ConfigMap or Secret at run time. Default: none.
    pub providers: Vec<ProviderRow>,
    /// The annotation on pod templates that holds the checksum. Default: `plimsoll.dev/config-checksum`.
    pub checksum_annotation: String,
    /// How many former versions of each ConfigMap stay, for the pods that still use them; they come from an item of
    /// kind `ConfigHistory`. Default: 0.
    pub retain_versions: Option<u32>,
    /// Whether nothing exists outside the input, so that a missing object is an error. Default: false.
    pub closed: bool,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            kinds: vec![ConfigurationKind::ConfigMap],
            strategy: Strategy::default(),
            immutable: None,
            unreferenced: Unreferenced::default(),
            external_readers: Vec::new(),
            references: Vec::new(),
            providers: Vec::new(),
            checksum_annotation: "plimsoll.dev/config-checksum".to_owned(),
            retain_versions: None,
            closed: false,
        }
    }
}

/// How a change of content reaches the pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// By a new name where every reference can follow, else by a checksum on the pod templates.
    #[default]
    Auto,
    /// By a new name, also where only a text speaks of the old one; never by a checksum.
    Suffix,
    /// By a checksum on the pod templates.
    Checksum,
    /// By the name that kustomize gives; only inside kustomize.
    Delegate,
}

/// What happens to an object that nothing refers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unreferenced {
    /// It keeps its name.
    #[default]
    Keep,
    /// It is renamed like any other.
    Hash,
    /// It is an error.
    Error,
}

/// An object that something reads by name through the API.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalReader {
    /// A glob for its namespace. Default: any.
    #[serde(default)]
    pub namespace: Option<Glob>,
    /// A glob for its name, without a hash.
    pub name: Glob,
}

/// What is wrong beyond types.
pub(crate) fn mistakes(run: &Run) -> Vec<ConfigError> {
    let mut found = Vec::new();
    if run.kinds.is_empty() {
        let message =
            "must name ConfigMap, Secret or both; to rename neither, set `strategy: checksum`";
        found.push(ConfigError::new(["kinds"], message));
    }
    let key = &run.checksum_annotation;
    if key.is_empty() || key.chars().any(char::is_whitespace) {
        let message =
            format!("\"{key}\" is no key of an annotation; write it like \"checksum/config\"");
        found.push(ConfigError::new(["checksumAnnotation"], message));
    }
    found
}
