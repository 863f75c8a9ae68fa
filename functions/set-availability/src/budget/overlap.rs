//! Pods that several budgets cover: the cluster refuses to evict them with an error
//! (kubernetes/kubernetes pkg/registry/core/pod/storage/eviction.go: "This pod has more than one
//! PodDisruptionBudget, which the eviction subresource does not support.").

use std::collections::BTreeMap;

use sdk::{Order as _, Plan, Severity};

use super::Budgets;
use super::coverage::Covered;
use crate::autoscalers::label;
use crate::survey::{Survey, Workload};

/// How many budgets a message names.
const NAMED: usize = 3;

/// Reports each workload whose pods would have more than one budget.
pub(super) fn check(plan: &mut Plan, survey: &Survey<'_, '_>, budgets: &Budgets<'_, '_>) {
    let context = survey.context;
    let authored = budgets.authored.iter().map(|own| Covering {
        label: label(own.resource),
        is_ours: context.may_change(survey.resources, own.resource),
        covered: &own.covered,
    });
    let made = budgets.made.iter().zip(&budgets.covered);
    let made = made.map(|(own, covered)| Covering {
        label: format!(
            "the PodDisruptionBudget \"{}\" for {}",
            own.name,
            label(own.workload.owner)
        ),
        is_ours: true,
        covered,
    });
    let mut all: Vec<Covering<'_>> = authored.chain(made).collect();
    all.order_by(|one, other| one.label.cmp(&other.label));
    for (at, covering) in by_workload(&all) {
        if let Some(workload) = survey.workloads.get(at)
            && covering.len() > 1
        {
            report(plan, workload, &covering);
        }
    }
}

/// A budget and what it covers.
struct Covering<'b> {
    label: String,
    /// Whether it may be changed, so that it is worth a word.
    is_ours: bool,
    covered: &'b Covered,
}

/// The budgets of each workload. A message names a few, so that no more than one more are remembered, and of those
/// with the same selector too.
fn by_workload<'b>(all: &'b [Covering<'b>]) -> BTreeMap<usize, Vec<&'b Covering<'b>>> {
    let mut by_workload: BTreeMap<usize, Vec<&Covering<'_>>> = BTreeMap::new();
    let mut alike: BTreeMap<usize, usize> = BTreeMap::new();
    for own in all {
        let alike = alike.entry(own.covered.number).or_default();
        *alike += 1;
        if *alike > NAMED + 1 {
            continue;
        }
        for workload in &own.covered.workloads {
            let covering = by_workload.entry(*workload).or_default();
            if covering.len() <= NAMED {
                covering.push(own);
            }
        }
    }
    by_workload
}

fn report(plan: &mut Plan, workload: &Workload<'_>, covering: &[&Covering<'_>]) {
    if workload.settings.is_none() && !covering.iter().any(|own| own.is_ours) {
        return;
    }
    let labels = covering.iter().take(NAMED).map(|own| own.label.as_str());
    let labels: Vec<&str> = labels.collect();
    let more = if covering.len() > NAMED {
        " and others"
    } else {
        ""
    };
    let message = format!(
        "its pods have {}{more} at once, and the API server evicts no pod that has several; give the workloads labels and selectors of their own, or leave one of the budgets out",
        labels.join(" and ")
    );
    let place = workload.owner.place();
    let rule = "overlapping-pdb";
    plan.report(
        rule,
        Severity::Error,
        workload.subject(),
        &place,
        message,
        None,
    );
}
