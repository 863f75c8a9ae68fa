//! The constraining objects of an input by what they are about.

use std::collections::BTreeMap;

use super::target::Target;
use crate::resource::{Resource, Resources};

/// Numbers of objects by their kind, their namespace and, for autoscalers, the workload they refer to, so that
/// a pod meets only those that may be about it. Objects that don't reach the cluster aren't among them.
#[derive(Debug)]
pub(crate) struct ConstraintIndex(BTreeMap<String, Vec<usize>>);

impl ConstraintIndex {
    pub(crate) fn new(resources: &Resources<'_>) -> Self {
        let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for object in resources.all().filter(|object| !object.is_local()) {
            let target = match (object.group(), object.kind()) {
                ("", "LimitRange" | "ResourceQuota") => None,
                ("autoscaling", "HorizontalPodAutoscaler")
                | ("autoscaling.k8s.io", "VerticalPodAutoscaler") => Target::of(object),
                _ => continue,
            };
            let target = target.as_ref().map(Target::names).unwrap_or_default();
            let key = key(object.kind(), resources.namespace_of(object), target);
            index.entry(key).or_default().push(object.number);
        }
        Self(index)
    }

    /// The objects of a kind in a namespace, in the order of the input.
    pub(crate) fn in_namespace(&self, kind: &str, namespace: &str) -> &[usize] {
        self.find(kind, namespace, <[&str; 3]>::default())
    }

    /// The autoscalers of a kind that refer to `owner` by this name, in the order of the input.
    pub(crate) fn of_owner(
        &self,
        kind: &str,
        namespace: &str,
        owner: &Resource<'_>,
        name: &str,
    ) -> &[usize] {
        self.find(kind, namespace, [owner.group(), owner.kind(), name])
    }

    fn find(&self, kind: &str, namespace: &str, target: [&str; 3]) -> &[usize] {
        let found = self.0.get(&key(kind, namespace, target));
        found.map(Vec::as_slice).unwrap_or_default()
    }
}

/// None of the parts may hold a line break where Kubernetes takes it.
fn key(kind: &str, namespace: &str, [group, target, name]: [&str; 3]) -> String {
    [kind, namespace, group, target, name].join("\n")
}
