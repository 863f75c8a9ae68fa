//! Fields that hold a word or a boolean.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// Whether root filesystems are read-only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadOnlyRoot {
    /// Those of images that are known to run so.
    #[default]
    Auto,
    /// All of them.
    True,
    /// None.
    False,
}

/// Whether pods get a token for the Kubernetes API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Automount {
    /// Not those whose service account has no rights by anything in the input.
    #[default]
    Auto,
    /// None, but where an author says so.
    False,
    /// Nothing is written.
    Keep,
}

/// Where an empty volume is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Medium {
    /// On the node's disk.
    #[default]
    Disk,
    /// In memory.
    Memory,
}

/// Reads what `known` says for a word or a boolean.
struct Switch<T> {
    expected: &'static str,
    known: fn(Word<'_>) -> Option<T>,
}

#[derive(Clone, Copy)]
enum Word<'t> {
    Text(&'t str),
    Is(bool),
}

impl<T> Visitor<'_> for Switch<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        let known = (self.known)(Word::Is(value));
        known.ok_or_else(|| E::invalid_value(Unexpected::Bool(value), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        let known = (self.known)(Word::Text(text));
        known.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for ReadOnlyRoot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Switch {
            expected: "auto, true or false",
            known: |word| match word {
                Word::Text("auto") => Some(Self::Auto),
                Word::Is(true) => Some(Self::True),
                Word::Is(false) => Some(Self::False),
                Word::Text(_) => None,
            },
        })
    }
}

impl<'de> Deserialize<'de> for Automount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Switch {
            expected: "auto, false or keep",
            known: |word| match word {
                Word::Text("auto") => Some(Self::Auto),
                Word::Text("keep") => Some(Self::Keep),
                Word::Is(false) => Some(Self::False),
                Word::Text(_) | Word::Is(true) => None,
            },
        })
    }
}

impl<'de> Deserialize<'de> for Medium {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Switch {
            expected: "Memory or empty quotes",
            known: |word| match word {
                Word::Text("") => Some(Self::Disk),
                Word::Text("Memory") => Some(Self::Memory),
                Word::Text(_) | Word::Is(_) => None,
            },
        })
    }
}

macro_rules! schemas {
    ($($type:ident $values:tt;)*) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"enum": $values})
            }
        })*
    };
}

schemas! {
    ReadOnlyRoot ["auto", true, false];
    Medium ["", "Memory"];
    Automount ["auto", false, "keep"];
}
