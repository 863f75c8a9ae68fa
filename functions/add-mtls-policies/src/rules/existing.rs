//! Rules that authors wrote.

use std::collections::BTreeMap;

use sdk::{Node, Place, Plan, Value, json};

use super::{DESTINATION_RULE, is_eligible, is_of_namespace, plain_ports};
use crate::calls::Landscape;
use crate::istio::DestinationRule;

/// Adds mutual TLS to rules that say nothing about TLS, where all that they cover takes it.
pub(super) fn complete<'c: 'r, 'r>(plan: &mut Plan, landscape: &Landscape<'_, 'c, 'r>) {
    let hosts = Hosts::new(landscape);
    for rule in landscape.survey.clients.rules() {
        if landscape.survey.is_in_scope(rule.resource) {
            decide(plan, landscape, rule, &hosts);
        }
    }
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
) {
    let survey = landscape.survey;
    let fate = hosts.of(rule, &survey.run.mesh.cluster_domain);
    let Some(fate) = fate.filter(|fate| *fate != Fate::None || rule.wildcard().is_some()) else {
        return;
    };
    let subject = (rule.resource, survey.resources);
    let Some(decision) = plan.decide(DESTINATION_RULE, subject) else {
        return;
    };
    let policy = rule.resource.place().field("spec").field("trafficPolicy");
    let lacking = lacking(rule, &policy);
    if lacking.is_empty() {
        let message = "says for all ports what callers send";
        return decision.keep("authored", &policy, message);
    }
    match fate {
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
            let fields: Vec<(Place, Value)> = lacking
                .into_iter()
                .map(|place| (place, value.clone()))
                .collect();
            decision.set_all(fields, "callers are told to send mutual TLS");
        }
    }
}

/// Where a `tls` is lacking: in the policy, and in each of its entries for ports, which replace all of it.
fn lacking(rule: &DestinationRule<'_>, policy: &Place) -> Vec<Place> {
    let node = rule.resource.node.at(&["spec", "trafficPolicy"]);
    let entries = node.and_then(|node| node.get("portLevelSettings"));
    let entries = entries.into_iter().flat_map(Node::items).enumerate();
    let list = policy.field("portLevelSettings");
    let of_ports = entries.filter(|(_, entry)| entry.get("tls").is_none());
    let of_ports = of_ports.map(|(index, _)| list.field(index).field("tls"));
    let is_lacking = node.is_none_or(|node| node.get("tls").is_none());
    let of_all = is_lacking.then(|| policy.field("tls"));
    of_all.into_iter().chain(of_ports).collect()
}
