//! What a port needs.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Peer, Workload};

use crate::config::{AuthorizationMode, UnknownCallers};
use crate::linkerd::callers::{Callers, Complaints};
use crate::linkerd::exceptions::Exception;
use crate::linkerd::identity::{self, Identity, Known};
use crate::linkerd::inbound::InboundPolicy;
use crate::linkerd::view::View;

/// What is made for a port.
#[derive(Default)]
pub(super) struct Wanted<'v> {
    /// What the Server lets in beyond what policies let in; none is nothing.
    pub(super) access: Option<InboundPolicy>,
    pub(super) identities: BTreeSet<Identity>,
    /// Whether Prometheus is to be let in by its addresses.
    pub(super) is_scraped: bool,
    pub(super) evidence: BTreeSet<&'v str>,
    pub(super) exception: Option<Exception<'v>>,
}

/// A port with what is known of it.
pub(super) struct OfPort<'v, 'p, 's, 'c, 'r> {
    pub(super) view: &'v View<'s, 'c, 'r>,
    pub(super) workload: &'p Workload<'r>,
    pub(super) port: u16,
    pub(super) callers: &'p Callers<'v>,
    pub(super) are_neighbours_in: bool,
}

/// Whether nobody states a caller of any port of a workload, and the namespace's own are let in then.
pub(super) fn lets_neighbours_in(
    view: &View<'_, '_, '_>,
    callers: &BTreeMap<u16, Callers<'_>>,
) -> bool {
    let authorization = &view.survey.run.authorization;
    let mut ports = callers.values();
    authorization.mode == AuthorizationMode::Enforce
        && authorization.unknown_callers == UnknownCallers::SameNamespace
        && ports.all(|callers| callers.identities.is_empty())
}

impl<'v> OfPort<'v, '_, '_, '_, '_> {
    /// What the port needs, unless that would cut somebody off.
    pub(super) fn wanted(&self, complaints: &mut Complaints<'v>) -> Option<Wanted<'v>> {
        let (number, port) = (self.workload.number, self.port);
        let has_server = self.view.servers.of(number, port).is_some();
        if let Some(exception) = self.exception() {
            return (!has_server).then(|| Wanted {
                access: Some(exception.policy),
                exception: Some(exception),
                ..Wanted::default()
            });
        }
        let wanted = self.of_callers();
        let is_closing = wanted
            .as_ref()
            .is_some_and(|wanted| wanted.access.is_none());
        let refuses = self.view.needs_identity(number) && !has_server;
        if is_closing || refuses {
            complaints.nobodies(self.callers, port);
        }
        let wanted = wanted?;
        if wanted.is_scraped && self.view.survey.run.prometheus.cidrs.is_empty() {
            complaints.scrapes(self.callers, port);
            return None;
        }
        if is_closing {
            complaints.unstated(self.callers, port);
        }
        (!is_closing || !self.cuts_off()).then_some(wanted)
    }

    /// An exception that asks for an identity yields to a policy that does.
    fn exception(&self) -> Option<Exception<'v>> {
        let exception = self.view.exception(self.workload.number, self.port)?;
        let is_open = !exception.policy.needs_identity();
        (is_open || self.callers.identities.is_empty()).then_some(exception)
    }

    /// Whether a policy for those that are stated would refuse others that are known to call.
    fn cuts_off(&self) -> bool {
        !self.callers.nobodies.is_empty()
            || self.callers.has_unknown
            || self.callers.unstated().next().is_some()
    }

    /// What the port would need if everybody who calls it had an identity.
    fn of_callers(&self) -> Option<Wanted<'v>> {
        let mode = self.view.survey.run.authorization.mode;
        let mut identities = self.callers.identities.clone();
        if self.are_neighbours_in {
            let own = self.workload.namespace.to_owned();
            identities.insert(Identity::Namespace(own));
        }
        let has_callers = match mode {
            AuthorizationMode::Off => false,
            AuthorizationMode::Declared => !identities.is_empty(),
            AuthorizationMode::Enforce => !identities.is_empty() || self.callers.is_scraped,
        };
        if !has_callers {
            return self.of_scrapes();
        }
        let scraper = self.scraper();
        let is_scraped = scraper == Some(Known::Scraper);
        if let Some(Known::Is(identity)) = scraper {
            identities.insert(identity);
        }
        Some(Wanted {
            identities,
            is_scraped,
            evidence: self.callers.evidence.clone(),
            ..Wanted::default()
        })
    }

    /// What lets Prometheus in by its addresses. Whoever the proxy lets in without a Server must get in with one
    /// too.
    fn of_scrapes(&self) -> Option<Wanted<'v>> {
        let policy = self.view.policy(self.workload.number)?;
        let is_scraped = self.scraper() == Some(Known::Scraper);
        (is_scraped && policy.needs_identity()).then(|| Wanted {
            access: Some(policy).filter(|policy| *policy != InboundPolicy::Deny),
            is_scraped,
            evidence: self.callers.evidence.clone(),
            ..Wanted::default()
        })
    }

    /// Who Prometheus is, where it scrapes the port.
    fn scraper(&self) -> Option<Known> {
        let is_scraped = self.callers.is_scraped;
        is_scraped.then(|| identity::of(self.view, &Peer::Scraper))
    }
}
