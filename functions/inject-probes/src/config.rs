//! What the user writes.

use std::fmt;

use schemars::JsonSchema;
use sdk::Glob;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::presets::Row;

/// One layer of what to probe, and how.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    /// Port names in the order in which they are preferred where a handler names no port.
    /// Default: health, healthz, probe, management, http, http-web, web, api, grpc.
    pub port_names: Option<Vec<String>>,
    /// The paths that a framework serves. Default: none.
    pub flavor: Option<Flavor>,
    /// The readiness probe: whether the container gets traffic.
    pub readiness: Option<ProbeConfig>,
    /// The liveness probe: whether the container is restarted.
    pub liveness: Option<ProbeConfig>,
    /// The startup probe: how long a start may take before liveness counts.
    pub startup: Option<ProbeConfig>,
    /// Whether what is known about widely used images applies. Default: true.
    pub presets: Option<bool>,
    /// Whether databases get a liveness probe from their preset, with twelve tries. Default: false.
    pub preset_liveness: Option<bool>,
    /// The numbers of each probe, wherever its handler comes from.
    pub timing: Option<Timing>,
}

/// What the user writes for the whole run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Run {
    /// More rows of image presets; they come before the built-in ones.
    pub presets: Vec<Row>,
}

/// The paths that a framework serves for its probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Flavor {
    /// No paths.
    None,
    /// `/livez` and `/readyz`, as Kubernetes' own servers.
    LivezReadyz,
    /// `/healthz` for both.
    Healthz,
    /// `/health` and `/ready`.
    HealthReady,
    /// `/actuator/health/liveness` and `/actuator/health/readiness`.
    SpringBoot,
    /// `/q/health/live`, `/q/health/ready` and `/q/health/started`.
    Quarkus,
    /// `/health/liveness` and `/health/readiness`.
    Micronaut,
}

impl Flavor {
    /// The path of a probe, where the framework has one.
    pub(crate) fn path(self, kind: Kind) -> Option<&'static str> {
        let (live, ready, started) = match self {
            Self::None => return None,
            Self::LivezReadyz => ("/livez", "/readyz", None),
            Self::Healthz => ("/healthz", "/healthz", None),
            Self::HealthReady => ("/health", "/ready", None),
            Self::SpringBoot => (
                "/actuator/health/liveness",
                "/actuator/health/readiness",
                None,
            ),
            Self::Quarkus => (
                "/q/health/live",
                "/q/health/ready",
                Some("/q/health/started"),
            ),
            Self::Micronaut => ("/health/liveness", "/health/readiness", None),
        };
        match kind {
            Kind::Readiness => Some(ready),
            Kind::Liveness => Some(live),
            Kind::Startup => started,
        }
    }
}

/// The three probes of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Readiness,
    Liveness,
    Startup,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Readiness, Self::Liveness, Self::Startup];

    /// Its rule, and its field in the configuration.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Readiness => "readiness",
            Self::Liveness => "liveness",
            Self::Startup => "startup",
        }
    }

    /// Its field in a container.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Readiness => "readinessProbe",
            Self::Liveness => "livenessProbe",
            Self::Startup => "startupProbe",
        }
    }
}

/// A probe: how to ask, and how often. Exactly one of httpGet, grpc, tcpSocket and exec.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ProbeConfig {
    /// Whether to write the probe. Default: auto.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<Enabled>,
    /// Ask by HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_get: Option<HttpGet>,
    /// Ask the gRPC health service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc: Option<Grpc>,
    /// Open a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_socket: Option<TcpSocket>,
    /// Run a command in the container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec: Option<Exec>,
    /// Seconds before the first try. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_delay_seconds: Option<u32>,
    /// Seconds between tries. Default: 10; for startup 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_seconds: Option<u32>,
    /// Seconds that a try may take. Default: 3 for readiness, 5 for liveness and startup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Successes in a row that count as one; only for readiness. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_threshold: Option<u32>,
    /// Failures in a row that count as one. Default: 3 for readiness, 6 for liveness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_threshold: Option<u32>,
    /// Seconds to stop in after a failed probe; not for readiness. Default: the pod's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination_grace_period_seconds: Option<u32>,
    /// Seconds that a start may take; only for startup. Default: 120, in development 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<u32>,
}

/// Numbers by probe.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Timing {
    /// Of the readiness probe.
    pub readiness: Option<Numbers>,
    /// Of the liveness probe.
    pub liveness: Option<Numbers>,
    /// Of the startup probe.
    pub startup: Option<Numbers>,
}

