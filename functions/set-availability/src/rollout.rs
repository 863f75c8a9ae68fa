//! How new pods replace old ones.

mod checks;
mod claims;
mod crowding;
mod field;
mod pace;
mod startup;
mod step;
mod strategy;

use sdk::{Plan, Rule, Severity};

use crate::survey::{Survey, Workload};

pub(crate) use claims::Claims;
pub(crate) use crowding::HOSTNAME;
pub(crate) use field::{Field, seconds};

/// What is decided and found about rollouts.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        strategy::RULE,
        Severity::Info,
        "Sets how many pods a rollout may add and take away at a time.",
    ),
    Rule::new(
        "min-ready-seconds",
        Severity::Info,
        "Sets for how long a new pod must be ready to count.",
    ),
    Rule::new(
        "revision-history-limit",
        Severity::Info,
        "Sets how many old versions are kept.",
    ),
    Rule::new(
        "progress-deadline",
        Severity::Info,
        "Sets after how long without progress a rollout has failed.",
    ),
    Rule::new(
        "rollout-impossible",
        Severity::Error,
        "A rollout may neither add nor take away a pod.",
    ),
    Rule::new(
        "foreign-strategy-field",
        Severity::Error,
        "A kind has the strategy under the name that another kind has it by.",
    ),
    Rule::new(
        "deadline-before-ready",
        Severity::Error,
        "A rollout has failed before its first pod can count.",
    ),
    Rule::new(
        "deadline-before-start",
        Severity::Warning,
        "A rollout has failed before a pod that starts as slowly as it may is ready.",
    ),
    Rule::new(
        "rwo-surge-deadlock",
        Severity::Warning,
        "A rollout waits for a pod that waits for the volume of the pod that it replaces.",
    ),
    Rule::new(
        "host-port-rollout",
        Severity::Warning,
        "A rollout needs a node more than there are pods, since each needs its port on the node.",
    ),
    Rule::new(
        "anti-affinity-rollout",
        Severity::Warning,
        "A rollout needs a node more than there are pods, since no two may share one.",
    ),
    Rule::new(
        "rollout-downtime",
        Severity::Warning,
        "Each rollout of a single pod is an outage, in production.",
    ),
];

/// Decides it for a workload.
pub(crate) fn decide<'r>(plan: &mut Plan, survey: &Survey<'_, 'r>, workload: &Workload<'r>) {
    let Some(settings) = workload.settings.as_deref() else {
        return;
    };
    let mode = survey.context.mode();
    let rollout = settings.rollout.as_ref();
    let strategy = strategy::decide(plan, mode, workload, rollout);
    let pace = pace::decide(plan, mode, workload, rollout);
    checks::fields(plan, workload);
    checks::strategy(
        plan,
        survey.context.environment(),
        workload,
        strategy.as_ref(),
    );
    if let Some(pace) = pace {
        pace.check(plan, workload);
    }
}
