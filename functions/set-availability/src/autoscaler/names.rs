//! Names of autoscalers that are made: each is its workload's, which another object may have.

use std::collections::BTreeMap;

use sdk::{Order as _, Plan, Severity};

use super::made;
use crate::autoscalers::label;
use crate::survey::{Scaling, Survey, Workload};

/// Makes the autoscalers whose names are free, and reports the others.
pub(super) fn generate(plan: &mut Plan, survey: &Survey<'_, '_>) {
    let resources = survey.resources;
    let mut by_name: BTreeMap<[&str; 2], Vec<&Workload<'_>>> = BTreeMap::new();
    for workload in &survey.workloads {
        if matches!(workload.scaling, Scaling::Made) {
            let namespace = resources.namespace_of(workload.owner);
            let of_name = by_name.entry([namespace, workload.owner.name()]);
            of_name.or_default().push(workload);
        }
    }
    for ([namespace, name], several) in &by_name {
        let identity = ["autoscaling", "HorizontalPodAutoscaler", namespace, name];
        let taken = resources.find(identity);
        let taken = taken.filter(|object| !survey.context.has_made(object));
        match (taken, several.as_slice()) {
            (None, [only]) => generate_one(plan, survey, only),
            (Some(_), _) => {
                let by = "another one, which scales something else";
                for own in several {
                    report(plan, own, by);
                }
            }
            (None, several) => report_one_another(plan, several),
        }
    }
}

fn generate_one(plan: &mut Plan, survey: &Survey<'_, '_>, workload: &Workload<'_>) {
    if let Some(autoscaling) = made::configured(workload) {
        plan.generate(made::object(survey, workload, autoscaling), workload.owner);
    }
}

fn report_one_another(plan: &mut Plan, several: &[&Workload<'_>]) {
    let owners = several.iter().map(|own| own.owner);
    let mut owners: Vec<(String, usize)> =
        owners.map(|owner| (label(owner), owner.number)).collect();
    owners.order();
    for own in several {
        let number = own.owner.number;
        if let Some((other, _)) = owners.iter().find(|(_, other)| *other != number) {
            report(plan, own, &format!("the one for {other}"));
        }
    }
}

fn report(plan: &mut Plan, workload: &Workload<'_>, by: &str) {
    let message = format!(
        "the name \"{}\" of its HorizontalPodAutoscaler is taken by {by}; rename one of them, or write `autoscaling: {{enabled: false}}` for the workload",
        workload.owner.name()
    );
    let place = workload.owner.place();
    let rule = "hpa-name-taken";
    plan.report(
        rule,
        Severity::Error,
        workload.subject(),
        &place,
        message,
        None,
    );
}
