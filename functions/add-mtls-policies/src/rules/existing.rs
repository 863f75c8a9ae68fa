//! Rules that authors wrote.

use std::collections::BTreeMap;

use sdk::{Node, Place, Plan, Value, json};

use super::{DESTINATION_RULE, is_eligible, is_of_namespace, plain_ports};
use crate::calls::Landscape;
use crate::istio::DestinationRule;

/// Adds mutual TLS to rules that say nothing about TLS, where all that they cover takes it. Returns the places of what
/// authors said otherwise and is overwritten.
pub(super) fn complete<'c: 'r, 'r>(
    plan: &mut Plan,
    landscape: &Landscape<'_, 'c, 'r>,
) -> Vec<Place> {
    let hosts = Hosts::new(landscape);
    let mut overruled = Vec::new();
    for rule in landscape.survey.clients.rules() {
        if landscape.survey.is_in_scope(rule.resource) {
            overruled.extend(decide(plan, landscape, rule, &hosts));
        }
    }
    overruled
}

/// Services by their hosts and namespaces, and whether mutual TLS does for them.
struct Hosts<'l> {
    by_host: BTreeMap<&'l str, usize>,
    by_namespace: BTreeMap<&'l str, Vec<usize>>,
    fates: Vec<Fate>,
}

/// What becomes of rules for a Service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Mutual TLS does for all ports.
    Mutual,
    /// It does for some of them.
    PartlyPlain,
    /// It doesn't, or nobody knows.
    None,
}

impl<'l> Hosts<'l> {
    fn new<'c: 'r, 'r: 'l>(landscape: &'l Landscape<'_, 'c, 'r>) -> Self {
        let mut hosts = Self {
            by_host: BTreeMap::new(),
            by_namespace: BTreeMap::new(),
            fates: Vec::new(),
        };
        for (number, service) in landscape.survey.graph.services().iter().enumerate() {
            hosts.by_host.insert(landscape.host(number), number);
            let own = hosts.by_namespace.entry(service.namespace).or_default();
            own.push(number);
            hosts
                .fates
                .push(match is_eligible(landscape, number, service) {
                    false => Fate::None,
                    true if plain_ports(landscape, service).is_empty() => Fate::Mutual,
                    true => Fate::PartlyPlain,
                });
        }
        hosts
    }

    fn fate(&self, number: usize) -> Fate {
        self.fates.get(number).copied().unwrap_or(Fate::None)
    }

    /// What becomes of a rule: of a wildcard what becomes of all it covers, where that is one namespace.
    fn of(&self, rule: &DestinationRule<'_>, cluster_domain: &str) -> Option<Fate> {
        let Some(end) = rule.wildcard() else {
            return Some(self.fate(*self.by_host.get(&*rule.host)?));
        };
        if !is_of_namespace(end, cluster_domain) {
            return Some(Fate::None);
        }
        let namespace = end.split('.').nth(1)?;
        let numbers = self.by_namespace.get(namespace)?.iter();
        let mut fates = numbers.map(|number| self.fate(*number));
        let all = fates.all(|fate| fate == Fate::Mutual);
        Some(if all { Fate::Mutual } else { Fate::None })
    }
}

fn decide<'c: 'r, 'r>(
    plan: &mut Plan,
    landscape: &Landscape<'_, 'c, 'r>,
    rule: &DestinationRule<'r>,
    hosts: &Hosts<'_>,
) -> Vec<Place> {
    let survey = landscape.survey;
    let fate = hosts.of(rule, &survey.run.mesh.cluster_domain);
    let Some(fate) = fate.filter(|fate| *fate != Fate::None || rule.wildcard().is_some()) else {
        return Vec::new();
    };
    let subject = (rule.resource, survey.resources);
    let Some(decision) = plan.decide(DESTINATION_RULE, subject) else {
        return Vec::new();
    };
    let policy = rule.resource.place().field("spec").field("trafficPolicy");
    let (mut places, mut overruled) = (lacking(rule, &policy), Vec::new());
    if survey.beats_authors && fate == Fate::Mutual {
        overruled = plain(rule, &policy);
        places.extend(overruled.iter().cloned());
    }
    match fate {
        _ if places.is_empty() => {
            decision.keep("authored", &policy, "says for all ports what callers send");
        }
        Fate::None => decision.skip(
            "unlike-servers",
            "not all that the rule is for is known to take mutual TLS; write a rule for each Service",
        ),
        Fate::PartlyPlain => decision.skip(
            "plain-ports",
            "some ports serve plain text alone; write `tls` and an entry of `portLevelSettings` for each of those",
        ),
        Fate::Mutual => {
            let value = json!({"mode": "ISTIO_MUTUAL"});
            let fields = places.into_iter().map(|place| (place, value.clone()));
            let fields: Vec<(Place, Value)> = fields.collect();
            decision.set_all(fields, "callers are told to send mutual TLS");
        }
    }
    overruled
}

/// A policy and each of its entries for ports, which replace all of it, with their places.
fn policies<'r>(
    rule: &DestinationRule<'r>,
    policy: &Place,
) -> impl Iterator<Item = (Option<Node<'r>>, Place)> + use<'r> {
    let node = rule.resource.node.at(&["spec", "trafficPolicy"]);
    let entries = node.and_then(|node| node.get("portLevelSettings"));
    let entries = entries.into_iter().flat_map(Node::items).enumerate();
    let list = policy.field("portLevelSettings");
    let of_ports = entries.map(move |(index, entry)| (Some(entry), list.field(index)));
    std::iter::once((node, policy.clone())).chain(of_ports)
}

/// Where a `tls` is lacking.
fn lacking(rule: &DestinationRule<'_>, policy: &Place) -> Vec<Place> {
    let all = policies(rule, policy);
    let found = all.filter(|(node, _)| node.is_none_or(|node| node.get("tls").is_none()));
    found.map(|(_, place)| place.field("tls")).collect()
}

/// Where a `tls` asks for plain text, as one without a mode does. One that asks for TLS of the application's own stays
/// in any case: the server may know no other.
fn plain(rule: &DestinationRule<'_>, policy: &Place) -> Vec<Place> {
    let is_plain = |tls: Node<'_>| {
        let mode = tls.get("mode").and_then(Node::text);
        mode.is_none_or(|mode| mode == "DISABLE")
    };
    let all = policies(rule, policy);
    let found = all.filter(|(node, _)| node.and_then(|node| node.get("tls")).is_some_and(is_plain));
    found.map(|(_, place)| place.field("tls")).collect()
}
