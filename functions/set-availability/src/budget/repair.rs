//! Budgets of authors that would block every drain, or that say something else than the user of the function.

use sdk::{Mode, Plan, Severity, Subject, Value};

use super::authored::{Authored, Written};
use super::{BUDGET, Budgets};
use crate::replicas::pods;
use crate::settings::Bound;
use crate::survey::{Survey, Workload};

/// Reports what would block, and with `mode: overwrite` replaces it.
pub(super) fn plan(plan: &mut Plan, survey: &Survey<'_, '_>, budgets: &Budgets<'_, '_>) {
    for own in &budgets.authored {
        let Written::Bound(bound) = own.bound else {
            continue;
        };
        if !survey.context.may_change(survey.resources, own.resource) {
            continue;
        }
        let Some(replicas) = least_pods(survey, own) else {
            continue;
        };
        let blocks = replicas > 0 && bound.allowed(replicas) == 0;
        let wanted = wanted(survey, own, bound, replicas);
        match wanted.filter(|_| survey.context.mode() == Mode::Overwrite) {
            Some(wanted) => replace(plan, survey, own, bound, wanted),
            None if blocks => warn(plan, survey, own, bound, replicas),
            None => {}
        }
    }
}

/// How many pods there are at least while there is something to evict: of an autoscaler that may go down to none,
/// the first pod counts. None where pods are covered that have no scale, which is told elsewhere or as many as there
/// are nodes.
fn least_pods(survey: &Survey<'_, '_>, own: &Authored<'_>) -> Option<u32> {
    let workloads = own
        .covered
        .workloads
        .iter()
        .filter_map(|at| survey.workloads.get(*at));
    let floor = |workload: &Workload<'_>| {
        let may_be_none = workload.floor == 0 && workload.scaling.is_automatic();
        let floor = if may_be_none { 1 } else { workload.floor };
        workload.kind.scalable.then_some(floor)
    };
    let floors: Option<Vec<u32>> = workloads.map(floor).collect();
    Some(floors?.into_iter().fold(0, u32::saturating_add))
}

/// The bound that the user wants instead; none where the author's may stay.
fn wanted(
    survey: &Survey<'_, '_>,
    own: &Authored<'_>,
    bound: Bound,
    replicas: u32,
) -> Option<Bound> {
    let [only] = own.covered.workloads.as_slice() else {
        // Nobody configured a budget for several workloads together.
        let blocks = replicas > 0 && bound.allowed(replicas) == 0;
        return blocks.then_some(Bound::ONE);
    };
    let settings = survey.workloads.get(*only)?.settings.as_ref()?;
    let configured = settings.budget.as_ref()?.bound;
    let wanted = if configured.is_user {
        configured.value
    } else {
        bound
    };
    let wanted = wanted.unblocked(replicas.max(1));
    (wanted != bound).then_some(wanted)
}

fn warn(plan: &mut Plan, survey: &Survey<'_, '_>, own: &Authored<'_>, bound: Bound, replicas: u32) {
    let message = format!(
        "{bound} of at least {} lets none be evicted and blocks every drain of a node; write `maxUnavailable: 1`, or run more pods",
        pods(replicas)
    );
    let subject = Subject::Resource(own.resource, survey.resources);
    let place = own.field(bound.field());
    let proposed = Value::from(Bound::ONE.count());
    let proposed = matches!(bound, Bound::MaxUnavailable(_)).then_some(&proposed);
    plan.report(
        "pdb-would-block",
        Severity::Warning,
        subject,
        &place,
        message,
        proposed,
    );
}

fn replace(
    plan: &mut Plan,
    survey: &Survey<'_, '_>,
    own: &Authored<'_>,
    bound: Bound,
    wanted: Bound,
) {
    let subject = Subject::Resource(own.resource, survey.resources);
    if bound.field() != wanted.field()
        && let Some(decision) = plan.decide(BUDGET, subject)
    {
        decision.remove(&own.field(bound.field()), format!("gives way to {wanted}"));
    }
    if let Some(decision) = plan.decide(BUDGET, subject) {
        let value = Value::from(wanted.count());
        decision.set(
            &own.field(wanted.field()),
            value,
            format!("{wanted} instead of {bound}"),
        );
    }
}
