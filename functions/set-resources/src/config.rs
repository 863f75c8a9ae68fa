//! What the user writes.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use sdk::Quantity;
use serde::{Deserialize, Deserializer};

/// One layer of how much a container asks for, and how much it may take.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    /// The name of a size: what a container requests that requests nothing. Default: small in every built-in
    /// environment, none without one.
    pub size: Option<String>,
    /// What sizes are multiplied by; an author's values never are. Default: 0.5 in development, else 1.
    pub size_factor: Option<Quantity>,
    /// The CPU limit of a container that has a request. Default: none.
    pub cpu_limit: Option<LimitPolicy>,
    /// The memory limit of a container that has a request. Default: none.
    pub memory_limit: Option<LimitPolicy>,
    /// Whether a container that gets its size here and no memory limit is a warning. Default: true in staging and
    /// production, else false.
    pub warn_without_memory_limit: Option<bool>,
    /// The quality of service that the pod must end up with. Default: any.
    pub qos: Option<Qos>,
    /// The least that is written. Default: none.
    pub min: Option<Pair>,
    /// The most that is written. Default: none.
    pub max: Option<Pair>,
    /// Computed values are rounded up to a multiple. Default: cpu 5m, memory 1Mi.
    pub round: Option<Pair>,
    /// What init containers that end request: `match` (what the others leave free), `none` or `size:NAME`.
    /// Default: match.
    pub init_containers: Option<InitContainers>,
    /// Whether containers or the pod as a whole get the values; a pod can from Kubernetes 1.34 on. Default: container.
    pub level: Option<Level>,
    /// Which quantities are written as the API server would write them. Default: changed.
    pub canonicalize: Option<Canonicalize>,
    /// Local disk; a limit evicts. Default: none.
    pub ephemeral_storage: Option<Amounts>,
    /// Exact requests and limits by resource; policies, `min` and `max` don't apply to these. Default: none.
    pub resources: Option<Exact>,
    /// Environment variables that keep a language's runtime within the limits. Default: none.
    pub runtime_env: Option<RuntimeEnv>,
}

/// What the user writes for the whole run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Run {
    /// Sizes by name; they extend the built-in ones and lay over them. One called `sidecar` is the size of native
    /// sidecars.
    pub sizes: BTreeMap<String, Pair>,
}

/// CPU and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Pair {
    /// CPU: `100m`, `2`.
    pub cpu: Option<Quantity>,
    /// Memory: `128Mi`, `2Gi`.
    pub memory: Option<Quantity>,
}

/// A request and a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Amounts {
    /// What is set aside.
    pub request: Option<Quantity>,
    /// What it may take.
    pub limit: Option<Quantity>,
}

/// Requests and limits by resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Exact {
    /// What is set aside.
    pub requests: BTreeMap<String, Quantity>,
    /// What it may take.
    pub limits: BTreeMap<String, Quantity>,
}

/// How a limit follows from a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LimitPolicy {
    /// Default: none.
    pub policy: Policy,
    /// With `policy: ratio`, how many times the request. Default: 1.
    pub ratio: Option<Quantity>,
}

/// How a limit follows from a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// No limit is added.
    #[default]
    None,
    /// A multiple of the request.
    Ratio,
    /// The request itself.
    Equal,
    /// An author's limit is taken away; only with `mode: overwrite`.
    Remove,
}

/// A quality of service, as Kubernetes calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Qos {
    /// Limits equal requests in every container.
    Guaranteed,
    /// Some limit differs from its request.
    Burstable,
}

/// Where the values stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// On each container.
    #[default]
    Container,
    /// On the pod.
    Pod,
}

/// Which quantities are rewritten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Canonicalize {
    /// Those that are written anyway.
    #[default]
    Changed,
    /// An author's too, where their value stays exactly the same.
    All,
    /// None; what the configuration says is written as it stands there.
    None,
}

/// What init containers that end request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InitContainers {
    /// What the other containers leave free, so that the pod as a whole requests no more.
    #[default]
    Match,
    /// Nothing.
    None,
    /// A size.
    Size(String),
}

impl<'de> Deserialize<'de> for InitContainers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;
        impl serde::de::Visitor<'_> for Word {
            type Value = InitContainers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("match, none or size:NAME")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<InitContainers, E> {
                match (text, text.strip_prefix("size:").map(str::trim)) {
                    ("match", _) => Ok(InitContainers::Match),
                    ("none", _) => Ok(InitContainers::None),
                    (_, Some(name)) if !name.is_empty() => {
                        Ok(InitContainers::Size(name.to_owned()))
                    }
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_str(Word)
    }
}

impl JsonSchema for InitContainers {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "InitContainers".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^(match|none|size:.+)$"})
    }
}

/// Environment variables for a language's runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeEnv {
    /// The language.
    pub kind: Runtime,
    /// The share of the memory limit that the runtime may use by itself. Default: 90 for go, 75 for jvm and node.
    pub memory_percent: Option<u8>,
}

/// A language whose runtime must be told its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Runtime {
    /// `GOMEMLIMIT`, and `GOMAXPROCS` where there is a CPU limit.
    Go,
    /// `JAVA_TOOL_OPTIONS` with `-XX:MaxRAMPercentage`.
    Jvm,
    /// `NODE_OPTIONS` with `--max-old-space-size`.
    Node,
}
