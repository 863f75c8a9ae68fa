//! Services, and the workloads behind them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::workload::{ContainerTarget, Workload};
use crate::resource::Resources;
use crate::service::{Service, ServicePort};

/// A Service with what it leads to.
#[derive(Clone, Debug)]
pub struct ServiceNode<'r> {
    /// The Service.
    pub service: Service<'r>,
    /// The namespace that it belongs to.
    pub namespace: &'r str,
    /// Numbers of the workloads that it selects, in the order of the input.
    pub workloads: Vec<usize>,
    /// Its ports, in the order of the manifest.
    pub ports: Vec<NodePort<'r>>,
    /// What the Service says of itself, which is asked anew for each call of it.
    is_headless: bool,
    external_name: Option<Cow<'r, str>>,
}

/// A port of a Service with the container ports that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePort<'r> {
    /// The position in `spec.ports`.
    pub index: usize,
    /// The name, empty where there is none.
    pub name: Cow<'r, str>,
    /// The number, where it is one.
    pub number: Option<u16>,
    /// TCP, UDP or SCTP.
    pub protocol: Cow<'r, str>,
    /// The application protocol, where it is told.
    pub app_protocol: Option<Cow<'r, str>>,
    /// Where it leads: the name or the number of a container port.
    pub target: Cow<'r, str>,
    /// The container port in each workload behind the Service; none where the name of the port can't be
    /// resolved, see [`Workload::container_port`].
    pub targets: Vec<(usize, Option<u16>)>,
}

impl<'r> ServiceNode<'r> {
    /// The name.
    pub fn name(&self) -> &'r str {
        self.service.resource.name()
    }

    /// Whether it has no address of its own, so that callers reach single pods.
    pub fn is_headless(&self) -> bool {
        self.is_headless
    }

    /// Whether it is another name for a host.
    pub fn is_external_name(&self) -> bool {
        self.external_name.is_some()
    }

    /// The host that it is another name for.
    pub(super) fn external_name(&self) -> Option<&str> {
        self.external_name.as_deref()
    }

    /// Whether it selects pods; without a selector somebody else says where it leads.
    pub fn has_selector(&self) -> bool {
        self.service.has_selector()
    }

    /// The port that goes by this name or number.
    pub fn port(&self, name_or_number: &str) -> Option<&NodePort<'r>> {
        self.ports.iter().find(|port| port.is(name_or_number))
    }
}

impl<'r> NodePort<'r> {
    fn new(index: usize, port: ServicePort<'r>) -> Self {
        Self {
            index,
            name: port.name,
            number: port.number,
            protocol: port.protocol,
            app_protocol: port.app_protocol,
            target: port.target,
            targets: Vec::new(),
        }
    }

    /// Whether it goes by this name or number.
    pub fn is(&self, name_or_number: &str) -> bool {
        let is_named = !self.name.is_empty() && self.name == name_or_number;
        is_named
            || self
                .number
                .is_some_and(|number| name_or_number.parse() == Ok(number))
    }
}

/// Every Service that reaches a cluster, in the order of the input.
pub(super) fn all<'r>(
    resources: &'r Resources<'r>,
    workloads: &[Workload<'r>],
) -> Vec<ServiceNode<'r>> {
    let mut behind: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for workload in workloads.iter().filter(|workload| workload.is_template()) {
        for service in workload.pod.services() {
            let numbers = behind.entry(service.resource.number).or_default();
            numbers.push(workload.number);
        }
    }
    let objects = resources.all().filter(|object| object.is("", "Service"));
    objects
        .filter(|object| !object.is_local())
        .map(|resource| {
            let service = Service { resource };
            let external_name = service.external_name();
            let numbers = match external_name {
                Some(_) => Vec::new(),
                None => behind.remove(&resource.number).unwrap_or_default(),
            };
            ServiceNode {
                service,
                namespace: resources.namespace_of(resource),
                ports: ports(service, &numbers, workloads),
                workloads: numbers,
                is_headless: service.is_headless(),
                external_name,
            }
        })
        .collect()
}

fn ports<'r>(
    service: Service<'r>,
    numbers: &[usize],
    workloads: &[Workload<'r>],
) -> Vec<NodePort<'r>> {
    let target = |number: usize, target: &str, protocol: &str| {
        let workload = workloads.get(number)?;
        let found = workload.container_port_of(target, Some(protocol));
        Some((number, ContainerTarget::number(found)))
    };
    let ports = service.ports().enumerate();
    ports
        .map(|(index, port)| {
            let mut port = NodePort::new(index, port);
            let targets = numbers.iter();
            port.targets = targets
                .filter_map(|number| target(*number, &port.target, &port.protocol))
                .collect();
            port
        })
        .collect()
}
