//! Whom the selector of a workload's policy selects besides.

use std::collections::BTreeMap;

use sdk::Workload;

use super::scene::{Scene, identity};

/// The workloads in the mesh that listen, by their labels.
pub(super) struct Selection<'s> {
    by_label: BTreeMap<Label<'s>, Vec<usize>>,
}

/// A namespace, and the key and value of a label.
type Label<'s> = (&'s str, String, String);

impl<'s> Selection<'s> {
    pub(super) fn new(scene: &Scene<'s>) -> Self {
        let mut by_label: BTreeMap<Label<'s>, Vec<usize>> = BTreeMap::new();
        for workload in scene.survey.graph.workloads() {
            if !(scene.mesh(workload).is_meshed() && scene.listens(workload)) {
                continue;
            }
            for (key, value) in workload.pod.labels().iter() {
                let label = (workload.namespace, key.into_owned(), value.into_owned());
                by_label.entry(label).or_default().push(workload.number);
            }
        }
        Self { by_label }
    }

    /// Another workload that `labels` select: one that a policy for `workload` would cut off.
    pub(super) fn spill(
        &self,
        scene: &Scene<'s>,
        workload: &Workload<'s>,
        labels: &BTreeMap<String, String>,
    ) -> Option<&'s Workload<'s>> {
        let candidates = |(key, value): (&String, &String)| {
            let label = (workload.namespace, key.clone(), value.clone());
            self.by_label.get(&label).map_or(&[][..], Vec::as_slice)
        };
        // Those that have the label that the fewest have.
        let fewest = labels
            .iter()
            .map(candidates)
            .min_by_key(|numbers| numbers.len())?;
        let others = fewest
            .iter()
            .filter(|number| **number != workload.number)
            .filter_map(|number| scene.survey.graph.workload(*number));
        let others = others.filter(|other| {
            let own = other.pod.labels();
            let mut pairs = labels.iter();
            pairs.all(|(key, value)| own.get(key).is_some_and(|own| own == *value))
        });
        others.min_by_key(|other| identity(other))
    }
}
