//! What is wrong with single budgets.

use sdk::{Plan, Severity, Subject};

use super::Budgets;
use super::authored::{Authored, Reach, Written};
use super::coverage::Covered;
use crate::autoscalers::label;
use crate::settings::Bound;
use crate::survey::{Survey, Workload};

/// Checks each budget by itself.
pub(super) fn check(plan: &mut Plan, survey: &Survey<'_, '_>, budgets: &Budgets<'_, '_>) {
    for own in &budgets.authored {
        if survey.context.may_change(survey.resources, own.resource) {
            check_bound(plan, survey, own);
            check_reach(plan, survey, own);
            check_scale(plan, survey, own);
        }
    }
    for (own, covered) in budgets.made.iter().zip(&budgets.covered) {
        let unscaled = without_scale(survey, covered, own.bound);
        if let Some(unscaled) = unscaled {
            let message = format!(
                "a PodDisruptionBudget for it would cover the pods of {} too, which has no number of pods, so that the cluster would let none be evicted; give the two labels and selectors of their own",
                label(unscaled.owner)
            );
            let place = own.workload.owner.place();
            let subject = own.workload.subject();
            plan.report(
                "pdb-without-scale",
                Severity::Error,
                subject,
                &place,
                message,
                None,
            );
        }
        check_primary(plan, survey, own.workload);
    }
}

fn check_bound(plan: &mut Plan, survey: &Survey<'_, '_>, own: &Authored<'_>) {
    let subject = Subject::Resource(own.resource, survey.resources);
    match own.bound {
        Written::Both => {
            let message = "has `minAvailable` and `maxUnavailable`, which the API server refuses; keep one of them";
            let place = own.field("maxUnavailable");
            plan.report(
                "pdb-both-bounds",
                Severity::Error,
                subject,
                &place,
                message,
                None,
            );
        }
        Written::Unreadable(field) => {
            let message = format!(
                "`{field}` must be a number of pods without quotes, or a percentage from \"0%\" to \"100%\"; write one"
            );
            let place = own.field(field);
            plan.report(
                "pdb-bad-bound",
                Severity::Error,
                subject,
                &place,
                message,
                None,
            );
        }
        Written::Bound(_) | Written::Nothing => {}
    }
}

fn check_reach(plan: &mut Plan, survey: &Survey<'_, '_>, own: &Authored<'_>) {
    let (rule, message) = match own.reach {
        Reach::All => (
            "pdb-selects-everything",
            "an empty selector covers every pod of the namespace, so that no other budget can be there; write the labels of one workload",
        ),
        Reach::None | Reach::Some if own.covered.workloads.is_empty() => (
            "pdb-selects-nothing",
            "covers no pod of the input; write the labels of a workload's pods, or remove it",
        ),
        _ => return,
    };
    let subject = Subject::Resource(own.resource, survey.resources);
    let place = own.field("selector");
    plan.report(rule, Severity::Warning, subject, &place, message, None);
}

fn check_scale(plan: &mut Plan, survey: &Survey<'_, '_>, own: &Authored<'_>) {
    let Written::Bound(bound) = own.bound else {
        return;
    };
    let Some(unscaled) = without_scale(survey, &own.covered, bound) else {
        return;
    };
    let message = format!(
        "{bound} needs the number of pods there should be, which {} doesn't have, so that the cluster lets none be evicted; write `minAvailable` as a number, or select other pods",
        label(unscaled.owner)
    );
    let subject = Subject::Resource(own.resource, survey.resources);
    let place = own.field(bound.field());
    plan.report(
        "pdb-without-scale",
        Severity::Error,
        subject,
        &place,
        message,
        None,
    );
}

/// The first covered workload that can't tell how many pods it should have, where the bound needs that.
/// kubernetes/kubernetes 003e86297d18 pkg/controller/disruption/disruption.go `getExpectedScale`: a controller
/// without scale subresource is an error, and pods without a controller count for nothing.
fn without_scale<'s, 'r>(
    survey: &'s Survey<'_, 'r>,
    covered: &Covered,
    bound: Bound,
) -> Option<&'s Workload<'r>> {
    let unscaled = covered.unscaled.filter(|_| bound.needs_scale())?;
    survey.workloads.get(unscaled)
}

/// Flagger runs the primary copy under a label of its own.
fn check_primary(plan: &mut Plan, survey: &Survey<'_, '_>, workload: &Workload<'_>) {
    let Some(canary) = survey.autoscalers.canary_of(workload.owner) else {
        return;
    };
    let message = format!(
        "{} makes a copy \"{}-primary\" that serves users, and its labels differ, so that the PodDisruptionBudget covers only the canary; write one for the copy",
        label(canary.resource),
        workload.owner.name()
    );
    let place = workload.owner.place();
    let rule = "pdb-misses-primary";
    plan.report(
        rule,
        Severity::Warning,
        workload.subject(),
        &place,
        message,
        None,
    );
}
