//! From a patched document to edits of its text.
//!
//! Lines are the unit in block style: an entry is added below the last one and removed with its lines,
//! comments of their own stay. In brackets it is commas. Where the text gives no hold for a small edit
//! (explicit keys, a map without braces), the smallest collection around the change is written anew.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde_json::Value;

use crate::emit::Style;
use crate::order::Order as _;
use crate::overlay::{Entry, Slot};
use crate::style::{self, Hints};
use crate::text;
use crate::tree::{EXPLICIT, Form, Node};

mod block;
mod flow;
mod replace;

/// A replacement of a stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where the stretch begins.
    pub start: usize,
    /// Where it ends; the same where text is inserted.
    pub end: usize,
    /// What stands there now.
    pub text: Box<str>,
}

/// The text gives no hold for the edit.
pub(crate) struct NoHold;

/// Where a value stands, and what a new one there has to fit.
#[derive(Clone, Copy, Debug)]
enum Place {
    Root,
    /// Behind the `:` that ends at `after`, in a map whose keys stand in `column`.
    Value {
        column: usize,
        after: usize,
    },
    /// Behind the `-` that ends at `after`.
    Item {
        column: usize,
        after: usize,
    },
    /// Inside brackets.
    Flow,
}

/// A child of a collection as a stretch of text: a key with its value, or an item with its dash.
#[derive(Clone, Copy, Debug)]
struct Part {
    start: usize,
    end: usize,
    is_kept: bool,
}

/// A new child of a collection.
enum Fresh<'s> {
    Entry(&'s str, &'s Value),
    Item(&'s Value),
}

/// The edits that turn the text of `slot` into what it says; `limit` is the end of the text that
/// belongs to it. With `rewrite`, the collections that are changed directly are written anew.
pub(crate) fn edits(slot: &Slot<'_>, limit: usize, rewrite: bool) -> Result<Vec<Edit>, NoHold> {
    let Some(node) = slot.node() else {
        return Err(NoHold);
    };
    let mut splicer = Splicer {
        text: &node.stream.text,
        limit,
        rewrite,
        ancestors: Vec::new(),
        whole: OnceCell::new(),
        edits: Vec::new(),
    };
    let place = if node.is_flow() {
        Place::Flow
    } else {
        Place::Root
    };
    splicer.slot(slot, place)?;
    let mut edits = splicer.edits;
    edits.order_by_key(|edit| (edit.start, edit.end));
    let overlaps = edits
        .iter()
        .zip(edits.iter().skip(1))
        .any(|(one, next)| next.start < one.end);
    if overlaps { Err(NoHold) } else { Ok(edits) }
}

struct Splicer<'t> {
    text: &'t str,
    limit: usize,
    rewrite: bool,
    ancestors: Vec<Node<'t>>,
    /// What the outermost of the ancestors shows of the style.
    whole: OnceCell<Hints>,
    edits: Vec<Edit>,
}

impl<'t> Splicer<'t> {
    fn edit(&mut self, start: usize, end: usize, text: impl Into<String>) {
        let mut text = text.into();
        if text.contains('\n') && text::line_ending(self.text) == "\r\n" {
            text = text.replace('\n', "\r\n");
        }
        // Without room to grow: it is kept until everything is written.
        let text = text.into_boxed_str();
        self.edits.push(Edit { start, end, text });
    }

    fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.edit(at, at, text);
    }

    fn style(&self) -> Style {
        style::around(&self.ancestors, &self.whole)
    }

    fn slot(&mut self, slot: &Slot<'t>, place: Place) -> Result<(), NoHold> {
        match slot {
            Slot::Old(_) | Slot::New(_, None) => Ok(()),
            Slot::New(value, Some(node)) if node.means(value) => Ok(()),
            Slot::New(value, Some(node)) => match refine(*node, value) {
                Some(slot) => self.slot(&slot, place),
                None => self.replace(*node, value, place),
            },
            Slot::Map(node, _) | Slot::Seq(node, _) => {
                let before = self.edits.len();
                self.ancestors.push(*node);
                let done = if self.rewrite && changes_directly(slot) {
                    Err(NoHold)
                } else {
                    self.collection(*node, slot, place)
                };
                self.ancestors.pop();
                done.or_else(|NoHold| {
                    self.edits.truncate(before);
                    let value = slot.to_value().map_err(|_| NoHold)?;
                    self.replace(*node, &value, place)
                })
            }
        }
    }

    fn collection(&mut self, node: Node<'t>, slot: &Slot<'t>, place: Place) -> Result<(), NoHold> {
        if !changes_directly(slot) {
            return self.inside(node, slot);
        }
        let mut parts = self.parts(node)?;
        // Fresh children, each with the part that it comes before.
        let mut fresh: Vec<(usize, Fresh<'_>)> = Vec::new();
        match slot {
            Slot::Map(_, entries) => {
                self.children(node, &mut parts, entries, &mut fresh)?;
            }
            Slot::Seq(_, items) => self.items(node, &mut parts, items, &mut fresh)?,
            Slot::Old(_) | Slot::New(..) => return Ok(()),
        }
        let removes = parts.iter().any(|part| !part.is_kept);
        if !removes && fresh.is_empty() {
            return Ok(());
        }
        let raw = node.raw();
        let is_empty = fresh.is_empty() && !parts.iter().any(|part| part.is_kept);
        let is_unwieldy = raw.has(EXPLICIT) || raw.form() == Form::FlowPair;
        if is_unwieldy || (parts.is_empty() && !node.is_flow()) {
            return Err(NoHold);
        }
        match (node.is_flow(), is_empty) {
            (true, true) => Err(NoHold),
            (true, false) => self.flow(node, &parts, &fresh),
            (false, true) => self.clear(node, &parts, place),
            (false, false) => self.block(node, &parts, &fresh),
        }
    }

    /// The changes inside the children of a collection, none of which is new or gone itself.
    fn inside(&mut self, node: Node<'t>, slot: &Slot<'t>) -> Result<(), NoHold> {
        match slot {
            Slot::Map(_, entries) => {
                for Entry { key, slot, .. } in entries {
                    if let (Some(key), Slot::Map(..) | Slot::Seq(..)) = (key, slot) {
                        self.slot(slot, self.value_place(node, *key)?)?;
                    }
                }
            }
            Slot::Seq(_, items) => {
                let mut from = node.span().start;
                for slot in items {
                    if let Slot::Map(..) | Slot::Seq(..) = slot {
                        self.slot(slot, self.item_place(node, from)?)?;
                    }
                    from = slot.node().map_or(from, |item| item.span().end);
                }
            }
            Slot::Old(_) | Slot::New(..) => {}
        }
        Ok(())
    }

    /// Where the value of a key stands.
    fn value_place(&self, map: Node<'t>, key: Node<'t>) -> Result<Place, NoHold> {
        if map.is_flow() {
            return Ok(Place::Flow);
        }
        let colon = indicator(self.text, key.span().end, b':').ok_or(NoHold)?;
        Ok(Place::Value {
            column: map.raw().indent(),
            after: colon + 1,
        })
    }

    /// Where the item stands whose dash is the next one from `from` on.
    fn item_place(&self, list: Node<'t>, from: usize) -> Result<Place, NoHold> {
        if list.is_flow() {
            return Ok(Place::Flow);
        }
        let dash = indicator(self.text, from, b'-').ok_or(NoHold)?;
        Ok(Place::Item {
            column: list.raw().indent(),
            after: dash + 1,
        })
    }

    /// The children of a collection as they stand in the text, all of them to be removed so far.
    fn parts(&self, node: Node<'t>) -> Result<Vec<Part>, NoHold> {
        if node.is_map() {
            let part = |(key, value): (Node<'t>, Node<'t>)| Part {
                start: full_start(key),
                end: value.span().end.max(key.span().end),
                is_kept: false,
            };
            let mut parts = Vec::with_capacity(node.entries().count());
            parts.extend(node.entries().map(part));
            return Ok(parts);
        }
        let mut from = node.span().start;
        let mut parts = Vec::with_capacity(node.items().count());
        for item in node.items() {
            let start = if node.is_flow() {
                full_start(item)
            } else {
                indicator(self.text, from, b'-').ok_or(NoHold)?
            };
            let end = item.span().end;
            from = end;
            parts.push(Part {
                start,
                end,
                is_kept: false,
            });
        }
        Ok(parts)
    }

    fn children<'s>(
        &mut self,
        node: Node<'t>,
        parts: &mut [Part],
        entries: &'s [Entry<'t>],
        fresh: &mut Vec<(usize, Fresh<'s>)>,
    ) -> Result<(), NoHold> {
        // Old entries keep their order, so each is found behind the one before it.
        let mut olds = node.entries().enumerate();
        for entry in entries {
            let old = entry.key.and_then(|own| {
                let (at, _) = olds.find(|(_, (key, _))| key.id == own.id)?;
                Some(at)
            });
            match (old, &entry.key, &entry.slot) {
                (Some(at), Some(key), slot) => {
                    if let Some(part) = parts.get_mut(at) {
                        part.is_kept = true;
                    }
                    if let Slot::Old(_) = slot {
                        continue;
                    }
                    let place = self.value_place(node, *key)?;
                    self.slot(slot, place)?;
                }
                (_, _, Slot::New(value, _)) => {
                    fresh.push((parts.len(), Fresh::Entry(&entry.name, value)));
                }
                _ => return Err(NoHold),
            }
        }
        Ok(())
    }

    fn items<'s>(
        &mut self,
        node: Node<'t>,
        parts: &mut [Part],
        items: &'s [Slot<'t>],
        fresh: &mut Vec<(usize, Fresh<'s>)>,
    ) -> Result<(), NoHold> {
        let mut waiting: Vec<&Value> = Vec::new();
        let mut olds = node.items().enumerate();
        for slot in items {
            let old = slot.node().and_then(|own| {
                let (at, _) = olds.find(|(_, item)| item.id == own.id)?;
                Some(at)
            });
            match (old, slot) {
                (Some(at), slot) => {
                    fresh.extend(waiting.drain(..).map(|value| (at, Fresh::Item(value))));
                    let Some(part) = parts.get_mut(at) else {
                        return Err(NoHold);
                    };
                    part.is_kept = true;
                    let place = self.item_place(node, part.start)?;
                    self.slot(slot, place)?;
                }
                (None, Slot::New(value, _)) => waiting.push(value),
                _ => return Err(NoHold),
            }
        }
        fresh.extend(
            waiting
                .into_iter()
                .map(|value| (parts.len(), Fresh::Item(value))),
        );
        Ok(())
    }
}