/// The numbers of a probe.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Numbers {
    /// Seconds before the first try.
    pub initial_delay_seconds: Option<u32>,
    /// Seconds between tries.
    pub period_seconds: Option<u32>,
    /// Seconds that a try may take.
    pub timeout_seconds: Option<u32>,
    /// Failures in a row that count as one.
    pub failure_threshold: Option<u32>,
}

/// Ask by HTTP.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpGet {
    /// Path, with its query. Default: /.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Port, by number or name. Default: the one that `portNames` prefers, or that a Service leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
    /// HTTP or HTTPS. Default: HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    /// Host to ask instead of the pod; the Pod Security Standards refuse it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Headers of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http_headers: Vec<Header>,
}

/// A header of an HTTP request.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// How an HTTP request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Scheme {
    /// In the clear.
    Http,
    /// With TLS; the certificate is not checked.
    Https,
}

/// Ask the gRPC health service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct Grpc {
    /// Port, by number or name; a name is resolved, since the API takes numbers alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
    /// The service to ask about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

/// Open a connection.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct TcpSocket {
    /// Port, by number or name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
    /// Host to connect to instead of the pod; the Pod Security Standards refuse it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// Run a command in the container.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
pub struct Exec {
    /// The command and its arguments; no shell is around it.
    pub command: Vec<String>,
}

/// Whether to write a probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enabled {
    /// Where it is known how.
    #[default]
    Auto,
    /// Always; where it isn't known how, that is a warning.
    Always,
    /// Never.
    Never,
}

impl<'de> Deserialize<'de> for Enabled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Switch;
        impl Visitor<'_> for Switch {
            type Value = Enabled;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("auto, true or false")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Enabled, E> {
                Ok(if value {
                    Enabled::Always
                } else {
                    Enabled::Never
                })
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Enabled, E> {
                match text {
                    "auto" => Ok(Enabled::Auto),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(Switch)
    }
}

impl Serialize for Enabled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::Always => serializer.serialize_bool(true),
            Self::Never => serializer.serialize_bool(false),
        }
    }
}

impl JsonSchema for Enabled {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Enabled".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"enum": ["auto", true, false]})
    }
}

/// A port, by number or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// From 1 to 65535.
    Number(u16),
    /// As `ports` of the container has it.
    Name(String),
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Why a text is no name of a port; the rules are those of an IANA service name.
pub(crate) fn port_name_mistake(name: &str) -> Option<&'static str> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 15 {
        Some("a port's name has 1 to 15 characters")
    } else if !name.chars().all(fits) {
        Some("a port's name has only lower case letters, digits and hyphens")
    } else if !name.chars().any(|c| c.is_ascii_lowercase()) {
        Some("a port's name has at least one letter")
    } else if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
        Some("in a port's name a hyphen stands between other characters")
    } else {
        None
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrName;
        impl Visitor<'_> for NumberOrName {
            type Value = Port;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a port from 1 to 65535 or the name of one")
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Port, E> {
                let port = u16::try_from(number).ok().filter(|port| *port > 0);
                port.map(Port::Number)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Port, E> {
                self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Port, E> {
                match port_name_mistake(name) {
                    None => Ok(Port::Name(name.to_owned())),
                    Some(mistake) => {
                        Err(E::custom(format_args!("\"{name}\" is no port; {mistake}")))
                    }
                }
            }
        }
        deserializer.deserialize_any(NumberOrName)
    }
}

impl Serialize for Port {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u16(*number),
            Self::Name(name) => serializer.serialize_str(name),
        }
    }
}

impl JsonSchema for Port {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Port".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 65535},
            {"type": "string", "pattern": "^[a-z0-9-]{1,15}$"},
        ]})
    }
}

/// What has to be so for a preset row to apply; all fields that are given.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct When {
    /// A TCP port of this number is declared.
    pub port: Option<u16>,
    /// Environment variables that are written out with these values.
    pub env: std::collections::BTreeMap<String, String>,
    /// Globs; a word of `command` or `args` fits one.
    pub words: Vec<Glob>,
}

/// What keeps a preset row from applying; any of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Unless {
    /// Globs; a word of `command` or `args` fits one.
    pub words: Vec<Glob>,
    /// Names of environment variables that are set.
    pub env: Vec<String>,
}
