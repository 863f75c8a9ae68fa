//! Who asks for metrics: the monitors of the Prometheus operator, and the annotations of Prometheus.

use std::collections::BTreeSet;

use yaml::Node;
use yaml::order::Collect as _;

use super::label_index::{LabelIndex, Namespaces};
use super::{Field, evidence};
use crate::graph::calls::{Call, Calls};
use crate::graph::edge::{Evidence, Peer, Ports, Strength};
use crate::graph::service_node::ServiceNode;
use crate::graph::workload::Workload;
use crate::labels::Labels;
use crate::resource::{Place, Resource};
use crate::service::ContainerPort;

const GROUP: &str = "monitoring.coreos.com";
const SCRAPE: &str = "prometheus.io/scrape";
const PORT: &str = "prometheus.io/port";
/// Where Prometheus asks a pod without ports.
const OF_HTTP: u16 = 80;

pub(super) fn add(calls: &mut Calls<'_, '_>) {
    let graph = calls.graph;
    let of_services = monitors(calls, "ServiceMonitor");
    if !of_services.is_empty() {
        let labels = |node: &ServiceNode<'_>| node.service.resource.labels().to_map();
        let services = graph.services().iter();
        let index = LabelIndex::new(services.map(|node| (node.namespace, labels(node))));
        for monitor in of_services {
            add_service_monitor(calls, &index, monitor);
        }
    }
    let of_pods = monitors(calls, "PodMonitor");
    if !of_pods.is_empty() {
        let labels = |workload: &Workload<'_>| workload.pod.labels().to_map();
        let workloads = graph.workloads().iter();
        let index =
            LabelIndex::new(workloads.map(|workload| (workload.namespace, labels(workload))));
        for monitor in of_pods {
            add_pod_monitor(calls, &index, monitor);
        }
    }
    for workload in graph.workloads() {
        add_annotated_pod(calls, workload);
    }
    for node in graph.services() {
        add_annotated_service(calls, node);
    }
}

fn monitors<'r>(calls: &Calls<'_, 'r>, kind: &str) -> Vec<&'r Resource<'r>> {
    let objects = calls.graph.resources.all();
    objects
        .filter(|object| object.is(GROUP, kind) && !object.is_local())
        .collect()
}

/// The positions of what a monitor selects.
fn selected(calls: &Calls<'_, '_>, index: &LabelIndex<'_>, monitor: &Resource<'_>) -> Vec<usize> {
    let namespaces = namespaces(calls, monitor);
    let Some(selector) = monitor.node.at(&["spec", "selector"]) else {
        return Vec::new();
    };
    let selected = index.selected(selector).into_iter();
    selected
        .filter(|(namespace, _)| namespaces.has(namespace))
        .map(|(_, number)| number)
        .collect()
}

fn namespaces(calls: &Calls<'_, '_>, monitor: &Resource<'_>) -> Namespaces {
    let selector = monitor.node.at(&["spec", "namespaceSelector"]);
    let any = selector.and_then(|selector| selector.get("any"));
    if any.and_then(Node::as_bool) == Some(true) {
        return Namespaces::All;
    }
    let names = selector.and_then(|selector| selector.get("matchNames"));
    let names = names
        .into_iter()
        .flat_map(Node::items)
        .filter_map(Node::text);
    let mut names: BTreeSet<String> = names.map(std::borrow::Cow::into_owned).into_set();
    if names.is_empty() {
        names.insert(calls.graph.resources.namespace_of(monitor).to_owned());
    }
    Namespaces::These(names)
}

fn add_service_monitor<'r>(
    calls: &mut Calls<'_, 'r>,
    index: &LabelIndex<'_>,
    monitor: &'r Resource<'r>,
) {
    let graph = calls.graph;
    let selected = selected(calls, index, monitor);
    let endpoints = Field::at(monitor, &["spec"])
        .into_iter()
        .flat_map(|spec| spec.list("endpoints"));
    for endpoint in endpoints {
        let evidence = evidence(calls, monitor, endpoint.path.clone());
        let call = Call::new(Peer::Scraper, evidence);
        for node in selected
            .iter()
            .filter_map(|number| graph.services().get(*number))
        {
            // `port` names a port of the Service, `targetPort` one of the container.
            match (endpoint.text("port"), endpoint.text("targetPort")) {
                (Some(port), _) => add_service_port(calls, &call, node, &port),
                (None, Some(target)) => {
                    for workload in &node.workloads {
                        add_container_port(calls, &call, *workload, &target);
                    }
                }
                (None, None) => {}
            }
        }
    }
}

