//! Canaries of Flagger, which makes a primary copy of a workload and of its autoscaler.

use std::borrow::Cow;

use sdk::{Node, Resource, Resources};

/// A Canary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Canary<'r> {
    pub(crate) resource: &'r Resource<'r>,
}

impl<'r> Canary<'r> {
    pub(super) fn of(resource: &'r Resource<'r>) -> Option<Self> {
        let is_one = resource.is("flagger.app", "Canary");
        is_one.then_some(Self { resource })
    }

    /// The workload that it rolls out, where the input has it.
    pub(super) fn target(self, resources: &'r Resources<'r>) -> Option<&'r Resource<'r>> {
        self.referent(resources, "targetRef", "apps/v1")
    }

    /// Whether it names an autoscaler, here or elsewhere.
    pub(crate) fn names_autoscaler(self) -> bool {
        self.resource
            .node
            .at(&["spec", "autoscalerRef", "name"])
            .is_some()
    }

    /// The autoscaler that it copies along, where the input has it.
    pub(super) fn autoscaler(self, resources: &'r Resources<'r>) -> Option<&'r Resource<'r>> {
        self.referent(resources, "autoscalerRef", "autoscaling/v2")
    }

    fn referent(
        self,
        resources: &'r Resources<'r>,
        field: &str,
        default: &'static str,
    ) -> Option<&'r Resource<'r>> {
        let reference = self.resource.node.at(&["spec", field])?;
        let text = |key| reference.get(key).and_then(Node::text);
        let version = text("apiVersion").unwrap_or(Cow::Borrowed(default));
        let group = version.split_once('/').map_or("", |(group, _)| group);
        resources.referent(self.resource, group, &text("kind")?, &text("name")?)
    }
}
