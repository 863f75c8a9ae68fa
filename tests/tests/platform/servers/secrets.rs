//! What the operator for external secrets would make, from a store that has a password for every entry.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// An entry's password in the store; it has what a careless script trips over.
pub(super) fn password(entry: &str, property: &str) -> String {
    format!("{property}'s $HOME of {entry}")
}

/// The Secret that an `ExternalSecret` asks for.
pub(super) fn made_by(external: &Value) -> BTreeMap<String, String> {
    let spec = &external["spec"];
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for item in spec["data"].as_array().into_iter().flatten() {
        let reference = &item["remoteRef"];
        let value = password(text(&reference["key"]), text(&reference["property"]));
        values.insert(text(&item["secretKey"]).to_owned(), value);
    }
    let Some(templates) = spec["target"]["template"]["data"].as_object() else {
        return values;
    };
    let whole = text(&spec["dataFrom"][0]["extract"]["key"]);
    let value = |name: &str| match values.get(name) {
        Some(value) => value.clone(),
        None => password(whole, name),
    };
    let filled = |(key, template): (&String, &Value)| (key.clone(), fill(text(template), &value));
    templates.iter().map(filled).collect()
}

/// `{{ .name }}` and `{{ .name | sha256sum }}`.
fn fill(template: &str, value: &dyn Fn(&str) -> String) -> String {
    let mut parts = template.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (action, rest) = part.split_once("}}").expect("an action ends");
        let action = action.trim().strip_prefix('.').expect("a field");
        filled += &match action.split_once('|') {
            Some((name, filter)) if filter.trim() == "sha256sum" => sha256(&value(name.trim())),
            None => value(action),
            Some((_, filter)) => panic!("the filter{filter} is not known here"),
        };
        filled += rest;
    }
    filled
}

fn sha256(text: &str) -> String {
    let mut sum = String::new();
    for byte in Sha256::digest(text) {
        write!(sum, "{byte:02x}").expect("a String takes everything");
    }
    sum
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
