//! What each `ServiceTopology` states.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use yaml::order::Collect as _;
use yaml::{Node, Path};

use super::caller::{Caller, callee, unknown};
use super::calls::{Call, Calls};
use super::edge::{EdgeMistakeKind, Evidence, HttpMatch, Peer, Ports, Strength};
use crate::resource::{Place, Resource};

const GROUP: &str = "topology.plimsoll.dev";
const VERSION: &str = "v1alpha1";
const KIND: &str = "ServiceTopology";

/// The whole, read for its mistakes alone.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only the reader looks at the fields")]
struct Topology {
    spec: Spec,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only the reader looks at the fields")]
struct Spec {
    edges: Vec<Statement>,
}

/// That one workload calls another.
#[derive(Clone, Debug, Deserialize)]
struct Statement {
    from: String,
    to: String,
    #[serde(default)]
    ports: Vec<PortName>,
    #[serde(default)]
    http: Option<Http>,
}

#[derive(Clone, Debug, Deserialize)]
struct Http {
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
}

/// The name or the number of a port.
#[derive(Clone, Debug)]
struct PortName(String);

impl<'de> Deserialize<'de> for PortName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrNumber;
        impl Visitor<'_> for NameOrNumber {
            type Value = PortName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a port or a number from 1 to 65535")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<PortName, E> {
                let is_name = !name.is_empty() && name.parse::<u64>() != Ok(0);
                let refused = || E::invalid_value(serde::de::Unexpected::Str(name), &self);
                is_name
                    .then(|| PortName(name.to_owned()))
                    .ok_or_else(refused)
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<PortName, E> {
                let is_port = (1..=65535).contains(&number);
                let refused = || E::invalid_value(serde::de::Unexpected::Signed(number), &self);
                is_port
                    .then(|| PortName(number.to_string()))
                    .ok_or_else(refused)
            }
        }
        deserializer.deserialize_any(NameOrNumber)
    }
}

/// Adds what each `ServiceTopology` states.
pub(super) fn add(calls: &mut Calls<'_, '_>) {
    let objects = calls.graph.resources.all();
    for object in objects.filter(|object| object.group() == GROUP) {
        add_topology(calls, object);
    }
}

fn add_topology<'r>(calls: &mut Calls<'_, 'r>, object: &'r Resource<'r>) {
    let field = |key: &str| object.place().field(key);
    let broken = EdgeMistakeKind::Broken;
    if object.kind() != KIND {
        let message = format!(
            "\"{}\" is no kind of `{GROUP}`; write {KIND}",
            object.kind()
        );
        return calls.mistake(broken, field("kind"), message);
    }
    if object.api_version() != format!("{GROUP}/{VERSION}") {
        let message = format!(
            "\"{}\" is no version that is known here; write {GROUP}/{VERSION}",
            object.api_version()
        );
        return calls.mistake(broken, field("apiVersion"), message);
    }
    if !object.is_local() {
        let place = object.annotation("config.kubernetes.io/local-config");
        let message = "a cluster doesn't know this kind; set the annotation to \"true\", so that it is not applied";
        calls.mistake(broken, place, message.to_owned());
    }
    let besides = ["apiVersion", "kind", "metadata"];
    for mistake in yaml::read_all::<Topology>(object.node, &besides).1 {
        let place = Place {
            resource: object.number,
            path: mistake.path,
        };
        calls.mistake(broken, place, mistake.message);
    }
    let edges = object.node.at(&["spec", "edges"]);
    let edges = edges.into_iter().flat_map(Node::items).enumerate();
    for (index, node) in edges {
        // What is wrong with it has been told.
        if let Ok(statement) = yaml::read::<Statement>(node, &[]) {
            let path = Path::from(["spec", "edges"]).join(index);
            let resource = object.number;
            add_statement(calls, object, &Place { resource, path }, &statement);
        }
    }
}

