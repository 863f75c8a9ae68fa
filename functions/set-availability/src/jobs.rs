//! What Jobs get, and what makes them by the clock: only what somebody asked for.

use sdk::{Plan, Rule, Severity, Value};

use crate::config::ConcurrencyPolicy;
use crate::rollout::Field;
use crate::settings::{Chosen, Jobs};
use crate::survey::{Survey, Workload};

/// What is decided and found about Jobs.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        "job-ttl",
        Severity::Info,
        "Sets how long a Job stays after its end.",
    ),
    Rule::new(
        "job-backoff-limit",
        Severity::Info,
        "Sets how often a Job tries again.",
    ),
    Rule::new(
        "job-active-deadline",
        Severity::Info,
        "Sets how long a Job may take.",
    ),
    Rule::new(
        "cronjob-concurrency",
        Severity::Info,
        "Sets what a CronJob does while its last Job still runs.",
    ),
    Rule::new(
        "cronjob-starting-deadline",
        Severity::Info,
        "Sets how late a CronJob may start a Job.",
    ),
    Rule::new(
        "cronjob-succeeded-history",
        Severity::Info,
        "Sets how many Jobs that succeeded a CronJob keeps.",
    ),
    Rule::new(
        "cronjob-failed-history",
        Severity::Info,
        "Sets how many Jobs that failed a CronJob keeps.",
    ),
    Rule::new(
        "job-ttl-reruns",
        Severity::Warning,
        "A Job goes after its end, and whoever syncs the manifest makes and runs it again.",
    ),
];

/// Fills what the configuration asks for; about what it doesn't ask for there is nothing to decide.
pub(crate) fn decide<'r>(plan: &mut Plan, survey: &Survey<'_, 'r>, workload: &Workload<'r>) {
    let Some(settings) = workload.settings.as_deref() else {
        return;
    };
    let one = One {
        survey,
        workload,
        jobs: &settings.jobs,
    };
    if workload.is("batch", "Job") {
        one.ttl(plan);
        one.of_job(plan, &["spec"]);
    } else if workload.is("batch", "CronJob") {
        one.no_ttl(plan);
        one.of_job(plan, &["spec", "jobTemplate", "spec"]);
        one.of_cron_job(plan);
    }
}

/// A Job or what makes Jobs by the clock, and what it is to get.
struct One<'s, 'c, 'r> {
    survey: &'s Survey<'c, 'r>,
    workload: &'s Workload<'r>,
    jobs: &'s Jobs,
}

impl<'r> One<'_, '_, 'r> {
    fn field(&self, path: &[&'static str], name: &'static str) -> Field<'r> {
        let owner = self.workload.owner;
        let place = path
            .iter()
            .fold(owner.place(), |place, step| place.field(*step));
        Field::new(owner, place.field(name), name)
    }

    fn fill<T: Clone + Into<Value>>(
        &self,
        plan: &mut Plan,
        rule: &'static str,
        field: &Field<'r>,
        chosen: Option<&Chosen<T>>,
    ) {
        if chosen.is_some()
            && let Some(decision) = plan.decide(rule, self.workload.subject())
        {
            field.fill(decision, self.survey.context.mode(), chosen);
        }
    }

    fn ttl(&self, plan: &mut Plan) {
        let (rule, chosen) = ("job-ttl", self.jobs.ttl_seconds.as_ref());
        let field = self.field(&["spec"], "ttlSecondsAfterFinished");
        self.fill(plan, rule, &field, chosen);
        let is_asked = chosen.is_some() && !plan.is_skipped(rule, self.workload.subject());
        let is_rerun = is_asked || (field.authored.is_some() && self.is_synced());
        if is_rerun && !self.is_sync_hook() {
            let message = "where Argo CD or Flux keep the manifest, they make the Job again once it is gone after its end, and it runs again, forever; leave `ttlSecondsAfterFinished` out, or make it a hook or a CronJob";
            let subject = self.workload.subject();
            let rule = "job-ttl-reruns";
            plan.report(
                rule,
                Severity::Warning,
                subject,
                &field.place,
                message,
                None,
            );
        }
    }

    /// Whether Argo CD or Flux left or was given a mark on it.
    fn is_synced(&self) -> bool {
        let owner = self.workload.owner;
        let mut keys = owner.annotations().iter().chain(owner.labels().iter());
        keys.any(|(key, _)| {
            key.starts_with("argocd.argoproj.io/") || key.contains(".toolkit.fluxcd.io/")
        })
    }

    /// Whether Argo CD runs it at certain moments instead of keeping it.
    fn is_sync_hook(&self) -> bool {
        let annotations = self.workload.owner.annotations();
        annotations.get("argocd.argoproj.io/hook").is_some()
    }

    /// How many Jobs are kept of those that run by the clock is a number of its own.
    fn no_ttl(&self, plan: &mut Plan) {
        if self.jobs.ttl_seconds.is_some()
            && let Some(decision) = plan.decide("job-ttl", self.workload.subject())
        {
            let message = "no `ttlSecondsAfterFinished`: a CronJob keeps as many Jobs as its history limits say";
            decision.skip("history-limits", message);
        }
    }

    fn of_job(&self, plan: &mut Plan, spec: &[&'static str]) {
        let deadline = self.field(spec, "activeDeadlineSeconds");
        let chosen = self.jobs.active_deadline_seconds.as_ref();
        self.fill(plan, "job-active-deadline", &deadline, chosen);
        let limit = self.field(spec, "backoffLimit");
        let chosen = self.jobs.backoff_limit.as_ref();
        let per_index = self.field(spec, "backoffLimitPerIndex").authored;
        if per_index.is_none() {
            return self.fill(plan, "job-backoff-limit", &limit, chosen);
        }
        if chosen.is_some()
            && let Some(decision) = plan.decide("job-backoff-limit", self.workload.subject())
        {
            let message = "no `backoffLimit`: the author counts the tries of each index, and a limit of all of them would end the Job early";
            decision.skip("backoff-limit-per-index", message);
        }
    }

    fn of_cron_job(&self, plan: &mut Plan) {
        let field = |name| self.field(&["spec"], name);
        let jobs = self.jobs;
        let policy = jobs.concurrency_policy.as_ref().map(|chosen| Chosen {
            value: policy(chosen.value),
            is_user: chosen.is_user,
            is_override: chosen.is_override,
        });
        let place = field("concurrencyPolicy");
        self.fill(plan, "cronjob-concurrency", &place, policy.as_ref());
        let numbers = [
            (
                "cronjob-starting-deadline",
                "startingDeadlineSeconds",
                &jobs.starting_deadline_seconds,
            ),
            (
                "cronjob-succeeded-history",
                "successfulJobsHistoryLimit",
                &jobs.successful_history,
            ),
            (
                "cronjob-failed-history",
                "failedJobsHistoryLimit",
                &jobs.failed_history,
            ),
        ];
        for (rule, name, chosen) in numbers {
            self.fill(plan, rule, &field(name), chosen.as_ref());
        }
    }
}

fn policy(policy: ConcurrencyPolicy) -> &'static str {
    match policy {
        ConcurrencyPolicy::Allow => "Allow",
        ConcurrencyPolicy::Forbid => "Forbid",
        ConcurrencyPolicy::Replace => "Replace",
    }
}
