//! How many pods a rollout may add and take away at a time.

use sdk::serde_json::Map;
use sdk::{Decision, Mode, Plan, Severity, Value, json};

use super::claims::Claims;
use super::crowding::Crowding;
use super::field::Field;
use super::step::Step;
use crate::config::PodCount;
use crate::settings::{Chosen, Rollout};
use crate::survey::Workload;

pub(super) const RULE: &str = "strategy";

/// The strategy of a Deployment once the plan is carried out.
pub(super) struct Strategy {
    pub(super) claims: Claims,
    pub(super) crowding: Option<Crowding>,
    pub(super) step: Step,
}

/// Decides it, and says how rollouts go on after that; none for a kind that has no strategy of this form.
pub(super) fn decide(
    plan: &mut Plan,
    mode: Mode,
    workload: &Workload<'_>,
    rollout: Option<&Rollout>,
) -> Option<Strategy> {
    if !workload.is("apps", "Deployment") {
        leave(plan, workload);
        return None;
    }
    let place = workload.owner.place().field("spec").field("strategy");
    let one = One {
        workload,
        mode,
        field: Field::new(workload.owner, place, "strategy"),
        claims: workload
            .pods
            .first()
            .map_or(Claims::Free, |pod| Claims::of(*pod)),
        crowding: Crowding::of(workload),
        surge: rollout.and_then(|rollout| rollout.max_surge),
        unavailable: rollout.and_then(|rollout| rollout.max_unavailable),
    };
    let decision = plan.decide(RULE, workload.subject());
    let written = decision.and_then(|decision| one.end(decision));
    Some(Strategy {
        step: written.unwrap_or_else(|| Step::authored(one.field.authored)),
        claims: one.claims,
        crowding: one.crowding,
    })
}

fn leave(plan: &mut Plan, workload: &Workload<'_>) {
    let Some(decision) = plan.decide(RULE, workload.subject()) else {
        return;
    };
    if workload.kind.strategy_owned {
        let message = "no `strategy`: its kind has an update strategy of its own";
        decision.skip("own-strategy", message);
    } else {
        decision.skip("no-rollout", "no `strategy`: its kind has no rollout");
    }
}

/// A Deployment, and what it is to get.
struct One<'s, 'r> {
    workload: &'s Workload<'r>,
    mode: Mode,
    field: Field<'r>,
    claims: Claims,
    crowding: Option<Crowding>,
    surge: Option<Chosen<PodCount>>,
    unavailable: Option<Chosen<PodCount>>,
}

impl One<'_, '_> {
    /// The step that is written, if any.
    fn end(&self, decision: Decision<'_, '_>) -> Option<Step> {
        let [surge, unavailable] =
            [self.surge, self.unavailable].map(|chosen| self.applying(chosen));
        let authored = Step::authored(self.field.authored);
        let is_asked = surge.is_some() || unavailable.is_some();
        let Some(step) = authored.with(surge, unavailable).filter(|_| is_asked) else {
            self.stay(decision, authored);
            return None;
        };
        if let Some(Obstacle(severity, reason, message)) = self.obstacle(step) {
            decision.skip_with(severity, reason, format_args!("no `strategy`: {message}"));
            return None;
        }
        self.write(decision, surge, unavailable);
        Some(step)
    }

    /// Only what the user wrote beats an author.
    fn applying(&self, chosen: Option<Chosen<PodCount>>) -> Option<PodCount> {
        let beats_author = |own: &Chosen<PodCount>| self.mode == Mode::Overwrite && own.is_user;
        let applies = |own: &Chosen<PodCount>| match self.field.authored {
            None => true,
            Some(node) => node.is_map() && beats_author(own),
        };
        chosen.filter(applies).map(|own| own.value)
    }

    fn stay(&self, decision: Decision<'_, '_>, authored: Step) {
        if authored == Step::Recreate {
            let message = "kept `Recreate`: two versions may not be fit to run side by side";
            decision.keep("recreate", &self.field.place, message);
        } else if self.field.authored.is_some() {
            self.field.keep(decision);
        } else {
            let message = "no `strategy`: the configuration asks for none";
            decision.skip("not-configured", message);
        }
    }

    fn write(
        &self,
        decision: Decision<'_, '_>,
        surge: Option<PodCount>,
        unavailable: Option<PodCount>,
    ) {
        let counts = [("maxSurge", surge), ("maxUnavailable", unavailable)];
        let counts = counts.into_iter();
        let counts = counts.filter_map(|(name, count)| Some((name, Value::from(count?))));
        let message = "set `strategy`, as configured";
        if self.field.authored.is_some() {
            let place = self.field.place.field("rollingUpdate");
            let counts = counts.map(|(name, count)| (place.field(name), count));
            decision.set_all(counts.collect(), message);
        } else {
            let counts: Map<String, Value> = counts
                .map(|(name, count)| (name.to_owned(), count))
                .collect();
            let strategy = json!({"type": "RollingUpdate", "rollingUpdate": counts});
            decision.set(&self.field.place, strategy, message);
        }
    }

    /// Why a step isn't written that would be.
    fn obstacle(&self, step: Step) -> Option<Obstacle> {
        if step.is_impossible() {
            let message = "beside what the author wrote, it would let a rollout neither add nor take away a pod; configure both `maxSurge` and `maxUnavailable`";
            return Some(Obstacle(
                Severity::Warning,
                "impossible",
                message.to_owned(),
            ));
        }
        let volume = self.volume().filter(|_| step.surges());
        let pods = step.pods(self.workload.floor);
        let waits = pods.is_some_and(|(_, gone)| gone == 0);
        let is_users = self.unavailable.is_some_and(|own| own.is_user);
        let crowding = self.crowding.filter(|_| waits && !is_users);
        let (reason, message) = volume.or_else(|| crowding.map(crowded))?;
        Some(Obstacle(Severity::Info, reason, message))
    }

    fn volume(&self) -> Option<(&'static str, String)> {
        match &self.claims {
            Claims::Free => None,
            Claims::Exclusive(name) => Some((
                "exclusive-volume",
                format!(
                    "only one node can have the volume of the claim \"{name}\", and a rolling update would start pods beside those that have it"
                ),
            )),
            Claims::Unknown(name) => Some((
                "unknown-volume",
                format!("the claim \"{name}\" isn't in the input, and may be for one node alone"),
            )),
        }
    }
}

/// Why something isn't written: how bad that is, a reason, and its words.
struct Obstacle(Severity, &'static str, String);

fn crowded(crowding: Crowding) -> (&'static str, String) {
    let (reason, why) = match crowding {
        Crowding::HostPort => ("host-port", "a node has each of its ports once"),
        Crowding::AntiAffinity => ("anti-affinity", "no two pods may share a node"),
    };
    let message = format!("{why}, and a rollout without missing pods would need another node");
    (reason, message)
}
