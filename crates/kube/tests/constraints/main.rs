//! What the views on LimitRanges, quotas and autoscalers say.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod autoscalers;
mod limit_ranges;
mod quotas;
mod replicas;
mod vertical;

use plimsoll_kube::{Amount, Kinds, Quantity, Resources};

fn with<T>(text: &str, see: impl FnOnce(&Resources<'_>) -> T) -> T {
    let stream = yaml::parse(text.to_owned()).unwrap();
    let roots = stream.documents().filter_map(|document| document.root());
    see(&Resources::new(roots, &Kinds::with(Vec::new()), "main"))
}

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

/// A quantity, or none for an empty text.
fn maybe(text: &str) -> Option<Quantity> {
    (!text.is_empty()).then(|| quantity(text))
}

/// The text of an amount and where it stands.
fn shown(amount: &Amount<'_>) -> String {
    format!("{} {}", amount.place.path, amount.node.source())
}

fn names<'r>(found: impl Iterator<Item = &'r plimsoll_kube::Resource<'r>>) -> Vec<String> {
    found.map(|object| object.name().to_owned()).collect()
}
