//! How many pods a workload runs.

use yaml::Node;

use crate::resource::{Resource, Resources};

/// By how much a rollout exceeds the number of replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Surge {
    Pods(i64),
    Percent(i64),
}

impl Surge {
    /// What a Deployment without `maxSurge` has.
    const DEFAULT: Self = Self::Percent(25);

    /// `3` or `"25%"`.
    fn of(node: Node<'_>) -> Option<Self> {
        if let Some(pods) = node.as_i64() {
            return Some(Self::Pods(pods));
        }
        let percent = node.as_str()?.strip_suffix('%')?.parse().ok()?;
        Some(Self::Percent(percent))
    }

    /// The number of pods, parts rounded up.
    fn pods(self, replicas: i64) -> i64 {
        match self {
            Self::Pods(_) if replicas == 0 => 0,
            Self::Pods(pods) => pods.max(0),
            Self::Percent(percent) => {
                let parts = replicas.max(0).saturating_mul(percent.max(0));
                parts.saturating_add(99) / 100
            }
        }
    }
}

impl Resource<'_> {
    /// How many pods beyond `replicas` may run during a rollout: `maxSurge` of a Deployment that rolls, and
    /// none for anything else. What can't be read counts as absent.
    pub fn surge(&self, replicas: i64) -> i64 {
        if !self.is("apps", "Deployment") {
            return 0;
        }
        let strategy = self.node.at(&["spec", "strategy"]);
        let kind = strategy
            .and_then(|strategy| strategy.get("type"))
            .and_then(Node::text);
        if kind.is_some_and(|kind| kind == "Recreate") {
            return 0;
        }
        let written = strategy.and_then(|strategy| strategy.at(&["rollingUpdate", "maxSurge"]));
        let surge = written.and_then(Surge::of).unwrap_or(Surge::DEFAULT);
        surge.pods(replicas)
    }
}

impl Resources<'_> {
    /// How many pods `owner` runs to begin with: as written (for a Job, how many at once); else the least that
    /// an autoscaler sets; else one.
    /// For a kind without `replicas` that is one too, though a `DaemonSet` has as many as there are nodes.
    pub fn replicas(&self, owner: &Resource<'_>) -> i64 {
        let path: &[&str] = match (owner.group(), owner.kind()) {
            ("batch", "Job") => &["spec", "parallelism"],
            ("batch", "CronJob") => &["spec", "jobTemplate", "spec", "parallelism"],
            _ => &["spec", "replicas"],
        };
        let written = owner.node.at(path).and_then(Node::as_i64);
        let from_autoscaler = || {
            let autoscaler = self.autoscalers_of(owner).next();
            autoscaler.map(super::HorizontalPodAutoscaler::min_replicas)
        };
        written.or_else(from_autoscaler).unwrap_or(1)
    }
}
