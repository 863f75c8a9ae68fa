//! HorizontalPodAutoscalers: made where nobody wrote one, and checked where somebody did.

use sdk::{Mode, Plan, Rule, Severity};

use crate::autoscalers::Autoscaler;
use crate::settings::Autoscaling;
use crate::survey::{Scaling, Survey, Workload};

mod checks;
mod made;
mod metrics;
mod names;
mod repair;

pub(crate) use checks::check;

const AUTOSCALER: &str = "autoscaler";

pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        AUTOSCALER,
        Severity::Info,
        "Makes a HorizontalPodAutoscaler, or with `mode: overwrite` sets what an override says in an author's.",
    ),
    Rule::new(
        "hpa-bounds",
        Severity::Error,
        "The least number of pods of a HorizontalPodAutoscaler is more than the greatest.",
    ),
    Rule::new(
        "hpa-min-zero",
        Severity::Error,
        "A HorizontalPodAutoscaler may go down to no pod, where Kubernetes doesn't take that.",
    ),
    Rule::new(
        "hpa-target",
        Severity::Error,
        "A HorizontalPodAutoscaler scales a kind that has no number of pods.",
    ),
    Rule::new(
        "hpa-name-taken",
        Severity::Error,
        "Another HorizontalPodAutoscaler has the name that one would get.",
    ),
    Rule::new(
        "hpa-fixed",
        Severity::Warning,
        "A HorizontalPodAutoscaler has nothing to choose, since its least number of pods is its greatest.",
    ),
    Rule::new(
        "hpa-ghost",
        Severity::Warning,
        "A HorizontalPodAutoscaler scales a Deployment whose template a Rollout uses, instead of the Rollout.",
    ),
    Rule::new(
        "hpa-without-request",
        Severity::Warning,
        "A container has no request of what a HorizontalPodAutoscaler measures in percent of it.",
    ),
    Rule::new(
        "hpa-unknown-container",
        Severity::Warning,
        "A HorizontalPodAutoscaler measures a container that its pods don't have.",
    ),
    Rule::new(
        "hpa-and-vpa",
        Severity::Warning,
        "A HorizontalPodAutoscaler measures what a VerticalPodAutoscaler changes.",
    ),
    Rule::new(
        "hpa-memory-of-jvm",
        Severity::Info,
        "A HorizontalPodAutoscaler measures the memory of a Java program, which seldom gives any back.",
    ),
    Rule::new(
        "hpa-name-reference",
        Severity::Info,
        "kustomize doesn't know that a HorizontalPodAutoscaler refers to this kind.",
    ),
];

/// Whether a workload that nobody scales gets an autoscaler.
pub(crate) fn is_wanted(plan: &mut Plan, survey: &Survey<'_, '_>, workload: &Workload<'_>) -> bool {
    let configured = made::configured(workload);
    let is_fit = configured.is_some_and(|own| made::without(survey, workload, own).is_ok());
    is_fit && !plan.is_skipped(AUTOSCALER, workload.subject())
}

/// The least number of pods of an author's autoscaler, once the plan is carried out.
pub(crate) fn planned_floor(
    survey: &Survey<'_, '_>,
    workload: &Workload<'_>,
    autoscaler: Autoscaler<'_>,
) -> u32 {
    let beating = beating(survey, workload, autoscaler);
    let min = beating.map(|autoscaling| autoscaling.min);
    let min = min.filter(|min| min.is_override);
    min.map_or_else(|| autoscaler.floor(), |min| min.value)
}

/// What the configuration says against an author's autoscaler, where it may.
fn beating<'w>(
    survey: &Survey<'_, '_>,
    workload: &'w Workload<'_>,
    autoscaler: Autoscaler<'_>,
) -> Option<&'w Autoscaling> {
    let Autoscaler::Horizontal(own) = autoscaler else {
        return None;
    };
    let context = survey.context;
    let may_change = || context.may_change(survey.resources, own.resource);
    let autoscaling = made::configured(workload)?;
    let is_beaten = context.mode() == Mode::Overwrite && autoscaling.is_override && may_change();
    is_beaten.then_some(autoscaling)
}

/// Decides about the autoscaler of a workload; those that are made come with [`check`], since their names may clash.
pub(crate) fn decide(plan: &mut Plan, survey: &Survey<'_, '_>, workload: &Workload<'_>) {
    if workload.settings.is_none() || workload.replicas_place().is_none() {
        return;
    }
    let subject = workload.subject();
    match &workload.scaling {
        Scaling::Authored(Autoscaler::Horizontal(own)) => {
            repair::decide(plan, survey, workload, *own);
        }
        Scaling::Authored(Autoscaler::Keda(own)) => {
            if let Some(decision) = plan.decide(AUTOSCALER, subject) {
                let name = own.resource.name();
                decision.skip("authored", format!("the ScaledObject \"{name}\" scales it"));
            }
        }
        Scaling::Elsewhere => {
            if let Some(decision) = plan.decide(AUTOSCALER, subject) {
                let message = "its Canary names an autoscaler that isn't in the input";
                decision.skip("elsewhere", message);
            }
        }
        Scaling::Fixed => tell_why_none(plan, survey, workload),
        // What is made is told by the core, what is contested by the replicas.
        Scaling::Made | Scaling::Contested(_) => {}
    }
}

fn tell_why_none(plan: &mut Plan, survey: &Survey<'_, '_>, workload: &Workload<'_>) {
    let Some(decision) = plan.decide(AUTOSCALER, workload.subject()) else {
        return;
    };
    let Some(autoscaling) = made::configured(workload) else {
        let message = "no autoscaler: the configuration asks for none";
        return decision.skip("not-configured", message);
    };
    // One that is fit and not opted out of is made.
    if let Err(without) = made::without(survey, workload, autoscaling) {
        decision.skip_with(without.severity, without.reason, without.message);
    }
}
