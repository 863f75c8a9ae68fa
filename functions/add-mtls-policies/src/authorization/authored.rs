//! What is wrong with the policies of authors.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Mesh, Node, Order as _, Place, Plan, Severity, Value, Workload, json};

use super::accounts::Accounts;
use super::caller::Source;
use super::grants::principal;
use super::ports::{Protocol, known_ports, protocol};
use super::scene::{Scene, identity, title};
use super::waypoints::Waypoints;
use super::{HTTP_ON_TCP, L7_IN_AMBIENT, OPEN_POLICY, UNKNOWN_ACCOUNT, WAYPOINT_LEFT_OUT};
use crate::istio::{Action, AuthorizationPolicy, Effect, Enforcer, Rule};

/// Looks at every policy that an author keeps.
pub(super) fn check(plan: &mut Plan, scene: &Scene<'_>, waypoints: &Waypoints<'_>) {
    let survey = scene.survey;
    let accounts = Accounts::new(scene);
    let ours: Vec<&AuthorizationPolicy<'_>> = survey
        .policies
        .policies()
        .iter()
        .filter(|policy| is_looked_at(scene, policy))
        .collect();
    if !ours.is_empty() {
        let mut selected = selected(scene);
        for policy in ours {
            let workloads = selected.remove(&policy.resource.number);
            let checked = Checked { scene, policy };
            checked.is_not_open(plan);
            checked.names_somebody(plan, &accounts);
            checked.is_understood(plan, &workloads.unwrap_or_default(), waypoints);
        }
    }
    if survey.run.authorization.mode != crate::config::AuthorizationMode::Off {
        super::accounts::check_stated(plan, scene, &accounts);
        super::accounts::check_default(plan, scene);
    }
}

fn is_looked_at(scene: &Scene<'_>, policy: &AuthorizationPolicy<'_>) -> bool {
    let is_ours = scene.is_looked_after(policy.namespace);
    is_ours && scene.survey.is_in_scope(policy.resource) && !policy.is_dry_run
}

/// The workloads in the mesh that policies select, by the numbers of the policies' objects.
fn selected<'s>(scene: &Scene<'s>) -> BTreeMap<usize, Vec<&'s Workload<'s>>> {
    let mut found: BTreeMap<usize, Vec<&'s Workload<'s>>> = BTreeMap::new();
    for workload in scene.survey.graph.workloads() {
        if scene.mesh(workload).is_meshed() {
            let labels = workload.pod.labels();
            let policies = scene.survey.policies.selecting(workload.namespace, labels);
            for policy in policies {
                found
                    .entry(policy.resource.number)
                    .or_default()
                    .push(workload);
            }
        }
    }
    for workloads in found.values_mut() {
        workloads.order_by_key(|workload| identity(workload));
    }
    found
}

/// A policy that is looked at.
struct Checked<'a, 's> {
    scene: &'a Scene<'s>,
    policy: &'a AuthorizationPolicy<'s>,
}

