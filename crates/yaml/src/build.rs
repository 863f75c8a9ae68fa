//! Putting a tree together, and the checks that no event parser makes: depth, duplicate keys, and
//! how large the document gets when its aliases are followed.

use std::borrow::Cow;
use std::ops::Range;

use crate::decode;
use crate::nodes::Nodes;
use crate::text::Error;
use crate::tree::{PROPS, Props, RawDocument, RawNode, Tree};

/// What a text may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Length of the text; spans are 32 bits wide.
    pub bytes: usize,
    /// Collections inside one another.
    pub depth: usize,
    /// Nodes of one document once its aliases are followed.
    pub expansion: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: u32::MAX as usize,
            depth: 255,
            expansion: 1_000_000,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Builder<'t> {
    pub(crate) text: &'t str,
    pub(crate) tree: Tree,
    pub(crate) limits: Limits,
    /// What the fast scanner left to granit.
    pub(crate) left: Vec<Range<usize>>,
}

impl<'t> Builder<'t> {
    pub(crate) fn new(text: &'t str, limits: Limits) -> Self {
        Self::for_part(text, text.len(), limits)
    }

    /// For a part of the text of some length.
    pub(crate) fn for_part(text: &'t str, length: usize, limits: Limits) -> Self {
        let mut tree = Tree::default();
        tree.nodes.reserve_for(length);
        Self {
            text,
            tree,
            limits,
            left: Vec::new(),
        }
    }

    /// Adds what was read of the same text apart.
    pub(crate) fn append(&mut self, other: Self) {
        let base = self.len();
        let Self { tree, left, .. } = other;
        self.left.extend(left);
        self.tree.nodes.append(tree.nodes);
        let props = tree.props.into_iter().map(|props| Props {
            node: props.node + base,
            ..props
        });
        self.tree.props.extend(props);
        let aliases = tree.aliases.into_iter();
        let moved = aliases.map(|(alias, target)| (alias + base, target + base));
        self.tree.aliases.extend(moved);
        let documents = tree.documents.into_iter().map(|document| RawDocument {
            root: document.root.map(|root| root + base),
            ..document
        });
        self.tree.documents.extend(documents);
    }

    #[inline]
    pub(crate) fn len(&self) -> u32 {
        self.tree.nodes.len()
    }

    /// Adds a node without descendants.
    #[inline]
    pub(crate) fn push(&mut self, node: RawNode) -> u32 {
        self.tree.nodes.push(node)
    }

    pub(crate) fn props_mut(&mut self, id: u32) -> Option<&mut Props> {
        self.tree.nodes.set(id, PROPS);
        if self.tree.props.last().is_none_or(|props| props.node != id) {
            self.tree.props.push(Props {
                node: id,
                ..Props::default()
            });
        }
        self.tree.props.last_mut()
    }

    /// Closes the collection `id`: what was pushed since are its descendants.
    pub(crate) fn close(&mut self, id: u32, end: usize) {
        let next = self.len();
        self.tree.nodes.close(id, end, next);
    }

    /// Takes away the collection `id`, whose children were pushed last, but not the children.
    pub(crate) fn unwrap(&mut self, id: u32) {
        let less = self.tree.nodes.unwrap(id);
        for props in self.tree.props.iter_mut().filter(|props| props.node > id) {
            props.node -= less;
        }
        for (alias, target) in self.tree.aliases.iter_mut().filter(|pair| pair.0 > id) {
            *alias -= less;
            *target -= if *target > id { less } else { 0 };
        }
    }

    /// Forgets everything from node `id` on.
    pub(crate) fn truncate(&mut self, id: u32) {
        self.tree.nodes.truncate(id);
        self.tree.props.retain(|props| props.node < id);
        self.tree.aliases.retain(|pair| pair.0 < id);
    }

    pub(crate) fn error(&self, offset: usize, message: impl Into<String>) -> Error {
        Error::new(self.text, offset, message)
    }

