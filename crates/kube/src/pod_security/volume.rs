//! What the volumes of a pod are made of.

use yaml::Node;
use yaml::order::Order as _;

use super::field::{Misplaced, SecurityField, Text};
use super::spot::{Holder, Spot, written};
use super::tables::tables;
use crate::workload::Pod;

const VOLUMES: &[&str] = &["volumes"];

/// A volume, by where its files come from.
#[derive(Clone, Debug)]
pub struct VolumeSecurity<'r> {
    /// Its name.
    pub name: Text<'r>,
    /// The fields that say where its files come from (`emptyDir`, `hostPath`). The API server wants one at
    /// most, and takes `emptyDir` where there is none.
    pub sources: Vec<SecurityField<'r, Text<'r>>>,
}

impl<'r> VolumeSecurity<'r> {
    /// Every volume of the pod.
    pub(crate) fn all(pod: Pod<'r>) -> Vec<Self> {
        let Some(list) = pod.get("volumes").and_then(written) else {
            return Vec::new();
        };
        let spot = Spot::new(Holder::Pod(pod), VOLUMES);
        if !list.is_seq() {
            return vec![Self::misplaced(Misplaced::list(spot, list))];
        }
        let items = list.items().enumerate();
        items
            .filter_map(|(index, item)| Some((spot.item(index), written(item)?)))
            .map(|(spot, item)| Self::of(&spot, item))
            .collect()
    }

    fn of(spot: &Spot<'r>, item: Node<'r>) -> Self {
        if !item.is_map() {
            return Self::misplaced(Misplaced::map(spot.clone(), item));
        }
        let fields = item.fields().filter_map(|(key, source)| {
            let key = key.text().filter(|key| key != "name" && key != "<<")?;
            Some((tables().volume_type(&key), key, written(source)?))
        });
        let mut sources: Vec<_> = fields.collect();
        // Known ones come first, in the order of the table.
        sources.order_by_key(|(position, _, _)| position.unwrap_or(usize::MAX));
        let sources = sources.into_iter();
        Self {
            name: item.get("name").and_then(Node::text).unwrap_or_default(),
            sources: sources
                .map(|(_, name, source)| of_source(spot.clone(), name, source))
                .collect(),
        }
    }

    fn misplaced(at: Misplaced<'r>) -> Self {
        Self {
            name: Text::default(),
            sources: vec![at.unreadable()],
        }
    }
}

fn of_source<'r>(spot: Spot<'r>, name: Text<'r>, source: Node<'r>) -> SecurityField<'r, Text<'r>> {
    let spot = spot.field(name.clone());
    if source.is_map() {
        SecurityField::new(spot, Some(source), name)
    } else {
        Misplaced::map(spot, source).unreadable()
    }
}
