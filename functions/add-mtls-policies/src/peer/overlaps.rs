//! Whom else the labels of a workload select.

use std::collections::BTreeMap;

use sdk::Workload;

use crate::survey::Survey;

/// The numbers of workloads by namespace and label.
pub(super) struct Overlaps<'r>(BTreeMap<(&'r str, String, String), Vec<usize>>);

impl<'r> Overlaps<'r> {
    pub(super) fn new(survey: &Survey<'r, 'r>) -> Self {
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for workload in survey.graph.workloads() {
            for (key, value) in workload.pod.labels().iter() {
                let label = (workload.namespace, key.into_owned(), value.into_owned());
                found.entry(label).or_default().push(workload.number);
            }
        }
        Self(found)
    }

    /// The workloads of the same namespace, but for those of the same owner, that have all these labels: those with
    /// the rarest of them are looked at.
    pub(super) fn of<'s>(
        &self,
        survey: &'s Survey<'r, 'r>,
        workload: &Workload<'r>,
        labels: &BTreeMap<String, String>,
    ) -> Vec<&'s Workload<'r>> {
        let numbers = labels.iter().map(|(key, value)| {
            let key = (workload.namespace, key.clone(), value.clone());
            self.0.get(&key).map_or(&[][..], Vec::as_slice)
        });
        let rarest = numbers
            .min_by_key(|numbers| numbers.len())
            .unwrap_or_default();
        let others = rarest
            .iter()
            .filter_map(|number| survey.graph.workload(*number));
        others
            .filter(|other| other.owner.number != workload.owner.number)
            .filter(|other| has(other, labels))
            .collect()
    }
}

fn has(workload: &Workload<'_>, labels: &BTreeMap<String, String>) -> bool {
    let own = workload.pod.labels();
    let mut pairs = labels.iter();
    pairs.all(|(key, value)| own.get(key).is_some_and(|own| own == value.as_str()))
}
