//! From a plan's changes to one RFC 6902 patch an item.
//!
//! Changes address the objects as they are and apply all at once, so what creates and what fills a parent
//! is put in order here, and what is removed from a list is removed from its end on.

use kube::{Resource, Resources};
use serde_json::{Map, Value};
use yaml::json_patch::jsonptr::PointerBuf;
use yaml::json_patch::{AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation};
use yaml::{Path, Step};

use crate::plan::{Change, Edit};

/// The changes in the order of their places; or what two of them contradict one another about.
pub(crate) fn ordered(mut edits: Vec<Edit>) -> Result<Vec<Edit>, String> {
    // Stable, so that several items appended to one list keep their order.
    edits.sort_by(|one, other| one.place.cmp(&other.place));
    edits.dedup_by(|later, earlier| later == earlier && !matches!(later.change, Change::Append(_)));
    for (one, other) in edits.iter().zip(edits.iter().skip(1)) {
        let is_inside = one.place.resource == other.place.resource
            && other.place.path.0.starts_with(&one.place.path.0);
        // What is appended stands beside what is there already, whatever becomes of that.
        let is_beside = matches!(one.change, Change::Append(_))
            && (one.place != other.place || matches!(other.change, Change::Append(_)));
        if is_inside && !is_beside {
            return Err(format!(
                "changes `{}` and `{}` at once",
                one.place.path, other.place.path
            ));
        }
    }
    Ok(edits)
}

/// The patch that makes the changes of one item; all of them lie in it.
pub(crate) fn patch(edits: &[Edit], resources: &Resources<'_>) -> Patch {
    let mut lowering = Lowering::default();
    let is_removal = |edit: &&Edit| matches!(edit.change, Change::Remove);
    let additions = edits.iter().filter(|edit| !is_removal(edit));
    for edit in additions.chain(edits.iter().rev().filter(is_removal)) {
        if let Some(resource) = resources.get(edit.place.resource) {
            lowering.add(resource, edit);
        }
    }
    Patch(lowering.operations)
}

#[derive(Default)]
struct Lowering {
    operations: Vec<PatchOperation>,
    /// Parents that an earlier operation has made.
    made: Vec<Path>,
}

impl Lowering {
    fn add(&mut self, resource: &Resource<'_>, edit: &Edit) {
        let steps = &edit.place.path.0;
        let base = &resource.base;
        if !matches!(edit.change, Change::Remove) {
            self.make_parents(resource, steps, matches!(edit.change, Change::Append(_)));
        }
        let path = pointer(base, steps);
        self.operations.push(match &edit.change {
            Change::Remove => PatchOperation::Remove(RemoveOperation { path }),
            Change::Set(value) if resource.node.follow(steps).is_some() => {
                PatchOperation::Replace(ReplaceOperation {
                    path,
                    value: Value::clone(value),
                })
            }
            Change::Set(value) => PatchOperation::Add(AddOperation {
                path,
                value: Value::clone(value),
            }),
            Change::Append(value) => {
                let mut path = path;
                path.push_back("-");
                PatchOperation::Add(AddOperation {
                    path,
                    value: Value::clone(value),
                })
            }
        });
    }

    /// Adds the maps on the way to a field that aren't there, and the list that is appended to.
    fn make_parents(&mut self, resource: &Resource<'_>, steps: &[Step], appends: bool) {
        let depth = if appends {
            steps.len()
        } else {
            steps.len().saturating_sub(1)
        };
        let steps = steps.get(..depth).unwrap_or_default();
        if resource
            .node
            .follow(steps)
            .is_some_and(|node| !node.is_null())
        {
            return;
        }
        for length in 1..=depth {
            let parent = steps.get(..length).unwrap_or_default();
            let is_there = resource
                .node
                .follow(parent)
                .is_some_and(|node| !node.is_null());
            let full = Path([&resource.base.0, parent].concat());
            if is_there || self.made.contains(&full) {
                continue;
            }
            let is_list = appends && length == depth;
            let value = if is_list {
                Value::Array(Vec::new())
            } else {
                Value::Object(Map::new())
            };
            self.operations.push(PatchOperation::Add(AddOperation {
                path: pointer(&resource.base, parent),
                value,
            }));
            self.made.push(full);
        }
    }
}

fn pointer(base: &Path, steps: &[Step]) -> PointerBuf {
    let mut pointer = PointerBuf::new();
    for step in base.0.iter().chain(steps) {
        match step {
            Step::Key(key) => pointer.push_back(&**key),
            Step::Index(index) => pointer.push_back(*index),
        }
    }
    pointer
}
