//! How a rollout goes on.

use sdk::Node;

use crate::config::PodCount;

/// How a rollout goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// All old pods go before the first new one comes.
    Recreate,
    /// So many pods more, and so many fewer, than there should be.
    Rolling {
        surge: PodCount,
        unavailable: PodCount,
    },
    /// What stands there can't be read.
    Unreadable,
}

/// What the API server puts where nothing is.
const DEFAULT: PodCount = PodCount::Percent(25);

impl Step {
    pub(super) fn authored(strategy: Option<Node<'_>>) -> Self {
        let kind = strategy
            .and_then(|strategy| strategy.get("type"))
            .and_then(Node::text);
        match kind.as_deref() {
            Some("Recreate") => Self::Recreate,
            Some("RollingUpdate" | "") | None => Self::rolling(strategy),
            Some(_) => Self::Unreadable,
        }
    }

    fn rolling(strategy: Option<Node<'_>>) -> Self {
        let count = |field: &str| {
            let node = strategy.and_then(|own| own.at(&["rollingUpdate", field]));
            match node.filter(|node| !node.is_null()) {
                None => Some(DEFAULT),
                Some(node) => PodCount::of(node),
            }
        };
        match (count("maxSurge"), count("maxUnavailable")) {
            (Some(surge), Some(unavailable)) => Self::Rolling { surge, unavailable },
            _ => Self::Unreadable,
        }
    }

    /// The same with other counts; none for what is no rolling update.
    pub(super) fn with(
        self,
        other_surge: Option<PodCount>,
        other_unavailable: Option<PodCount>,
    ) -> Option<Self> {
        let Self::Rolling { surge, unavailable } = self else {
            return None;
        };
        Some(Self::Rolling {
            surge: other_surge.unwrap_or(surge),
            unavailable: other_unavailable.unwrap_or(unavailable),
        })
    }

    /// How many pods more and how many fewer that is: surge is rounded up, the other down, and where both come to
    /// nothing one pod may be missing.
    ///
    /// kubernetes/kubernetes: `pkg/controller/deployment/util/deployment_util.go`, `ResolveFenceposts`.
    pub(super) fn pods(self, replicas: u32) -> Option<(u32, u32)> {
        let Self::Rolling { surge, unavailable } = self else {
            return None;
        };
        let surge = surge.rounded_up(replicas);
        let unavailable = unavailable.rounded_down(replicas);
        let is_stuck = surge == 0 && unavailable == 0;
        Some((surge, if is_stuck { 1 } else { unavailable }))
    }

    /// Whether the API server refuses it: what is written counts, not what it comes to.
    pub(super) fn is_impossible(self) -> bool {
        matches!(self, Self::Rolling { surge, unavailable } if is_none(surge) && is_none(unavailable))
    }

    /// Whether a new pod may come before an old one goes.
    pub(super) fn surges(self) -> bool {
        matches!(self, Self::Rolling { surge, .. } if !is_none(surge))
    }
}

pub(super) fn is_none(count: PodCount) -> bool {
    matches!(count, PodCount::Pods(0) | PodCount::Percent(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rolling(surge: PodCount, unavailable: PodCount) -> Step {
        Step::Rolling { surge, unavailable }
    }

    fn of(strategy: &str) -> Step {
        let stream = sdk::yaml::parse(strategy.to_owned()).unwrap();
        let root = stream.documents().next().unwrap().root().unwrap();
        Step::authored(Some(root))
    }

    #[test]
    fn surge_is_rounded_up_and_the_missing_down_and_one_may_be_missing_where_both_are_nothing() {
        use PodCount::{Percent, Pods};
        // The examples of Kubernetes' `ResolveFenceposts`, and a few more.
        let table = [
            (2, Percent(0), Percent(1), (0, 1)),
            (1, Percent(0), Percent(1), (0, 1)),
            (2, Percent(1), Percent(25), (1, 0)),
            (1, Percent(1), Percent(25), (1, 0)),
            (2, Percent(1), Percent(0), (1, 0)),
            (4, Percent(25), Percent(25), (1, 1)),
            (5, Percent(25), Percent(25), (2, 1)),
            (0, Percent(25), Percent(25), (0, 1)),
            (3, Pods(1), Pods(0), (1, 0)),
        ];
        for (replicas, surge, unavailable, expected) in table {
            let step = rolling(surge, unavailable);
            assert_eq!(step.pods(replicas), Some(expected), "{replicas} {step:?}");
        }
        assert_eq!(Step::Recreate.pods(3), None);
    }

    #[test]
    fn only_two_written_zeros_are_impossible() {
        assert!(of("{rollingUpdate: {maxSurge: 0, maxUnavailable: 0%}}").is_impossible());
        assert!(!of("{rollingUpdate: {maxSurge: 0, maxUnavailable: 1%}}").is_impossible());
        assert!(!of("{rollingUpdate: {maxSurge: 0}}").is_impossible());
        assert!(!of("{type: Recreate}").is_impossible());
    }

    #[test]
    fn what_is_absent_or_null_is_a_quarter_and_what_cannot_be_read_is_nothing() {
        let default = rolling(DEFAULT, DEFAULT);
        assert_eq!(of("{}"), default);
        assert_eq!(
            of("{type: RollingUpdate, rollingUpdate: {maxSurge: null}}"),
            default
        );
        assert_eq!(of("{rollingUpdate: {maxSurge: \"1\"}}"), Step::Unreadable);
        assert_eq!(of("{type: $STRATEGY}"), Step::Unreadable);
        assert_eq!(
            default.with(Some(PodCount::Pods(0)), None),
            Some(rolling(PodCount::Pods(0), DEFAULT))
        );
        assert_eq!(Step::Recreate.with(Some(DEFAULT), None), None);
        assert!(default.surges() && !Step::Recreate.surges());
    }
}
