//! The objects that policies are made of.

use std::collections::BTreeSet;

use sdk::{Resource, Value, Workload, json};

use super::identity::Identity;
use super::inbound::InboundPolicy;
use crate::evidence::{self, Evidence};

/// The group of Linkerd's policies.
pub(super) const GROUP: &str = "policy.linkerd.io";

/// What a made object is called and where it is.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Name {
    /// The name of what is for one port.
    pub(super) fn of_port(workload: &Workload<'_>, base: &str, port: u16) -> Self {
        Self {
            namespace: workload.namespace.to_owned(),
            name: format!("{base}-{port}"),
        }
    }

    pub(super) fn with(&self, change: impl FnOnce(&str) -> String) -> Self {
        Self {
            namespace: self.namespace.clone(),
            name: change(&self.name),
        }
    }
}

fn object(kind: &str, version: &str, name: &Name, notes: &Value, spec: &Value) -> Value {
    let mut metadata = json!({"name": name.name});
    if let Some(map) = metadata.as_object_mut() {
        if !name.namespace.is_empty() {
            map.insert("namespace".to_owned(), json!(name.namespace));
        }
        if notes.as_object().is_some_and(|notes| !notes.is_empty()) {
            map.insert("annotations".to_owned(), notes.clone());
        }
    }
    json!({
        "apiVersion": format!("{GROUP}/{version}"),
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
    })
}

/// A port of a workload's pods. Alone it lets nobody in, unless its `accessPolicy` does: linkerd
/// policy-controller/k8s/index/src/inbound/index.rs, `client_authzs`.
pub(super) fn server(
    name: &Name,
    notes: &Value,
    workload: &Workload<'_>,
    port: u16,
    protocol: Option<&str>,
    access: Option<InboundPolicy>,
) -> Value {
    let mut spec = json!({
        "podSelector": {"matchLabels": workload.stable_labels()},
        "port": port,
    });
    if let Some(map) = spec.as_object_mut() {
        if let Some(protocol) = protocol {
            map.insert("proxyProtocol".to_owned(), json!(protocol));
        }
        if let Some(access) = access {
            map.insert("accessPolicy".to_owned(), json!(access.as_str()));
        }
    }
    object("Server", "v1beta3", name, notes, &spec)
}

/// Callers by their identities. Those of another trust domain would need `identities`, which must not stand beside
/// `identityRefs`: linkerd charts/linkerd-crds/templates/policy/meshtls-authentication.yaml.
pub(super) fn identities(name: &Name, notes: &Value, callers: &BTreeSet<Identity>) -> Value {
    let references: Vec<Value> = callers.iter().map(Identity::reference).collect();
    let spec = json!({"identityRefs": references});
    object("MeshTLSAuthentication", "v1alpha1", name, notes, &spec)
}

/// Callers by their addresses.
pub(super) fn networks(name: &Name, cidrs: &[String]) -> Value {
    let networks: Vec<Value> = cidrs.iter().map(|cidr| json!({"cidr": cidr})).collect();
    let spec = json!({"networks": networks});
    object("NetworkAuthentication", "v1alpha1", name, &json!({}), &spec)
}

/// Lets those in whom an authentication names. Each policy for a target lets more in: linkerd
/// policy-controller/k8s/index/src/inbound/index.rs, `client_authzs`.
pub(super) fn authorization(
    name: &Name,
    notes: &Value,
    target: (&str, &str),
    authentication: (&str, &str),
) -> Value {
    let reference =
        |(kind, name): (&str, &str)| json!({"group": GROUP, "kind": kind, "name": name});
    let spec = json!({
        "targetRef": reference(target),
        "requiredAuthenticationRefs": [reference(authentication)],
    });
    object("AuthorizationPolicy", "v1alpha1", name, notes, &spec)
}

/// A route for requests to these paths. A rule has at most 8 matches and a route at most 16 rules, as the Gateway
/// API has it.
pub(super) fn probe_route(name: &Name, server: &str, paths: &BTreeSet<String>) -> Value {
    let matches: Vec<Value> = paths
        .iter()
        .map(|path| json!({"path": {"type": "Exact", "value": path}, "method": "GET"}))
        .collect();
    let rules: Vec<Value> = matches
        .chunks(8)
        .map(|some| json!({"matches": some}))
        .collect();
    let spec = json!({
        "parentRefs": [{"group": GROUP, "kind": "Server", "name": server}],
        "rules": rules,
    });
    object("HTTPRoute", "v1beta3", name, &json!({}), &spec)
}

/// What calls are known from, as an annotation.
pub(super) fn evidence(texts: &BTreeSet<&str>) -> Value {
    let mut evidence = Evidence::default();
    evidence.add(texts.iter().map(|text| (*text).to_owned()));
    match evidence.text() {
        text if text.is_empty() => json!({}),
        text => json!({ evidence::ANNOTATION: text }),
    }
}

/// Whether this function made an object.
pub(super) fn is_made_here(object: &Resource<'_>) -> bool {
    let by = object.annotations().get("plimsoll.dev/generated-by");
    let function = env!("CARGO_PKG_NAME");
    by.is_some_and(|by| by.split('/').next() == Some(function))
}
