//! Who callers are in Linkerd.

use std::fmt;

use sdk::{Mesh, Peer, Value, json};

use super::view::View;

/// An identity, or those of all service accounts of a namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identity {
    Namespace(String),
    Account { namespace: String, name: String },
}

impl Identity {
    pub(super) fn account(namespace: &str, name: &str) -> Self {
        Self::Account {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// As `identityRefs` of a `MeshTLSAuthentication` have it. A Namespace must not have a namespace: linkerd
    /// policy-controller/runtime/src/admission.rs, `validate_identity_ref`.
    pub(super) fn reference(&self) -> Value {
        match self {
            Self::Namespace(name) => json!({"kind": "Namespace", "name": name}),
            Self::Account { namespace, name } => {
                json!({"kind": "ServiceAccount", "namespace": namespace, "name": name})
            }
        }
    }

    /// The namespace of all who have it.
    pub(super) fn namespace(&self) -> &str {
        let (Self::Namespace(namespace) | Self::Account { namespace, .. }) = self;
        namespace
    }

    /// Whether whoever is `other` is let in by this one too.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Namespace(own), Self::Account { namespace, .. }) => own == namespace,
            _ => self == other,
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(name) => write!(f, "namespace {name}"),
            Self::Account { namespace, name } => write!(f, "ServiceAccount {namespace}/{name}"),
        }
    }
}

/// `<name>.<namespace>.serviceaccount.identity.<namespace of Linkerd>.<trust domain>`: linkerd
/// `policy-controller/k8s/index/src/cluster_info.rs`, `service_account_identity`.
pub(super) fn account(identity: &str, trust_domain: &str) -> Option<(String, String)> {
    let (account, mesh) = identity.split_once(".serviceaccount.identity.")?;
    mesh.strip_suffix(trust_domain)?;
    let (name, namespace) = account.rsplit_once('.')?;
    (name != "*").then(|| (namespace.to_owned(), name.to_owned()))
}

/// What is known of a caller's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Is(Identity),
    /// It is Prometheus outside of the mesh: known by its addresses alone.
    Scraper,
    /// It has none.
    Nobody,
    /// Nothing in the input tells.
    Unknown,
}

pub(super) fn of(view: &View<'_, '_, '_>, peer: &Peer) -> Known {
    let account = |namespace: &str, name: &str| Known::Is(Identity::account(namespace, name));
    let prometheus = &view.survey.run.prometheus;
    match peer {
        Peer::Workload(number) => match view.survey.graph.workload(*number) {
            Some(caller) if view.is_member(*number) => account(caller.namespace, &caller.account),
            Some(caller) if view.survey.mesh(caller) == Mesh::Unknown => Known::Unknown,
            Some(_) => Known::Nobody,
            None => Known::Unknown,
        },
        Peer::Namespace(name) => Known::Is(Identity::Namespace(name.clone())),
        Peer::Account { namespace, name } | Peer::Gateway { namespace, name } => {
            account(namespace, name)
        }
        Peer::Scraper if prometheus.meshed => {
            account(&prometheus.namespace, &prometheus.service_account)
        }
        Peer::Scraper => Known::Scraper,
        Peer::Outside => Known::Nobody,
    }
}

/// A caller in words.
pub(super) fn label(view: &View<'_, '_, '_>, peer: &Peer) -> String {
    match peer {
        Peer::Workload(number) => {
            let caller = view.survey.graph.workload(*number);
            caller.map_or_else(String::new, |caller| {
                let (kind, name) = (caller.owner.kind(), caller.name());
                format!("{kind} {}/{name}", caller.namespace)
            })
        }
        Peer::Namespace(name) => Identity::Namespace(name.clone()).to_string(),
        Peer::Account { namespace, name } => Identity::account(namespace, name).to_string(),
        Peer::Gateway { namespace, name } => format!("gateway {namespace}/{name}"),
        Peer::Scraper => "Prometheus".to_owned(),
        Peer::Outside => "something outside of the cluster".to_owned(),
    }
}
