//! The tree: a flat arena of nodes with byte spans into the text they were read from.
//!
//! Nodes stand in document order, a collection before its children; a map holds keys and values in
//! turn.
//!
//! Spans, the same whichever parser made the tree:
//! - scalar: its own text, quotes and block header (`|-`) included; a block scalar ends with its last
//!   content, before that line's break; a missing value is empty and stands right behind its `:` or `-`
//! - block collection: from its first key or dash to the end of its last value
//! - flow collection: its brackets included
//! - anchors and tags stand before the span, in [`Props`]

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::decode;
use crate::nodes::Nodes;
use crate::resolve::{self, Scalar};
use crate::text::{self, Error, Position};

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Form {
    Plain,
    Single,
    Double,
    Alias,
    // What follows has a column or children.
    Literal,
    Folded,
    BlockMap,
    BlockSeq,
    FlowMap,
    FlowSeq,
    /// A map of one entry without braces inside a flow sequence: `[a: b]`.
    FlowPair,
}

impl Form {
    const ALL: [Self; 11] = [
        Self::Plain,
        Self::Single,
        Self::Double,
        Self::Alias,
        Self::Literal,
        Self::Folded,
        Self::BlockMap,
        Self::BlockSeq,
        Self::FlowMap,
        Self::FlowSeq,
        Self::FlowPair,
    ];

    pub(crate) fn is_map(self) -> bool {
        matches!(self, Self::BlockMap | Self::FlowMap | Self::FlowPair)
    }

    pub(crate) fn is_seq(self) -> bool {
        matches!(self, Self::BlockSeq | Self::FlowSeq)
    }

    pub(crate) fn is_block_scalar(self) -> bool {
        matches!(self, Self::Literal | Self::Folded)
    }

    pub(crate) fn is_block_collection(self) -> bool {
        matches!(self, Self::BlockMap | Self::BlockSeq)
    }
}

pub(crate) const FORM_MASK: u32 = 0xf;
/// The text must be decoded: it holds escapes, a line break, or a doubled quote.
pub(crate) const CODED: u32 = 1 << 4;
/// An anchor or a tag stands before the node.
pub(crate) const PROPS: u32 = 1 << 5;
/// The map has a merge key (`<<`).
pub(crate) const MERGE: u32 = 1 << 6;
/// The map has an explicit key (`?`).
pub(crate) const EXPLICIT: u32 = 1 << 7;
const INDENT_SHIFT: u32 = 8;
/// The deepest column a collection may stand in.
pub(crate) const MAX_INDENT: usize = (1 << 24) - 1;

/// What the arena knows of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RawNode {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Index of the first node behind this one's descendants.
    pub(crate) next: u32,
    /// Form, flags, and the column of a block collection's entries or a block scalar's text.
    pub(crate) bits: u32,
}

impl RawNode {
    pub(crate) fn new(form: Form, start: usize, end: usize) -> Self {
        Self {
            start: offset(start),
            end: offset(end),
            next: 0,
            bits: form as u32,
        }
    }

    pub(crate) fn form(self) -> Form {
        let form = Form::ALL.get((self.bits & FORM_MASK) as usize);
        form.copied().unwrap_or(Form::Plain)
    }

    pub(crate) fn has(self, flag: u32) -> bool {
        self.bits & flag != 0
    }

    pub(crate) fn set(&mut self, flag: u32) {
        self.bits |= flag;
    }

    /// Whether form, flags and column are the same.
    pub(crate) fn has_bits_of(self, other: Self) -> bool {
        self.bits == other.bits
    }

    pub(crate) fn indent(self) -> usize {
        (self.bits >> INDENT_SHIFT) as usize
    }

    pub(crate) fn set_indent(&mut self, column: usize) {
        let column = u32::try_from(column.min(MAX_INDENT)).unwrap_or(0);
        self.bits = (self.bits & ((1 << INDENT_SHIFT) - 1)) | (column << INDENT_SHIFT);
    }
}

/// Spans are 32 bits wide; `parse` has refused any text that is longer.
pub(crate) fn offset(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// What stands before a node: its anchor and its tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Props {
    pub(crate) node: u32,
    pub(crate) anchor: Option<Range<u32>>,
    pub(crate) tag: Option<(Range<u32>, Tag)>,
}

