//! Which port a probe asks.

use std::collections::BTreeSet;

use sdk::{Collect as _, Container, ContainerPort};

use crate::config::Port;
use crate::presets::RowPort;

/// Why there is no port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoPort {
    /// None is declared that would do.
    Missing,
    /// Several would do.
    Ambiguous(Vec<String>),
    /// The name is not among the declared ones.
    Unknown(String),
}

/// The TCP ports that a container declares, and those of them that a Service leads to.
pub(crate) struct Ports<'r> {
    declared: Vec<ContainerPort<'r>>,
    served: Vec<ContainerPort<'r>>,
    /// Whether any Service selects the pod.
    pub(crate) has_traffic: bool,
}

impl<'r> Ports<'r> {
    pub(crate) fn of(container: Container<'r>) -> Self {
        let declared: Vec<_> = container.ports().filter(ContainerPort::is_tcp).collect();
        let services = container.pod.services();
        let targets: BTreeSet<String> = services
            .iter()
            .flat_map(|service| service.ports())
            .filter(|port| port.protocol == "TCP")
            .map(|port| port.target.into_owned())
            .into_set();
        let is_served = |port: &&ContainerPort<'r>| targets.iter().any(|target| port.is(target));
        let served = declared.iter().filter(is_served).cloned().collect();
        Self {
            declared,
            served,
            has_traffic: !services.is_empty(),
        }
    }

    /// A port that was asked for by number or name.
    pub(crate) fn explicit(&self, port: &Port) -> Result<Port, NoPort> {
        match port {
            Port::Name(name) if !self.declared.iter().any(|own| own.name == *name) => {
                Err(NoPort::Unknown(name.clone()))
            }
            port => Ok(port.clone()),
        }
    }

    /// The number behind a port, for what takes numbers alone.
    pub(crate) fn number(&self, port: &Port) -> Option<u16> {
        match port {
            Port::Number(number) => Some(*number),
            Port::Name(name) => {
                let own = self.declared.iter().find(|own| own.name == *name)?;
                u16::try_from(own.number?).ok()
            }
        }
    }

    /// Whether Services select the pod, but lead to other containers' ports.
    pub(crate) fn are_unserved(&self) -> bool {
        self.has_traffic && self.served.is_empty() && !self.declared.is_empty()
    }

    /// Whether no TCP port is declared at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.declared.is_empty()
    }

    /// Whether the number is declared.
    pub(crate) fn exposes(&self, number: i64) -> bool {
        self.declared.iter().any(|own| own.number == Some(number))
    }

    /// The names that are declared.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.declared
            .iter()
            .map(|own| own.name.as_ref())
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// The port of a handler that names none: a preferred name, then what a Service leads to, then the only
    /// one.
    pub(crate) fn for_handler(&self, preferred: &[String]) -> Result<Port, NoPort> {
        let named = preferred
            .iter()
            .find_map(|name| self.declared.iter().find(|own| own.name == *name));
        if let Some(port) = named {
            return written(port).ok_or(NoPort::Missing);
        }
        match (self.served.as_slice(), self.declared.as_slice()) {
            ([port], _) | ([], [port]) => written(port).ok_or(NoPort::Missing),
            ([], []) => Err(NoPort::Missing),
            ([], several) | (several, _) => Err(NoPort::Ambiguous(describe(several))),
        }
    }

    /// The port of a guessed readiness probe: only one that a Service leads to, since any other says nothing
    /// about traffic.
    pub(crate) fn for_traffic(&self, preferred: &[String]) -> Result<Port, NoPort> {
        let candidates = if self.has_traffic {
            &self.served
        } else {
            &self.declared
        };
        let named = preferred
            .iter()
            .find_map(|name| candidates.iter().find(|own| own.name == *name));
        let mut like_http = candidates.iter().filter(|own| own.name.contains("http"));
        let only_http = like_http.next().filter(|_| like_http.next().is_none());
        match (candidates.as_slice(), named.or(only_http)) {
            ([], _) => Err(NoPort::Missing),
            ([port], _) | (_, Some(port)) => written(port).ok_or(NoPort::Missing),
            (several, None) => Err(NoPort::Ambiguous(describe(several))),
        }
    }

    /// The port that a preset asks.
    pub(crate) fn for_preset(&self, wanted: &RowPort) -> Result<Port, NoPort> {
        let by_name = wanted
            .names
            .iter()
            .find_map(|name| self.declared.iter().find(|own| own.name == *name));
        let of_number = |number: &u16| {
            self.declared
                .iter()
                .find(|own| own.number == Some(i64::from(*number)))
        };
        let found = by_name.or_else(|| wanted.numbers.iter().find_map(of_number));
        match (found, self.declared.as_slice(), wanted.assume) {
            (Some(port), _, _) | (None, [port], _) => written(port).ok_or(NoPort::Missing),
            (None, [], Some(number)) => Ok(Port::Number(number)),
            (None, [], None) => Err(NoPort::Missing),
            (None, several, _) => Err(NoPort::Ambiguous(describe(several))),
        }
    }
}

/// A port as a probe has it: by its name, which survives a new number.
fn written(port: &ContainerPort<'_>) -> Option<Port> {
    if port.name.is_empty() {
        return u16::try_from(port.number?)
            .ok()
            .filter(|number| *number > 0)
            .map(Port::Number);
    }
    Some(Port::Name(port.name.clone().into_owned()))
}

fn describe(ports: &[ContainerPort<'_>]) -> Vec<String> {
    let number = |port: &ContainerPort<'_>| {
        port.number
            .map_or_else(String::new, |number| number.to_string())
    };
    let describe = |port: &ContainerPort<'_>| {
        if port.name.is_empty() {
            number(port)
        } else {
            port.name.clone().into_owned()
        }
    };
    ports.iter().map(describe).collect()
}
