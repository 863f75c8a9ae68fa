//! Workloads by the labels of their pods.

use std::collections::BTreeMap;

use sdk::{Graph, Workload};

/// A namespace, and the key and value of a label.
type Label = (String, String, String);

/// Numbers of workloads by namespace and by each label of their pods, so that a selector meets few of them.
#[derive(Debug, Default)]
pub(super) struct Pods {
    by_namespace: BTreeMap<String, Vec<usize>>,
    by_label: BTreeMap<Label, Vec<usize>>,
}

impl Pods {
    pub(super) fn new(graph: &Graph<'_>) -> Self {
        let mut pods = Self::default();
        for workload in graph.workloads() {
            let namespace = workload.namespace.to_owned();
            for (key, value) in workload.pod.labels().iter() {
                let label = (namespace.clone(), key.into_owned(), value.into_owned());
                pods.by_label
                    .entry(label)
                    .or_default()
                    .push(workload.number);
            }
            pods.by_namespace
                .entry(namespace)
                .or_default()
                .push(workload.number);
        }
        pods
    }

    /// The workloads of a namespace that may have all of these labels: those with the rarest one.
    pub(super) fn candidates(
        &self,
        namespace: &str,
        labels: &BTreeMap<String, String>,
    ) -> &[usize] {
        let having = |(key, value): (&String, &String)| -> &[usize] {
            let label = (namespace.to_owned(), key.clone(), value.clone());
            self.by_label.get(&label).map_or(&[], Vec::as_slice)
        };
        let rarest = labels
            .iter()
            .map(having)
            .min_by_key(|numbers| numbers.len());
        let all = || {
            self.by_namespace
                .get(namespace)
                .map_or(&[][..], Vec::as_slice)
        };
        rarest.unwrap_or_else(all)
    }
}

/// Whether the pods of a workload have all of these labels.
pub(super) fn have(workload: &Workload<'_>, labels: &BTreeMap<String, String>) -> bool {
    let own = workload.pod.labels();
    let mut wanted = labels.iter();
    wanted.all(|(key, value)| own.get(key).is_some_and(|own| own == *value))
}
