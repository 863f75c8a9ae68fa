//! Who a caller is to the mesh.

use sdk::{Edge, Interception, Mesh, Peer, Ports, ServiceNode, Workload};

use super::ports::container_port;
use super::scene::{Scene, title};
use crate::config::DestinationRuleMode;
use crate::istio::{Call, Mode, TlsMode};

/// What gives an identity to who may have one.
pub(super) const ENROL: &str =
    "take it into the mesh, or declare the port under `peerAuthentication.exceptions`";
/// What lets others in.
pub(super) const EXCEPTION: &str = "declare the port under `peerAuthentication.exceptions`";

/// Who a rule lets in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// Whatever runs as a ServiceAccount.
    Account {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Whatever runs in a namespace.
    Namespace(String),
    /// Anybody, without an identity too.
    Anyone,
}

/// What a caller can be known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// An identity.
    Known(Source),
    /// Nothing: it has no identity.
    Nameless {
        /// Who it is.
        who: String,
        /// Why it has none.
        why: &'static str,
        /// What gives it one.
        cure: &'static str,
    },
    /// The input doesn't tell whether it has one.
    Unknown {
        /// Who it is.
        who: String,
        /// The identity that it has if any.
        source: Source,
    },
    /// It comes from who knows where.
    Outside,
}

impl Source {
    pub(super) fn of(namespace: &str, name: &str) -> Self {
        Self::Account {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// Who a peer is; whoever scrapes metrics is told elsewhere.
pub(super) fn caller(scene: &Scene<'_>, peer: &Peer) -> Caller {
    match peer {
        Peer::Workload(number) => {
            let workload = scene.survey.graph.workload(*number);
            workload.map_or(Caller::Outside, |workload| of_workload(scene, workload))
        }
        Peer::Namespace(namespace) => of_namespace(scene, namespace),
        Peer::Account { namespace, name } => of_account(scene, namespace, name),
        // A gateway is a proxy of the mesh, wherever it runs.
        Peer::Gateway { namespace, name } => Caller::Known(Source::of(namespace, name)),
        Peer::Scraper | Peer::Outside => Caller::Outside,
    }
}

fn of_workload<'s>(scene: &Scene<'s>, workload: &Workload<'s>) -> Caller {
    match scene.mesh(workload) {
        Mesh::IstioSidecar | Mesh::IstioAmbient | Mesh::Linkerd => {
            Caller::Known(Source::of(workload.namespace, &workload.account))
        }
        Mesh::None => Caller::Nameless {
            who: title(workload),
            why: if workload.is_host_network() {
                "it shares the network of its node, which no mesh takes part in"
            } else {
                "it is not in the mesh"
            },
            cure: if workload.is_host_network() {
                EXCEPTION
            } else {
                ENROL
            },
        },
        Mesh::Unknown => Caller::Unknown {
            who: title(workload),
            source: Source::of(workload.namespace, &workload.account),
        },
    }
}

/// Who states a namespace or a ServiceAccount speaks of identities, so what the input lacks is taken to have one.
fn of_namespace(scene: &Scene<'_>, namespace: &str) -> Caller {
    if scene.in_namespace(namespace).is_outside() {
        return Caller::Nameless {
            who: format!("namespace \"{namespace}\""),
            why: "none of its workloads is in the mesh",
            cure: ENROL,
        };
    }
    Caller::Known(Source::Namespace(namespace.to_owned()))
}

fn of_account(scene: &Scene<'_>, namespace: &str, name: &str) -> Caller {
    if scene.running_as(namespace, name).is_outside() {
        return Caller::Nameless {
            who: format!("ServiceAccount {namespace}/{name}"),
            why: "what runs as it is not in the mesh",
            cure: ENROL,
        };
    }
    Caller::Known(Source::of(namespace, name))
}

/// A caller that has an identity and doesn't show it: it is told to send plain text, and the server takes that.
pub(super) fn plain_caller<'s>(
    scene: &Scene<'s>,
    to: &Workload<'s>,
    edge: &Edge,
) -> Option<Caller> {
    let Peer::Workload(number) = edge.from else {
        return None;
    };
    let (survey, run) = (scene.survey, scene.survey.run);
    let client = survey.graph.workload(number)?;
    let are_sidecars = [client, to]
        .iter()
        .all(|workload| scene.mesh(workload) == Mesh::IstioSidecar);
    let is_permissive = survey.servers.mode(to, false, None).0 == Mode::Permissive;
    let is_kept_right = run.destination_rules.mode == DestinationRuleMode::Ensure;
    if !are_sidecars || !is_permissive || is_kept_right {
        return None;
    }
    let excluded =
        Interception::of(client, &survey.namespaces, Mesh::IstioSidecar).excluded_outbound;
    let is_past = |node: &ServiceNode<'_>, port: Option<u16>, target: Option<u16>| {
        let called = if node.is_headless() { target } else { port };
        called.is_some_and(|port| excluded.contains(port))
    };
    let services = scene.services(to).iter();
    let mut leading = services.flat_map(|node| node.ports.iter().map(move |port| (node, port)));
    let sends_plain = leading.any(|(node, port)| {
        let target = container_port(port, to.number).flatten();
        let is_plain = || is_told_plain(scene, client, node, port.number);
        is_asked(edge, target) && (is_past(node, port.number, target) || is_plain())
    });
    sends_plain.then(|| Caller::Nameless {
        who: title(client),
        why: if run.mesh.auto_mtls {
            "a DestinationRule or an excluded port has it send plain text"
        } else {
            "without `mesh.autoMtls` it sends plain text, unless a DestinationRule asks for mutual TLS"
        },
        cure: "let it send mutual TLS: by `ISTIO_MUTUAL` in the DestinationRule, and without `excludeOutboundPorts`",
    })
}

fn is_asked(edge: &Edge, target: Option<u16>) -> bool {
    match &edge.ports {
        Ports::All => target.is_some(),
        Ports::Some(ports) => target.is_some_and(|target| ports.contains(&target)),
    }
}

/// Whether a sidecar sends plain text to a port of a Service, though the server would take mutual TLS.
fn is_told_plain<'s>(
    scene: &Scene<'s>,
    client: &Workload<'s>,
    node: &ServiceNode<'s>,
    port: Option<u16>,
) -> bool {
    let mesh = &scene.survey.run.mesh;
    let host = format!(
        "{}.{}.svc.{}",
        node.name(),
        node.namespace,
        mesh.cluster_domain
    );
    let tls = scene.survey.clients.client_tls(Call {
        client_namespace: client.namespace,
        client_labels: Some(client.pod.labels()),
        is_gateway: false,
        host: &host,
        service_namespace: node.namespace,
        port,
        subset: None,
    });
    match tls.mode {
        None => !mesh.auto_mtls,
        Some(mode) => mode != TlsMode::IstioMutual,
    }
}
