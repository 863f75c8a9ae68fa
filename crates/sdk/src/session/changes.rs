//! What a run comes to: which objects differ now, and what becomes of each source.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use yaml::order::Collect as _;
use yaml::{Node, Style};

use super::{Added, New, Pieces, Session, State};
use crate::finding::Identity;
use crate::input::{Error, Form, Item};

/// An object that differs now.
#[derive(Debug)]
pub(crate) struct ChangedObject<'o> {
    /// `Kind namespace/name`, as it came in.
    pub(crate) label: String,
    /// The file that it stands in, or that the object stands in which a new one is for.
    pub(crate) file: Option<&'o str>,
    /// The number of its source, and where it begins there; none for new ones.
    pub(crate) start: Option<(usize, usize)>,
    /// Its text as it came in; none for new ones.
    pub(crate) before: Option<&'o str>,
    /// Its text now; none for those that go.
    pub(crate) after: Option<Cow<'o, str>>,
}

/// A new object.
#[derive(Debug)]
pub(crate) struct NewObject<'o> {
    pub(crate) identity: Identity,
    /// The number of the source that holds the object it is for.
    pub(crate) beside: Option<usize>,
    pub(crate) text: Cow<'o, str>,
}

/// What becomes of the text of a source.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Becomes<'o> {
    /// This text.
    Text(Cow<'o, str>),
    /// Nothing: no object is left.
    Nothing,
}

impl Session<'_> {
    /// Objects that differ now, in the order of the input; new ones behind.
    pub(crate) fn changes(&self) -> Result<Vec<ChangedObject<'_>>, Error> {
        if self.has_failed {
            return Ok(Vec::new());
        }
        let items = self.input.items.iter().zip(&self.states);
        let mut changes: Vec<ChangedObject<'_>> = items
            .filter_map(|(item, state)| self.change(item, state))
            .collect();
        for added in &self.added {
            changes.push(self.addition(added)?);
        }
        Ok(changes)
    }

    fn change<'o>(&'o self, item: &Item, state: &'o State) -> Option<ChangedObject<'o>> {
        let source = self.input.sources.get(item.source)?;
        let range = item.holder.range();
        let text = source.stream.text();
        let before = text.get(range.clone())?;
        let after = match state {
            State::Untouched => return None,
            State::Edited(edited) => Some(Cow::Borrowed(edited.stream.text())),
            State::Spliced(edits) => Some(Cow::Owned(yaml::spliced(text, range.clone(), edits))),
            State::Written(new) => Some(Cow::Borrowed(&**new)),
            State::Deleted => None,
        };
        // A later step may have taken back what an earlier one did.
        let differs = after.as_deref() != Some(before);
        differs.then(|| ChangedObject {
            label: self.input.node(item).map_or_else(String::new, label),
            file: source.file.as_deref(),
            start: Some((item.source, range.start)),
            before: Some(before),
            after,
        })
    }

    fn addition<'o>(&'o self, added: &'o Added) -> Result<ChangedObject<'o>, Error> {
        let bug = |error: yaml::Error| Error::Bug(error.to_string());
        let value = added.object.value().map_err(bug)?;
        let beside = added
            .beside
            .and_then(|number| self.input.sources.get(number));
        Ok(ChangedObject {
            label: Identity::of_value(&value).label(),
            file: beside.and_then(|source| source.file.as_deref()),
            start: None,
            before: None,
            after: Some(added.text()),
        })
    }

    /// What becomes of the sources that differ now, by their numbers.
    pub(crate) fn changed_sources(&self) -> BTreeMap<usize, Becomes<'_>> {
        let mut changed = BTreeMap::new();
        if self.has_failed || self.input.form == Form::List {
            return changed;
        }
        let touched = self.input.items.iter().zip(&self.states);
        let touched = touched.filter(|(_, state)| !matches!(state, State::Untouched));
        let numbers: BTreeSet<usize> = touched.map(|(item, _)| item.source).into_set();
        for number in numbers {
            let Some(source) = self.input.sources.get(number) else {
                continue;
            };
            let before = source.stream.text();
            let mut pieces = Pieces::default();
            self.write(number, before, before.len(), &mut pieces);
            let after = pieces.0.concat();
            if after != before {
                let becomes = if self.is_emptied(number) && is_blank(&after) {
                    Becomes::Nothing
                } else {
                    Becomes::Text(Cow::Owned(after))
                };
                changed.insert(number, becomes);
            }
        }
        changed
    }

    /// Whether nothing is left of the objects of a source.
    fn is_emptied(&self, source: usize) -> bool {
        let mut items = self.items_of(source);
        items.all(|(_, state)| matches!(state, State::Deleted))
    }

    /// New objects with the numbers of the sources they belong beside, where these are known.
    pub(crate) fn additions(&self) -> Result<Vec<NewObject<'_>>, Error> {
        let bug = |error: yaml::Error| Error::Bug(error.to_string());
        let addition = |added: &'_ Added| {
            let value = added.object.value().map_err(bug)?;
            Ok(Identity::of_value(&value))
        };
        let added = self.added.iter().filter(|_| !self.has_failed);
        let identified = added.map(|added| {
            Ok(NewObject {
                identity: addition(added)?,
                beside: added.beside,
                text: added.text(),
            })
        });
        identified.collect()
    }
}

impl Added {
    pub(super) fn text(&self) -> Cow<'_, str> {
        match &self.object {
            New::Last(value) => Cow::Owned(yaml::to_string(value, Style::default())),
            New::Made(object) | New::Edited(object) => Cow::Borrowed(object.stream.text()),
        }
    }
}

/// Whether a text has nothing but marks between documents: an author's comments would be lost with it.
fn is_blank(text: &str) -> bool {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    lines.all(|line| matches!(line.trim_end(), "" | "---" | "..."))
}

/// `Kind namespace/name` of an item; a list of objects has a kind alone.
fn label(item: Node<'_>) -> String {
    let text = |path: &[&str]| {
        let text = item.at(path).and_then(Node::text);
        text.unwrap_or_default().into_owned()
    };
    let identity = Identity {
        kind: text(&["kind"]),
        namespace: text(&["metadata", "namespace"]),
        name: text(&["metadata", "name"]),
        ..Identity::default()
    };
    if identity.name.is_empty() && identity.kind.ends_with("List") {
        return identity.kind;
    }
    identity.label()
}
