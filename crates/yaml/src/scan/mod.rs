//! The fast scanner: block YAML as people, kustomize and kpt write it, read straight into the tree.
//!
//! It takes a strict subset of YAML and gives up on anything it isn't sure of; granit then reads that
//! list item, or the whole document. What it does take it reads exactly as granit would, to the byte:
//! the tests compare the two on every document they can make up.

use std::mem;
use std::ops::Range;

use memchr::memchr3;

use crate::build::Builder;
use crate::granit;
use crate::tree::{Form, MAX_INDENT, RawNode};

use keys::Keys;

mod flow;
mod keys;
mod parts;
mod scalar;
mod wide;

/// Whether the byte may begin plain text, whatever stands behind it.
#[inline]
const fn starts_plain(byte: u8) -> bool {
    !matches!(
        byte,
        b' ' | b'\n'
            | b'\t'
            | b','
            | b'['
            | b']'
            | b'{'
            | b'}'
            | b'#'
            | b'&'
            | b'*'
            | b'!'
            | b'|'
            | b'>'
            | b'\''
            | b'"'
            | b'%'
            | b'@'
            | b'`'
            | b'?'
            | b':'
    )
}

/// The scanner isn't sure.
#[derive(Clone, Copy)]
pub(crate) struct Bail;

type Scan<T> = Result<T, Bail>;

/// Collections inside one another; granit decides about deeper ones.
const MAX_DEPTH: usize = 200;
/// Lists this close to the root have their items read by granit one by one where that is needed.
const ITEM_DEPTH: usize = 2;
/// YAML allows 1024 characters.
const MAX_KEY: usize = 1000;

/// Reads the one document in `range`; none is left in the builder where the scanner gives up.
pub(crate) fn document(builder: &mut Builder<'_>, range: Range<usize>) -> Scan<u32> {
    let first = builder.len();
    let bytes = builder.text.as_bytes().get(..range.end).unwrap_or_default();
    // The scanner has the builder to itself, as have those that read parts of the same text beside it.
    let nothing = Builder::new("", builder.limits);
    let mut scanner = Scanner {
        bytes,
        builder: mem::replace(builder, nothing),
        line: range.start,
        at: range.start,
        column: None,
        depth: 0,
        odd: odd_bytes(bytes, range.start),
        handed_over: Vec::new(),
    };
    let root = scanner.root();
    *builder = scanner.builder;
    match root {
        Ok(_) => builder.left.extend(scanner.handed_over),
        Err(Bail) => builder.truncate(first),
    }
    root
}

/// Offsets of control characters, breaks other than LF, and characters that YAML forbids: rare
/// enough to be left to granit wherever they stand.
fn odd_bytes(bytes: &[u8], start: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = start;
    while let Some(at) = wide::find_unusual(bytes, from) {
        let is_odd = |at: &usize| is_odd(bytes.get(*at..).unwrap_or_default());
        found.extend((at..at + wide::WIDTH).filter(is_odd));
        from = at + wide::WIDTH;
    }
    found
}

fn is_odd(bytes: &[u8]) -> bool {
    match bytes {
        [b'\n' | b'\t', ..] => false,
        [..0x20 | 0x7f, ..] | [0xc2, ..0xa0, ..] | [0xe2, 0x80, 0xa8 | 0xa9, ..] => true,
        [0xef, second, third, ..] => matches!((second, third), (0xbb, 0xbf) | (0xbf, 0xbe | 0xbf)),
        _ => false,
    }
}

struct Scanner<'t> {
    bytes: &'t [u8],
    builder: Builder<'t>,
    /// Start of the line that `at` is on.
    line: usize,
    /// The first character of the next line with content.
    at: usize,
    /// Its column; none at the end.
    column: Option<usize>,
    depth: usize,
    odd: Vec<usize>,
    /// Items that granit read.
    handed_over: Vec<Range<usize>>,
}

/// A key as it stands before its colon.
struct Key {
    form: Form,
    end: usize,
}

