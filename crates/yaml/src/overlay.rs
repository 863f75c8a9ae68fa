//! What a patch makes of a document, without touching it: untouched parts stay nodes of the text,
//! new parts are values.
//!
//! The operations are those of RFC 6902; the tests compare each with what json-patch makes of the
//! same value.

use std::borrow::Cow;

use json_patch::jsonptr::Pointer;
use json_patch::{AddOperation, Patch, PatchOperation, RemoveOperation, ReplaceOperation};
use serde_json::Value;

use crate::text::Error;
use crate::tree::{Form, Node};

/// A value as it will be.
#[derive(Clone, Debug)]
pub(crate) enum Slot<'t> {
    /// Untouched text.
    Old(Node<'t>),
    /// A map with changes somewhere inside.
    Map(Node<'t>, Vec<Entry<'t>>),
    /// A sequence with changes somewhere inside.
    Seq(Node<'t>, Vec<Self>),
    /// A new value, in the place of a node or in a place of its own.
    New(Cow<'t, Value>, Option<Node<'t>>),
}

#[derive(Clone, Debug)]
pub(crate) struct Entry<'t> {
    pub(crate) name: Cow<'t, str>,
    /// The key in the text; none for an entry that was added.
    pub(crate) key: Option<Node<'t>>,
    pub(crate) slot: Slot<'t>,
}

/// Applies the operations in order.
pub(crate) fn patched<'t>(root: Node<'t>, patch: &'t Patch) -> Result<Slot<'t>, Error> {
    let mut slot = Slot::Old(root);
    for operation in &patch.0 {
        slot.apply(operation).map_err(|reason| reason.at(root))?;
    }
    Ok(slot)
}

/// Why an operation can't be carried out, and at which node if it isn't the whole document.
pub(crate) struct Refusal<'t> {
    message: String,
    node: Option<Node<'t>>,
}

impl<'t> Refusal<'t> {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            node: None,
        }
    }

    fn missing(path: &Pointer) -> Self {
        Self::new(format!("there is nothing at `{path}`"))
    }

    fn missing_key(token: &str) -> Self {
        Self::new(format!("there is no `{token}` here"))
    }

    fn at(self, root: Node<'t>) -> Error {
        self.node.unwrap_or(root).error(self.message)
    }
}

impl From<Error> for Refusal<'_> {
    fn from(error: Error) -> Self {
        Self::new(error.message)
    }
}

impl<'t> Slot<'t> {
    fn apply(&mut self, operation: &'t PatchOperation) -> Result<(), Refusal<'t>> {
        match operation {
            PatchOperation::Add(add) => {
                self.edit(&add.path, Change::Add(Cow::Borrowed(&add.value)))
            }
            PatchOperation::Remove(remove) => self.edit(&remove.path, Change::Remove),
            PatchOperation::Replace(replace) => self.edit(
                &replace.path,
                Change::Replace(Cow::Borrowed(&replace.value)),
            ),
            PatchOperation::Move(step) => {
                let value = self.find(&step.from)?.to_value()?;
                self.edit(&step.from, Change::Remove)?;
                self.edit(&step.path, Change::Add(Cow::Owned(value)))
            }
            PatchOperation::Copy(step) => {
                let value = self.find(&step.from)?.to_value()?;
                self.edit(&step.path, Change::Add(Cow::Owned(value)))
            }
            PatchOperation::Test(test) => {
                let found = self.find(&test.path)?.to_value()?;
                let message = || format!("the value at `{}` is not the expected one", test.path);
                (found == test.value)
                    .then_some(())
                    .ok_or_else(|| Refusal::new(message()))
            }
        }
    }

    pub(crate) fn to_value(&self) -> Result<Value, Error> {
        match self {
            Self::Old(node) => node.to_value(),
            Self::New(value, _) => Ok(Value::clone(value)),
            Self::Seq(_, items) => items.iter().map(Slot::to_value).collect(),
            Self::Map(node, entries) => {
                let pairs = entries.iter().filter(|entry| !entry.is_merge());
                let mut map = pairs
                    .map(|entry| Ok((entry.name.clone().into_owned(), entry.slot.to_value()?)))
                    .collect::<Result<serde_json::Map<_, _>, Error>>()?;
                for source in node.merged() {
                    if let Value::Object(merged) = source.to_value()? {
                        for (name, value) in merged {
                            map.entry(name).or_insert(value);
                        }
                    }
                }
                Ok(Value::Object(map))
            }
        }
    }

    /// The value at `path`, without opening anything on the way.
    fn find(&self, path: &Pointer) -> Result<Self, Refusal<'t>> {
        let mut slot = self.clone();
        for token in path.tokens() {
            let token = token.decoded();
            slot = slot.child(&token).ok_or_else(|| Refusal::missing(path))?;
        }
        Ok(slot)
    }

