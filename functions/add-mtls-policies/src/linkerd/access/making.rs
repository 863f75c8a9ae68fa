//! Makes what ports need.

use std::collections::BTreeMap;

use sdk::{Plan, Severity, Value, Workload, json};

use super::wanted::Wanted;
use super::{Access, MadeServer};
use crate::linkerd::callers;
use crate::linkerd::objects::{self, Name};
use crate::linkerd::opaque;
use crate::linkerd::servers::{self, Server};
use crate::making;

const SPILL: &str = "policy-spills";

impl<'v, 'r> Access<'v, '_, '_, 'r> {
    pub(super) fn make(
        &mut self,
        plan: &mut Plan,
        workload: &Workload<'r>,
        wanted: BTreeMap<u16, Wanted<'v>>,
    ) {
        let base = self.names.get(workload.number).cloned();
        let Some(base) = base.filter(|_| self.can_be_alone(plan, workload, &wanted)) else {
            return;
        };
        let scrape = Name {
            namespace: workload.namespace.to_owned(),
            name: format!("{base}-scrape"),
        };
        let mut is_scraped = false;
        for (port, wanted) in wanted {
            let mut values = Vec::new();
            let name = Name::of_port(workload, &base, port);
            let Some(server) = self.server(plan, workload, port, &name, &wanted, &mut values)
            else {
                continue;
            };
            is_scraped |= wanted.is_scraped;
            values.extend(permissions(&name, &server, &scrape, &wanted));
            let because = match wanted.exception {
                Some(_) => "as `peerAuthentication.exceptions` asks",
                None => "as `authorization` asks",
            };
            self.generate(plan, workload, values, because);
        }
        if is_scraped {
            let cidrs = &self.view.survey.run.prometheus.cidrs;
            let networks = objects::networks(&scrape, cidrs);
            self.generate(plan, workload, vec![networks], "as `prometheus.cidrs` asks");
        }
    }

    /// Makes objects, but for those of which an author has the name.
    fn generate(
        &mut self,
        plan: &mut Plan,
        workload: &Workload<'r>,
        values: Vec<Value>,
        because: &str,
    ) {
        for value in values {
            if !self.authored.tell_taken(plan, self.view, &value) {
                making::generate(plan, value, workload.owner, because);
            }
        }
    }

    /// The name of the Server for a port: an author's that is there, or one that is made.
    fn server(
        &mut self,
        plan: &mut Plan,
        workload: &Workload<'r>,
        port: u16,
        name: &Name,
        wanted: &Wanted<'v>,
        values: &mut Vec<Value>,
    ) -> Option<String> {
        let view = self.view;
        if let Some(server) = view.servers.of(workload.number, port) {
            let is_free = !self.tell_shared(plan, workload, port, server);
            return is_free.then(|| server.resource.name().to_owned());
        }
        let listener = view.listener(workload.number, port);
        let protocol = opaque::protocol(view, workload, port, listener);
        let (notes, access) = (notes(wanted), wanted.access);
        let server = objects::server(name, &notes, workload, port, protocol, access);
        values.push(server);
        let name = name.name.clone();
        let made = MadeServer {
            name: name.clone(),
            access,
        };
        self.made.insert((workload.number, port), made);
        Some(name)
    }

    /// Whether a Server of an author covers the port of another workload too, which is told.
    fn tell_shared(
        &self,
        plan: &mut Plan,
        workload: &Workload<'r>,
        port: u16,
        server: &Server<'r>,
    ) -> bool {
        let graph = self.view.survey.graph;
        let covers = server.covers.iter();
        let mut others =
            covers.filter(|(number, ports)| *number != workload.number && ports.contains(&port));
        let Some(other) = others.find_map(|(number, _)| graph.workload(*number)) else {
            return false;
        };
        let message = format!(
            "covers {} and {}, so that the callers of one could call the other; give each its own Server",
            callers::label(workload),
            callers::label(other)
        );
        let subject = (server.resource, self.view.survey.resources);
        let place = server.resource.place().field("spec").field("podSelector");
        plan.report(SPILL, Severity::Error, subject, &place, message, None);
        true
    }

    /// Whether the Servers that are made can select the workload's pods and no others.
    fn can_be_alone(
        &self,
        plan: &mut Plan,
        workload: &Workload<'r>,
        wanted: &BTreeMap<u16, Wanted<'v>>,
    ) -> bool {
        let view = self.view;
        let mut ports = wanted.keys();
        if ports.all(|port| view.servers.of(workload.number, *port).is_some()) {
            return true;
        }
        let labels = workload.stable_labels();
        let other = servers::others_with(view.survey.graph, &view.pods, workload, &labels);
        let message = match other {
            _ if labels.is_empty() => {
                "has no labels by which a policy could select its pods; give them one".to_owned()
            }
            None => return true,
            Some(other) => format!(
                "has no labels that {} doesn't have too, so that a policy would hold for both; give its pods one of their own",
                callers::label(other)
            ),
        };
        let place = workload.owner.place();
        plan.report(SPILL, Severity::Error, workload.pod, &place, message, None);
        false
    }
}

/// What lets callers in to a Server.
fn permissions(name: &Name, server: &str, scrape: &Name, wanted: &Wanted<'_>) -> Vec<Value> {
    let notes = objects::evidence(&wanted.evidence);
    let target = ("Server", server);
    let mut values = Vec::new();
    if !wanted.identities.is_empty() {
        let policy = name.with(|name| format!("allow-{name}"));
        let callers = ("MeshTLSAuthentication", name.name.as_str());
        values.push(objects::identities(name, &notes, &wanted.identities));
        values.push(objects::authorization(&policy, &notes, target, callers));
    }
    if wanted.is_scraped {
        let policy = name.with(|name| format!("allow-{name}-scrape"));
        let addresses = ("NetworkAuthentication", scrape.name.as_str());
        values.push(objects::authorization(&policy, &notes, target, addresses));
    }
    values
}

/// What a Server is known to be for.
fn notes(wanted: &Wanted<'_>) -> Value {
    let mut notes = objects::evidence(&wanted.evidence);
    if let (Some(exception), Some(map)) = (wanted.exception, notes.as_object_mut()) {
        let told = [
            ("plimsoll.dev/reason", exception.reason),
            ("plimsoll.dev/expires", exception.expires),
        ];
        for (key, text) in told {
            if let Some(text) = text {
                map.insert(key.to_owned(), json!(text));
            }
        }
    }
    notes
}