impl Scanner<'_> {
    #[inline]
    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// Whether a blank or the end of the line or text stands at `at`.
    #[inline]
    fn is_blank(&self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b' ' | b'\n'))
    }

    fn is_dash(&self, at: usize) -> bool {
        self.byte(at) == Some(b'-') && self.is_blank(at + 1)
    }

    #[inline]
    fn skip_spaces(&self, from: usize) -> usize {
        wide::skip_spaces(self.bytes, from)
    }

    fn line_end(&self, from: usize) -> usize {
        wide::line_end(self.bytes, from)
    }

    /// Goes to the first line with content that starts at or behind `line`.
    #[inline]
    fn advance(&mut self, line: usize) -> Scan<()> {
        let mut line = line;
        loop {
            let at = self.skip_spaces(line);
            match self.byte(at) {
                None => {
                    (self.line, self.at, self.column) = (line, at, None);
                    return Ok(());
                }
                Some(b'\n') => line = at + 1,
                Some(b'#') => line = self.line_end(at) + 1,
                Some(b'\t') => return Err(Bail),
                // The end of the document, or something like it.
                Some(b'.') if at == line => return Err(Bail),
                Some(_) => {
                    (self.line, self.at, self.column) = (line, at, Some(at - line));
                    return Ok(());
                }
            }
        }
    }

    /// Goes on behind a value that ended at `at`: only a comment may follow on its line.
    fn finish_line(&mut self, at: usize) -> Scan<()> {
        let next = self.skip_spaces(at);
        match self.byte(next) {
            None | Some(b'\n') => self.advance(next + 1),
            Some(b'#') if next > at => {
                let line = self.line_end(next) + 1;
                self.advance(line)
            }
            Some(_) => Err(Bail),
        }
    }

    fn root(&mut self) -> Scan<u32> {
        self.advance(self.line)?;
        if self.column == Some(0)
            && self
                .bytes
                .get(self.at..)
                .unwrap_or_default()
                .starts_with(b"---")
        {
            self.finish_line(self.at + 3)?;
        }
        let id = self.builder.len();
        let column = self.column.ok_or(Bail)?;
        match self.byte(self.at) {
            Some(b'%' | b'.') => return Err(Bail),
            Some(b'[' | b'{') => {
                let end = self.flow(self.at, None)?;
                self.finish_line(end)?;
            }
            _ => {
                self.block(column)?;
            }
        }
        let is_handed_over = |odd: &usize| self.handed_over.iter().any(|range| range.contains(odd));
        let is_clean = self.odd.iter().all(is_handed_over);
        if self.column.is_none() && is_clean {
            Ok(id)
        } else {
            Err(Bail)
        }
    }

    /// A list or map whose first line begins at `at`, in `column`.
    fn block(&mut self, column: usize) -> Scan<usize> {
        if self.is_dash(self.at) {
            return self.sequence(column, false);
        }
        let key = self.key(self.at)?.ok_or(Bail)?;
        self.map(column, key)
    }

    fn open(&mut self, form: Form, column: usize) -> Scan<u32> {
        self.depth += 1;
        if self.depth > MAX_DEPTH || column > MAX_INDENT {
            return Err(Bail);
        }
        let mut node = RawNode::new(form, self.at, self.at);
        node.set_indent(column);
        Ok(self.builder.push(node))
    }

    fn close(&mut self, id: u32, end: usize) {
        self.depth -= 1;
        self.builder.close(id, end);
    }

    fn map(&mut self, column: usize, first: Key) -> Scan<usize> {
        let id = self.open(Form::BlockMap, column)?;
        let mut keys = Keys::default();
        let mut key = first;
        let end = loop {
            let node = RawNode::new(key.form, self.at, key.end);
            self.remember(&mut keys, id, node)?;
            self.builder.push(node);
            let end = self.value(key.end + 1, column, true)?;
            match self.column {
                Some(next) if next > column => return Err(Bail),
                Some(next) if next == column => key = self.key(self.at)?.ok_or(Bail)?,
                _ => break end,
            }
        };
        self.compare(&keys, id)?;
        self.close(id, end);
        Ok(end)
    }

    fn sequence(&mut self, column: usize, is_flush: bool) -> Scan<usize> {
        let id = self.open(Form::BlockSeq, column)?;
        let end = self.all_items(column, is_flush)?;
        self.close(id, end);
        Ok(end)
    }

    /// Items until the list ends, or to the first that begins at or behind `until`.
    fn items(&mut self, column: usize, is_flush: bool, until: usize) -> Scan<usize> {
        loop {
            let end = self.item(column)?;
            match self.column {
                Some(next) if next > column => return Err(Bail),
                Some(next) if next == column && self.is_dash(self.at) => {
                    if self.line >= until {
                        return Ok(end);
                    }
                }
                // Only a list in its key's column ends at a key in that column.
                Some(next) if next == column && !is_flush => return Err(Bail),
                _ => return Ok(end),
            }
        }
    }

    fn item(&mut self, column: usize) -> Scan<usize> {
        let begins_line = self.skip_spaces(self.line) == self.at;
        if self.depth > ITEM_DEPTH || !begins_line {
            return self.plain_item(column);
        }
        let (line, depth, id) = (self.line, self.depth, self.builder.len());
        let end = self.plain_item(column);
        let is_odd = |scanner: &Self| {
            let from = scanner.odd.partition_point(|odd| *odd < line);
            scanner.odd.get(from).is_some_and(|odd| *odd < scanner.line)
        };
        match end {
            Ok(end) if !is_odd(self) => Ok(end),
            _ => {
                self.depth = depth;
                self.builder.truncate(id);
                self.hand_over(line, column)
            }
        }
    }

    /// Has granit read the item whose dash stands in `column` of `line`.
    fn hand_over(&mut self, line: usize, column: usize) -> Scan<usize> {
        // The item ends where a line begins that can't belong to it. Where such a line is part of a
        // scalar or stands in brackets, granit refuses the part and reads the whole document instead.
        let mut next = self.line_end(line) + 1;
        loop {
            let at = self.skip_spaces(next);
            match self.byte(at) {
                None => break,
                Some(b'\n' | b'#') => next = self.line_end(at) + 1,
                Some(_) if at - next <= column => break,
                Some(_) => next = self.line_end(at) + 1,
            }
        }
        let next = next.min(self.bytes.len());
        let end = granit::item(&mut self.builder, line..next, self.depth).map_err(|_| Bail)?;
        // Parts of the item that were handed over before it are read again as part of it.
        self.handed_over.retain(|part| part.start < line);
        self.handed_over.push(line..next);
        self.advance(next)?;
        Ok(end)
    }

    fn plain_item(&mut self, column: usize) -> Scan<usize> {
        let after_dash = self.at + 1;
        let at = self.skip_spaces(after_dash);
        let inner = at - self.line;
        if self.is_dash(at) {
            self.at = at;
            return self.sequence(inner, false);
        }
        match self.byte(at) {
            None | Some(b'\n' | b'#' | b'[' | b'{' | b'|' | b'>') => {
                self.value(after_dash, column, false)
            }
            Some(_) => match self.key(at)? {
                Some(key) => {
                    self.at = at;
                    self.map(inner, key)
                }
                None => self.value(after_dash, column, false),
            },
        }
    }

    /// The key that begins at `at`, where the line holds one.
    #[inline]
    fn key(&self, at: usize) -> Scan<Option<Key>> {
        match self.byte(at) {
            Some(quote @ (b'"' | b'\'')) => self.quoted_key(at, quote),
            _ => self.plain_key(at),
        }
    }

    fn quoted_key(&self, at: usize, quote: u8) -> Scan<Option<Key>> {
        let rest = self.bytes.get(at + 1..).unwrap_or_default();
        let length = memchr3(quote, b'\\', b'\n', rest).ok_or(Bail)?;
        if rest.get(length) != Some(&quote) {
            // A text of several lines is no key; an escape may stand in either.
            return Ok(None);
        }
        let end = at + length + 2;
        match self.byte(end) {
            Some(b':') if !self.is_blank(end + 1) || length > MAX_KEY => Err(Bail),
            Some(b':') => Ok(Some(Key {
                form: if quote == b'"' {
                    Form::Double
                } else {
                    Form::Single
                },
                end,
            })),
            _ => Ok(None),
        }
    }

    #[inline]
    fn plain_key(&self, at: usize) -> Scan<Option<Key>> {
        if !self.may_start_plain(at) {
            return Err(Bail);
        }
        let (end, stop) = self.plain_end(at);
        match stop {
            Stop::Colon => {}
            Stop::Tab => return Err(Bail),
            Stop::Comment | Stop::LineEnd => return Ok(None),
        }
        let is_merge = end == at + 2 && self.bytes.get(at..end) == Some(b"<<");
        if end == at || is_merge || self.byte(end - 1) == Some(b' ') || end - at > MAX_KEY {
            return Err(Bail);
        }
        let form = Form::Plain;
        Ok(Some(Key { form, end }))
    }

    #[inline]
    fn may_start_plain(&self, at: usize) -> bool {
        match self.byte(at) {
            None => false,
            Some(b'-' | b':') => !self.is_blank(at + 1) && self.byte(at + 1) != Some(b'\t'),
            Some(byte) => starts_plain(byte),
        }
    }

    /// Where plain text on one line ends, and why; blanks before the end are not cut off.
    #[inline]
    fn plain_end(&self, start: usize) -> (usize, Stop) {
        let mut at = start;
        loop {
            let Some(found) = wide::plain_stop(self.bytes, at) else {
                return (self.bytes.len(), Stop::LineEnd);
            };
            match self.byte(found) {
                Some(b'\n') => return (found, Stop::LineEnd),
                Some(b':') if self.is_blank(found + 1) => return (found, Stop::Colon),
                Some(b'#') if found > start && self.byte(found - 1) == Some(b' ') => {
                    return (found, Stop::Comment);
                }
                Some(b'\t') => return (found, Stop::Tab),
                _ => at = found + 1,
            }
        }
    }

    /// The value behind a colon or dash that ends at `after`; `parent` is the column of the
    /// collection around it.
    fn value(&mut self, after: usize, parent: usize, in_map: bool) -> Scan<usize> {
        let at = self.skip_spaces(after);
        match self.byte(at) {
            None | Some(b'\n') => self.value_below(after, at + 1, parent, in_map),
            Some(b'#') if at > after => {
                let line = self.line_end(at) + 1;
                self.value_below(after, line, parent, in_map)
            }
            Some(b'|') => self.block_scalar(Form::Literal, at, parent),
            Some(b'>') => self.block_scalar(Form::Folded, at, parent),
            Some(_) => self.inline(at, parent),
        }
    }

    /// A scalar or brackets from `at` on, and nothing else on the line where they end.
    fn inline(&mut self, at: usize, parent: usize) -> Scan<usize> {
        let end = match self.byte(at) {
            Some(b'"') => self.double(at, Some(parent))?,
            Some(b'\'') => self.single(at, Some(parent))?,
            Some(b'[' | b'{') => self.flow(at, Some(parent))?,
            _ => return self.plain(at, parent),
        };
        self.finish_line(end)?;
        Ok(end)
    }

    /// A value that begins on a line of its own, in `column`.
    fn below(&mut self, column: usize, parent: usize) -> Scan<usize> {
        if self.is_dash(self.at) {
            return self.sequence(column, false);
        }
        let is_flow = matches!(self.byte(self.at), Some(b'[' | b'{'));
        match if is_flow { None } else { self.key(self.at)? } {
            Some(key) => self.map(column, key),
            None => self.inline(self.at, parent),
        }
    }

    /// A value on the lines below its key or dash, or none.
    fn value_below(
        &mut self,
        after: usize,
        line: usize,
        parent: usize,
        in_map: bool,
    ) -> Scan<usize> {
        self.advance(line)?;
        match self.column {
            Some(column) if column > parent => self.below(column, parent),
            Some(column) if column == parent && in_map && self.is_dash(self.at) => {
                self.sequence(column, true)
            }
            _ => {
                self.builder.push(RawNode::new(Form::Plain, after, after));
                Ok(after)
            }
        }
    }
}

/// What ends plain text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Colon,
    Comment,
    LineEnd,
    /// The scanner isn't sure of tabs.
    Tab,
}
