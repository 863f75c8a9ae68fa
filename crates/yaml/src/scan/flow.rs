//! What stands in brackets.

use memchr::memchr3;

use super::keys::Keys;
use super::{Bail, Key, MAX_DEPTH, MAX_KEY, Scan, Scanner};
use crate::tree::{Form, RawNode};

impl Scanner<'_> {
    /// A list or map in brackets that begins at `start`; returns its end.
    pub(super) fn flow(&mut self, start: usize, parent: Option<usize>) -> Scan<usize> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Bail);
        }
        let is_map = self.byte(start) == Some(b'{');
        let (form, close) = if is_map {
            (Form::FlowMap, b'}')
        } else {
            (Form::FlowSeq, b']')
        };
        let id = self.builder.push(RawNode::new(form, start, start));
        let mut keys = Keys::default();
        let mut at = self.skip_flow_gap(start + 1, parent)?;
        if self.byte(at) != Some(close) {
            loop {
                if is_map {
                    at = self.flow_key(at, id, &mut keys)?;
                    at = self.skip_flow_gap(at, parent)?;
                }
                at = self.flow_value(at, parent)?;
                at = self.skip_flow_gap(at, parent)?;
                match self.byte(at) {
                    Some(b',') => at = self.skip_flow_gap(at + 1, parent)?,
                    Some(byte) if byte == close => break,
                    _ => return Err(Bail),
                }
            }
        }
        self.compare(&keys, id)?;
        self.close(id, at + 1);
        Ok(at + 1)
    }

    /// Skips blanks and line breaks between brackets; a further line must be deeper than the parent.
    fn skip_flow_gap(&self, from: usize, parent: Option<usize>) -> Scan<usize> {
        let least = parent.map_or(0, |parent| parent + 1);
        let mut at = self.skip_spaces(from);
        while self.byte(at) == Some(b'\n') {
            let line = at + 1;
            at = self.skip_spaces(line);
            let is_deep = at - line >= least || self.byte(at) == Some(b'\n');
            // The end of the document, or something like it.
            let may_end = at == line && self.byte(at) == Some(b'.');
            if !is_deep || may_end {
                return Err(Bail);
            }
        }
        Ok(at)
    }

    fn flow_key(&mut self, at: usize, map: u32, keys: &mut Keys) -> Scan<usize> {
        let (form, end) = match self.byte(at) {
            Some(quote @ (b'"' | b'\'')) => {
                let key = self.flow_quoted_key(at, quote)?;
                (key.form, key.end)
            }
            _ => (Form::Plain, self.flow_plain_end(at)?),
        };
        let is_key =
            self.byte(end) == Some(b':') && (form != Form::Plain || self.is_blank(end + 1));
        let is_merge = self.bytes.get(at..end) == Some(b"<<") && form == Form::Plain;
        if !is_key || is_merge || end - at > MAX_KEY {
            return Err(Bail);
        }
        let node = RawNode::new(form, at, end);
        self.remember(keys, map, node)?;
        self.builder.push(node);
        Ok(end + 1)
    }

    fn flow_quoted_key(&self, at: usize, quote: u8) -> Scan<Key> {
        let rest = self.bytes.get(at + 1..).unwrap_or_default();
        let length = memchr3(quote, b'\\', b'\n', rest).ok_or(Bail)?;
        let end = at + length + 2;
        if rest.get(length) != Some(&quote) || self.byte(end) == Some(quote) {
            return Err(Bail);
        }
        Ok(Key {
            form: if quote == b'"' {
                Form::Double
            } else {
                Form::Single
            },
            end,
        })
    }

    fn flow_value(&mut self, at: usize, parent: Option<usize>) -> Scan<usize> {
        let end = match self.byte(at) {
            Some(b'[' | b'{') => return self.flow(at, parent),
            Some(b'"') => self.double(at, parent)?,
            Some(b'\'') => self.single(at, parent)?,
            _ => {
                let end = self.flow_plain_end(at)?;
                self.builder.push(RawNode::new(Form::Plain, at, end));
                end
            }
        };
        // What goes on with a colon or text of another line isn't a value by itself.
        let next = self.skip_spaces(end);
        match self.byte(next) {
            Some(b',' | b']' | b'}' | b'\n') => Ok(end),
            _ => Err(Bail),
        }
    }

    fn flow_plain_end(&self, start: usize) -> Scan<usize> {
        if !self.may_start_plain(start)
            || (self.byte(start) == Some(b'-') && self.is_flow_end(start + 1))
            || self.byte(start) == Some(b':')
        {
            return Err(Bail);
        }
        let mut at = start;
        loop {
            match self.byte(at).ok_or(Bail)? {
                b',' | b']' | b'}' | b'\n' => break,
                b'[' | b'{' | b'\t' => return Err(Bail),
                b'#' if at > start && self.byte(at - 1) == Some(b' ') => return Err(Bail),
                b':' if self.is_blank(at + 1) => break,
                b':' if self.is_flow_end(at + 1) => return Err(Bail),
                _ => at += 1,
            }
        }
        let end = self.trim(start, at);
        // `a : b`: the colon doesn't touch its key.
        if self.byte(at) == Some(b':') && end < at {
            Err(Bail)
        } else {
            Ok(end)
        }
    }

    fn is_flow_end(&self, at: usize) -> bool {
        matches!(self.byte(at), Some(b',' | b'[' | b']' | b'{' | b'}'))
    }
}
