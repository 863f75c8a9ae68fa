//! Where pods may run: constraints of spread, and anti-affinity.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{PodAffinityTerm, PodSpec, TopologySpreadConstraint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::schema::{ensure, is_one_of};

pub(super) fn check(spec: &PodSpec) -> Result<(), String> {
    let constraints = spec
        .topology_spread_constraints
        .as_deref()
        .unwrap_or_default();
    constraints.iter().try_for_each(constraint)?;
    let key =
        |one: &TopologySpreadConstraint| (one.topology_key.clone(), one.when_unsatisfiable.clone());
    let distinct: BTreeSet<_> = constraints.iter().map(key).collect();
    ensure(
        distinct.len() == constraints.len(),
        "two constraints are about the same `topologyKey`",
    )?;
    let affinity = spec.affinity.iter();
    let anti = affinity.filter_map(|affinity| affinity.pod_anti_affinity.as_ref());
    anti.into_iter().try_for_each(|anti| {
        let preferred = anti
            .preferred_during_scheduling_ignored_during_execution
            .iter()
            .flatten();
        for weighted in preferred {
            ensure(
                (1..=100).contains(&weighted.weight),
                "`weight` is not between 1 and 100",
            )?;
            term(&weighted.pod_affinity_term)?;
        }
        let required = anti
            .required_during_scheduling_ignored_during_execution
            .iter();
        required.flatten().try_for_each(term)
    })
}

fn constraint(constraint: &TopologySpreadConstraint) -> Result<(), String> {
    ensure(constraint.max_skew > 0, "`maxSkew` is not positive")?;
    ensure(
        !constraint.topology_key.is_empty(),
        "`topologyKey` is missing",
    )?;
    let unsatisfiable = Some(constraint.when_unsatisfiable.as_str());
    is_one_of(
        "whenUnsatisfiable",
        unsatisfiable,
        &["DoNotSchedule", "ScheduleAnyway"],
    )?;
    let is_strict = constraint.when_unsatisfiable == "DoNotSchedule";
    let domains = constraint.min_domains;
    ensure(
        domains.is_none_or(|least| least > 0 && is_strict),
        "`minDomains` asks for `DoNotSchedule`",
    )?;
    let policies = ["Honor", "Ignore"];
    is_one_of(
        "nodeAffinityPolicy",
        constraint.node_affinity_policy.as_deref(),
        &policies,
    )?;
    is_one_of(
        "nodeTaintsPolicy",
        constraint.node_taints_policy.as_deref(),
        &policies,
    )?;
    match_label_keys(
        constraint.match_label_keys.as_deref(),
        constraint.label_selector.as_ref(),
    )
}

fn term(term: &PodAffinityTerm) -> Result<(), String> {
    ensure(!term.topology_key.is_empty(), "`topologyKey` is missing")?;
    match_label_keys(
        term.match_label_keys.as_deref(),
        term.label_selector.as_ref(),
    )
}

/// The keys add to a selector that is there, and that doesn't name them itself.
fn match_label_keys(
    keys: Option<&[String]>,
    selector: Option<&LabelSelector>,
) -> Result<(), String> {
    let keys = keys.unwrap_or_default();
    let Some(selector) = selector else {
        return ensure(
            keys.is_empty(),
            "`matchLabelKeys` stands without `labelSelector`",
        );
    };
    let labels = selector
        .match_labels
        .iter()
        .flat_map(|labels| labels.keys());
    let expressions = selector.match_expressions.iter().flatten();
    let named: BTreeSet<&String> = labels.chain(expressions.map(|one| &one.key)).collect();
    let message = "`matchLabelKeys` has a key of `labelSelector`";
    ensure(!keys.iter().any(|key| named.contains(key)), message)
}