/// A port that the Service doesn't have is not scraped.
fn add_service_port<'g, 'r>(
    calls: &mut Calls<'g, 'r>,
    call: &Call,
    node: &'g ServiceNode<'r>,
    port: &str,
) {
    let ports = node.ports.iter().filter(|own| own.name == port);
    for (workload, target) in ports.flat_map(|own| &own.targets) {
        let ports = target.map_or(Ports::All, one);
        calls.call_workload(call, *workload, ports);
    }
}

fn one(port: u16) -> Ports {
    Ports::Some(BTreeSet::from([port]))
}

/// A port that no container has is not scraped.
fn add_container_port(calls: &mut Calls<'_, '_>, call: &Call, workload: usize, target: &str) {
    let graph = calls.graph;
    let Some(of) = graph.workload(workload) else {
        return;
    };
    if let Some(port) = of.container_port(target).number() {
        calls.call_workload(call, workload, one(port));
    }
}

fn add_pod_monitor<'r>(
    calls: &mut Calls<'_, 'r>,
    index: &LabelIndex<'_>,
    monitor: &'r Resource<'r>,
) {
    let selected = selected(calls, index, monitor);
    let spec = Field::at(monitor, &["spec"]);
    let endpoints = spec
        .into_iter()
        .flat_map(|spec| spec.list("podMetricsEndpoints"));
    for endpoint in endpoints {
        let call = Call::new(
            Peer::Scraper,
            evidence(calls, monitor, endpoint.path.clone()),
        );
        let keys = ["port", "portNumber", "targetPort"];
        let Some(target) = keys.into_iter().find_map(|key| endpoint.text(key)) else {
            continue;
        };
        for workload in &selected {
            add_container_port(calls, &call, *workload, &target);
        }
    }
}

/// A pod that asks to be scraped, at the port that it names or at all that it declares.
fn add_annotated_pod(calls: &mut Calls<'_, '_>, workload: &Workload<'_>) {
    let annotations = workload.pod.annotations();
    if !is_scraped(annotations) {
        return;
    }
    let place = workload
        .pod
        .annotation(SCRAPE)
        .unwrap_or_else(|| workload.owner.place());
    let call = scrape(workload.owner, workload.namespace, place);
    if let Some(port) = annotations.get(PORT) {
        return add_container_port(calls, &call, workload.number, &port);
    }
    let declared = workload.ports().filter(ContainerPort::is_tcp);
    let mut ports: BTreeSet<u16> = declared.filter_map(|port| port.port()).into_set();
    if ports.is_empty() {
        ports.insert(OF_HTTP);
    }
    calls.call_workload(&call, workload.number, Ports::Some(ports));
}

/// A Service whose pods ask to be scraped, at the port that it names or at all of its own.
fn add_annotated_service<'g, 'r>(calls: &mut Calls<'g, 'r>, node: &'g ServiceNode<'r>) {
    let object = node.service.resource;
    if !is_scraped(object.annotations()) {
        return;
    }
    let call = scrape(object, node.namespace, object.annotation(SCRAPE));
    match object.annotations().get(PORT) {
        Some(port) => {
            for workload in &node.workloads {
                add_container_port(calls, &call, *workload, &port);
            }
        }
        None => {
            calls.call_service(&call, node, None);
        }
    }
}

fn is_scraped(annotations: Labels<'_>) -> bool {
    annotations.get(SCRAPE).is_some_and(|value| value == "true")
}

fn scrape(object: &Resource<'_>, namespace: &str, place: Place) -> Call {
    let text = format!(
        "{} {namespace}/{}: annotation {SCRAPE}",
        object.kind(),
        object.name()
    );
    Call::new(
        Peer::Scraper,
        Evidence::new(Strength::Explicit, text, place),
    )
}
