//! Objects that functions make: marked, recomputed in place on the next run, and taken away again when
//! their subject no longer wants them.

use std::sync::Arc;

use kube::{Place, Resource, Resources};
use serde_json::{Map, Value};
use yaml::Node;

use crate::finding::{Finding, Identity, Severity};
use crate::plan::{Change, Edit, Generated, Plan};

/// Who made an object: `function/config`.
const GENERATED_BY: &str = "plimsoll.dev/generated-by";
/// What it was made for: `kind.group/namespace/name`.
const GENERATED_FOR: &str = "plimsoll.dev/generated-for";

/// What becomes of the objects that a plan makes.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// Changes to objects of the last run.
    pub(crate) edits: Vec<Edit>,
    /// New objects, in the order in which they are added.
    pub(crate) added: Vec<Value>,
    /// Numbers of objects that go.
    pub(crate) deleted: Vec<usize>,
    pub(crate) findings: Vec<Finding>,
}

/// Compares what the plan makes with what the input has.
pub(crate) fn resolve(function: &str, plan: &Plan, resources: &Resources<'_>) -> Resolved {
    let maker = format!("{function}/{}", plan.config_name);
    let is_ours = |resource: &Resource<'_>| {
        resource
            .annotations()
            .get(GENERATED_BY)
            .is_some_and(|by| by == maker)
    };
    let mut resolved = Resolved::default();
    let mut kept = Vec::new();
    for generated in &plan.generated {
        let Some(subject) = resources.get(generated.subject) else {
            continue;
        };
        let wanted = marked(generated, &maker, subject);
        let existing = resources
            .all()
            .find(|resource| same_identity(resources, resource, &wanted));
        match existing {
            None => resolved.added.push(with_path(wanted, subject)),
            // An object without the mark is its author's.
            Some(existing) if !is_ours(existing) => {}
            Some(existing) => {
                kept.push(existing.number);
                resolved.edits.extend(update(existing, &wanted));
            }
        }
    }
    for resource in resources
        .all()
        .filter(|resource| is_ours(resource) && !kept.contains(&resource.number))
    {
        let subject = resource
            .annotations()
            .get(GENERATED_FOR)
            .unwrap_or_default();
        if resources
            .all()
            .any(|other| reference(resources, other) == subject)
        {
            resolved.deleted.push(resource.number);
        } else {
            let message = format!("was made for {subject}, which is not in the input, so it stays");
            let finding = Finding::violation("orphaned", Severity::Warning, message);
            resolved.findings.push(Finding {
                subject: Some(Identity::of(resource)),
                ..finding
            });
        }
    }
    resolved.added.sort_by_key(sort_key);
    resolved
}

/// New objects stand by namespace, kind and name.
fn sort_key(value: &Value) -> [String; 3] {
    ["/metadata/namespace", "/kind", "/metadata/name"].map(|pointer| {
        let text = value.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    })
}

/// `kind.group/namespace/name` of an object.
fn reference(resources: &Resources<'_>, resource: &Resource<'_>) -> String {
    let group = resource.group();
    let dot = if group.is_empty() { "" } else { "." };
    format!(
        "{}{dot}{group}/{}/{}",
        resource.kind(),
        resources.namespace_of(resource),
        resource.name()
    )
}

/// The object with the marks that tell it apart from an author's.
fn marked(generated: &Generated, maker: &str, subject: &Resource<'_>) -> Value {
    let mut value = generated.value.clone();
    let group = subject.group();
    let dot = if group.is_empty() { "" } else { "." };
    let made_for = format!(
        "{}{dot}{group}/{}/{}",
        subject.kind(),
        subject.namespace(),
        subject.name()
    );
    let annotations = child(child(&mut value, "metadata"), "annotations");
    set(annotations, GENERATED_BY, maker);
    set(annotations, GENERATED_FOR, &made_for);
    set(
        child(child(&mut value, "metadata"), "labels"),
        "app.kubernetes.io/managed-by",
        "plimsoll",
    );
    value
}

fn child<'v>(value: &'v mut Value, key: &str) -> &'v mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map.entry(key).or_insert_with(|| Value::Object(Map::new())),
        other => other,
    }
}

fn set(value: &mut Value, key: &str, text: &str) {
    if let Value::Object(map) = value {
        map.insert(key.to_owned(), text.into());
    }
}

/// In kpt a new object goes to the folder of the one it is for; kpt's and kustomize's own marks are never
/// copied.
fn with_path(mut value: Value, subject: &Resource<'_>) -> Value {
    const PATH: &str = "config.kubernetes.io/path";
    let annotations = subject.annotations();
    let path = annotations
        .get(&format!("internal.{PATH}"))
        .or_else(|| annotations.get(PATH));
    if let Some(path) = path {
        let folder = path
            .rfind('/')
            .and_then(|slash| path.get(..=slash))
            .unwrap_or_default();
        let text = |pointer| {
            value
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_lowercase()
        };
        let file = format!("{folder}{}_{}.yaml", text("/kind"), text("/metadata/name"));
        set(
            child(child(&mut value, "metadata"), "annotations"),
            PATH,
            &file,
        );
    }
    value
}

fn same_identity(resources: &Resources<'_>, resource: &Resource<'_>, value: &Value) -> bool {
    let text = |pointer| {
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let group = text("/apiVersion")
        .split_once('/')
        .map_or("", |(group, _)| group);
    let namespace = match text("/metadata/namespace") {
        "" => resources.default_namespace(),
        namespace => namespace,
    };
    resource.is(group, text("/kind"))
        && resource.name() == text("/metadata/name")
        && resources.namespace_of(resource) == namespace
}

/// The changes that make an object of the last run what it should be now; the marks of kpt and kustomize,
/// and fields that others have added to its metadata, stay.
fn update(existing: &Resource<'_>, wanted: &Value) -> Vec<Edit> {
    let mut edits = Vec::new();
    let Value::Object(map) = wanted else {
        return edits;
    };
    for (key, value) in map.iter().filter(|(key, _)| *key != "metadata") {
        edits.extend(set_where_different(
            existing.node.get(key),
            existing.place().field(key.as_str()),
            value,
        ));
    }
    for (key, _) in existing.node.entries() {
        let name = key.text().unwrap_or_default();
        if !map.contains_key(name.as_ref()) {
            edits.push(Edit {
                place: existing.place().field(name.as_ref()),
                change: Change::Remove,
            });
        }
    }
    for part in ["labels", "annotations"] {
        let wanted = wanted
            .pointer(&format!("/metadata/{part}"))
            .and_then(Value::as_object);
        for (key, value) in wanted.into_iter().flatten() {
            let node = existing.node.at(&["metadata", part, key]);
            let place = existing
                .place()
                .field("metadata")
                .field(part)
                .field(key.as_str());
            edits.extend(set_where_different(node, place, value));
        }
    }
    edits
}

fn set_where_different(node: Option<Node<'_>>, place: Place, value: &Value) -> Option<Edit> {
    let is_same = node.is_some_and(|node| node.means(value));
    (!is_same).then(|| Edit {
        place,
        change: Change::Set(Arc::new(value.clone())),
    })
}
