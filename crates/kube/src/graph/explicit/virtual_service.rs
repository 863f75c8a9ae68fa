//! The virtual services of Istio.
//!
//! Istio's rules were read in istio/istio 1.30.3 (commit 56df41f63e513f834c9a3af33d8aed82d1d961f2):
//! pilot/pkg/model/virtualservice.go. A host without a dot is in the namespace of its VirtualService.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use yaml::Node;
use yaml::order::Collect as _;

use super::gateways::Gateways;
use super::{Field, evidence};
use crate::graph::calls::{Call, Calls, Redirect};
use crate::graph::edge::Peer;
use crate::resource::Resource;

const GROUP: &str = "networking.istio.io";
/// The name that stands for all sidecars among the gateways.
const MESH: &str = "mesh";

/// A destination of a route, and who sends requests there.
struct Destination<'g, 'r> {
    /// The VirtualService with the route.
    of: &'r Resource<'r>,
    field: Field<'r>,
    to: Redirect<'g, 'r>,
    /// Namespaces and names of gateways, or `mesh` in no namespace.
    gateways: Vec<(String, String)>,
}

/// Where requests for a Service go besides because of a route within the mesh.
pub(super) fn add_redirects(calls: &mut Calls<'_, '_>) {
    let graph = calls.graph;
    let delegates = delegates(calls);
    for root in virtual_services(calls).filter(|root| is_for_mesh(root)) {
        let to: Vec<_> = destinations(calls, &delegates, root)
            .into_iter()
            .filter(|destination| destination.gateways.iter().any(is_mesh))
            .map(|destination| destination.to)
            .collect();
        if to.is_empty() {
            continue;
        }
        let namespace = graph.resources.namespace_of(root);
        let hosts = Field::at(root, &["spec"])
            .into_iter()
            .flat_map(|spec| spec.list("hosts"));
        for host in hosts.filter_map(|host| host.node.text()) {
            if let Some(node) = graph.host(namespace, &host) {
                calls.redirect(node, &to);
            }
        }
    }
}

pub(super) fn add(calls: &mut Calls<'_, '_>) {
    let mut gateways = Gateways::new(calls, GROUP);
    let delegates = delegates(calls);
    for root in virtual_services(calls) {
        for destination in destinations(calls, &delegates, root) {
            let mut peers: BTreeSet<Peer> = BTreeSet::new();
            for (namespace, name) in destination.gateways.iter().filter(|name| !is_mesh(name)) {
                peers.extend(gateways.of_istio(calls, namespace, name));
            }
            let evidence = evidence(calls, destination.of, destination.field.path);
            let (node, port) = destination.to;
            for peer in peers {
                let call = Call::new(peer, evidence.clone());
                calls.call_service(&call, node, port.as_deref());
            }
        }
    }
}

fn is_mesh((namespace, name): &(String, String)) -> bool {
    namespace.is_empty() && name == MESH
}

/// Whether sidecars may follow it: a route's own conditions can but narrow its gateways.
fn is_for_mesh(root: &Resource<'_>) -> bool {
    let gateways = root.node.at(&["spec", "gateways"]);
    let mut names = gateways.into_iter().flat_map(Node::items).peekable();
    names.peek().is_none() || names.any(|name| name.text().is_some_and(|name| name == MESH))
}

fn is_virtual_service(object: &Resource<'_>) -> bool {
    object.is(GROUP, "VirtualService") && !object.is_local()
}

/// Those with hosts; the others count where one of these delegates to them.
fn virtual_services<'r>(calls: &Calls<'_, 'r>) -> impl Iterator<Item = &'r Resource<'r>> + use<'r> {
    let objects = calls
        .graph
        .resources
        .all()
        .filter(|object| is_virtual_service(object));
    objects.filter(|object| {
        let hosts = object.node.at(&["spec", "hosts"]);
        hosts.is_some_and(|hosts| hosts.items().next().is_some())
    })
}

fn delegates<'r>(calls: &Calls<'_, 'r>) -> BTreeMap<(&'r str, &'r str), &'r Resource<'r>> {
    let resources = calls.graph.resources;
    let objects = resources.all().filter(|object| is_virtual_service(object));
    objects
        .map(|object| ((resources.namespace_of(object), object.name()), object))
        .into_map()
}

/// The destinations of all routes, those of delegates and copies of requests too, however rarely they are used.
fn destinations<'g, 'r>(
    calls: &Calls<'g, 'r>,
    delegates: &BTreeMap<(&'r str, &'r str), &'r Resource<'r>>,
    root: &'r Resource<'r>,
) -> Vec<Destination<'g, 'r>> {
    let namespace = calls.graph.resources.namespace_of(root);
    let mut found = Vec::new();
    let Some(spec) = Field::at(root, &["spec"]) else {
        return found;
    };
    let gateways =
        gateways(&spec, namespace).unwrap_or_else(|| vec![(String::new(), MESH.to_owned())]);
    for kind in ["http", "tls", "tcp"] {
        for route in spec.list(kind) {
            let gateways = of_route(&route, namespace).unwrap_or_else(|| gateways.clone());
            let delegate = route.get("delegate").and_then(|delegate| {
                let namespace = delegate.text("namespace").unwrap_or(namespace.into());
                delegates
                    .get(&(&*namespace, &*delegate.text("name")?))
                    .copied()
            });
            add_route(calls, root, &route, &gateways, &mut found);
            if let Some(delegate) = delegate {
                let spec = Field::at(delegate, &["spec"]);
                for route in spec.iter().flat_map(|spec| spec.list("http")) {
                    add_route(calls, delegate, &route, &gateways, &mut found);
                }
            }
        }
    }
    found
}

fn add_route<'g, 'r>(
    calls: &Calls<'g, 'r>,
    of: &'r Resource<'r>,
    route: &Field<'r>,
    gateways: &[(String, String)],
    found: &mut Vec<Destination<'g, 'r>>,
) {
    let namespace = calls.graph.resources.namespace_of(of);
    let weighted = ["route", "mirrors"]
        .into_iter()
        .flat_map(|key| route.list(key));
    let weighted = weighted.filter_map(|entry| entry.get("destination"));
    for field in weighted.chain(route.get("mirror")) {
        let host = field.text("host");
        let Some(node) = host.and_then(|host| calls.graph.host(namespace, &host)) else {
            continue;
        };
        let port = field.get("port").and_then(|port| port.text("number"));
        found.push(Destination {
            of,
            field,
            to: (node, port.map(Cow::into_owned)),
            gateways: gateways.to_vec(),
        });
    }
}

/// Namespaces and names of the gateways that a list names; none where there is no list.
fn gateways(holder: &Field<'_>, namespace: &str) -> Option<Vec<(String, String)>> {
    let list = holder.get("gateways")?;
    let names = list.items().filter_map(|item| item.node.text());
    let names: Vec<_> = names
        .map(|text| match text.split_once('/') {
            Some((namespace, name)) => (namespace.to_owned(), name.to_owned()),
            None if text == MESH => (String::new(), text.into_owned()),
            None => (namespace.to_owned(), text.into_owned()),
        })
        .collect();
    (!names.is_empty()).then_some(names)
}

/// The gateways that a route's own conditions name; none unless each condition names some.
fn of_route(route: &Field<'_>, namespace: &str) -> Option<Vec<(String, String)>> {
    let conditions: Option<Vec<_>> = route
        .list("match")
        .map(|condition| gateways(&condition, namespace))
        .collect();
    let named: Vec<_> = conditions?.into_iter().flatten().collect();
    (!named.is_empty()).then_some(named)
}
