//! What an earlier run let in, as its policies say.

use std::collections::BTreeSet;

use sdk::{Collect as _, HttpMatch, Node, Ports, Resource};

use super::caller::Source;
use crate::evidence;

/// A policy of an earlier run.
pub(super) struct Former<'s> {
    pub(super) policy: &'s Resource<'s>,
    /// Whom it lets in.
    pub(super) grants: Vec<Grant>,
    /// What it rested on.
    pub(super) texts: Vec<String>,
    /// How much more it rested on that had no room.
    pub(super) more: usize,
}

/// Whom a rule lets in, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) source: Source,
    pub(super) ports: Ports,
    pub(super) http: Vec<HttpMatch>,
}

impl<'s> Former<'s> {
    pub(super) fn new(policy: &'s Resource<'s>) -> Self {
        let told = policy.annotations().get(evidence::ANNOTATION);
        let told = told.unwrap_or_default();
        let (texts, more) = evidence::split(&told);
        let rules = policy.node.at(&["spec", "rules"]);
        Self {
            policy,
            grants: rules
                .into_iter()
                .flat_map(Node::items)
                .flat_map(grants)
                .collect(),
            texts: texts.into_iter().map(str::to_owned).collect(),
            more,
        }
    }

    /// Whether it selects pods, and no Service.
    pub(super) fn selects_pods(&self) -> bool {
        self.policy.node.at(&["spec", "targetRefs"]).is_none()
    }

    /// Whether it selects pods with these labels.
    pub(super) fn selects(&self, labels: sdk::Labels<'_>) -> bool {
        let wanted = self.policy.node.at(&["spec", "selector", "matchLabels"]);
        let mut wanted = wanted.into_iter().flat_map(Node::fields);
        wanted.all(|(key, value)| {
            let own = key.text().and_then(|key| labels.get(&key));
            own.is_some() && own == value.text()
        })
    }
}

/// Each of whom a rule lets in; nobody where it is no rule that a run makes.
fn grants(rule: Node<'_>) -> Vec<Grant> {
    let Some((ports, http)) = operations(rule).filter(|_| rule.get("when").is_none()) else {
        return Vec::new();
    };
    let sources = sources(rule).into_iter();
    let grant = |source| Grant {
        source,
        ports: ports.clone(),
        http: http.clone(),
    };
    sources.map(grant).collect()
}

fn sources(rule: Node<'_>) -> Vec<Source> {
    let Some(from) = rule.get("from") else {
        return vec![Source::Anyone];
    };
    let mut found = Vec::new();
    for source in from.items().filter_map(|item| item.get("source")) {
        found.extend(texts(source, "principals").filter_map(|text| account(&text)));
        found.extend(texts(source, "namespaces").map(Source::Namespace));
    }
    found
}

/// The account of `cluster.local/ns/shop/sa/order`, whatever the trust domain was called.
fn account(principal: &str) -> Option<Source> {
    let (_, account) = principal.split_once("/ns/")?;
    let (namespace, name) = account.split_once("/sa/")?;
    Some(Source::of(namespace, name))
}

/// The ports, which all operations of a rule have, and the requests.
fn operations(rule: Node<'_>) -> Option<(Ports, Vec<HttpMatch>)> {
    let Some(to) = rule.get("to") else {
        return Some((Ports::All, Vec::new()));
    };
    let operations: Vec<Node<'_>> = to
        .items()
        .filter_map(|item| item.get("operation"))
        .collect();
    let numbers = ports(*operations.first()?);
    let ports = if numbers.is_empty() {
        Ports::All
    } else {
        Ports::Some(numbers)
    };
    let requests = operations.into_iter().map(|operation| HttpMatch {
        methods: texts(operation, "methods").collect(),
        paths: texts(operation, "paths").collect(),
    });
    let http: Vec<HttpMatch> = requests.collect();
    let is_any = http.contains(&HttpMatch::default());
    Some((ports, if is_any { Vec::new() } else { http }))
}

fn ports(operation: Node<'_>) -> BTreeSet<u16> {
    let numbers = texts(operation, "ports");
    numbers.filter_map(|port| port.parse().ok()).into_set()
}

fn texts<'n>(node: Node<'n>, field: &str) -> impl Iterator<Item = String> + use<'n> {
    let items = node.get(field).into_iter().flat_map(Node::items);
    items.filter_map(|item| item.text().map(std::borrow::Cow::into_owned))
}
