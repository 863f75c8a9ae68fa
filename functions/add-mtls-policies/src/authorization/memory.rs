//! What an earlier run knew and the input doesn't tell: an input is a partial view, so who isn't in it may call still.
//!
//! ```text
//!  policies of an earlier run ─▶ Former: whom they let in, and on what evidence
//!                                   │
//!  input ─▶ Judge ─▶ Doubt ─────────┴─▶ Kept: who stays let in
//! ```

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Edge, Plan, Ports, Resource, Severity, Workload};

use super::UNSEEN;
use super::caller::{Caller, Source, caller};
use super::doubt::{Doubt, Judge};
use super::former::{Former, Grant};
use super::grants::{Grants, principal};
use super::ports::container_port;
use super::present::references;
use super::scene::Scene;
use super::waypoints::Waypoints;

/// For whom a policy was made.
const GENERATED_FOR: &str = "plimsoll.dev/generated-for";

/// The policies of an earlier run.
pub(super) struct Memory<'s> {
    /// By what they call whom they were made for.
    formers: BTreeMap<String, Vec<Former<'s>>>,
    /// None where there are none.
    judge: Option<Judge<'s>>,
}

/// Whom an earlier run let in, and still is.
#[derive(Default)]
pub(super) struct Kept<'s> {
    pub(super) grants: Grants,
    policy: Option<&'s Resource<'s>>,
    why: BTreeSet<String>,
}

impl<'s> Memory<'s> {
    pub(super) fn new(scene: &Scene<'s>) -> Self {
        let mut formers: BTreeMap<String, Vec<Former<'s>>> = BTreeMap::new();
        let made = scene.survey.made.iter();
        for policy in made.filter(|object| object.is("security.istio.io", "AuthorizationPolicy")) {
            if let Some(subject) = policy.annotations().get(GENERATED_FOR) {
                let of_subject = formers.entry(subject.into_owned()).or_default();
                of_subject.push(Former::new(policy));
            }
        }
        let judge = (!formers.is_empty()).then(|| Judge::new(scene));
        Self { formers, judge }
    }

    fn made_for(&self, scene: &Scene<'s>, object: &Resource<'_>) -> Vec<&Former<'s>> {
        let references = references(scene.survey.resources, object).into_iter();
        let found = references.filter_map(|reference| self.formers.get(&reference));
        found.flatten().collect()
    }

    /// The policies of the workload itself.
    fn of_workload(&self, scene: &Scene<'s>, workload: &Workload<'s>) -> Vec<&Former<'s>> {
        let mut formers = self.made_for(scene, workload.owner);
        formers.retain(|former| former.selects_pods());
        if scene.has_siblings(workload) {
            formers.retain(|former| former.selects(workload.pod.labels()));
        }
        formers
    }

    /// Whether an earlier run let in whatever runs as an account.
    pub(super) fn knows(
        &self,
        scene: &Scene<'s>,
        workload: &Workload<'s>,
        source: &Source,
    ) -> bool {
        let formers = self.of_workload(scene, workload).into_iter();
        let mut grants = formers.flat_map(|former| &former.grants);
        self.judge.is_some() && grants.any(|grant| grant.source == *source)
    }

    /// Leaves what was made for a workload as it is, where the input doesn't tell what would be made now.
    pub(super) fn retain(&self, plan: &mut Plan, scene: &Scene<'s>, workload: &Workload<'s>) {
        let own = self.of_workload(scene, workload);
        let services = scene.services(workload).iter();
        let of_services = services.flat_map(|node| self.made_for(scene, node.service.resource));
        for former in own.into_iter().chain(of_services) {
            plan.retain(former.policy);
        }
    }

    /// Who stays let in to a workload though the input doesn't state it.
    pub(super) fn kept(
        &self,
        scene: &Scene<'s>,
        waypoints: &Waypoints<'s>,
        workload: &Workload<'s>,
        counted: &[&Edge],
    ) -> Kept<'s> {
        let Some(judge) = &self.judge else {
            return Kept::default();
        };
        let own = self.of_workload(scene, workload);
        let services = scene.services(workload).iter();
        let of_services: Vec<(&Former<'s>, Vec<Grant>)> = services
            .flat_map(|node| {
                let formers = self.made_for(scene, node.service.resource).into_iter();
                formers.map(|former| (former, behind(former, node, workload)))
            })
            .collect();
        let formers = own.iter().copied();
        let formers = formers.chain(of_services.iter().map(|(former, _)| *former));
        let formers: Vec<&Former<'s>> = formers.collect();
        let Some(policy) = formers.first().map(|former| former.policy) else {
            return Kept::default();
        };
        let doubt = judge.doubt(scene, workload, &formers, counted);
        let selected = Chosen::new(scene, waypoints, (workload, counted), &doubt);
        let own: Vec<&Grant> = own.iter().flat_map(|former| &former.grants).collect();
        let beyond: Vec<&Grant> = of_services.iter().flat_map(|(_, grants)| grants).collect();
        let all: Vec<&Grant> = own.iter().chain(&beyond).copied().collect();
        let chosen = selected.among(&all);
        let mut grants = Grants::default();
        for grant in all.iter().filter(|grant| chosen.contains(&grant.source)) {
            grants.add(grant.source.clone(), grant.ports.clone(), &grant.http);
            let is_through = own.iter().all(|own| own.source != grant.source);
            if is_through {
                grants.through_waypoint(grant.source.clone());
            }
        }
        let hidden = if grants.is_empty() { 0 } else { doubt.hidden };
        grants.remember(doubt.texts, hidden);
        let mut why = doubt.why;
        if hidden > 0 {
            why.insert(format!("{hidden} more that its evidence had no room for"));
        }
        Kept {
            grants,
            policy: Some(policy),
            why,
        }
    }
}

