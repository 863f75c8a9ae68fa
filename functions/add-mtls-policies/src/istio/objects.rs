//! Istio's objects among those of an input.

use sdk::{Order as _, Resource, Resources};

/// The group of the policies about identities.
pub(super) const SECURITY: &str = "security.istio.io";
/// The group of the rules about traffic.
pub(super) const NETWORKING: &str = "networking.istio.io";

/// Whether an object counts: what this run is about to make anew doesn't.
pub(crate) type Counts<'c> = &'c dyn Fn(&Resource<'_>) -> bool;

/// The objects of a kind that reach a cluster, of any version, in the order in which Istio looks at them where
/// they are of the same age: by name, then by namespace.
///
/// istio: pilot/pkg/model/config.go, `sortConfigByCreationTime`. How old an object is stands in no manifest.
pub(super) fn sorted<'r>(
    resources: &'r Resources<'r>,
    group: &str,
    kind: &str,
    is_counted: Counts<'_>,
) -> Vec<&'r Resource<'r>> {
    let objects = resources.all();
    let mut found: Vec<_> = objects
        .filter(|object| object.is(group, kind) && !object.is_local() && is_counted(object))
        .collect();
    found.order_by_key(|object| (object.name(), resources.namespace_of(object), object.number));
    found
}
