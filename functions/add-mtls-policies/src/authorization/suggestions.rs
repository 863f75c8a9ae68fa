//! Calls that only texts suggest, and how to state them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Edge, Peer, Place, Plan, Ports, Severity, Value, Workload};

use super::UNSTATED;
use super::scene::{Scene, title};

/// Where a workload states whom it calls.
const CALLS: &str = "plimsoll.dev/calls";

/// Calls to be stated, by the numbers of the callers.
#[derive(Default)]
pub(super) struct Suggestions<'s>(BTreeMap<usize, Suggestion<'s>>);

struct Suggestion<'s> {
    caller: &'s Workload<'s>,
    severity: Severity,
    callees: BTreeSet<String>,
    /// What each call looks like in the annotation.
    items: BTreeSet<String>,
    evidence: BTreeSet<&'s str>,
}

impl<'s> Suggestions<'s> {
    /// Suggests to state calls of a workload; whether all callers can be told.
    pub(super) fn add(
        &mut self,
        scene: &Scene<'s>,
        to: &'s Workload<'s>,
        edges: &[&'s Edge],
        severity: Severity,
    ) -> bool {
        let mut are_all_told = true;
        for edge in edges {
            are_all_told &= self.add_one(scene, to, edge, severity).is_some();
        }
        are_all_told
    }

    fn add_one(
        &mut self,
        scene: &Scene<'s>,
        to: &'s Workload<'s>,
        edge: &'s Edge,
        severity: Severity,
    ) -> Option<()> {
        let Peer::Workload(number) = edge.from else {
            return None;
        };
        let caller = scene.survey.graph.workload(number)?;
        let may_tell = scene.survey.is_in_scope(caller.owner);
        let items = items(scene, caller, to, &edge.ports);
        if !may_tell || items.is_empty() {
            return None;
        }
        let suggestion = self.0.entry(number).or_insert_with(|| Suggestion {
            caller,
            severity,
            callees: BTreeSet::new(),
            items: BTreeSet::new(),
            evidence: BTreeSet::new(),
        });
        suggestion.severity = suggestion.severity.max(severity);
        suggestion.callees.insert(title(to));
        suggestion.items.extend(items);
        let texts = edge.evidence.iter().map(|evidence| evidence.text.as_str());
        suggestion.evidence.extend(texts);
        Some(())
    }

    /// Adds what came up elsewhere.
    pub(super) fn append(&mut self, other: Self) {
        for (number, other) in other.0 {
            match self.0.entry(number) {
                Entry::Vacant(place) => drop(place.insert(other)),
                Entry::Occupied(mut own) => own.get_mut().append(other),
            }
        }
    }

    /// Tells each caller what to state.
    pub(super) fn report(&self, plan: &mut Plan) {
        for suggestion in self.0.values() {
            suggestion.report(plan);
        }
    }
}

impl Suggestion<'_> {
    fn append(&mut self, other: Self) {
        self.severity = self.severity.max(other.severity);
        self.callees.extend(other.callees);
        self.items.extend(other.items);
        self.evidence.extend(other.evidence);
    }

    fn report(&self, plan: &mut Plan) {
        let (place, known) = annotation(self.caller);
        let known = known.into_iter();
        let all: Vec<String> = known.chain(self.items.iter().cloned()).collect();
        let line = all.join(",");
        let list = |set: Vec<&str>| set.join(", ");
        let callees = list(self.callees.iter().map(String::as_str).collect());
        let evidence = list(self.evidence.iter().copied().collect());
        let message = format!(
            "seems to call {callees} ({evidence}), which nobody states; state it by `{CALLS}: \"{line}\"`, or add `plimsoll.dev/calls: none` where it calls nobody"
        );
        let proposed = Value::String(line);
        plan.report(
            UNSTATED,
            self.severity,
            self.caller.pod,
            &place,
            message,
            Some(&proposed),
        );
    }
}

/// Where a workload's calls are stated, or would be, and what stands there.
fn annotation(caller: &Workload<'_>) -> (Place, Option<String>) {
    let of_pod = caller.pod.annotations().get(CALLS);
    let of_owner = caller.owner.annotations().get(CALLS);
    match (of_pod, caller.pod.annotation(CALLS)) {
        (Some(text), Some(place)) => (place, Some(text.trim().to_owned())),
        _ => (
            caller.owner.annotation(CALLS),
            of_owner.map(|text| text.trim().to_owned()),
        ),
    }
}

/// How a caller names a callee: by a Service in front of it, and the Service's ports.
fn items<'s>(
    scene: &Scene<'s>,
    caller: &Workload<'s>,
    to: &Workload<'s>,
    ports: &Ports,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let leads = |target: Option<Option<u16>>| match (ports, target) {
        (Ports::Some(ports), Some(Some(port))) => ports.contains(&port),
        (Ports::All, Some(Some(_))) => true,
        _ => false,
    };
    for node in scene.services(to) {
        let host = if caller.namespace == node.namespace {
            node.name().to_owned()
        } else {
            format!("{}.{}", node.name(), node.namespace)
        };
        let leading = node.ports.iter();
        let leading = leading.filter(|port| leads(super::ports::container_port(port, to.number)));
        let numbers = leading.filter_map(|port| port.number);
        let items: BTreeSet<String> = numbers.map(|port| format!("{host}:{port}")).into_set();
        if !items.is_empty() {
            return items;
        }
        if found.is_empty() {
            found.insert(host);
        }
    }
    found
}
