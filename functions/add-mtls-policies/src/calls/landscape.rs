//! How workloads and Services take part in the mesh, and which Services lead to which workload.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{
    Collect as _, Inbound, Interception, Mesh, NodePort, Place, Resource, ServiceNode, Workload,
};

use crate::istio::{Client, Endpoints, Mode, Plane, TLS_MODE_LABEL};
use crate::survey::Survey;

/// The annotation that tells which templates a pod is injected by; that of gateways makes its proxy a gateway.
const TEMPLATES: &str = "inject.istio.io/templates";

/// Workloads and Services as the mesh sees them.
pub(crate) struct Landscape<'s, 'c, 'r> {
    pub(crate) survey: &'s Survey<'c, 'r>,
    /// By the numbers of workloads.
    planes: Vec<Plane>,
    interceptions: Vec<Interception>,
    doors: Vec<Vec<Door>>,
    /// By the numbers of Services.
    hosts: Vec<String>,
    endpoints: Vec<Endpoints>,
    /// Numbers of workloads by their namespaces.
    namespaces: BTreeMap<&'r str, Vec<usize>>,
    /// Namespaces that have workloads of which none has a sidecar.
    without_sidecars: BTreeSet<&'r str>,
    gateways: BTreeSet<(&'s str, &'s str)>,
}

/// A port of a Service that leads to a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Door {
    /// The number of the Service.
    pub(crate) service: usize,
    /// The position among its ports.
    pub(crate) port: usize,
    /// The container port that it leads to.
    pub(crate) container: u16,
}

impl<'s, 'c: 'r, 'r> Landscape<'s, 'c, 'r> {
    pub(crate) fn new(survey: &'s Survey<'c, 'r>) -> Self {
        let workloads = survey.graph.workloads();
        let interception = |workload: &Workload<'r>| {
            Interception::of(workload, &survey.namespaces, survey.mesh(workload))
        };
        let gateways = survey.run.gateways.iter();
        let mut landscape = Self {
            survey,
            planes: workloads
                .iter()
                .map(|workload| plane(survey, workload))
                .collect(),
            interceptions: workloads.iter().map(interception).collect(),
            doors: doors(survey),
            hosts: hosts(survey),
            endpoints: Vec::new(),
            namespaces: namespaces(survey),
            without_sidecars: without_sidecars(survey),
            gateways: gateways
                .map(|gateway| (gateway.namespace.as_str(), gateway.service_account.as_str()))
                .into_set(),
        };
        let services = survey.graph.services().iter();
        landscape.endpoints = services
            .map(|service| landscape.endpoints_of(service))
            .collect();
        landscape
    }

    /// What of the pods behind a Service is known. Without any in the input that is nothing.
    fn endpoints_of(&self, service: &ServiceNode<'r>) -> Endpoints {
        let planes = service.workloads.iter().map(|number| self.plane(*number));
        let planes: BTreeSet<u8> = planes
            .map(|plane| match plane {
                Plane::Sidecar => 0,
                Plane::Unknown => 1,
                Plane::SidecarOptedOut | Plane::Ambient | Plane::None => 2,
            })
            .into_set();
        match planes.last() {
            Some(0) => Endpoints::AllWithSidecar,
            Some(2) => Endpoints::SomeWithout,
            _ if service.has_selector() => Endpoints::Unknown,
            _ => Endpoints::SomeWithout,
        }
    }

    pub(crate) fn service(&self, number: usize) -> Option<&'c ServiceNode<'r>> {
        self.survey.graph.services().get(number)
    }

    /// A Service, its port, and the container port behind it.
    pub(crate) fn behind(&self, door: Door) -> Option<(&'c ServiceNode<'r>, &'c NodePort<'r>)> {
        let service = self.service(door.service)?;
        Some((service, service.ports.get(door.port)?))
    }

    /// The whole name of a Service.
    pub(crate) fn host(&self, service: usize) -> &str {
        self.hosts.get(service).map_or("", String::as_str)
    }

    pub(crate) fn endpoints(&self, service: usize) -> Endpoints {
        let known = self.endpoints.get(service);
        known.copied().unwrap_or(Endpoints::Unknown)
    }

    pub(crate) fn plane(&self, workload: usize) -> Plane {
        let known = self.planes.get(workload);
        known.copied().unwrap_or(Plane::Unknown)
    }

    /// The ports of Services that lead to a workload, for TCP alone: the mesh sees nothing else.
    pub(crate) fn doors(&self, workload: usize) -> &[Door] {
        self.doors.get(workload).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn interception(&self, workload: usize) -> Option<&Interception> {
        self.interceptions.get(workload)
    }

    /// Whether what comes to a container port passes by the sidecar.
    pub(crate) fn is_hidden(&self, workload: usize, port: u16) -> bool {
        let interception = self.interception(workload);
        interception.is_some_and(|interception| interception.inbound.hides(port))
    }

    /// Whether the proxies of a workload hand on what others send instead of guarding an application.
    pub(crate) fn is_gateway(&self, workload: &Workload<'r>) -> bool {
        let templates = workload.pod.annotations().get(TEMPLATES);
        let is_told = templates
            .is_some_and(|templates| templates.split(',').any(|name| name.trim() == "gateway"));
        let identity = (workload.namespace, &*workload.account);
        is_told || self.gateways.contains(&identity)
    }

    /// How a workload takes part as a client.
    pub(crate) fn client(&self, workload: &Workload<'r>) -> Client {
        if self.is_gateway(workload) {
            return Client::Gateway;
        }
        match self.plane(workload.number) {
            Plane::Sidecar | Plane::SidecarOptedOut => Client::Sidecar,
            Plane::Ambient => Client::Ambient,
            Plane::None => Client::None,
            Plane::Unknown => Client::Unknown,
        }
    }

    /// Whether some client with a sidecar may be in a namespace: one is, or the input has no workload there.
    pub(crate) fn may_have_sidecars(&self, namespace: &str) -> bool {
        !self.without_sidecars.contains(namespace)
    }

    /// A namespace that has workloads.
    pub(crate) fn namespace(&self, name: &str) -> Option<&'r str> {
        let (namespace, _) = self.namespaces.get_key_value(name)?;
        Some(namespace)
    }

    /// The workloads of a namespace.
    pub(crate) fn workloads_in(&self, namespace: &str) -> impl Iterator<Item = &'c Workload<'r>> {
        let numbers = self.namespaces.get(namespace).into_iter().flatten();
        let graph = self.survey.graph;
        numbers.filter_map(|number| graph.workload(*number))
    }

    /// The mode in which a workload serves a container port. In ambient mode nobody refuses mutual TLS.
    pub(crate) fn mode(
        &self,
        workload: &Workload<'r>,
        port: Option<u16>,
    ) -> (Mode, Option<(&'r Resource<'r>, Place)>) {
        let is_ambient = self.plane(workload.number) == Plane::Ambient;
        match self.survey.servers.mode(workload, is_ambient, port) {
            (Mode::Disable, by) if is_ambient => (Mode::Permissive, by),
            told => told,
        }
    }

    /// Whether findings about a workload or Service of the namespace are wanted.
    pub(crate) fn is_looked_after(&self, namespace: &str) -> bool {
        self.survey.is_looked_after(namespace)
    }
}

