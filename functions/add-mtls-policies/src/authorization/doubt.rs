//! What of an earlier run's evidence the input can't judge.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Edge, Workload};

use super::caller::Source;
use super::former::Former;
use super::present::{Named, Present, Way, read};
use super::scene::{Scene, title};
use super::unclear::Unclear;

/// The objects of an input, and how they speak of what it lacks.
pub(super) struct Judge<'s> {
    present: Present<'s>,
    unclear: Unclear<'s>,
    /// Accounts of the pods that an object runs or scales, by its number.
    accounts: BTreeMap<usize, BTreeSet<Source>>,
}

/// Evidence on a policy that may still hold, though the input doesn't say so.
#[derive(Default)]
pub(super) struct Doubt {
    /// How many callers the input lacks.
    pub(super) callers: usize,
    /// Accounts of callers that call something the input lacks.
    pub(super) accounts: BTreeSet<Source>,
    /// Whether somebody may state calls of anybody.
    pub(super) is_of_statements: bool,
    /// Whether a route or a monitor may lead to it.
    pub(super) is_of_objects: bool,
    /// The evidence.
    pub(super) texts: BTreeSet<String>,
    /// How much more there was that had no room, and that the input doesn't tell again.
    pub(super) hidden: usize,
    /// What the input lacks.
    pub(super) why: BTreeSet<String>,
}

impl<'s> Judge<'s> {
    pub(super) fn new(scene: &Scene<'s>) -> Self {
        let mut accounts: BTreeMap<usize, BTreeSet<Source>> = BTreeMap::new();
        for workload in scene.survey.graph.workloads() {
            let source = Source::of(workload.namespace, &workload.account);
            let owners = [Some(workload.owner), workload.pod.scale_owner()];
            for owner in owners.into_iter().flatten() {
                let of_owner = accounts.entry(owner.number).or_default();
                of_owner.insert(source.clone());
            }
        }
        Self {
            present: Present::new(scene.survey.resources),
            unclear: Unclear::new(scene),
            accounts,
        }
    }

    /// What of the evidence on policies of a workload may still hold.
    pub(super) fn doubt(
        &self,
        scene: &Scene<'s>,
        workload: &Workload<'s>,
        formers: &[&Former<'s>],
        counted: &[&Edge],
    ) -> Doubt {
        let mut doubt = Doubt::default();
        let told: BTreeSet<&str> = formers
            .iter()
            .flat_map(|former| former.texts.iter().map(String::as_str))
            .into_set();
        let mut missing = BTreeSet::new();
        for text in &told {
            if let Some((named, way)) = read(text) {
                let found = self.present.find(named);
                self.add(&mut doubt, scene, workload, (text, named, way), found);
                let is_caller = matches!(way, Way::Caller | Way::Text);
                if found.is_none() && is_caller && missing.insert(named) {
                    doubt.callers += 1;
                }
            }
        }
        let evidence = counted.iter().flat_map(|edge| &edge.evidence);
        let now: BTreeSet<&str> = evidence.map(|evidence| evidence.text.as_str()).into_set();
        let more = formers.iter().map(|former| former.more).max();
        let again = now.difference(&told).count();
        doubt.hidden = more.unwrap_or_default().saturating_sub(again);
        doubt
    }

    fn add(
        &self,
        doubt: &mut Doubt,
        scene: &Scene<'s>,
        workload: &Workload<'s>,
        (text, named, way): (&str, Named<'_>, Way),
        found: Option<usize>,
    ) {
        let means_it = |number| {
            let (namespace, own) = (workload.namespace, workload.number);
            self.unclear.may_mean(number, namespace, own)
        };
        let is_unserved = scene.services(workload).is_empty();
        let why = match (way, found) {
            (_, None) => named.to_string(),
            (Way::Caller, Some(number)) if means_it(number) => calls(named),
            (Way::Topology, Some(number)) if means_it(number) => calls(named),
            (Way::Callee, Some(number)) if self.unclear.callers(number) > 0 => {
                doubt.callers += self.unclear.callers(number);
                format!("callers that {named} names")
            }
            (Way::Text | Way::Object, Some(_)) if is_unserved => {
                format!("the Service of {}", title(workload))
            }
            _ => return,
        };
        match (way, found) {
            (Way::Caller | Way::Text, Some(number)) => {
                let accounts = self.accounts.get(&number).into_iter().flatten();
                doubt.accounts.extend(accounts.cloned());
            }
            (Way::Topology, _) | (Way::Callee, None) => doubt.is_of_statements = true,
            (Way::Object, _) => doubt.is_of_objects = true,
            (Way::Caller | Way::Text, None) | (Way::Callee, Some(_)) => {}
        }
        doubt.texts.insert(text.to_owned());
        doubt.why.insert(why);
    }
}

fn calls(named: Named<'_>) -> String {
    format!("what {named} calls")
}
