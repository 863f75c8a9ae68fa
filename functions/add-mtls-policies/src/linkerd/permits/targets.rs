//! What authors' policies are for.

use std::collections::{BTreeMap, BTreeSet};

use sdk::yaml::read_all;
use sdk::{LabelSelector, Resource, Resources, selects};

use crate::linkerd::objects::is_made_here;
use crate::linkerd::probe_routes::parents;
use crate::linkerd::servers::Server;

/// Servers and routes, by what policies name them by.
pub(super) struct Targets<'r> {
    servers: BTreeMap<(&'r str, &'r str), &'r Resource<'r>>,
    /// By a label of theirs.
    by_label: BTreeMap<(&'r str, String, String), Vec<&'r Resource<'r>>>,
    /// The names of the Servers that routes are attached to.
    routes: BTreeMap<(&'r str, &'r str), BTreeSet<String>>,
}

impl<'r> Targets<'r> {
    pub(super) fn new(resources: &'r Resources<'r>, servers: &[Server<'r>]) -> Self {
        let mut targets = Self {
            servers: BTreeMap::new(),
            by_label: BTreeMap::new(),
            routes: BTreeMap::new(),
        };
        for server in servers {
            let (namespace, resource) = (server.namespace, server.resource);
            targets
                .servers
                .insert((namespace, resource.name()), resource);
            for (key, value) in resource.labels().iter() {
                let label = (namespace, key.into_owned(), value.into_owned());
                targets.by_label.entry(label).or_default().push(resource);
            }
        }
        for route in resources.all().filter(|object| is_route(object)) {
            let key = (resources.namespace_of(route), route.name());
            targets
                .routes
                .entry(key)
                .or_default()
                .extend(parents(route));
        }
        targets
    }

    /// The Servers that a policy is for; none where it is for all of its namespace, or for a route that isn't here
    /// and may be attached to any.
    pub(super) fn of(&self, policy: &Resource<'_>, namespace: &str) -> Option<Vec<&'r str>> {
        if policy.kind() == "ServerAuthorization" {
            return Some(self.of_server_authorization(policy, namespace));
        }
        let target = policy.node.at(&["spec", "targetRef"]);
        let text = |field| target.and_then(|target| target.get(field)?.text());
        let name = text("name").unwrap_or_default();
        match text("kind")
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str()
        {
            "server" => Some(self.named(namespace, &name).collect()),
            "namespace" => None,
            "httproute" | "grpcroute" => {
                let parents = self.routes.get(&(namespace, &*name))?.iter();
                Some(
                    parents
                        .flat_map(|name| self.named(namespace, name))
                        .collect(),
                )
            }
            _ => Some(Vec::new()),
        }
    }

    fn named(&self, namespace: &str, name: &str) -> impl Iterator<Item = &'r str> + use<'r> {
        let server = self.servers.get(&(namespace, name));
        server.map(|server| server.name()).into_iter()
    }

    /// linkerd policy-controller/k8s/index/src/inbound/server_authorization.rs, `ServerSelector`.
    fn of_server_authorization(&self, policy: &Resource<'_>, namespace: &str) -> Vec<&'r str> {
        let target = policy.node.at(&["spec", "server"]);
        let name = target.and_then(|target| target.get("name")?.text());
        if let Some(name) = name {
            return self.named(namespace, &name).collect();
        }
        let selector = target.and_then(|target| target.get("selector"));
        let selector = selector.map_or_else(
            || Some(LabelSelector::default()),
            |node| read_all::<LabelSelector>(node, &[]).0,
        );
        let compiled = selector.as_ref().and_then(|all| all.compile().ok());
        let (Some(selector), Some(compiled)) = (selector, compiled) else {
            return Vec::new();
        };
        let candidates = self.candidates(namespace, &selector);
        let selected = candidates.into_iter();
        let selected = selected.filter(|server| selects(&compiled, server.labels()));
        selected.map(Resource::name).collect()
    }

    /// The Servers of a namespace that may have what a selector asks for.
    fn candidates(&self, namespace: &str, selector: &LabelSelector) -> Vec<&'r Resource<'r>> {
        if let Some((key, value)) = selector.match_labels.first_key_value() {
            let label = (namespace, key.clone(), value.clone());
            return self.by_label.get(&label).cloned().unwrap_or_default();
        }
        let own = self.servers.range((namespace, "")..);
        let own = own.take_while(|((of, _), _)| *of == namespace);
        own.map(|(_, server)| *server).collect()
    }
}

fn is_route(object: &Resource<'_>) -> bool {
    ["HTTPRoute", "GRPCRoute"].contains(&object.kind())
        && !object.is_local()
        && !is_made_here(object)
}
