//! A patch on text: edits, applied at once, and the proof that the new text means the patched value.

use std::ops::Range;

use json_patch::Patch;

use crate::overlay::{self, Slot};
use crate::parse::parse;
use crate::splice::{self, Edit};
use crate::text::{self, Error};
use crate::tree::{Document, Node, Stream};

/// What became of a patched node.
#[derive(Debug)]
pub struct Edited {
    /// The new text of the range, parsed.
    pub stream: Stream,
    /// What was replaced in the old text, in order, by its own offsets.
    pub edits: Vec<Edit>,
    root: u32,
}

impl Edited {
    /// Takes a text of one document for the new text of a value.
    pub fn parse(text: String) -> Result<Self, Error> {
        let stream = parse(text)?;
        let root = stream
            .documents()
            .next()
            .and_then(|document| document.root())
            .map(Node::id);
        match root {
            Some(root) => Ok(Self {
                stream,
                edits: Vec::new(),
                root,
            }),
            None => Err(Error::new(
                &stream.text,
                0,
                "there is no value in this text",
            )),
        }
    }

    /// The patched value in its new text.
    pub fn root(&self) -> Node<'_> {
        self.stream.node(self.root)
    }
}

/// The stretch of text that holds a value and nothing else.
#[derive(Clone, Debug)]
pub enum Holder {
    /// A whole document, or a value in brackets by itself.
    Document(Range<usize>),
    /// The lines of one item of a block list, from its dash on.
    Item(Range<usize>),
}

impl Holder {
    /// The bytes of the stretch.
    pub fn range(&self) -> Range<usize> {
        match self {
            Self::Document(range) | Self::Item(range) => range.clone(),
        }
    }
}

/// The items of the list under `key` of a document's root, each with the text that holds it alone.
///
/// None where there is no such list, or where its items can't be told apart by lines.
pub fn held_items<'t>(document: &Document<'t>, key: &str) -> Option<Vec<(Node<'t>, Holder)>> {
    let root = document.root()?;
    let (mut entries, text) = (root.entries(), &root.stream.text);
    let (_, list) = entries.find(|(name, _)| name.text().is_some_and(|name| name == key))?;
    let list = list.resolved();
    if list.is_flow() {
        let hold = |item: Node<'t>| (item, Holder::Document(item.span()));
        return Some(list.items().map(hold).collect());
    }
    let end = match entries.next() {
        Some((next, _)) => text::line_start(text, next.span().start),
        None => document.span().end,
    };
    let mut held = Vec::new();
    let mut from = list.span().start;
    for item in list.items() {
        let dash =
            splice::indicator(text, from, b'-').filter(|dash| text::begins_line(text, *dash))?;
        held.push((item, text::line_start(text, dash)));
        from = item.span().end;
    }
    let ends = held.iter().skip(1).map(|(_, start)| *start).chain([end]);
    let ranges = held
        .iter()
        .zip(ends)
        .map(|((item, start), end)| (*item, Holder::Item(*start..end)));
    Some(ranges.collect())
}

/// Applies `patch` to the value `node` and returns the new text of its holder, or none where the
/// patch changes nothing. Outside the lines that the patch touches, the new text is the old one.
///
/// ```
/// use plimsoll_yaml::{Holder, apply, json_patch, parse};
///
/// let stream = parse("kind: Pod # mine\nspec: {}\n".to_owned())?;
/// let document = stream.documents().next().ok_or("no document")?;
/// let root = document.root().ok_or("no root")?;
/// let patch: json_patch::Patch = serde_json::from_str(
///     r#"[{"op": "add", "path": "/spec/restartPolicy", "value": "Never"}]"#)?;
/// let edited = apply(root, &Holder::Document(document.span()), &patch)?.ok_or("no change")?;
/// assert_eq!(edited.stream.text(), "kind: Pod # mine\nspec:\n  restartPolicy: Never\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn apply(node: Node<'_>, holder: &Holder, patch: &Patch) -> Result<Option<Edited>, Error> {
    attempt(node, holder, patch, |patched, edits| {
        let (stream, root) = proven(&node.stream.text, holder, &edits, patched)?;
        Some(Edited {
            stream,
            edits,
            root,
        })
    })
}

/// Like [`apply`], for those who need nothing but the edits: the proof reads no more than the innermost list
/// item that holds them all, since what stands outside of it reads as before.
pub fn edits(node: Node<'_>, holder: &Holder, patch: &Patch) -> Result<Option<Vec<Edit>>, Error> {
    let text = &node.stream.text;
    attempt(node, holder, patch, |patched, edits| {
        let (inner, slot) = innermost(text, holder, patched, &edits);
        // Alone the item may lack the anchor of an alias.
        proven(text, &inner, &edits, slot).or_else(|| proven(text, holder, &edits, patched))?;
        Some(edits)
    })
}