    fn key_text(&self, id: u32) -> Option<Cow<'t, str>> {
        decode::decode(self.text, self.tree.node(id))
    }

    /// The keys of the map `id`, which is closed or whose last descendant was pushed last.
    fn keys(&self, id: u32) -> impl Iterator<Item = u32> + Clone {
        let end = self.len();
        let mut next = Nodes::first_child(id);
        let nodes = &self.tree.nodes;
        std::iter::from_fn(move || {
            let key = (next < end).then_some(next)?;
            next = nodes.next(nodes.next(key));
            Some(key)
        })
    }

    /// The second of two equal keys of the map `id`, and the first.
    pub(crate) fn duplicate_key(&self, id: u32) -> Option<(u32, u32)> {
        let few = 12;
        if self.keys(id).nth(few).is_none() {
            let keys: [Option<(Cow<'_, str>, u32)>; 12] = {
                let mut keys = self.keys(id);
                std::array::from_fn(|_| {
                    let key = keys.next()?;
                    Some((self.key_text(key)?, key))
                })
            };
            return keys.iter().enumerate().find_map(|(number, entry)| {
                let (text, key) = entry.as_ref()?;
                let earlier = keys.iter().take(number).flatten();
                let first = earlier.into_iter().find(|(other, _)| other == text)?;
                Some((*key, first.1))
            });
        }
        let mut keys: Vec<(Cow<'_, str>, u32)> = self
            .keys(id)
            .filter_map(|key| Some((self.key_text(key)?, key)))
            .collect();
        keys.sort();
        let pairs = keys.iter().zip(keys.iter().skip(1));
        let equal = pairs.filter(|(first, second)| first.0 == second.0);
        equal.map(|(first, second)| (second.1, first.1)).min()
    }

    pub(crate) fn refuse_duplicate_keys(&self, id: u32) -> Result<(), Error> {
        let Some((second, first)) = self.duplicate_key(id) else {
            return Ok(());
        };
        let text = self.key_text(second).unwrap_or_default();
        let first = self
            .error(self.tree.node(first).start as usize, "")
            .position;
        let message = format!(
            "the key \"{text}\" is already there on line {}; remove one of the two",
            first.line
        );
        Err(self.error(self.tree.node(second).start as usize, message))
    }

    /// Refuses a document that grows out of bounds when its aliases are followed.
    pub(crate) fn refuse_alias_bombs(&self, root: u32) -> Result<(), Error> {
        if self.tree.aliases.is_empty() {
            return Ok(());
        }
        let end = self.tree.node(root).next;
        // A document may be as large as it likes as long as it says so itself.
        let limit = self.limits.expansion.max(10 * u64::from(end - root));
        let mut sizes = vec![0u64; (end - root) as usize];
        let mut open: Vec<u32> = Vec::new();
        let ids = self.tree.nodes.range(root..end).map(|(id, _)| id);
        for id in ids.chain([end]) {
            while let Some(&top) = open.last().filter(|top| self.tree.node(**top).next <= id) {
                open.pop();
                let size = sizes.get((top - root) as usize).copied().unwrap_or(0);
                if let Some(parent) = open.last() {
                    add(&mut sizes, parent - root, size);
                }
            }
            if id == end {
                break;
            }
            let target = self.tree.target(id).filter(|target| *target >= root);
            let size = match target {
                Some(target) => sizes.get((target - root) as usize).copied().unwrap_or(1),
                None => 1,
            };
            add(&mut sizes, id - root, size);
            let so_far = open
                .iter()
                .map(|id| sizes.get((id - root) as usize).copied().unwrap_or(0));
            if target.is_some() && so_far.fold(size, u64::saturating_add) > limit {
                let offset = self.tree.node(id).start as usize;
                let message = format!(
                    "aliases repeat this document to more than {limit} values; write fewer out"
                );
                return Err(self.error(offset, message));
            }
            open.push(id);
        }
        Ok(())
    }

    pub(crate) fn is_open_collection(&self, id: u32) -> bool {
        let node = self.tree.node(id);
        let form = node.form();
        (form.is_map() || form.is_seq()) && node.next == 0
    }
}

fn add(sizes: &mut [u64], at: u32, size: u64) {
    if let Some(sum) = sizes.get_mut(at as usize) {
        *sum = sum.saturating_add(size);
    }
}
