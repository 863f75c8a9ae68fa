//! Fields of pods and containers, with their values and their places.

use std::borrow::Cow;

use yaml::Node;

use super::spot::{Holder, NoMap, Spot, written};
use crate::resource::Place;
use crate::workload::{Container, Pod};

/// Text of the manifest.
pub type Text<'r> = Cow<'r, str>;

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldReading<T> {
    /// Nothing, or null.
    Absent,
    /// A value of its type.
    Value(T),
    /// What the API server refuses there, and what it takes instead.
    Unreadable(&'static str),
}

/// The value of a field, and where it stands or would have to.
#[derive(Clone, Debug)]
pub struct SecurityField<'r, T> {
    reading: FieldReading<T>,
    node: Option<Node<'r>>,
    spot: Spot<'r>,
}

/// A type that a field can have.
pub trait FieldType<'r>: Sized {
    /// What it is, for people.
    const WANTED: &'static str;

    /// The value, if it is of the type.
    fn read(node: Node<'r>) -> Option<Self>;
}

impl FieldType<'_> for bool {
    const WANTED: &'static str = "true or false";

    fn read(node: Node<'_>) -> Option<Self> {
        node.as_bool()
    }
}

impl FieldType<'_> for i64 {
    const WANTED: &'static str = "a whole number";

    fn read(node: Node<'_>) -> Option<Self> {
        node.as_i64()
    }
}

impl<'r> FieldType<'r> for Text<'r> {
    const WANTED: &'static str = "a string";

    fn read(node: Node<'r>) -> Option<Self> {
        node.as_str()
    }
}

impl<'r, T: FieldType<'r>> SecurityField<'r, T> {
    /// A field of the pod's `spec`.
    pub fn of_pod(pod: Pod<'r>, keys: &'static [&'static str]) -> Self {
        Self::read(Holder::Pod(pod), keys)
    }

    /// A field of the container.
    pub fn of_container(container: Container<'r>, keys: &'static [&'static str]) -> Self {
        Self::read(Holder::Container(container), keys)
    }

    pub(crate) fn read(holder: Holder<'r>, keys: &'static [&'static str]) -> Self {
        let (spot, node) = match holder.find(keys) {
            Ok(node) => (Spot::new(holder, keys), node),
            Err(at) => return Misplaced::on_the_way(holder, at).unreadable(),
        };
        Self::from_node(spot, node)
    }

    fn from_node(spot: Spot<'r>, node: Option<Node<'r>>) -> Self {
        let reading = node.map_or(FieldReading::Absent, |node| {
            T::read(node).map_or(FieldReading::Unreadable(T::WANTED), FieldReading::Value)
        });
        Self {
            reading,
            node,
            spot,
        }
    }

    /// A field of each item of a list; the items themselves where `field` is empty.
    pub(crate) fn of_items(
        holder: Holder<'r>,
        keys: &'static [&'static str],
        field: &'static str,
    ) -> Vec<Self> {
        let (spot, list) = match holder.find(keys) {
            Ok(list) => (Spot::new(holder, keys), list),
            Err(at) => return vec![Misplaced::on_the_way(holder, at).unreadable()],
        };
        let Some(list) = list else { return Vec::new() };
        if !list.is_seq() {
            return vec![Misplaced::list(spot, list).unreadable()];
        }
        let items = list.items().enumerate();
        items
            .map(|(index, item)| Self::of_item(spot.item(index), item, field))
            .collect()
    }

    fn of_item(spot: Spot<'r>, item: Node<'r>, field: &'static str) -> Self {
        if field.is_empty() {
            return Self::from_node(spot, written(item));
        }
        if !item.is_map() && !item.is_null() {
            return Misplaced::map(spot, item).unreadable();
        }
        Self::from_node(spot.field(field.into()), item.get(field).and_then(written))
    }
}

impl<'r, T> SecurityField<'r, T> {
    pub(crate) fn new(spot: Spot<'r>, node: Option<Node<'r>>, value: T) -> Self {
        Self {
            reading: FieldReading::Value(value),
            node,
            spot,
        }
    }

    /// What the field holds, or will.
    pub fn reading(&self) -> &FieldReading<T> {
        &self.reading
    }

    /// The value, if there is one that can be read.
    pub fn value(&self) -> Option<&T> {
        match &self.reading {
            FieldReading::Value(value) => Some(value),
            FieldReading::Absent | FieldReading::Unreadable(_) => None,
        }
    }

    /// The value, or else that of the pod, which it stands for.
    pub fn or<'s>(&'s self, pod: &'s Self) -> Option<&'s T> {
        match self.reading {
            FieldReading::Absent => pod.value(),
            FieldReading::Value(_) | FieldReading::Unreadable(_) => self.value(),
        }
    }

    /// Whether the field holds nothing.
    pub fn is_absent(&self) -> bool {
        matches!(self.reading, FieldReading::Absent)
    }

    /// Whether the field holds what the API server refuses.
    pub fn is_unreadable(&self) -> bool {
        matches!(self.reading, FieldReading::Unreadable(_))
    }

    /// What the manifest has there, whatever was set since; for what can't be read, the node at fault.
    pub fn node(&self) -> Option<Node<'r>> {
        self.node
    }

    /// From now on the field holds `value`.
    pub fn set(&mut self, value: T) {
        self.reading = FieldReading::Value(value);
    }

    /// From now on the field holds nothing.
    pub fn remove(&mut self) {
        self.reading = FieldReading::Absent;
    }

    /// The container it is part of, if any.
    pub fn container(&self) -> Option<Container<'r>> {
        match self.spot.holder {
            Holder::Container(container) => Some(container),
            Holder::Pod(_) | Holder::Annotations(_) => None,
        }
    }

    /// Where it stands, or would have to; for what can't be read, the field at fault, which may be one
    /// that it is part of.
    pub fn place(&self) -> Place {
        self.spot.place()
    }
}

impl<'r> SecurityField<'r, Text<'r>> {
    /// What the API server reads where a value is missing from a map that is there.
    pub(crate) fn or_empty(mut self) -> Self {
        if self.is_absent() {
            self.reading = FieldReading::Value(Text::Borrowed(""));
        }
        self
    }
}

/// Something in the way to a field: where, what, and what is wanted there.
pub(crate) struct Misplaced<'r>(Spot<'r>, Node<'r>, &'static str);

impl<'r> Misplaced<'r> {
    pub(crate) fn map(spot: Spot<'r>, node: Node<'r>) -> Self {
        Self(spot, node, "a map")
    }

    fn on_the_way(holder: Holder<'r>, at: NoMap<'r>) -> Self {
        Self::map(Spot::new(holder, at.keys), at.node)
    }

    pub(crate) fn list(spot: Spot<'r>, node: Node<'r>) -> Self {
        Self(spot, node, "a list")
    }

    pub(crate) fn unreadable<T>(self) -> SecurityField<'r, T> {
        let Self(spot, node, wanted) = self;
        SecurityField {
            reading: FieldReading::Unreadable(wanted),
            node: Some(node),
            spot,
        }
    }
}
