//! The JSON Schema of a function's configuration, for editors and for the docs. Nothing in a binary calls
//! this: `--schema` prints the file that a test keeps up to date.

#![expect(
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "indexing a JSON value makes what is missing, and this runs in the checks alone"
)]

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::config::{API_VERSION, EnvironmentEntry, Options};
use crate::function::{Function, Rule};
use crate::select::Target;
use crate::shared_rules::SHARED_RULES;

/// The schema of the whole functionConfig.
pub fn schema<F: Function>() -> Value {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut spec = object::<Options>(&mut generator);
    merge(&mut spec, object::<F::Run>(&mut generator));
    let layer = object::<F::Config>(&mut generator);
    let mut environment = object::<EnvironmentEntry>(&mut generator);
    merge(&mut environment, object::<F::Run>(&mut generator));
    insert(
        &mut environment,
        "defaults",
        layer.clone(),
        "What applies in this environment.",
    );
    let mut entry = object::<F::Config>(&mut generator);
    let target = generator.subschema_for::<Target>().to_value();
    insert(&mut entry, "target", target, "What the entry applies to.");
    entry["required"] = json!(["target"]);

    insert(
        &mut spec,
        "defaults",
        layer,
        "What applies to every target.",
    );
    let environments = json!({"type": "object", "additionalProperties": environment});
    insert(
        &mut spec,
        "environments",
        environments,
        "The user's environments by name; one that is named like a built-in lies over it.",
    );
    let overrides = json!({"type": "array", "items": entry});
    insert(
        &mut spec,
        "overrides",
        overrides,
        "What applies to some targets; in order, later entries win field by field.",
    );
    restrict_rules::<F>(&mut spec);

    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": F::KIND,
        "description": F::SUMMARY,
        "type": "object",
        "required": ["apiVersion", "kind"],
        "additionalProperties": false,
        "properties": {
            "apiVersion": {"const": API_VERSION},
            "kind": {"const": F::KIND},
            "metadata": {"type": "object"},
            "spec": spec,
        },
    });
    let definitions = generator.take_definitions(true);
    if !definitions.is_empty() {
        schema["definitions"] = Value::Object(definitions);
    }
    close(&mut schema);
    schema
}

fn object<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    let mut schema = T::json_schema(generator).to_value();
    if let Value::Object(map) = &mut schema {
        map.remove("title");
        map.remove("description");
    }
    schema
}

fn merge(schema: &mut Value, other: Value) {
    let Some(properties) = other.get("properties").and_then(Value::as_object) else {
        return;
    };
    for (name, property) in properties {
        schema["properties"][name] = property.clone();
    }
}

fn insert(schema: &mut Value, name: &str, property: Value, about: &str) {
    let mut property = property;
    if property.get("$ref").is_some() {
        property = json!({"allOf": [property]});
    }
    property["description"] = about.into();
    schema["properties"][name] = property;
}

/// `rules` has the rules that there are as its keys.
fn restrict_rules<F: Function>(spec: &mut Value) {
    let level = spec["properties"]["rules"]["additionalProperties"].take();
    let property = |rule: &Rule| {
        let mut property = json!({"allOf": [level]});
        property["description"] = rule.about.into();
        (format!("{}/{}", F::NAME, rule.slug), property)
    };
    let properties: Map<String, Value> =
        F::RULES.iter().chain(SHARED_RULES).map(property).collect();
    spec["properties"]["rules"]["properties"] = Value::Object(properties);
    spec["properties"]["rules"]["additionalProperties"] = json!(false);
}

/// The reader refuses unknown fields everywhere, so the schema does too.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let has_fields = map.get("properties").is_some_and(Value::is_object);
            if has_fields && !map.contains_key("additionalProperties") {
                map.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            map.values_mut().for_each(close);
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}
