//! The complete parser: granit's events become our tree, its span traps put right on the way.
//!
//! granit reports where a value's content is; we want where its text is. What differs: a block
//! scalar's span starts behind its header and runs into the next line's indentation; a sequence in
//! its parent's column starts behind its first dash; a missing value lies before its colon; the end
//! of a block collection is the next token. So positions of indicators (`:`, `-`, `?`) are found by
//! walking the gap between two tokens, which holds nothing but blanks, comments and indicators.

use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StructureStyle};

use crate::build::Builder;
use crate::decode;
use crate::nodes::Nodes;
use crate::text::{self, Error};
use crate::tree::{CODED, EXPLICIT, Form, MAX_INDENT, MERGE, PROPS, RawNode, Tag, offset};

/// Parses the one document in `range` of the builder's text and returns its root.
pub(crate) fn document(
    builder: &mut Builder<'_>,
    range: Range<usize>,
) -> Result<Option<u32>, Error> {
    read(builder, range, 0)
}

/// Parses one list item that stands in `range` with its dash, `depth` collections deep, and returns
/// the end of its value. Just the item is added to the tree, without a list around it.
pub(crate) fn item(
    builder: &mut Builder<'_>,
    range: Range<usize>,
    depth: usize,
) -> Result<usize, Error> {
    let start = range.start;
    let not_one = |builder: &Builder<'_>| builder.error(start, "more than one list item");
    let list = read(builder, range, depth)?.ok_or_else(|| not_one(builder))?;
    let node = builder.tree.node(list);
    let item = builder.tree.node(Nodes::first_child(list));
    if node.form() != Form::BlockSeq || item.next != node.next || node.has(PROPS) {
        return Err(not_one(builder));
    }
    builder.unwrap(list);
    Ok(node.end as usize)
}

fn read(
    builder: &mut Builder<'_>,
    range: Range<usize>,
    depth: usize,
) -> Result<Option<u32>, Error> {
    let text = builder.text;
    let mut options = granit_parser::options! { emit_anchor_events: true };
    options.set_emit_comments(false);
    let source = text::slice(text, range.start, range.end);
    let base = range.start;
    let mut reader = Reader {
        builder,
        base,
        depth,
        cursor: base,
        open: Vec::new(),
        anchors: Vec::new(),
        root: None,
        last: 0,
    };
    for event in Parser::new_from_str_with_options(source, options) {
        let (event, span) = event.map_err(|error| reader.scan_error(&error))?;
        reader.event(&event, span)?;
    }
    let root = reader.root;
    if let Some(root) = root {
        builder.refuse_alias_bombs(root)?;
    }
    Ok(root)
}

/// A collection whose end has not come yet.
#[derive(Clone, Copy)]
struct Open {
    id: u32,
    form: Form,
    /// Whether the next node of a map is a value.
    expects_value: bool,
    /// End of the last descendant.
    end: usize,
    /// The column that block scalars inside count their indentation from.
    column: Option<usize>,
}

struct Reader<'b, 't> {
    builder: &'b mut Builder<'t>,
    /// Where the parsed range starts in the whole text.
    base: usize,
    /// Collections around the parsed range.
    depth: usize,
    /// End of the last token or indicator that was read.
    cursor: usize,
    open: Vec<Open>,
    /// Anchor numbers and their nodes.
    anchors: Vec<(usize, u32)>,
    root: Option<u32>,
    /// The node that an anchor event belongs to.
    last: u32,
}

