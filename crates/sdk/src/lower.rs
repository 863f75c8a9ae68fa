//! From a plan's changes to one RFC 6902 patch an item.
//!
//! Changes address the objects as they are and apply all at once, so what creates and what fills a parent
//! is put in order here, and what is removed from a list is removed from its end on.

use std::collections::{BTreeMap, BTreeSet};

use kube::Resources;
use serde_json::{Value, json};
use yaml::json_patch::{Patch, PatchOperation};
use yaml::{Node, Path, Step};

use crate::plan::{Change, Edit};

/// The patches, by item; or what two changes contradict one another about.
pub(crate) fn patches(
    edits: &[Edit],
    resources: &Resources<'_>,
) -> Result<BTreeMap<usize, Patch>, String> {
    let mut ordered: Vec<&Edit> = edits.iter().collect();
    ordered.sort_by(|one, other| one.place.cmp(&other.place));
    refuse_conflicts(&ordered)?;
    let mut lowered: BTreeMap<usize, Lowering> = BTreeMap::new();
    let (removals, additions): (Vec<&Edit>, Vec<&Edit>) = ordered
        .into_iter()
        .partition(|edit| edit.change == Change::Remove);
    for edit in additions.into_iter().chain(removals.into_iter().rev()) {
        let Some(resource) = resources.get(edit.place.resource) else {
            continue;
        };
        let lowering = lowered.entry(resource.item).or_default();
        lowering.add(resource.node, &resource.base, edit);
    }
    Ok(lowered
        .into_iter()
        .map(|(item, lowering)| (item, Patch(lowering.operations)))
        .collect())
}

/// Two changes of one place are a bug of the function, unless they append, or say the same.
fn refuse_conflicts(ordered: &[&Edit]) -> Result<(), String> {
    for pair in ordered.windows(2) {
        let [one, other] = pair else { continue };
        let same_object = one.place.resource == other.place.resource;
        let is_inside = same_object && other.place.path.0.starts_with(&one.place.path.0);
        let both_append = |one: &Change, other: &Change| {
            matches!((one, other), (Change::Append(_), Change::Append(_)))
        };
        if is_inside && one != other && !both_append(&one.change, &other.change) {
            return Err(format!(
                "changes `{}` and `{}` at once",
                one.place.path, other.place.path
            ));
        }
    }
    Ok(())
}

#[derive(Default)]
struct Lowering {
    operations: Vec<PatchOperation>,
    /// Parents that an earlier operation has made.
    made: BTreeSet<Path>,
    done: BTreeSet<Path>,
}

impl Lowering {
    fn add(&mut self, root: Node<'_>, base: &Path, edit: &Edit) {
        let path = Path([base.0.clone(), edit.place.path.0.clone()].concat());
        let appends = matches!(edit.change, Change::Append(_));
        if !appends && !self.done.insert(path.clone()) {
            return;
        }
        if edit.change != Change::Remove {
            self.make_parents(root, base, &edit.place.path, appends);
        }
        let pointer = path.to_pointer();
        let exists = find(root, &edit.place.path.0).is_some();
        self.push(match &edit.change {
            Change::Set(value) if exists => {
                json!({"op": "replace", "path": pointer, "value": value})
            }
            Change::Set(value) => json!({"op": "add", "path": pointer, "value": value}),
            Change::Append(value) => {
                json!({"op": "add", "path": format!("{pointer}/-"), "value": value})
            }
            Change::Remove => json!({"op": "remove", "path": pointer}),
        });
    }

    /// Adds the maps on the way to a field that aren't there, and the list that is appended to.
    fn make_parents(&mut self, root: Node<'_>, base: &Path, path: &Path, appends: bool) {
        let depth = if appends {
            path.0.len()
        } else {
            path.0.len().saturating_sub(1)
        };
        for length in 1..=depth {
            let steps = path.0.get(..length).unwrap_or_default();
            let is_there = find(root, steps).is_some_and(|node| !node.is_null());
            let parent = Path([&base.0, steps].concat());
            if is_there || !self.made.insert(parent.clone()) {
                continue;
            }
            let value = if appends && length == depth {
                json!([])
            } else {
                json!({})
            };
            self.push(json!({"op": "add", "path": parent.to_pointer(), "value": value}));
        }
    }

    fn push(&mut self, operation: Value) {
        self.operations
            .extend(serde_json::from_value::<PatchOperation>(operation));
    }
}

fn find<'t>(root: Node<'t>, steps: &[Step]) -> Option<Node<'t>> {
    steps.iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items().nth(*index),
    })
}
