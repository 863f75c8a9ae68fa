//! What each word of a schema that is about one value alone asks for.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::patterns;

/// Whether the value is as the word wants it; none for a word that is not known here.
pub(super) fn holds(
    words: &Map<String, Value>,
    word: &str,
    wanted: &Value,
    value: &Value,
) -> Option<bool> {
    let holds = match word {
        // What people read, and what other words read.
        "description"
        | "title"
        | "example"
        | "externalDocs"
        | "default"
        | "nullable"
        | "x-kubernetes-embedded-resource"
        | "x-kubernetes-list-map-keys"
        | "x-kubernetes-map-type"
        | "x-kubernetes-preserve-unknown-fields"
        | "x-kubernetes-validations" => true,
        "type" => is(wanted, value),
        "x-kubernetes-int-or-string" => {
            *wanted == Value::Bool(false) || value.is_string() || is(&"integer".into(), value)
        }
        "enum" => wanted.as_array()?.contains(value),
        "required" => has(wanted, value),
        "pattern" => match value.as_str() {
            Some(text) => patterns::matches(wanted.as_str()?, text)?,
            None => true,
        },
        "format" => return format(wanted.as_str()?, value),
        "minimum" | "maximum" => within(words, word, wanted, value)?,
        // Read with the bounds that they are about.
        "exclusiveMinimum" | "exclusiveMaximum" => wanted.is_boolean(),
        "uniqueItems" => *wanted == Value::Bool(false) || is_set(value),
        "x-kubernetes-list-type" => list(words, wanted.as_str()?, value)?,
        _ => return counted(word, wanted, value),
    };
    Some(holds)
}

fn is(wanted: &Value, value: &Value) -> bool {
    match wanted.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_i64() || value.is_u64(),
        _ => false,
    }
}

fn has(wanted: &Value, value: &Value) -> bool {
    let Some(map) = value.as_object() else {
        return true;
    };
    let mut keys = wanted.as_array().into_iter().flatten();
    keys.all(|key| key.as_str().is_some_and(|key| map.contains_key(key)))
}

fn within(words: &Map<String, Value>, word: &str, wanted: &Value, value: &Value) -> Option<bool> {
    let bound = wanted.as_f64()?;
    let Some(number) = value.as_f64() else {
        return Some(true);
    };
    let is_exclusive = |word| words.get(word) == Some(&Value::Bool(true));
    Some(match word {
        "minimum" if is_exclusive("exclusiveMinimum") => number > bound,
        "minimum" => number >= bound,
        _ if is_exclusive("exclusiveMaximum") => number < bound,
        _ => number <= bound,
    })
}

/// The words that count characters, items or fields.
fn counted(word: &str, wanted: &Value, value: &Value) -> Option<bool> {
    let count = match word {
        "minLength" | "maxLength" => value.as_str().map(|text| text.chars().count()),
        "minItems" | "maxItems" => value.as_array().map(Vec::len),
        "minProperties" | "maxProperties" => value.as_object().map(Map::len),
        _ => return None,
    };
    let bound = usize::try_from(wanted.as_u64()?).ok()?;
    let is_least = word.starts_with("min");
    Some(count.is_none_or(|count| {
        if is_least {
            count >= bound
        } else {
            count <= bound
        }
    }))
}

/// Formats that the API server looks at; none for one that is not known here.
fn format(name: &str, value: &Value) -> Option<bool> {
    let Some(text) = value.as_str() else {
        let number = value.as_i64();
        return match name {
            "int32" => Some(number.is_none_or(|number| i32::try_from(number).is_ok())),
            "int64" => Some(number.is_some() || !value.is_u64()),
            "float" | "double" => Some(true),
            _ => None,
        };
    };
    match name {
        // On a field of text these say nothing.
        "int32" | "int64" | "float" | "double" => Some(true),
        _ => patterns::has_format(name, text),
    }
}

fn list(words: &Map<String, Value>, kind: &str, value: &Value) -> Option<bool> {
    match kind {
        "atomic" => Some(true),
        "set" => Some(is_set(value)),
        "map" => {
            let keys = words.get("x-kubernetes-list-map-keys")?.as_array()?;
            let of_item = |item: &Value| {
                let key = |key: &Value| item.get(key.as_str().unwrap_or_default()).cloned();
                keys.iter().map(key).collect::<Vec<_>>()
            };
            let items = value.as_array().into_iter().flatten();
            let found: Vec<_> = items.map(of_item).collect();
            let distinct: BTreeSet<String> =
                found.iter().map(|keys| std::format!("{keys:?}")).collect();
            Some(distinct.len() == found.len())
        }
        _ => None,
    }
}

fn is_set(value: &Value) -> bool {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let distinct: BTreeSet<String> = items.iter().map(Value::to_string).collect();
    distinct.len() == items.len()
}
