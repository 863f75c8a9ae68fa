//! Statements of the input that name what the input lacks, by whom they may be about.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, EdgeMistake, EdgeMistakeKind, Node, Resource, Step};

use super::scene::Scene;

/// Statements that may be about more than the input has.
#[derive(Default)]
pub(super) struct Unclear<'s> {
    /// Numbers of objects, each with a namespace in which it names a callee that the input lacks.
    namespaces: BTreeSet<(usize, &'s str)>,
    /// Numbers of topologies, each with that of a workload that it names with a caller that the input lacks.
    callees: BTreeSet<(usize, usize)>,
    /// How many callers an object names that the input lacks, by its number.
    callers: BTreeMap<usize, usize>,
}

impl<'s> Unclear<'s> {
    pub(super) fn new(scene: &Scene<'s>) -> Self {
        let mut unclear = Self::default();
        let mut seen = BTreeSet::new();
        let mistakes = scene.survey.edges.mistakes.iter();
        for mistake in mistakes.filter(|mistake| mistake.kind == EdgeMistakeKind::Unknown) {
            let Some(object) = scene.survey.resources.get(mistake.place.resource) else {
                continue;
            };
            let steps = &mistake.place.path.0;
            match steps.last() {
                Some(Step::Key(key)) if &**key == "plimsoll.dev/allow-from" => {
                    *unclear.callers.entry(object.number).or_default() += 1;
                }
                Some(Step::Key(key)) if &**key == "plimsoll.dev/calls" => {
                    if seen.insert(&mistake.place) {
                        unclear.add_calls(scene, object, mistake);
                    }
                }
                _ => unclear.add_edge(scene, object, steps),
            }
        }
        unclear
    }

    /// The hosts of an annotation that are nothing in the input.
    fn add_calls(&mut self, scene: &Scene<'s>, object: &'s Resource<'s>, mistake: &EdgeMistake) {
        let namespace = scene.survey.resources.namespace_of(object);
        let text = object.node.follow(&mistake.place.path.0);
        let text = text.and_then(Node::text).unwrap_or_default();
        for host in text.split(',').map(host) {
            let node = scene.survey.graph.host(namespace, host);
            let is_known = node.is_some_and(|node| {
                !node.workloads.is_empty() || node.is_external_name() || !node.has_selector()
            });
            if !is_known {
                let asked = host.split('.').nth(1).unwrap_or(namespace);
                self.insert(scene, object, asked);
            }
        }
    }

    /// An edge of a topology, of which one end is nothing in the input.
    fn add_edge(&mut self, scene: &Scene<'s>, object: &'s Resource<'s>, steps: &[Step]) {
        let edge = steps
            .get(..3)
            .and_then(|steps| object.node.follow(steps)?.get("to"));
        let Some(to) = edge.and_then(Node::text) else {
            return;
        };
        let own = scene.survey.resources.namespace_of(object);
        let (namespace, name) = to.split_once('/').unwrap_or((own, &to));
        let graph = scene.survey.graph;
        let workloads = graph.workloads_named(Some(object), namespace, name);
        let mut numbers: BTreeSet<usize> = workloads.map(|workload| workload.number).into_set();
        let service = graph.service_for(object, namespace, name);
        numbers.extend(service.into_iter().flat_map(|node| &node.workloads));
        if numbers.is_empty() {
            self.insert(scene, object, namespace);
        }
        let numbers = numbers.into_iter();
        self.callees
            .extend(numbers.map(|number| (object.number, number)));
    }

    fn insert(&mut self, scene: &Scene<'s>, object: &Resource<'_>, namespace: &str) {
        if let Some(namespace) = scene.namespace(namespace) {
            self.namespaces.insert((object.number, namespace));
        }
    }

    /// Whether the object with this number may name a workload as one that is called, without the input telling.
    pub(super) fn may_mean(&self, object: usize, namespace: &'s str, workload: usize) -> bool {
        self.namespaces.contains(&(object, namespace)) || self.callees.contains(&(object, workload))
    }

    /// How many callers the object names that the input lacks.
    pub(super) fn callers(&self, object: usize) -> usize {
        self.callers.get(&object).copied().unwrap_or_default()
    }
}

/// `product.shop` of `http://product.shop:80/v1`.
fn host(written: &str) -> &str {
    let written = written.trim();
    let rest = written.split_once("://").map_or(written, |(_, rest)| rest);
    let end = rest.find([':', '/', '?', '#']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(rest).trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_what_stands_before_the_port_and_behind_the_scheme() {
        for text in [
            "product.shop",
            " product.shop:80",
            "http://product.shop/v1?x#y",
            "product.shop.",
        ] {
            assert_eq!(host(text), "product.shop", "{text}");
        }
    }
}
