//! Accounts: those that too many share, and those that nobody has.

use std::collections::BTreeSet;

use sdk::{Collect as _, Peer, Plan, Severity, Workload};

use super::scene::{Scene, is_reason};
use super::{DEFAULT_ACCOUNT, UNKNOWN_ACCOUNT, statement};

/// The ServiceAccount of whoever asks for none.
const DEFAULT: &str = "default";

/// All that is known of accounts.
pub(super) struct Accounts {
    known: BTreeSet<(String, String)>,
    /// Identities in full.
    external: BTreeSet<String>,
}

impl Accounts {
    pub(super) fn new(scene: &Scene<'_>) -> Self {
        let (survey, resources) = (scene.survey, scene.survey.resources);
        let run = survey.run;
        let mut known = BTreeSet::new();
        let mut add = |namespace: &str, name: &str| {
            known.insert((namespace.to_owned(), name.to_owned()));
        };
        for object in resources.all().filter(|object| !object.is_local()) {
            let namespace = resources.namespace_of(object);
            if object.is("", "ServiceAccount") {
                add(namespace, object.name());
            }
            // Istio makes one for the proxies of a gateway, called after it and maybe its class.
            if object.is("gateway.networking.k8s.io", "Gateway") {
                let class = object.node.at(&["spec", "gatewayClassName"]);
                let class = class.and_then(sdk::Node::text).unwrap_or_default();
                add(namespace, object.name());
                add(namespace, &format!("{}-{class}", object.name()));
            }
        }
        for workload in survey.graph.workloads() {
            add(workload.namespace, &workload.account);
        }
        for gateway in &run.gateways {
            add(&gateway.namespace, &gateway.service_account);
        }
        let prometheus = &run.prometheus;
        add(&prometheus.namespace, &prometheus.service_account);
        let external = run.external_identities.iter();
        Self {
            known,
            external: external
                .map(|identity| identity.trim_start_matches("spiffe://").to_owned())
                .into_set(),
        }
    }

    /// Whether somebody may have the identity. Every namespace has a ServiceAccount `default`.
    pub(super) fn has(&self, domain: &str, namespace: &str, name: &str) -> bool {
        let key = (namespace.to_owned(), name.to_owned());
        name == DEFAULT
            || self.known.contains(&key)
            || self
                .external
                .contains(&super::grants::principal(domain, namespace, name))
    }

    /// Whether the identity is one that the configuration names.
    pub(super) fn is_external(&self, identity: &str) -> bool {
        self.external.contains(identity)
    }
}

/// Tells of callers and callees that share the ServiceAccount of whoever asks for none.
pub(super) fn check_default(plan: &mut Plan, scene: &Scene<'_>) {
    let mut told = BTreeSet::new();
    let edges = scene.survey.edges.edges.iter();
    for edge in edges.filter(|edge| scene.counts(edge) && is_reason(edge)) {
        let caller = match edge.from {
            Peer::Workload(number) => Some(number),
            _ => None,
        };
        for number in caller.into_iter().chain([edge.to]) {
            let workload = scene.survey.graph.workload(number);
            let shares =
                |workload: &&Workload<'_>| workload.account == DEFAULT && is_ours(scene, workload);
            if let Some(workload) = workload.filter(shares)
                && told.insert(number)
            {
                tell_default(plan, scene, workload);
            }
        }
    }
}

fn tell_default<'s>(plan: &mut Plan, scene: &Scene<'s>, workload: &Workload<'s>) {
    let sharing = scene.running_as(workload.namespace, DEFAULT).workloads();
    let severity = if scene.is_enforced() && sharing > 1 {
        Severity::Error
    } else {
        Severity::Warning
    };
    let others = match sharing {
        0 | 1 => "as whatever else asks for none will".to_owned(),
        2 => "as 1 other workload does".to_owned(),
        count => format!("as {} other workloads do", count - 1),
    };
    let message = format!(
        "runs as ServiceAccount `default`, {others}, so no policy can tell them apart; give it a ServiceAccount of its own"
    );
    let place = workload.pod.field("serviceAccountName");
    plan.report(
        DEFAULT_ACCOUNT,
        severity,
        workload.pod,
        &place,
        message,
        None,
    );
}

/// Tells of statements that name a ServiceAccount that nothing in the input has.
pub(super) fn check_stated(plan: &mut Plan, scene: &Scene<'_>, accounts: &Accounts) {
    let domain = &scene.survey.run.mesh.trust_domain;
    let edges = scene.survey.edges.edges.iter();
    let mut told = BTreeSet::new();
    for edge in edges.filter(|edge| scene.counts(edge)) {
        let Peer::Account { namespace, name } = &edge.from else {
            continue;
        };
        let to = scene.survey.graph.workload(edge.to);
        let Some(to) = to.filter(|to| is_ours(scene, to)) else {
            continue;
        };
        let place = edge.evidence.first().and_then(|known| known.place.clone());
        if accounts.has(domain, namespace, name) || !told.insert((namespace, name, place)) {
            continue;
        }
        let principal = super::grants::principal(domain, namespace, name);
        let message = format!(
            "ServiceAccount {namespace}/{name} is not in the input; check the name, or list \"{principal}\" in `externalIdentities`"
        );
        let told = (UNKNOWN_ACCOUNT, Severity::Warning);
        statement::report(plan, scene, (edge, to), told, None, &message);
    }
}

/// Whether policies are made for a workload, and it is looked at.
fn is_ours<'s>(scene: &Scene<'s>, workload: &Workload<'s>) -> bool {
    scene.mesh(workload).is_meshed()
        && scene.is_looked_after(workload.namespace)
        && scene.survey.is_in_scope(workload.owner)
}
