//! Where the fields of pods and containers stand, as cheap as can be: most places are never asked for.

use yaml::{Node, Path, Step};

use super::field::Text;
use crate::resource::Place;
use crate::workload::{Container, Pod};

/// Where a field stands.
#[derive(Clone, Debug)]
pub(crate) struct Spot<'r> {
    pub(crate) holder: Holder<'r>,
    /// From the holder to the field, or to a list.
    pub(crate) keys: &'static [&'static str],
    /// The item of the list.
    pub(crate) item: Option<usize>,
    /// The field of the item.
    pub(crate) field: Option<Text<'r>>,
}

/// What a path of keys begins at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holder<'r> {
    /// The pod's `spec`.
    Pod(Pod<'r>),
    /// The pod's `metadata.annotations`.
    Annotations(Pod<'r>),
    /// The container.
    Container(Container<'r>),
}

/// What stands in the way to a field, having no fields itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoMap<'r> {
    /// Where it stands, from the holder on.
    pub(crate) keys: &'static [&'static str],
    /// What it is.
    pub(crate) node: Node<'r>,
}

impl<'r> Holder<'r> {
    /// The value at a path of keys, null being as good as absent; or what is in the way and no map.
    pub(crate) fn find(self, keys: &'static [&'static str]) -> Result<Option<Node<'r>>, NoMap<'r>> {
        let Some((first, rest)) = keys.split_first() else {
            return Ok(None);
        };
        let mut found = self.get(first).and_then(written);
        for (depth, key) in rest.iter().enumerate() {
            let Some(node) = found else { return Ok(None) };
            if !node.is_map() {
                let until = keys.get(..=depth).unwrap_or(keys);
                return Err(NoMap { keys: until, node });
            }
            found = node.get(key).and_then(written);
        }
        Ok(found)
    }

    fn get(self, key: &str) -> Option<Node<'r>> {
        match self {
            Self::Pod(pod) => pod.get(key),
            Self::Annotations(pod) => pod.annotations().0?.get(key),
            Self::Container(container) => container.get(key),
        }
    }

    fn path(self) -> (usize, Path) {
        let of_pod = |pod: Pod<'r>, keys: &[&str]| {
            let keys = keys.iter().copied().map(Step::from);
            let steps = pod.entry.path.0.iter().cloned().chain(keys);
            (pod.entry.owner, Path(steps.collect()))
        };
        match self {
            Self::Pod(pod) => of_pod(pod, &["spec"]),
            Self::Annotations(pod) => of_pod(pod, &["metadata", "annotations"]),
            Self::Container(container) => {
                let Place { resource, path } = container.place();
                (resource, path)
            }
        }
    }
}

impl<'r> Spot<'r> {
    pub(crate) fn new(holder: Holder<'r>, keys: &'static [&'static str]) -> Self {
        Self {
            holder,
            keys,
            item: None,
            field: None,
        }
    }

    /// An item of the list that stands here.
    pub(crate) fn item(&self, index: usize) -> Self {
        Self {
            item: Some(index),
            ..self.clone()
        }
    }

    /// A field of what stands here.
    pub(crate) fn field(self, field: Text<'r>) -> Self {
        Self {
            field: Some(field),
            ..self
        }
    }

    /// The place.
    pub(crate) fn place(&self) -> Place {
        let (resource, mut path) = self.holder.path();
        path.0.extend(self.keys.iter().copied().map(Step::from));
        path.0.extend(self.item.map(Step::from));
        path.0.extend(self.field.as_deref().map(Step::from));
        Place { resource, path }
    }
}

/// The value, unless it is null, which is as good as absent.
pub(crate) fn written(node: Node<'_>) -> Option<Node<'_>> {
    (!node.is_null()).then_some(node)
}
