//! What an override says against an author's autoscaler.

use sdk::{HorizontalPodAutoscaler, Place, Plan, Subject, Value};

use super::{AUTOSCALER, beating, metrics};
use crate::autoscalers::Autoscaler;
use crate::settings::Autoscaling;
use crate::survey::{Survey, Workload};

/// Decides about an author's autoscaler.
pub(super) fn decide(
    plan: &mut Plan,
    survey: &Survey<'_, '_>,
    workload: &Workload<'_>,
    own: HorizontalPodAutoscaler<'_>,
) {
    let beating = beating(survey, workload, Autoscaler::Horizontal(own));
    let fields = beating.map(|autoscaling| fields(survey, workload, own, autoscaling));
    let fields = fields.unwrap_or_default();
    if fields.is_empty() {
        if let Some(decision) = plan.decide(AUTOSCALER, workload.subject()) {
            let name = own.resource.name();
            let message = format!("the HorizontalPodAutoscaler \"{name}\" scales it");
            decision.skip("authored", message);
        }
        return;
    }
    let subject = Subject::Resource(own.resource, survey.resources);
    if let Some(decision) = plan.decide(AUTOSCALER, subject) {
        decision.set_all(fields, "as an override says");
    }
}

/// What an override says; autoscaling/v1 has no list of metrics.
fn fields(
    survey: &Survey<'_, '_>,
    workload: &Workload<'_>,
    own: HorizontalPodAutoscaler<'_>,
    autoscaling: &Autoscaling,
) -> Vec<(Place, Value)> {
    let place = |field: &str| own.resource.place().field("spec").field(field);
    let number = |field, chosen: Option<crate::settings::Chosen<u32>>| {
        let chosen = chosen.filter(|chosen| chosen.is_override)?;
        Some((place(field), Value::from(chosen.value)))
    };
    let mut fields = Vec::new();
    fields.extend(number("minReplicas", Some(autoscaling.min)));
    fields.extend(number("maxReplicas", autoscaling.max));
    if autoscaling.metrics.is_override && own.resource.api_version() != "autoscaling/v1" {
        let metrics = metrics::values(survey, workload, autoscaling);
        fields.push((place("metrics"), Value::Array(metrics)));
    }
    fields
}
