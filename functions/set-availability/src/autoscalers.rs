//! Who decides how many pods a workload has: HorizontalPodAutoscalers, ScaledObjects of KEDA, and Canaries of Flagger
//! that bring one along.

use std::collections::BTreeMap;

use sdk::{HorizontalPodAutoscaler, Order as _, Resource, Resources};

pub(crate) use canary::Canary;
pub(crate) use scaled_object::ScaledObject;

mod canary;
mod scaled_object;

/// An autoscaler that somebody wrote.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Autoscaler<'r> {
    Horizontal(HorizontalPodAutoscaler<'r>),
    Keda(ScaledObject<'r>),
}

impl<'r> Autoscaler<'r> {
    /// The object.
    pub(crate) fn resource(self) -> &'r Resource<'r> {
        match self {
            Self::Horizontal(own) => own.resource,
            Self::Keda(own) => own.resource,
        }
    }

    /// The least number of pods.
    pub(crate) fn floor(self) -> u32 {
        let pods = match self {
            Self::Horizontal(own) => own.min_replicas(),
            Self::Keda(own) => own.floor(),
        };
        u32::try_from(pods).unwrap_or(0)
    }

    /// How people call it: `HorizontalPodAutoscaler "web"`.
    pub(crate) fn label(self) -> String {
        label(self.resource())
    }
}

/// How people call an object: `Deployment "web"`.
pub(crate) fn label(object: &Resource<'_>) -> String {
    format!("{} \"{}\"", object.kind(), object.name())
}

/// What the input has besides HorizontalPodAutoscalers, by the number of the workload that is meant.
#[derive(Debug)]
pub(crate) struct Autoscalers<'r> {
    resources: &'r Resources<'r>,
    scaled_objects: BTreeMap<usize, Vec<ScaledObject<'r>>>,
    canaries: BTreeMap<usize, Canary<'r>>,
}

impl<'r> Autoscalers<'r> {
    pub(crate) fn new(resources: &'r Resources<'r>) -> Self {
        let mut found = Self {
            resources,
            scaled_objects: BTreeMap::new(),
            canaries: BTreeMap::new(),
        };
        for object in resources.all().filter(|object| !object.is_local()) {
            if let Some(scaled) = ScaledObject::of(object).filter(|scaled| !scaled.is_paused())
                && let Some(target) = scaled.target(resources)
            {
                let of_target = found.scaled_objects.entry(target.number).or_default();
                of_target.push(scaled);
            }
            if let Some(canary) = Canary::of(object)
                && let Some(target) = canary.target(resources)
            {
                let of_target = found.canaries.entry(target.number).or_insert(canary);
                if canary.resource.name() < of_target.resource.name() {
                    *of_target = canary;
                }
            }
        }
        found
    }

    /// The autoscalers of a workload, in the order of the input; what a run of ours made isn't among them.
    pub(crate) fn of(
        &self,
        owner: &Resource<'_>,
        is_made: impl Fn(&Resource<'r>) -> bool,
    ) -> Vec<Autoscaler<'r>> {
        let scaled = self.scaled_objects.get(&owner.number);
        let scaled: &[ScaledObject<'r>] = scaled.map(Vec::as_slice).unwrap_or_default();
        let is_taken_over = |own: &HorizontalPodAutoscaler<'_>| {
            let name = own.resource.name();
            scaled.iter().any(|scaled| scaled.takes_over(name))
        };
        let horizontal = self.resources.autoscalers_of(owner);
        let horizontal = horizontal.filter(|own| !is_taken_over(own));
        let mut found: Vec<Autoscaler<'r>> = horizontal.map(Autoscaler::Horizontal).collect();
        found.extend(scaled.iter().copied().map(Autoscaler::Keda));
        let of_canary = self.canaries.get(&owner.number);
        let of_canary = of_canary.and_then(|canary| canary.autoscaler(self.resources));
        found.extend(of_canary.and_then(Self::read));
        found.retain(|autoscaler| !is_made(autoscaler.resource()));
        found.order_by_key(|autoscaler| autoscaler.resource().number);
        found.dedup_by_key(|autoscaler| autoscaler.resource().number);
        found
    }

    /// The Canary that rolls a workload out.
    pub(crate) fn canary_of(&self, owner: &Resource<'_>) -> Option<Canary<'r>> {
        self.canaries.get(&owner.number).copied()
    }

    fn read(resource: &'r Resource<'r>) -> Option<Autoscaler<'r>> {
        if resource.is("autoscaling", "HorizontalPodAutoscaler") {
            let own = HorizontalPodAutoscaler { resource };
            return Some(Autoscaler::Horizontal(own));
        }
        let scaled = ScaledObject::of(resource).filter(|scaled| !scaled.is_paused())?;
        Some(Autoscaler::Keda(scaled))
    }
}
