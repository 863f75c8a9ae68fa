//! The keys of the maps that are open, so that no map has one twice.

use std::ops::Range;

use super::{Bail, Scan, wide};

/// Maps up to this size compare each new key with the ones before it.
const FEW: usize = 24;

/// A key: its first eight bytes and where it stands.
#[derive(Clone, Copy)]
struct Known {
    begins: u64,
    start: usize,
    end: usize,
}

/// Keys of the open maps, the innermost last.
#[derive(Default)]
pub(super) struct Keys(Vec<Known>);

impl Keys {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets the keys from number `from` on, whatever they are.
    pub(super) fn truncate(&mut self, from: usize) {
        self.0.truncate(from);
    }

    /// Adds a key to the innermost map, whose keys begin at number `from`.
    #[inline]
    pub(super) fn add(&mut self, bytes: &[u8], from: usize, span: Range<usize>) -> Scan<()> {
        let key = Known {
            begins: wide::begins(bytes, span.clone()),
            start: span.start,
            end: span.end,
        };
        let known = self.0.get(from..).unwrap_or_default();
        if known.len() < FEW && known.iter().any(|other| key.is_same(bytes, *other)) {
            return Err(Bail);
        }
        self.0.push(key);
        Ok(())
    }

    /// Ends the innermost map.
    #[inline]
    pub(super) fn end(&mut self, bytes: &[u8], from: usize) -> Scan<()> {
        let has_twice = self.0.len() - from > FEW && self.has_twice(bytes, from);
        self.0.truncate(from);
        if has_twice { Err(Bail) } else { Ok(()) }
    }

    fn has_twice(&self, bytes: &[u8], from: usize) -> bool {
        let keys = self.0.get(from..).unwrap_or_default();
        let mut texts: Vec<&[u8]> = keys.iter().map(|key| key.text(bytes)).collect();
        texts.sort_unstable();
        let mut pairs = texts.iter().zip(texts.iter().skip(1));
        pairs.any(|(one, other)| one == other)
    }
}

impl Known {
    fn text(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start..self.end).unwrap_or_default()
    }

    #[inline]
    fn is_same(self, bytes: &[u8], other: Self) -> bool {
        self.begins == other.begins && self.text(bytes) == other.text(bytes)
    }
}
