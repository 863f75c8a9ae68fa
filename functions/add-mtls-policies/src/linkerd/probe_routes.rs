//! Routes for probes. Linkerd makes them by itself, but only for a Server that no route of an author is attached to:
//! linkerd policy-controller/k8s/index/src/inbound/index.rs, `http_routes`.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Node, Plan, Resource, Subject};

use super::access::Made;
use super::objects::{self, GROUP, Name, is_made_here};
use super::probes::{self, Kind};
use super::view::View;

pub(super) const PROBE_ROUTE: &str = "probe-route";

/// From where Linkerd lets probes in by itself: linkerd charts/linkerd-control-plane/values.yaml,
/// `policyController.probeNetworks`.
const EVERYWHERE: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// A Server by namespace and name.
type Key = (String, String);

/// What a Server with a route of an author needs.
struct Probed<'r> {
    /// What the route is made for.
    subject: &'r Resource<'r>,
    paths: BTreeSet<String>,
}

pub(super) fn plan<'r>(plan: &mut Plan, view: &View<'_, '_, 'r>, made: &Made) {
    let routed = routed(view);
    if routed.is_empty() {
        return;
    }
    for (key, mut probed) in probed(view, made) {
        let Some(known) = routed.get(&key) else {
            continue;
        };
        probed.paths.retain(|path| !known.contains(path));
        let subject: Subject<'r> = (probed.subject, view.survey.resources).into();
        if probed.paths.is_empty() {
            continue;
        }
        if plan.is_skipped(PROBE_ROUTE, subject) {
            // Says so.
            drop(plan.decide(PROBE_ROUTE, subject));
            continue;
        }
        make(plan, &key, &probed);
    }
}

fn make(plan: &mut Plan, (namespace, server): &Key, probed: &Probed<'_>) {
    let name = Name {
        namespace: namespace.clone(),
        name: format!("{server}-probes"),
    };
    let policy = name.with(|name| format!("allow-{name}"));
    let (route, networks) = (
        ("HTTPRoute", name.name.as_str()),
        ("NetworkAuthentication", name.name.as_str()),
    );
    let none = sdk::json!({});
    let because = format!("a route of an author is attached to Server \"{server}\"");
    for value in [
        objects::probe_route(&name, server, &probed.paths),
        objects::networks(&name, &EVERYWHERE.map(str::to_owned)),
        objects::authorization(&policy, &none, route, networks),
    ] {
        plan.generate_because(value, probed.subject, &*because);
    }
}

/// The Servers that routes of authors are attached to, with the paths that those name exactly.
fn routed(view: &View<'_, '_, '_>) -> BTreeMap<Key, BTreeSet<String>> {
    let resources = view.survey.resources;
    let routes = resources.all().filter(|object| {
        object.kind() == "HTTPRoute"
            && [GROUP, "gateway.networking.k8s.io"].contains(&object.group())
            && !object.is_local()
            && !is_made_here(object)
    });
    let mut found: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    for route in routes {
        let namespace = resources.namespace_of(route);
        for server in parents(route) {
            let paths = found.entry((namespace.to_owned(), server)).or_default();
            paths.extend(exact_paths(route));
        }
    }
    found
}

/// The Servers that a route names; the group of a route of Linkerd's own is Linkerd's where it is left out.
pub(super) fn parents(route: &Resource<'_>) -> Vec<String> {
    let parents = route.node.at(&["spec", "parentRefs"]);
    let parents = parents.into_iter().flat_map(Node::items);
    let is_server = |parent: &Node<'_>| {
        let text = |field| parent.get(field).and_then(Node::text);
        let is_own = text("group").map_or(route.group() == GROUP, |group| group == GROUP);
        is_own && text("kind").is_some_and(|kind| kind == "Server")
    };
    let names = parents
        .filter(is_server)
        .filter_map(|parent| parent.get("name")?.text());
    names.map(std::borrow::Cow::into_owned).collect()
}

fn exact_paths(route: &Resource<'_>) -> Vec<String> {
    let rules = route
        .node
        .at(&["spec", "rules"])
        .into_iter()
        .flat_map(Node::items);
    let matches = rules
        .filter_map(|rule| rule.get("matches"))
        .flat_map(Node::items);
    let paths = matches.filter_map(|one| one.get("path"));
    let exact = paths.filter(|path| {
        let kind = path.get("type").and_then(Node::text);
        kind.is_some_and(|kind| kind == "Exact")
    });
    let texts = exact.filter_map(|path| path.get("value")?.text());
    texts.map(std::borrow::Cow::into_owned).collect()
}

/// The Servers, of authors or made, with the paths of the probes that come to their ports.
fn probed<'r>(view: &View<'_, '_, 'r>, made: &Made) -> BTreeMap<Key, Probed<'r>> {
    let mut found: BTreeMap<Key, Probed<'r>> = BTreeMap::new();
    for workload in view.in_scope() {
        for probe in probes::of(workload) {
            let Kind::Http(path) = probe.kind else {
                continue;
            };
            let authored = view.servers.of(workload.number, probe.port);
            let (name, subject) = match (authored, made.get(&(workload.number, probe.port))) {
                (Some(server), _) => (server.resource.name(), server.resource),
                (None, Some(server)) => (server.name.as_str(), workload.owner),
                (None, None) => continue,
            };
            let key = (workload.namespace.to_owned(), name.to_owned());
            let paths = BTreeSet::new();
            let probed = found.entry(key).or_insert(Probed { subject, paths });
            probed.paths.insert(path);
        }
    }
    found
}