/// What a Service's policy lets in behind the Service, at the container ports.
fn behind<'s>(
    former: &Former<'s>,
    node: &sdk::ServiceNode<'s>,
    workload: &Workload<'s>,
) -> Vec<Grant> {
    let container = |port: &u16| {
        let own = node.ports.iter().find(|own| own.number == Some(*port));
        own.and_then(|own| container_port(own, workload.number).flatten())
    };
    let at = |grant: &Grant| Grant {
        ports: match &grant.ports {
            Ports::All => Ports::All,
            Ports::Some(ports) => Ports::Some(ports.iter().filter_map(container).collect()),
        },
        ..grant.clone()
    };
    former.grants.iter().map(at).collect()
}

/// Who of those that were let in stays so.
struct Chosen<'d, 's> {
    scene: &'d Scene<'s>,
    doubt: &'d Doubt,
    /// Those that the input tells of, and waypoints.
    told: BTreeSet<Source>,
    waypoints: BTreeSet<Source>,
}

impl<'d, 's> Chosen<'d, 's> {
    fn new(
        scene: &'d Scene<'s>,
        waypoints: &Waypoints<'s>,
        (workload, counted): (&Workload<'s>, &[&Edge]),
        doubt: &'d Doubt,
    ) -> Self {
        let callers = counted.iter().map(|edge| caller(scene, &edge.from));
        let told = callers.filter_map(|caller| match caller {
            Caller::Known(source) => Some(source),
            _ => None,
        });
        Self {
            scene,
            doubt,
            told: told.into_set(),
            waypoints: waypoints.before(scene, workload).sources,
        }
    }

    fn among(&self, grants: &[&Grant]) -> BTreeSet<Source> {
        let sources: BTreeSet<&Source> = grants.iter().map(|grant| &grant.source).into_set();
        let sources = sources.into_iter();
        let sources: Vec<&Source> = sources
            .filter(|source| !self.waypoints.contains(source))
            .collect();
        let doubt = self.doubt;
        let unclaimed = sources.iter().filter(|source| self.is_unclaimed(source));
        // One more caller than accounts that nobody here has: one of them shares its account with somebody here.
        let is_shared = doubt.callers > unclaimed.count();
        let is_any = doubt.is_of_statements || doubt.is_of_objects;
        let is_lost = doubt.callers > 0 || doubt.hidden > 0;
        let is_kept = |source: &&&Source| match source {
            Source::Anyone => doubt.is_of_objects,
            Source::Namespace(_) => doubt.is_of_statements,
            Source::Account { .. } => {
                let is_theirs = is_any || doubt.accounts.contains(source);
                let is_untold = || !self.told.contains(source);
                is_theirs || (is_untold() && is_lost && (is_shared || self.is_unclaimed(source)))
            }
        };
        sources.iter().filter(is_kept).copied().cloned().into_set()
    }

    /// Whether nobody is known to have the account: neither a workload nor a gateway nor Prometheus.
    fn is_unclaimed(&self, source: &Source) -> bool {
        let Source::Account { namespace, name } = source else {
            return false;
        };
        let prometheus = &self.scene.survey.run.prometheus;
        let is_prometheus =
            prometheus.namespace == *namespace && prometheus.service_account == *name;
        let renamed = self.scene.survey.graph.account(namespace, name);
        let is_renamed = renamed.is_some_and(|account| account.name() != name);
        !self.told.contains(source)
            && !is_prometheus
            && !is_renamed
            && !self.scene.is_account_of_gateway(namespace, name)
            && self.scene.running_as(namespace, name).workloads() == 0
    }
}

impl Kept<'_> {
    /// Whether somebody stays let in.
    pub(super) fn is_some(&self) -> bool {
        !self.grants.is_empty()
    }

    /// Tells who stays let in besides those that the input tells of, and why.
    pub(super) fn tell(&self, plan: &mut Plan, scene: &Scene<'_>, told: &Grants) {
        let domain = &scene.survey.run.mesh.trust_domain;
        let untold = self.grants.iter();
        let untold = untold.filter(|(source, _, ports)| !told.cover(source, ports));
        let who: BTreeSet<String> = untold
            .map(|(source, _, _)| match source {
                Source::Account { namespace, name } => {
                    format!("\"{}\"", principal(domain, namespace, name))
                }
                Source::Namespace(namespace) => format!("namespace \"{namespace}\""),
                Source::Anyone => "anybody".to_owned(),
            })
            .into_set();
        let Some(policy) = self.policy.filter(|_| !who.is_empty()) else {
            return;
        };
        let list = |set: &BTreeSet<String>| {
            let parts: Vec<&str> = set.iter().map(String::as_str).collect();
            parts.join(", ")
        };
        let message = format!(
            "lets {} in as before, since the input lacks {}; hand in everything at once, or delete the policy where that is gone for good, and it is made anew",
            list(&who),
            list(&self.why)
        );
        let place = policy.place().field("spec").field("rules");
        let subject = (policy, scene.survey.resources);
        plan.report(UNSEEN, Severity::Warning, subject, &place, message, None);
    }
}
