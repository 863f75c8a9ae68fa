//! The proof that edits make a text say what it should: what they change is read back.
//!
//! In block style lines decide: whatever becomes of an entry or item, those before and behind it read as they did
//! as long as its lines still hold one, in the same column. So only the lines of those that change are read. Where
//! lines don't tell entries apart, the whole text is.

use std::ops::Range;

use crate::apply::Holder;
use crate::order::Order as _;
use crate::overlay::{Entry, Slot};
use crate::parse::{has_marker, parse};
use crate::splice::{self, Edit};
use crate::text;
use crate::tree::{EXPLICIT, Node, Stream};

/// Whether the text says, once it is edited, what it should.
pub(crate) fn in_part(text: &str, holder: &Holder, edits: &[Edit], patched: &Slot<'_>) -> bool {
    let windows = windows(text, patched, holder.range().end, edits);
    // Alone a window may lack the anchor of an alias.
    windows.is_some_and(|windows| all_say(text, windows, edits))
        || whole(text, holder, edits, patched).is_some()
}

/// The new text of the holder read back, if it says what it should.
pub(crate) fn whole(
    text: &str,
    holder: &Holder,
    edits: &[Edit],
    patched: &Slot<'_>,
) -> Option<(Stream, u32)> {
    let stream = parse(spliced(text, holder.range(), edits)).ok()?;
    let root = {
        let root = only_root(&stream)?;
        let root = match holder {
            Holder::Document(_) => root,
            Holder::Item(_) => {
                let mut items = root.items();
                items.next().filter(|_| items.next().is_none())?
            }
        };
        says(root, patched).then_some(root.id)?
    };
    Some((stream, root))
}

fn only_root(stream: &Stream) -> Option<Node<'_>> {
    let mut documents = stream.documents();
    let document = documents.next().filter(|_| documents.next().is_none())?;
    document.root()
}

/// A stretch of a text with the edits in it.
pub fn spliced(text: &str, range: Range<usize>, edits: &[Edit]) -> String {
    let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut out = String::with_capacity(range.len() + added);
    let mut at = range.start;
    for edit in edits {
        out.push_str(text::slice(text, at, edit.start));
        out.push_str(&edit.text);
        at = edit.end;
    }
    out.push_str(text::slice(text, at, range.end));
    out
}

/// Children of a block collection that follow one another, in lines of their own.
struct Window<'s, 't> {
    range: Range<usize>,
    column: usize,
    children: Children<'s, 't>,
}

#[derive(Clone, Copy)]
enum Children<'s, 't> {
    Entries(&'s [Entry<'t>]),
    Items(&'s [Slot<'t>]),
}

impl<'s, 't> Children<'s, 't> {
    fn of(slot: &'s Slot<'t>) -> Option<(Node<'t>, Self)> {
        match slot {
            Slot::Map(node, entries) => Some((*node, Self::Entries(entries))),
            Slot::Seq(node, items) => Some((*node, Self::Items(items))),
            Slot::Old(_) | Slot::New(..) => None,
        }
    }

    fn len(self) -> usize {
        match self {
            Self::Entries(entries) => entries.len(),
            Self::Items(items) => items.len(),
        }
    }

    fn slot(self, number: usize) -> Option<&'s Slot<'t>> {
        match self {
            Self::Entries(entries) => entries.get(number).map(|entry| &entry.slot),
            Self::Items(items) => items.get(number),
        }
    }

    fn part(self, numbers: Range<usize>) -> Option<Self> {
        Some(match self {
            Self::Entries(entries) => Self::Entries(entries.get(numbers)?),
            Self::Items(items) => Self::Items(items.get(numbers)?),
        })
    }

    /// Whether the child has no place in the text yet.
    fn is_added(self, number: usize) -> bool {
        match self {
            Self::Entries(entries) => entries.get(number).is_some_and(|entry| entry.key.is_none()),
            Self::Items(items) => items.get(number).is_some_and(|item| item.node().is_none()),
        }
    }

    /// Whether none of the children that the collection had is gone: those that are left keep their order.
    fn hold_all_of(self, node: Node<'t>) -> bool {
        let old = (0..self.len())
            .filter(|number| !self.is_added(*number))
            .count();
        match self {
            Self::Entries(_) => node.entries().count() == old,
            Self::Items(_) => node.items().count() == old,
        }
    }

    /// Where a child that stood there before begins.
    fn start(self, text: &str, node: Node<'t>, number: usize) -> Option<usize> {
        match self {
            Self::Entries(entries) => entries.get(number)?.key.map(splice::full_start),
            Self::Items(items) => {
                let before = items.iter().take(number).rev().find_map(Slot::node);
                let from = before.map_or(node.span().start, |item| item.span().end);
                splice::indicator(text, from, b'-')
            }
        }
    }

    /// Where the lines of a child end, in a collection whose lines end at `end`.
    fn end(self, text: &str, node: Node<'t>, number: usize, end: usize) -> Option<usize> {
        match (number + 1..self.len()).find(|next| !self.is_added(*next)) {
            Some(next) => Some(text::line_start(text, self.start(text, node, next)?)),
            None => Some(end),
        }
    }

    /// Whether a node of the window's text holds just these.
    fn are_in(self, node: Node<'_>) -> bool {
        match self {
            Self::Entries(entries) => says_entries(node, entries),
            Self::Items(items) => says_items(node, items),
        }
    }
}

