//! What clients send to a host, by all `DestinationRule`s together.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use sdk::{Labels, Order as _, Place, Resource, Resources};

use super::destination_rule::{DestinationRule, is_exported_to};
use super::host;
use super::objects::{Counts, NETWORKING, sorted};
use super::selector::Selector;
use super::traffic_policy::{Tls, TlsMode, TrafficPolicy, merged, of_endpoints};

/// All `DestinationRule`s of an input.
#[derive(Debug)]
pub(crate) struct DestinationRules<'r> {
    /// In the order in which Istio merges them.
    rules: Vec<DestinationRule<'r>>,
    root_namespace: &'r str,
    /// What clients of a namespace find in their own one.
    local: BTreeMap<&'r str, Pool<'r>>,
    /// What clients find in the namespaces of others.
    exported: BTreeMap<&'r str, Pool<'r>>,
    /// What clients of the root namespace alone find there.
    root: Pool<'r>,
    /// Modes that are about to become mutual TLS, whatever stands there.
    overruled: BTreeSet<Place>,
}

/// The merged rules of a namespace by their hosts.
#[derive(Debug, Default)]
struct Pool<'r> {
    hosts: BTreeMap<Cow<'r, str>, Vec<Merged<'r>>>,
    /// By the host without its `*`.
    wildcards: BTreeMap<Cow<'r, str>, Vec<Merged<'r>>>,
}

/// Rules for the same host that Istio takes for one.
#[derive(Clone, Debug)]
struct Merged<'r> {
    rules: Vec<&'r Resource<'r>>,
    namespace: &'r str,
    export_to: BTreeSet<Cow<'r, str>>,
    selector: Option<Selector<'r>>,
    policy: Option<TrafficPolicy<'r>>,
    subsets: BTreeMap<Cow<'r, str>, Option<TrafficPolicy<'r>>>,
}

/// Rules of one namespace for the same host that Istio takes for one.
#[derive(Clone, Debug)]
pub(crate) struct Merger<'r> {
    /// The host.
    pub(crate) host: String,
    /// The rules; of the first one alone the policy counts, unless it has none.
    pub(crate) rules: Vec<&'r Resource<'r>>,
}

/// A call from a client to a host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'c> {
    /// The namespace of the client.
    pub(crate) client_namespace: &'c str,
    /// The labels of the client's pods.
    pub(crate) client_labels: Option<Labels<'c>>,
    /// Whether the client is a gateway and no sidecar.
    pub(crate) is_gateway: bool,
    /// The whole name of the host.
    pub(crate) host: &'c str,
    /// The namespace of the Service.
    pub(crate) service_namespace: &'c str,
    /// The port of the Service.
    pub(crate) port: Option<u16>,
    /// The subset that a `VirtualService` sends the call to.
    pub(crate) subset: Option<&'c str>,
}

/// What a client is told to send.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientTls<'r> {
    /// The mode that a rule tells; none where it is left to auto mTLS.
    pub(crate) mode: Option<TlsMode>,
    /// The rule and the field that tell it.
    pub(crate) decided_by: Option<(&'r Resource<'r>, Place)>,
    /// Where the mode is left to auto mTLS: what the endpoints are told nevertheless. That is so where an entry for
    /// the port replaces a policy with `tls` by one without.
    pub(crate) leftover: Option<(TlsMode, Place)>,
    /// The rules in force, the one that counts first.
    pub(crate) rules: Vec<&'r Resource<'r>>,
    /// Rules of other namespaces that would be in force if those weren't there.
    pub(crate) shadowed: Vec<&'r Resource<'r>>,
    /// Whether a rule sends connections to where the application sent them.
    pub(crate) is_passthrough: bool,
    /// Whether the rule's `credentialName` is of no use to a sidecar, which sends plain text then.
    pub(crate) is_credential_ignored: bool,
}

impl<'r> DestinationRules<'r> {
    /// Those of an input.
    pub(crate) fn new(
        resources: &'r Resources<'r>,
        root_namespace: &'r str,
        cluster_domain: &str,
        is_counted: Counts<'_>,
    ) -> Self {
        let objects = sorted(resources, NETWORKING, "DestinationRule", is_counted).into_iter();
        let new =
            |object| DestinationRule::new(object, resources.namespace_of(object), cluster_domain);
        let mut rules: Vec<DestinationRule<'r>> = objects.map(new).collect();
        // istio: pilot/pkg/model/push_context.go, `sortConfigBySelectorAndCreationTime`.
        rules.order_by_key(|rule| rule.selector.is_none());
        let mut all = Self {
            rules: Vec::new(),
            root_namespace,
            local: BTreeMap::new(),
            exported: BTreeMap::new(),
            root: Pool::default(),
            overruled: BTreeSet::new(),
        };
        for rule in &rules {
            all.add(rule);
        }
        all.rules = rules;
        all
    }

