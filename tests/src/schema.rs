//! Objects against Kubernetes' own types: what a type doesn't know would be dropped by the API server, or
//! refused by `kubectl --validate=strict`; and the policies of meshes that functions make against their
//! definitions.

mod mesh;

use k8s_openapi::api::{apps, autoscaling, batch, core, networking, policy};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Checks every document of a stream whose kind is one of Kubernetes' own.
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
    let is_list = text("kind").ends_with("List");
    if let (true, Some(items)) = (is_list, object.get("items").and_then(Value::as_array)) {
        return items.iter().try_for_each(check_object);
    }
    let lost = match (text("apiVersion"), text("kind")) {
        ("v1", "Pod") => lost::<core::v1::Pod>(object),
        ("v1", "PodTemplate") => lost::<core::v1::PodTemplate>(object),
        ("v1", "ReplicationController") => lost::<core::v1::ReplicationController>(object),
        ("v1", "Service") => lost::<core::v1::Service>(object),
        ("v1", "ConfigMap") => lost::<core::v1::ConfigMap>(object),
        ("v1", "Secret") => lost::<core::v1::Secret>(object),
        ("v1", "Namespace") => lost::<core::v1::Namespace>(object),
        ("v1", "ServiceAccount") => lost::<core::v1::ServiceAccount>(object),
        ("v1", "PersistentVolumeClaim") => lost::<core::v1::PersistentVolumeClaim>(object),
        ("apps/v1", "Deployment") => lost::<apps::v1::Deployment>(object),
        ("apps/v1", "StatefulSet") => lost::<apps::v1::StatefulSet>(object),
        ("apps/v1", "DaemonSet") => lost::<apps::v1::DaemonSet>(object),
        ("apps/v1", "ReplicaSet") => lost::<apps::v1::ReplicaSet>(object),
        ("batch/v1", "Job") => lost::<batch::v1::Job>(object),
        ("batch/v1", "CronJob") => lost::<batch::v1::CronJob>(object),
        ("autoscaling/v2", "HorizontalPodAutoscaler") => {
            lost::<autoscaling::v2::HorizontalPodAutoscaler>(object)
        }
        ("policy/v1", "PodDisruptionBudget") => lost::<policy::v1::PodDisruptionBudget>(object),
        ("networking.k8s.io/v1", "Ingress") => lost::<networking::v1::Ingress>(object),
        (api_version, kind) if is_made(object) => {
            let spec = object.get("spec").unwrap_or(&Value::Null);
            match mesh::check(api_version, kind, spec) {
                Some(checked) => checked,
                None => return Ok(()),
            }
        }
        _ => return Ok(()),
    };
    let name = object
        .pointer("/metadata/name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    lost.map_err(|error| {
        format!(
            "{} {name} does not fit its Kubernetes type: {error}",
            text("kind")
        )
    })
}

/// Whether a function made the object, so that nobody else is to blame for it.
fn is_made(object: &Value) -> bool {
    let annotations = object.pointer("/metadata/annotations");
    annotations.is_some_and(|annotations| annotations.get("plimsoll.dev/generated-by").is_some())
}

/// Reads the object as its type, writes it back, and compares.
fn lost<T: DeserializeOwned + Serialize>(object: &Value) -> Result<(), String> {
    let typed: T = serde_json::from_value(object.clone()).map_err(|error| error.to_string())?;
    let back = serde_json::to_value(&typed).map_err(|error| error.to_string())?;
    missing(object, &back, "")
}

/// The first field of `object` that `back` doesn't have.
fn missing(object: &Value, back: &Value, path: &str) -> Result<(), String> {
    match (object, back) {
        (Value::Object(object), Value::Object(back)) => {
            object.iter().try_for_each(|(key, value)| {
                let path = format!("{path}.{key}");
                let is_empty = value.is_null()
                    || value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(serde_json::Map::is_empty);
                match back.get(key) {
                    Some(back) => missing(value, back, &path),
                    None if is_empty => Ok(()),
                    None => Err(format!("the field {path} is unknown")),
                }
            })
        }
        (Value::Array(object), Value::Array(back)) if object.len() == back.len() => {
            let pairs = object.iter().zip(back).enumerate();
            pairs.into_iter().try_for_each(|(number, (value, back))| {
                missing(value, back, &format!("{path}[{number}]"))
            })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_of_meshes_are_checked_where_a_function_made_them() {
        let policy = |annotations: &str| {
            format!(
                "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: web, annotations: {{{annotations}}}}}\nspec: {{mtls: {{mode: strict}}}}\n"
            )
        };
        assert_eq!(check_documents(&policy("")), Ok(()));
        let made = check_documents(&policy("plimsoll.dev/generated-by: add-mtls-policies/mtls"));
        let error = made.unwrap_err();
        assert!(
            error.starts_with("PeerAuthentication web does not fit its Kubernetes type: "),
            "{error}"
        );
    }
}
