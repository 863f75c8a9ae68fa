//! Custom resources against their definitions, which come with the Go modules of the projects that have them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::crd;
use crate::tools::{DEFINITIONS, or_skipped};

/// Schemas by `apiVersion` and `kind`, of the versions that are served.
#[derive(Debug, Default)]
pub struct Definitions {
    schemas: BTreeMap<(String, String), Value>,
    is_partial: bool,
}

impl Definitions {
    /// All that can be had here.
    pub fn found() -> Self {
        let mut found = Self::default();
        for module in DEFINITIONS {
            match or_skipped(module.get()) {
                Some(files) => files.iter().for_each(|text| found.add(text)),
                None => found.is_partial = true,
            }
        }
        found
    }

    fn add(&mut self, text: &str) {
        for object in objects(text) {
            if object.get("kind").and_then(Value::as_str) == Some("CustomResourceDefinition") {
                self.add_definition(object.get("spec").unwrap_or(&Value::Null));
            }
        }
    }

    fn add_definition(&mut self, spec: &Value) {
        let text = |value: &Value, path: &str| {
            let text = value.pointer(path).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let versions = spec.get("versions").and_then(Value::as_array);
        let is_served = |version: &&Value| version.get("served") == Some(&Value::Bool(true));
        for version in versions.into_iter().flatten().filter(is_served) {
            let api_version = format!("{}/{}", text(spec, "/group"), text(version, "/name"));
            let schema = version.pointer("/schema/openAPIV3Schema");
            self.schemas.insert(
                (api_version, text(spec, "/names/kind")),
                schema.cloned().unwrap_or_default(),
            );
        }
    }

    /// What is wrong with the object; none where no definition is for it.
    pub fn mistakes(&self, object: &Value) -> Option<Vec<String>> {
        let text = |key: &str| {
            let text = object.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let schema = self.schemas.get(&(text("apiVersion"), text("kind")))?;
        Some(crd::mistakes(schema, object))
    }

    /// Whether some are missing here.
    pub const fn is_partial(&self) -> bool {
        self.is_partial
    }
}

/// The objects of a stream, those of lists one by one.
fn objects(text: &str) -> Vec<Value> {
    let stream = yaml::parse(text.to_owned()).expect("definitions are YAML");
    let roots = stream.documents().filter_map(|document| document.root());
    let values = roots.map(|root| root.to_value().expect("definitions have a value"));
    values
        .flat_map(|value| match value.get("items").and_then(Value::as_array) {
            Some(items) => items.clone(),
            None => vec![value],
        })
        .collect()
}

#[cfg(test)]
mod tests;