    /// istio: `pilot/pkg/model/push_context.go`, `setDestinationRules`.
    fn add(&mut self, rule: &DestinationRule<'r>) {
        if rule.is_local() {
            self.local.entry(rule.namespace).or_default().add(rule);
        }
        if !rule.is_private() {
            self.exported.entry(rule.namespace).or_default().add(rule);
        } else if rule.namespace == self.root_namespace {
            self.root.add(rule);
        }
    }

    /// All of them.
    pub(crate) fn rules(&self) -> &[DestinationRule<'r>] {
        &self.rules
    }

    /// Rules of one namespace for the same host that Istio takes for one.
    pub(crate) fn mergers(&self) -> Vec<Merger<'r>> {
        let mut found: Vec<Merger<'r>> = Vec::new();
        for pool in self.local.values().chain(self.exported.values()) {
            for (host, merged) in pool.all() {
                let several = merged.iter().filter(|merged| merged.rules.len() > 1);
                found.extend(several.map(|merged| Merger {
                    host: host.clone(),
                    rules: merged.rules.clone(),
                }));
            }
        }
        let numbers = |merger: &Merger<'r>| {
            let numbers = merger.rules.iter().map(|rule| rule.number);
            numbers.collect::<Vec<_>>()
        };
        found.order_by_key(numbers);
        found.dedup_by_key(|merger| numbers(merger));
        found
    }

    /// Takes each `tls` at these places for one that asks for mutual TLS.
    pub(crate) fn overrule(&mut self, tls: Vec<Place>) {
        self.overruled
            .extend(tls.into_iter().map(|place| place.field("mode")));
    }

    /// What the client is told to send.
    pub(crate) fn client_tls(&self, call: Call<'_>) -> ClientTls<'r> {
        let mut found = self.lookup(call).into_iter();
        let chosen = found.next().and_then(|rules| choose(&rules, call));
        let Some(chosen) = chosen else {
            return ClientTls {
                ..ClientTls::default()
            };
        };
        let mut tls = ClientTls::of(chosen, call);
        self.take_overruled(&mut tls);
        for rules in found {
            let other = choose(&rules, call).into_iter();
            let others = other.flat_map(|merged| merged.rules.iter().copied());
            let news: Vec<_> = others.filter(|rule| !tls.knows(rule)).collect();
            tls.shadowed.extend(news);
        }
        tls
    }

    fn take_overruled(&self, tls: &mut ClientTls<'r>) {
        let is_overruled = |place: &Place| self.overruled.contains(place);
        let mut decided = tls.decided_by.iter();
        if decided.any(|(_, place)| is_overruled(place)) {
            tls.mode = Some(TlsMode::IstioMutual);
        }
        tls.leftover = tls
            .leftover
            .take()
            .filter(|(_, place)| !is_overruled(place));
    }

    /// The rules of each namespace that has some for a call, in the order in which the client looks: its own
    /// namespace, the Service's, the root namespace. The first one counts, and nothing is merged across
    /// namespaces.
    ///
    /// istio: `pilot/pkg/model/push_context.go`, `destinationRule`.
    fn lookup(&self, call: Call<'_>) -> Vec<Vec<&Merged<'r>>> {
        let own = if call.client_namespace == self.root_namespace {
            Some(&self.root)
        } else {
            self.local.get(call.client_namespace)
        };
        let own = own.and_then(|pool| pool.find(call.host));
        let own = own.map(|rules| rules.iter().collect());
        let others = [call.service_namespace, self.root_namespace];
        let others = others.map(|namespace| {
            let rules = self.exported.get(namespace)?.find(call.host)?.iter();
            // The most specific host is chosen before anybody asks who sees its rules.
            let is_seen =
                |merged: &&Merged<'_>| is_exported_to(&merged.export_to, call.client_namespace);
            Some(rules.filter(is_seen).collect::<Vec<_>>())
        });
        let all = [own].into_iter().chain(others).flatten();
        all.filter(|rules: &Vec<_>| !rules.is_empty()).collect()
    }
}

/// The rule for a client among those for a host: the first that selects its pods, else the last one that is for
/// all.
///
/// istio: pilot/pkg/model/sidecar.go, `SidecarScope.DestinationRule`.
fn choose<'m, 'r>(rules: &[&'m Merged<'r>], call: Call<'_>) -> Option<&'m Merged<'r>> {
    let selects = |merged: &Merged<'_>| {
        let selector = merged.selector.as_ref().zip(call.client_labels);
        merged.namespace == call.client_namespace
            && selector.is_some_and(|(selector, labels)| selector.selects(labels))
    };
    let own = rules.iter().find(|merged| selects(merged));
    let for_all = || rules.iter().rfind(|merged| merged.selector.is_none());
    own.or_else(for_all).copied()
}

