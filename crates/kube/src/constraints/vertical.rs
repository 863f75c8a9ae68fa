//! VerticalPodAutoscalers: which requests and limits are somebody else's to set.
//!
//! Source: the API types of kubernetes/autoscaler, autoscaling.k8s.io/v1.

use std::borrow::Cow;

use yaml::Node;

use super::amount::{Amount, Amounts};
use super::target::Target;
use crate::resource::{Place, Resource, Resources};

/// The container name of the policy for all containers without one of their own.
const ANY_CONTAINER: &str = "*";

/// A VerticalPodAutoscaler.
#[derive(Clone, Copy, Debug)]
pub struct VerticalPodAutoscaler<'r> {
    /// The object.
    pub resource: &'r Resource<'r>,
}

/// What a VerticalPodAutoscaler may do to a container.
#[derive(Clone, Copy, Debug)]
pub struct ContainerPolicy<'r> {
    /// The autoscaler.
    pub resource: &'r Resource<'r>,
    /// The policy's own node.
    pub node: Node<'r>,
    index: usize,
}

impl<'r> VerticalPodAutoscaler<'r> {
    /// The workload whose pods it sizes, where the input has it.
    pub fn target<'t: 'r>(self, resources: &'r Resources<'t>) -> Option<&'r Resource<'r>> {
        Target::of(self.resource)?.find(resources, self.resource)
    }

    /// When it changes pods: `Off`, `Initial`, `Recreate`, `InPlaceOrRecreate` or `Auto`. `Auto`, which
    /// means `Recreate`, is the default.
    pub fn update_mode(self) -> Cow<'r, str> {
        let path = ["spec", "updatePolicy", "updateMode"];
        let mode = self.resource.node.at(&path);
        let mode = mode.filter(|mode| !mode.is_null()).and_then(Node::text);
        mode.unwrap_or(Cow::Borrowed("Auto"))
    }

    /// Whether it only recommends and changes no pod.
    pub fn is_off(self) -> bool {
        self.update_mode() == "Off"
    }

    /// The policies for containers, in the order of the manifest.
    pub fn policies(self) -> impl Iterator<Item = ContainerPolicy<'r>> {
        let path = ["spec", "resourcePolicy", "containerPolicies"];
        let policies = self.resource.node.at(&path);
        let policies = policies.into_iter().flat_map(Node::items).enumerate();
        policies.map(move |(index, node)| ContainerPolicy {
            resource: self.resource,
            node,
            index,
        })
    }

    /// The policy for a container: its own, else the one for all others.
    pub fn policy_of(self, container: &str) -> Option<ContainerPolicy<'r>> {
        let of = |name: &str| self.policies().find(|policy| policy.container() == name);
        of(container).or_else(|| of(ANY_CONTAINER))
    }

    /// Whether it sets the requests of a container for a resource; CPU and memory, where no policy says
    /// otherwise. It does nothing at all where it is off.
    pub fn controls(self, container: &str, resource: &str) -> bool {
        let is_usual = matches!(resource, "cpu" | "memory");
        let policy = self.policy_of(container);
        !self.is_off() && policy.map_or(is_usual, |policy| policy.controls(resource))
    }
}

impl<'r> ContainerPolicy<'r> {
    fn get(self, field: &str) -> Option<Node<'r>> {
        self.node.get(field).filter(|value| !value.is_null())
    }

    /// The policy as a place.
    pub fn place(self) -> Place {
        let spec = self.resource.place().field("spec");
        let policies = spec.field("resourcePolicy").field("containerPolicies");
        policies.field(self.index)
    }

    /// The container's name, or `*` for all without a policy of their own.
    pub fn container(self) -> Cow<'r, str> {
        let name = self.get("containerName").and_then(Node::text);
        name.unwrap_or_default()
    }

    /// Whether the container is left alone.
    pub fn is_off(self) -> bool {
        let mode = self.get("mode").and_then(Node::text);
        mode.is_some_and(|mode| mode == "Off")
    }

    /// The least that is recommended.
    pub fn min_allowed(self) -> Amounts<'r> {
        Amounts::of(Some(self.node), &self.place(), "minAllowed")
    }

    /// The most that is recommended.
    pub fn max_allowed(self) -> Amounts<'r> {
        Amounts::of(Some(self.node), &self.place(), "maxAllowed")
    }

    /// Every amount of the policy, to see which can't be read.
    pub fn all_amounts(self) -> Vec<Amount<'r>> {
        let lists = [self.min_allowed(), self.max_allowed()];
        let amounts = lists.iter().flat_map(Amounts::iter);
        amounts.map(|(_, amount)| amount).collect()
    }

    /// Whether it sets the requests for a resource; CPU and memory unless it lists others.
    pub fn controls(self, resource: &str) -> bool {
        let is_controlled = match self.get("controlledResources") {
            Some(list) => list
                .items()
                .filter_map(Node::text)
                .any(|name| name == resource),
            None => matches!(resource, "cpu" | "memory"),
        };
        is_controlled && !self.is_off()
    }

    /// Whether limits stay as they are instead of growing with the requests.
    pub fn is_requests_only(self) -> bool {
        let values = self.get("controlledValues").and_then(Node::text);
        values.is_some_and(|values| values == "RequestsOnly")
    }
}

impl Resources<'_> {
    /// The VerticalPodAutoscalers that size the pods of `owner`, in the order of the input.
    pub fn vertical_autoscalers_of(
        &self,
        owner: &Resource<'_>,
    ) -> impl Iterator<Item = VerticalPodAutoscaler<'_>> {
        self.autoscaling(owner, "VerticalPodAutoscaler")
            .map(|resource| VerticalPodAutoscaler { resource })
    }
}
