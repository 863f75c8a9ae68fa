//! Which traffic of a pod its sidecar sees.

use yaml::Node;

use super::istio::PROXY;
use super::linkerd::linkerd_setting;
use super::marks::{Mark, pod_annotation};
use super::{Mesh, Namespaces, PortRanges};
use crate::graph::Workload;
use crate::resource::Place;

const EXCLUDE_INBOUND: &str = "traffic.sidecar.istio.io/excludeInboundPorts";
const EXCLUDE_OUTBOUND: &str = "traffic.sidecar.istio.io/excludeOutboundPorts";
const INCLUDE_INBOUND: &str = "traffic.sidecar.istio.io/includeInboundPorts";
const MODE: &str = "sidecar.istio.io/interceptionMode";
const TEMPLATES: &str = "inject.istio.io/templates";
const REWRITE: &str = "sidecar.istio.io/rewriteAppHTTPProbers";
const NATIVE: &str = "sidecar.istio.io/nativeSidecar";
const NATIVE_OF_LINKERD: &str = "config.linkerd.io/proxy-enable-native-sidecar";
const SKIP_INBOUND: &str = "config.linkerd.io/skip-inbound-ports";
const SKIP_OUTBOUND: &str = "config.linkerd.io/skip-outbound-ports";

/// What a workload says about the interception of its traffic by a sidecar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interception {
    /// Which ports of the pods the sidecar guards; where nothing is told, all.
    pub inbound: Inbound,
    /// Where that is told.
    pub inbound_place: Option<Place>,
    /// Ports of others that the pods call past the sidecar.
    pub excluded_outbound: PortRanges,
    /// Where that is told.
    pub outbound_place: Option<Place>,
    /// Whether probes over HTTP go through the sidecar's agent; none where the mesh decides (Istio: yes).
    pub rewrites_probes: Option<bool>,
    /// Where that is told.
    pub probes_place: Option<Place>,
    /// Whether the sidecar is a native one; none where the mesh decides.
    pub is_native: Option<bool>,
}

/// Ports that a sidecar guards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// All but these.
    AllBut(PortRanges),
    /// These alone.
    Only(PortRanges),
}

impl Default for Inbound {
    fn default() -> Self {
        Self::AllBut(PortRanges::default())
    }
}

impl Inbound {
    /// Whether what comes to the port passes by the sidecar, so that no policy counts there.
    #[must_use]
    pub fn hides(&self, port: u16) -> bool {
        match self {
            Self::AllBut(ports) => ports.contains(port),
            Self::Only(ports) => !ports.contains(port),
        }
    }
}

impl Interception {
    /// What a workload says to the mesh that it takes part in. Nothing is intercepted by a sidecar where there is
    /// none.
    pub fn of(workload: &Workload<'_>, namespaces: &Namespaces<'_>, provider: Mesh) -> Self {
        match provider {
            Mesh::IstioSidecar => Self::by_istio(workload),
            Mesh::Linkerd => Self::by_linkerd(workload, namespaces),
            Mesh::IstioAmbient | Mesh::None | Mesh::Unknown => Self::default(),
        }
    }

    /// istio manifests/charts/istio-control/istio-discovery/files/injection-template.yaml.
    fn by_istio(workload: &Workload<'_>) -> Self {
        let (inbound, inbound_place) = inbound(workload);
        let outbound = pod_annotation(workload, EXCLUDE_OUTBOUND);
        let rewrite = pod_annotation(workload, REWRITE);
        let rewrites_probes = rewrite.as_ref().and_then(|mark| boolean(&mark.value));
        Self {
            inbound,
            inbound_place,
            excluded_outbound: ports(outbound.as_ref()),
            outbound_place: outbound.map(|mark| mark.place),
            rewrites_probes,
            probes_place: rewrite.map(|mark| mark.place),
            is_native: native(workload),
        }
    }

    /// linkerd pkg/inject/inject.go, `ApplyAnnotationOverrides`. Probes need no rewriting.
    fn by_linkerd(workload: &Workload<'_>, namespaces: &Namespaces<'_>) -> Self {
        let setting = |key| linkerd_setting(workload, namespaces, key);
        let (inbound, outbound) = (setting(SKIP_INBOUND), setting(SKIP_OUTBOUND));
        let list = |text: Option<&str>| PortRanges::parse(text.unwrap_or_default());
        Self {
            inbound: Inbound::AllBut(list(inbound.as_ref().map(|setting| &*setting.value))),
            inbound_place: inbound.map(|setting| setting.place),
            excluded_outbound: list(outbound.as_ref().map(|setting| &*setting.value)),
            outbound_place: outbound.map(|setting| setting.place),
            is_native: setting(NATIVE_OF_LINKERD).and_then(|setting| boolean(&setting.value)),
            ..Self::default()
        }
    }
}

/// istio tools/istio-iptables/pkg/capture/run.go, `handleInboundPortsInclude`: the excluded ports count only where
/// all others are included. A gateway's proxy, or mode `NONE`, intercepts nothing.
fn inbound(workload: &Workload<'_>) -> (Inbound, Option<Place>) {
    let mode = pod_annotation(workload, MODE).filter(|mark| mark.is("NONE"));
    let is_sidecar = |mark: &Mark<'_>| mark.value.split(',').any(|name| name.trim() == "sidecar");
    let templates = pod_annotation(workload, TEMPLATES).filter(|mark| !is_sidecar(mark));
    if let Some(mark) = mode.or(templates) {
        return (Inbound::Only(PortRanges::default()), Some(mark.place));
    }
    if let Some(mark) = pod_annotation(workload, INCLUDE_INBOUND).filter(|mark| !mark.is("*")) {
        return (Inbound::Only(ports(Some(&mark))), Some(mark.place));
    }
    let excluded = pod_annotation(workload, EXCLUDE_INBOUND);
    let inbound = Inbound::AllBut(ports(excluded.as_ref()));
    (inbound, excluded.map(|mark| mark.place))
}

fn ports(mark: Option<&Mark<'_>>) -> PortRanges {
    PortRanges::parse(mark.map_or("", |mark| &mark.value))
}

/// istio pkg/kube/inject/inject.go, and the template: `$nativeSidecar` is whatever isn't `false`.
fn native(workload: &Workload<'_>) -> Option<bool> {
    let mark = pod_annotation(workload, NATIVE).filter(|mark| !mark.is(""))?;
    Some(!mark.is("false"))
}

/// A boolean as Go's `strconv.ParseBool` reads it.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Fields that make a container run as Istio's own user, whose traffic is never intercepted.
///
/// istio istioctl/pkg/describe/describe.go, `printPod`: 1337 is reserved, in the pod and in each container but the
/// proxy's own.
pub fn users_of_proxy(workload: &Workload<'_>) -> Vec<Place> {
    let pod = workload.pod;
    let is_reserved = |context: Option<Node<'_>>| {
        let user = context.and_then(|context| context.get("runAsUser"));
        user.and_then(Node::as_i64) == Some(1337)
    };
    let of_pod = is_reserved(pod.get("securityContext"))
        .then(|| pod.field("securityContext").field("runAsUser"));
    let containers = pod.containers();
    let of_containers = containers
        .filter(|container| container.name() != PROXY)
        .filter(|container| is_reserved(container.get("securityContext")))
        .map(|container| container.field("securityContext").field("runAsUser"));
    of_pod.into_iter().chain(of_containers).collect()
}