impl Door {
    /// Whether the application behind a port speaks TLS by itself: `appProtocol` says so, or the beginning of the
    /// name, as Istio reads them, or the number where neither says anything.
    ///
    /// istio: pkg/config/kube/conversion.go, `ConvertProtocol`.
    pub(crate) fn speaks_tls(port: &NodePort<'_>) -> bool {
        let told = port.app_protocol.as_deref().unwrap_or(&port.name);
        let protocol = told.split('-').next().unwrap_or_default();
        let is_told = ["https", "tls", "kubernetes.io/wss"]
            .iter()
            .any(|known| protocol.eq_ignore_ascii_case(known));
        is_told || (protocol.is_empty() && matches!(port.number, Some(443 | 8443)))
    }
}

fn plane<'c: 'r, 'r>(survey: &Survey<'c, 'r>, workload: &Workload<'r>) -> Plane {
    let opted_out = || {
        let label = workload.pod.labels().get(TLS_MODE_LABEL);
        label.is_some_and(|label| label != "istio")
    };
    match survey.mesh(workload) {
        Mesh::IstioSidecar if opted_out() => Plane::SidecarOptedOut,
        Mesh::IstioSidecar => Plane::Sidecar,
        Mesh::IstioAmbient => Plane::Ambient,
        Mesh::None => Plane::None,
        Mesh::Linkerd | Mesh::Unknown => Plane::Unknown,
    }
}

fn doors(survey: &Survey<'_, '_>) -> Vec<Vec<Door>> {
    let mut doors = vec![Vec::new(); survey.graph.workloads().len()];
    for (service, node) in survey.graph.services().iter().enumerate() {
        for (port, own) in node.ports.iter().enumerate() {
            if own.protocol != "TCP" {
                continue;
            }
            for (workload, container) in &own.targets {
                let Some((of_workload, container)) = doors.get_mut(*workload).zip(*container)
                else {
                    continue;
                };
                of_workload.push(Door {
                    service,
                    port,
                    container,
                });
            }
        }
    }
    doors
}

fn hosts(survey: &Survey<'_, '_>) -> Vec<String> {
    let domain = survey.run.mesh.cluster_domain.as_str();
    let services = survey.graph.services().iter();
    services
        .map(|service| format!("{}.{}.svc.{domain}", service.name(), service.namespace))
        .collect()
}

fn namespaces<'c: 'r, 'r>(survey: &Survey<'c, 'r>) -> BTreeMap<&'r str, Vec<usize>> {
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for workload in survey.graph.workloads() {
        let numbers = found.entry(workload.namespace).or_default();
        numbers.push(workload.number);
    }
    found
}

fn without_sidecars<'c: 'r, 'r>(survey: &Survey<'c, 'r>) -> BTreeSet<&'r str> {
    let mut found: BTreeMap<&str, bool> = BTreeMap::new();
    for workload in survey.graph.workloads() {
        let may = matches!(survey.mesh(workload), Mesh::IstioSidecar | Mesh::Unknown);
        *found.entry(workload.namespace).or_default() |= may;
    }
    let found = found.into_iter();
    found
        .filter_map(|(namespace, may)| (!may).then_some(namespace))
        .into_set()
}

/// Whether a sidecar guards some ports alone, as an annotation of these names says.
pub(super) fn tells_ports(interception: &Interception) -> Option<&Place> {
    let place = interception.inbound_place.as_ref()?;
    let text = place.path.to_string();
    let is_list = text.contains("InboundPorts") && interception.inbound != Inbound::default();
    is_list.then_some(place)
}
