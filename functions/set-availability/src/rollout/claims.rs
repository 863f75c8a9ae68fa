//! Volumes of a pod that only one node, or only one pod, can have at a time.

use sdk::{Node, Pod, Resource};

/// What the claims among a pod's volumes say about running two of its pods at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claims {
    /// Any number of pods may run anywhere, as far as volumes go.
    Free,
    /// The claim of this name is for one node or one pod alone.
    Exclusive(String),
    /// The claim of this name isn't in the input.
    Unknown(String),
}

impl Claims {
    /// A claim of the pod itself; those of a `volumeClaimTemplates` or an `ephemeral` volume are one for each pod.
    pub(crate) fn of(pod: Pod<'_>) -> Self {
        let volumes = pod.get("volumes").into_iter().flat_map(Node::items);
        let names = volumes.filter_map(|volume| {
            let claim = volume.get("persistentVolumeClaim")?;
            claim.get("claimName")?.text()
        });
        let mut found = Self::Free;
        for name in names {
            let name = name.into_owned();
            match claim(pod, &name).map(is_exclusive) {
                Some(true) => return Self::Exclusive(name),
                None if found == Self::Free => found = Self::Unknown(name),
                Some(false) | None => {}
            }
        }
        found
    }
}

fn claim<'r>(pod: Pod<'r>, name: &str) -> Option<&'r Resource<'r>> {
    let owner = pod.template_owner()?;
    pod.resources()
        .referent(owner, "", "PersistentVolumeClaim", name)
}

/// Whether no access mode lets pods on several nodes have the volume.
fn is_exclusive(claim: &Resource<'_>) -> bool {
    let modes = claim.node.at(&["spec", "accessModes"]);
    let modes = modes.into_iter().flat_map(Node::items);
    let mut modes = modes.filter_map(Node::text).peekable();
    modes.peek().is_some()
        && modes.all(|mode| matches!(&*mode, "ReadWriteOnce" | "ReadWriteOncePod"))
}
