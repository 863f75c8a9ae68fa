//! What namespaces say about meshes.

use std::collections::BTreeMap;

use super::istio::{DATAPLANE_MODE, INJECTION, REVISION};
use super::linkerd::INJECT;
use super::marks::{Mark, annotation, label};
use super::{MeshConflict, MeshConflictKind};
use crate::resource::{Resource, Resources};

/// The Namespace objects of an input by name. What an absent one says is unknown.
#[derive(Debug)]
pub struct Namespaces<'r>(BTreeMap<&'r str, &'r Resource<'r>>);

impl<'r> Namespaces<'r> {
    /// Those of an input; of two with one name the first counts.
    pub fn new(resources: &'r Resources<'r>) -> Self {
        let mut namespaces = BTreeMap::new();
        for object in resources.all().filter(|object| object.is("", "Namespace")) {
            namespaces.entry(object.name()).or_insert(object);
        }
        Self(namespaces)
    }

    /// The Namespace of that name.
    pub fn get(&self, name: &str) -> Option<&'r Resource<'r>> {
        self.0.get(name).copied()
    }

    /// Namespaces that contradict themselves about meshes, or say what means nothing, by name.
    pub fn conflicts(&self) -> Vec<MeshConflict> {
        let objects = self.0.values();
        objects.flat_map(|namespace| conflicts(namespace)).collect()
    }
}

fn conflicts<'r>(namespace: &'r Resource<'r>) -> Vec<MeshConflict> {
    let mut found: Vec<MeshConflict> = contradiction(namespace).into_iter().collect();
    found.extend(meaningless(namespace));
    found
}

/// Each mark that asks for a mesh on its own, but for the weightiest.
///
/// A namespace that is opted out of injection may have the other labels: istio
/// pkg/config/analysis/analyzers/injection/injection.go, `Analyze`. It is how a namespace becomes ambient.
fn contradiction<'r>(namespace: &'r Resource<'r>) -> Option<MeshConflict> {
    let injection = label(namespace, INJECTION);
    let is_open = injection.as_ref().is_none_or(|mark| mark.is("enabled"));
    let of_istio = [
        injection.filter(|mark| mark.is("enabled")),
        label(namespace, REVISION).filter(|_| is_open),
        label(namespace, DATAPLANE_MODE).filter(|mark| mark.is("ambient")),
    ];
    let of_linkerd = annotation(namespace, INJECT)
        .filter(|mark| ["enabled", "ingress"].iter().any(|value| mark.is(value)));
    let mut asks = of_istio.into_iter().chain([of_linkerd]).flatten();
    let (first, second) = (asks.next()?, asks.next()?);
    let message = format!(
        "namespace {:?} has both `{}` and `{}`; keep one of the two",
        namespace.name(),
        key(&first),
        key(&second)
    );
    Some(second.conflict(MeshConflictKind::Contradiction, message))
}

/// `istio-injection: disabled`
fn key(mark: &Mark<'_>) -> String {
    let steps = mark.place.path.0.last().map(|step| match step {
        yaml::Step::Key(key) => key.to_string(),
        yaml::Step::Index(index) => index.to_string(),
    });
    format!("{}: {}", steps.unwrap_or_default(), mark.value)
}

/// Values that the mesh doesn't know, and labels where it reads annotations.
fn meaningless<'r>(namespace: &'r Resource<'r>) -> impl Iterator<Item = MeshConflict> {
    let known: [(Option<Mark<'r>>, &str, &[&str]); 3] = [
        (
            label(namespace, INJECTION),
            INJECTION,
            &["enabled", "disabled"],
        ),
        (
            label(namespace, DATAPLANE_MODE),
            DATAPLANE_MODE,
            &["ambient", "none"],
        ),
        (
            annotation(namespace, INJECT).filter(|mark| !mark.is("")),
            INJECT,
            &["enabled", "ingress", "disabled"],
        ),
    ];
    let unknown = known.into_iter().filter_map(|(mark, key, values)| {
        let mark = mark.filter(|mark| !values.iter().any(|value| mark.is(value)))?;
        let list = values
            .iter()
            .map(|value| format!("`{value}`"))
            .collect::<Vec<_>>();
        let message = format!(
            "`{key}` must be one of {}, not {:?}; no pod of the namespace is taken into the mesh",
            list.join(", "),
            mark.value
        );
        Some(mark.conflict(MeshConflictKind::Ineffective, message))
    });
    let is_annotated = annotation(namespace, INJECT).is_some();
    let label = label(namespace, INJECT).filter(|_| !is_annotated);
    unknown.chain(label.map(|mark| {
        let message = format!(
            "Linkerd reads `{INJECT}` as an annotation; write it under `metadata.annotations`"
        );
        mark.conflict(MeshConflictKind::Misplaced, message)
    }))
}
