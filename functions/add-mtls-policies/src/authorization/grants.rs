//! Who is let in where, and what that rests on.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Edge, HttpMatch, Order as _, Ports, Value, json};

use super::caller::Source;
use super::policy::object;
use crate::evidence::Evidence;

/// Whom a policy lets in, at which ports, for which requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Grants {
    by_source: BTreeMap<(Source, Vec<HttpMatch>), Ports>,
    evidence: Evidence,
    /// Those who only come through a waypoint, as an earlier run saw it.
    through: BTreeSet<Source>,
}

impl Grants {
    pub(super) fn add(&mut self, source: Source, ports: Ports, http: &[HttpMatch]) {
        if ports == Ports::Some(BTreeSet::new()) {
            return;
        }
        let key = (source, http.to_vec());
        match self.by_source.get_mut(&key) {
            Some(known) => merge(known, ports),
            None => {
                self.by_source.insert(key, ports);
            }
        }
    }

    /// Notes what a call is known from.
    pub(super) fn rest_on(&mut self, edge: &Edge) {
        let texts = edge.evidence.iter().map(|evidence| &evidence.text);
        self.evidence.add(texts.cloned());
    }

    /// Notes what else they rest on.
    pub(super) fn rest_on_text(&mut self, text: String) {
        self.evidence.add([text]);
    }

    /// Notes what only an earlier run was told.
    pub(super) fn remember(&mut self, texts: BTreeSet<String>, more: usize) {
        self.evidence.remember(texts, more);
    }

    /// Notes who comes through a waypoint alone.
    pub(super) fn through_waypoint(&mut self, source: Source) {
        self.through.insert(source);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_source.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Source, &[HttpMatch], &Ports)> {
        let all = self.by_source.iter();
        all.map(|((source, http), ports)| (source, http.as_slice(), ports))
    }

    /// Whether a call from a source at some ports is let in, whatever it asks for.
    pub(super) fn cover(&self, source: &Source, ports: &Ports) -> bool {
        let fits = |granted: &Source| {
            granted == source
                || match (granted, source) {
                    (Source::Anyone, _) => true,
                    (Source::Namespace(whole), Source::Account { namespace, .. }) => {
                        whole == namespace
                    }
                    _ => false,
                }
        };
        let mut granted = Ports::Some(BTreeSet::new());
        for ((source, _), ports) in &self.by_source {
            if fits(source) {
                merge(&mut granted, ports.clone());
            }
        }
        match (&granted, ports) {
            (Ports::All, _) => true,
            (Ports::Some(_), Ports::All) => false,
            (Ports::Some(granted), Ports::Some(asked)) => asked.is_subset(granted),
        }
    }

    /// The same for any request, without those who may make some alone and come through a waypoint, which looks at
    /// them.
    pub(super) fn past_waypoints(&self, comes_through: impl Fn(&Source) -> bool) -> Self {
        let mut grants = Self {
            evidence: self.evidence.clone(),
            ..Self::default()
        };
        for (source, http, ports) in self.iter() {
            if http.is_empty() || !(self.through.contains(source) || comes_through(source)) {
                grants.add(source.clone(), ports.clone(), &[]);
            }
        }
        grants
    }

    /// These and those.
    pub(super) fn extend(&mut self, other: &Self) {
        for (source, http, ports) in other.iter() {
            self.add(source.clone(), ports.clone(), http);
        }
        self.evidence.extend(&other.evidence);
        self.through.extend(other.through.iter().cloned());
    }

    /// The same at other ports.
    pub(super) fn at_ports(&self, port: impl Fn(&Ports) -> Ports) -> Self {
        let mut grants = Self {
            evidence: self.evidence.clone(),
            ..Self::default()
        };
        for (source, http, ports) in self.iter() {
            grants.add(source.clone(), port(ports), http);
        }
        grants
    }

    /// One rule for each set of ports and requests, with all who may make them there.
    pub(super) fn rules(&self, trust_domain: &str) -> Vec<Value> {
        let rules = self.by_what().into_iter();
        rules
            .map(|((ports, http), sources)| rule(trust_domain, &sources, ports, http))
            .collect()
    }

