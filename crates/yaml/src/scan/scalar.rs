//! Scalars: plain, in quotes, and in blocks.

use memchr::memchr;

use super::{Bail, Scan, Scanner, Stop, wide};
use crate::decode;
use crate::tree::{CODED, Form, MAX_INDENT, RawNode};

/// A text in quotes, as far as it has been read.
struct Quoted {
    form: Form,
    start: usize,
    end: usize,
    is_coded: bool,
    has_break: bool,
}

impl Quoted {
    fn new(form: Form, start: usize) -> Self {
        Self {
            form,
            start,
            end: start + 1,
            is_coded: false,
            has_break: false,
        }
    }
}

impl Scanner<'_> {
    pub(super) fn plain(&mut self, start: usize, parent: usize) -> Scan<usize> {
        if !self.may_start_plain(start) {
            return Err(Bail);
        }
        let (mut stop_at, mut stop) = self.plain_end(start);
        let mut end = self.trim(start, stop_at);
        let mut is_coded = false;
        // Lines that are indented further go on with the text.
        loop {
            match stop {
                Stop::Colon | Stop::Tab => return Err(Bail),
                Stop::Comment => {
                    let line = self.line_end(stop_at) + 1;
                    self.advance(line)?;
                    break;
                }
                Stop::LineEnd => {}
            }
            let line = stop_at + 1;
            self.advance(line)?;
            if self.column.is_none_or(|column| column <= parent) {
                break;
            }
            let between = self.bytes.get(line..self.line).unwrap_or_default();
            if between.iter().any(|byte| !matches!(byte, b' ' | b'\n')) {
                // A comment ended the text.
                return Err(Bail);
            }
            (stop_at, stop) = self.plain_end(self.at);
            end = self.trim(self.at, stop_at);
            is_coded = true;
        }
        let mut node = RawNode::new(Form::Plain, start, end);
        if is_coded {
            node.set(CODED);
        }
        self.builder.push(node);
        Ok(end)
    }

    /// The end of a text without the blanks before it.
    #[inline]
    pub(super) fn trim(&self, start: usize, end: usize) -> usize {
        let mut end = end;
        while end > start && self.byte(end - 1) == Some(b' ') {
            end -= 1;
        }
        end
    }

    pub(super) fn double(&mut self, start: usize, parent: Option<usize>) -> Scan<usize> {
        let mut text = Quoted::new(Form::Double, start);
        loop {
            let at = wide::quoted_stop(self.bytes, text.end, b'"').ok_or(Bail)?;
            text.end = at + 1;
            match self.byte(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    text.is_coded = true;
                    text.has_break |= self.byte(at + 1) == Some(b'\n');
                    text.end = self.escape(at + 1)?;
                }
                Some(b'\n') => text.has_break = true,
                _ => {}
            }
        }
        self.quoted(&text, parent)
    }

    /// Checks the escape whose letter stands at `at`; returns what is behind it.
    fn escape(&self, at: usize) -> Scan<usize> {
        let digits = match self.byte(at).ok_or(Bail)? {
            b'0' | b'a' | b'b' | b't' | b'n' | b'v' | b'f' | b'r' | b'e' | b' ' | b'"' | b'/'
            | b'\\' | b'N' | b'_' | b'L' | b'P' | b'\n' => return Ok(at + 1),
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => return Err(Bail),
        };
        let text = self.bytes.get(at + 1..at + 1 + digits).ok_or(Bail)?;
        let code = text.iter().try_fold(0u32, |code, byte| {
            let digit = char::from(*byte).to_digit(16)?;
            Some(code.wrapping_mul(16).wrapping_add(digit))
        });
        match code.and_then(char::from_u32) {
            Some(_) => Ok(at + 1 + digits),
            None => Err(Bail),
        }
    }

    pub(super) fn single(&mut self, start: usize, parent: Option<usize>) -> Scan<usize> {
        let mut text = Quoted::new(Form::Single, start);
        loop {
            let at = wide::quoted_stop(self.bytes, text.end, b'\'').ok_or(Bail)?;
            text.end = at + 1;
            match self.byte(at) {
                Some(b'\'') if self.byte(at + 1) == Some(b'\'') => {
                    text.is_coded = true;
                    text.end += 1;
                }
                Some(b'\'') => break,
                Some(b'\n') => text.has_break = true,
                _ => {}
            }
        }
        self.quoted(&text, parent)
    }

    fn quoted(&mut self, quoted: &Quoted, parent: Option<usize>) -> Scan<usize> {
        let mut node = RawNode::new(quoted.form, quoted.start, quoted.end);
        if quoted.has_break {
            let text = self.bytes.get(quoted.start..quoted.end).unwrap_or_default();
            // granit wants further lines deeper than the parent; a tab there is for it to judge.
            let least = parent.map_or(0, |parent| parent + 1);
            let mut lines = text.split(|byte| *byte == b'\n').skip(1);
            let fits = lines.all(|line| {
                let spaces = line.iter().take_while(|byte| **byte == b' ').count();
                spaces == line.len() || (spaces >= least.max(1) && line.get(spaces) != Some(&b'\t'))
            });
            if !fits || memchr(b'\t', text).is_some() {
                return Err(Bail);
            }
        }
        if quoted.has_break || quoted.is_coded {
            node.set(CODED);
        }
        self.builder.push(node);
        Ok(quoted.end)
    }

    pub(super) fn block_scalar(&mut self, form: Form, start: usize, parent: usize) -> Scan<usize> {
        let mut header_end = start + 1;
        let keeps = self.byte(header_end) == Some(b'+');
        if matches!(self.byte(header_end), Some(b'-' | b'+')) {
            header_end += 1;
        }
        let next = self.skip_spaces(header_end);
        let header_line_end = match self.byte(next) {
            None | Some(b'\n') => next,
            Some(b'#') if next > header_end => self.line_end(next),
            Some(_) => return Err(Bail),
        };
        let (indent, mut line) = self.block_indent(header_line_end + 1, parent)?;
        let mut end = header_end;
        let is_empty = indent == 0;
        while let (false, Some(rest)) = (
            is_empty,
            self.bytes.get(line..).filter(|rest| !rest.is_empty()),
        ) {
            let length = memchr(b'\n', rest).unwrap_or(rest.len());
            let text = rest.get(..length).unwrap_or_default();
            let spaces = text
                .iter()
                .take(indent)
                .take_while(|byte| **byte == b' ')
                .count();
            if spaces < indent && spaces < length {
                // A line that is neither deep enough nor clearly outside is for granit to judge.
                if spaces > parent || text.get(spaces) == Some(&b'\t') {
                    return Err(Bail);
                }
                break;
            }
            if length > indent {
                end = line + length;
            }
            line += length + 1;
        }
        if keeps || is_empty {
            end = decode::extent(self.builder.text, start, Some(parent)).end;
            if end > self.bytes.len() {
                return Err(Bail);
            }
        }
        let mut node = RawNode::new(form, start, end);
        let indent = if is_empty {
            decode::extent(self.builder.text, start, Some(parent)).indent
        } else {
            indent
        };
        if indent > MAX_INDENT {
            return Err(Bail);
        }
        node.set_indent(indent);
        self.builder.push(node);
        self.advance(line.min(self.bytes.len()))?;
        Ok(end)
    }

    /// The indentation of the first line with text, and where the scalar's lines begin; zero where it
    /// has no text.
    fn block_indent(&self, body: usize, parent: usize) -> Scan<(usize, usize)> {
        let mut line = body;
        let mut widest = 0;
        loop {
            let at = self.skip_spaces(line);
            match self.byte(at) {
                None => return Ok((0, self.bytes.len())),
                Some(b'\n') => {
                    widest = widest.max(at - line);
                    line = at + 1;
                }
                Some(b'\t') => return Err(Bail),
                Some(_) if at - line <= parent => return Ok((0, line)),
                Some(_) if widest > at - line => return Err(Bail),
                Some(_) => return Ok((at - line, body)),
            }
        }
    }
}