fn add_statement<'r>(
    calls: &mut Calls<'_, 'r>,
    object: &'r Resource<'r>,
    place: &Place,
    statement: &Statement,
) {
    let namespace = calls.graph.resources.namespace_of(object);
    let from = callers(calls, object, place, &statement.from);
    let to = callee(&statement.to, namespace);
    let http = statement.http.as_ref().map(Http::read).transpose();
    for (field, mistake) in [("to", to.as_ref().err()), ("http", http.as_ref().err())] {
        if let Some(message) = mistake {
            calls.mistake(EdgeMistakeKind::Broken, place.field(field), message.clone());
        }
    }
    let (Ok((to_namespace, to)), Ok(http)) = (to, http) else {
        return;
    };
    let numbers = calls.workloads_called(object, to_namespace, to);
    if numbers.is_empty() {
        let message = unknown(&statement.to, namespace);
        calls.mistake(EdgeMistakeKind::Unknown, place.field("to"), message);
    }
    let text = format!("{KIND} {namespace}/{}: {}", object.name(), place.path);
    let evidence = Arc::new(Evidence::new(Strength::Topology, text, place.clone()));
    for from in from {
        let call = Call {
            from,
            http: http.iter().cloned().collect(),
            evidence: Arc::clone(&evidence),
        };
        for number in &numbers {
            let ports = ports(calls, *number, place, &statement.ports);
            calls.call_workload(&call, *number, ports);
        }
    }
}

fn callers<'r>(
    calls: &mut Calls<'_, 'r>,
    object: &'r Resource<'r>,
    place: &Place,
    text: &str,
) -> Vec<Peer> {
    let namespace = calls.graph.resources.namespace_of(object);
    let (kind, message) = match Caller::parse(text, namespace) {
        Ok(caller) => match caller.peers(calls, object) {
            peers if peers.is_empty() => (EdgeMistakeKind::Unknown, unknown(text, namespace)),
            peers => return peers,
        },
        Err(message) => (EdgeMistakeKind::Broken, message),
    };
    calls.mistake(kind, place.field("from"), message);
    Vec::new()
}

/// The container ports that a statement names; one that nothing has is left to stand where it is a number.
fn ports(calls: &mut Calls<'_, '_>, workload: usize, place: &Place, names: &[PortName]) -> Ports {
    if names.is_empty() {
        return Ports::All;
    }
    let mut found = BTreeSet::new();
    for (index, PortName(name)) in names.iter().enumerate() {
        let workload = calls.graph.workload(workload);
        let numbers = workload.map(|workload| workload.ports_called(name));
        let numbers = numbers.unwrap_or_default();
        if numbers.is_empty() {
            let message = format!(
                "no Service in front of the callee and none of its containers has a port \"{name}\"; write the \
                 name or the number of one"
            );
            let place = place.field("ports").field(index);
            calls.mistake(EdgeMistakeKind::Unknown, place, message);
            return Ports::All;
        }
        found.extend(numbers);
    }
    Ports::Some(found)
}

impl Http {
    /// The requests, or what is wrong with them.
    fn read(&self) -> Result<HttpMatch, String> {
        if self.methods.is_empty() && self.paths.is_empty() {
            return Err(
                "`http` must name methods or paths; without it any request counts".to_owned(),
            );
        }
        for method in &self.methods {
            if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
                return Err(format!(
                    "\"{method}\" is no method; write one in capitals, like GET"
                ));
            }
        }
        for path in &self.paths {
            if !is_path(path) {
                return Err(format!(
                    "\"{path}\" is no path; write one from its first `/` on, with `*` at its end or its start alone, \
                     like /v1/*"
                ));
            }
        }
        let sorted = |list: &[String]| {
            let list: BTreeSet<_> = list.iter().cloned().into_set();
            list.into_iter().collect()
        };
        Ok(HttpMatch {
            methods: sorted(&self.methods),
            paths: sorted(&self.paths),
        })
    }
}

/// Paths as Istio compares them: whole, by their start or by their end.
fn is_path(path: &str) -> bool {
    let fixed = path.strip_suffix('*').or_else(|| path.strip_prefix('*'));
    let fixed = fixed.unwrap_or(path);
    path.starts_with(['/', '*']) && !fixed.contains('*') && !path.contains(char::is_whitespace)
}
