//! What the platform asks of a cluster, counted as the scheduler counts: the effective request of a pod, the mesh's
//! sidecar in it, times as many pods as there are.

mod page;
mod workloads;

use std::collections::BTreeMap;

use crate::golden::assert_kept;
use crate::rendered::rendered;
use workloads::{Amount, Load, When, loads};

/// One machine for everything.
const LAPTOP: Amount = Amount {
    milli_cpu: 4_000,
    mebibytes: 8 * 1024,
};
/// A node of staging, of which there are [`NODES`].
const NODE: Amount = Amount {
    milli_cpu: 2_000,
    mebibytes: 4 * 1024,
};
const NODES: usize = 3;

/// The pods that are there at the same time: those that stay, as few as there may be, and those of the largest Job.
fn least(loads: &[Load]) -> Vec<(String, Amount)> {
    let staying = loads.iter().filter(|load| load.when == When::Always);
    let jobs = loads.iter().filter(|load| load.when != When::Always);
    let largest = jobs.max_by_key(|load| load.request.share_of(NODE));
    let copies = |load: &Load| vec![(load.name.clone(), load.request); load.least];
    staying.chain(largest).flat_map(copies).collect()
}

fn sum(pods: &[(String, Amount)]) -> Amount {
    let amounts = pods.iter().map(|(_, request)| *request);
    amounts.fold(Amount::default(), Amount::plus)
}

/// Places each pod, the largest first, on the first node that has room for it; those for which none has come back.
fn unplaced(pods: &[(String, Amount)], nodes: usize, node: Amount) -> Vec<String> {
    let mut pods = pods.to_vec();
    pods.sort_by_key(|(_, request)| std::cmp::Reverse(request.share_of(node)));
    let mut free = vec![node; nodes];
    let mut place = |request: Amount| {
        let room = free.iter_mut().find_map(|free| {
            let left = free.minus(request)?;
            Some((free, left))
        });
        let is_placed = room.is_some();
        if let Some((free, left)) = room {
            *free = left;
        }
        is_placed
    };
    let waiting = pods.into_iter().filter(|(_, request)| !place(*request));
    waiting.map(|(name, _)| name).collect()
}

fn all_loads() -> Option<BTreeMap<&'static str, Vec<Load>>> {
    let rendered = rendered()?;
    let counted = rendered.iter().map(|(name, text)| (*name, loads(text)));
    Some(counted.collect())
}

#[test]
fn development_fits_a_laptop() {
    let Some(loads) = all_loads() else { return };
    let pods = least(&loads["development"]);
    let all = sum(&pods);
    let waiting = unplaced(&pods, 1, LAPTOP);
    assert_eq!(waiting, Vec::<String>::new(), "{all} of {LAPTOP}");
}

#[test]
fn staging_fits_three_small_nodes() {
    let Some(loads) = all_loads() else { return };
    let pods = least(&loads["staging"]);
    let all = sum(&pods);
    let waiting = unplaced(&pods, NODES, NODE);
    assert_eq!(
        waiting,
        Vec::<String>::new(),
        "{all} of {NODES} times {NODE}"
    );
}

#[test]
fn no_autoscaler_of_staging_asks_for_more_than_a_node_has() {
    let Some(loads) = all_loads() else { return };
    for load in &loads["staging"] {
        assert!(NODE.minus(load.request).is_some(), "{}", load.name);
    }
}

#[test]
fn the_page_about_capacity_is_as_kept() {
    let Some(loads) = all_loads() else { return };
    assert_kept("docs/capacity.md", &page::text(&loads));
}

#[test]
fn pods_that_no_node_has_room_for_are_named() {
    let pod = |name: &str, milli_cpu, mebibytes| {
        let request = Amount {
            milli_cpu,
            mebibytes,
        };
        (name.to_owned(), request)
    };
    // Together they fit two nodes by their sum, but each leaves too little beside it.
    let pods = ["a", "b", "c"].map(|name| pod(name, 1_100, 100));
    assert_eq!(unplaced(&pods, 2, NODE), ["c"]);
    assert_eq!(unplaced(&pods, 3, NODE), Vec::<String>::new());
    assert_eq!(unplaced(&[pod("large", 100, 5_000)], 3, NODE), ["large"]);
}
