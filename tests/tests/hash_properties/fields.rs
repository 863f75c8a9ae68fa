//! What refers to what, read anew from plain values.

use serde_json::{Value, json};

use crate::{AUTH_SECRET, BASE_NAME, CHECKSUM, CONTENT_HASH, ID, MARK};

pub(crate) fn push(list: &mut Value, item: Value) {
    if list.is_null() {
        *list = json!([]);
    }
    list.as_array_mut().expect("it is a list").push(item);
}

pub(crate) fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub(crate) fn annotation<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    object["metadata"]["annotations"][key].as_str()
}

pub(crate) fn id(object: &Value) -> &str {
    annotation(object, ID).unwrap_or_else(|| panic!("nobody knows {object}"))
}

pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// Where no namespace is written, it is the one that objects come into by default.
pub(crate) fn namespace(object: &Value) -> &str {
    match text(object, "/metadata/namespace") {
        "" => "default",
        namespace => namespace,
    }
}

pub(crate) fn identity(object: &Value) -> (&str, &str, &str) {
    (text(object, "/kind"), namespace(object), name(object))
}

pub(crate) fn is_configuration(object: &Value) -> bool {
    matches!(text(object, "/kind"), "ConfigMap" | "Secret")
}

pub(crate) fn is_local(object: &Value) -> bool {
    annotation(object, "config.kubernetes.io/local-config") == Some("true")
}

/// A name in a field of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Field {
    pub(crate) pointer: String,
    pub(crate) kind: &'static str,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// Where the pod of an object stands, and its annotations.
fn pod(object: &Value) -> Option<(&'static str, &'static str)> {
    Some(match text(object, "/kind") {
        "Pod" => ("/spec", "/metadata/annotations"),
        "CronJob" => (
            "/spec/jobTemplate/spec/template/spec",
            "/spec/jobTemplate/spec/template/metadata/annotations",
        ),
        "Deployment" | "StatefulSet" | "Job" => {
            ("/spec/template/spec", "/spec/template/metadata/annotations")
        }
        _ => return None,
    })
}

/// How many items a list has.
fn items(object: &Value, list: &str) -> std::ops::Range<usize> {
    0..object
        .pointer(list)
        .and_then(Value::as_array)
        .map_or(0, Vec::len)
}

/// The name in a field, if it is there.
pub(crate) fn field(object: &Value, pointer: String, kind: &'static str) -> Option<Field> {
    let text = object.pointer(&pointer)?.as_str()?;
    let (within, name) = text.split_once('/').unwrap_or((namespace(object), text));
    Some(Field {
        kind,
        namespace: within.to_owned(),
        name: name.to_owned(),
        pointer,
    })
}

/// Every field that names a `ConfigMap` or Secret.
pub(crate) fn fields(object: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    let mut add = |pointer: String, kind| found.extend(field(object, pointer, kind));
    match text(object, "/kind") {
        "Role" => {
            for (rule, kind) in [(0, "ConfigMap"), (1, "Secret")] {
                let list = format!("/rules/{rule}/resourceNames");
                items(object, &list).for_each(|at| add(format!("{list}/{at}"), kind));
            }
        }
        "Ingress" => {
            add(
                format!("/metadata/annotations/{}", AUTH_SECRET.replace('/', "~1")),
                "Secret",
            );
            add("/spec/tls/0/secretName".to_owned(), "Secret");
        }
        "Prometheus" => {
            for (list, kind) in [
                ("/spec/configMaps", "ConfigMap"),
                ("/spec/secrets", "Secret"),
            ] {
                items(object, list).for_each(|at| add(format!("{list}/{at}"), kind));
            }
        }
        "Widget" => add("/spec/config/name".to_owned(), "ConfigMap"),
        _ => {}
    }
    if let Some((spec, _)) = pod(object) {
        found.extend(fields_of_pod(object, spec));
    }
    found
}

