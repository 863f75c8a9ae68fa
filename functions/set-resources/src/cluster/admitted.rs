//! What a pod and its containers end up with, once the API server has given what LimitRanges give by default.

use sdk::{Container, ContainerDefaults, LimitRange, Node, Quantity, effective_request};

use super::injected;
use crate::pod_level::PodLevel;
use crate::shares::{ContainerShares, Kind, Share, Shares, Side};

/// A pod as it is admitted.
#[derive(Clone, Copy)]
pub(super) struct Admitted<'s, 'r> {
    pub(super) shares: &'s Shares<'r>,
    pub(super) level: PodLevel,
    /// Those of the pod's namespace.
    pub(super) ranges: &'s [LimitRange<'s>],
}

/// A request and a limit as they are in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) request: Option<Quantity>,
    pub(super) limit: Option<Quantity>,
}

/// What a container ends up with; none where what stands there can't be read.
pub(super) fn ends(
    ranges: &[LimitRange<'_>],
    level: PodLevel,
    share: &Share,
    name: &str,
) -> Option<Ends> {
    let sides = [&share.request, &share.limit];
    if sides
        .iter()
        .any(|side| matches!(side, Side::Authored(None)))
    {
        return None;
    }
    // Beside an author's values on the pod nothing is written on containers.
    let is_written = |side: &&Side| !(side.is_ours() && level == PodLevel::Authored);
    let [request, limit] = sides.map(|side| Some(side).filter(is_written).and_then(Side::value));
    let (request, limit) = ContainerDefaults::of(ranges, name).fill(request, limit);
    Some(Ends { request, limit })
}

impl Admitted<'_, '_> {
    /// What one of its containers ends up with.
    pub(super) fn ends(self, own: &ContainerShares<'_>, name: &str) -> Ends {
        let Some(share) = own.share(name) else {
            let (request, limit) = ContainerDefaults::of(self.ranges, name).fill(None, None);
            return Ends { request, limit };
        };
        ends(self.ranges, self.level, share, name).unwrap_or_default()
    }

    fn ends_of(self, container: Container<'_>, name: &str) -> Ends {
        let is_same = |own: &&ContainerShares<'_>| own.container.node.is_same(container.node);
        let own = self.shares.containers.iter().find(is_same);
        own.map(|own| self.ends(own, name)).unwrap_or_default()
    }

    /// What the pod has as a whole, written on the pod itself.
    pub(super) fn own(self, kind: Kind, name: &str) -> Option<Quantity> {
        let resources = self.shares.pod.get("resources")?;
        amount(resources.get(kind.field())?, name)
    }

    /// What is added for running the pod at all.
    pub(super) fn overhead(self, name: &str) -> Quantity {
        let overhead = self.shares.pod.get("overhead");
        let overhead = overhead.and_then(|overhead| amount(overhead, name));
        overhead.unwrap_or(Quantity::ZERO)
    }

    /// What the pod requests as a whole, without overhead; none where nothing in it does.
    pub(super) fn requests(self, name: &str) -> Option<Quantity> {
        if let Some(own) = self.own(Kind::Request, name) {
            return Some(own);
        }
        let of = |container: Container<'_>| self.ends_of(container, name).request;
        self.sum(Kind::Request, name, of)
    }

    /// What the pod may take as a whole, without overhead; none where nothing in it has a limit.
    pub(super) fn limits(self, name: &str) -> Option<Quantity> {
        if let Some(own) = self.own(Kind::Limit, name) {
            return Some(own);
        }
        // The pod's own request would stand for the limits of its containers too.
        if self.own(Kind::Request, name).is_some() {
            return None;
        }
        let of = |container: Container<'_>| self.ends_of(container, name).limit;
        self.sum(Kind::Limit, name, of)
    }

    /// The sum over the containers and what is injected beside them; the formula of the scheduler serves for
    /// limits as well.
    fn sum(
        self,
        kind: Kind,
        name: &str,
        of: impl Fn(Container<'_>) -> Option<Quantity>,
    ) -> Option<Quantity> {
        let pod = self.shares.pod;
        let injected = injected::amount(pod, kind, name);
        if injected.is_none() && pod.containers().all(|container| of(container).is_none()) {
            return None;
        }
        let of = |container: Container<'_>| of(container).unwrap_or(Quantity::ZERO);
        let containers = effective_request(pod, name, of) - self.overhead(name);
        Some(containers + injected.unwrap_or(Quantity::ZERO))
    }

    /// Whether nothing in the pod asks for CPU or memory, which makes it the first to be evicted.
    pub(super) fn is_best_effort(self) -> bool {
        let is_nothing = |amount: Option<Quantity>| amount.is_none_or(Quantity::is_zero);
        ["cpu", "memory"].iter().all(|name| {
            let is_nothing_anywhere = self.shares.containers.iter().all(|own| {
                let ends = self.ends(own, name);
                is_nothing(ends.request) && is_nothing(ends.limit)
            });
            let own = Kind::ALL.map(|kind| self.own(kind, name));
            is_nothing_anywhere && own.into_iter().all(is_nothing)
        })
    }
}

fn amount(amounts: Node<'_>, name: &str) -> Option<Quantity> {
    Quantity::of(amounts.get(name)?)?.ok()
}
