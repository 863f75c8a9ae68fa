//! The page that says what each environment asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::workloads::{Amount, Load, When};
use crate::rendered::ENVIRONMENTS;

const HEAD: &str = "\
# What the platform asks for

Counted from what is rendered, as the scheduler counts: the effective request of each pod (init containers and sidecars among
them), with the mesh's sidecar in it where there is one (0.10 CPU, 0.13 GiB), times the number of pods. `make golden` writes this page
anew. A test sees that development fits one machine of 4 CPU and 8 GiB, and staging three nodes of 2 CPU and 4 GiB, with as few
pods as the autoscalers allow and the largest Job beside them. What comes on top of this: what a node needs itself, the operators of
[the prerequisites](../base/prerequisites/README.md), and the front door's gateway.

";

/// The whole page.
pub(crate) fn text(loads: &BTreeMap<&str, Vec<Load>>) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("| environment | always | autoscalers at their most | all Jobs at set-up | the largest Job by the clock |\n");
    text.push_str("|---|---|---|---|---|\n");
    for environment in ENVIRONMENTS {
        let _ = writeln!(
            text,
            "| {environment} | {} |",
            totals(&loads[environment]).join(" | ")
        );
    }
    text.push_str("\nPods of each workload, and what each pod asks for:\n\n");
    let _ = writeln!(text, "| workload | {} |", ENVIRONMENTS.join(" | "));
    text.push_str("|---|---|---|---|\n");
    let all = loads.values().flatten();
    let names: BTreeSet<&str> = all.map(|load| load.name.as_str()).collect();
    for name in names {
        let cells = ENVIRONMENTS.map(|environment| {
            let load = loads[environment].iter().find(|load| load.name == name);
            load.map_or_else(|| "–".to_owned(), cell)
        });
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    }
    text
}

fn totals(loads: &[Load]) -> [String; 4] {
    let sum = |when: When, count: fn(&Load) -> usize| {
        let those = loads.iter().filter(|load| load.when == when);
        let amounts = those.map(|load| load.request.times(count(load)));
        amounts.fold(Amount::default(), Amount::plus).to_string()
    };
    let scheduled = loads.iter().filter(|load| load.when == When::Scheduled);
    let largest = scheduled.max_by_key(|load| (load.request.mebibytes, load.request.milli_cpu));
    [
        sum(When::Always, |load| load.least),
        sum(When::Always, |load| load.most),
        sum(When::AtSetUp, |load| load.most),
        largest.map_or_else(|| "–".to_owned(), |load| load.request.to_string()),
    ]
}

/// `3–10 × 0.35 CPU, 0.38 GiB`.
fn cell(load: &Load) -> String {
    let Load { least, most, .. } = load;
    let count = if least == most {
        least.to_string()
    } else {
        format!("{least}–{most}")
    };
    format!("{count} × {}", load.request)
}
