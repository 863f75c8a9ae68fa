//! Policies of authors that have the names of those that are made.

use std::collections::BTreeMap;

use sdk::{Collect as _, Plan, Resource, Severity, Value};

use crate::linkerd::objects::{GROUP, is_made_here};
use crate::linkerd::view::View;

pub(super) const TAKEN: &str = "taken-authorization-policy";

/// Kind, namespace and name.
type Key = (String, String, String);

/// The objects of Linkerd's that authors made.
pub(super) struct Authored<'r>(BTreeMap<Key, &'r Resource<'r>>);

impl<'r> Authored<'r> {
    pub(super) fn new(view: &View<'_, '_, 'r>) -> Self {
        let resources = view.survey.resources;
        let objects = resources.all().filter(|object| object.group() == GROUP);
        let authored = objects.filter(|object| !object.is_local() && !is_made_here(object));
        let keyed = authored.map(|object| {
            let namespace = resources.namespace_of(object);
            let parts = [object.kind(), namespace, object.name()];
            (key(parts), object)
        });
        Self(keyed.into_map())
    }

    /// Whether an author has an object of that name, which is told.
    pub(super) fn tell_taken(
        &self,
        plan: &mut Plan,
        view: &View<'_, '_, 'r>,
        value: &Value,
    ) -> bool {
        let pointers = ["/kind", "/metadata/namespace", "/metadata/name"];
        let parts = pointers.map(|pointer| {
            let text = value.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default()
        });
        let Some(object) = self.0.get(&key(parts)) else {
            return false;
        };
        let (spec, wanted) = (object.node.get("spec"), value.get("spec"));
        let mut specs = spec.into_iter().zip(wanted);
        let is_same = specs.any(|(spec, wanted)| spec.means(wanted));
        let (severity, message) = if is_same {
            let message = "says what would be made; it stays the author's";
            (Severity::Info, message)
        } else {
            let message = "has the name of a policy that would be made, and says something else; rename it, or make it say the same";
            (Severity::Error, message)
        };
        let subject = (*object, view.survey.resources);
        let place = object.place().field("spec");
        plan.report(TAKEN, severity, subject, &place, message, wanted);
        true
    }
}

fn key([kind, namespace, name]: [&str; 3]) -> Key {
    (kind.to_owned(), namespace.to_owned(), name.to_owned())
}
