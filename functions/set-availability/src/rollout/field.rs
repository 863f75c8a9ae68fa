//! One field that the configuration fills where its author left it out.

use std::slice;

use sdk::{Decision, Mode, Node, Place, Resource, Value};

use crate::settings::Chosen;

/// A field of an object, and what its author wrote there.
pub(crate) struct Field<'r> {
    pub(crate) place: Place,
    pub(crate) authored: Option<Node<'r>>,
    /// What it is called in messages.
    pub(crate) name: &'static str,
}

impl<'r> Field<'r> {
    pub(crate) fn new(object: &'r Resource<'r>, place: Place, name: &'static str) -> Self {
        Self {
            authored: standing(object.node, &place),
            place,
            name,
        }
    }

    /// Whether the configuration's value ends up there.
    pub(crate) fn takes<T>(&self, mode: Mode, chosen: Option<&Chosen<T>>) -> bool {
        let beats_author = |chosen: &Chosen<T>| mode == Mode::Overwrite && chosen.is_user;
        chosen.is_some_and(|chosen| self.authored.is_none() || beats_author(chosen))
    }

    /// Writes the value, or says why not.
    pub(crate) fn fill<T: Clone + Into<Value>>(
        &self,
        decision: Decision<'_, '_>,
        mode: Mode,
        chosen: Option<&Chosen<T>>,
    ) {
        let name = self.name;
        let Some(wanted) = chosen else {
            return match self.authored {
                Some(_) => self.keep(decision),
                None => decision.skip(
                    "not-configured",
                    format_args!("no `{name}`: the configuration asks for none"),
                ),
            };
        };
        let value: Value = wanted.value.clone().into();
        let is_there = self.authored.is_some_and(|node| node.means(&value));
        if is_there || self.takes(mode, chosen) {
            decision.set(
                &self.place,
                value,
                format_args!("set `{name}`, as configured"),
            );
        } else {
            self.keep(decision);
        }
    }

    /// Leaves what the author wrote.
    pub(crate) fn keep(&self, decision: Decision<'_, '_>) {
        let name = self.name;
        let message = format_args!("kept the `{name}` that was already there");
        decision.keep("authored", &self.place, message);
    }

    /// The number that the author wrote.
    pub(crate) fn number(&self) -> Option<i64> {
        self.authored.and_then(Node::as_i64)
    }
}

/// A time in the words of a message.
pub(crate) fn seconds(number: i64) -> String {
    let unit = if number == 1 { "second" } else { "seconds" };
    format!("{number} {unit}")
}

/// What stands at a place, or in its way: an author's null, say, is nothing to write into.
fn standing<'r>(root: Node<'r>, place: &Place) -> Option<Node<'r>> {
    let mut node = root;
    for step in &place.path.0 {
        match node.follow(slice::from_ref(step)) {
            Some(next) => node = next,
            None => return Some(node).filter(|node| !node.is_map()),
        }
    }
    Some(node)
}
