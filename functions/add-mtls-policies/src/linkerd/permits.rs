//! Whom authors let in to their Servers. What they wrote adds up, and so would what is made: linkerd
//! policy-controller/k8s/index/src/inbound/index.rs, `client_authzs` and `route_client_authzs`.

mod targets;
mod whom;

use std::collections::BTreeMap;

use sdk::{Resource, Resources};

use super::objects::{GROUP, is_made_here};
use super::servers::Server;
use targets::Targets;
use whom::Authentications;
pub(super) use whom::Whom;

/// An `AuthorizationPolicy` or a `ServerAuthorization` of an author.
#[derive(Clone, Debug)]
pub(super) struct Permit<'r> {
    pub(super) resource: &'r Resource<'r>,
    pub(super) whom: Whom,
}

/// What authors wrote, by what it is for.
#[derive(Debug, Default)]
pub(super) struct Permits<'r> {
    /// By the namespaces and names of Servers.
    of_servers: BTreeMap<(&'r str, &'r str), Vec<Permit<'r>>>,
    /// What is for all Servers of a namespace, or for a route that the input doesn't have.
    of_namespaces: BTreeMap<&'r str, Vec<Permit<'r>>>,
}

impl<'r> Permits<'r> {
    /// What is for any of these Servers.
    pub(super) fn new(
        resources: &'r Resources<'r>,
        servers: &[Server<'r>],
        trust_domain: &str,
    ) -> Self {
        let mut permits = Self::default();
        if servers.is_empty() {
            return permits;
        }
        let targets = Targets::new(resources, servers);
        let authentications = Authentications::new(resources, trust_domain);
        for object in resources.all().filter(|object| is_permit(object)) {
            let namespace = resources.namespace_of(object);
            let permit = Permit {
                resource: object,
                whom: authentications.whom(object, namespace),
            };
            let Some(names) = targets.of(object, namespace) else {
                let wide = permits.of_namespaces.entry(namespace).or_default();
                wide.push(permit);
                continue;
            };
            for name in names {
                let own = permits.of_servers.entry((namespace, name)).or_default();
                own.push(permit.clone());
            }
        }
        permits
    }

    /// What is for a Server alone.
    pub(super) fn of(&self, server: &Server<'r>) -> &[Permit<'r>] {
        let key = (server.namespace, server.resource.name());
        self.of_servers.get(&key).map_or(&[], Vec::as_slice)
    }

    /// What may be for a Server as for others of its namespace.
    pub(super) fn around(&self, server: &Server<'r>) -> &[Permit<'r>] {
        let wide = self.of_namespaces.get(server.namespace);
        wide.map_or(&[], Vec::as_slice)
    }
}

fn is_permit(object: &Resource<'_>) -> bool {
    let is_kind = ["AuthorizationPolicy", "ServerAuthorization"].contains(&object.kind());
    is_kind && object.group() == GROUP && !object.is_local() && !is_made_here(object)
}