    fn child(&self, token: &str) -> Option<Self> {
        match self {
            Self::Old(node) if node.is_map() => node.get(token).map(Slot::Old),
            Self::Old(node) => node.items().nth(index(token)?).map(Slot::Old),
            Self::Map(node, entries) => match entries.iter().find(|entry| entry.is(token)) {
                Some(entry) => Some(entry.slot.clone()),
                None => node
                    .merged()
                    .find_map(|source| source.get(token))
                    .map(Slot::Old),
            },
            Self::Seq(_, items) => items.get(index(token)?).cloned(),
            Self::New(value, _) => {
                let inner = match &**value {
                    Value::Array(list) => list.get(index(token)?),
                    value => value.get(token),
                };
                inner.map(|inner| Slot::New(Cow::Owned(inner.clone()), None))
            }
        }
    }

    /// Makes the children of a collection replaceable.
    fn open(&mut self) -> Result<(), Refusal<'t>> {
        let Self::Old(node) = *self else {
            return Ok(());
        };
        if node.raw().form() == Form::Alias {
            // The change is for this place alone, so the alias becomes a copy of what it repeats.
            *self = Self::New(Cow::Owned(node.to_value()?), Some(node));
            return Ok(());
        }
        refuse_shared(node, false)?;
        if node.is_map() {
            let mut entries = Vec::with_capacity(node.entries().count() + 1);
            for (key, value) in node.entries() {
                let unkeyed =
                    || Refusal::new("a map with a key that is a map or a list can't be changed");
                entries.push(Entry {
                    name: key.text().ok_or_else(unkeyed)?,
                    key: Some(key),
                    slot: Slot::Old(value),
                });
            }
            *self = Self::Map(node, entries);
        } else if node.is_seq() {
            *self = Self::Seq(node, node.items().map(Slot::Old).collect());
        }
        Ok(())
    }

    fn edit(&mut self, path: &Pointer, change: Change<'t>) -> Result<(), Refusal<'t>> {
        let Some((token, rest)) = path.split_front() else {
            return match change {
                Change::Add(value) | Change::Replace(value) => self.replace(value),
                Change::Remove => Err(Refusal::new("the whole document can't be removed")),
            };
        };
        let name = token.decoded();
        self.open()?;
        match self {
            Self::New(value, _) => change.apply(value.to_mut(), path),
            Self::Map(node, entries) => edit_entry(*node, entries, &name, rest, change),
            Self::Seq(_, items) => edit_item(items, &name, rest, change),
            Self::Old(_) => Err(Refusal::missing(path)),
        }
    }

    fn replace(&mut self, value: Cow<'t, Value>) -> Result<(), Refusal<'t>> {
        if let Some(node) = self.node() {
            refuse_shared(node, true)?;
        }
        *self = Self::New(value, self.node());
        Ok(())
    }

    /// The node that stands in this place in the text.
    pub(crate) fn node(&self) -> Option<Node<'t>> {
        match self {
            Self::Old(node) | Self::Map(node, _) | Self::Seq(node, _) => Some(*node),
            Self::New(_, node) => *node,
        }
    }
}

/// What an operation does at the end of its path.
enum Change<'t> {
    Add(Cow<'t, Value>),
    Replace(Cow<'t, Value>),
    Remove,
}

impl<'t> Change<'t> {
    /// Inside a new value there is no text to keep.
    fn apply(self, value: &mut Value, path: &Pointer) -> Result<(), Refusal<'t>> {
        let path_buf = path.to_buf();
        let operation = match self {
            Self::Add(value) => PatchOperation::Add(AddOperation {
                path: path_buf,
                value: value.into_owned(),
            }),
            Self::Replace(value) => PatchOperation::Replace(ReplaceOperation {
                path: path_buf,
                value: value.into_owned(),
            }),
            Self::Remove => PatchOperation::Remove(RemoveOperation { path: path_buf }),
        };
        json_patch::patch(value, &[operation]).map_err(|_| Refusal::missing(path))
    }
}

