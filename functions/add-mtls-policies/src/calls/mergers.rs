//! Destination rules that get in each other's way, or that are for a host that isn't there.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Node, Plan, Resource, Severity, Value};

use super::codes;
use super::faults::label;
use super::landscape::Landscape;
use crate::istio::{DestinationRule, Merger};

/// Looks at every rule.
pub(super) fn check<'c: 'r, 'r>(plan: &mut Plan, landscape: &Landscape<'_, 'c, 'r>) {
    for merger in landscape.survey.clients.mergers() {
        merged(plan, landscape, &merger);
    }
    let mut services: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for service in landscape.survey.graph.services() {
        let namespaces = services.entry(service.name()).or_default();
        namespaces.insert(service.namespace);
    }
    for rule in landscape.survey.clients.rules() {
        elsewhere(plan, landscape, rule, &services);
    }
}

/// Rules for one host: their subsets add up, and of their policies that of the oldest one counts.
fn merged<'c: 'r, 'r>(plan: &mut Plan, landscape: &Landscape<'_, 'c, 'r>, merger: &Merger<'r>) {
    let survey = landscape.survey;
    let Some((first, others)) = merger.rules.split_first() else {
        return;
    };
    let policies = merger.rules.iter().map(|rule| policy(rule));
    let policies: Vec<Node<'_>> = policies.flatten().collect();
    let is_tls = |policy: &Node<'_>| {
        let mut ports = policy
            .get("portLevelSettings")
            .into_iter()
            .flat_map(Node::items);
        policy.get("tls").is_some() || ports.find_map(|port| port.get("tls")).is_some()
    };
    let (severity, what) = if policies.len() > 1 {
        let severity = if policies.iter().any(is_tls) {
            Severity::Error
        } else {
            Severity::Warning
        };
        (
            severity,
            "of their `trafficPolicy` that of the older rule alone counts, and no manifest tells which one that is",
        )
    } else if has_twins(&merger.rules) {
        (
            Severity::Warning,
            "of subsets with the same name that of the older rule alone counts, and no manifest tells which one that is",
        )
    } else {
        (
            Severity::Info,
            "Istio takes them for one, with the subsets of all",
        )
    };
    let is_near = |rule: &&Resource<'_>| survey.is_in_scope(rule);
    for rule in others.iter().filter(|rule| is_near(rule)) {
        let message = format!(
            "{} is for the same host, \"{}\": {what}; make one rule of them",
            label(first, survey.resources.namespace_of(first)),
            merger.host,
        );
        let place = rule.place().field("spec").field("host");
        let subject = (*rule, survey.resources);
        plan.report(
            codes::MERGED_RULES,
            severity,
            subject,
            &place,
            message,
            None,
        );
    }
}

fn policy<'r>(rule: &Resource<'r>) -> Option<Node<'r>> {
    let policy = rule.node.at(&["spec", "trafficPolicy"])?;
    policy.entries().next().map(|_| policy)
}

/// Whether two rules have subsets of the same name.
fn has_twins(rules: &[&Resource<'_>]) -> bool {
    let mut names = BTreeSet::new();
    let lists = rules
        .iter()
        .filter_map(|rule| rule.node.at(&["spec", "subsets"]));
    let subsets = lists.flat_map(Node::items);
    let mut all = subsets.filter_map(|subset| subset.get("name")?.text());
    all.any(|name| !names.insert(name))
}

/// A short host means a Service of the rule's own namespace, whichever one the author thought of.
fn elsewhere<'c: 'r, 'r>(
    plan: &mut Plan,
    landscape: &Landscape<'_, 'c, 'r>,
    rule: &DestinationRule<'r>,
    services: &BTreeMap<&str, BTreeSet<&str>>,
) {
    let survey = landscape.survey;
    let written = rule
        .resource
        .node
        .at(&["spec", "host"])
        .and_then(Node::text);
    let Some(written) = written.filter(|host| !host.contains(['.', '*', ':'])) else {
        return;
    };
    let Some(namespaces) = services.get(&*written) else {
        return;
    };
    let mut others = namespaces.iter();
    let (Some(namespace), None) = (others.next(), others.next()) else {
        return;
    };
    let is_meant = *namespace != rule.namespace
        && (survey.is_looked_after(rule.namespace) || survey.is_looked_after(namespace))
        && survey.is_in_scope(rule.resource);
    if !is_meant {
        return;
    }
    let domain = &survey.run.mesh.cluster_domain;
    let host = format!("{written}.{namespace}.svc.{domain}");
    let message = format!(
        "\"{written}\" means Service {}/{written}, which the input doesn't have; write the whole name for the one in namespace \"{namespace}\"",
        rule.namespace
    );
    let place = rule.resource.place().field("spec").field("host");
    let subject = (rule.resource, survey.resources);
    let proposed = Value::from(host);
    plan.report(
        codes::HOST_ELSEWHERE,
        Severity::Warning,
        subject,
        &place,
        message,
        Some(&proposed),
    );
}
