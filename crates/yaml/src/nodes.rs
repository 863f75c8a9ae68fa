//! The arena of a tree: nodes in document order, a collection before its children.
//!
//! Most nodes are scalars of one line, and a tree costs what it takes to read it once more: so such a node is eight
//! bytes, and one that needs more to be said takes the next eight as well. A node's number is that of its first
//! eight bytes.

use std::ops::Range;

use crate::tree::{CODED, EXPLICIT, FORM_MASK, Form, RawNode, offset};

/// Where the node begins; flags below and, above, its length, or the column of one that goes on in the next word.
/// There: where it ends, and the number of the first node behind its descendants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Word(u32, u32);

/// Flags take the lowest bits of a word.
const FLAGS: u32 = 0xff;
const FLAGS_WIDTH: u32 = 8;

/// The scalar is too long to be said in a word; it has no keys that could be explicit.
const LONG: u32 = EXPLICIT;

/// All nodes of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Nodes(Vec<Word>);

impl Nodes {
    /// Makes room for the nodes of a text of some length.
    pub(crate) fn reserve_for(&mut self, length: usize) {
        // Lists have a word for 13 to 20 bytes, workloads by themselves one for 11; growing would touch each page twice.
        self.0.reserve(length / 10);
    }

    /// The number that the next node gets.
    #[inline]
    pub(crate) fn len(&self) -> u32 {
        offset(self.0.len())
    }

    /// Adds a node without descendants.
    #[inline]
    pub(crate) fn push(&mut self, node: RawNode) -> u32 {
        let id = self.len();
        let length = node.end.wrapping_sub(node.start);
        if !is_wide(node.bits) && length >> (u32::BITS - FLAGS_WIDTH) == 0 {
            self.0
                .push(Word(node.start, node.bits | length << FLAGS_WIDTH));
        } else {
            let is_long = !is_wide(node.bits);
            let bits = node.bits | if is_long { LONG } else { 0 };
            self.0.push(Word(node.start, bits));
            self.0.push(Word(node.end, id + 2));
        }
        id
    }

    /// The node; an empty one where there is none of that number.
    #[inline]
    pub(crate) fn get(&self, id: u32) -> RawNode {
        let Word(start, high) = self.word(id);
        if is_wide(high) {
            let Word(end, next) = self.word(id + 1);
            return RawNode {
                start,
                end,
                next,
                bits: high,
            };
        }
        RawNode {
            start,
            end: start + (high >> FLAGS_WIDTH),
            next: id + 1,
            bits: high & FLAGS,
        }
    }

    #[inline]
    fn word(&self, id: u32) -> Word {
        self.0.get(id as usize).copied().unwrap_or_default()
    }

    /// The number of the first node behind the descendants of this one.
    #[inline]
    pub(crate) fn next(&self, id: u32) -> u32 {
        if is_wide(self.word(id).1) {
            self.word(id + 1).1
        } else {
            id + 1
        }
    }

    /// The number of the value behind a key of the map `id`. Plain keys are told by what stands in `text`, others by
    /// `is_key`.
    #[inline]
    pub(crate) fn value_of(
        &self,
        id: u32,
        text: &[u8],
        key: &str,
        is_key: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        /// Of plain text that means what it says and is said in a word: nothing but its length.
        const SIMPLE: u32 = FORM_MASK | CODED | LONG;
        let end = self.word(id + 1).1 as usize;
        // The text of a key is far from its node: most keys differ in length already.
        let length = u32::try_from(key.len()).unwrap_or(u32::MAX);
        let length = length.saturating_mul(1 << FLAGS_WIDTH);
        let mut at = Self::first_child(id) as usize;
        while at < end {
            let Word(start, high) = *self.0.get(at)?;
            let value = if high & SIMPLE == 0 {
                let start = start as usize;
                if high & !FLAGS == length
                    && text.get(start..start + key.len()) == Some(key.as_bytes())
                {
                    return Some(offset(at + 1));
                }
                at + 1
            } else {
                let id = offset(at);
                let value = self.next(id);
                if is_key(id) {
                    return Some(value);
                }
                value as usize
            };
            at = if is_wide(self.0.get(value)?.1) {
                self.0.get(value + 1)?.1 as usize
            } else {
                value + 1
            };
        }
        None
    }

    /// The number of the first child of the collection `id`, if it has any.
    #[inline]
    pub(crate) fn first_child(id: u32) -> u32 {
        id + 2
    }

