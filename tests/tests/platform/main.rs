//! The platform in base/ and overlays/: what stands in base/ alone, and what the functions make of it for each
//! environment, as kustomize and kubectl render it.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a check stops at the first surprise and says so"
)]

mod base;
mod capacity;
mod environments;
mod forms;
mod golden;
mod images;
mod outside;
mod references;
mod render;
mod rendered;
mod security;
mod servers;
mod types;

use serde_json::Value;

/// An object's kind, namespace and name.
pub(crate) fn name(object: &Value) -> String {
    let text = |path| object.pointer(path).and_then(Value::as_str);
    let kind = text("/kind").unwrap_or_default();
    let namespace = text("/metadata/namespace").unwrap_or_default();
    let name = text("/metadata/name").unwrap_or_default();
    format!("{kind} {namespace}/{name}")
}
