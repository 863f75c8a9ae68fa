//! Which containers get the traffic of a Service.

use sdk::{Container, ContainerPort, ContainerType, Pod, ServicePort};

/// What Services of the input send to the containers of a pod.
pub(super) struct Traffic<'r> {
    ports: Vec<ServicePort<'r>>,
    /// Whether any Service selects the pod.
    has_services: bool,
    /// The ports that some container declares.
    declared: Vec<ContainerPort<'r>>,
    /// The only container that is the author's own and keeps running.
    alone: Option<Container<'r>>,
}

/// Whether a container gets traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A Service leads to it.
    Served,
    /// No Service selects the pod.
    NoService,
    /// Services select the pod, and lead elsewhere.
    Elsewhere,
    /// A Service leads to a port that none of several containers declares.
    Unclear,
}

impl<'r> Traffic<'r> {
    pub(super) fn of(pod: Pod<'r>) -> Self {
        let services = pod.services();
        let is_own = |container: &Container<'r>| {
            container.kind() == ContainerType::App && !container.is_injected()
        };
        let mut own = pod.containers().filter(is_own);
        let alone = own.next().filter(|_| own.next().is_none());
        Self {
            has_services: !services.is_empty(),
            ports: services
                .iter()
                .flat_map(|service| service.ports())
                .collect(),
            declared: pod.containers().flat_map(Container::ports).collect(),
            alone,
        }
    }

    pub(super) fn reaches(&self, container: Container<'r>) -> Verdict {
        if !self.has_services {
            return Verdict::NoService;
        }
        let own: Vec<ContainerPort<'r>> = container.ports().collect();
        if self.ports.iter().any(|port| leads(port, &own)) {
            return Verdict::Served;
        }
        // What a container declares is for people: it may listen on more.
        let is_hidden = |port: &&ServicePort<'r>| {
            port.target.parse::<u16>().is_ok() && !leads(port, &self.declared)
        };
        match (self.ports.iter().find(is_hidden), &self.alone) {
            (Some(_), Some(alone)) if alone.place() == container.place() => Verdict::Served,
            (None, _) | (Some(_), Some(_)) => Verdict::Elsewhere,
            (Some(_), None) => Verdict::Unclear,
        }
    }
}

/// Whether a Service's port leads to one of the container ports.
fn leads(port: &ServicePort<'_>, own: &[ContainerPort<'_>]) -> bool {
    let mut own = own.iter();
    own.any(|own| own.protocol == port.protocol && own.is(&port.target))
}
