//! Rows of the table, as the data file and users write them.

use schemars::JsonSchema;
use serde::Deserialize;
use yaml::Node;

use crate::kinds::TemplatePath;
use crate::resource::Resource;

/// The two kinds that hold configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
pub enum ConfigurationKind {
    /// A ConfigMap of the core group.
    ConfigMap,
    /// A Secret of the core group.
    Secret,
}

impl ConfigurationKind {
    /// The kind as manifests write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }

    /// What an object is, if it is one of the two.
    pub fn of(resource: &Resource<'_>) -> Option<Self> {
        [Self::ConfigMap, Self::Secret]
            .into_iter()
            .find(|kind| resource.is("", kind.name()))
    }
}

/// By which way a reference brings its object in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum How {
    /// A volume of a pod.
    Volume,
    /// One source of a projected volume.
    Projected,
    /// All keys as environment variables.
    EnvFrom,
    /// One key as an environment variable.
    Env,
    /// The credentials to pull images with.
    ImagePullSecret,
    /// Any other way.
    #[default]
    Other,
}

/// A field that names a ConfigMap or Secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferenceRow {
    /// API group; empty for the core group. Any version counts.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Where the name is: dotted keys, `[*]` for each item of a list, `*` for each value of a map, `["a.b"]`
    /// for a key with dots. Every pod template counts as the core group's Pod too.
    pub path: TemplatePath,
    /// What it names.
    pub target: ConfigurationKind,
    /// By which way the object comes in. Default: other.
    #[serde(default)]
    pub how: How,
    /// The key beside the name that holds the object's namespace. Default: none.
    #[serde(default)]
    pub namespace_key: Option<String>,
    /// The namespace meant where no key says it; `*` where only the cluster knows. Default: the referrer's.
    #[serde(default)]
    pub namespace: Option<String>,
    /// What must stand beside the name. Default: nothing.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Whether the referrer copes with an object that is not there; `optional: true` beside a name says so
    /// for that name. Default: false.
    #[serde(default)]
    pub optional: bool,
    /// Whether the object is only spoken of, not read: the name follows the object, but is no use of it.
    /// Default: false.
    #[serde(default)]
    pub soft: bool,
    /// Whether `namespace/name` may stand in the field. Default: false.
    #[serde(default)]
    pub slashed: bool,
    /// What stands before the name in the same field, like `configmap://`. Default: nothing.
    #[serde(default)]
    pub prefix: String,
}

/// An object that makes a ConfigMap or Secret at run time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderRow {
    /// API group; empty for the core group. Any version counts. `*`, with a kind of `*`: any object.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Where the name of the object that is made stands; where a map stands there, it has the name of its
    /// maker. Default: it has the name of its maker.
    #[serde(default)]
    pub path: TemplatePath,
    /// Whether the maker's own name counts where the path leads to nothing. Default: false.
    #[serde(default)]
    pub or_own_name: bool,
    /// What is put behind that name. Default: nothing.
    #[serde(default)]
    pub suffix: String,
    /// What is made.
    pub target: ConfigurationKind,
    /// The key beside the name that holds the namespace. Default: none.
    #[serde(default)]
    pub namespace_key: Option<String>,
    /// The namespace where no key says it; `*` for any. Default: the maker's.
    #[serde(default)]
    pub namespace: Option<String>,
    /// What must stand beside the name. Default: nothing.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Annotations of the maker, one of which must be there. Default: none needed.
    #[serde(default)]
    pub annotations: Vec<String>,
}

/// What must stand beside a name: a key of the innermost map that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// The key.
    pub key: String,
    /// What its value, or one item of it, must be.
    pub values: Vec<String>,
    /// Whether the key may be missing. Default: false.
    #[serde(default)]
    pub or_absent: bool,
}

impl Condition {
    /// Whether it is met by the map that holds the name.
    pub(super) fn holds(&self, beside: Node<'_>) -> bool {
        let Some(found) = beside.get(&self.key).filter(|node| !node.is_null()) else {
            return self.or_absent;
        };
        let is_wanted = |node: Node<'_>| {
            node.text()
                .is_some_and(|text| self.values.iter().any(|value| *value == *text))
        };
        is_wanted(found) || found.items().any(is_wanted)
    }
}
