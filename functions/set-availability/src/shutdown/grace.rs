//! How long a pod may take to end.

use sdk::{Node, Plan, Severity};

use super::ending::Ending;
use crate::rollout::{Field, seconds};
use crate::settings::Chosen;

pub(super) const RULE: &str = "grace-period";

/// What the API server puts where nothing is.
const DEFAULT: i64 = 30;

/// The grace period of a pod.
pub(super) struct Grace<'r> {
    /// None where the pod's object can't be told.
    field: Option<Field<'r>>,
    /// What the configuration asks for.
    chosen: Option<Chosen<u32>>,
    /// How long a hook sleeps for which the configured period is too short.
    obstacle: Option<i64>,
    /// How long it is once the plan is carried out; none where that can't be read.
    pub(super) seconds: Option<i64>,
}

impl<'r> Grace<'r> {
    pub(super) fn of(plan: &mut Plan, ending: &Ending<'r>) -> Self {
        let place = ending.pod.field("terminationGracePeriodSeconds");
        let owner = ending.pod.template_owner();
        let field = owner.map(|owner| Field::new(owner, place, "terminationGracePeriodSeconds"));
        let settings = ending.settings.as_ref();
        let shutdown = settings.and_then(|settings| settings.shutdown.as_ref());
        let chosen = shutdown.and_then(|shutdown| shutdown.grace_seconds);
        let chosen = chosen.filter(|_| ending.exempt.is_none());
        let authored = field.as_ref().and_then(|field| field.authored);
        let takes = field
            .as_ref()
            .is_some_and(|field| field.takes(ending.mode, chosen.as_ref()))
            && !plan.is_skipped(RULE, ending.pod);
        let wanted = chosen
            .map(|chosen| i64::from(chosen.value))
            .filter(|_| takes);
        let standing = standing(authored);
        // A longer period than what stands there cuts off nothing more.
        let shorter = wanted.filter(|wanted| standing.is_some_and(|standing| *wanted < standing));
        let obstacle = shorter.and_then(|wanted| obstacle(ending, wanted));
        Self {
            field,
            chosen,
            obstacle,
            seconds: wanted.filter(|_| obstacle.is_none()).or(standing),
        }
    }
}

/// The longest sleep that a period of `wanted` seconds would cut off.
fn obstacle(ending: &Ending<'_>, wanted: i64) -> Option<i64> {
    let rests = ending.containers.iter();
    let longest = rests
        .filter_map(|one| one.rest(ending.mode, wanted))
        .max()?;
    (longest >= wanted).then_some(longest)
}

fn standing(authored: Option<Node<'_>>) -> Option<i64> {
    match authored.filter(|node| !node.is_null()) {
        Some(node) => node.as_i64(),
        None => Some(DEFAULT),
    }
}

/// Fills it where its author left it out.
pub(super) fn decide<'r>(plan: &mut Plan, ending: &Ending<'r>, grace: &Grace<'r>) {
    let (Some(_), Some(field)) = (&ending.settings, &grace.field) else {
        return;
    };
    let Some(decision) = plan.decide(RULE, ending.pod) else {
        return;
    };
    if let Some((reason, message)) = ending.exempt {
        decision.skip(reason, format_args!("no grace period: {message}"));
    } else if let Some(nap) = grace.obstacle {
        let message = format_args!(
            "no grace period: a hook sleeps for {}, which the configured one would cut off; make `shutdown.terminationGracePeriodSeconds` longer than that",
            seconds(nap)
        );
        decision.skip_with(Severity::Warning, "long-sleep", message);
    } else {
        field.fill(decision, ending.mode, grace.chosen.as_ref());
    }
}
