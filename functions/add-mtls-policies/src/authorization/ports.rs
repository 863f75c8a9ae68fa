//! Ports of workloads: which ones anybody reaches without an identity, which ones no policy guards, and which ones
//! carry HTTP.

use std::collections::BTreeSet;

use sdk::{
    Collect as _, Inbound, Interception, Mesh, NodePort, Place, Ports, ServiceNode, Workload,
};

use super::scene::Scene;
use crate::config::MtlsMode;
use crate::istio::Mode;

/// What the ports of one workload are like.
pub(super) struct Doors {
    /// Those that take plain text while others of the workload don't, or that have to: who calls there has no
    /// identity, by somebody's will.
    pub(super) open: BTreeSet<u16>,
    /// Whether nobody who calls has an identity, whichever the port.
    pub(super) is_plain: bool,
    inbound: Inbound,
}

impl Doors {
    pub(super) fn new<'s>(scene: &Scene<'s>, workload: &Workload<'s>) -> Self {
        let (survey, mesh) = (scene.survey, scene.mesh(workload));
        let is_ambient = mesh == Mesh::IstioAmbient;
        let mode = |port| survey.servers.mode(workload, is_ambient, port).0;
        let whole = mode(None);
        let weaker = known_ports(scene, workload).into_iter();
        let mut open: BTreeSet<u16> = weaker.filter(|port| mode(Some(*port)) < whole).into_set();
        open.extend(declared(scene, workload));
        Self {
            open,
            is_plain: whole == Mode::Disable,
            inbound: Interception::of(workload, &survey.namespaces, mesh).inbound,
        }
    }

    /// The ports that a policy guards.
    pub(super) fn guarded(&self, ports: &Ports) -> Ports {
        match ports {
            Ports::All => Ports::All,
            Ports::Some(ports) => {
                let guarded = ports.iter().filter(|port| !self.inbound.hides(**port));
                Ports::Some(guarded.copied().collect())
            }
        }
    }

    /// Whether a caller without an identity gets in: nobody asks for one there.
    pub(super) fn are_open(&self, ports: &Ports) -> bool {
        match ports {
            Ports::All => false,
            Ports::Some(ports) => ports.is_subset(&self.open),
        }
    }
}

/// Exceptions that the configuration declares.
fn declared<'s>(scene: &Scene<'s>, workload: &Workload<'s>) -> BTreeSet<u16> {
    let exceptions = scene.survey.run.peer_authentication.exceptions.iter();
    let labels = workload.pod.labels();
    let is_for = |selector: &std::collections::BTreeMap<String, String>| {
        let mut pairs = selector.iter();
        pairs.all(|(key, value)| labels.get(key).is_some_and(|own| own == *value))
    };
    exceptions
        .filter(|exception| exception.namespace == workload.namespace)
        .filter(|exception| is_for(&exception.selector))
        .flat_map(|exception| &exception.ports)
        .filter(|(_, mode)| **mode != MtlsMode::Strict)
        .filter_map(|(port, _)| port.parse().ok())
        .into_set()
}

/// The container ports that are declared, or that a Service leads to.
pub(super) fn known_ports<'s>(scene: &Scene<'s>, workload: &Workload<'s>) -> BTreeSet<u16> {
    let declared = workload.ports().filter_map(|port| port.port());
    let mut ports: BTreeSet<u16> = declared.into_set();
    for node in scene.services(workload) {
        let targets = node.ports.iter();
        ports.extend(targets.filter_map(|port| container_port(port, workload.number)?));
    }
    ports
}

/// Where a port of a Service leads in a workload: none where it leads to other workloads alone, nowhere where its
/// name means nothing there.
#[expect(clippy::option_option, reason = "both are different things to say")]
pub(super) fn container_port(port: &NodePort<'_>, workload: usize) -> Option<Option<u16>> {
    let found = port
        .targets
        .binary_search_by_key(&workload, |(number, _)| *number);
    let (_, target) = port.targets.get(found.ok()?)?;
    Some(*target)
}

/// The first port of a Service whose name no container of the workload has, or several with different numbers.
pub(super) fn unresolved<'n, 's>(
    scene: &'n Scene<'s>,
    workload: &Workload<'s>,
) -> Option<(&'n ServiceNode<'s>, &'n NodePort<'s>, Place)> {
    for node in scene.services(workload) {
        for port in &node.ports {
            if container_port(port, workload.number) == Some(None) {
                let spec = node.service.resource.place().field("spec");
                let item = spec.field("ports").field(port.index);
                return Some((node, port, item.field("targetPort")));
            }
        }
    }
    None
}

/// What a port carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// HTTP in one of its forms.
    Http,
    /// Something else.
    Other,
    /// Nobody says; the proxy looks at each connection.
    Untold,
}

/// Ports whose traffic Istio doesn't look at where nobody says what it is.
/// istio: pkg/config/kube/conversion.go, `wellKnownPorts`.
const NOT_LOOKED_AT: [u16; 4] = [25, 53, 3306, 27017];

/// istio: pkg/config/kube/conversion.go, `ConvertProtocol`; pkg/config/protocol/instance.go, `Parse`.
fn protocol_of(port: &NodePort<'_>) -> Protocol {
    let told = port.app_protocol.as_deref();
    match told {
        Some("kubernetes.io/h2c" | "kubernetes.io/ws") => return Protocol::Http,
        Some("kubernetes.io/wss") => return Protocol::Other,
        _ => {}
    }
    let name = told.unwrap_or(&port.name).to_ascii_lowercase();
    if name.starts_with("grpc-web") {
        return Protocol::Http;
    }
    match name.split('-').next().unwrap_or_default() {
        "http" | "http2" | "grpc" | "http_proxy" => Protocol::Http,
        "tcp" | "udp" | "https" | "tls" | "mongo" | "redis" | "mysql" => Protocol::Other,
        _ if port
            .number
            .is_some_and(|port| NOT_LOOKED_AT.contains(&port)) =>
        {
            Protocol::Other
        }
        _ => Protocol::Untold,
    }
}

/// What a container port carries, as the Services in front of it say. Where they contradict one another, nobody
/// knows.
pub(super) fn protocol<'s>(scene: &Scene<'s>, workload: &Workload<'s>, port: u16) -> Protocol {
    let leading = scene.exposure.of(workload.number, port).iter();
    let mut told = leading.map(|port| protocol_of(port));
    match told.next() {
        Some(first) if told.all(|other| other == first) => first,
        _ => Protocol::Untold,
    }
}
