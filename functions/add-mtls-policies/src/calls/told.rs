//! What destination rules tell clients, whether a call is known or not: any sidecar that sees a rule may call.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use sdk::{Labels, Node, NodePort, ServiceNode, Severity, Workload};

use super::blame::{Suspects, blame};
use super::codes;
use super::faults::{Code, Faults, Kind, Site, label};
use super::landscape::{Door, Landscape};
use super::meeting::{Caller, meet, takes_mutual_tls};
use crate::istio::{Cause, Client, ClientTls, DestinationRule, TlsMode};

/// No namespace is called so: it stands for any that has no rules of its own.
const ELSEWHERE: &str = "";

/// Destination rules and the Services that they are for.
pub(super) struct Told<'l, 's, 'c, 'r> {
    landscape: &'l Landscape<'s, 'c, 'r>,
    /// Whether rules for a Service are about to be made or completed, by its number.
    ensured: &'l [bool],
    /// Numbers of rules by their whole hosts.
    by_host: BTreeMap<&'s str, Vec<usize>>,
    /// The same by the end that a wildcard covers.
    by_end: BTreeMap<&'s str, Vec<usize>>,
    /// Numbers of the objects whose hosts are no wildcards.
    exact: BTreeSet<usize>,
    /// Numbers of the objects that cover pods which don't take mutual TLS.
    unfit: BTreeSet<usize>,
    /// Numbers of the objects that cover pods which do.
    fit: BTreeSet<usize>,
}

/// Clients that may be told by a rule, and the subset that they may ask for.
struct Asker<'a> {
    caller: Caller<'a>,
    subset: Option<Subset<'a>>,
}

/// A subset of a Service's pods.
struct Subset<'a> {
    name: Cow<'a, str>,
    labels: Option<Node<'a>>,
}

impl Subset<'_> {
    fn has(&self, workload: &Workload<'_>) -> bool {
        let labels = self.labels.into_iter().flat_map(Node::fields);
        let mut pairs = labels.filter_map(|(key, value)| Some((key.text()?, value.text()?)));
        let own = workload.pod.labels();
        pairs.all(|(key, value)| own.get(&key).is_some_and(|own| own == value))
    }
}

