//! What is written to spread pods.

use sdk::{Place, Value, json};

use crate::config::{HostStyle, Unsatisfiable};
use crate::rollout::HOSTNAME;
use crate::settings::Spread;
use crate::survey::Workload;

/// The label that tells zones apart.
pub(super) const ZONE: &str = "topology.kubernetes.io/zone";

/// The first version whose pod affinities have `matchLabelKeys` without a feature gate; spread constraints had them
/// before the oldest version that is supported, and so they had `nodeTaintsPolicy`.
///
/// kubernetes/kubernetes: `pkg/features/kube_features.go`, `MatchLabelKeysInPodAffinity` beta and on since 1.31,
/// `MatchLabelKeysInPodTopologySpread` since 1.27, `NodeInclusionPolicyInPodTopologySpread` since 1.26.
const AFFINITY_KEYS_SINCE: u32 = 31;

/// What a pod is to have.
pub(super) struct Wanted {
    pub(super) constraints: Vec<Value>,
    /// The anti-affinity that stands for a constraint over hosts.
    anti_affinity: Option<Value>,
}

/// Why there is nothing to write, and its words.
type Refusal = (&'static str, String);

impl Wanted {
    pub(super) fn of(
        workload: &Workload<'_>,
        spread: &Spread,
        minor: u32,
    ) -> Result<Self, Refusal> {
        let by_affinity = spread.host_style == HostStyle::PodAntiAffinity;
        let in_constraint = spread.host.filter(|_| !by_affinity);
        let scopes = [(ZONE, spread.zone), (HOSTNAME, in_constraint)];
        let terms = Terms {
            selector: selector(workload)?,
            hash: hash(workload),
            max_skew: spread.max_skew,
        };
        let constraints = scopes.into_iter();
        let constraints = constraints
            .filter_map(|(key, unsatisfiable)| Some(terms.constraint(key, unsatisfiable?)));
        let wanted = Self {
            constraints: constraints.collect(),
            anti_affinity: (by_affinity && spread.host.is_some())
                .then(|| terms.anti_affinity(minor)),
        };
        if wanted.constraints.is_empty() && wanted.anti_affinity.is_none() {
            let message = "the configuration names neither zones nor hosts".to_owned();
            return Err(("not-configured", message));
        }
        Ok(wanted)
    }

    /// Where it stands in the pod.
    pub(super) fn fields(self, constraints: &Place, anti_affinity: &Place) -> Vec<(Place, Value)> {
        let list = (!self.constraints.is_empty()).then(|| Value::from(self.constraints));
        let fields = [
            list.map(|list| (constraints.clone(), list)),
            self.anti_affinity
                .map(|value| (anti_affinity.clone(), value)),
        ];
        fields.into_iter().flatten().collect()
    }
}

/// What all terms of a workload have in common.
struct Terms {
    selector: Value,
    hash: Option<&'static str>,
    max_skew: u32,
}

impl Terms {
    fn constraint(&self, key: &str, unsatisfiable: Unsatisfiable) -> Value {
        let (word, is_strict) = match unsatisfiable {
            Unsatisfiable::ScheduleAnyway => ("ScheduleAnyway", false),
            Unsatisfiable::DoNotSchedule => ("DoNotSchedule", true),
        };
        let mut constraint = Value::from_iter([
            ("maxSkew", Value::from(self.max_skew)),
            ("topologyKey", key.into()),
            ("whenUnsatisfiable", word.into()),
            ("labelSelector", self.selector.clone()),
        ]);
        if let Some(hash) = self.hash {
            set(&mut constraint, "matchLabelKeys", json!([hash]));
        }
        if is_strict {
            // Else nodes that the pod can't run on count as empty, and it waits for them.
            set(&mut constraint, "nodeTaintsPolicy", json!("Honor"));
        }
        constraint
    }

    fn anti_affinity(&self, minor: u32) -> Value {
        let mut term = Value::from_iter([
            ("topologyKey", HOSTNAME.into()),
            ("labelSelector", self.selector.clone()),
        ]);
        if let Some(hash) = self.hash.filter(|_| minor >= AFFINITY_KEYS_SINCE) {
            set(&mut term, "matchLabelKeys", json!([hash]));
        }
        let preferred = Value::from_iter([("weight", 100.into()), ("podAffinityTerm", term)]);
        Value::from_iter([(
            "preferredDuringSchedulingIgnoredDuringExecution",
            vec![preferred],
        )])
    }
}

fn set(map: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = map {
        map.insert(key.to_owned(), value);
    }
}

/// The workload's own selector as a label selector; some kinds have a plain map of labels.
fn selector(workload: &Workload<'_>) -> Result<Value, Refusal> {
    let no_selector = || {
        (
            "no-selector",
            "the workload has no selector that can be read".to_owned(),
        )
    };
    let node = workload.selector_node().ok_or_else(no_selector)?;
    let value = node.to_value().map_err(|_| no_selector())?;
    let is_typed = node.get("matchLabels").is_some() || node.get("matchExpressions").is_some();
    let is_empty = node.entries().next().is_none();
    match (is_typed, is_empty) {
        (true, _) => Ok(value),
        (false, false) => Ok(Value::from_iter([("matchLabels", value)])),
        (false, true) => Err(no_selector()),
    }
}

/// The label by which a rollout's pods differ from those that they replace: without it, pods that are about to go
/// would count.
///
/// kubernetes/api at 10b39a39: apps/v1/types.go, `DefaultDeploymentUniqueLabelKey`; argoproj/argo-rollouts at
/// 9f8d111d: pkg/apis/rollouts/v1alpha1/types.go, `DefaultRolloutUniqueLabelKey`. A key that a pod lacks counts for
/// nothing.
fn hash(workload: &Workload<'_>) -> Option<&'static str> {
    if workload.is("argoproj.io", "Rollout") {
        return Some("rollouts-pod-template-hash");
    }
    let has_hash = workload.is("apps", "Deployment") || workload.is("apps", "ReplicaSet");
    has_hash.then_some("pod-template-hash")
}
