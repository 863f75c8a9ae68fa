//! The structural schemas of definitions of custom resources, read as strictly as `kubectl --validate=strict`: a field that
//! a schema doesn't know is a mistake, and so is a word of a schema that is not known here.
//!
//! Rules in CEL (`x-kubernetes-validations`) are passed over. Those that are about what functions make are written out
//! in `mesh`: which keys and values a selector of Istio's may have, that `portLevelMtls` asks for a selector and for
//! ports, that one of `selector` and `targetRefs` stands alone, and `serviceAccounts` without namespaces or principals.

mod patterns;
#[cfg(test)]
mod tests;
mod words;

use serde_json::{Map, Value};

/// What the schema of a version refuses about an object.
pub(super) fn mistakes(schema: &Value, object: &Value) -> Vec<String> {
    let mut check = Check {
        is_structure: true,
        mistakes: Vec::new(),
    };
    let mut object = object.clone();
    // Every object has these; the API server checks them without the schema.
    for key in ["apiVersion", "kind", "metadata", "status"] {
        object.as_object_mut().map(|object| object.remove(key));
    }
    let mut schema = schema.clone();
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|key| key != "metadata");
    }
    check.value(&schema, &object, "");
    check.mistakes
}

struct Check {
    /// Whether unknown fields are mistakes: within `allOf`, `anyOf`, `oneOf` and `not` they are not.
    is_structure: bool,
    mistakes: Vec<String>,
}

impl Check {
    fn value(&mut self, schema: &Value, value: &Value, path: &str) {
        let Some(words) = schema.as_object() else {
            return self.tell(path, &format!("{schema} is no schema"));
        };
        let is_nullable = words.get("nullable") == Some(&Value::Bool(true));
        if value.is_null() && self.is_structure {
            if !is_nullable {
                self.tell(path, "null is refused");
            }
            return;
        }
        for (word, wanted) in words {
            self.word(words, word, wanted, value, path);
        }
        if self.is_structure {
            self.unknown_fields(words, value, path);
        }
    }

    fn word(
        &mut self,
        words: &Map<String, Value>,
        word: &str,
        wanted: &Value,
        value: &Value,
        path: &str,
    ) {
        match word {
            "properties" => self.properties(wanted, value, path),
            "additionalProperties" => self.other_properties(words, wanted, value, path),
            "items" => {
                for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.value(wanted, item, &format!("{path}[{number}]"));
                }
            }
            "allOf" | "anyOf" | "oneOf" | "not" => {
                if !holds(word, wanted, value) {
                    self.tell(path, &format!("refused by `{word}` {wanted}"));
                }
            }
            _ => match words::holds(words, word, wanted, value) {
                Some(true) => {}
                Some(false) => self.tell(path, &format!("{value} is refused by `{word}` {wanted}")),
                None => self.tell(path, &format!("`{word}` {wanted} is not known here")),
            },
        }
    }

    fn properties(&mut self, wanted: &Value, value: &Value, path: &str) {
        for (key, value) in value.as_object().into_iter().flatten() {
            if let Some(schema) = wanted.get(key) {
                self.value(schema, value, &format!("{path}.{key}"));
            }
        }
    }

    fn other_properties(
        &mut self,
        words: &Map<String, Value>,
        wanted: &Value,
        value: &Value,
        path: &str,
    ) {
        if !wanted.is_object() {
            return;
        }
        for (key, value) in value.as_object().into_iter().flatten() {
            if !is_property(words, key) {
                self.value(wanted, value, &format!("{path}.{key}"));
            }
        }
    }

    fn unknown_fields(&mut self, words: &Map<String, Value>, value: &Value, path: &str) {
        let keeps = words.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
        let takes_others = match words.get("additionalProperties") {
            Some(others) => *others != Value::Bool(false),
            None => false,
        };
        if keeps || takes_others {
            return;
        }
        for key in value.as_object().into_iter().flat_map(Map::keys) {
            if !is_property(words, key) {
                self.tell(&format!("{path}.{key}"), "the field is unknown");
            }
        }
    }

    fn tell(&mut self, path: &str, what: &str) {
        let path = path.strip_prefix('.').unwrap_or(path);
        self.mistakes.push(format!("{path}: {what}"));
    }
}

fn is_property(words: &Map<String, Value>, key: &str) -> bool {
    let properties = words.get("properties");
    properties.is_some_and(|properties| properties.get(key).is_some())
}

/// Whether the value holds in the way that the word joins schemas.
fn holds(word: &str, wanted: &Value, value: &Value) -> bool {
    let mut schemas = wanted.as_array().into_iter().flatten();
    match word {
        "allOf" => schemas.all(|schema| fits(schema, value)),
        "anyOf" => schemas.any(|schema| fits(schema, value)),
        "oneOf" => schemas.filter(|schema| fits(schema, value)).count() == 1,
        _ => !fits(wanted, value),
    }
}

/// Whether nothing but unknown fields is to be said against the value.
fn fits(schema: &Value, value: &Value) -> bool {
    let mut check = Check {
        is_structure: false,
        mistakes: Vec::new(),
    };
    check.value(schema, value, "");
    check.mistakes.is_empty()
}
