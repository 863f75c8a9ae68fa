//! Calls that somebody states, or that texts suggest.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Edge, Peer, Ports, Severity, Strength, Workload};

use super::blame::{Suspects, blame, plaintext_severity};
use super::codes;
use super::faults::{Code, Faults, Kind, Site, label};
use super::landscape::{Door, Landscape};
use super::meeting::{Caller, meet};
use crate::istio::{Cause, Client, ClientTls, Mode, Plane, TlsMode, Verdict};

/// Calls of which both ends are known.
pub(super) struct Known<'l, 's, 'c, 'r> {
    pub(super) landscape: &'l Landscape<'s, 'c, 'r>,
    /// Whether rules for a Service are about to be made, by its number.
    pub(super) ensured: &'l [bool],
}

/// A call with its ends.
struct Link<'a, 'r> {
    caller: Caller<'a>,
    /// The caller, where it is a workload of the input.
    from: Option<&'a Workload<'r>>,
    to: &'a Workload<'r>,
    edge: &'a Edge,
}

impl Link<'_, '_> {
    /// Whether no more than texts tell of it.
    fn is_guessed(&self) -> bool {
        let strongest = self.edge.evidence.first();
        strongest.is_none_or(|evidence| evidence.strength == Strength::Inferred)
    }

    fn code(&self, code: Code) -> Code {
        if self.is_guessed() {
            code.guessed()
        } else {
            code
        }
    }

    /// Who calls, and how that is known.
    fn words(&self) -> String {
        let who = match (self.from, &self.edge.from) {
            (Some(from), _) => label(from.owner, from.namespace),
            (None, Peer::Gateway { namespace, name }) => format!("gateway {namespace}/{name}"),
            (None, _) => String::new(),
        };
        match self.edge.evidence.first() {
            Some(evidence) => {
                // Most evidence begins with who it is about.
                let text = evidence.text.strip_prefix(who.as_str());
                let text = text.and_then(|text| text.strip_prefix(": "));
                format!("{who} ({})", text.unwrap_or(&evidence.text))
            }
            None => who,
        }
    }
}

