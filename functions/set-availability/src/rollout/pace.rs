//! How fast a rollout goes on, and when it has failed.

use sdk::{Mode, Place, Plan, Severity};

use super::field::{Field, seconds};
use super::startup;
use crate::settings::{Chosen, Rollout};
use crate::survey::Workload;

const READY: &str = "min-ready-seconds";
const DEADLINE: &str = "progress-deadline";

/// What the API server and Argo Rollouts put where nothing is.
const DEFAULT_DEADLINE: i64 = 600;

/// The two times that depend on one another, once the plan is carried out.
pub(super) struct Pace {
    ready: i64,
    deadline: i64,
    place: Place,
}

/// Decides it for the kinds that have these fields; none for others.
pub(super) fn decide(
    plan: &mut Plan,
    mode: Mode,
    workload: &Workload<'_>,
    rollout: Option<&Rollout>,
) -> Option<Pace> {
    if !workload.is("apps", "Deployment") && !workload.is("argoproj.io", "Rollout") {
        return None;
    }
    let one = |rule, name, chosen: fn(&Rollout) -> Option<Chosen<u32>>| {
        let place = workload.owner.place().field("spec").field(name);
        One {
            rule,
            mode,
            field: Field::new(workload.owner, place, name),
            chosen: rollout.and_then(chosen),
        }
    };
    let limit = one("revision-history-limit", "revisionHistoryLimit", |own| {
        own.revision_history_limit
    });
    let ready = one(READY, "minReadySeconds", |own| own.min_ready_seconds);
    let deadline = one(DEADLINE, "progressDeadlineSeconds", |own| {
        own.progress_deadline_seconds
    });
    let times = Times {
        authored: [
            ready.field.number().unwrap_or(0),
            deadline.field.number().unwrap_or(DEFAULT_DEADLINE),
        ],
        wanted: [
            ready.wanted(plan, workload),
            deadline.wanted(plan, workload),
        ],
    };
    let [ready_after, deadline_after] = times.after();
    let pace = Pace {
        ready: ready_after,
        deadline: deadline_after,
        place: deadline.field.place.clone(),
    };
    limit.end(plan, workload, None);
    ready.end(plan, workload, times.is_ready_too_long().then(|| {
        format!("no `minReadySeconds`: it must be less than `progressDeadlineSeconds`, which is {deadline_after}; raise that, or lower `rollout.minReadySeconds`")
    }));
    deadline.end(plan, workload, times.is_deadline_too_short().then(|| {
        format!("no `progressDeadlineSeconds`: it must be more than `minReadySeconds`, which is {ready_after}; lower that, or raise `rollout.progressDeadlineSeconds`")
    }));
    Some(pace)
}

/// One number.
struct One<'r> {
    rule: &'static str,
    mode: Mode,
    field: Field<'r>,
    chosen: Option<Chosen<u32>>,
}

impl One<'_> {
    /// What would be written, as far as this field alone goes.
    fn wanted(&self, plan: &mut Plan, workload: &Workload<'_>) -> Option<i64> {
        let is_wanted = self.field.takes(self.mode, self.chosen.as_ref())
            && !plan.is_skipped(self.rule, workload.subject());
        self.chosen
            .filter(|_| is_wanted)
            .map(|own| own.value.into())
    }

    fn end(&self, plan: &mut Plan, workload: &Workload<'_>, obstacle: Option<String>) {
        let Some(decision) = plan.decide(self.rule, workload.subject()) else {
            return;
        };
        match obstacle {
            None => self.field.fill(decision, self.mode, self.chosen.as_ref()),
            Some(message) => decision.skip_with(Severity::Warning, "deadline-too-short", message),
        }
    }
}

/// `minReadySeconds` and `progressDeadlineSeconds`: the API server refuses the first where it isn't the lesser one.
///
/// kubernetes/kubernetes: pkg/apis/apps/validation/validation.go, `ValidateDeploymentSpec`; argoproj/argo-rollouts at
/// 9f8d111d: pkg/apis/rollouts/validation/validation.go, `ValidateRolloutSpec`.
#[derive(Clone, Copy, Debug)]
struct Times {
    /// What the author wrote, or the default.
    authored: [i64; 2],
    /// What is to be written.
    wanted: [Option<i64>; 2],
}

impl Times {
    fn is_ready_too_long(&self) -> bool {
        let ([_, authored], [ready, deadline]) = (self.authored, self.wanted);
        ready.is_some_and(|ready| ready >= deadline.unwrap_or(authored))
    }

    fn is_deadline_too_short(&self) -> bool {
        let ([authored, _], [ready, deadline]) = (self.authored, self.wanted);
        let ready = ready.filter(|_| !self.is_ready_too_long());
        deadline.is_some_and(|deadline| deadline <= ready.unwrap_or(authored))
    }

    /// What there is once what fits is written.
    fn after(&self) -> [i64; 2] {
        let (authored, [ready, deadline]) = (self.authored, self.wanted);
        let [own_ready, own_deadline] = authored;
        let ready = ready.filter(|_| !self.is_ready_too_long());
        let deadline = deadline.filter(|_| !self.is_deadline_too_short());
        [ready.unwrap_or(own_ready), deadline.unwrap_or(own_deadline)]
    }
}

impl Pace {
    /// Checks what the author wrote.
    pub(super) fn check(&self, plan: &mut Plan, workload: &Workload<'_>) {
        let subject = workload.subject();
        let (ready, deadline) = (self.ready, self.deadline);
        if deadline <= ready {
            let message = format!(
                "a rollout has failed after {}, and a pod counts only when it is ready for {}: the API server refuses that; make `progressDeadlineSeconds` longer than `minReadySeconds`",
                seconds(deadline),
                seconds(ready)
            );
            let rule = "deadline-before-ready";
            plan.report(rule, Severity::Error, subject, &self.place, message, None);
            return;
        }
        let pods = workload.pods.iter();
        let budget = pods.filter_map(|pod| startup::budget(*pod)).max();
        if let Some(budget) = budget.filter(|budget| deadline <= *budget) {
            let message = format!(
                "a rollout has failed after {}, and the startup probes let a pod take {} to start; make `progressDeadlineSeconds` longer than that",
                seconds(deadline),
                seconds(budget)
            );
            let rule = "deadline-before-start";
            plan.report(rule, Severity::Warning, subject, &self.place, message, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_never_makes_a_rollout_fail_before_a_pod_counts() {
        let numbers = [0, 1, 5, 60, 599, 600, 601];
        let wanted = || std::iter::once(None).chain(numbers.map(Some));
        for (ready, deadline) in numbers
            .iter()
            .flat_map(|ready| numbers.map(|end| (*ready, end)))
        {
            for (own, end) in wanted().flat_map(|own| wanted().map(move |end| (own, end))) {
                let times = Times {
                    authored: [ready, deadline],
                    wanted: [own, end],
                };
                let [ready_after, deadline_after] = times.after();
                let was_fine = deadline > ready;
                assert!(!was_fine || deadline_after > ready_after, "{times:?}");
            }
        }
    }
}