/// The indicator that follows `from` behind blanks and comments.
pub(crate) fn indicator(text: &str, from: usize, indicator: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' => at = text::line_end(text, at),
            byte => return (*byte == indicator).then_some(at),
        }
    }
}

/// Where the node begins, anchors and tags included.
pub(crate) fn full_start(node: Node<'_>) -> usize {
    let start = node.raw().start;
    let props = node
        .stream
        .tree
        .props(node.id)
        .map(crate::tree::Props::start);
    props.map_or(start, |props| props.min(start)) as usize
}

/// A replaced collection as changes to the old one, so that what stays the same keeps its text.
fn refine<'t>(node: Node<'t>, value: &Value) -> Option<Slot<'t>> {
    let raw = node.raw();
    match value {
        Value::Object(map) if raw.form().is_map() => {
            let mut entries = Vec::new();
            for (key, old) in node.entries() {
                let name = key.text().filter(|_| !key.is_merge())?;
                if let Some(value) = map.get(name.as_ref()) {
                    entries.push(Entry {
                        name,
                        key: Some(key),
                        slot: Slot::New(Cow::Owned(value.clone()), Some(old)),
                    });
                }
            }
            if entries.is_empty() {
                return None;
            }
            for (name, value) in map {
                if !entries.iter().any(|entry| entry.name == *name) {
                    let name = name.clone().into();
                    entries.push(Entry {
                        name,
                        key: None,
                        slot: Slot::New(Cow::Owned(value.clone()), None),
                    });
                }
            }
            Some(Slot::Map(node, entries))
        }
        Value::Array(list) if raw.form().is_seq() && !list.is_empty() => {
            let mut old = node.items();
            let items = list
                .iter()
                .map(|value| Slot::New(Cow::Owned(value.clone()), old.next()));
            let items: Vec<_> = items.collect();
            items.first()?.node()?;
            Some(Slot::Seq(node, items))
        }
        _ => None,
    }
}

/// Whether a child of the collection itself is new, gone or replaced.
fn changes_directly(slot: &Slot<'_>) -> bool {
    let is_new = |slot: &Slot<'_>| matches!(slot, Slot::New(..));
    match slot {
        Slot::Map(node, entries) => {
            entries.len() != node.entries().count()
                || entries.iter().any(|entry| is_new(&entry.slot))
        }
        Slot::Seq(node, items) => items.len() != node.items().count() || items.iter().any(is_new),
        Slot::Old(_) | Slot::New(..) => false,
    }
}

fn props_end(node: Node<'_>) -> usize {
    node.stream
        .tree
        .props(node.id)
        .map_or(0, |props| props.end() as usize)
}
