//! From a plan's changes to one RFC 6902 patch an item.
//!
//! Changes address the objects as they are and apply all at once, so what creates and what fills a parent
//! is put in order here, and what is removed from a list is removed from its end on.

use std::fmt::Write as _;
use std::slice;

use kube::{Resource, Resources};
use serde_json::{Map, Value};
use yaml::json_patch::jsonptr::PointerBuf;
use yaml::json_patch::{AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation};
use yaml::{Node, Step};

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
    /// The outermost parent that the last operation has made, and its object: what else belongs there comes
    /// right behind.
    made: Option<(usize, Vec<Step>)>,
}

impl Lowering {
    fn add(&mut self, resource: &Resource<'_>, edit: &Edit) {
        let steps = edit.place.path.0.as_slice();
        let (value, appends) = match &edit.change {
            Change::Remove => {
                let path = pointer(resource, steps, false);
                let remove = PatchOperation::Remove(RemoveOperation { path });
                return self.operations.push(remove);
            }
            Change::Set(value) => (value, false),
            Change::Append(value) => (value, true),
        };
        if self.put_into_made(resource, steps, value, appends) {
            return;
        }
        let value = Value::clone(value);
        let there = reach(resource.node, steps);
        let is_there = there.steps == steps.len() && (!appends || !there.is_null);
        // The first that is missing on the way, or null.
        let missing = there.steps + usize::from(!there.is_null);
        self.made = None;
        self.operations.push(match steps.split_at_checked(missing) {
            _ if is_there && !appends => PatchOperation::Replace(ReplaceOperation {
                path: pointer(resource, steps, false),
                value,
            }),
            Some((parent, rest)) if !is_there && (appends || !rest.is_empty()) => {
                self.made = Some((resource.number, parent.to_vec()));
                PatchOperation::Add(AddOperation {
                    path: pointer(resource, parent, false),
                    value: nested(rest, value, appends),
                })
            }
            _ => PatchOperation::Add(AddOperation {
                path: pointer(resource, steps, appends),
                value,
            }),
        });
    }

    /// Puts a value into the parent that the last operation has made, if it belongs there.
    fn put_into_made(
        &mut self,
        resource: &Resource<'_>,
        steps: &[Step],
        value: &Value,
        appends: bool,
    ) -> bool {
        let made = self.made.as_ref();
        let made = made.filter(|(number, _)| *number == resource.number);
        let Some(rest) = made.and_then(|(_, parent)| steps.strip_prefix(parent.as_slice())) else {
            return false;
        };
        let Some(PatchOperation::Add(AddOperation { value: parent, .. })) =
            self.operations.last_mut()
        else {
            return false;
        };
        insert(parent, rest, value, appends).is_some()
    }
}

/// How far there is something on a way.
struct Reach {
    /// How many steps lead to something.
    steps: usize,
    /// Whether that is null, which is as good as absent.
    is_null: bool,
}

fn reach(root: Node<'_>, steps: &[Step]) -> Reach {
    let mut node = root;
    for (number, step) in steps.iter().enumerate() {
        match node.follow(slice::from_ref(step)) {
            Some(next) => node = next,
            None => {
                return Reach {
                    steps: number,
                    is_null: node.is_null(),
                };
            }
        }
    }
    Reach {
        steps: steps.len(),
        is_null: node.is_null(),
    }
}

/// The value with the maps around it that the steps lead through, and in a list if it is to be appended.
fn nested(steps: &[Step], value: Value, appends: bool) -> Value {
    let inner = if appends {
        Value::Array(vec![value])
    } else {
        value
    };
    steps.iter().rev().fold(inner, |inner, step| match step {
        Step::Key(key) => Value::Object(Map::from_iter([(key.to_string(), inner)])),
        Step::Index(_) => Value::Array(vec![inner]),
    })
}

/// Puts a value where the steps lead, through maps that may have to be made; nowhere if they lead elsewhere.
fn insert(parent: &mut Value, steps: &[Step], value: &Value, appends: bool) -> Option<()> {
    match (parent, steps.split_first()) {
        (Value::Array(list), None) if appends => list.push(value.clone()),
        (Value::Object(map), Some((Step::Key(key), rest))) => match map.get_mut(&**key) {
            Some(inner) => return insert(inner, rest, value, appends),
            None => {
                map.insert(key.to_string(), nested(rest, value.clone(), appends));
            }
        },
        _ => return None,
    }
    Some(())
}

/// The way to a field of an object in its item; to what comes behind the last item where it is appended to.
fn pointer(resource: &Resource<'_>, steps: &[Step], appends: bool) -> PointerBuf {
    let mut text = String::with_capacity(64);
    for step in resource.base.0.iter().chain(steps) {
        text.push('/');
        match step {
            Step::Key(key) if key.contains(['~', '/']) => {
                text.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Step::Key(key) => text.push_str(key),
            Step::Index(index) => {
                let _ = write!(text, "{index}");
            }
        }
    }
    if appends {
        text.push_str("/-");
    }
    PointerBuf::parse(text).unwrap_or_default()
}
