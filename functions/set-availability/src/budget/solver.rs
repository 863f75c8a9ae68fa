//! How many pods may be evicted at once, as the cluster's own arithmetic has it.
//!
//! Sources: kubernetes/kubernetes 003e86297d18 pkg/controller/disruption/disruption.go `getExpectedPodCount` and
//! `updatePdbStatus`: both percentages are of the controllers' scale and rounded up
//! (apimachinery `GetScaledValueFromIntOrPercent` with `roundUp`), a `minAvailable` number is compared with the pods
//! that are healthy, and nothing may be evicted where the difference is 0 or less.

use crate::config::PodCount;
use crate::settings::Bound;

impl Bound {
    /// The bound that lets a drain go on wherever there are two pods.
    pub(crate) const ONE: Self = Self::MaxUnavailable(PodCount::Pods(1));

    /// How many of `replicas` pods, all of them healthy, may be evicted at once. More pods never make it fewer, so
    /// that what holds for the least number of pods holds for all.
    pub(crate) fn allowed(self, replicas: u32) -> u32 {
        match self {
            Self::MaxUnavailable(most) => most.rounded_up(replicas).min(replicas),
            Self::MinAvailable(least) => replicas.saturating_sub(least.rounded_up(replicas)),
        }
    }

    /// The same bound, or where it would block every drain, one that doesn't.
    pub(crate) fn unblocked(self, replicas: u32) -> Self {
        if self.allowed(replicas) == 0 {
            Self::ONE
        } else {
            self
        }
    }

    /// The field that it stands in.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::MaxUnavailable(_) => "maxUnavailable",
            Self::MinAvailable(_) => "minAvailable",
        }
    }

    /// What it says.
    pub(crate) fn count(self) -> PodCount {
        match self {
            Self::MaxUnavailable(count) | Self::MinAvailable(count) => count,
        }
    }

    /// Whether the cluster must ask the pods' controllers how many there should be, which only those with a scale
    /// can tell.
    pub(crate) fn needs_scale(self) -> bool {
        !matches!(self, Self::MinAvailable(PodCount::Pods(_)))
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}: {}`", self.field(), self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn least(count: PodCount) -> Bound {
        Bound::MinAvailable(count)
    }

    const fn most(count: PodCount) -> Bound {
        Bound::MaxUnavailable(count)
    }

    #[test]
    fn both_percentages_are_rounded_up() {
        let table = [
            (least(PodCount::Percent(90)), 5, 0),
            (least(PodCount::Percent(90)), 10, 1),
            (least(PodCount::Percent(50)), 3, 1),
            (least(PodCount::Percent(50)), 1, 0),
            (least(PodCount::Percent(100)), 50, 0),
            (least(PodCount::Percent(0)), 2, 2),
            (most(PodCount::Percent(10)), 3, 1),
            (most(PodCount::Percent(0)), 3, 0),
            (most(PodCount::Percent(100)), 3, 3),
        ];
        for (bound, replicas, allowed) in table {
            assert_eq!(bound.allowed(replicas), allowed, "{bound} of {replicas}");
        }
    }

    #[test]
    fn numbers_are_taken_as_they_are() {
        let table = [
            (least(PodCount::Pods(2)), 2, 0),
            (least(PodCount::Pods(2)), 3, 1),
            (least(PodCount::Pods(9)), 3, 0),
            (most(PodCount::Pods(0)), 3, 0),
            (most(PodCount::Pods(1)), 3, 1),
            (most(PodCount::Pods(5)), 3, 3),
        ];
        for (bound, replicas, allowed) in table {
            assert_eq!(bound.allowed(replicas), allowed, "{bound} of {replicas}");
        }
    }

    #[test]
    fn more_pods_never_mean_fewer_evictions() {
        let counts =
            (0..=100).flat_map(|number| [PodCount::Pods(number), PodCount::Percent(number)]);
        for bound in counts.flat_map(|count| [least(count), most(count)]) {
            for replicas in 0..100 {
                assert!(
                    bound.allowed(replicas) <= bound.allowed(replicas + 1),
                    "{bound} of {replicas}"
                );
            }
        }
    }

    #[test]
    fn a_bound_that_blocks_gives_way_and_no_other_does() {
        assert_eq!(least(PodCount::Pods(2)).unblocked(2), Bound::ONE);
        assert_eq!(most(PodCount::Percent(0)).unblocked(9), Bound::ONE);
        let fine = least(PodCount::Percent(50));
        assert_eq!(fine.unblocked(3), fine);
    }
}