impl<'s> Checked<'_, 's> {
    fn tell(
        &self,
        plan: &mut Plan,
        (rule, severity): (&'static str, Severity),
        place: &Place,
        message: &str,
        proposed: Option<&Value>,
    ) {
        let subject = (self.policy.resource, self.scene.survey.resources);
        plan.report(rule, severity, subject, place, message, proposed);
    }

    fn node(&self, place: &Place) -> Option<Node<'s>> {
        self.policy.resource.node.follow(&place.path.0)
    }

    /// One that allows should say whom (043).
    fn is_not_open(&self, plan: &mut Plan) {
        if self.policy.action != Action::Allow {
            return;
        }
        let told = (OPEN_POLICY, Severity::Warning);
        for rule in &self.policy.rules {
            if rule.is_empty() {
                let message = "an empty rule lets anybody in, without an identity too; name callers in `from`";
                self.tell(plan, told, &rule.place, message, None);
            }
            let identities = rule.identities().into_iter();
            for anyone in
                identities.filter(|identity| identity.is_anyone() && !identity.is_excluded)
            {
                let message = "\"*\" lets anybody in who has an identity; name the callers";
                self.tell(plan, told, &anyone.place, message, None);
            }
        }
    }

    /// Whom it names there should be (051).
    fn names_somebody(&self, plan: &mut Plan, accounts: &Accounts) {
        let own = &self.scene.survey.run.mesh.trust_domain;
        let told = (UNKNOWN_ACCOUNT, Severity::Warning);
        for identity in self.policy.rules.iter().flat_map(Rule::identities) {
            if identity.is_anyone() || identity.is_pattern() || accounts.is_external(&identity.text)
            {
                continue;
            }
            let text = &identity.text;
            if identity.has_scheme() {
                let message = format!(
                    "\"{text}\" is nobody, since Istio puts `spiffe://` before it once more; leave that out"
                );
                let proposed = json!(text.trim_start_matches("spiffe://"));
                self.tell(plan, told, &identity.place, &message, Some(&proposed));
                continue;
            }
            // Istio takes `cluster.local` for its own trust domain, whatever that is called.
            let domain = identity.trust_domain().unwrap_or(own);
            let is_own = domain == own || domain == "cluster.local";
            let is_known = identity
                .account()
                .is_some_and(|(namespace, name)| is_own && accounts.has(own, namespace, name));
            if !is_known {
                let message = format!(
                    "\"{text}\" is no ServiceAccount of the input; check the name, or list it in `externalIdentities`"
                );
                self.tell(plan, told, &identity.place, &message, None);
            }
        }
    }

    /// All that it asks for must be understood by whoever checks it (032, 033, 042).
    fn is_understood(
        &self,
        plan: &mut Plan,
        workloads: &[&'s Workload<'s>],
        waypoints: &Waypoints<'s>,
    ) {
        let is_ambient =
            |workload: &&&Workload<'s>| self.scene.mesh(workload) == Mesh::IstioAmbient;
        let by_target = !self.policy.targets.is_empty();
        let ambient: Vec<&&Workload<'s>> = workloads.iter().filter(is_ambient).collect();
        if let (Some(first), false) = (ambient.first(), by_target) {
            self.is_for_ambient(plan, first);
            self.lets_waypoints_in(plan, &ambient, waypoints);
        }
        let mut told = BTreeSet::new();
        for workload in workloads.iter().filter(|workload| !is_ambient(workload)) {
            for rule in &self.policy.rules {
                if !told.contains(&rule.place) && self.is_about_http_on_tcp(plan, rule, workload) {
                    told.insert(rule.place.clone());
                }
            }
        }
    }

    /// In ambient mode nobody looks at requests for a policy that selects workloads (032).
    fn is_for_ambient(&self, plan: &mut Plan, workload: &Workload<'s>) {
        if self.policy.is_ignored_in_ambient() {
            return;
        }
        for rule in &self.policy.rules {
            let effect = self.policy.effect(rule, Enforcer::Ztunnel);
            let lost = rule.lost(Enforcer::Ztunnel);
            let (Some(field), false) = (lost.first(), effect == Effect::Same) else {
                continue;
            };
            let message = format!(
                "`{}` is nothing that anybody checks for {}, which is in ambient mode, so the rule {}; write the policy for its Service with `targetRefs`, behind a waypoint",
                field.name,
                title(workload),
                consequence(self.policy.action, effect)
            );
            let told = (L7_IN_AMBIENT, Severity::Error);
            self.tell(plan, told, &field.place, &message, None);
        }
    }

    /// Behind a waypoint every caller is the waypoint (033).
    fn lets_waypoints_in(
        &self,
        plan: &mut Plan,
        workloads: &[&&Workload<'s>],
        waypoints: &Waypoints<'s>,
    ) {
        let rules = &self.policy.rules;
        let name_callers = rules.iter().all(|rule| self.names_callers_alone(rule));
        if self.policy.action != Action::Allow || rules.is_empty() || !name_callers {
            return;
        }
        let identities: Vec<_> = rules.iter().flat_map(Rule::identities).collect();
        let is_named = |namespace: &str, name: &str| {
            let mut named = identities.iter();
            named.any(|identity| {
                identity.is_pattern() || identity.account() == Some((namespace, name))
            })
        };
        for workload in workloads {
            let sources = waypoints.before(self.scene, workload).sources;
            for source in sources {
                let Source::Account { namespace, name } = source else {
                    continue;
                };
                if is_named(&namespace, &name) {
                    continue;
                }
                let domain = &self.scene.survey.run.mesh.trust_domain;
                let missing = principal(domain, &namespace, &name);
                let message = format!(
                    "what comes to {} through its waypoint comes as \"{missing}\", which no rule names, so it is kept out; add that, and name the callers in a policy for the Service with `targetRefs`",
                    title(workload)
                );
                let place = self.principals(rules);
                let proposed = self.with_principal(&place, &missing);
                let told = (WAYPOINT_LEFT_OUT, Severity::Error);
                return self.tell(plan, told, &place, &message, proposed.as_ref());
            }
        }
    }

    /// Whether a rule lets in none but those whose accounts it names.
    fn names_callers_alone(&self, rule: &Rule<'s>) -> bool {
        let node = self.node(&rule.place);
        let from = node.and_then(|node| node.get("from"));
        let mut sources = from.into_iter().flat_map(Node::items).peekable();
        let names = |item: Node<'s>| {
            let source = item.get("source");
            ["principals", "serviceAccounts"].iter().any(|field| {
                let list = source.and_then(|source| source.get(field));
                list.is_some_and(|list| list.items().next().is_some())
            })
        };
        sources.peek().is_some() && sources.all(names)
    }

    /// The first list of principals, or the first rule.
    fn principals(&self, rules: &[Rule<'s>]) -> Place {
        let identities = rules.iter().flat_map(Rule::identities);
        let mut lists = identities.filter_map(|identity| {
            let mut place = identity.place;
            place.path.0.pop()?;
            self.node(&place).map(|_| place)
        });
        let first = rules.first().map(|rule| rule.place.clone());
        let whole = self.policy.resource.place().field("spec");
        lists.next().or(first).unwrap_or(whole)
    }

    fn with_principal(&self, place: &Place, missing: &str) -> Option<Value> {
        let is_list =
            |step: &sdk::Step| matches!(step, sdk::Step::Key(key) if &**key == "principals");
        let list = self
            .node(place)
            .filter(|_| place.path.0.last().is_some_and(is_list))?;
        let mut names: Vec<String> = list
            .items()
            .filter_map(|item| item.text().map(std::borrow::Cow::into_owned))
            .collect();
        names.push(missing.to_owned());
        Some(json!(names))
    }

    /// A sidecar looks at requests on HTTP ports alone (042).
    fn is_about_http_on_tcp(
        &self,
        plan: &mut Plan,
        rule: &Rule<'s>,
        workload: &Workload<'s>,
    ) -> bool {
        let lost = rule.lost(Enforcer::TcpFilter);
        let Some(field) = lost.first() else {
            return false;
        };
        let ports = rule
            .ports()
            .unwrap_or_else(|| known_ports(self.scene, workload));
        let is_tcp = |port: &&u16| protocol(self.scene, workload, **port) == Protocol::Other;
        let port = match self.policy.action {
            Action::Allow => ports
                .iter()
                .find(|_| ports.iter().all(|port| is_tcp(&port))),
            Action::Deny => ports.iter().find(is_tcp),
            Action::Audit | Action::Custom => None,
        };
        let Some(port) = port else { return false };
        let effect = self.policy.effect(rule, Enforcer::TcpFilter);
        let message = format!(
            "`{}` is for HTTP, which port {port} of {} is not, so there the rule {}; leave the port out, or set `appProtocol: http` on its Service",
            field.name,
            title(workload),
            consequence(self.policy.action, effect)
        );
        self.tell(
            plan,
            (HTTP_ON_TCP, Severity::Error),
            &field.place,
            &message,
            None,
        );
        true
    }
}

/// What becomes of a rule that can't be checked as a whole.
fn consequence(action: Action, effect: Effect) -> &'static str {
    match (action, effect) {
        (Action::Allow, Effect::Never) => "lets nobody in",
        (Action::Deny, Effect::Everything) => "keeps everybody out",
        (Action::Deny, Effect::Wider) => "keeps out more than it says",
        (_, Effect::Never) => "never applies",
        (_, Effect::Narrower) => "is for fewer than it says",
        _ => "is for more than it says",
    }
}
