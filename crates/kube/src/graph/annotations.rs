//! What annotations of workloads state: whom they call, and who calls them.

use std::iter;
use std::sync::Arc;

use yaml::order::Collect as _;

use super::caller::{Caller, is_name, unknown};
use super::calls::{Call, Calls};
use super::edge::{EdgeMistakeKind, Evidence, Peer, Ports, Strength};
use super::workload::Workload;
use crate::resource::{Place, Resource};

/// Whom a workload calls: `product.shop:8080,kafka:9092,https://api.stripe.com`, or `none`.
const CALLS: &str = "plimsoll.dev/calls";
/// Who calls a workload: `order,ns:reporting,sa:ops/backup,gateway:istio-ingress/gateway`.
const ALLOW_FROM: &str = "plimsoll.dev/allow-from";

/// An annotation where it stands.
struct Annotation<'r> {
    text: String,
    place: Place,
    on: &'r Resource<'r>,
}

/// Adds what the annotations of a workload state. Whether they leave it open whom else it calls.
pub(super) fn add<'r>(calls: &mut Calls<'_, 'r>, workload: &Workload<'r>) -> bool {
    let mut is_open = true;
    for annotation in annotations(workload, CALLS) {
        if annotation.text.trim() == "none" {
            is_open = false;
        } else {
            add_calls(calls, workload, &annotation);
        }
    }
    for annotation in annotations(workload, ALLOW_FROM) {
        add_callers(calls, workload, &annotation);
    }
    is_open
}

/// The annotation on the pods, their owner, and what decides about the number of pods.
fn annotations<'r>(workload: &Workload<'r>, key: &str) -> Vec<Annotation<'r>> {
    let mut found = Vec::new();
    let owner = workload.owner;
    let of_pod = workload.pod.annotations().get(key);
    if let Some(text) = of_pod.filter(|_| !workload.pod.entry.path.0.is_empty()) {
        let place = workload.pod.annotation(key);
        found.extend(place.map(|place| Annotation {
            text: text.into_owned(),
            place,
            on: owner,
        }));
    }
    let scale = workload.pod.scale_owner();
    let scale = scale.filter(|scale| scale.number != owner.number);
    for on in iter::once(owner).chain(scale) {
        found.extend(on.annotations().get(key).map(|text| Annotation {
            text: text.into_owned(),
            place: on.annotation(key),
            on,
        }));
    }
    found
}

/// The parts of a list, without the blanks around them.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

impl Annotation<'_> {
    fn evidence(&self, namespace: &str, key: &str) -> Evidence {
        let (kind, name) = (self.on.kind(), self.on.name());
        let text = format!("{kind} {namespace}/{name}: annotation {key}");
        Evidence::new(Strength::Annotation, text, self.place.clone())
    }

    fn broken(&self, calls: &mut Calls<'_, '_>, message: String) {
        calls.mistake(EdgeMistakeKind::Broken, self.place.clone(), message);
    }

    fn unknown(&self, calls: &mut Calls<'_, '_>, message: String) {
        calls.mistake(EdgeMistakeKind::Unknown, self.place.clone(), message);
    }
}

fn add_calls<'r>(calls: &mut Calls<'_, 'r>, workload: &Workload<'r>, annotation: &Annotation<'r>) {
    let call = Call::new(
        Peer::Workload(workload.number),
        annotation.evidence(workload.namespace, CALLS),
    );
    for part in parts(&annotation.text) {
        match Callee::parse(part) {
            Ok(callee) => add_call(calls, workload, annotation, (&call, part), callee),
            Err(message) => annotation.broken(calls, message),
        }
    }
}

fn add_call<'r>(
    calls: &mut Calls<'_, 'r>,
    workload: &Workload<'r>,
    annotation: &Annotation<'r>,
    (call, written): (&Call, &str),
    callee: Callee<'_>,
) {
    let graph = calls.graph;
    if let Some(node) = graph.host(workload.namespace, callee.host) {
        let port = callee.port.filter(|port| !port.is_empty());
        let has_port = port.is_none_or(|port| {
            node.port(port).is_some() || node.is_headless() || node.is_external_name()
        });
        if !has_port {
            let message = format!(
                "Service \"{}\" has no port \"{}\"; write the name or the number of one of its ports",
                node.name(),
                port.unwrap_or_default()
            );
            annotation.unknown(calls, message);
        }
        // Where a Service without a selector leads is not for the input to say.
        let is_known = !node.is_external_name() && node.has_selector();
        if !calls.call_service(call, node, port) && is_known {
            let message = format!(
                "\"{written}\" is a Service without workloads in the input; check its selector, or give the whole \
                 of the configuration"
            );
            annotation.unknown(calls, message);
        }
    } else if graph.is_outside(callee.host) {
        calls.call_outside(&call.from, callee.host);
    } else {
        let message = format!(
            "\"{written}\" is no Service of the input; write `service`, `service.namespace` or a host outside of the \
             cluster, each with or without a port"
        );
        annotation.unknown(calls, message);
    }
}

