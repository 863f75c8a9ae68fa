//! Which field is wrong where client and server don't understand each other.

use sdk::{Environment, Node, Place, Resource, ServiceNode, Severity, Step, Workload};

use super::codes;
use super::faults::{Code, Kind, Site, kind};
use super::landscape::Landscape;
use crate::config::MtlsMode;
use crate::istio::{Cause, ClientTls, TLS_MODE_LABEL, Verdict};

/// What of a call may be to blame.
pub(super) struct Suspects<'a, 'r> {
    pub(super) tls: &'a ClientTls<'r>,
    pub(super) service: &'a ServiceNode<'r>,
    pub(super) workload: &'a Workload<'r>,
    pub(super) port: u16,
    /// The number of the Service's port.
    pub(super) number: Option<u16>,
}

impl Suspects<'_, '_> {
    /// What is wrong, where it is known that auto mTLS is off: whether a rule's entry for the port lost its `tls`.
    fn refined(&self, kind: Kind) -> Kind {
        match (kind, &self.tls.leftover) {
            (Kind::Plaintext(Cause::NoAutoMtls), Some(_)) => Kind::Dropped,
            (kind, _) => kind,
        }
    }
}

/// The field that is wrong, what it is called and what it does; none where nothing is wrong.
pub(super) fn blame<'c: 'r, 'r>(
    landscape: &Landscape<'_, 'c, 'r>,
    verdict: Verdict,
    suspects: &Suspects<'_, 'r>,
) -> Option<(Site<'r>, Code, Kind)> {
    let kind = suspects.refined(kind(verdict, suspects.tls.is_credential_ignored)?);
    let code = code(landscape, verdict)?;
    let resources = landscape.survey.resources;
    let at = |resource: &'r Resource<'r>, place: Place| Site::new((resource, resources), place);
    let workload = suspects.workload;
    let callee = || Site::new(workload.pod, workload.owner.place());
    let told =
        |by: Option<(&'r Resource<'r>, Place)>| by.map(|(resource, place)| at(resource, place));
    let site = match kind {
        Kind::Plaintext(Cause::NoAutoMtls) => {
            let service = suspects.service.service.resource;
            let rule = suspects.tls.rules.first();
            let rule = rule.map(|rule| at(rule, mode_of(rule)));
            rule.unwrap_or_else(|| at(service, service.place()))
        }
        Kind::Plaintext(Cause::Namespace) => {
            let authored = &landscape.survey.servers.authored;
            told(authored.inferred(workload.namespace).decided_by).unwrap_or_else(callee)
        }
        Kind::Plaintext(Cause::Label) => {
            let place = label(workload).map(|place| Site::new(workload.pod, place));
            place.unwrap_or_else(callee)
        }
        Kind::PartlyMeshed => {
            let service = suspects.service.service.resource;
            at(service, service.place())
        }
        Kind::AutoMutual => {
            let (_, by) = landscape.mode(workload, Some(suspects.port));
            told(by).unwrap_or_else(callee)
        }
        _ => of_rule(landscape, suspects)?,
    };
    Some((site, code, kind))
}

/// What a rule tells, or the entry for the port that tells nothing.
fn of_rule<'c: 'r, 'r>(
    landscape: &Landscape<'_, 'c, 'r>,
    suspects: &Suspects<'_, 'r>,
) -> Option<Site<'r>> {
    let resources = landscape.survey.resources;
    let (resource, place) = match (&suspects.tls.decided_by, &suspects.tls.leftover) {
        (Some((resource, place)), _) => (*resource, place.clone()),
        (None, Some((_, place))) => {
            let resource = resources.get(place.resource)?;
            let entry = entry(resource, place, suspects.number);
            (resource, entry.unwrap_or_else(|| place.clone()))
        }
        (None, None) => return None,
    };
    Some(Site::new((resource, resources), place))
}

/// Where the entry for a port, beside the `tls` of its policy, should tell the mode.
fn entry(rule: &Resource<'_>, told: &Place, port: Option<u16>) -> Option<Place> {
    let mut policy = told.clone();
    policy.path.0.truncate(told.path.0.len().checked_sub(2)?);
    let list = rule.node.follow(&policy.path.0)?.get("portLevelSettings")?;
    let number = |entry: Node<'_>| entry.at(&["port", "number"]).and_then(Node::as_i64);
    let mut entries = list.items();
    let index = entries.position(|entry| number(entry) == port.map(i64::from))?;
    let entry = policy.field("portLevelSettings").field(index);
    Some(entry.field("tls").field("mode"))
}

/// Where a rule tells the mode for all ports.
pub(super) fn mode_of(rule: &Resource<'_>) -> Place {
    let policy = rule.place().field("spec").field("trafficPolicy");
    policy.field("tls").field("mode")
}

/// The label by which pods tell clients not to use mutual TLS.
fn label(workload: &Workload<'_>) -> Option<Place> {
    let mut place = workload.pod.annotation(TLS_MODE_LABEL)?;
    place.path.0.truncate(place.path.0.len().saturating_sub(2));
    place.path.0.push(Step::from("labels"));
    Some(place.field(TLS_MODE_LABEL))
}

fn code(landscape: &Landscape<'_, '_, '_>, verdict: Verdict) -> Option<Code> {
    let error = |rule| Code::new(rule, Severity::Error);
    Some(match verdict.code()? {
        "001" => error(codes::PLAINTEXT_REFUSED),
        "002" => error(codes::MTLS_REFUSED),
        "003" => error(codes::MTLS_OUTSIDE_MESH),
        "003h" => error(codes::HEADLESS_PARTLY_MESHED),
        "028" => error(codes::HEADLESS_MTLS_REFUSED),
        "007" => Code::new(codes::PLAINTEXT_ALLOWED, plaintext_severity(landscape)),
        _ => return None,
    })
}

/// Who asks for STRICT in so many words doesn't want plain text in production.
pub(super) fn plaintext_severity(landscape: &Landscape<'_, '_, '_>) -> Severity {
    let survey = landscape.survey;
    let is_asked = survey.run.peer_authentication.mode == Some(MtlsMode::Strict);
    if is_asked && survey.environment == Some(Environment::Production) {
        Severity::Error
    } else {
        Severity::Warning
    }
}
