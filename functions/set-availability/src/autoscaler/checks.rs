//! What is wrong with autoscalers, an author's and those that are made.

use std::collections::BTreeMap;

use sdk::{
    Collect as _, HorizontalPodAutoscaler, MetricTarget, Place, Plan, Resource, Severity, Subject,
};

use super::{made, metrics, names};
use crate::autoscalers::Autoscaler;
use crate::survey::{Scaling, Survey, Workload};

use measures::Measured;

mod bounds;
mod measures;
mod targets;

/// What a report is about: the autoscaler, or the workload that it is made for.
#[derive(Clone, Copy)]
struct About<'a, 'r> {
    subject: Subject<'r>,
    place: &'a Place,
}

impl About<'_, '_> {
    fn report(self, plan: &mut Plan, rule: &'static str, severity: Severity, message: &str) {
        plan.report(rule, severity, self.subject, self.place, message, None);
    }
}

/// Makes the autoscalers that are wanted, and checks all of them.
pub(crate) fn check(plan: &mut Plan, survey: &Survey<'_, '_>) {
    names::generate(plan, survey);
    for workload in &survey.workloads {
        check_made(plan, survey, workload);
    }
    let by_owner: BTreeMap<usize, &Workload<'_>> = survey
        .workloads
        .iter()
        .map(|workload| (workload.owner.number, workload))
        .into_map();
    let referred = survey.workloads.iter().filter(|own| own.is_referring());
    let by_template: BTreeMap<usize, &Workload<'_>> = referred
        .map(|workload| (workload.template_owner().number, workload))
        .into_map();
    for resource in survey.resources.all() {
        if !is_checked(survey, resource) {
            continue;
        }
        let own = HorizontalPodAutoscaler { resource };
        let target = own.target(survey.resources).map(|target| target.number);
        let workload = target.and_then(|number| by_owner.get(&number).copied());
        let rollout = target.and_then(|number| by_template.get(&number).copied());
        bounds::check(plan, survey, own, workload);
        targets::check(plan, survey, own, rollout);
        if let Some(workload) = workload {
            check_measured(plan, survey, own, workload);
        }
    }
}

/// Whether the object is an autoscaler that somebody wrote and that may be looked at.
fn is_checked(survey: &Survey<'_, '_>, resource: &Resource<'_>) -> bool {
    resource.is("autoscaling", "HorizontalPodAutoscaler")
        && !survey.context.has_made(resource)
        && survey.context.may_change(survey.resources, resource)
}

fn check_made(plan: &mut Plan, survey: &Survey<'_, '_>, workload: &Workload<'_>) {
    if !matches!(workload.scaling, Scaling::Made) {
        return;
    }
    let Some(autoscaling) = made::configured(workload) else {
        return;
    };
    let place = workload.owner.place();
    let about = About {
        subject: workload.subject(),
        place: &place,
    };
    let max = autoscaling.max.map(|max| max.value.into());
    bounds::check_fixed(plan, about, autoscaling.min.value.into(), max);
    targets::check_name_reference(plan, about, workload);
    for metric in &autoscaling.metrics.value {
        if let Some((name, _)) = metrics::measured(metric) {
            let container = metrics::container(survey, workload, metric);
            let measured = Measured {
                name: name.to_owned(),
                container,
                is_of_request: true,
            };
            measures::check(plan, about, workload, &measured);
        }
    }
}

fn check_measured(
    plan: &mut Plan,
    survey: &Survey<'_, '_>,
    own: HorizontalPodAutoscaler<'_>,
    workload: &Workload<'_>,
) {
    let beating = super::beating(survey, workload, Autoscaler::Horizontal(own));
    let is_replaced = beating.is_some_and(|autoscaling| autoscaling.metrics.is_override);
    // What is about to be replaced needs no words.
    let metrics = own.resource_metrics().into_iter().filter(|_| !is_replaced);
    for metric in metrics {
        let about = About {
            subject: Subject::Resource(own.resource, survey.resources),
            place: &metric.place,
        };
        let measured = Measured {
            name: metric.name.to_string(),
            container: metric.container.as_ref().map(ToString::to_string),
            is_of_request: matches!(metric.target, Some(MetricTarget::Utilization(_))),
        };
        measures::check(plan, about, workload, &measured);
    }
}
