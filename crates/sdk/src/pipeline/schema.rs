//! The JSON Schema of a Pipeline: that of a list, and those of all functions for its items.

use serde_json::{Map, Value, json};

use super::KIND;
use crate::config::API_VERSION;
use crate::function::{Function, Functions, Visitor};

/// The schema as text.
pub(crate) fn text<L: Functions>() -> String {
    let mut kinds = Kinds::default();
    L::each(&mut kinds);
    let in_a_file = json!({
        "type": "object",
        "description": "The file of a step, by its path from this one.",
        "required": ["path"],
        "additionalProperties": false,
        "properties": {"path": {"type": "string"}},
    });
    let mut steps = vec![in_a_file];
    let names = kinds.0.keys();
    steps.extend(names.map(|kind| json!({"$ref": format!("#/definitions/{kind}")})));
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": KIND,
        "description": "Run several functions over manifests that are read once and written once.",
        "type": "object",
        "required": ["apiVersion", "kind", "spec"],
        "additionalProperties": false,
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": KIND},
            "metadata": {"type": "object"},
            "spec": {
                "type": "object",
                "required": ["steps"],
                "additionalProperties": false,
                "properties": {"steps": {
                    "type": "array",
                    "description": "What runs, in this order: the configuration of a function, or a file with some.",
                    "minItems": 1,
                    "items": {"anyOf": steps},
                }},
            },
        },
        "definitions": kinds.0,
    });
    format!("{schema:#}\n")
}

/// The schemas of all functions, by the kinds of their configurations.
#[derive(Default)]
struct Kinds(Map<String, Value>);

impl Visitor for Kinds {
    fn visit<F: Function>(&mut self) {
        let mut schema: Value =
            serde_json::from_str(&F::SCHEMA.text()).unwrap_or(Value::Bool(true));
        if let Value::Object(fields) = &mut schema {
            fields.remove("$schema");
        }
        // What a schema refers to stands deeper now.
        lead_below(
            &mut schema,
            &format!("#/definitions/{}/definitions/", F::KIND),
        );
        self.0.insert(F::KIND.to_owned(), schema);
    }
}

fn lead_below(schema: &mut Value, place: &str) {
    match schema {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(reference) if name == "$ref" => {
                        *reference = reference.replacen("#/definitions/", place, 1);
                    }
                    field => lead_below(field, place),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|item| lead_below(item, place)),
        _ => {}
    }
}
