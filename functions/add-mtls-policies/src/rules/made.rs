//! Rules that the function makes itself.

use std::collections::BTreeSet;

use sdk::{Collect as _, Plan, Resource, ServiceNode, Severity, Value, json};

use super::{DESTINATION_RULE, TAKEN_DESTINATION_RULE, is_eligible, plain_ports};
use crate::calls::Landscape;
use crate::config::MeshVersion;
use crate::istio::{Call, ClientTls};

/// A rule for every Service in the mesh that lacks one.
pub(super) fn make<'c: 'r, 'r>(plan: &mut Plan, landscape: &Landscape<'_, 'c, 'r>) {
    make_where(plan, landscape, |_| true);
}

/// The rules that an earlier run made, as long as they are right.
pub(super) fn keep<'c: 'r, 'r>(plan: &mut Plan, landscape: &Landscape<'_, 'c, 'r>) {
    let survey = landscape.survey;
    let authored = survey.clients.rules().iter();
    let authored: BTreeSet<usize> = authored.map(|rule| rule.resource.number).into_set();
    let objects = survey.resources.all().filter(|object| is_rule(object));
    let own = objects.filter(|rule| !authored.contains(&rule.number));
    let names: BTreeSet<(&str, &str)> = own
        .map(|rule| (survey.resources.namespace_of(rule), rule.name()))
        .into_set();
    if !names.is_empty() {
        make_where(plan, landscape, |service| {
            names.contains(&(service.namespace, name(service).as_str()))
        });
    }
}

fn is_rule(object: &Resource<'_>) -> bool {
    object.is("networking.istio.io", "DestinationRule") && !object.is_local()
}

fn make_where<'c: 'r, 'r>(
    plan: &mut Plan,
    landscape: &Landscape<'_, 'c, 'r>,
    is_meant: impl Fn(&ServiceNode<'r>) -> bool,
) {
    let survey = landscape.survey;
    let rules = survey.clients.rules().iter();
    let for_all = rules.clone().filter(|rule| rule.selector.is_none());
    let covered: BTreeSet<(&str, &str)> =
        for_all.map(|rule| (rule.namespace, &*rule.host)).into_set();
    let taken = rules.map(|rule| ((rule.namespace, rule.resource.name()), rule.resource));
    let taken = taken.into_map();
    for (number, service) in survey.graph.services().iter().enumerate() {
        let has_one = covered.contains(&(service.namespace, landscape.host(number)));
        let is_wanted = is_meant(service)
            && is_eligible(landscape, number, service)
            && survey.is_in_scope(service.service.resource);
        if !is_wanted || has_one {
            continue;
        }
        match taken.get(&(service.namespace, name(service).as_str())) {
            Some(rule) => report_taken(plan, landscape, rule, service),
            None => decide(plan, landscape, number, service),
        }
    }
}

/// What the rule for a Service is called.
fn name(service: &ServiceNode<'_>) -> String {
    format!("{}-mtls", service.name())
}

fn report_taken<'c: 'r, 'r>(
    plan: &mut Plan,
    landscape: &Landscape<'_, 'c, 'r>,
    rule: &'r Resource<'r>,
    service: &ServiceNode<'r>,
) {
    let message = format!(
        "the rule for Service {}/{} would have this name, and this one is for other calls; call it something else",
        service.namespace,
        service.name()
    );
    let place = rule.place().field("metadata").field("name");
    let subject = (rule, landscape.survey.resources);
    let severity = Severity::Error;
    plan.report(
        TAKEN_DESTINATION_RULE,
        severity,
        subject,
        &place,
        message,
        None,
    );
}

fn decide<'c: 'r, 'r>(
    plan: &mut Plan,
    landscape: &Landscape<'_, 'c, 'r>,
    number: usize,
    service: &ServiceNode<'r>,
) {
    let object = service.service.resource;
    let subject = (object, landscape.survey.resources);
    let wider = wider(landscape, number, service);
    if let Some(rule) = wider.rules.first() {
        if let Some(decision) = plan.decide(DESTINATION_RULE, subject) {
            let message = format!(
                "DestinationRule {}/{} is for this Service too, and a rule of its own would keep callers from seeing that",
                landscape.survey.resources.namespace_of(rule),
                rule.name()
            );
            decision.skip("wider-rule", message);
        }
        return;
    }
    if plan.is_skipped(DESTINATION_RULE, subject) {
        // Tells that.
        drop(plan.decide(DESTINATION_RULE, subject));
        return;
    }
    let because = "as `destinationRules.mode` asks";
    plan.generate_because(rule(landscape, number, service), object, because);
}

/// What clients in the Service's namespace, or else those in others, are told already.
fn wider<'c: 'r, 'r>(
    landscape: &Landscape<'_, 'c, 'r>,
    number: usize,
    service: &ServiceNode<'r>,
) -> ClientTls<'r> {
    let told = |client_namespace| {
        landscape.survey.clients.client_tls(Call {
            client_namespace,
            client_labels: None,
            is_gateway: false,
            host: landscape.host(number),
            service_namespace: service.namespace,
            port: None,
            subset: None,
        })
    };
    let own = told(service.namespace);
    if own.rules.is_empty() { told("") } else { own }
}

fn rule<'c: 'r, 'r>(
    landscape: &Landscape<'_, 'c, 'r>,
    number: usize,
    service: &ServiceNode<'r>,
) -> Value {
    let run = landscape.survey.run;
    let version = if run.mesh.version >= MeshVersion::minor(22) {
        "networking.istio.io/v1"
    } else {
        "networking.istio.io/v1beta1"
    };
    let plain = plain_ports(landscape, service).into_iter();
    let plain: Vec<Value> = plain
        .map(|port| json!({"port": {"number": port}, "tls": {"mode": "DISABLE"}}))
        .collect();
    let mut policy = json!({"tls": {"mode": "ISTIO_MUTUAL"}});
    if let Some(policy) = policy.as_object_mut().filter(|_| !plain.is_empty()) {
        policy.insert("portLevelSettings".to_owned(), Value::from(plain));
    }
    json!({
        "apiVersion": version,
        "kind": "DestinationRule",
        "metadata": {"name": name(service), "namespace": service.namespace},
        "spec": {"host": landscape.host(number), "trafficPolicy": policy},
    })
}
