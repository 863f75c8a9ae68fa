//! ScaledObjects of KEDA, which makes HorizontalPodAutoscalers of them.

use std::borrow::Cow;

use sdk::{Node, Resource, Resources};

/// A ScaledObject.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScaledObject<'r> {
    pub(crate) resource: &'r Resource<'r>,
}

impl<'r> ScaledObject<'r> {
    pub(crate) fn of(resource: &'r Resource<'r>) -> Option<Self> {
        let is_one = resource.is("keda.sh", "ScaledObject");
        is_one.then_some(Self { resource })
    }

    fn spec(self, field: &str) -> Option<Node<'r>> {
        let value = self.resource.node.at(&["spec", field]);
        value.filter(|value| !value.is_null())
    }

    fn annotation(self, name: &str) -> Option<Cow<'r, str>> {
        self.resource.annotations().get(name)
    }

    /// The workload that it scales, where the input has it: a Deployment unless it names another kind.
    pub(crate) fn target(self, resources: &'r Resources<'r>) -> Option<&'r Resource<'r>> {
        let reference = self.spec("scaleTargetRef")?;
        let text = |key| reference.get(key).and_then(Node::text);
        let version = text("apiVersion").filter(|version| !version.is_empty());
        let version = version.unwrap_or(Cow::Borrowed("apps/v1"));
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let kind = text("kind").filter(|kind| !kind.is_empty());
        let kind = kind.unwrap_or(Cow::Borrowed("Deployment"));
        resources.referent(self.resource, group, &kind, &text("name")?)
    }

    /// Whether it is paused where it stands, so that somebody else decides. Whatever isn't `false` counts as true,
    /// and a number of pods to pause at beats it (kedacore/keda 01ee1d30b296
    /// `apis/keda/v1alpha1/scaledobject_types.go` `NeedToBePausedByAnnotation`).
    pub(crate) fn is_paused(self) -> bool {
        const FALSE: [&str; 6] = ["0", "f", "F", "false", "False", "FALSE"];
        let paused = self.annotation("autoscaling.keda.sh/paused");
        paused.is_some_and(|paused| !FALSE.contains(&&*paused)) && self.paused_replicas().is_none()
    }

    /// The number of pods that it is paused at.
    fn paused_replicas(self) -> Option<i64> {
        let text = self.annotation("autoscaling.keda.sh/paused-replicas")?;
        text.parse().ok()
    }

    /// The least number of pods: none by default, and fewer than the minimum where there is nothing to do.
    pub(crate) fn floor(self) -> i64 {
        let number = |field| self.spec(field).and_then(Node::as_i64);
        let idle = number("idleReplicaCount");
        let least = idle.or_else(|| number("minReplicaCount"));
        self.paused_replicas().or(least).unwrap_or(0)
    }

    /// Whether a HorizontalPodAutoscaler of this name becomes its own.
    pub(crate) fn takes_over(self, name: &str) -> bool {
        let transfer = self.annotation("scaledobject.keda.sh/transfer-hpa-ownership");
        let path = ["advanced", "horizontalPodAutoscalerConfig", "name"];
        let own = self.resource.node.get("spec");
        let own = own.and_then(|spec| spec.at(&path)).and_then(Node::text);
        transfer.is_some_and(|value| value == "true") && own.is_some_and(|own| own == name)
    }
}
