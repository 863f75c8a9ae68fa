//! Keys for tokens, which the control plane fetches: it is a caller outside the mesh.

use std::collections::BTreeSet;

use sdk::{Collect as _, Node, Place, Plan, Resource, Severity};

use super::codes;
use super::faults::label;
use super::landscape::{Door, Landscape};
use crate::istio::{Client, ClientTls, Verdict};

/// Looks at every `RequestAuthentication`.
///
/// istio: `pilot/pkg/model/jwks_resolver.go`, `getRemoteContentWithRetry`: over HTTP or TLS, never over mutual TLS.
pub(super) fn check<'c: 'r, 'r>(plan: &mut Plan, landscape: &Landscape<'_, 'c, 'r>) {
    let survey = landscape.survey;
    let objects = survey.resources.all();
    let policies = objects.filter(|object| {
        object.is("security.istio.io", "RequestAuthentication") && !object.is_local()
    });
    for policy in policies.filter(|policy| survey.is_in_scope(policy)) {
        let rules = policy.node.at(&["spec", "jwtRules"]);
        let list = policy.place().field("spec").field("jwtRules");
        for (index, rule) in rules.into_iter().flat_map(Node::items).enumerate() {
            look(plan, landscape, policy, (rule, list.field(index)));
        }
    }
}

fn look<'c: 'r, 'r>(
    plan: &mut Plan,
    landscape: &Landscape<'_, 'c, 'r>,
    policy: &'r Resource<'r>,
    (rule, place): (Node<'r>, Place),
) {
    if rule.get("jwks").is_some() {
        return;
    }
    let told = ["jwksUri", "issuer"].into_iter();
    let mut told = told.filter_map(|field| Some((field, rule.get(field)?.text()?)));
    let Some((field, uri)) = told.next() else {
        return;
    };
    let Some((called, ports)) = refusing(landscape, &uri) else {
        return;
    };
    let message = format!(
        "the control plane fetches the keys without the mesh's certificates, and {called} takes mutual TLS alone on {}; write the keys into `jwks`, or except the port (`peerAuthentication.exceptions`)",
        super::words::numbers(&ports)
    );
    let subject = (policy, landscape.survey.resources);
    let rule = codes::CALLER_OUTSIDE_MESH;
    let place = place.field(field);
    plan.report(rule, Severity::Warning, subject, &place, message, None);
}

/// The Service that an address means, and its container ports that refuse the control plane.
fn refusing<'c: 'r, 'r>(
    landscape: &Landscape<'_, 'c, 'r>,
    uri: &str,
) -> Option<(String, BTreeSet<u16>)> {
    let survey = landscape.survey;
    let (scheme, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let default = if scheme == "https" { "443" } else { "80" };
    let (host, port) = authority.split_once(':').unwrap_or((authority, default));
    let root = survey.run.mesh.root_namespace.as_str();
    let service = survey.graph.host(root, host)?;
    if !landscape.is_looked_after(service.namespace) {
        return None;
    }
    let tls = ClientTls::default();
    let port = service.port(port)?;
    let refused = port.targets.iter().filter_map(|(number, container)| {
        let server = survey.graph.workload(*number)?;
        let doors = landscape.doors(*number).iter();
        let is_meant = |door: &&Door| Some(door.container) == *container;
        let door = doors.copied().find(|door| is_meant(&door))?;
        let met = super::meeting::meet(landscape, Client::None, &tls, server, door);
        (met == Verdict::UnmeshedRefused).then_some(door.container)
    });
    let ports: BTreeSet<u16> = refused.into_set();
    let called = label(service.service.resource, service.namespace);
    (!ports.is_empty()).then_some((called, ports))
}
