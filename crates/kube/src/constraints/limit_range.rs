//! LimitRanges: what the API server gives to containers that ask for nothing, and what it refuses.
//!
//! Sources: `SetDefaults_LimitRangeItem` of Kubernetes' core/v1 and its LimitRanger admission plugin.

use yaml::Node;

use super::amount::{Amount, Amounts};
use super::bound::{Bound, Refusal};
use crate::quantity::Quantity;
use crate::resource::{Place, Resource, Resources};

/// A LimitRange.
#[derive(Clone, Copy, Debug)]
pub struct LimitRange<'r> {
    /// The object.
    pub resource: &'r Resource<'r>,
}

/// What an item of a LimitRange is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitType {
    /// Each container and each init container.
    Container,
    /// The sums of a pod.
    Pod,
    /// Each claim of a volume.
    PersistentVolumeClaim,
    /// Anything else; Kubernetes takes it and does nothing about it.
    Other,
}

/// An item of a LimitRange.
#[derive(Clone, Copy, Debug)]
pub struct LimitRangeItem<'r> {
    /// The LimitRange.
    pub resource: &'r Resource<'r>,
    /// Its own node.
    pub node: Node<'r>,
    index: usize,
}

/// What a container without a value of its own gets from the LimitRanges of its namespace.
#[derive(Clone, Debug, Default)]
pub struct ContainerDefaults<'r> {
    /// The limit.
    pub limit: Option<Amount<'r>>,
    /// The request.
    pub request: Option<Amount<'r>>,
}

impl<'r> LimitRange<'r> {
    /// Its items.
    pub fn items(self) -> impl Iterator<Item = LimitRangeItem<'r>> {
        let items = self.resource.node.at(&["spec", "limits"]);
        let items = items.into_iter().flat_map(Node::items).enumerate();
        items.map(move |(index, node)| LimitRangeItem {
            resource: self.resource,
            node,
            index,
        })
    }

    /// The limit that it gives to a container without one: of several items the last counts.
    pub fn default_limit(self, resource: &str) -> Option<Amount<'r>> {
        self.items()
            .filter_map(|item| item.default_limit(resource))
            .last()
    }

    /// The request that it gives to a container without one: of several items the last counts.
    pub fn default_request(self, resource: &str) -> Option<Amount<'r>> {
        self.items()
            .filter_map(|item| item.default_request(resource))
            .last()
    }
}

impl<'r> LimitRangeItem<'r> {
    /// What it is about.
    pub fn kind(self) -> LimitType {
        match self.node.get("type").and_then(Node::text).as_deref() {
            Some("Container") => LimitType::Container,
            Some("Pod") => LimitType::Pod,
            Some("PersistentVolumeClaim") => LimitType::PersistentVolumeClaim,
            _ => LimitType::Other,
        }
    }

    /// The item as a place.
    pub fn place(self) -> Place {
        let limits = self.resource.place().field("spec").field("limits");
        limits.field(self.index)
    }

    fn amounts(self, field: &str) -> Amounts<'r> {
        Amounts::of(Some(self.node), &self.place(), field)
    }

    /// The least that a request may be.
    pub fn min(self) -> Amounts<'r> {
        self.amounts("min")
    }

    /// The most that a limit may be.
    pub fn max(self) -> Amounts<'r> {
        self.amounts("max")
    }

    /// How many times the request a limit may be.
    pub fn max_limit_request_ratio(self) -> Amounts<'r> {
        self.amounts("maxLimitRequestRatio")
    }

    /// The default limits as written.
    pub fn written_default(self) -> Amounts<'r> {
        self.amounts("default")
    }

    /// The default requests as written.
    pub fn written_default_request(self) -> Amounts<'r> {
        self.amounts("defaultRequest")
    }

    /// The limit that it gives to a container without one: the written default, else the maximum.
    pub fn default_limit(self, resource: &str) -> Option<Amount<'r>> {
        if self.kind() != LimitType::Container {
            return None;
        }
        let written = self.written_default().get(resource);
        written.or_else(|| self.max().get(resource))
    }

    /// The request that it gives to a container without one: the written default, else the default limit,
    /// else the minimum.
    pub fn default_request(self, resource: &str) -> Option<Amount<'r>> {
        if self.kind() != LimitType::Container {
            return None;
        }
        let written = self.written_default_request().get(resource);
        let or_limit = written.or_else(|| self.default_limit(resource));
        or_limit.or_else(|| self.min().get(resource))
    }

    /// Every amount of the item, to see which can't be read.
    pub fn all_amounts(self) -> Vec<Amount<'r>> {
        let lists = [
            self.min(),
            self.max(),
            self.written_default(),
            self.written_default_request(),
            self.max_limit_request_ratio(),
        ];
        let amounts = lists.iter().flat_map(Amounts::iter);
        amounts.map(|(_, amount)| amount).collect()
    }

    /// Which of its bounds a container (or a pod's sums, where that is what the item is about) breaks with
    /// this request and limit, defaults applied. A bound that can't be read is broken by nothing.
    pub fn refusals(
        self,
        resource: &str,
        request: Option<Quantity>,
        limit: Option<Quantity>,
    ) -> Vec<Refusal<'r>> {
        if !matches!(self.kind(), LimitType::Container | LimitType::Pod) {
            return Vec::new();
        }
        let bounds = [
            (Bound::Min, self.min()),
            (Bound::Max, self.max()),
            (Bound::MaxLimitRequestRatio, self.max_limit_request_ratio()),
        ];
        let broken = bounds.into_iter().filter_map(|(bound, amounts)| {
            let amount = amounts.get(resource)?;
            let cause = bound.broken_by(amount.readable()?, request, limit)?;
            Some(Refusal {
                bound,
                cause,
                amount,
            })
        });
        broken.collect()
    }
}

impl<'r> ContainerDefaults<'r> {
    /// What the LimitRanges of a namespace give to a container without a value of its own. Of several that do,
    /// Kubernetes doesn't say which one wins; here it is the one that gives least, whose limit is refused first.
    pub fn of(ranges: &[LimitRange<'r>], resource: &str) -> Self {
        let least = |amounts: &mut dyn Iterator<Item = Amount<'r>>| {
            let readable = amounts.filter(|amount| amount.quantity.is_ok());
            readable.min_by_key(Amount::readable)
        };
        let limit = |range: &LimitRange<'r>| range.default_limit(resource);
        let request = |range: &LimitRange<'r>| range.default_request(resource);
        Self {
            limit: least(&mut ranges.iter().filter_map(limit)),
            request: least(&mut ranges.iter().filter_map(request)),
        }
    }

    /// The request and the limit that a container ends up with: a missing request becomes the container's
    /// own limit, and what is missing then is taken from here. The limit may come out below the request,
    /// which the API server refuses.
    pub fn fill(
        &self,
        request: Option<Quantity>,
        limit: Option<Quantity>,
    ) -> (Option<Quantity>, Option<Quantity>) {
        let default = |amount: &Option<Amount<'_>>| amount.as_ref().and_then(Amount::readable);
        let filled_request = request.or(limit).or_else(|| default(&self.request));
        (filled_request, limit.or_else(|| default(&self.limit)))
    }
}

impl Resources<'_> {
    /// The LimitRanges of a namespace, in the order of the input.
    pub fn limit_ranges(&self, namespace: &str) -> impl Iterator<Item = LimitRange<'_>> {
        self.constraints_in(namespace, "LimitRange")
            .map(|resource| LimitRange { resource })
    }
}