/// The windows around all that changes in a block collection whose lines end at `end`; none where its lines don't
/// tell its children apart.
fn windows<'s, 't>(
    text: &str,
    slot: &'s Slot<'t>,
    end: usize,
    edits: &[Edit],
) -> Option<Vec<Window<'s, 't>>> {
    let (node, children) = Children::of(slot)?;
    let raw = node.raw();
    let has_lines = raw.form().is_block_collection() && !raw.has(EXPLICIT);
    if !has_lines || !is_in_its_column(text, node) || !children.hold_all_of(node) {
        return None;
    }
    let mut is_changed = changed_directly(children);
    let mut windows = Vec::new();
    for (number, is_changed) in is_changed.iter_mut().enumerate() {
        let slot = children.slot(number)?;
        if *is_changed || matches!(slot, Slot::Old(_)) {
            continue;
        }
        let end = children.end(text, node, number, end)?;
        match self::windows(text, slot, end, edits) {
            Some(inner) => windows.extend(inner),
            None => *is_changed = true,
        }
    }
    let mut number = 0;
    for run in is_changed.chunk_by(|one, other| one == other) {
        let numbers = number..number + run.len();
        number = numbers.end;
        if run.first() != Some(&true) {
            continue;
        }
        let start = if children.is_added(numbers.start) {
            let before = children.slot(numbers.start.checked_sub(1)?)?.node()?;
            added_from(text, before.span().end, edits)?
        } else {
            // A first key may stand behind the dash of an item.
            let start = children.start(text, node, numbers.start)?;
            text::begins_line(text, start).then(|| text::line_start(text, start))?
        };
        windows.push(Window {
            range: start..children.end(text, node, numbers.end - 1, end)?,
            column: raw.indent(),
            children: children.part(numbers)?,
        });
    }
    Some(windows)
}

/// Whether nothing but blanks and the dashes of items stands before a collection on its first line. A byte order mark
/// there would count as a column or not.
fn is_in_its_column(text: &str, node: Node<'_>) -> bool {
    let start = node.span().start;
    let before = text::slice(text, text::line_start(text, start), start);
    before.bytes().all(|byte| matches!(byte, b' ' | b'-'))
}

/// Where the lines begin that are added behind the child that ends at `from`: no value goes on in lines that stand in
/// the column of its key or dash.
fn added_from(text: &str, from: usize, edits: &[Edit]) -> Option<usize> {
    let first = edits.partition_point(|edit| edit.start < from);
    let at = edits.get(first)?.start;
    text.get(..at)?.ends_with('\n').then_some(at)
}

/// Which children are new or replaced, or have changes of their own right before something new.
fn changed_directly(children: Children<'_, '_>) -> Vec<bool> {
    let is_changed = |number| match children.slot(number) {
        Some(Slot::New(..)) => true,
        Some(Slot::Map(..) | Slot::Seq(..)) => children.is_added(number + 1),
        Some(Slot::Old(_)) | None => false,
    };
    (0..children.len()).map(is_changed).collect()
}

/// Whether every window says what it should once it is edited, and no edit lies outside of them.
fn all_say(text: &str, mut windows: Vec<Window<'_, '_>>, edits: &[Edit]) -> bool {
    windows.order_by_key(|window| window.range.start);
    let mut rest = edits;
    for Window {
        range,
        column,
        children,
    } in windows
    {
        let is_inside = |edit: &&Edit| range.start <= edit.start && edit.end <= range.end;
        let count = rest.iter().take_while(is_inside).count();
        let (own, others) = rest.split_at(count);
        rest = others;
        // What stands behind must still begin a line.
        let ends_line = |lines: &String| range.end == text.len() || lines.ends_with('\n');
        let lines = Some(spliced(text, range.clone(), own)).filter(ends_line);
        let says = lines.and_then(|lines| window_says(lines, column, children));
        if !says.unwrap_or(false) {
            return false;
        }
    }
    rest.is_empty()
}

/// Whether lines hold the children, from the first character of the first line on.
fn window_says(lines: String, column: usize, children: Children<'_, '_>) -> Option<bool> {
    if has_marker(&lines) {
        return None;
    }
    let stream = parse(lines).ok()?;
    let root = only_root(&stream)?;
    let raw = root.raw();
    let begins = raw.form().is_block_collection()
        && raw.indent() == column
        && splice::full_start(root) == column;
    Some(begins && children.are_in(root))
}

/// Whether the node means what the slot says, entries in the same order.
fn says(node: Node<'_>, slot: &Slot<'_>) -> bool {
    match slot {
        Slot::Old(old) => old.same_as(node),
        Slot::New(value, _) => node.means(value),
        Slot::Map(_, entries) => says_entries(node, entries),
        Slot::Seq(_, items) => says_items(node, items),
    }
}

fn says_entries(node: Node<'_>, entries: &[Entry<'_>]) -> bool {
    node.is_map()
        && node.entries().count() == entries.len()
        && node.entries().zip(entries).all(|((key, value), entry)| {
            key.text().is_some_and(|text| text == entry.name) && says(value, &entry.slot)
        })
}

fn says_items(node: Node<'_>, items: &[Slot<'_>]) -> bool {
    node.is_seq()
        && node.items().count() == items.len()
        && node.items().zip(items).all(|(node, slot)| says(node, slot))
}

#[cfg(test)]
mod tests;
