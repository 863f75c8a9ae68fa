//! The label selectors of Servers.

use std::collections::BTreeMap;

use sdk::{Labels, Node};

/// A label selector; one that asks for nothing selects every pod.
#[derive(Debug)]
pub(super) struct Selector<'r> {
    pub(super) labels: BTreeMap<String, String>,
    requirements: Vec<Node<'r>>,
}

impl<'r> Selector<'r> {
    pub(super) fn of(node: Node<'r>) -> Self {
        let labels = node.get("matchLabels").into_iter().flat_map(Node::entries);
        let pairs = labels.filter_map(|(key, value)| Some((key.text()?, value.text()?)));
        let expressions = node.get("matchExpressions").into_iter();
        Self {
            labels: pairs
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect(),
            requirements: expressions.flat_map(Node::items).collect(),
        }
    }

    pub(super) fn selects(&self, labels: Labels<'_>) -> bool {
        let mut pairs = self.labels.iter();
        pairs.all(|(key, value)| labels.get(key).is_some_and(|own| own == *value))
            && self.requirements.iter().all(|node| holds(*node, labels))
    }
}

/// linkerd policy-controller/k8s/api/src/labels.rs, `Expression::matches`.
fn holds(requirement: Node<'_>, labels: Labels<'_>) -> bool {
    let text = |field| requirement.get(field).and_then(Node::text);
    let key = text("key").unwrap_or_default();
    let own = labels.get(&key);
    let values = requirement.get("values").into_iter().flat_map(Node::items);
    let is_among = || {
        let mut values = values.filter_map(Node::text);
        values.any(|value| own.as_ref() == Some(&value))
    };
    match text("operator").as_deref() {
        Some("In") => is_among(),
        Some("NotIn") => !is_among(),
        Some("Exists") => own.is_some(),
        Some("DoesNotExist") => own.is_none(),
        _ => false,
    }
}
