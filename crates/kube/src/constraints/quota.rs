//! ResourceQuotas: how much all pods of a namespace may ask for together.
//!
//! Source: Kubernetes' quota evaluator for pods.

use std::borrow::Cow;

use yaml::Node;

use super::amount::{Amount, Amounts};
use super::scope::Scope;
use crate::resource::{Resource, Resources};
use crate::workload::Pod;

/// A ResourceQuota.
#[derive(Clone, Copy, Debug)]
pub struct ResourceQuota<'r> {
    /// The object.
    pub resource: &'r Resource<'r>,
}

/// What a quota counts about pods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QuotaName<'n> {
    /// Requests of a resource; written `requests.cpu` or, for native resources, just `cpu`.
    Requests(Cow<'n, str>),
    /// Limits of a resource, written `limits.cpu`.
    Limits(Cow<'n, str>),
    /// The pods, written `pods`.
    Pods,
    /// Anything else, such as `services` or `count/pods`.
    Other(Cow<'n, str>),
}

impl<'n> QuotaName<'n> {
    /// What a key of `hard` counts.
    pub fn parse(name: Cow<'n, str>) -> Self {
        let without = |prefix| name.strip_prefix(prefix).map(str::to_owned);
        if let Some(resource) = without("requests.") {
            return Self::Requests(resource.into());
        }
        if let Some(resource) = without("limits.") {
            return Self::Limits(resource.into());
        }
        let is_native = matches!(&*name, "cpu" | "memory" | "ephemeral-storage");
        match &*name {
            "pods" => Self::Pods,
            _ if is_native || name.starts_with("hugepages-") => Self::Requests(name),
            _ => Self::Other(name),
        }
    }

    /// Whether a quota on it makes the API server refuse pods in which a container or an init container has
    /// no value at all (and the pod has none as a whole).
    pub fn must_be_set(&self) -> bool {
        let (Self::Requests(resource) | Self::Limits(resource)) = self else {
            return false;
        };
        matches!(&**resource, "cpu" | "memory")
    }
}

impl<'r> ResourceQuota<'r> {
    fn written_hard(self) -> Amounts<'r> {
        let spec = self.resource.place().field("spec");
        Amounts::of(self.resource.node.get("spec"), &spec, "hard")
    }

    /// Every amount, in the order of the manifest; also those that can't be read.
    pub fn hard(self) -> Vec<(QuotaName<'r>, Amount<'r>)> {
        let written = self.written_hard();
        let named = written
            .iter()
            .map(|(name, amount)| (QuotaName::parse(name), amount));
        named.collect()
    }

    /// The most that all pods may have of it together; where two keys say it, the tighter one.
    pub fn most(self, name: &QuotaName<'_>) -> Option<Amount<'r>> {
        let same = self
            .hard()
            .into_iter()
            .filter(|(other, amount)| other == name && amount.quantity.is_ok());
        same.map(|(_, amount)| amount).min_by_key(Amount::readable)
    }

    /// Which pods it counts: those for which all of these hold.
    pub fn scopes(self) -> Vec<Scope<'r>> {
        let list = |path: &[&str]| {
            let items = self.resource.node.at(path);
            items.into_iter().flat_map(Node::items)
        };
        let named = list(&["spec", "scopes"]).filter_map(Node::text);
        let selected = list(&["spec", "scopeSelector", "matchExpressions"]);
        let selected = selected.filter_map(Scope::selected);
        named.map(Scope::named).chain(selected).collect()
    }

    /// Whether it counts a pod. The pod's quality of service is the caller's to say, who may be about to
    /// change it; that a priority class is the cluster's default one can't be known here.
    pub fn counts(self, pod: Pod<'_>, is_best_effort: bool) -> bool {
        self.scopes()
            .iter()
            .all(|scope| scope.holds(pod, is_best_effort))
    }
}

impl Resources<'_> {
    /// The ResourceQuotas of a namespace, in the order of the input.
    pub fn quotas(&self, namespace: &str) -> impl Iterator<Item = ResourceQuota<'_>> {
        self.constraints_in(namespace, "ResourceQuota")
            .map(|resource| ResourceQuota { resource })
    }
}
