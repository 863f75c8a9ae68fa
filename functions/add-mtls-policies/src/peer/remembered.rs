//! Ports that an earlier run opened for scrapes, where the input lacks what asks for those.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Node, Plan, Resource, Severity, Workload};

use super::ports::{Wishes, inherited};
use super::{UNSEEN_SCRAPES, takes_part};
use crate::authorization::present::{Present, read, references};
use crate::config::Scope;
use crate::evidence;
use crate::istio::Mode;
use crate::survey::Survey;

/// For whom a policy was made.
const GENERATED_FOR: &str = "plimsoll.dev/generated-for";

/// Adds the ports of policies whose evidence the input lacks.
pub(super) fn add<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>, wishes: &mut Wishes) {
    let formers = formers(survey);
    let is_off = survey.run.peer_authentication.scope == Scope::Off;
    if survey.run.prometheus.meshed || is_off || formers.is_empty() {
        return;
    }
    let present = Present::new(survey.resources);
    let services = survey.graph.services().iter();
    let served: BTreeSet<usize> = services
        .flat_map(|node| node.workloads.iter().copied())
        .into_set();
    for workload in survey.graph.workloads() {
        let is_meant = takes_part(survey, workload) && survey.is_in_scope(workload.owner);
        let is_strict = || inherited(survey, workload) == Some(Mode::Strict);
        let references = references(survey.resources, workload.owner).into_iter();
        let policies = references.filter_map(|reference| formers.get(&reference));
        for policy in policies.flatten().filter(|_| is_meant && is_strict()) {
            let is_served = served.contains(&workload.number);
            let missing = missing(&present, policy, is_served);
            if !missing.is_empty() {
                keep(plan, survey, (policy, workload), &missing, wishes);
            }
        }
    }
}

/// Policies of an earlier run that rest on evidence, by what they were made for.
fn formers<'r>(survey: &Survey<'r, 'r>) -> BTreeMap<String, Vec<&'r Resource<'r>>> {
    let mut found: BTreeMap<String, Vec<&Resource<'_>>> = BTreeMap::new();
    let made = survey.made.iter();
    for policy in made.filter(|object| object.is("security.istio.io", "PeerAuthentication")) {
        let annotations = policy.annotations();
        let subject = annotations.get(GENERATED_FOR);
        if let Some(subject) = subject.filter(|_| annotations.get(evidence::ANNOTATION).is_some()) {
            found.entry(subject.into_owned()).or_default().push(policy);
        }
    }
    found
}

/// The evidence that the input can't judge: it lacks what that names, or the Service that leads to the workload.
fn missing(present: &Present<'_>, policy: &Resource<'_>, is_served: bool) -> Vec<String> {
    let told = policy.annotations().get(evidence::ANNOTATION);
    let told = told.unwrap_or_default();
    let (texts, _) = evidence::split(&told);
    let is_missing = |text: &&str| {
        read(text).is_some_and(|(named, _)| !is_served || present.find(named).is_none())
    };
    let texts = texts.into_iter().filter(is_missing);
    texts.map(str::to_owned).collect()
}

fn keep<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    (policy, workload): (&'r Resource<'r>, &Workload<'r>),
    missing: &[String],
    wishes: &mut Wishes,
) {
    let known = wishes.get(&workload.number);
    let is_known = |port: &u16| known.is_some_and(|wish| wish.modes.contains_key(port));
    let kept: BTreeMap<u16, Mode> = modes(policy)
        .into_iter()
        .filter(|(port, _)| !is_known(port))
        .into_map();
    if kept.is_empty() && known.is_none() {
        return;
    }
    let wish = wishes.entry(workload.number).or_default();
    wish.evidence.remember(missing.iter().cloned(), 0);
    if kept.is_empty() {
        return;
    }
    let numbers: Vec<String> = kept.keys().map(u16::to_string).collect();
    let message = format!(
        "keeps port {} as before, since the input lacks what it rests on ({}); hand in everything at once, or delete the policy where that is gone for good, and it is made anew",
        numbers.join(", "),
        missing.join(", ")
    );
    wish.modes.extend(kept);
    let place = policy.place().field("spec").field("portLevelMtls");
    let subject = (policy, survey.resources);
    plan.report(
        UNSEEN_SCRAPES,
        Severity::Warning,
        subject,
        &place,
        message,
        None,
    );
}

/// The modes of single ports.
fn modes(policy: &Resource<'_>) -> BTreeMap<u16, Mode> {
    let ports = policy.node.at(&["spec", "portLevelMtls"]);
    let entries = ports.into_iter().flat_map(Node::fields);
    let mode = |(port, value): (Node<'_>, Node<'_>)| {
        let port = port.text()?.parse().ok()?;
        let mode = match &*value.get("mode")?.text()? {
            "STRICT" => Mode::Strict,
            "PERMISSIVE" => Mode::Permissive,
            "DISABLE" => Mode::Disable,
            _ => return None,
        };
        Some((port, mode))
    };
    entries.filter_map(mode).into_map()
}
