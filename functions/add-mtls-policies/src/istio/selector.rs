//! The labels that a policy asks for, and who has them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sdk::{Collect as _, Labels, Node, Order as _};

/// The labels that a policy asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector<'r>(BTreeMap<Cow<'r, str>, Cow<'r, str>>);

impl<'r> Selector<'r> {
    /// A selector with `matchLabels`, all that Istio's selectors have; none is as good as one without labels.
    pub(super) fn of(selector: Option<Node<'r>>) -> Self {
        let labels = selector.and_then(|selector| selector.get("matchLabels"));
        let entries = labels.into_iter().flat_map(Node::fields);
        Self(
            entries
                .filter_map(|(key, value)| Some((key.text()?, value.text()?)))
                .into_map(),
        )
    }

    /// Whether it asks for no label, so that it selects every workload.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether pods with these labels are selected.
    ///
    /// istio: pkg/config/labels/instance.go, `SubsetOf`.
    pub(crate) fn selects(&self, labels: Labels<'_>) -> bool {
        let mut pairs = self.0.iter();
        pairs.all(|(key, value)| labels.get(key).is_some_and(|own| own == *value))
    }

    fn labels_in<'s>(
        &'s self,
        namespace: &'r str,
    ) -> impl Iterator<Item = Label<'r>> + use<'s, 'r> {
        let pairs = self.0.iter();
        pairs.map(move |(key, value)| (namespace, key.clone(), value.clone()))
    }

    /// The labels.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter();
        pairs.map(|(key, value)| (key.as_ref(), value.as_ref()))
    }
}

/// Numbers of policies by namespace and one label that each one asks for, the one that the fewest others ask for,
/// so that a workload meets only those that may well select it.
#[derive(Debug, Default)]
pub(super) struct SelectorIndex<'r> {
    of_everybody: BTreeMap<&'r str, Vec<usize>>,
    by_label: BTreeMap<Label<'r>, Vec<usize>>,
}

/// A namespace, and the key and value of a label.
type Label<'r> = (&'r str, Cow<'r, str>, Cow<'r, str>);

impl<'r> SelectorIndex<'r> {
    /// An index of policies by their namespaces, selectors and numbers.
    pub(super) fn new<'p>(
        policies: impl Iterator<Item = (&'r str, &'p Selector<'r>, usize)> + Clone,
    ) -> Self
    where
        'r: 'p,
    {
        let mut popularity: BTreeMap<Label<'r>, usize> = BTreeMap::new();
        for (namespace, selector, _) in policies.clone() {
            for label in selector.labels_in(namespace) {
                *popularity.entry(label).or_default() += 1;
            }
        }
        let mut index = Self::default();
        for (namespace, selector, number) in policies {
            let labels = selector.labels_in(namespace);
            let numbers = match labels.min_by_key(|label| popularity.get(label)) {
                None => index.of_everybody.entry(namespace).or_default(),
                Some(label) => index.by_label.entry(label).or_default(),
            };
            numbers.push(number);
        }
        index
    }

    /// The numbers of the policies of `namespace` that may select pods with these labels, sorted.
    pub(super) fn candidates(&self, namespace: &str, labels: Labels<'_>) -> Vec<usize> {
        let everybody = self.of_everybody.get(namespace);
        let mut found: Vec<usize> = everybody.into_iter().flatten().copied().collect();
        if !self.by_label.is_empty() {
            for (key, value) in labels.iter() {
                let numbers = self.by_label.get(&(namespace, key, value));
                found.extend(numbers.into_iter().flatten());
            }
        }
        found.order();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::istio::probe::{labels, pods, with};

    /// Candidates for pods among the selectors of the objects after them.
    fn candidates(pod: &str, selectors: &[&str]) -> Vec<usize> {
        let object = |labels: &&str| {
            format!(
                "kind: A\nmetadata: {{name: a}}\nselector: {{matchLabels: {{{labels}}}}}\n---\n"
            )
        };
        let objects: String = selectors.iter().map(object).collect();
        with(&(pods(pod) + &objects), |resources| {
            let nodes = resources.all().skip(1).map(|object| object.node);
            let selectors: Vec<_> = nodes
                .map(|node| Selector::of(node.get("selector")))
                .collect();
            let policies = selectors.iter().enumerate();
            let index =
                SelectorIndex::new(policies.map(|(number, selector)| ("shop", selector, number)));
            assert!(index.candidates("web", labels(resources)).is_empty());
            index.candidates("shop", labels(resources))
        })
    }

    #[test]
    fn a_policy_is_found_by_the_label_that_the_fewest_ask_for() {
        let selectors = [
            "a: all, z: one",
            "a: all, z: two",
            "a: all, m: x, z: three",
            "",
        ];
        assert_eq!(candidates("a: all, z: two", &selectors), [1, 3]);
        assert_eq!(candidates("a: all", &selectors), [3]);
        assert_eq!(candidates("z: one, b: all", &selectors), [0, 3]);
        let swapped = ["a: one, z: all", "a: two, z: all"];
        assert_eq!(candidates("a: one, z: all", &swapped), [0]);
    }
}
