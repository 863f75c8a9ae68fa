//! With `authorization.mode: enforce` nobody may call what no policy lets them.

use std::collections::BTreeMap;

use sdk::{Collect as _, Order as _, Plan, Resource, Severity, Workload, json};

use super::DEFAULT_DENY;
use super::callee::Fate;
use super::policy::Policy;
use super::scene::{Scene, title};
use crate::istio::{Action, Scope};

/// The name of the policy.
const NAME: &str = "default-deny";

/// Closes each namespace whose callers are all known.
pub(super) fn make<'s>(plan: &mut Plan, scene: &Scene<'s>, fates: &BTreeMap<usize, Fate>) {
    let mut namespaces: BTreeMap<&str, Vec<(&Workload<'s>, &Fate)>> = BTreeMap::new();
    for (number, fate) in fates {
        if let Some(workload) = scene.survey.graph.workload(*number) {
            let workloads = namespaces.entry(workload.namespace).or_default();
            workloads.push((workload, fate));
        }
    }
    let closers = closers(scene);
    for (namespace, workloads) in namespaces {
        close(plan, scene, &closers, namespace, &workloads);
    }
}

fn close<'s>(
    plan: &mut Plan,
    scene: &Scene<'s>,
    closers: &BTreeMap<&str, &'s Resource<'s>>,
    namespace: &str,
    workloads: &[(&Workload<'s>, &Fate)],
) {
    let Some(subject) = subject(scene, namespace, workloads) else {
        return;
    };
    if let Some(authored) = closers.get(namespace) {
        let place = authored.place();
        if let Some(decision) = plan.decide(DEFAULT_DENY, (*authored, scene.survey.resources)) {
            decision.keep("authored", &place, "keeps the namespace closed already");
        }
        return;
    }
    let mut blocked: Vec<String> = workloads
        .iter()
        .filter(|(_, fate)| matches!(fate, Fate::Blocked { .. }))
        .map(|(workload, _)| title(workload))
        .collect();
    blocked.order();
    let about = (subject, scene.survey.resources);
    if plan.is_skipped(DEFAULT_DENY, about) || !blocked.is_empty() {
        // Opening the decision tells where the author opted out.
        if let Some(decision) = plan.decide(DEFAULT_DENY, about) {
            let message = format!(
                "namespace \"{namespace}\" is not closed, since that would cut off the callers of {}; let a policy say who may call it",
                blocked.join(", ")
            );
            let is_untold =
                |(_, fate): &(_, &Fate)| matches!(fate, Fate::Blocked { is_told: false });
            let severity = if workloads.iter().any(is_untold) {
                Severity::Warning
            } else {
                Severity::Info
            };
            decision.skip_with(severity, "unknown-callers", message);
        }
        return;
    }
    let policy = Policy {
        namespace,
        name: NAME.to_owned(),
        spec: json!({}),
        evidence: String::new(),
    };
    policy.make(plan, scene, subject);
}

/// Authors' policies of another name that keep a namespace closed: those for all of it that let nobody in.
fn closers<'s>(scene: &Scene<'s>) -> BTreeMap<&'s str, &'s Resource<'s>> {
    let policies = scene.survey.policies.policies().iter();
    let closing = policies.filter(|policy| {
        let closes = policy.action == Action::Allow && policy.matches_nobody();
        let is_whole = policy.scope() == Scope::Namespace;
        closes && is_whole && !policy.is_dry_run && policy.resource.name() != NAME
    });
    closing
        .map(|policy| (policy.namespace, policy.resource))
        .into_map()
}

/// The Namespace, or the first workload by its name where the input lacks that.
fn subject<'s>(
    scene: &Scene<'s>,
    namespace: &str,
    workloads: &[(&Workload<'s>, &Fate)],
) -> Option<&'s Resource<'s>> {
    let survey = scene.survey;
    let object = survey.namespaces.get(namespace);
    object.or_else(|| {
        let own = workloads.iter().map(|(workload, _)| workload.owner);
        let own = own.filter(|owner| survey.is_in_scope(owner));
        own.min_by_key(|owner| (owner.name(), owner.kind().to_owned()))
    })
}
