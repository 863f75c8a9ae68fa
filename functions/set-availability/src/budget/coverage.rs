//! Which pods a budget covers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use sdk::{LabelSelector, Pod, Resources, Selector, selects};

use crate::autoscalers::label;
use crate::survey::Survey;

/// A pod and the position of its workload in the survey.
#[derive(Clone, Copy)]
struct Entry<'r> {
    workload: usize,
    pod: Pod<'r>,
}

/// Namespace, label and value.
type Key = [String; 3];

/// The workloads whose pods a selector covers. Budgets with the same selector share one.
#[derive(Debug, Default)]
pub(super) struct Covered {
    /// A number that no other selector has.
    pub(super) number: usize,
    /// Positions in [`Survey::workloads`], each once and in order.
    pub(super) workloads: Vec<usize>,
    /// The position of the one that has no scale, of several the first by its name.
    pub(super) unscaled: Option<usize>,
}

/// The pods of all workloads by namespace and by each label, so that a selector meets only those that may fit.
pub(super) struct Coverage<'r> {
    by_namespace: BTreeMap<String, Vec<Entry<'r>>>,
    by_label: BTreeMap<Key, Vec<Entry<'r>>>,
    /// What was asked for before: many workloads may have one selector.
    known: RefCell<BTreeMap<[String; 2], Rc<Covered>>>,
}

impl<'r> Coverage<'r> {
    pub(super) fn new(survey: &Survey<'_, 'r>) -> Self {
        let (mut by_namespace, mut by_label) = (BTreeMap::new(), BTreeMap::new());
        for (workload, pod) in pods(survey) {
            let namespace = namespace_of(survey.resources, pod);
            let entry = Entry { workload, pod };
            for (label, value) in pod.labels().iter() {
                let key = [namespace.clone(), label.into_owned(), value.into_owned()];
                let with_label: &mut Vec<Entry<'r>> = by_label.entry(key).or_default();
                with_label.push(entry);
            }
            let in_namespace: &mut Vec<Entry<'r>> = by_namespace.entry(namespace).or_default();
            in_namespace.push(entry);
        }
        Self {
            by_namespace,
            by_label,
            known: RefCell::default(),
        }
    }

    /// What a selector covers in a namespace.
    pub(super) fn of(
        &self,
        survey: &Survey<'_, 'r>,
        namespace: &str,
        selector: &LabelSelector,
        compiled: &Selector,
    ) -> Rc<Covered> {
        let mut known = self.known.borrow_mut();
        let number = known.len() + 1;
        let key = [namespace.to_owned(), format!("{selector:?}")];
        let find = || {
            let candidates = self.candidates(namespace, selector);
            let covered = candidates
                .iter()
                .filter(|entry| selects(compiled, entry.pod.labels()));
            let mut workloads: Vec<usize> = covered.map(|entry| entry.workload).collect();
            workloads.dedup();
            let unscaled = workloads.iter().filter_map(|at| {
                let workload = survey.workloads.get(*at)?;
                (!workload.kind.scalable).then(|| (label(workload.owner), *at))
            });
            Rc::new(Covered {
                number,
                unscaled: unscaled.min().map(|(_, at)| at),
                workloads,
            })
        };
        Rc::clone(known.entry(key).or_insert_with(find))
    }

    /// The pods with the rarest label that the selector asks for.
    fn candidates(&self, namespace: &str, selector: &LabelSelector) -> &[Entry<'r>] {
        let with_label = |(label, value): (&String, &String)| {
            let key = [namespace.to_owned(), label.clone(), value.clone()];
            self.by_label
                .get(&key)
                .map(Vec::as_slice)
                .unwrap_or_default()
        };
        let rarest = selector.match_labels.iter().map(with_label);
        let in_namespace = || self.by_namespace.get(namespace).map(Vec::as_slice);
        rarest
            .min_by_key(|entries| entries.len())
            .or_else(in_namespace)
            .unwrap_or_default()
    }
}

fn pods<'s, 'r>(
    survey: &'s Survey<'_, 'r>,
) -> impl Iterator<Item = (usize, Pod<'r>)> + use<'s, 'r> {
    let workloads = survey.workloads.iter().enumerate();
    workloads.flat_map(|(at, workload)| workload.pods.iter().map(move |pod| (at, *pod)))
}

fn namespace_of(resources: &Resources<'_>, pod: Pod<'_>) -> String {
    let owner = pod.template_owner();
    let namespace = owner.map(|owner| resources.namespace_of(owner));
    namespace.unwrap_or_default().to_owned()
}
