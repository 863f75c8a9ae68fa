//! Objects by their labels.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use yaml::Node;

use crate::labels::LabelSelector;

/// Labels of numbered things, so that a selector meets only those that it may cover.
#[derive(Debug, Default)]
pub(super) struct LabelIndex<'r> {
    labels: Vec<(&'r str, BTreeMap<String, String>)>,
    by_label: BTreeMap<(String, String), Vec<usize>>,
}

impl<'r> LabelIndex<'r> {
    /// Each with its namespace and labels, by its position.
    pub(super) fn new(things: impl Iterator<Item = (&'r str, BTreeMap<String, String>)>) -> Self {
        let mut index = Self::default();
        for (number, (namespace, labels)) in things.enumerate() {
            for (key, value) in &labels {
                let label = (key.clone(), value.clone());
                index.by_label.entry(label).or_default().push(number);
            }
            index.labels.push((namespace, labels));
        }
        index
    }

    /// Those that a selector covers; one that the API server would refuse covers none.
    pub(super) fn selected(&self, selector: Node<'_>) -> Vec<(&'r str, usize)> {
        let Some(typed) = LabelSelector::of_node(selector) else {
            return Vec::new();
        };
        let Ok(selector) = typed.compile() else {
            return Vec::new();
        };
        let having = |(key, value): (&String, &String)| {
            let found = self.by_label.get(&(key.clone(), value.clone()));
            found.map_or(&[][..], Vec::as_slice)
        };
        let rarest = typed
            .match_labels
            .iter()
            .map(having)
            .min_by_key(|found| found.len());
        let all: Vec<usize> = match rarest {
            Some(numbers) => numbers.to_vec(),
            None => (0..self.labels.len()).collect(),
        };
        let covered = |number: usize| {
            let (namespace, labels) = self.labels.get(number)?;
            let is_covered = selector.covers(|key| labels.get(key).map(Cow::from));
            is_covered.then_some((*namespace, number))
        };
        all.into_iter().filter_map(covered).collect()
    }
}

/// The namespaces that a monitor looks at.
pub(super) enum Namespaces {
    All,
    These(BTreeSet<String>),
}

impl Namespaces {
    pub(super) fn has(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.contains(namespace),
        }
    }
}
