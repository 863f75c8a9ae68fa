//! No map has a key twice.

use std::ops::Range;

use super::{Bail, Scan, Scanner, wide};
use crate::nodes::Nodes;
use crate::tree::{Form, RawNode};

/// Larger maps have their keys compared when they end.
const FEW: usize = 24;

/// The keys of a map so far: how many, and marks that two equal ones share.
#[derive(Default)]
pub(super) struct Keys {
    count: usize,
    marks: u64,
}

impl Keys {
    /// Takes note of a key; returns whether one of those before it may be the same.
    #[inline]
    fn may_have(&mut self, bytes: &[u8], span: Range<usize>) -> bool {
        // Annotations begin alike and end differently.
        let begin = wide::begins(bytes, span.clone());
        let end = wide::ends(bytes, span);
        let spread = (begin ^ end.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mark = 1 << (spread >> 58);
        let may_have = self.count < FEW && self.marks & mark != 0;
        self.marks |= mark;
        self.count += 1;
        may_have
    }
}

impl Scanner<'_> {
    /// Takes note of the next key of `map`, whose entries so far are in the tree.
    #[inline]
    pub(super) fn remember(&self, keys: &mut Keys, map: u32, key: RawNode) -> Scan<()> {
        if keys.may_have(self.bytes, inside(key))
            && self.keys(map).any(|known| known == self.text(key))
        {
            return Err(Bail);
        }
        Ok(())
    }

    /// Looks at the keys of `map`, which has ended.
    #[inline]
    pub(super) fn compare(&self, keys: &Keys, map: u32) -> Scan<()> {
        if keys.count > FEW && self.has_twice(map) {
            return Err(Bail);
        }
        Ok(())
    }

    fn has_twice(&self, map: u32) -> bool {
        let mut texts: Vec<&[u8]> = self.keys(map).collect();
        texts.sort_unstable();
        let mut pairs = texts.iter().zip(texts.iter().skip(1));
        pairs.any(|(one, other)| one == other)
    }

    fn keys(&self, map: u32) -> impl Iterator<Item = &[u8]> {
        let nodes = &self.builder.tree.nodes;
        let mut at = Nodes::first_child(map);
        std::iter::from_fn(move || {
            let key = (at < nodes.len()).then_some(at)?;
            at = nodes.next(nodes.next(key));
            Some(self.text(nodes.get(key)))
        })
    }

    fn text(&self, key: RawNode) -> &[u8] {
        self.bytes.get(inside(key)).unwrap_or_default()
    }
}

/// Where the text of a key stands: the scanner leaves those with escapes to granit.
#[inline]
fn inside(key: RawNode) -> Range<usize> {
    let quote = usize::from(key.form() != Form::Plain);
    key.start as usize + quote..key.end as usize - quote
}