impl Reader<'_, '_> {
    fn event(&mut self, event: &Event<'_>, span: Span) -> Result<(), Error> {
        let range = self.absolute(&span);
        match event {
            Event::DocumentStart(is_explicit, _) => {
                if *is_explicit {
                    self.cursor = range.end;
                }
                Ok(())
            }
            Event::Scalar(_, style, _, tag) => {
                let tag = self.tag(&span, tag.is_some(), event);
                self.scalar(*style, range, tag)
            }
            Event::SequenceStart(style, ..) => {
                let tag = self.tag(&span, true, event);
                let form = match style {
                    StructureStyle::Block => Form::BlockSeq,
                    StructureStyle::Flow => Form::FlowSeq,
                };
                self.start(form, range, tag)
            }
            Event::MappingStart(style, ..) => {
                let tag = self.tag(&span, true, event);
                let has_brace = self.builder.text.as_bytes().get(range.start) == Some(&b'{');
                let form = match style {
                    StructureStyle::Block => Form::BlockMap,
                    StructureStyle::Flow if has_brace => Form::FlowMap,
                    StructureStyle::Flow => Form::FlowPair,
                };
                self.start(form, range, tag)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&range),
            Event::Alias(number) => self.alias(*number, range),
            Event::Anchor(number, _) => {
                self.anchor(*number, range);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn absolute(&self, span: &Span) -> Range<usize> {
        let range = span.byte_range().unwrap_or_default();
        range.start + self.base..range.end + self.base
    }

    fn scan_error(&self, error: &ScanError) -> Error {
        let at = error.marker().byte_offset().unwrap_or_default() + self.base;
        let reason = explain(error);
        // granit points at the text that a tab breaks off; the tab is what has to go.
        let rest = self.builder.text.get(at..).unwrap_or_default();
        let tab = rest.find('\t').filter(|_| reason == TAB);
        self.builder.error(at + tab.unwrap_or(0), reason)
    }

    fn tag(&self, span: &Span, has_tag: bool, event: &Event<'_>) -> Option<(Range<usize>, Tag)> {
        let range = self.absolute(&span.tag_span().filter(|_| has_tag)?);
        let (Event::Scalar(_, _, _, tag)
        | Event::SequenceStart(_, _, tag)
        | Event::MappingStart(_, _, tag)) = event
        else {
            return None;
        };
        let name = tag.as_ref()?.suffix_in_namespace("tag:yaml.org,2002:");
        let tag = match name.as_deref() {
            Some("str") => Tag::Str,
            Some("int") => Tag::Int,
            Some("float") => Tag::Float,
            Some("bool") => Tag::Bool,
            Some("null") => Tag::Null,
            Some("timestamp") => Tag::Timestamp,
            Some("binary") => Tag::Binary,
            Some("merge") => Tag::Merge,
            _ => Tag::Other,
        };
        Some((range, tag))
    }

    /// Reads the indicator that leads to the next node and leaves the cursor behind it.
    fn lead_in(&mut self) {
        let Some(parent) = self.open.last().copied() else {
            return;
        };
        // A comma before a value means that the value is missing.
        let next = if parent.expects_value {
            self.skip_blanks(self.cursor)
        } else {
            self.skip_gap(self.cursor)
        };
        let byte = self.builder.text.as_bytes().get(next).copied();
        match (parent.form, byte) {
            (Form::BlockSeq, Some(b'-')) => self.cursor = next + 1,
            (Form::BlockMap, Some(b':'))
                if parent.expects_value && self.is_block_colon(next, parent.id) =>
            {
                self.cursor = next + 1;
            }
            (Form::FlowMap | Form::FlowPair, Some(b':')) if parent.expects_value => {
                self.cursor = next + 1;
            }
            (form, Some(b'?')) if form.is_map() && !parent.expects_value && self.is_alone(next) => {
                self.cursor = next + 1;
                self.builder.tree.nodes.set(parent.id, EXPLICIT);
            }
            _ => {}
        }
    }

    /// Whether a colon leads to the value of the key before it: it follows on the same line, or, after
    /// an explicit key, stands in the column of the map.
    fn is_block_colon(&self, colon: usize, map: u32) -> bool {
        let text = self.builder.text;
        let is_below = text::line_start(text, colon) > self.cursor;
        let fits = !is_below || text::column(text, colon) == self.builder.tree.node(map).indent();
        fits && self.is_alone(colon)
    }

    fn is_alone(&self, indicator: usize) -> bool {
        let next = self.builder.text.as_bytes().get(indicator + 1);
        matches!(next, None | Some(b' ' | b'\t' | b'\n' | b'\r'))
    }

    /// The next byte from `at` that is neither blank nor comment nor comma.
    fn skip_gap(&self, at: usize) -> usize {
        let mut at = self.skip_blanks(at);
        while self.builder.text.as_bytes().get(at) == Some(&b',') {
            at = self.skip_blanks(at + 1);
        }
        at
    }

    fn skip_blanks(&self, at: usize) -> usize {
        let bytes = self.builder.text.as_bytes();
        let mut at = at;
        loop {
            match bytes.get(at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => at += 1,
                Some(b'#') => at = text::line_end(self.builder.text, at),
                _ => return at,
            }
        }
    }

    /// Tells the parent that a child node ends at `end`.
    fn finish(&mut self, end: usize) {
        self.cursor = end;
        if let Some(parent) = self.open.last_mut() {
            parent.end = end;
            parent.expects_value = parent.form.is_map() && !parent.expects_value;
        }
    }

    fn push(&mut self, node: RawNode, tag: Option<(Range<usize>, Tag)>) -> Result<u32, Error> {
        let id = self.builder.push(node);
        self.last = id;
        if self.open.is_empty() {
            self.root = Some(id);
        }
        if let Some((range, tag)) = tag
            && let Some(props) = self.builder.props_mut(id)
        {
            props.tag = Some((offset(range.start)..offset(range.end), tag));
        }
        let limit = self.builder.limits.depth;
        if self.open.len() + self.depth > limit {
            let message = format!("nested more than {limit} levels deep");
            return Err(self.builder.error(node.start as usize, message));
        }
        Ok(id)
    }

    fn scalar(
        &mut self,
        style: ScalarStyle,
        range: Range<usize>,
        tag: Option<(Range<usize>, Tag)>,
    ) -> Result<(), Error> {
        self.lead_in();
        let text = self.builder.text;
        let form = match style {
            ScalarStyle::SingleQuoted => Form::Single,
            ScalarStyle::DoubleQuoted => Form::Double,
            ScalarStyle::Literal => Form::Literal,
            ScalarStyle::Folded => Form::Folded,
            ScalarStyle::Plain => Form::Plain,
        };
        let after_tag = tag.as_ref().map_or(0, |(range, _)| range.end);
        let range = if form.is_block_scalar() {
            let start = self.block_header(after_tag.max(self.cursor));
            start..start
        } else if form == Form::Plain && range.is_empty() {
            let at = after_tag.max(self.cursor);
            at..at
        } else {
            range
        };
        let mut node = RawNode::new(form, range.start, range.end);
        let mut end = range.end;
        if form.is_block_scalar() {
            let column = self.open.last().and_then(|open| open.column);
            let extent = decode::extent(text, range.start, column);
            end = extent.end;
            node.end = offset(end);
            self.set_indent(&mut node, extent.indent)?;
        } else if is_coded(form, text::slice(text, range.start, range.end)) {
            node.set(CODED);
        }
        let id = self.push(node, tag)?;
        if let Some(parent) = self.open.last().copied()
            && parent.form.is_map()
            && !parent.expects_value
        {
            self.key(parent.id, id);
        }
        self.finish(end);
        Ok(())
    }

    /// The `|` or `>` of a block scalar whose content was reported; anchors and tags stand between.
    fn block_header(&self, from: usize) -> usize {
        let bytes = self.builder.text.as_bytes();
        let mut at = self.skip_gap(from);
        while matches!(bytes.get(at), Some(b'&' | b'!')) {
            at = self.skip_gap(self.skip_word(at));
        }
        at
    }

    fn skip_word(&self, at: usize) -> usize {
        let rest = self.builder.text.as_bytes().get(at..).unwrap_or_default();
        let length = rest.iter().position(u8::is_ascii_whitespace);
        length.map_or(self.builder.text.len(), |length| at + length)
    }

    fn key(&mut self, map: u32, key: u32) {
        let raw = self.builder.tree.node(key);
        let is_missing = raw.start == raw.end && raw.form() == Form::Plain;
        let source = text::slice(self.builder.text, raw.start as usize, raw.end as usize);
        let tag = self
            .builder
            .tree
            .props(key)
            .and_then(|props| props.tag.as_ref());
        let is_merge = match tag {
            Some((_, tag)) => *tag == Tag::Merge,
            None => raw.form() == Form::Plain && source == "<<",
        };
        if is_missing {
            self.builder.tree.nodes.set(map, EXPLICIT);
        }
        if is_merge {
            self.builder.tree.nodes.set(map, MERGE);
        }
    }

    fn set_indent(&self, node: &mut RawNode, column: usize) -> Result<(), Error> {
        if column > MAX_INDENT {
            let message = format!("indented by more than {MAX_INDENT} columns");
            return Err(self.builder.error(node.start as usize, message));
        }
        node.set_indent(column);
        Ok(())
    }

    fn start(
        &mut self,
        form: Form,
        range: Range<usize>,
        tag: Option<(Range<usize>, Tag)>,
    ) -> Result<(), Error> {
        self.lead_in();
        let text = self.builder.text;
        let start = match form {
            // A sequence in its parent's column is reported behind its first dash.
            Form::BlockSeq => self.block_header(self.cursor),
            _ => range.start,
        };
        let mut node = RawNode::new(form, start, start);
        let mut column = self.open.last().and_then(|open| open.column);
        if form.is_block_collection() {
            column = Some(text::column(text, start));
            self.set_indent(&mut node, text::column(text, start))?;
        }
        let id = self.push(node, tag)?;
        self.builder.tree.nodes.close(id, start, 0);
        self.open.push(Open {
            id,
            form,
            expects_value: false,
            end: start,
            column,
        });
        self.cursor = match form {
            Form::FlowMap | Form::FlowSeq => start + 1,
            _ => start,
        };
        Ok(())
    }

    fn end(&mut self, range: &Range<usize>) -> Result<(), Error> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let end = match open.form {
            Form::FlowMap | Form::FlowSeq => range.end,
            _ => open.end,
        };
        self.builder.close(open.id, end);
        if open.form.is_map() {
            self.builder.refuse_duplicate_keys(open.id)?;
        }
        self.finish(end);
        Ok(())
    }

    fn alias(&mut self, number: usize, range: Range<usize>) -> Result<(), Error> {
        self.lead_in();
        let target = self
            .anchors
            .iter()
            .rev()
            .find(|anchor| anchor.0 == number)
            .copied();
        let id = self.push(RawNode::new(Form::Alias, range.start, range.end), None)?;
        match target.map(|anchor| anchor.1) {
            Some(target) if !self.builder.is_open_collection(target) => {
                self.builder.tree.aliases.push((id, target));
            }
            _ => {
                let name = text::slice(self.builder.text, range.start, range.end);
                let message = format!("the alias `{name}` stands inside what it repeats");
                return Err(self.builder.error(range.start, message));
            }
        }
        self.finish(range.end);
        Ok(())
    }

    /// The anchor of the node that was pushed last.
    fn anchor(&mut self, number: usize, range: Range<usize>) {
        let id = self.last;
        self.anchors.push((number, id));
        let is_missing = {
            let node = self.builder.tree.node(id);
            node.form() == Form::Plain && node.start == node.end
        };
        if let Some(props) = self.builder.props_mut(id) {
            props.anchor = Some(offset(range.start)..offset(range.end));
            let end = props.end();
            // A missing value stands behind its anchor.
            if is_missing {
                self.builder.tree.nodes.move_to(id, end);
                self.cursor = end as usize;
                if let Some(parent) = self.open.last_mut() {
                    parent.end = end as usize;
                }
            }
        }
    }
}

/// Whether the value differs from its text between the quotes.
fn is_coded(form: Form, source: &str) -> bool {
    let has_break = source.contains('\n');
    match form {
        Form::Single => {
            has_break
                || source
                    .get(1..source.len() - 1)
                    .unwrap_or_default()
                    .contains('\'')
        }
        Form::Double => has_break || source.contains('\\'),
        _ => has_break,
    }
}

const TAB: &str = "a tab can't indent YAML; use spaces";

/// granit's reason in our words where they help, with what to do.
fn explain(error: &ScanError) -> String {
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => "nested more than 255 levels deep, as no Kubernetes object is; look at what wrote this".to_owned(),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => TAB.to_owned(),
        ErrorKind::UnclosedQuotedScalar => {
            "this quoted text is never closed; add the quote that ends it".to_owned()
        }
        ErrorKind::InvalidQuotedScalarIndent => {
            "the lines of this quoted text must be indented further than its key; or the quote that ends it is missing above".to_owned()
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            let close = if *open == '{' { '}' } else { ']' };
            format!("this `{open}` is never closed; add `{close}`")
        }
        ErrorKind::UnknownAnchor => "this alias has no anchor before it in its document".to_owned(),
        ErrorKind::MappingValueNotAllowed => {
            "a second `: ` on this line; put the text in quotes, or the map on lines of its own"
                .to_owned()
        }
        _ => error.info(),
    }
}