impl<'r> ClientTls<'r> {
    fn of(rule: &Merged<'r>, call: Call<'_>) -> Self {
        let subset = call.subset.and_then(|name| rule.subsets.get(name));
        let of_subset = subset.and_then(Option::as_ref);
        let settings = merged(rule.policy.as_ref(), of_subset, call.port);
        let leftover = match (&settings.tls, call.subset) {
            (Some(_), _) => None,
            (None, Some(_)) => of_endpoints(of_subset, call.port),
            (None, None) => of_endpoints(rule.policy.as_ref(), call.port),
        };
        let mut found = Self {
            leftover: leftover.map(|tls| (tls.mode, tls.place)),
            rules: rule.rules.clone(),
            is_passthrough: settings.is_passthrough(),
            ..Self::default()
        };
        if let Some(tls) = settings.tls {
            found.decide(rule, tls, call);
        }
        found
    }

    /// istio: `pilot/pkg/networking/core/cluster_tls.go`, `buildUpstreamClusterTLSContext`: a sidecar fetches no
    /// Secret for a rule that is for all workloads, and sends plain text instead.
    fn decide(&mut self, rule: &Merged<'r>, tls: Tls, call: Call<'_>) {
        self.is_credential_ignored =
            tls.needs_selector && !call.is_gateway && rule.selector.is_none();
        self.mode = Some(if self.is_credential_ignored {
            TlsMode::Disable
        } else {
            tls.mode
        });
        self.decided_by = rule.holder(&tls.place).map(|holder| (holder, tls.place));
    }

    fn knows(&self, rule: &Resource<'_>) -> bool {
        let mut known = self.rules.iter().chain(&self.shadowed);
        known.any(|known| known.number == rule.number)
    }
}

impl<'r> Pool<'r> {
    fn add(&mut self, rule: &DestinationRule<'r>) {
        let (hosts, host) = match rule.wildcard() {
            Some(end) => (&mut self.wildcards, Cow::Owned(end.to_owned())),
            None => (&mut self.hosts, rule.host.clone()),
        };
        merge(hosts.entry(host).or_default(), rule);
    }

    /// The rules for a host, those of the most specific one that covers it.
    ///
    /// istio: pilot/pkg/model/config.go, `MostSpecificHostMatch`.
    fn find(&self, host: &str) -> Option<&[Merged<'r>]> {
        let wildcard = || host::ends(host).find_map(|end| self.wildcards.get(end));
        let exact = self.hosts.get(host);
        if self.wildcards.is_empty() {
            return exact.map(Vec::as_slice);
        }
        exact.or_else(wildcard).map(Vec::as_slice)
    }

    fn all(&self) -> impl Iterator<Item = (String, &[Merged<'r>])> {
        let hosts = self
            .hosts
            .iter()
            .map(|(host, rules)| (host.to_string(), rules));
        let wildcards = self.wildcards.iter();
        let wildcards = wildcards.map(|(end, rules)| (format!("*{end}"), rules));
        let all = hosts.chain(wildcards);
        all.map(|(host, rules)| (host, rules.as_slice()))
    }
}

/// Adds a rule to those for the same host, step by step as Istio does, odd as the outcome may be: after a rule
/// that selects workloads, one for all that is as private is merged into it and counts for nobody else.
///
/// istio: `pilot/pkg/model/destination_rule.go`, `mergeDestinationRule`, with `ENABLE_ENHANCED_DESTINATIONRULE_MERGE`
/// on, its default.
fn merge<'r>(all: &mut Vec<Merged<'r>>, rule: &DestinationRule<'r>) {
    let mut stands_alone = true;
    for merged in all.iter_mut() {
        let is_wider =
            !merged.export_to.is_empty() && rule.export_to.is_superset(&merged.export_to);
        if rule.export_to != merged.export_to && !is_wider {
            stands_alone = true;
            continue;
        }
        stands_alone = rule.export_to != merged.export_to;
        match (&merged.selector, &rule.selector) {
            (Some(one), Some(other)) if one != other => {
                stands_alone = true;
                continue;
            }
            (Some(_), Some(_)) | (None, None) => stands_alone = false,
            _ => {}
        }
        merged.take(rule);
    }
    if stands_alone {
        all.push(Merged::new(rule));
    }
}

impl<'r> Merged<'r> {
    fn new(rule: &DestinationRule<'r>) -> Self {
        let mut merged = Self {
            rules: Vec::new(),
            namespace: rule.namespace,
            export_to: rule.export_to.clone(),
            selector: rule.selector.clone(),
            policy: None,
            subsets: BTreeMap::new(),
        };
        merged.take(rule);
        merged
    }

    /// Subsets of a new name are added; the policy is that of the first rule that has one.
    fn take(&mut self, rule: &DestinationRule<'r>) {
        self.rules.push(rule.resource);
        if self.policy.is_none() {
            self.policy.clone_from(&rule.policy);
        }
        for (name, policy) in &rule.subsets {
            let subset = self.subsets.entry(name.clone());
            subset.or_insert_with(|| policy.clone());
        }
    }

    /// The rule that has a place.
    fn holder(&self, place: &Place) -> Option<&'r Resource<'r>> {
        let mut rules = self.rules.iter();
        rules.find(|rule| rule.number == place.resource).copied()
    }
}

#[cfg(test)]
mod tests;