fn fields_of_pod(object: &Value, spec: &str) -> Vec<Field> {
    let mut found = Vec::new();
    let mut add = |pointer: String, kind| found.extend(field(object, pointer, kind));
    items(object, &format!("{spec}/imagePullSecrets"))
        .for_each(|at| add(format!("{spec}/imagePullSecrets/{at}/name"), "Secret"));
    for at in items(object, &format!("{spec}/volumes")) {
        let volume = format!("{spec}/volumes/{at}");
        add(format!("{volume}/configMap/name"), "ConfigMap");
        add(format!("{volume}/secret/secretName"), "Secret");
        add(
            format!("{volume}/projected/sources/0/configMap/name"),
            "ConfigMap",
        );
        add(
            format!("{volume}/projected/sources/0/secret/name"),
            "Secret",
        );
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for at in items(object, &format!("{spec}/{list}")) {
            let container = format!("{spec}/{list}/{at}");
            for at in items(object, &format!("{container}/env")) {
                add(
                    format!("{container}/env/{at}/valueFrom/configMapKeyRef/name"),
                    "ConfigMap",
                );
                add(
                    format!("{container}/env/{at}/valueFrom/secretKeyRef/name"),
                    "Secret",
                );
            }
            for at in items(object, &format!("{container}/envFrom")) {
                add(
                    format!("{container}/envFrom/{at}/configMapRef/name"),
                    "ConfigMap",
                );
                add(format!("{container}/envFrom/{at}/secretRef/name"), "Secret");
            }
        }
    }
    found
}

/// Whether a name is that base and a hash.
fn is_hashed(name: &str, base: &str) -> bool {
    name.rsplit_once('-')
        .is_some_and(|(before, hash)| before == base && hash.len() == 10)
}

/// What a field leads to, by id, and whether the object has exactly that name. Next to its own name an object may be
/// meant by what kustomize called it, and by the base that is noted on it.
pub(crate) fn lead<'v>(objects: &'v [Value], field: &Field) -> Option<(&'v str, bool)> {
    let near = || {
        objects.iter().filter(|object| {
            !is_local(object)
                && text(object, "/kind") == field.kind
                && namespace(object) == field.namespace
        })
    };
    if let Some(object) = near().find(|object| name(object) == field.name) {
        return Some((id(object), true));
    }
    let has_name = |object: &&Value| {
        let former = annotation(object, "internal.config.kubernetes.io/previousNames");
        let base = annotation(object, BASE_NAME).filter(|base| is_hashed(name(object), base));
        former
            .unwrap_or_default()
            .split(',')
            .chain(base)
            .any(|name| name == field.name)
    };
    match *near().filter(has_name).collect::<Vec<_>>() {
        [object] => Some((id(object), false)),
        _ => None,
    }
}

/// What a run may change, taken out; names are replaced by what they lead to.
pub(crate) fn meaning(objects: &[Value], object: &Value) -> Value {
    let mut plain = object.clone();
    let meant = fields(object).into_iter().filter(|_| !is_local(object));
    for field in meant {
        let leads_to =
            lead(objects, &field).map_or(field.name.clone(), |(id, _)| format!("object {id}"));
        *plain
            .pointer_mut(&field.pointer)
            .expect("the field is there") = leads_to.into();
    }
    let mut remove = |pointer: &str, keys: &[&str]| {
        let Some(map) = plain.pointer_mut(pointer).and_then(Value::as_object_mut) else {
            return;
        };
        map.retain(|key, _| !keys.contains(&key.as_str()));
    };
    if let Some((_, annotations)) = pod(object) {
        remove(annotations, &[CHECKSUM]);
    }
    if is_configuration(object) {
        let kustomize = ["previousNames", "previousNamespaces", "previousKinds"]
            .map(|key| format!("internal.config.kubernetes.io/{key}"));
        let [names, namespaces, kinds] = &kustomize;
        remove(
            "/metadata/annotations",
            &[BASE_NAME, CONTENT_HASH, MARK, names, namespaces, kinds],
        );
        remove("/metadata/labels", &[BASE_NAME]);
        remove("/metadata", &["name"]);
        remove("", &["immutable"]);
    }
    without_empty_maps(&mut plain);
    plain
}

/// `labels` and `annotations` that hold nothing are as good as none.
fn without_empty_maps(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_empty_maps),
        Value::Object(map) => {
            map.values_mut().for_each(without_empty_maps);
            map.retain(|key, value| {
                !(matches!(&**key, "labels" | "annotations") && *value == json!({}))
            });
        }
        _ => {}
    }
}
