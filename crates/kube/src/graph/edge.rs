//! Who calls whom, and how that is known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::resource::Place;

/// Calls from one peer to one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Who calls.
    pub from: Peer,
    /// The number of the workload that is called.
    pub to: usize,
    /// The ports that are called.
    pub ports: Ports,
    /// The requests that are made; empty where that isn't known, which is: any.
    pub http: Vec<HttpMatch>,
    /// How the calls are known, the strongest first; one statement is often about many calls.
    pub evidence: Vec<Arc<Evidence>>,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// The workload with this number.
    Workload(usize),
    /// Any workload of a namespace.
    Namespace(String),
    /// Whatever runs as a ServiceAccount.
    Account {
        /// The namespace of the ServiceAccount.
        namespace: String,
        /// The name of the ServiceAccount.
        name: String,
    },
    /// A gateway that lets traffic in, by the ServiceAccount that its proxies run as.
    Gateway {
        /// The namespace of the ServiceAccount.
        namespace: String,
        /// The name of the ServiceAccount.
        name: String,
    },
    /// Whoever scrapes metrics.
    Scraper,
    /// Something outside of the input, or of the cluster.
    Outside,
}

/// Container ports of a workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ports {
    /// Any, or it isn't known which.
    All,
    /// These alone.
    Some(BTreeSet<u16>),
}

/// Requests by their methods and paths; empty lists are: any.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpMatch {
    /// Methods: `GET`.
    pub methods: Vec<String>,
    /// Paths: `/v1/orders`, `/v1/*`.
    pub paths: Vec<String>,
}

/// How sure it is that a call happens; the strongest is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A ServiceTopology states it.
    Topology,
    /// An annotation states it.
    Annotation,
    /// An object for that purpose states it: `Ingress`, `ServiceMonitor`.
    Explicit,
    /// A text of the caller's configuration names the callee.
    Inferred,
}

/// What a call is known from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// How sure it is.
    pub strength: Strength,
    /// Where it stands, in words: `Deployment shop/order: env PRODUCT_URL`. Never a value of a Secret.
    pub text: String,
    /// Where it stands.
    pub place: Option<Place>,
}

/// A statement about calls that says nothing, or nothing that can be followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EdgeMistake {
    /// Whether it is wrong for sure.
    pub kind: EdgeMistakeKind,
    /// Where it stands.
    pub place: Place,
    /// What is wrong and what to do.
    pub message: String,
}

/// How sure it is that a statement about calls is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeMistakeKind {
    /// It means nothing, whatever the cluster holds.
    Broken,
    /// It names what the input doesn't have, but a cluster may.
    Unknown,
}

/// What is looked at to find edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EdgeOptions<'o> {
    /// Whether texts of configuration count.
    pub inference: bool,
    /// The gateways that are known to let traffic in, wherever they run.
    pub gateways: &'o [GatewayIdentity],
}

/// A gateway that lets traffic in.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct GatewayIdentity {
    /// The namespace of its pods.
    pub namespace: String,
    /// The ServiceAccount that its pods run as.
    pub account: String,
    /// Labels of its pods.
    pub labels: BTreeMap<String, String>,
}

impl GatewayIdentity {
    /// The gateway as a caller.
    pub fn peer(&self) -> Peer {
        Peer::Gateway {
            namespace: self.namespace.clone(),
            name: self.account.clone(),
        }
    }
}

impl Ports {
    /// These ports and those.
    pub(super) fn merge(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Some(own), Self::Some(others)) => own.extend(others),
            (_, other) => {
                if other == Self::All {
                    *self = other;
                }
            }
        }
    }
}

/// Who calls whom in an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// One for each caller, callee and kind of request, sorted.
    pub edges: Vec<Edge>,
    /// What is wrong with the statements.
    pub mistakes: Vec<EdgeMistake>,
    /// Hosts outside of the cluster by the number of the workload that calls them.
    pub outgoing: BTreeMap<usize, BTreeSet<String>>,
}
