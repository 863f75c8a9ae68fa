//! HorizontalPodAutoscalers: how many pods a workload may have, and by which resources that is decided.
//!
//! Sources: Kubernetes' autoscaling/v1 and v2, their defaults and the conversion between them.

use std::borrow::Cow;

use yaml::Node;

use super::amount::Amount;
use super::target::Target;
use crate::resource::{Place, Resource, Resources};

/// The percentage of a CPU request that is aimed at where nothing is.
const DEFAULT_CPU_UTILIZATION: i64 = 80;

/// Metrics that autoscaling/v1 has no field for.
const OTHER_METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";

/// A HorizontalPodAutoscaler.
#[derive(Clone, Copy, Debug)]
pub struct HorizontalPodAutoscaler<'r> {
    /// The object.
    pub resource: &'r Resource<'r>,
}

/// A metric that is about what containers use of a resource.
#[derive(Clone, Debug)]
pub struct ResourceMetric<'r> {
    /// The resource: `cpu`.
    pub name: Cow<'r, str>,
    /// The only container that counts; none where all of a pod do.
    pub container: Option<Cow<'r, str>>,
    /// What is aimed at; none where nothing readable is, which the API server refuses.
    pub target: Option<MetricTarget<'r>>,
    /// The metric in the autoscaler, or where it would stand if it weren't a default.
    pub place: Place,
}

/// What an autoscaler aims at.
#[derive(Clone, Debug)]
pub enum MetricTarget<'r> {
    /// Usage in percent of the requests, which must therefore be there.
    Utilization(i64),
    /// Usage of a pod.
    AverageValue(Amount<'r>),
}

impl<'r> HorizontalPodAutoscaler<'r> {
    fn spec(self, field: &str) -> Option<Node<'r>> {
        let value = self.resource.node.at(&["spec", field]);
        value.filter(|value| !value.is_null())
    }

    fn field(self, field: &str) -> Place {
        self.resource.place().field("spec").field(field)
    }

    /// The workload that it scales, where the input has it.
    pub fn target<'t: 'r>(self, resources: &'r Resources<'t>) -> Option<&'r Resource<'r>> {
        Target::of(self.resource)?.find(resources, self.resource)
    }

    /// The least number of pods.
    pub fn min_replicas(self) -> i64 {
        let written = self.spec("minReplicas").and_then(Node::as_i64);
        written.unwrap_or(1)
    }

    /// The greatest number of pods; the API server wants one.
    pub fn max_replicas(self) -> Option<i64> {
        self.spec("maxReplicas").and_then(Node::as_i64)
    }

    /// The metrics that are about resources, including the one that is the default where there is no metric.
    pub fn resource_metrics(self) -> Vec<ResourceMetric<'r>> {
        match self.resource.api_version() {
            "autoscaling/v1" => self.v1_metric().into_iter().collect(),
            _ => self.v2_metrics(),
        }
    }

    fn v1_metric(self) -> Option<ResourceMetric<'r>> {
        let field = "targetCPUUtilizationPercentage";
        match self.spec(field) {
            Some(written) => Some(self.cpu_metric(written.as_i64(), field)),
            None if self.resource.annotations().get(OTHER_METRICS).is_some() => None,
            None => Some(self.cpu_metric(Some(DEFAULT_CPU_UTILIZATION), field)),
        }
    }

    fn v2_metrics(self) -> Vec<ResourceMetric<'r>> {
        let written = || self.spec("metrics").into_iter().flat_map(Node::items);
        if written().next().is_none() {
            return vec![self.cpu_metric(Some(DEFAULT_CPU_UTILIZATION), "metrics")];
        }
        let metrics = written().enumerate();
        metrics
            .filter_map(|(index, node)| {
                ResourceMetric::of(node, self.field("metrics").field(index))
            })
            .collect()
    }

    fn cpu_metric(self, percent: Option<i64>, field: &str) -> ResourceMetric<'r> {
        ResourceMetric {
            name: Cow::Borrowed("cpu"),
            container: None,
            target: percent.map(MetricTarget::Utilization),
            place: self.field(field),
        }
    }
}

impl<'r> ResourceMetric<'r> {
    /// A metric of autoscaling/v2; none where it isn't about a resource.
    fn of(node: Node<'r>, place: Place) -> Option<Self> {
        let (field, is_of_container) = match &*node.get("type")?.text()? {
            "Resource" => ("resource", false),
            "ContainerResource" => ("containerResource", true),
            _ => return None,
        };
        let source = node.get(field)?;
        let container = source.get("container").filter(|_| is_of_container);
        Some(Self {
            name: source.get("name")?.text()?,
            container: container.and_then(Node::text),
            target: MetricTarget::of(source.get("target"), &place.field(field).field("target")),
            place,
        })
    }
}

impl<'r> MetricTarget<'r> {
    /// The average value counts where both are there.
    fn of(target: Option<Node<'r>>, place: &Place) -> Option<Self> {
        let value = target?.get("averageValue");
        if let Some(amount) = Amount::of(value, place.field("averageValue")) {
            return Some(Self::AverageValue(amount));
        }
        let percent = target?.get("averageUtilization")?.as_i64()?;
        Some(Self::Utilization(percent))
    }
}

impl Resources<'_> {
    /// The HorizontalPodAutoscalers that scale `owner`, in the order of the input.
    pub fn autoscalers_of(
        &self,
        owner: &Resource<'_>,
    ) -> impl Iterator<Item = HorizontalPodAutoscaler<'_>> {
        self.autoscaling(owner, "HorizontalPodAutoscaler")
            .map(|resource| HorizontalPodAutoscaler { resource })
    }
}