impl<'c: 'r, 'r> Known<'_, '_, 'c, 'r> {
    /// Looks at every call.
    pub(super) fn check(&self, faults: &mut Faults<'r>) {
        for edge in &self.landscape.survey.edges.edges {
            if let Some(link) = self.link(edge) {
                self.look(&link, faults);
            }
        }
    }

    fn link<'a>(&self, edge: &'a Edge) -> Option<Link<'a, 'r>>
    where
        'c: 'a,
    {
        let graph = self.landscape.survey.graph;
        let to = graph.workload(edge.to)?;
        let (caller, from) = match &edge.from {
            Peer::Workload(number) => {
                let from = graph.workload(*number)?;
                let caller = Caller {
                    client: self.landscape.client(from),
                    namespace: from.namespace,
                    labels: Some(from.pod.labels()),
                };
                (caller, Some(from))
            }
            Peer::Gateway { namespace, .. } => {
                let caller = Caller {
                    client: Client::Gateway,
                    namespace,
                    labels: None,
                };
                (caller, None)
            }
            _ => return None,
        };
        let landscape = self.landscape;
        let is_wanted =
            landscape.is_looked_after(to.namespace) || landscape.is_looked_after(caller.namespace);
        is_wanted.then_some(Link {
            caller,
            from,
            to,
            edge,
        })
    }

    fn look(&self, link: &Link<'_, 'r>, faults: &mut Faults<'r>) {
        let is_called = |port: u16| match &link.edge.ports {
            Ports::All => true,
            Ports::Some(ports) => ports.contains(&port),
        };
        let doors = self.landscape.doors(link.to.number).iter();
        let doors: Vec<Door> = doors
            .copied()
            .filter(|door| is_called(door.container))
            .collect();
        if link.caller.client == Client::None {
            return self.outside_caller(link, &doors, faults);
        }
        let mut by_port: BTreeMap<u16, Vec<Door>> = BTreeMap::new();
        for door in doors {
            by_port.entry(door.container).or_default().push(door);
        }
        for doors in by_port.values() {
            self.through(link, doors, faults);
        }
    }

    /// A container port through each Service that leads there; which one the call takes isn't known.
    fn through(&self, link: &Link<'_, 'r>, doors: &[Door], faults: &mut Faults<'r>) {
        let mut found = Vec::new();
        for door in doors {
            if self.passes_by(link, *door, faults) {
                continue;
            }
            let tls = self.tls(link, *door);
            let verdict = meet(self.landscape, link.caller.client, &tls, link.to, *door);
            found.push((*door, tls, verdict));
        }
        let is_sure = found.iter().all(|(_, _, verdict)| verdict.code().is_some());
        for (door, tls, verdict) in found {
            let Some((service, port)) = self.landscape.behind(door) else {
                continue;
            };
            let suspects = Suspects {
                tls: &tls,
                service,
                workload: link.to,
                port: door.container,
                number: port.number,
            };
            let Some((site, code, kind)) = blame(self.landscape, verdict, &suspects) else {
                continue;
            };
            let code = if is_sure {
                link.code(code)
            } else {
                code.guessed()
            };
            let called = label(service.service.resource, service.namespace);
            let words = link.words();
            let fault = faults.at(site, code, kind);
            fault.of(called, port.number).by(Some(&words));
            if matches!(kind, Kind::PartlyMeshed) {
                fault.others.extend(self.outside(&service.workloads));
            }
            if matches!(kind, Kind::Mutual) {
                fault.others.extend(self.outside(&[link.to.number]));
            }
            fault.proposed = fault.proposed.or(proposal(kind, &tls));
        }
    }

    /// What the client is told, with what is about to be made.
    fn tls(&self, link: &Link<'_, 'r>, door: Door) -> ClientTls<'r> {
        let Some((_, port)) = self.landscape.behind(door) else {
            return ClientTls::default();
        };
        let mut tls = link.caller.tls(self.landscape, door.service, port, None);
        let is_ensured = self.ensured.get(door.service) == Some(&true);
        let (mode, _) = self.landscape.mode(link.to, Some(door.container));
        if is_ensured && tls.mode.is_none() && mode != Mode::Disable {
            tls.mode = Some(TlsMode::IstioMutual);
        }
        tls
    }

    /// Whether the client's own sidecar lets the call pass by, so that it is in plain text; and what comes of it.
    fn passes_by(&self, link: &Link<'_, 'r>, door: Door, faults: &mut Faults<'r>) -> bool {
        let Some((service, port)) = self.landscape.behind(door) else {
            return false;
        };
        let number = if service.is_headless() {
            Some(door.container)
        } else {
            port.number
        };
        let Some((from, number)) = link.from.zip(number) else {
            return false;
        };
        let interception = self.landscape.interception(from.number);
        let Some(interception) =
            interception.filter(|told| told.excluded_outbound.contains(number))
        else {
            return false;
        };
        let is_guarded = matches!(
            self.landscape.plane(link.to.number),
            Plane::Sidecar | Plane::SidecarOptedOut | Plane::Ambient
        ) && !self.landscape.is_hidden(link.to.number, door.container)
            && !self.landscape.is_gateway(link.to);
        let (mode, _) = self.landscape.mode(link.to, Some(door.container));
        let code = match mode {
            Mode::Strict => Code::new(codes::PLAINTEXT_REFUSED, Severity::Error),
            Mode::Permissive => Code::new(codes::HIDDEN_PORT, plaintext_severity(self.landscape)),
            Mode::Disable => return true,
        };
        if let Some(place) = interception.outbound_place.clone().filter(|_| is_guarded) {
            let site = Site::new(from.pod, place);
            let called = label(service.service.resource, service.namespace);
            let fault = faults.at(site, link.code(code), Kind::Bypass);
            fault.of(called, port.number);
        }
        true
    }

    /// A caller outside the mesh, with or without a Service.
    fn outside_caller(&self, link: &Link<'_, 'r>, doors: &[Door], faults: &mut Faults<'r>) {
        let tls = ClientTls::default();
        let mut ports: BTreeSet<u16> = doors.iter().map(|door| door.container).into_set();
        if let Ports::Some(called) = &link.edge.ports {
            ports.extend(called);
        } else {
            let declared = link.to.ports().filter(sdk::ContainerPort::is_tcp);
            ports.extend(declared.filter_map(|port| port.port()));
        }
        let is_refused = |port: &u16| {
            let door = doors.iter().find(|door| door.container == *port);
            match door {
                Some(door) => {
                    let met = meet(self.landscape, Client::None, &tls, link.to, *door);
                    met == Verdict::UnmeshedRefused
                }
                None => self.is_guarded(link.to, *port),
            }
        };
        let refused: BTreeSet<u16> = ports.into_iter().filter(is_refused).into_set();
        if refused.is_empty() {
            return;
        }
        let code = Code::new(codes::CALLER_OUTSIDE_MESH, Severity::Error);
        let Some(from) = link.from else { return };
        let site = Site::new(link.to.pod, link.to.owner.place());
        let fault = faults.at(site, link.code(code), Kind::OutsideCaller(from.number));
        let why = self.landscape.survey.enrolments.get(from.number);
        fault.others.extend(why.map(|why| why.why.text.to_string()));
        fault.by(Some(&link.words()));
        for port in refused {
            fault.of(String::new(), Some(port));
        }
    }

    /// Whether a container port that no Service leads to takes mutual TLS alone.
    fn is_guarded(&self, workload: &Workload<'r>, port: u16) -> bool {
        let is_udp = || {
            let mut declared = workload
                .ports()
                .filter(|own| own.port() == Some(port))
                .peekable();
            declared.peek().is_some() && declared.all(|own| !own.is_tcp())
        };
        let plane = self.landscape.plane(workload.number);
        !matches!(plane, Plane::None | Plane::Unknown)
            && !self.landscape.is_hidden(workload.number, port)
            && !self.landscape.is_gateway(workload)
            && self.landscape.mode(workload, Some(port)).0 == Mode::Strict
            && !is_udp()
    }

    /// Those of some workloads that have no sidecar.
    fn outside(&self, numbers: &[usize]) -> Vec<String> {
        let without = numbers
            .iter()
            .filter(|number| self.landscape.plane(**number) != Plane::Sidecar);
        let workloads = without.filter_map(|number| self.landscape.survey.graph.workload(*number));
        workloads
            .map(|workload| label(workload.owner, workload.namespace))
            .collect()
    }
}

/// The value that would do for sure.
fn proposal(kind: Kind, tls: &ClientTls<'_>) -> Option<&'static str> {
    match kind {
        Kind::AutoMutual | Kind::Plaintext(Cause::Namespace) => Some("PERMISSIVE"),
        Kind::Plaintext(Cause::NoAutoMtls) if !tls.rules.is_empty() => Some("ISTIO_MUTUAL"),
        _ => None,
    }
}
