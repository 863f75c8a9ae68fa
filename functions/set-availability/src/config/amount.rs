//! A number of pods, or a percentage of them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use sdk::{Node, Value};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// `2`, or `"50%"`: what the API calls an `IntOrString`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodCount {
    /// So many pods.
    Pods(u32),
    /// So many percent of the pods there should be.
    Percent(u32),
}

impl PodCount {
    /// What the API server reads: a number, or digits with a percent sign. A number in quotes it refuses, and
    /// everything else.
    pub(crate) fn of(node: Node<'_>) -> Option<Self> {
        if let Some(pods) = node.as_i64() {
            return u32::try_from(pods).ok().map(Self::Pods);
        }
        Self::percent(&node.as_str()?)
    }

    fn percent(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('%')?;
        let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let percent = digits.parse().ok().filter(|_| is_plain)?;
        Some(Self::Percent(percent))
    }

    /// So many pods of `replicas`, parts of a pod rounded up.
    pub(crate) fn rounded_up(self, replicas: u32) -> u32 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(_) => self.hundredths(replicas, 99),
        }
    }

    /// So many pods of `replicas`, parts of a pod left out.
    pub(crate) fn rounded_down(self, replicas: u32) -> u32 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(_) => self.hundredths(replicas, 0),
        }
    }

    fn hundredths(self, replicas: u32, rounding: u64) -> u32 {
        let (Self::Pods(percent) | Self::Percent(percent)) = self;
        let hundredths = u64::from(replicas) * u64::from(percent);
        let pods = hundredths.saturating_add(rounding) / 100;
        u32::try_from(pods).unwrap_or(u32::MAX)
    }
}

impl fmt::Display for PodCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pods(pods) => write!(f, "{pods}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl From<PodCount> for Value {
    fn from(count: PodCount) -> Self {
        match count {
            PodCount::Pods(pods) => pods.into(),
            PodCount::Percent(_) => count.to_string().into(),
        }
    }
}

struct NumberOrPercentage;

impl Visitor<'_> for NumberOrPercentage {
    type Value = PodCount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of pods such as 1, or a percentage such as 25%")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PodCount, E> {
        PodCount::percent(text)
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<PodCount, E> {
        let pods = u32::try_from(number)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(number), &self));
        pods.map(PodCount::Pods)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<PodCount, E> {
        let pods = u32::try_from(number)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self));
        pods.map(PodCount::Pods)
    }
}

impl<'de> Deserialize<'de> for PodCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrPercentage)
    }
}

impl JsonSchema for PodCount {
    fn schema_name() -> Cow<'static, str> {
        "PodCount".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": "^[0-9]+%$"},
        ]})
    }
}