    /// The nodes with these numbers, and what these are.
    pub(crate) fn range(&self, ids: Range<u32>) -> impl Iterator<Item = (u32, RawNode)> + Clone {
        let mut at = ids.start;
        std::iter::from_fn(move || {
            let id = (at < ids.end).then_some(at)?;
            at += width(self.word(id).1);
            Some((id, self.get(id)))
        })
    }

    /// Sets a flag of a node.
    pub(crate) fn set(&mut self, id: u32, flag: u32) {
        if let Some(Word(_, high)) = self.0.get_mut(id as usize) {
            *high |= flag;
        }
    }

    /// Says of the collection `id` where it ends, and which node is the first behind its descendants.
    #[inline]
    pub(crate) fn close(&mut self, id: u32, end: usize, next: u32) {
        if let Some(word) = self.0.get_mut(id as usize + 1) {
            *word = Word(offset(end), next);
        }
    }

    /// Moves the empty scalar `id`.
    pub(crate) fn move_to(&mut self, id: u32, to: u32) {
        if let Some(Word(start, _)) = self.0.get_mut(id as usize) {
            *start = to;
        }
    }

    /// Forgets everything from node `id` on.
    pub(crate) fn truncate(&mut self, id: u32) {
        self.0.truncate(id as usize);
    }

    /// Adds the nodes of a tree that was read apart.
    pub(crate) fn append(&mut self, other: Self) {
        let base = self.len();
        let from = self.0.len();
        self.0.extend(other.0);
        self.renumber(from, |next| next + base);
    }

    /// Takes away the collection `id`, but not its children; returns by how much their numbers are less now.
    pub(crate) fn unwrap(&mut self, id: u32) -> u32 {
        let from = id as usize;
        self.0.drain(from..(from + 2).min(self.0.len()));
        self.renumber(from, |next| next - 2);
        2
    }

    /// Changes what the nodes from place `from` on say of the first node behind their descendants.
    fn renumber(&mut self, from: usize, number: impl Fn(u32) -> u32) {
        let mut words = self.0.iter_mut().skip(from);
        while let Some(Word(_, high)) = words.next() {
            if is_wide(*high)
                && let Some(Word(_, next)) = words.next()
            {
                *next = number(*next);
            }
        }
    }
}

/// Whether a node with these flags takes two words.
#[inline]
fn is_wide(bits: u32) -> bool {
    bits & FORM_MASK >= Form::Literal as u32 || bits & LONG != 0
}

#[inline]
fn width(bits: u32) -> u32 {
    if is_wide(bits) { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::PROPS;

    #[test]
    fn a_node_says_the_same_however_long_it_is() {
        let lengths = [0, 1, (1 << 24) - 1, 1 << 24, u32::MAX as usize - 7];
        for form in [Form::Plain, Form::Double, Form::Alias, Form::Literal] {
            for length in lengths {
                let mut nodes = Nodes::default();
                let mut node = RawNode::new(form, 7, 7 + length);
                node.set(CODED);
                let id = nodes.push(node);
                nodes.set(id, PROPS);
                let found = nodes.get(id);
                assert_eq!((found.start, found.end), (node.start, node.end));
                assert_eq!((found.form(), found.next), (form, nodes.len()));
                assert!(found.has(CODED) && found.has(PROPS));
            }
        }
    }

    #[test]
    fn what_is_appended_or_unwrapped_keeps_its_order() {
        let list = |items: usize| {
            let mut nodes = Nodes::default();
            let id = nodes.push(RawNode::new(Form::BlockSeq, 0, 0));
            for item in 0..items {
                nodes.push(RawNode::new(Form::Plain, item, 1 << 24));
            }
            nodes.close(id, items, nodes.len());
            nodes
        };
        let starts = |nodes: &Nodes| -> Vec<u32> {
            let all = nodes.range(0..nodes.len());
            all.map(|(_, node)| node.start).collect()
        };
        let mut nodes = list(2);
        nodes.append(list(3));
        assert_eq!(starts(&nodes), [0, 0, 1, 0, 0, 1, 2]);
        let second = nodes.next(0);
        assert_eq!(nodes.get(second).next, nodes.len());
        assert_eq!(nodes.unwrap(second), 2);
        assert_eq!(starts(&nodes), [0, 0, 1, 0, 1, 2]);
    }
}