/// The small edits, or else the larger ones, for which there is a proof.
fn attempt<T>(
    node: Node<'_>,
    holder: &Holder,
    patch: &Patch,
    prove: impl Fn(&Slot<'_>, Vec<Edit>) -> Option<T>,
) -> Result<Option<T>, Error> {
    let patched = overlay::patched(node, patch)?;
    for rewrite in [false, true] {
        let Ok(edits) = splice::edits(&patched, holder.range().end, rewrite) else {
            continue;
        };
        if edits.is_empty() {
            return Ok(None);
        }
        if let Some(done) = prove(&patched, edits) {
            return Ok(Some(done));
        }
    }
    Err(node.error(
        "this text can't be changed without rewriting it; put the value in plain block style",
    ))
}

fn spliced(text: &str, range: Range<usize>, edits: &[Edit]) -> String {
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

/// The item of a block list, as deep as may be, that holds all edits in lines of its own.
fn innermost<'s, 't>(
    text: &str,
    holder: &Holder,
    slot: &'s Slot<'t>,
    edits: &[Edit],
) -> (Holder, &'s Slot<'t>) {
    let mut found = (holder.clone(), slot);
    let (mut slot, mut end) = (slot, holder.range().end);
    while let Some((inner, start, next)) = only_change(text, slot) {
        end = next.unwrap_or(end);
        slot = inner;
        let Some(start) = start else { continue };
        let holds = |edit: &Edit| start <= edit.start && edit.end <= end;
        if !edits.iter().all(holds) {
            break;
        }
        found = (Holder::Item(start..end), slot);
    }
    found
}

/// The one child of a block collection that changes, where no other does: with the start of its lines if it
/// is a list item, and of the lines of the child behind it.
fn only_change<'s, 't>(
    text: &str,
    slot: &'s Slot<'t>,
) -> Option<(&'s Slot<'t>, Option<usize>, Option<usize>)> {
    let line_of = |node: Node<'_>| text::line_start(text, node.span().start);
    let is_changed = |slot: &&Slot<'_>| !matches!(slot, Slot::Old(_));
    match slot {
        Slot::Map(node, entries) if !node.is_flow() => {
            let mut changed = entries.iter().filter(|entry| is_changed(&&entry.slot));
            let entry = changed.next().filter(|_| changed.next().is_none())?;
            let key = entry.key?;
            let behind = node.entries().find(|(other, _)| other.id > key.id);
            let is_whole = node.entries().count() == entries.len();
            is_whole.then_some((&entry.slot, None, behind.map(|(key, _)| line_of(key))))
        }
        Slot::Seq(node, items) if !node.is_flow() => {
            let mut changed = items.iter().filter(is_changed);
            let inner = changed.next().filter(|_| changed.next().is_none())?;
            let own = inner.node()?;
            let before = node.items().take_while(|item| item.id < own.id).last();
            let from = before.map_or(node.span().start, |item| item.span().end);
            let dash = |from| {
                splice::indicator(text, from, b'-').filter(|dash| text::begins_line(text, *dash))
            };
            let start = text::line_start(text, dash(from)?);
            let is_last = !node.items().any(|item| item.id > own.id);
            let next = if is_last {
                None
            } else {
                Some(text::line_start(text, dash(own.span().end)?))
            };
            let is_whole = node.items().count() == items.len();
            is_whole.then_some((inner, Some(start), next))
        }
        _ => None,
    }
}

/// The new text of the holder read back, if it says exactly what it should.
fn proven(
    text: &str,
    holder: &Holder,
    edits: &[Edit],
    patched: &Slot<'_>,
) -> Option<(Stream, u32)> {
    let stream = parse(spliced(text, holder.range(), edits)).ok()?;
    let root = {
        let mut documents = stream.documents();
        let document = documents.next().filter(|_| documents.next().is_none())?;
        let root = match holder {
            Holder::Document(_) => document.root()?,
            Holder::Item(_) => {
                let mut items = document.root()?.items();
                items.next().filter(|_| items.next().is_none())?
            }
        };
        says(root, patched).then_some(root.id)?
    };
    Some((stream, root))
}

/// Whether the node means what the slot says, entries in the same order.
fn says(node: Node<'_>, slot: &Slot<'_>) -> bool {
    match slot {
        Slot::Old(old) => old.same_as(node),
        Slot::New(value, _) => node.means(value),
        Slot::Map(_, entries) => {
            node.is_map()
                && node.entries().count() == entries.len()
                && node.entries().zip(entries).all(|((key, value), entry)| {
                    key.text().is_some_and(|text| text == entry.name) && says(value, &entry.slot)
                })
        }
        Slot::Seq(_, items) => {
            node.is_seq()
                && node.items().count() == items.len()
                && node.items().zip(items).all(|(node, slot)| says(node, slot))
        }
    }
}
