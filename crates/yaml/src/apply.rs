//! A patch on text: edits, applied at once, and the proof that the new text means the patched value.

use std::ops::Range;

use json_patch::Patch;

use crate::overlay::{self, Slot};
use crate::parse::parse;
use crate::proof;
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
        let (stream, root) = proof::whole(&node.stream.text, holder, &edits, patched)?;
        Some(Edited {
            stream,
            edits,
            root,
        })
    })
}

/// Like [`apply`], for those who need nothing but the edits: the proof reads no more than the lines that change.
pub fn edits(node: Node<'_>, holder: &Holder, patch: &Patch) -> Result<Option<Vec<Edit>>, Error> {
    let text = &node.stream.text;
    attempt(node, holder, patch, |patched, edits| {
        proof::in_part(text, holder, &edits, patched).then_some(edits)
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
