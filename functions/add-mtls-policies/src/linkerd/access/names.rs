//! What the objects for a workload are called.

use std::collections::BTreeMap;

use crate::linkerd::view::View;

/// Like the workload; where another one of the namespace has the same name, with its kind; and where one object has
/// several templates, with the position. By the numbers of workloads.
pub(super) fn all(view: &View<'_, '_, '_>) -> Vec<String> {
    let workloads = view.survey.graph.workloads();
    let mut by_name: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for workload in workloads {
        let key = (workload.namespace, workload.name());
        by_name.entry(key).or_default().push(workload.owner.kind());
    }
    let mut positions: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    let names = workloads.iter().map(|workload| {
        let (namespace, name, kind) = (workload.namespace, workload.name(), workload.owner.kind());
        let kinds = by_name.get(&(namespace, name)).map_or(0, Vec::len);
        let position = positions.entry((namespace, name, kind)).or_default();
        *position += 1;
        let low = kind.to_ascii_lowercase();
        match (kinds, *position) {
            (0 | 1, _) => name.to_owned(),
            (_, 1) => format!("{name}-{low}"),
            (_, position) => format!("{name}-{low}-{position}"),
        }
    });
    names.collect()
}