    /// How many rules they come to.
    pub(super) fn count(&self) -> usize {
        self.by_what().len()
    }

    fn by_what(&self) -> BTreeMap<(&Ports, &[HttpMatch]), BTreeSet<&Source>> {
        let mut by_what: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (source, http, ports) in self.iter().filter(|grant| !self.is_needless(*grant)) {
            by_what.entry((ports, http)).or_default().insert(source);
        }
        by_what
    }

    /// Whether the same source may make any request there.
    fn is_needless(&self, (source, http, ports): (&Source, &[HttpMatch], &Ports)) -> bool {
        if http.is_empty() {
            return false;
        }
        let any = self.by_source.get(&(source.clone(), Vec::new()));
        let covers = |any: &Ports| match (any, ports) {
            (Ports::All, _) => true,
            (Ports::Some(any), Ports::Some(ports)) => ports.is_subset(any),
            (Ports::Some(_), Ports::All) => false,
        };
        any.is_some_and(covers)
    }

    /// What they rest on.
    pub(super) fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

pub(super) fn merge(known: &mut Ports, more: Ports) {
    match (&mut *known, more) {
        (Ports::Some(known), Ports::Some(more)) => known.extend(more),
        (_, Ports::All) => *known = Ports::All,
        (Ports::All, Ports::Some(_)) => {}
    }
}

fn rule(
    trust_domain: &str,
    sources: &BTreeSet<&Source>,
    ports: &Ports,
    http: &[HttpMatch],
) -> Value {
    let mut rule = sdk::serde_json::Map::new();
    let from = from(trust_domain, sources);
    if !from.is_empty() {
        rule.insert("from".to_owned(), Value::Array(from));
    }
    let to = to(ports, http);
    if !to.is_empty() {
        rule.insert("to".to_owned(), Value::Array(to));
    }
    Value::Object(rule)
}

/// Nothing where anybody is meant.
fn from(trust_domain: &str, sources: &BTreeSet<&Source>) -> Vec<Value> {
    if sources.contains(&Source::Anyone) {
        return Vec::new();
    }
    let mut principals: Vec<String> = Vec::new();
    let mut namespaces: Vec<&str> = Vec::new();
    for source in sources {
        match source {
            Source::Account { namespace, name } => {
                principals.push(principal(trust_domain, namespace, name));
            }
            Source::Namespace(namespace) => namespaces.push(namespace),
            Source::Anyone => {}
        }
    }
    principals.order();
    let mut from = Vec::new();
    if !principals.is_empty() {
        from.push(object([(
            "source",
            object([("principals", principals.into())]),
        )]));
    }
    if !namespaces.is_empty() {
        from.push(object([(
            "source",
            object([("namespaces", namespaces.into())]),
        )]));
    }
    from
}

/// One alternative for each kind of request; nothing where any request at any port is meant.
fn to(ports: &Ports, http: &[HttpMatch]) -> Vec<Value> {
    let numbers: Vec<String> = match ports {
        Ports::All => Vec::new(),
        Ports::Some(ports) => ports.iter().map(u16::to_string).collect(),
    };
    let any = [HttpMatch::default()];
    let requests = if http.is_empty() { &any } else { http };
    let operation = |request: &HttpMatch| {
        let mut operation = sdk::serde_json::Map::new();
        for (field, list) in [
            ("methods", &request.methods),
            ("paths", &request.paths),
            ("ports", &numbers),
        ] {
            if !list.is_empty() {
                operation.insert(field.to_owned(), json!(list));
            }
        }
        operation
    };
    let operations = requests.iter().map(operation);
    operations
        .filter(|operation| !operation.is_empty())
        .map(|operation| object([("operation", operation.into())]))
        .collect()
}

/// `cluster.local/ns/shop/sa/order`
pub(super) fn principal(trust_domain: &str, namespace: &str, account: &str) -> String {
    format!("{trust_domain}/ns/{namespace}/sa/{account}")
}