impl Props {
    pub(crate) fn start(&self) -> u32 {
        let anchor = self.anchor.as_ref().map(|span| span.start);
        let tag = self.tag.as_ref().map(|(span, _)| span.start);
        anchor.into_iter().chain(tag).min().unwrap_or(u32::MAX)
    }

    pub(crate) fn end(&self) -> u32 {
        let anchor = self.anchor.as_ref().map(|span| span.end);
        let tag = self.tag.as_ref().map(|(span, _)| span.end);
        anchor.into_iter().chain(tag).max().unwrap_or(0)
    }
}

/// The tags that change how a scalar is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Str,
    Int,
    Float,
    Bool,
    Null,
    Timestamp,
    Binary,
    Merge,
    /// Any other: the scalar is its text.
    Other,
}

/// One document of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawDocument {
    /// From behind the document before it to its own end, markers included.
    pub(crate) span: Range<u32>,
    pub(crate) root: Option<u32>,
}

/// The parsed structure of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) nodes: Nodes,
    /// Sorted by node.
    pub(crate) props: Vec<Props>,
    /// Pairs of alias node and target node, sorted by the alias.
    pub(crate) aliases: Vec<(u32, u32)>,
    pub(crate) documents: Vec<RawDocument>,
}

impl Tree {
    pub(crate) fn node(&self, id: u32) -> RawNode {
        self.nodes.get(id)
    }

    pub(crate) fn props(&self, id: u32) -> Option<&Props> {
        if !self.node(id).has(PROPS) {
            return None;
        }
        let at = self.props.binary_search_by_key(&id, |props| props.node);
        at.ok().and_then(|at| self.props.get(at))
    }

    pub(crate) fn target(&self, alias: u32) -> Option<u32> {
        let at = self.aliases.binary_search_by_key(&alias, |pair| pair.0);
        at.ok()
            .and_then(|at| self.aliases.get(at))
            .map(|pair| pair.1)
    }
}

/// What a node is, once aliases are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any scalar, null included.
    Scalar,
    /// A mapping.
    Map,
    /// A sequence.
    Seq,
}

/// A text with its parsed structure; two are equal when every span and form is.
#[derive(Debug, PartialEq, Eq)]
pub struct Stream {
    pub(crate) text: String,
    pub(crate) tree: Tree,
}

impl Stream {
    /// The text, as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Gives the text back.
    pub fn into_text(self) -> String {
        self.text
    }

    /// The documents, in order; a stream without content has none.
    pub fn documents(&self) -> impl Iterator<Item = Document<'_>> {
        self.tree.documents.iter().map(|document| Document {
            stream: self,
            document,
        })
    }

    /// The node with this number, as [`Node::id`] gave it.
    pub fn node(&self, id: u32) -> Node<'_> {
        Node { stream: self, id }
    }
}

/// One document of a [`Stream`].
#[derive(Clone, Copy, Debug)]
pub struct Document<'t> {
    stream: &'t Stream,
    document: &'t RawDocument,
}

impl<'t> Document<'t> {
    /// The stretch of text that holds the document: its markers and comments, nothing else's.
    pub fn span(&self) -> Range<usize> {
        self.document.span.start as usize..self.document.span.end as usize
    }

    /// The value; none where the document holds only comments.
    pub fn root(&self) -> Option<Node<'t>> {
        self.document.root.map(|id| self.stream.node(id))
    }
}

/// A value in the text. Cheap to copy; reading follows aliases and merge keys.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    pub(crate) stream: &'t Stream,
    pub(crate) id: u32,
}

impl<'t> Node<'t> {
    pub(crate) fn raw(self) -> RawNode {
        self.stream.tree.node(self.id)
    }

