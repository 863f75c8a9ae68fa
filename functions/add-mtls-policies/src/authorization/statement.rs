//! Where a call is stated, for what is wrong about it.

use sdk::{Edge, Plan, Severity, Workload};

use super::scene::Scene;

/// Tells what is wrong about a call where somebody states it, or else at the workload that is called.
pub(super) fn report<'s>(
    plan: &mut Plan,
    scene: &Scene<'s>,
    (edge, to): (&Edge, &Workload<'s>),
    (rule, severity): (&'static str, Severity),
    field: Option<&str>,
    message: &str,
) {
    let resources = scene.survey.resources;
    let mut places = edge
        .evidence
        .iter()
        .filter_map(|evidence| evidence.place.clone());
    let stated = places.find_map(|place| Some((resources.get(place.resource)?, place)));
    if let Some((object, place)) = stated {
        let place = match field {
            Some(field) => place.field(field),
            None => place,
        };
        return plan.report(rule, severity, (object, resources), &place, message, None);
    }
    plan.report(rule, severity, to.pod, &to.owner.place(), message, None);
}
