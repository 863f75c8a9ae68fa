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
    let patched = overlay::patched(node, patch)?;
    let range = holder.range();
    for rewrite in [false, true] {
        let Ok(edits) = splice::edits(&patched, range.end, rewrite) else {
            continue;
        };
        if edits.is_empty() {
            return Ok(None);
        }
        let text = spliced(&node.stream.text, range.clone(), &edits);
        if let Some((stream, root)) = proven(holder, text, &patched) {
            return Ok(Some(Edited {
                stream,
                edits,
                root,
            }));
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

/// The new text read back, if it says exactly what it should.
fn proven(holder: &Holder, text: String, patched: &Slot<'_>) -> Option<(Stream, u32)> {
    let stream = parse(text).ok()?;
    let root = {
        let mut documents = stream.documents();
        let document = documents.next().filter(|_| documents.next().is_none())?;
        let root = match holder {
            Holder::Document(_) => document.root()?,
            Holder::Item(_) => document.root()?.items().next()?,
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