    /// The node and all that it holds, as they stand in the arena, with their numbers.
    pub(crate) fn subtree(self) -> impl Iterator<Item = (u32, RawNode)> + Clone + 't {
        self.stream.tree.nodes.range(self.id..self.raw().next)
    }

    /// The number of the node in its stream, for [`Stream::node`].
    pub fn id(self) -> u32 {
        self.id
    }

    /// Whether both are one node of one stream; a number alone tells apart only nodes of the same one.
    pub fn is_same(self, other: Self) -> bool {
        std::ptr::eq(self.stream, other.stream) && self.id == other.id
    }

    /// The stream that the node is part of.
    pub fn stream(self) -> &'t Stream {
        self.stream
    }

    /// The bytes of the value itself; see the module for what belongs to it.
    pub fn span(self) -> Range<usize> {
        let raw = self.raw();
        raw.start as usize..raw.end as usize
    }

    /// Where the value begins.
    pub fn position(self) -> Position {
        Position::of(&self.stream.text, self.raw().start as usize)
    }

    /// The column in which a block collection's keys or dashes stand.
    pub fn column(self) -> usize {
        self.raw().indent()
    }

    /// The value as it is written.
    pub fn source(self) -> &'t str {
        text::slice(&self.stream.text, self.span().start, self.span().end)
    }

    /// The node itself, or what it is an alias of.
    #[must_use]
    pub fn resolved(self) -> Self {
        match self.raw().form() {
            Form::Alias => self
                .stream
                .tree
                .target(self.id)
                .map_or(self, |id| self.stream.node(id)),
            _ => self,
        }
    }

    /// Whether this is a scalar, a map or a sequence.
    pub fn kind(self) -> Kind {
        match self.resolved().raw().form() {
            form if form.is_map() => Kind::Map,
            form if form.is_seq() => Kind::Seq,
            _ => Kind::Scalar,
        }
    }

    /// Whether this is a map.
    pub fn is_map(self) -> bool {
        self.kind() == Kind::Map
    }

    /// Whether this is a sequence.
    pub fn is_seq(self) -> bool {
        self.kind() == Kind::Seq
    }

    /// Whether this is null: written out, `~`, or simply missing.
    pub fn is_null(self) -> bool {
        matches!(self.scalar(), Some(Scalar::Null))
    }

    /// Whether the map or sequence has brackets, as JSON does.
    pub fn is_flow(self) -> bool {
        matches!(
            self.resolved().raw().form(),
            Form::FlowMap | Form::FlowSeq | Form::FlowPair
        )
    }

    /// The keys and values of a map in turn, or the items of a sequence, aliases not followed.
    pub(crate) fn children(self) -> Children<'t> {
        let raw = self.raw();
        let form = raw.form();
        let has_children = form.is_map() || form.is_seq();
        Children {
            stream: self.stream,
            next: Nodes::first_child(self.id),
            end: if has_children { raw.next } else { 0 },
        }
    }

    /// The keys and values of a map as they are written, merge keys as themselves; else nothing.
    pub fn entries(self) -> Entries<'t> {
        let node = self.resolved();
        let is_map = node.raw().form().is_map();
        Entries(is_map.then(|| node.children()))
    }

    /// The keys and values of a map, those that merge keys bring in among them; each key once.
    pub fn fields(self) -> impl Iterator<Item = (Self, Self)> {
        let has_merge = self.resolved().raw().has(MERGE);
        let mut brought = Vec::new();
        if has_merge {
            self.brought(self, &mut BTreeSet::new(), &mut brought);
        }
        let own = self.entries();
        own.filter(move |(key, _)| !(has_merge && key.is_merge()))
            .chain(brought)
    }

    /// Adds the fields that merge keys here bring into `map`, looking into each map once.
    fn brought(self, map: Self, seen: &mut BTreeSet<u32>, found: &mut Vec<(Self, Self)>) {
        for source in self.merged().map(Self::resolved) {
            if !seen.insert(source.id) {
                continue;
            }
            let own = source.entries().filter(|(key, _)| !key.is_merge());
            found.extend(own.filter(|(key, value)| {
                let counts = key.text().and_then(|key| map.get(&key));
                counts.is_some_and(|counts| counts.id == value.id)
            }));
            source.brought(map, seen, found);
        }
    }

    /// The items of a sequence; else nothing.
    pub fn items(self) -> Items<'t> {
        let node = self.resolved();
        let is_seq = node.raw().form().is_seq();
        Items(is_seq.then(|| node.children()))
    }

    /// The value of `key`, an own one or one that a merge key brings in; the last definition can't
    /// differ from the first, since a map with two equal keys is refused.
    pub fn get(self, key: &str) -> Option<Self> {
        let node = self.resolved();
        let raw = node.raw();
        if !raw.form().is_map() {
            return None;
        }
        let (nodes, text) = (&node.stream.tree.nodes, node.stream.text.as_bytes());
        let is_key = |id| node.stream.node(id).is_text(key);
        if let Some(value) = nodes.value_of(node.id, text, key, is_key) {
            return Some(node.stream.node(value));
        }
        if raw.has(MERGE) {
            return node.merged().find_map(|source| source.get(key));
        }
        None
    }

    /// The value at a path of keys.
    pub fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The maps that the merge keys of this map bring in, in the order in which they count.
    pub(crate) fn merged(self) -> impl Iterator<Item = Self> {
        let merges = self.entries().filter(|(key, _)| key.is_merge());
        merges.flat_map(|(_, value)| {
            let one = value.is_map().then_some(value);
            one.into_iter().chain(value.items())
        })
    }

    /// Whether this is the key `<<` of a merge.
    pub(crate) fn is_merge(self) -> bool {
        let raw = self.raw();
        let tag = self
            .stream
            .tree
            .props(self.id)
            .and_then(|props| props.tag.as_ref());
        match tag {
            Some((_, Tag::Merge)) => true,
            Some(_) => false,
            None => raw.form() == Form::Plain && self.source() == "<<",
        }
    }

    /// Whether this is a scalar whose text is `expected`, however it is written.
    fn is_text(self, expected: &str) -> bool {
        let raw = self.raw();
        match raw.form() {
            Form::Plain if !raw.has(CODED) => self.source() == expected,
            _ => self.text().is_some_and(|text| text == expected),
        }
    }

    /// The text of a scalar, decoded but not resolved (`1` and `"1"` are the same); none for maps
    /// and sequences.
    pub fn text(self) -> Option<Cow<'t, str>> {
        let node = self.resolved();
        let raw = node.raw();
        decode::decode(&node.stream.text, raw)
    }

    /// What a scalar means to go-yaml v3, the reader of kustomize and kpt; none for maps and
    /// sequences.
    pub fn scalar(self) -> Option<Scalar<'t>> {
        let node = self.resolved();
        let raw = node.raw();
        let text = node.text()?;
        let tag = node
            .stream
            .tree
            .props(node.id)
            .and_then(|props| props.tag.as_ref());
        Some(match (tag, raw.form()) {
            (Some((_, tag)), form) => resolve::tagged(*tag, text, form == Form::Plain),
            (None, Form::Plain) => resolve::plain(text),
            (None, _) => Scalar::Str(text),
        })
    }

    /// The value of a scalar that is a string; none for numbers, booleans and null.
    pub fn as_str(self) -> Option<Cow<'t, str>> {
        match self.scalar()? {
            Scalar::Str(text) | Scalar::Timestamp(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a scalar that is an integer; a float that is whole counts, as it does in JSON.
    pub fn as_i64(self) -> Option<i64> {
        match self.scalar()? {
            Scalar::Int(number) => Some(number),
            Scalar::Float(number) => whole(number),
            _ => None,
        }
    }

    /// The value of a scalar that is a boolean.
    pub fn as_bool(self) -> Option<bool> {
        match self.scalar()? {
            Scalar::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Where an error about this value is to point.
    pub fn error(self, message: impl Into<String>) -> Error {
        Error::new(&self.stream.text, self.raw().start as usize, message)
    }

    /// The comment that ends the line on which the value ends; without its `#`.
    pub fn line_comment(self) -> Option<&'t str> {
        let text = &self.stream.text;
        let end = self.span().end;
        let rest = text::slice(text, end, text::line_end(text, end));
        let rest = rest.trim_start_matches([',', ']', '}', ' ', '\t']);
        rest.strip_prefix('#').map(str::trim)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be whole and in range"
)]
#[expect(clippy::float_cmp, reason = "exactness is the question")]
fn whole(number: f64) -> Option<i64> {
    let in_range = number.abs() < 9_007_199_254_740_992.0;
    (in_range && number.trunc() == number).then_some(number as i64)
}

#[derive(Clone, Debug)]
pub(crate) struct Children<'t> {
    stream: &'t Stream,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.next >= self.end {
            return None;
        }
        let node = self.stream.node(self.next);
        self.next = self.stream.tree.nodes.next(self.next);
        Some(node)
    }
}

/// The entries of a map.
#[derive(Clone, Debug)]
pub struct Entries<'t>(Option<Children<'t>>);

impl<'t> Iterator for Entries<'t> {
    type Item = (Node<'t>, Node<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        let children = self.0.as_mut()?;
        Some((children.next()?, children.next()?))
    }
}

/// The items of a sequence.
#[derive(Clone, Debug)]
pub struct Items<'t>(Option<Children<'t>>);

impl<'t> Iterator for Items<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        self.0.as_mut()?.next()
    }
}
