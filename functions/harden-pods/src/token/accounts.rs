//! The service account that a pod runs as.

use std::collections::BTreeSet;

use sdk::{Collect as _, Node, Pod, Resource};

use super::FIELD;

/// A service account, by every name that others may call it.
pub(crate) struct Account<'r> {
    /// As the pod has it.
    pub(crate) name: String,
    pub(crate) object: Option<&'r Resource<'r>>,
    pub(crate) names: BTreeSet<String>,
    pub(crate) namespaces: BTreeSet<String>,
}

/// What pods run as that name no account; the cluster makes one in each namespace.
const DEFAULT: &str = "default";

impl<'r> Account<'r> {
    /// The account of a pod. Inside kustomize's transformers it may have another name than pods and bindings say.
    pub(crate) fn of(pod: Pod<'r>) -> Self {
        let resources = pod.resources();
        let owner = pod.template_owner();
        // The second is what Kubernetes 1.0 called it; the API server copies one to the other.
        let named = ["serviceAccountName", "serviceAccount"]
            .into_iter()
            .find_map(|field| {
                let name = pod.get(field).and_then(Node::text)?;
                Some(name.into_owned()).filter(|name| !name.is_empty())
            });
        let name = named.unwrap_or_else(|| DEFAULT.to_owned());
        let object = owner.and_then(|owner| resources.referent(owner, "", "ServiceAccount", &name));
        let mut account = Self {
            names: BTreeSet::from([name.clone()]),
            namespaces: owner
                .into_iter()
                .map(|owner| resources.namespace_of(owner).to_owned())
                .into_set(),
            name,
            object,
        };
        if let Some(object) = object {
            account.names.insert(object.name().to_owned());
            account
                .namespaces
                .insert(resources.namespace_of(object).to_owned());
            for (_, namespace, name) in object.previous() {
                account.names.insert(name);
                account.namespaces.insert(namespace);
            }
        }
        account
    }

    /// Whether its author asks for the token, or asks for none.
    pub(crate) fn automount(&self) -> Option<bool> {
        self.object?.node.get(FIELD).and_then(Node::as_bool)
    }

    /// Whether it is one that somebody has made, who isn't to be seen.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.object.is_none() && self.name != DEFAULT
    }
}