fn edit_entry<'t>(
    map: Node<'t>,
    entries: &mut Vec<Entry<'t>>,
    name: &str,
    rest: &Pointer,
    change: Change<'t>,
) -> Result<(), Refusal<'t>> {
    let merged = || map.merged().find_map(|source| source.get(name));
    let own = entries.iter().position(|entry| entry.is(name));
    match (own, change) {
        (_, Change::Remove) if rest.is_root() && merged().is_some() => Err(Refusal {
            message: format!("`{name}` comes from a merge key here, so it can't be removed"),
            node: Some(map),
        }),
        (Some(at), Change::Remove) if rest.is_root() => {
            refuse_shared_slot(&entries.remove(at).slot)
        }
        (Some(at), change) => match entries.get_mut(at) {
            Some(entry) => entry.slot.edit(rest, change),
            None => Ok(()),
        },
        (None, Change::Add(value)) if rest.is_root() => {
            entries.push(Entry::new(name, value));
            Ok(())
        }
        (None, change) => {
            // A change inside what a merge key brings in makes that part the map's own.
            let value = merged()
                .ok_or_else(|| Refusal::missing_key(name))?
                .to_value()?;
            let mut entry = Entry::new(name, Cow::Owned(value));
            entry.slot.edit(rest, change)?;
            entries.push(entry);
            Ok(())
        }
    }
}

fn edit_item<'t>(
    items: &mut Vec<Slot<'t>>,
    token: &str,
    rest: &Pointer,
    change: Change<'t>,
) -> Result<(), Refusal<'t>> {
    let missing = || Refusal::missing_key(token);
    let at = if token == "-" {
        Some(items.len())
    } else {
        index(token)
    };
    let at = at.ok_or_else(missing)?;
    match change {
        Change::Add(value) if rest.is_root() && at <= items.len() => {
            items.insert(at, Slot::New(value, None));
            Ok(())
        }
        Change::Remove if rest.is_root() && at < items.len() => {
            refuse_shared_slot(&items.remove(at))
        }
        change => items.get_mut(at).ok_or_else(missing)?.edit(rest, change),
    }
}

impl<'t> Entry<'t> {
    fn new(name: &str, value: Cow<'t, Value>) -> Self {
        Self {
            name: Cow::Owned(name.to_owned()),
            key: None,
            slot: Slot::New(value, None),
        }
    }

    pub(crate) fn is_merge(&self) -> bool {
        self.key.is_some_and(Node::is_merge)
    }

    fn is(&self, name: &str) -> bool {
        self.name == name && !self.is_merge()
    }
}

/// RFC 6901: digits without leading zeros.
fn index(token: &str) -> Option<usize> {
    let is_canonical = token == "0" || !token.starts_with(['0', '+']);
    is_canonical.then(|| token.parse().ok()).flatten()
}

fn refuse_shared_slot<'t>(slot: &Slot<'t>) -> Result<(), Refusal<'t>> {
    slot.node().map_or(Ok(()), |node| refuse_shared(node, true))
}

/// An anchor that is used elsewhere stands for every place at once: a change here would change them
/// all, and without it they would break.
fn refuse_shared(node: Node<'_>, with_descendants: bool) -> Result<(), Refusal<'_>> {
    let tree = &node.stream.tree;
    if tree.aliases.is_empty() {
        return Ok(());
    }
    let end = if with_descendants {
        node.raw().next
    } else {
        node.id + 1
    };
    let is_outside = |alias: u32| !(with_descendants && (node.id..end).contains(&alias));
    let shared = tree
        .aliases
        .iter()
        .find(|(alias, target)| (node.id..end).contains(target) && is_outside(*alias));
    let Some((alias, target)) = shared else {
        return Ok(());
    };
    let line = node.stream.node(*alias).position().line;
    let name = tree.props(*target).and_then(|props| props.anchor.clone());
    let name = name.map_or("", |span| {
        crate::text::slice(&node.stream.text, span.start as usize, span.end as usize)
    });
    let message = format!(
        "this belongs to the anchor `{name}`, which line {line} repeats, so a change here would change both; \
         write the value out on line {line}"
    );
    Err(Refusal {
        message,
        node: Some(node),
    })
}
