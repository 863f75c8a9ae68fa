//! Routes of the Gateway API.

use yaml::order::Order as _;

use super::gateways::Gateways;
use super::{Field, evidence};
use crate::graph::calls::{Call, Calls, Redirect};
use crate::graph::edge::Peer;
use crate::graph::service_node::ServiceNode;
use crate::resource::Resource;

const GROUP: &str = "gateway.networking.k8s.io";

/// What a route hangs on.
enum Parent<'g, 'r> {
    /// A gateway, by its namespace and name.
    Gateway(String, String),
    /// A Service: the route is for those in the mesh that call it.
    Service(&'g ServiceNode<'r>),
}

/// Where requests for a Service go besides because a route within the mesh hangs on it.
pub(super) fn add_redirects(calls: &mut Calls<'_, '_>) {
    let graph = calls.graph;
    for route in graph.resources.all().filter(|object| is_route(object)) {
        for parent in parents(calls, route) {
            if let Parent::Service(node) = parent {
                let to: Vec<_> = backends(calls, route)
                    .into_iter()
                    .map(|(_, to)| to)
                    .collect();
                calls.redirect(node, &to);
            }
        }
    }
}

pub(super) fn add(calls: &mut Calls<'_, '_>) {
    let graph = calls.graph;
    let gateways = Gateways::new(calls, GROUP);
    for route in graph.resources.all().filter(|object| is_route(object)) {
        let mut peers: Vec<Peer> = Vec::new();
        for parent in parents(calls, route) {
            if let Parent::Gateway(namespace, name) = parent {
                peers.extend(gateways.of_gateway_api(calls, &namespace, &name));
            }
        }
        peers.order();
        peers.dedup();
        for (backend, (node, port)) in backends(calls, route) {
            let evidence = evidence(calls, route, backend.path);
            for peer in &peers {
                let call = Call::new(peer.clone(), evidence.clone());
                calls.call_service(&call, node, port.as_deref());
            }
        }
    }
}

fn is_route(object: &Resource<'_>) -> bool {
    let is_kind = matches!(
        object.kind(),
        "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute" | "UDPRoute"
    );
    is_kind && object.group() == GROUP && !object.is_local()
}

fn parents<'g, 'r>(calls: &Calls<'g, 'r>, route: &'r Resource<'r>) -> Vec<Parent<'g, 'r>> {
    let own = calls.graph.resources.namespace_of(route);
    let references = Field::at(route, &["spec"])
        .into_iter()
        .flat_map(|spec| spec.list("parentRefs"));
    references
        .filter_map(|reference| {
            let namespace = reference.text("namespace").unwrap_or(own.into());
            let name = reference.text("name")?;
            let group = reference.text("group");
            let kind = reference.text("kind").unwrap_or("Gateway".into());
            // An empty group is the core group; none is the group of the route.
            let is_core = reference.get("group").is_some() && group.is_none();
            match (is_core, &*kind) {
                (true, "Service") => {
                    let node = calls.graph.service_for(route, &namespace, &name)?;
                    Some(Parent::Service(node))
                }
                (false, "Gateway") => {
                    Some(Parent::Gateway(namespace.into_owned(), name.into_owned()))
                }
                _ => None,
            }
        })
        .collect()
}

/// The Services that a route sends requests to, copies of requests too, however rarely.
fn backends<'g, 'r>(
    calls: &Calls<'g, 'r>,
    route: &'r Resource<'r>,
) -> Vec<(Field<'r>, Redirect<'g, 'r>)> {
    let mut references = Vec::new();
    let rules = Field::at(route, &["spec"])
        .into_iter()
        .flat_map(|spec| spec.list("rules"));
    for rule in rules {
        references.extend(mirrors(&rule));
        for backend in rule.list("backendRefs") {
            references.extend(mirrors(&backend));
            references.push(backend);
        }
    }
    let own = calls.graph.resources.namespace_of(route);
    let service = |reference: Field<'r>| {
        let is_core = reference.text("group").is_none();
        let is_service = is_core && reference.text("kind").is_none_or(|kind| kind == "Service");
        let name = reference.text("name").filter(|_| is_service)?;
        let namespace = reference.text("namespace").unwrap_or(own.into());
        let node = calls.graph.service_for(route, &namespace, &name)?;
        let port = reference.text("port").map(std::borrow::Cow::into_owned);
        Some((reference, (node, port)))
    };
    references.into_iter().filter_map(service).collect()
}

fn mirrors<'r>(of: &Field<'r>) -> impl Iterator<Item = Field<'r>> + use<'r> {
    let filters = of.list("filters");
    filters.filter_map(|filter| filter.get("requestMirror")?.get("backendRef"))
}
