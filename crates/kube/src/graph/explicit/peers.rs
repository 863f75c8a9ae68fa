//! Pods of one StatefulSet that talk to each other.

use super::evidence;
use crate::graph::calls::{Call, Calls};
use crate::graph::edge::{Peer, Ports};
use crate::graph::service_node::ServiceNode;
use crate::graph::workload::Workload;
use yaml::{Node, Path};

pub(super) fn add(calls: &mut Calls<'_, '_>) {
    let graph = calls.graph;
    for workload in graph.workloads() {
        if have_peers(calls, workload) {
            let path = Path::from(["spec", "serviceName"]);
            let evidence = evidence(calls, workload.owner, path);
            let call = Call::new(Peer::Workload(workload.number), evidence);
            // Peers reach each other by their own addresses, so a Service need not name the ports.
            calls.call_workload(&call, workload.number, Ports::All);
        }
    }
}

/// Whether there are several pods with names of their own. A governing Service that the input lacks may be
/// headless, as it should.
fn have_peers(calls: &Calls<'_, '_>, workload: &Workload<'_>) -> bool {
    let owner = workload.owner;
    let is_set = owner.is("apps", "StatefulSet") || owner.is("apps.kruise.io", "StatefulSet");
    let spec = owner.node.get("spec").filter(|_| is_set);
    let text = |key| spec.and_then(|spec| spec.get(key)).and_then(Node::text);
    let Some(service) = text("serviceName").filter(|name| !name.is_empty()) else {
        return false;
    };
    let replicas = spec
        .and_then(|spec| spec.get("replicas"))
        .and_then(Node::as_i64);
    let are_several = replicas.is_some_and(|replicas| replicas > 1)
        || text("podManagementPolicy").is_some_and(|policy| policy == "Parallel");
    let node = calls.graph.service_for(owner, workload.namespace, &service);
    are_several && node.is_none_or(ServiceNode::is_headless)
}
