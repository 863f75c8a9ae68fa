//! The Pod Security Standards, check by check and version by version. What must pass and fail are facts of
//! kubernetes/pod-security-admission at 8f84a87c7f617f64a4ddc1aea24aeeb7a2e07cb8.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod edits;
mod levels;
mod manifest;
mod namespaces;
mod node;
mod places;
mod profiles;
mod rights;
mod unreadable;

use plimsoll_kube::{Kinds, Resources};

/// Shows the objects of a text to somebody.
fn with<T>(text: &str, see: impl FnOnce(&Resources<'_>) -> T) -> T {
    let stream = yaml::parse(text.to_owned()).unwrap();
    let roots = stream.documents().filter_map(|document| document.root());
    let kinds = Kinds::with(Vec::new());
    see(&Resources::new(roots, &kinds, ""))
}
