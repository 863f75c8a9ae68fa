//! Objects against Kubernetes' own types: what a type doesn't know would be dropped by the API server, or
//! refused by `kubectl --validate=strict`; against what the API server asks for beyond types; and the policies of meshes
//! that functions make against their definitions.

mod argo;
mod availability;
mod crd;
mod definitions;
mod mesh;
mod native;
mod pods;
#[cfg(test)]
mod tests;
mod workloads;

use serde_json::Value;

pub use definitions::Definitions;

/// Whether the object is of one of Kubernetes' own kinds that are known here.
pub fn is_known(object: &Value) -> bool {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    native::check(text("apiVersion"), text("kind"), object).is_some()
}

/// Checks every document of a stream whose kind is known here.
pub fn check_documents(text: &str) -> Result<(), String> {
    let stream = yaml::parse(text.to_owned()).map_err(|error| error.to_string())?;
    for document in stream.documents() {
        let Some(root) = document.root() else {
            continue;
        };
        check_object(&root.to_value().map_err(|error| error.to_string())?)?;
    }
    Ok(())
}

/// Checks one object, or the objects of a list.
pub fn check_object(object: &Value) -> Result<(), String> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let is_list = kind.ends_with("List");
    if let (true, Some(items)) = (is_list, object.get("items").and_then(Value::as_array)) {
        return items.iter().try_for_each(check_object);
    }
    let checked = native::check(api_version, kind, object).or_else(|| {
        let spec = object.get("spec").unwrap_or(&Value::Null);
        is_made(object)
            .then(|| mesh::check(api_version, kind, spec))
            .flatten()
    });
    let name = object.pointer("/metadata/name").and_then(Value::as_str);
    let name = name.unwrap_or_default();
    let told = |error| format!("{kind} {name} does not fit its Kubernetes type: {error}");
    checked.unwrap_or(Ok(())).map_err(told)
}

/// Whether a function made the object, so that nobody else is to blame for it.
fn is_made(object: &Value) -> bool {
    let annotations = object.pointer("/metadata/annotations");
    annotations.is_some_and(|annotations| annotations.get("plimsoll.dev/generated-by").is_some())
}

fn ensure(holds: bool, message: &str) -> Result<(), String> {
    holds.then_some(()).ok_or_else(|| message.to_owned())
}

/// Whether a text, if it is there, is one of those that the API server knows.
fn is_one_of(field: &str, text: Option<&str>, known: &[&str]) -> Result<(), String> {
    let is_known = text.is_none_or(|text| known.contains(&text));
    ensure(
        is_known,
        &format!("`{field}` is none of {}", known.join(", ")),
    )
}
