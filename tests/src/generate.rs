//! `ResourceList`s of any size for measuring, the same bytes for the same seed: small applications of Deployments,
//! a `StatefulSet`, their Services and `ConfigMaps`, as kpt and as kustomize hand them to a function.

#![expect(
    clippy::needless_pass_by_value,
    reason = "numbers and texts are handed over alike, and most are made in place"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use lists::{KptList, caller, reader, settings};
use node::{Node, entry, map};
use objects::{Kind, resource, service};
use random::{APPS, Random};
use write::write_list;

mod lists;
mod node;
mod objects;
mod random;
#[cfg(test)]
mod tests;
mod write;

/// Whose hand the list comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As in the files: the author's order of keys, comments, quotes and flow style; kpt's annotations.
    Kpt,
    /// Written anew: keys in alphabetical order, no comments, quotes where needed; kustomize's annotations.
    Kustomize,
}

impl Shape {
    /// Both, in the order in which they are reported.
    pub const ALL: [Self; 2] = [Self::Kpt, Self::Kustomize];

    /// The tool.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kpt => "kpt",
            Self::Kustomize => "kustomize",
        }
    }
}

/// The kinds of an application, over and over: a Service follows the workload that it selects.
const KINDS: [Kind; 10] = [
    Kind::Deployment,
    Kind::Service,
    Kind::ConfigMap,
    Kind::Deployment,
    Kind::Service,
    Kind::ConfigMap,
    Kind::StatefulSet,
    Kind::Service,
    Kind::Deployment,
    Kind::Service,
];

/// How many of the first `count` resources are Deployments.
pub fn deployments(count: usize) -> usize {
    let kinds = KINDS.iter().cycle().take(count);
    kinds.filter(|kind| **kind == Kind::Deployment).count()
}

/// A list of `count` resources with the configuration of inject-probes.
pub fn resource_list(shape: Shape, count: usize, seed: u64) -> String {
    // Services say which containers get a probe: the first of each Deployment.
    list_with(
        shape,
        count,
        seed,
        "  apiVersion: fn.plimsoll.dev/v1alpha1\n  kind: InjectProbes\n  metadata:\n    name: probes\n  spec:\n    environment: production\n",
    )
}

/// The same with one probe for every container that lacks one, which asks for no thought.
pub fn explicit_list(shape: Shape, count: usize, seed: u64) -> String {
    let config = "  apiVersion: fn.plimsoll.dev/v1alpha1\n  kind: InjectProbes\n  metadata:\n    name: probes\n  spec:\n    overrides:\n    \
                  - target: {kinds: [DaemonSet, Deployment, StatefulSet]}\n      \
                  readiness: {exec: {command: [/bin/check, ready]}, periodSeconds: 5, timeoutSeconds: 3}\n";
    list_with(shape, count, seed, config)
}

/// The same with this configuration, which is indented.
pub fn list_with(shape: Shape, count: usize, seed: u64, config: &str) -> String {
    let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    let mut random = Random(seed);
    for (index, kind) in KINDS.into_iter().cycle().take(count).enumerate() {
        let resource = resource(shape, kind, index, &mut random);
        write_list(&mut text, shape, &[resource], 0);
    }
    text + "functionConfig:\n" + config
}

/// `count` resources as their author keeps them in a file: without what a tool adds.
pub fn documents(count: usize, seed: u64) -> String {
    let list = list_with(Shape::Kpt, count, seed, "");
    let items = list
        .split_once("items:\n")
        .map_or("", |(_, items)| items)
        .trim_end_matches("functionConfig:\n");
    let is_tools = |line: &&str| {
        ["config.kubernetes.io/", "config.k8s.io/"]
            .iter()
            .any(|name| line.contains(name))
    };
    let mut text = String::new();
    for line in items.lines().filter(|line| !is_tools(line)) {
        if let Some(first) = line.strip_prefix("- ") {
            let _ = writeln!(text, "---\n{first}");
        } else {
            let _ = writeln!(text, "{}", line.strip_prefix("  ").unwrap_or(line));
        }
    }
    text
}

/// `count` `ConfigMaps` of 1 KiB in kpt's shape, each with a Deployment that reads it as environment and as files and
/// has all probes, so that inject-probes finds nothing to do; with a configuration of this kind.
pub fn configuration_list(kind: &str, count: usize, seed: u64) -> String {
    let mut list = KptList::new(seed);
    for pair in 0..count {
        let name = name_of(pair);
        let namespace = format!("shop-{}", pair / 100);
        let file = vec![entry(
            "settings.conf",
            Node::Block(settings(&mut list.random)),
        )];
        let deployment = reader(&name, &mut list.random);
        list.push(("v1", "ConfigMap"), &name, &namespace, map("data", file));
        list.push(("apps/v1", "Deployment"), &name, &namespace, deployment);
    }
    list.configured(kind, "")
}

/// How many Services each workload of a mesh calls.
pub const CALLS: usize = 5;
/// The workloads of a namespace of a mesh.
const NEIGHBOURS: usize = 50;

/// `count` Deployments in kpt's shape, each with its Service and all probes, so that inject-probes finds nothing to do,
/// in namespaces of a mesh; each states that it calls `CALLS` Services; with a configuration of this kind.
pub fn mesh_list(kind: &str, count: usize, seed: u64) -> String {
    let mut list = KptList::new(seed);
    for number in 0..count {
        let (name, namespace) = (name_of(number), mesh_namespace(number));
        if number % NEIGHBOURS == 0 {
            list.push_namespace(&namespace);
        }
        let calls = callees(number, count, &mut list.random)
            .into_iter()
            .map(|callee| format!("{}.{}:80", name_of(callee), mesh_namespace(callee)));
        let calls = calls.collect::<Vec<_>>().join(",");
        let deployment = caller(&name, calls, &mut list.random);
        list.push(("apps/v1", "Deployment"), &name, &namespace, deployment);
        list.push(("v1", "Service"), &name, &namespace, service(&name));
    }
    list.configured(kind, "  spec:\n    environment: production\n")
}

fn name_of(number: usize) -> String {
    let app = APPS.get(number % APPS.len()).copied().unwrap_or_default();
    format!("{app}-{number}")
}

fn mesh_namespace(workload: usize) -> String {
    format!("shop-{}", workload / NEIGHBOURS)
}

/// The others that a workload calls: the first, which all call, one anywhere, and neighbours.
fn callees(workload: usize, count: usize, random: &mut Random) -> BTreeSet<usize> {
    let mut callees = BTreeSet::from([0, random.below(count)]);
    callees.remove(&workload);
    for step in 1..count {
        if callees.len() == CALLS {
            break;
        }
        callees.insert((workload + step) % count);
    }
    callees
}
