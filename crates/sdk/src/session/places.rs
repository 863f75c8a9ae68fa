//! Where in the input findings stand, and where new objects belong.

use kube::{Resource, Resources};
use serde_json::Value;

use super::{Live, Session, Slot};
use crate::finding::{Finding, Identity};
use crate::generate::Made;
use crate::location::{self, Spot};
use crate::shared_rules;

impl Session<'_> {
    /// What keeps items of the input from being objects of Kubernetes.
    pub(super) fn malformations(
        &self,
        resources: &Resources<'_>,
        live: &[Live<'_>],
    ) -> Vec<Finding> {
        let malformation = |resource: &Resource<'_>| {
            let item = match live.get(resource.item)?.slot {
                Slot::Item(number) => number,
                Slot::Added(_) => return None,
            };
            let found = shared_rules::malformation(resource, || self.input.place(item))?;
            Some(Finding {
                spot: self.spot_in(item, resource, None),
                ..found
            })
        };
        resources.all().filter_map(malformation).collect()
    }

    /// Notes where in the input the findings stand that don't say so yet, if anybody wants to know.
    pub(super) fn locate(
        &self,
        findings: &mut [Finding],
        live: &[Live<'_>],
        resources: &Resources<'_>,
    ) {
        if !self.is_locating {
            return;
        }
        for finding in findings.iter_mut().filter(|finding| finding.spot.is_none()) {
            let subject = finding.subject.as_ref();
            let object = subject.and_then(|subject| location::object(resources, subject));
            let found = object.and_then(|object| Some((object, live.get(object.item)?.slot)));
            if let Some((object, Slot::Item(item))) = found {
                finding.spot = self.spot_in(item, object, finding.field.as_deref());
            }
        }
    }

    fn spot_in(&self, item: usize, object: &Resource<'_>, field: Option<&str>) -> Option<Spot> {
        let item = self.input.items.get(item)?;
        location::spot(self.input, item, &Identity::of(object), &object.base, field)
    }

    /// New objects with the sources that hold what they are for.
    pub(super) fn placed(
        &self,
        made: Vec<Made>,
        live: &[Live<'_>],
        resources: &Resources<'_>,
    ) -> Vec<(Value, Option<usize>)> {
        let beside = |subject: usize| match live.get(resources.get(subject)?.item)?.slot {
            Slot::Item(number) => self.input.items.get(number).map(|item| item.source),
            Slot::Added(number) => self.added.get(number)?.beside,
        };
        let placed = made
            .into_iter()
            .map(|made| (made.object, beside(made.subject)));
        placed.collect()
    }
}
