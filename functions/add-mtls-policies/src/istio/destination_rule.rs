//! One `DestinationRule`: how clients talk to a host.

use std::borrow::Cow;
use std::collections::BTreeSet;

use sdk::{Collect as _, Node, Resource};

use super::host;
use super::selector::Selector;
use super::traffic_policy::TrafficPolicy;

/// A `DestinationRule`.
#[derive(Clone, Debug)]
pub(crate) struct DestinationRule<'r> {
    /// The object.
    pub(crate) resource: &'r Resource<'r>,
    /// The namespace it belongs to.
    pub(crate) namespace: &'r str,
    /// The host it is about, `*` at its beginning standing for anything.
    pub(crate) host: Cow<'r, str>,
    /// The clients it is for; none where it is for all.
    pub(crate) selector: Option<Selector<'r>>,
    /// The namespaces that see it; empty where all do.
    pub(super) export_to: BTreeSet<Cow<'r, str>>,
    pub(super) policy: Option<TrafficPolicy<'r>>,
    /// The subsets and their own policies.
    pub(super) subsets: Vec<(Cow<'r, str>, Option<TrafficPolicy<'r>>)>,
}

impl<'r> DestinationRule<'r> {
    pub(super) fn new(
        resource: &'r Resource<'r>,
        namespace: &'r str,
        cluster_domain: &str,
    ) -> Self {
        let spec = resource.node.get("spec");
        let place = resource.place().field("spec");
        let field = |name| spec.and_then(|spec| spec.get(name));
        let host = field("host").and_then(Node::text).unwrap_or_default();
        let selector = field("workloadSelector").filter(|selector| !selector.is_null());
        let export_to = field("exportTo").into_iter().flat_map(Node::items);
        let list = place.field("subsets");
        let subsets = field("subsets").into_iter().flat_map(Node::items);
        let subset = |(index, subset): (usize, Node<'r>)| {
            let name = subset.get("name").and_then(Node::text).unwrap_or_default();
            (name, TrafficPolicy::of(subset, &list.field(index)))
        };
        Self {
            resource,
            namespace,
            host: host::resolved(host, namespace, cluster_domain),
            // istio: pilot/pkg/model/push_context.go, `setDestinationRules`: a rule for some workloads stays in
            // its namespace, whatever it says.
            export_to: match selector {
                Some(_) => BTreeSet::from([Cow::Borrowed(".")]),
                None => export_to.filter_map(Node::text).into_set(),
            },
            selector: selector.map(|selector| Selector::of(Some(selector))),
            policy: spec.and_then(|spec| TrafficPolicy::of(spec, &place)),
            subsets: subsets.enumerate().map(subset).collect(),
        }
    }

    /// What the host covers but for its `*`; none where it is one host.
    pub(crate) fn wildcard(&self) -> Option<&str> {
        self.host.strip_prefix('*')
    }

    /// Whether clients in its own namespace see it.
    pub(super) fn is_local(&self) -> bool {
        self.is_exported_to(self.namespace) || self.export_to.contains(".")
    }

    /// Whether clients in its own namespace alone see it.
    pub(super) fn is_private(&self) -> bool {
        let is_own = self.export_to.contains(".") || self.export_to.contains(self.namespace);
        self.export_to.len() == 1 && is_own
    }

    fn is_exported_to(&self, namespace: &str) -> bool {
        is_exported_to(&self.export_to, namespace)
    }
}

/// Whether clients in `namespace`, another one than the rule's own, see a rule.
///
/// istio: `pilot/pkg/model/push_context.go`, `getExportedDestinationRuleFromNamespace`. The mesh's own default,
/// `defaultDestinationRuleExportTo`, is taken to be `*`.
pub(super) fn is_exported_to(export_to: &BTreeSet<Cow<'_, str>>, namespace: &str) -> bool {
    export_to.is_empty() || export_to.contains("*") || export_to.contains(namespace)
}
