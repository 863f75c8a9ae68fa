//! The TCP ports that workloads serve.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sdk::Graph;

/// A TCP port of a workload.
#[derive(Clone, Debug, Default)]
pub(super) struct Listener<'r> {
    /// Its name in the container, and in the Services that lead to it.
    pub(super) names: Vec<Cow<'r, str>>,
    /// The application protocol that a Service tells.
    pub(super) app_protocol: Option<Cow<'r, str>>,
    /// Whether a Service leads to it.
    pub(super) is_served: bool,
}

/// The TCP ports of each workload: those that its containers declare and those that Services lead to. Linkerd
/// carries nothing but TCP.
pub(super) fn listeners<'r>(graph: &Graph<'r>) -> Vec<BTreeMap<u16, Listener<'r>>> {
    let declared = graph.workloads().iter().map(|workload| {
        let ports = workload.ports().filter(sdk::ContainerPort::is_tcp);
        let mut listeners: BTreeMap<u16, Listener<'r>> = BTreeMap::new();
        for port in ports {
            if let Some(number) = port.port() {
                listeners.entry(number).or_default().names.push(port.name);
            }
        }
        listeners
    });
    let mut all: Vec<_> = declared.collect();
    let ports = graph.services().iter().flat_map(|service| &service.ports);
    for port in ports.filter(|port| port.protocol == "TCP") {
        for (workload, target) in &port.targets {
            let (Some(listeners), Some(target)) = (all.get_mut(*workload), target) else {
                continue;
            };
            let listener = listeners.entry(*target).or_default();
            listener.is_served = true;
            listener.names.push(port.name.clone());
            if listener.app_protocol.is_none() {
                listener.app_protocol.clone_from(&port.app_protocol);
            }
        }
    }
    all
}
