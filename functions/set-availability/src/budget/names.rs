//! Names of budgets that are made: each may be taken by another object.

use std::collections::BTreeMap;

use sdk::{Order as _, Plan, Severity};

use super::Budgets;
use super::made::Made;
use crate::autoscalers::label;
use crate::survey::Survey;

/// Makes the budgets whose names are free, and reports the others.
pub(super) fn generate(plan: &mut Plan, survey: &Survey<'_, '_>, budgets: &Budgets<'_, '_>) {
    let resources = survey.resources;
    let mut by_name: BTreeMap<[&str; 2], Vec<&Made<'_, '_>>> = BTreeMap::new();
    for own in &budgets.made {
        let namespace = resources.namespace_of(own.workload.owner);
        by_name.entry([namespace, &own.name]).or_default().push(own);
    }
    for ([namespace, name], several) in &by_name {
        let taken = resources.find(["policy", "PodDisruptionBudget", namespace, name]);
        let taken = taken.filter(|object| !survey.context.has_made(object));
        match (taken, several.as_slice()) {
            (None, [only]) => plan.generate(only.object(), only.workload.owner),
            (Some(_), _) => {
                let by = "another one, which covers other pods".to_owned();
                for own in several {
                    report(plan, own, &by);
                }
            }
            (None, several) => report_one_another(plan, several),
        }
    }
}

fn report_one_another(plan: &mut Plan, several: &[&Made<'_, '_>]) {
    let owners = several.iter().map(|own| own.workload.owner);
    let mut owners: Vec<(String, usize)> =
        owners.map(|owner| (label(owner), owner.number)).collect();
    owners.order();
    for own in several {
        let number = own.workload.owner.number;
        if let Some((other, _)) = owners.iter().find(|(_, other)| *other != number) {
            report(plan, own, &format!("the one for {other}"));
        }
    }
}

fn report(plan: &mut Plan, own: &Made<'_, '_>, by: &str) {
    let message = format!(
        "the name \"{}\" of its PodDisruptionBudget is taken by {by}; write another in `disruptionBudget.name`",
        own.name
    );
    let place = own.workload.owner.place();
    let subject = own.workload.subject();
    plan.report(
        "pdb-name-taken",
        Severity::Error,
        subject,
        &place,
        message,
        None,
    );
}
