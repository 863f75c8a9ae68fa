//! The policies of meshes that functions make, against what their definitions ask for: a field that
//! a definition doesn't know is dropped by the API server, and what breaks its validation is refused.
//!
//! The fields and bounds are those of istio/istio 1.30.3 (commit 56df41f63e513f834c9a3af33d8aed82d1d961f2),
//! manifests/charts/base/files/crd-all.gen.yaml, and of linkerd/linkerd2 (commit
//! b24cd4059841f8cee2fb7a9c2ac23a693c583579), charts/linkerd-crds/templates/policy; what Linkerd's webhook asks for
//! beyond that is in policy-controller/runtime/src/admission.rs. Only what is made is checked: authors may be wrong.
//! Where the definitions themselves are at hand, `definitions` reads them.

mod istio;
mod linkerd;

use serde::de::DeserializeOwned;
use serde_json::Value;

use self::istio::{DestinationRule, IstioAuthorization, PeerAuthentication};
use self::linkerd::{
    HttpRoute, LinkerdAuthorization, MeshTlsAuthentication, NetworkAuthentication, Server,
};

/// Checks the `spec` of an object that a function made; none for kinds that aren't here.
pub(super) fn check(api_version: &str, kind: &str, spec: &Value) -> Option<Result<(), String>> {
    let (group, version) = api_version.split_once('/')?;
    let checked = match (group, version, kind) {
        ("security.istio.io", "v1" | "v1beta1", "PeerAuthentication") => {
            read(spec, PeerAuthentication::check)
        }
        ("security.istio.io", "v1" | "v1beta1", "AuthorizationPolicy") => {
            read(spec, IstioAuthorization::check)
        }
        ("networking.istio.io", "v1" | "v1beta1", "DestinationRule") => {
            read(spec, DestinationRule::check)
        }
        ("policy.linkerd.io", "v1beta3", "Server") => read(spec, Server::check),
        ("policy.linkerd.io", "v1alpha1", "MeshTLSAuthentication") => {
            read(spec, MeshTlsAuthentication::check)
        }
        ("policy.linkerd.io", "v1alpha1", "NetworkAuthentication") => {
            read(spec, NetworkAuthentication::check)
        }
        ("policy.linkerd.io", "v1alpha1", "AuthorizationPolicy") => {
            read(spec, LinkerdAuthorization::check)
        }
        ("policy.linkerd.io", "v1beta3", "HTTPRoute") => read(spec, HttpRoute::check),
        ("security.istio.io" | "networking.istio.io" | "policy.linkerd.io", ..) => Err(format!(
            "{api_version} has no kind {kind} that is known here"
        )),
        _ => return None,
    };
    Some(checked)
}

fn read<T: DeserializeOwned>(
    spec: &Value,
    check: impl FnOnce(&T) -> Result<(), String>,
) -> Result<(), String> {
    let typed: T = serde_json::from_value(spec.clone()).map_err(|error| error.to_string())?;
    check(&typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(object: &str) -> Result<(), String> {
        let object: Value = serde_yaml::from_str(object).unwrap();
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        check(text("apiVersion"), text("kind"), &object["spec"]).unwrap()
    }

    #[test]
    fn what_the_meshes_take_passes() {
        for object in [
            "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, spec: {mtls: {mode: STRICT}}}",
            "{apiVersion: security.istio.io/v1beta1, kind: PeerAuthentication, spec: {selector: {matchLabels: {a: b}}, mtls: {mode: STRICT}, portLevelMtls: {'9090': {mode: PERMISSIVE}}}}",
            "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, spec: {}}",
            "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, spec: {action: ALLOW, selector: {matchLabels: {a: b}}, rules: [{from: [{source: {principals: [x]}}], to: [{operation: {ports: ['80']}}]}]}}",
            "{apiVersion: networking.istio.io/v1, kind: DestinationRule, spec: {host: a, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}}",
            "{apiVersion: policy.linkerd.io/v1beta3, kind: Server, spec: {podSelector: {matchLabels: {a: b}}, port: 80, proxyProtocol: HTTP/1, accessPolicy: all-unauthenticated}}",
            "{apiVersion: policy.linkerd.io/v1alpha1, kind: MeshTLSAuthentication, spec: {identityRefs: [{kind: ServiceAccount, name: a, namespace: b}, {kind: Namespace, name: c}]}}",
            "{apiVersion: policy.linkerd.io/v1alpha1, kind: NetworkAuthentication, spec: {networks: [{cidr: 10.0.0.0/8}, {cidr: '::/0'}]}}",
        ] {
            assert_eq!(verdict(object), Ok(()), "{object}");
        }
    }

    #[test]
    fn what_the_meshes_drop_or_refuse_is_found() {
        for object in [
            "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, spec: {mtls: {mode: Strict}}}",
            "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, spec: {mtls: {mode: STRICT}, portLevelMtls: {'80': {mode: STRICT}}}}",
            "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, spec: {selector: {matchLabels: {a: b}}, portLevelMtls: {}}}",
            "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, spec: {mtsl: {mode: STRICT}}}",
            "{apiVersion: security.istio.io/v2, kind: PeerAuthentication, spec: {}}",
            "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, spec: {rules: [{}]}}",
            "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, spec: {rules: [{from: [{source: {principal: [x]}}]}]}}",
            "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, spec: {rules: [{from: [{source: {principals: []}}]}]}}",
            "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, spec: {rules: [{to: [{operation: {ports: [http]}}]}]}}",
            "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, spec: {selector: {}, targetRefs: []}}",
            "{apiVersion: networking.istio.io/v1, kind: DestinationRule, spec: {trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}}",
            "{apiVersion: policy.linkerd.io/v1beta3, kind: Server, spec: {podSelector: {matchLabels: {}}, port: 80}}",
            "{apiVersion: policy.linkerd.io/v1beta3, kind: Server, spec: {podSelector: {matchLabels: {a: b}}, port: 80, proxyProtocol: http}}",
            "{apiVersion: policy.linkerd.io/v1alpha1, kind: MeshTLSAuthentication, spec: {identityRefs: []}}",
            "{apiVersion: policy.linkerd.io/v1alpha1, kind: MeshTLSAuthentication, spec: {identityRefs: [{kind: Namespace, name: c, namespace: c}]}}",
            "{apiVersion: policy.linkerd.io/v1alpha1, kind: NetworkAuthentication, spec: {networks: [{cidr: everywhere}]}}",
            "{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, spec: {targetRef: {kind: Server, name: a}, requiredAuthenticationRefs: []}}",
        ] {
            assert!(verdict(object).is_err(), "{object}");
        }
    }
}
