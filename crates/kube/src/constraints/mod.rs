//! The objects beside a workload that constrain what its pods may ask for: LimitRanges, ResourceQuotas and
//! autoscalers.

mod amount;
mod autoscaler;
mod bound;
mod index;
mod limit_range;
mod quota;
mod replicas;
mod scope;
mod target;
mod vertical;

pub use amount::{Amount, Amounts};
pub use autoscaler::{HorizontalPodAutoscaler, MetricTarget, ResourceMetric};
pub use bound::{Bound, Cause, Refusal};
pub use limit_range::{ContainerDefaults, LimitRange, LimitRangeItem, LimitType};
pub use quota::{QuotaName, ResourceQuota};
pub use scope::Scope;
pub use vertical::{ContainerPolicy, VerticalPodAutoscaler};

pub(crate) use index::ConstraintIndex;

use yaml::order::Order as _;

use target::Target;

use crate::resource::{Resource, Resources};

impl<'t> Resources<'t> {
    /// The objects of a kind that reach `namespace`, in the order of the input.
    fn constraints_in<'r>(
        &'r self,
        namespace: &str,
        kind: &str,
    ) -> impl Iterator<Item = &'r Resource<'t>> + use<'r, 't> {
        let numbers = self.constraint_index().in_namespace(kind, namespace);
        numbers.iter().filter_map(|number| self.get(*number))
    }

    /// The autoscalers of a kind whose reference means `owner`, in the order of the input.
    fn autoscaling<'r>(
        &'r self,
        owner: &Resource<'_>,
        kind: &str,
    ) -> impl Iterator<Item = &'r Resource<'t>> + use<'r, 't> {
        let index = self.constraint_index();
        let namespace = self.namespace_of(owner);
        let mut numbers = index
            .of_owner(kind, namespace, owner, owner.name())
            .to_vec();
        for (_, _, name) in owner.previous() {
            let formerly = index.of_owner(kind, namespace, owner, &name).iter();
            let is_meant = |number: &&usize| {
                let from = self.get(**number);
                let found = from.and_then(|from| Target::of(from)?.find(self, from));
                found.is_some_and(|found| found.number == owner.number)
            };
            numbers.extend(formerly.filter(is_meant));
        }
        numbers.order();
        numbers.dedup();
        numbers.into_iter().filter_map(|number| self.get(number))
    }
}
