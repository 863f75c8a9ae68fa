//! Ports of which authors say themselves who may call them.

use sdk::{Peer, Place, Plan, Resource, Severity, Workload};

use super::Access;
use super::authored::TAKEN;
use crate::config::AuthorizationMode;
use crate::linkerd::callers::{self, Callers};
use crate::linkerd::identity::{self, Identity, Known};
use crate::linkerd::inbound::InboundPolicy;
use crate::linkerd::objects::Name;
use crate::linkerd::permits::{Permit, Whom};
use crate::linkerd::servers::Server;

impl<'r> Access<'_, '_, '_, 'r> {
    /// Whether an author says who may call a port, which is kept: whatever is made would let in others too.
    pub(super) fn keeps(
        &self,
        plan: &mut Plan,
        workload: &Workload<'r>,
        port: u16,
        callers: &Callers<'_>,
    ) -> bool {
        let Some(server) = self.view.servers.of(workload.number, port) else {
            return false;
        };
        let Some((object, place)) = self.statement(server, workload, port) else {
            return false;
        };
        let subject = (object, self.view.survey.resources);
        let target = format!("port {port} of {}", callers::label(workload));
        if let Some(decision) = plan.decide(super::ACCESS, subject) {
            let message = format!("says already who may call {target}");
            decision.keep("authored", &place, message);
        }
        if self.view.survey.run.authorization.mode == AuthorizationMode::Off {
            return true;
        }
        let left_out = self.left_out(server, callers);
        if !left_out.is_empty() {
            let message = format!(
                "leaves out {}, known to call {target}; let them in, or take back what says that they call",
                left_out.join(", ")
            );
            plan.report(TAKEN, Severity::Warning, subject, &place, message, None);
        }
        true
    }

    /// What says who may call. A policy that has the name of one that would be made is compared with that instead.
    fn statement(
        &self,
        server: &Server<'r>,
        workload: &Workload<'r>,
        port: u16,
    ) -> Option<(&'r Resource<'r>, Place)> {
        let base = self.names.get(workload.number)?;
        let name = Name::of_port(workload, base, port).name;
        let own = [format!("allow-{name}"), format!("allow-{name}-scrape")];
        let is_own = |permit: &&Permit<'r>| own.iter().any(|own| own == permit.resource.name());
        let permits = self.view.permits.of(server).iter();
        let permit = permits
            .filter(|permit| !is_own(permit))
            .min_by_key(|permit| (permit.resource.kind(), permit.resource.name()));
        let spec = |object: &Resource<'_>| object.place().field("spec");
        match permit {
            Some(permit) => Some((permit.resource, spec(permit.resource))),
            None if lets_in(server).is_some() => {
                let place = spec(server.resource).field("accessPolicy");
                Some((server.resource, place))
            }
            None => None,
        }
    }

    /// Those who are known to call, and whom nothing of an author's lets in.
    fn left_out(&self, server: &Server<'r>, callers: &Callers<'_>) -> Vec<String> {
        let permits = &self.view.permits;
        let permits = permits.of(server).iter().chain(permits.around(server));
        let all: Vec<Whom> = permits
            .map(|permit| permit.whom.clone())
            .chain(lets_in(server))
            .collect();
        if all.contains(&Whom::Anyone) {
            return Vec::new();
        }
        let is_out = |identity: &Identity| !all.iter().any(|whom| whom.may_be(identity));
        let identities = callers
            .identities
            .iter()
            .filter(|identity| is_out(identity));
        let mut found: Vec<String> = identities.map(Identity::to_string).collect();
        let nobodies = callers.nobodies.iter();
        let stated = nobodies.filter(|(_, edge)| !callers::is_inferred(edge));
        found.extend(stated.map(|(peer, _)| identity::label(self.view, peer)));
        let scraper = identity::of(self.view, &Peer::Scraper);
        let is_refused = match &scraper {
            Known::Is(identity) => is_out(identity),
            _ => true,
        };
        if callers.is_scraped && is_refused {
            found.push(identity::label(self.view, &Peer::Scraper));
        }
        found
    }
}

/// Whom a Server lets in by itself; none where that is nobody, which is the API's default too: linkerd
/// charts/linkerd-crds/templates/policy/server.yaml.
fn lets_in(server: &Server<'_>) -> Option<Whom> {
    match server.access()? {
        InboundPolicy::Deny => None,
        policy if policy.needs_identity() => Some(Whom::Meshed),
        _ => Some(Whom::Anyone),
    }
}