impl<'l, 's, 'c: 'r, 'r> Told<'l, 's, 'c, 'r> {
    pub(super) fn new(landscape: &'l Landscape<'s, 'c, 'r>, ensured: &'l [bool]) -> Self {
        let mut told = Self {
            landscape,
            ensured,
            by_host: BTreeMap::new(),
            by_end: BTreeMap::new(),
            exact: BTreeSet::new(),
            unfit: BTreeSet::new(),
            fit: BTreeSet::new(),
        };
        for (number, rule) in landscape.survey.clients.rules().iter().enumerate() {
            let (index, key) = match rule.wildcard() {
                Some(end) => (&mut told.by_end, end),
                None => (&mut told.by_host, &*rule.host),
            };
            index.entry(key).or_default().push(number);
            if rule.wildcard().is_none() {
                told.exact.insert(rule.resource.number);
            }
        }
        told
    }

    /// The rules for a host.
    pub(super) fn covering(&self, host: &str) -> Vec<&'s DestinationRule<'r>> {
        let mut numbers: Vec<usize> = self
            .by_host
            .get(host)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        if !self.by_end.is_empty() {
            let starts = host
                .char_indices()
                .map(|(start, _)| start)
                .chain([host.len()]);
            let ends = starts.filter_map(|start| self.by_end.get(host.get(start..)?));
            numbers.extend(ends.flatten());
        }
        let rules = self.landscape.survey.clients.rules();
        let found = numbers.into_iter().filter_map(|number| rules.get(number));
        found.collect()
    }

    /// Looks at every Service that some rule covers.
    pub(super) fn check(mut self, faults: &mut Faults<'r>) {
        if self.by_host.is_empty() && self.by_end.is_empty() {
            return;
        }
        let services = self.landscape.survey.graph.services();
        for (number, service) in services.iter().enumerate() {
            if service.is_external_name() {
                continue;
            }
            let rules = self.covering(self.landscape.host(number));
            if !rules.is_empty() {
                self.look(number, service, &rules, faults);
            }
        }
        self.propose(faults);
    }

    fn look(
        &mut self,
        number: usize,
        service: &'c ServiceNode<'r>,
        rules: &[&'s DestinationRule<'r>],
        faults: &mut Faults<'r>,
    ) {
        let objects = rules.iter().map(|rule| rule.resource.number);
        for takes in takes_mutual_tls(self.landscape, number, service) {
            let group = if takes {
                &mut self.fit
            } else {
                &mut self.unfit
            };
            group.extend(objects.clone());
        }
        for asker in self.askers(service, rules) {
            let is_wanted = self.landscape.is_looked_after(service.namespace)
                || self.landscape.is_looked_after(asker.caller.namespace);
            if !is_wanted {
                continue;
            }
            for (index, port) in service.ports.iter().enumerate() {
                if port.protocol == "TCP" {
                    self.ask(&asker, (number, service), (index, port), faults);
                }
            }
        }
    }

    /// Who may be told by the rules for a Service: the clients in its namespace, in those of the rules, in those
    /// that the rules are exported to by name, and in any other.
    fn askers<'a>(
        &self,
        service: &ServiceNode<'r>,
        rules: &[&'a DestinationRule<'r>],
    ) -> Vec<Asker<'a>>
    where
        's: 'a,
        'r: 'a,
    {
        let mut namespaces: BTreeSet<&'a str> = BTreeSet::from([ELSEWHERE, service.namespace]);
        let mut askers = Vec::new();
        for rule in rules {
            namespaces.insert(rule.namespace);
            namespaces.extend(self.exports(rule));
            askers.extend(self.selected(rule));
        }
        let all = namespaces.into_iter();
        let may_call = all.filter(|namespace| self.landscape.may_have_sidecars(namespace));
        askers.extend(may_call.map(|namespace| Asker {
            caller: caller(namespace, None),
            subset: None,
        }));
        askers.extend(rules.iter().flat_map(|rule| self.of_subsets(service, rule)));
        askers
    }

    /// Namespaces that a rule is exported to by name, where the input has workloads there.
    fn exports<'a>(&self, rule: &DestinationRule<'r>) -> Vec<&'a str>
    where
        'r: 'a,
    {
        let list = rule.resource.node.at(&["spec", "exportTo"]);
        let names = list
            .into_iter()
            .flat_map(Node::items)
            .filter_map(Node::text);
        let known = names.filter_map(|name| self.landscape.namespace(&name));
        known.collect()
    }

    /// A client that a rule selects, where it selects some.
    fn selected<'a>(&self, rule: &'a DestinationRule<'r>) -> Option<Asker<'a>>
    where
        'c: 'a,
        's: 'a,
    {
        let selector = rule.selector.as_ref()?;
        let workloads = self.landscape.workloads_in(rule.namespace);
        let mut own = workloads.filter(|workload| {
            self.landscape.client(workload) == Client::Sidecar
                && selector.selects(workload.pod.labels())
        });
        let client = own.next()?;
        Some(Asker {
            caller: caller(rule.namespace, Some(client.pod.labels())),
            subset: None,
        })
    }

    /// Clients that ask for a subset with a policy of its own.
    fn of_subsets<'a>(
        &self,
        service: &ServiceNode<'r>,
        rule: &'a DestinationRule<'r>,
    ) -> impl Iterator<Item = Asker<'a>> {
        let is_asked = rule.selector.is_none() && rule.wildcard().is_none();
        let may_call = self.landscape.may_have_sidecars(rule.namespace);
        let is_own = rule.namespace == service.namespace;
        let namespace = if may_call || !is_own {
            rule.namespace
        } else {
            ELSEWHERE
        };
        let list = rule.resource.node.at(&["spec", "subsets"]);
        let list = list.filter(|_| is_asked && (may_call || is_own));
        let subsets = list.into_iter().flat_map(Node::items);
        let with_policy = subsets.filter(|subset| subset.get("trafficPolicy").is_some());
        with_policy.filter_map(move |subset| {
            let subset = Subset {
                name: subset.get("name")?.text()?,
                labels: subset.get("labels"),
            };
            Some(Asker {
                caller: caller(namespace, None),
                subset: Some(subset),
            })
        })
    }

    fn ask(
        &mut self,
        asker: &Asker<'_>,
        (number, service): (usize, &'c ServiceNode<'r>),
        (index, port): (usize, &'c NodePort<'r>),
        faults: &mut Faults<'r>,
    ) {
        let subset = asker.subset.as_ref();
        let name = subset.map(|subset| &*subset.name);
        let tls = asker.caller.tls(self.landscape, number, port, name);
        self.shadows(asker.caller, service, &tls, faults);
        if tls.decided_by.is_none() && tls.leftover.is_none() {
            return;
        }
        if !service.has_selector() {
            return self.unselected(service, port, &tls, faults);
        }
        let mut is_fine = true;
        for (workload, container) in &port.targets {
            let workload = self.landscape.survey.graph.workload(*workload);
            let Some((workload, container)) = workload.zip(*container) else {
                continue;
            };
            if subset.is_some_and(|subset| !subset.has(workload)) {
                continue;
            }
            let door = Door {
                service: number,
                port: index,
                container,
            };
            is_fine &= self.answer((workload, door), &tls, (service, port), faults);
        }
        if is_fine && service.is_headless() {
            self.headless(service, port, &tls, faults);
        }
    }

    /// What one workload behind a Service does; whether it does what the client expects.
    fn answer(
        &self,
        (workload, door): (&'c Workload<'r>, Door),
        tls: &ClientTls<'r>,
        (service, port): (&'c ServiceNode<'r>, &NodePort<'r>),
        faults: &mut Faults<'r>,
    ) -> bool {
        let verdict = meet(self.landscape, Client::Sidecar, tls, workload, door);
        let suspects = Suspects {
            tls,
            service,
            workload,
            port: door.container,
            number: port.number,
        };
        let is_ensured = self.ensured.get(door.service) == Some(&true);
        let is_of_rule = |kind: Kind| match kind {
            Kind::Plaintext(cause) => {
                matches!(cause, Cause::Rule | Cause::Leftover)
            }
            Kind::Dropped => !is_ensured,
            Kind::Credential | Kind::OwnTls | Kind::Mutual => true,
            _ => false,
        };
        let found = blame(self.landscape, verdict, &suspects);
        let Some((site, code, kind)) = found.filter(|(_, _, kind)| is_of_rule(*kind)) else {
            return verdict.code().is_none();
        };
        let is_outside = code.rule == codes::MTLS_OUTSIDE_MESH;
        let fault = faults.at(site, code, kind);
        fault.of(
            label(service.service.resource, service.namespace),
            port.number,
        );
        if is_outside {
            let owner = label(workload.owner, workload.namespace);
            fault.others.insert(owner);
        }
        false
    }

    /// Nobody in the mesh answers for a Service without a selector.
    fn unselected(
        &self,
        service: &ServiceNode<'r>,
        port: &NodePort<'r>,
        tls: &ClientTls<'r>,
        faults: &mut Faults<'r>,
    ) {
        let Some((rule, place)) = tls.decided_by.clone() else {
            return;
        };
        if tls.mode != Some(TlsMode::IstioMutual) {
            return;
        }
        let site = Site::new((rule, self.landscape.survey.resources), place);
        let code = Code::new(codes::MTLS_OUTSIDE_MESH, Severity::Error);
        let fault = faults.at(site, code, Kind::Mutual);
        fault.of(
            label(service.service.resource, service.namespace),
            port.number,
        );
        fault.others.insert("it selects no pods".to_owned());
    }

    fn headless(
        &self,
        service: &ServiceNode<'r>,
        port: &NodePort<'r>,
        tls: &ClientTls<'r>,
        faults: &mut Faults<'r>,
    ) {
        let Some((rule, place)) = tls.decided_by.clone() else {
            return;
        };
        if !self.exact.contains(&rule.number) {
            return;
        }
        let site = Site::new((rule, self.landscape.survey.resources), place);
        let code = Code::new(codes::HEADLESS_RULE, Severity::Info);
        let fault = faults.at(site, code, Kind::Headless);
        fault.of(
            label(service.service.resource, service.namespace),
            port.number,
        );
    }

    /// A rule of the clients' own namespace that hides one of the Service's namespace.
    fn shadows(
        &self,
        caller: Caller<'_>,
        service: &ServiceNode<'r>,
        tls: &ClientTls<'r>,
        faults: &mut Faults<'r>,
    ) {
        let resources = self.landscape.survey.resources;
        let Some(first) = tls.rules.first() else {
            return;
        };
        let is_foreign = resources.namespace_of(first) == caller.namespace
            && caller.namespace != service.namespace;
        let hidden = tls
            .shadowed
            .iter()
            .filter(|rule| resources.namespace_of(rule) == service.namespace);
        let hidden: Vec<String> = hidden.map(|rule| label(rule, service.namespace)).collect();
        if !is_foreign || hidden.is_empty() {
            return;
        }
        let place = first.place().field("spec").field("host");
        let site = Site::new((*first, resources), place);
        let code = Code::new(codes::SHADOWED_RULE, Severity::Warning);
        let fault = faults.at(site, code, Kind::Shadowing);
        fault.of(label(service.service.resource, service.namespace), None);
        fault.others.extend(hidden);
    }

    /// Where mutual TLS would do for all that a rule covers, it is what the rule should tell.
    fn propose(&self, faults: &mut Faults<'r>) {
        let domain = self.landscape.survey.run.mesh.cluster_domain.as_str();
        for rule in self.landscape.survey.clients.rules() {
            let is_narrow = rule
                .wildcard()
                .is_none_or(|end| is_of_namespace(end, domain));
            let number = rule.resource.number;
            let is_plain = |kind| {
                matches!(
                    kind,
                    Kind::Plaintext(Cause::Rule | Cause::Leftover) | Kind::Dropped | Kind::OwnTls
                )
            };
            if is_narrow && !self.unfit.contains(&number) {
                faults.propose(number, is_plain, "ISTIO_MUTUAL");
            } else if is_narrow && !self.fit.contains(&number) {
                faults.propose(number, |kind| kind == Kind::Mutual, "DISABLE");
            }
        }
    }
}

/// A client with a sidecar.
fn caller<'a>(namespace: &'a str, labels: Option<Labels<'a>>) -> Caller<'a> {
    Caller {
        client: Client::Sidecar,
        namespace,
        labels,
    }
}

/// Whether what a wildcard covers are the Services of one namespace: `.shop.svc.cluster.local`.
pub(crate) fn is_of_namespace(end: &str, cluster_domain: &str) -> bool {
    let namespace = end
        .strip_suffix(cluster_domain)
        .and_then(|end| end.strip_suffix(".svc."))
        .and_then(|end| end.strip_prefix('.'));
    namespace.is_some_and(|namespace| !namespace.is_empty() && !namespace.contains('.'))
}
