//! Which mesh a workload takes part in, and which of its traffic the mesh sees.
//!
//! What the meshes do was read in their sources: istio/istio 1.30.3 (commit 56df41f63e513f834c9a3af33d8aed82d1d961f2,
//! called `istio` below) and linkerd/linkerd2 (commit b24cd4059841f8cee2fb7a9c2ac23a693c583579, called `linkerd`).
//! Each rule names its file.

mod interception;
mod istio;
mod linkerd;
mod marks;
mod namespaces;
mod port_ranges;
mod waypoint;

pub use interception::{Inbound, Interception, users_of_proxy};
pub use linkerd::{LinkerdSetting, linkerd_setting};
pub use namespaces::Namespaces;
pub use port_ranges::PortRanges;
pub use waypoint::Waypoint;

use std::borrow::Cow;

use crate::graph::Workload;
use crate::resource::Place;

/// Which mesh a workload takes part in, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The mesh and how the workload takes part in it.
    pub provider: Mesh,
    /// What decides.
    pub why: Why,
    /// The revision of Istio whose webhook puts the sidecar in; none where it is the default one, or where
    /// there is no sidecar to put in.
    pub revision: Option<String>,
    /// What the workload says about enrolment to no effect. What is wrong with its namespace is in
    /// [`Namespaces::conflicts`].
    pub conflicts: Vec<MeshConflict>,
}

/// A mesh and how a workload takes part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mesh {
    /// Istio, with a proxy in each pod.
    IstioSidecar,
    /// Istio, with a proxy on each node.
    IstioAmbient,
    /// Linkerd.
    Linkerd,
    /// No mesh.
    None,
    /// The namespace decides, and the input doesn't have it.
    Unknown,
}

impl Mesh {
    /// Whether the workload is known to take part in a mesh.
    pub fn is_meshed(self) -> bool {
        matches!(
            self,
            Self::IstioSidecar | Self::IstioAmbient | Self::Linkerd
        )
    }
}

/// What decides about a workload's enrolment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// The field, where it is one.
    pub place: Option<Place>,
    /// In words.
    pub text: Cow<'static, str>,
}

impl Why {
    fn field(place: Option<Place>, text: &'static str) -> Self {
        Self {
            place,
            text: Cow::Borrowed(text),
        }
    }

    fn words(text: &'static str) -> Self {
        Self::field(None, text)
    }
}

/// A statement about enrolment that contradicts another one or has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshConflict {
    /// What is wrong about it.
    pub kind: MeshConflictKind,
    /// Where it stands.
    pub place: Place,
    /// What is wrong and what to do.
    pub message: String,
}

/// What is wrong about a statement about enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MeshConflictKind {
    /// A namespace asks for more than one mesh, or in more than one way.
    Contradiction,
    /// It stands on the owner, where no mesh looks, and not on its pods.
    Misplaced,
    /// Something of more weight says otherwise, or the value means nothing.
    Ineffective,
}

impl Enrolment {
    /// The enrolment of a workload in whatever mesh there is. Where a workload asks for two, Istio's webhook
    /// comes first by its name, and Linkerd's finds a sidecar there.
    pub fn of(workload: &Workload<'_>, namespaces: &Namespaces<'_>) -> Self {
        let istio = Self::in_istio(workload, namespaces);
        let linkerd = Self::in_linkerd(workload, namespaces);
        let mut conflicts: Vec<_> = [&istio, &linkerd]
            .into_iter()
            .flat_map(|enrolment| enrolment.conflicts.iter().cloned())
            .collect();
        if istio.provider.is_meshed() && linkerd.provider.is_meshed() {
            conflicts.extend(both(&linkerd.why));
        }
        let is_linkerd = match (istio.provider, linkerd.provider) {
            (istio, linkerd) if linkerd.is_meshed() => !istio.is_meshed(),
            (Mesh::None, Mesh::Unknown) => true,
            // Where neither takes it, what is written says more than what isn't.
            (Mesh::None, Mesh::None) => istio.why.place.is_none(),
            _ => false,
        };
        let chosen = if is_linkerd { linkerd } else { istio };
        Self {
            conflicts,
            ..chosen
        }
    }

    /// The enrolment where Istio is the only mesh and nothing is ambient.
    pub fn in_istio_by_sidecar(workload: &Workload<'_>, namespaces: &Namespaces<'_>) -> Self {
        istio::enrolment_by_sidecar(workload, namespaces)
    }

    /// The enrolment where Istio is the only mesh.
    pub fn in_istio(workload: &Workload<'_>, namespaces: &Namespaces<'_>) -> Self {
        istio::enrolment(workload, namespaces)
    }

    /// The enrolment where Linkerd is the only mesh.
    pub fn in_linkerd(workload: &Workload<'_>, namespaces: &Namespaces<'_>) -> Self {
        linkerd::enrolment(workload, namespaces)
    }

    fn new(provider: Mesh, why: Why) -> Self {
        Self {
            provider,
            why,
            revision: None,
            conflicts: Vec::new(),
        }
    }
}

/// Both meshes would take the workload. Where only one of them is installed the other's mark means nothing, but
/// then it is a trap for the day it is.
fn both(why: &Why) -> Option<MeshConflict> {
    Some(MeshConflict {
        kind: MeshConflictKind::Contradiction,
        place: why.place.clone()?,
        message: "Linkerd and Istio are both asked to take the pods; keep one of the two"
            .to_owned(),
    })
}
