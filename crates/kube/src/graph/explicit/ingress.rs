//! Ingresses.

use super::{Field, evidence};
use crate::graph::calls::{Call, Calls};
use crate::graph::edge::{GatewayIdentity, Peer};
use crate::resource::Resource;

/// The class that Istio's own controller takes.
const OF_ISTIO: &str = "istio";

pub(super) fn add(calls: &mut Calls<'_, '_>) {
    let graph = calls.graph;
    for object in graph.resources.all() {
        let is_ingress =
            object.is("networking.k8s.io", "Ingress") || object.is("extensions", "Ingress");
        if is_ingress && !object.is_local() {
            add_ingress(calls, object);
        }
    }
}

fn add_ingress<'r>(calls: &mut Calls<'_, 'r>, object: &'r Resource<'r>) {
    let Some(spec) = Field::at(object, &["spec"]) else {
        return;
    };
    let peers = peers(calls.options.gateways, class(object, &spec).as_deref());
    // `backend` is what `defaultBackend` was called before v1.
    let defaults = ["defaultBackend", "backend"]
        .into_iter()
        .filter_map(|key| spec.get(key));
    let http = spec.list("rules").filter_map(|rule| rule.get("http"));
    let of_paths = http
        .flat_map(|http| http.list("paths"))
        .filter_map(|path| path.get("backend"));
    for backend in defaults.chain(of_paths).collect::<Vec<_>>() {
        add_backend(calls, object, &peers, &backend);
    }
}

fn add_backend<'r>(
    calls: &mut Calls<'_, 'r>,
    object: &'r Resource<'r>,
    peers: &[Peer],
    backend: &Field<'r>,
) {
    let graph = calls.graph;
    let service = backend.get("service");
    let (name, port) = match &service {
        Some(service) => {
            let port = service.get("port");
            let port = port.and_then(|port| port.text("number").or_else(|| port.text("name")));
            (service.text("name"), port)
        }
        None => (backend.text("serviceName"), backend.text("servicePort")),
    };
    let namespace = graph.resources.namespace_of(object);
    let node = name.and_then(|name| graph.service_for(object, namespace, &name));
    let Some(node) = node else { return };
    let evidence = evidence(calls, object, backend.path.clone());
    for peer in peers {
        calls.call_service(
            &Call::new(peer.clone(), evidence.clone()),
            node,
            port.as_deref(),
        );
    }
}

fn class(object: &Resource<'_>, spec: &Field<'_>) -> Option<String> {
    let annotation = object.annotations().get("kubernetes.io/ingress.class");
    let class = spec.text("ingressClassName").or(annotation)?;
    Some(class.into_owned())
}

/// Who serves a class: the gateways that are known, where the class is Istio's or goes by their names; else
/// nobody knows who.
fn peers(gateways: &[GatewayIdentity], class: Option<&str>) -> Vec<Peer> {
    let goes_by = |gateway: &&GatewayIdentity| {
        class.is_none_or(|class| {
            let mut names = [&gateway.namespace, &gateway.account]
                .into_iter()
                .chain(gateway.labels.values());
            class == OF_ISTIO || names.any(|name| name.contains(class))
        })
    };
    let mut peers: Vec<Peer> = gateways
        .iter()
        .filter(goes_by)
        .map(GatewayIdentity::peer)
        .collect();
    if peers.is_empty() {
        peers.push(Peer::Outside);
    }
    peers
}
