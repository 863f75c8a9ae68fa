//! Quantities as they stand in an object.

use std::borrow::Cow;

use yaml::Node;

use crate::quantity::{Quantity, QuantityError};
use crate::resource::Place;

/// The key whose value is merged into a map.
const MERGE: &str = "<<";

/// A quantity in a field of an object.
#[derive(Clone, Debug)]
pub struct Amount<'r> {
    /// The field.
    pub place: Place,
    /// What stands there.
    pub node: Node<'r>,
    /// What it means, or why it means nothing.
    pub quantity: Result<Quantity, QuantityError>,
}

impl<'r> Amount<'r> {
    /// The amount in a field; none where the field is absent or null.
    pub(crate) fn of(node: Option<Node<'r>>, place: Place) -> Option<Self> {
        let node = node.filter(|node| !node.is_null())?;
        let unfit = || Quantity::parse(&node.text().unwrap_or_default());
        Some(Self {
            place,
            node,
            quantity: Quantity::of(node).unwrap_or_else(unfit),
        })
    }

    /// What it means; none where it can't be read.
    pub fn readable(&self) -> Option<Quantity> {
        self.quantity.as_ref().ok().copied()
    }
}

/// Amounts by the names of resources: `{cpu: 500m, memory: 1Gi}`.
#[derive(Clone, Debug)]
pub struct Amounts<'r> {
    node: Option<Node<'r>>,
    place: Place,
}

impl<'r> Amounts<'r> {
    /// The amounts in the field `key` of a map that stands at `place`.
    pub(crate) fn of(parent: Option<Node<'r>>, place: &Place, key: &str) -> Self {
        Self {
            node: parent.and_then(|parent| parent.get(key)),
            place: place.field(key),
        }
    }

    /// The amount of a resource.
    pub fn get(&self, resource: &str) -> Option<Amount<'r>> {
        let node = self.node?.get(resource);
        Amount::of(node, self.place.field(resource))
    }

    /// Names and amounts in the order of the manifest, those that a merge key brings in after the others.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'r, str>, Amount<'r>)> {
        let mut entries = Vec::new();
        if let Some(node) = self.node {
            add_entries(&mut entries, node);
        }
        entries.into_iter().filter_map(|(name, value)| {
            let place = self.place.field(&*name);
            Some((name, Amount::of(Some(value), place)?))
        })
    }
}

/// Adds the entries of a map that aren't there yet, its own before merged ones.
fn add_entries<'r>(entries: &mut Vec<(Cow<'r, str>, Node<'r>)>, node: Node<'r>) {
    let named = || {
        node.fields()
            .filter_map(|(key, value)| Some((key.text()?, value)))
    };
    for (name, value) in named().filter(|(name, _)| name != MERGE) {
        if entries.iter().all(|(known, _)| *known != name) {
            entries.push((name, value));
        }
    }
    for (_, merged) in named().filter(|(name, _)| name == MERGE) {
        add_entries(entries, merged);
        for source in merged.items() {
            add_entries(entries, source);
        }
    }
}
