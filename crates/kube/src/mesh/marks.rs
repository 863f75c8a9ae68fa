//! Labels and annotations with the places where they stand.

use std::borrow::Cow;

use yaml::Path;

use super::{MeshConflict, MeshConflictKind, Why};
use crate::graph::Workload;
use crate::resource::{Place, Resource};

/// A label or annotation.
#[derive(Clone, Debug)]
pub(super) struct Mark<'r> {
    pub(super) value: Cow<'r, str>,
    pub(super) place: Place,
}

impl Mark<'_> {
    pub(super) fn is(&self, value: &str) -> bool {
        self.value == value
    }

    /// The mark as what decides.
    pub(super) fn why(&self, text: &'static str) -> Why {
        Why::field(Some(self.place.clone()), text)
    }

    pub(super) fn conflict(
        &self,
        kind: MeshConflictKind,
        message: impl Into<String>,
    ) -> MeshConflict {
        MeshConflict {
            kind,
            place: self.place.clone(),
            message: message.into(),
        }
    }
}

/// A label of the pods.
pub(super) fn pod_label<'r>(workload: &Workload<'r>, key: &str) -> Option<Mark<'r>> {
    let labels = workload
        .is_template()
        .then(|| workload.pod.labels().get(key));
    Some(Mark {
        value: labels??,
        place: of_pod(workload, "labels", key),
    })
}

/// An annotation of the pods.
pub(super) fn pod_annotation<'r>(workload: &Workload<'r>, key: &str) -> Option<Mark<'r>> {
    let annotations = workload
        .is_template()
        .then(|| workload.pod.annotations().get(key));
    Some(Mark {
        value: annotations??,
        place: of_pod(workload, "annotations", key),
    })
}

/// A label of an object.
pub(super) fn label<'r>(object: &'r Resource<'r>, key: &str) -> Option<Mark<'r>> {
    Some(Mark {
        value: object.labels().get(key)?,
        place: Place {
            resource: object.number,
            path: Path::from(["metadata", "labels", key]),
        },
    })
}

/// An annotation of an object.
pub(super) fn annotation<'r>(object: &'r Resource<'r>, key: &str) -> Option<Mark<'r>> {
    Some(Mark {
        value: object.annotations().get(key)?,
        place: object.annotation(key),
    })
}

/// A mark that stands on the owner though only pods are looked at; none where the pods have it too, or are
/// the owner.
pub(super) fn misplaced<'r>(
    workload: &Workload<'r>,
    key: &str,
    map: &str,
    of_owner: Option<Mark<'r>>,
) -> Option<MeshConflict> {
    let of_pods = pod_label(workload, key).or_else(|| pod_annotation(workload, key));
    let mark = of_owner.filter(|_| of_pods.is_none() && !workload.pod.entry.path.0.is_empty())?;
    let template = &workload.pod.entry.path;
    Some(mark.conflict(
        MeshConflictKind::Misplaced,
        format!("`{key}` counts on pods alone; move it to `{template}.metadata.{map}`"),
    ))
}

fn of_pod(workload: &Workload<'_>, map: &str, key: &str) -> Place {
    let metadata = Path::from(["metadata", map, key]);
    Place {
        resource: workload.owner.number,
        path: Path([workload.pod.entry.path.0.clone(), metadata.0].concat()),
    }
}