/// A callee as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Callee<'a> {
    host: &'a str,
    port: Option<&'a str>,
}

impl<'a> Callee<'a> {
    /// Reads `host`, `host:port` or a URL.
    fn parse(text: &'a str) -> Result<Self, String> {
        let refused = || {
            format!(
                "\"{text}\" is no callee; write `service.namespace:port`, a host or a URL, with commas between \
                 several, or `none` alone"
            )
        };
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let is_url = text.contains("://");
        let authority = if is_url {
            rest.split(['/', '?', '#']).next().unwrap_or_default()
        } else {
            rest
        };
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let is_host = is_name(host.strip_suffix('.').unwrap_or(host)) && host != "none";
        let is_port = port.is_none_or(is_port);
        let is_scheme = !is_url || is_name(scheme);
        if !(is_host && is_port && is_scheme) {
            return Err(refused());
        }
        let port = port.or(match scheme {
            "http" => Some("80"),
            "https" => Some("443"),
            _ => None,
        });
        Ok(Self { host, port })
    }
}

/// A number of a port, or a name of one.
fn is_port(text: &str) -> bool {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        return text.parse::<u16>().is_ok_and(|number| number > 0);
    }
    is_name(text) && !text.contains('.')
}

fn add_callers<'r>(
    calls: &mut Calls<'_, 'r>,
    workload: &Workload<'r>,
    annotation: &Annotation<'r>,
) {
    let evidence = Arc::new(annotation.evidence(workload.namespace, ALLOW_FROM));
    for part in parts(&annotation.text) {
        let caller = match Caller::parse(part, workload.namespace) {
            Ok(caller) => caller,
            Err(message) => {
                annotation.broken(calls, message);
                continue;
            }
        };
        let peers = caller.peers(calls, annotation.on);
        if peers.is_empty() {
            annotation.unknown(calls, unknown(part, workload.namespace));
        }
        for peer in peers {
            let call = Call::new(peer, Arc::clone(&evidence));
            calls.call_workload(&call, workload.number, Ports::All);
        }
    }
}

/// Tells of the annotations on objects that are no workloads, where nobody reads them.
pub(super) fn tell_misplaced(calls: &mut Calls<'_, '_>) {
    let graph = calls.graph;
    let owners: std::collections::BTreeSet<usize> = graph
        .workloads()
        .iter()
        .flat_map(|workload| [Some(workload.owner), workload.pod.scale_owner()])
        .flatten()
        .map(|owner| owner.number)
        .into_set();
    let objects = graph.resources.all();
    for object in objects.filter(|object| !object.is_local() && !owners.contains(&object.number)) {
        for key in [CALLS, ALLOW_FROM] {
            if object.annotations().get(key).is_some() {
                let message = format!(
                    "`{key}` says nothing on a {}; put it on the workload",
                    object.kind()
                );
                calls.mistake(EdgeMistakeKind::Broken, object.annotation(key), message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callee_is_a_host_with_or_without_a_port_or_a_url() {
        let table = [
            ("product.shop:8080", "product.shop", Some("8080")),
            ("kafka", "kafka", None),
            ("kafka:client", "kafka", Some("client")),
            ("https://api.stripe.com", "api.stripe.com", Some("443")),
            ("http://product/v1?x#y", "product", Some("80")),
            ("tcp://product", "product", None),
            (
                "product.shop.svc.cluster.local.:80",
                "product.shop.svc.cluster.local.",
                Some("80"),
            ),
        ];
        for (text, host, port) in table {
            assert_eq!(Callee::parse(text), Ok(Callee { host, port }), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_callee() {
        for text in [
            "",
            "none",
            "product:",
            "product:0",
            "product:70000",
            "product:a.b",
            "shop/product",
            "a b",
            "Product",
            "://x",
            "http://",
            "a:1:2",
            "*.shop",
        ] {
            assert!(Callee::parse(text).is_err(), "{text}");
        }
    }
}
