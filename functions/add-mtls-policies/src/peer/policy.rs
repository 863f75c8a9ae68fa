//! `PeerAuthentication`s as they are made.

use std::collections::BTreeMap;

use sdk::{Collect as _, Value, json};

use super::word;
use crate::config::{MeshVersion, Run};
use crate::istio::Mode;

/// What stands in front of a kind of Istio's API: `security.istio.io/v1`.
pub(crate) fn api_version(run: &Run, group: &str) -> String {
    let is_stable = run.mesh.version >= MeshVersion::minor(22);
    let version = if is_stable { "v1" } else { "v1beta1" };
    format!("{group}/{version}")
}

/// A policy for a namespace, or for the mesh in its root namespace.
pub(super) fn of_namespace(run: &Run, namespace: &str, mode: Mode) -> Value {
    json!({
        "apiVersion": api_version(run, "security.istio.io"),
        "kind": "PeerAuthentication",
        "metadata": {"name": super::namespaces::NAME, "namespace": namespace},
        "spec": {"mtls": {"mode": word(mode)}},
    })
}

/// A policy for a workload, with modes for some of its ports.
pub(super) struct OfWorkload<'a> {
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    pub(super) annotations: BTreeMap<&'static str, String>,
    pub(super) selector: BTreeMap<String, String>,
    /// The mode of all other ports; none leaves it to whatever else the cluster has.
    pub(super) mode: Option<Mode>,
    pub(super) ports: &'a BTreeMap<u16, Mode>,
}

impl OfWorkload<'_> {
    /// The object.
    pub(super) fn object(self, run: &Run) -> Value {
        let ports = self.ports.iter();
        let ports: BTreeMap<String, Value> = ports
            .map(|(port, mode)| (port.to_string(), json!({"mode": word(*mode)})))
            .into_map();
        let mut object = json!({
            "apiVersion": api_version(run, "security.istio.io"),
            "kind": "PeerAuthentication",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {"selector": {"matchLabels": self.selector}},
        });
        if let Some(spec) = object.pointer_mut("/spec").and_then(Value::as_object_mut) {
            if let Some(mode) = self.mode {
                spec.insert("mtls".to_owned(), json!({"mode": word(mode)}));
            }
            spec.insert("portLevelMtls".to_owned(), json!(ports));
        }
        let metadata = object.pointer_mut("/metadata");
        if let Some(metadata) = metadata.and_then(Value::as_object_mut)
            && !self.annotations.is_empty()
        {
            metadata.insert("annotations".to_owned(), json!(self.annotations));
        }
        object
    }
}
