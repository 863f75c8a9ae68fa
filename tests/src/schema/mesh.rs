//! The policies of meshes that functions make, against what their definitions ask for: a field that
//! a definition doesn't know is dropped by the API server, and what breaks its validation is refused.
//!
//! The fields and bounds are those of istio/istio 1.30.3 (commit 56df41f63e513f834c9a3af33d8aed82d1d961f2),
//! manifests/charts/base/files/crd-all.gen.yaml, and of linkerd/linkerd2 (commit
//! b24cd4059841f8cee2fb7a9c2ac23a693c583579), charts/linkerd-crds/templates/policy; what Linkerd's webhook asks for
//! beyond that is in policy-controller/runtime/src/admission.rs. Only what is made is checked: authors may be wrong.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

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

fn ensure(holds: bool, message: &str) -> Result<(), String> {
    holds.then_some(()).ok_or_else(|| message.to_owned())
}

/// A selector of Istio's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WorkloadSelector {
    #[serde(default)]
    match_labels: BTreeMap<String, String>,
}

impl WorkloadSelector {
    fn check(&self) -> Result<(), String> {
        let mut labels = self.match_labels.iter();
        let is_plain = labels.all(|(key, value)| {
            !key.is_empty() && !key.contains('*') && !value.contains('*') && value.len() <= 63
        });
        ensure(is_plain, "a selector has a label that Istio refuses")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PeerAuthentication {
    selector: Option<WorkloadSelector>,
    #[serde(rename = "mtls")]
    _mtls: Option<MutualTls>,
    port_level_mtls: Option<BTreeMap<String, MutualTls>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MutualTls {
    #[serde(rename = "mode")]
    _mode: MutualTlsMode,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum MutualTlsMode {
    Unset,
    Disable,
    Permissive,
    Strict,
}

impl PeerAuthentication {
    fn check(&self) -> Result<(), String> {
        let selector = self.selector.as_ref();
        selector.map_or(Ok(()), WorkloadSelector::check)?;
        let Some(ports) = &self.port_level_mtls else {
            return Ok(());
        };
        let selects = selector.is_some_and(|selector| !selector.match_labels.is_empty());
        ensure(selects, "`portLevelMtls` requires a selector")?;
        ensure(!ports.is_empty(), "`portLevelMtls` must not be empty")?;
        let mut numbers = ports.keys();
        let are_ports = numbers.all(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        ensure(are_ports, "a key of `portLevelMtls` is no port")
    }
}

/// Istio's `AuthorizationPolicy`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct IstioAuthorization {
    selector: Option<WorkloadSelector>,
    target_refs: Option<Vec<IstioTarget>>,
    #[serde(rename = "action")]
    _action: Option<IstioAction>,
    #[serde(default)]
    rules: Vec<IstioRule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum IstioAction {
    Allow,
    Deny,
    Audit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IstioTarget {
    #[serde(default, rename = "group")]
    _group: String,
    kind: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IstioRule {
    #[serde(default)]
    from: Vec<IstioFrom>,
    #[serde(default)]
    to: Vec<IstioTo>,
    #[serde(default)]
    when: Vec<IstioCondition>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IstioFrom {
    source: Lists<IstioSource>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IstioTo {
    operation: Lists<IstioOperation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct IstioCondition {
    #[serde(rename = "key")]
    _key: String,
    #[serde(default, rename = "values")]
    _values: Vec<String>,
    #[serde(default, rename = "notValues")]
    _not_values: Vec<String>,
}

/// Fields that are all lists of texts.
type Lists<Field> = BTreeMap<Field, Vec<String>>;

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
enum IstioSource {
    Principals,
    NotPrincipals,
    RequestPrincipals,
    NotRequestPrincipals,
    Namespaces,
    NotNamespaces,
    ServiceAccounts,
    NotServiceAccounts,
    IpBlocks,
    NotIpBlocks,
    RemoteIpBlocks,
    NotRemoteIpBlocks,
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
enum IstioOperation {
    Hosts,
    NotHosts,
    Ports,
    NotPorts,
    Methods,
    NotMethods,
    Paths,
    NotPaths,
}

impl IstioAuthorization {
    fn check(&self) -> Result<(), String> {
        let selector = self.selector.as_ref();
        selector.map_or(Ok(()), WorkloadSelector::check)?;
        let is_one = selector.is_none() || self.target_refs.is_none();
        ensure(is_one, "only one of `targetRefs` and `selector` can be set")?;
        let mut targets = self.target_refs.iter().flatten();
        let are_named = targets.all(|target| !target.kind.is_empty() && !target.name.is_empty());
        ensure(are_named, "a target must have a kind and a name")?;
        ensure(self.rules.len() <= 512, "a policy has at most 512 rules")?;
        self.rules.iter().try_for_each(IstioRule::check)
    }
}

impl IstioRule {
    fn check(&self) -> Result<(), String> {
        let has_any = !self.from.is_empty() || !self.to.is_empty() || !self.when.is_empty();
        ensure(
            has_any,
            "a rule without `from`, `to` and `when` fits every request",
        )?;
        ensure(self.from.len() <= 512, "a rule has at most 512 sources")?;
        for from in &self.from {
            let source = &from.source;
            let is_empty = source.is_empty() || source.values().any(Vec::is_empty);
            ensure(!is_empty, "a source must not be empty")?;
            let has = |field| source.contains_key(&field);
            let has_accounts =
                has(IstioSource::ServiceAccounts) || has(IstioSource::NotServiceAccounts);
            let has_others = has(IstioSource::Principals)
                || has(IstioSource::NotPrincipals)
                || has(IstioSource::Namespaces)
                || has(IstioSource::NotNamespaces);
            let message = "`serviceAccounts` can't be set with namespaces or principals";
            ensure(!(has_accounts && has_others), message)?;
        }
        for to in &self.to {
            let is_empty = to.operation.is_empty() || to.operation.values().any(Vec::is_empty);
            ensure(!is_empty, "an operation must not be empty")?;
            let ports = to.operation.get(&IstioOperation::Ports);
            let mut ports = ports.into_iter().flatten();
            let are_ports = ports.all(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
            ensure(are_ports, "an operation has what is no port")?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DestinationRule {
    host: String,
    #[serde(rename = "trafficPolicy")]
    _traffic_policy: Option<TrafficPolicy>,
    #[serde(rename = "exportTo")]
    _export_to: Option<Vec<String>>,
    workload_selector: Option<WorkloadSelector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct TrafficPolicy {
    #[serde(rename = "tls")]
    _tls: Option<ClientTls>,
    #[serde(rename = "portLevelSettings")]
    _port_level_settings: Option<Vec<PortTrafficPolicy>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PortTrafficPolicy {
    #[serde(rename = "port")]
    _port: PortNumber,
    #[serde(rename = "tls")]
    _tls: Option<ClientTls>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PortNumber {
    #[serde(rename = "number")]
    _number: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientTls {
    #[serde(rename = "mode")]
    _mode: ClientTlsMode,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ClientTlsMode {
    Disable,
    Simple,
    Mutual,
    IstioMutual,
}

impl DestinationRule {
    fn check(&self) -> Result<(), String> {
        ensure(!self.host.is_empty(), "`host` must not be empty")?;
        let selector = self.workload_selector.as_ref();
        selector.map_or(Ok(()), WorkloadSelector::check)
    }
}

/// Linkerd's Server; functions make it for pods alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Server {
    pod_selector: PodSelector,
    #[serde(rename = "port")]
    _port: std::num::NonZeroU16,
    #[serde(rename = "proxyProtocol")]
    _proxy_protocol: Option<ProxyProtocol>,
    #[serde(rename = "accessPolicy")]
    _access_policy: Option<AccessPolicy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PodSelector {
    match_labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
enum ProxyProtocol {
    #[serde(rename = "unknown")]
    Unknown,
    #[serde(rename = "HTTP/1")]
    Http1,
    #[serde(rename = "HTTP/2")]
    Http2,
    #[serde(rename = "gRPC")]
    Grpc,
    #[serde(rename = "opaque")]
    Opaque,
    #[serde(rename = "TLS")]
    Tls,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AccessPolicy {
    AllAuthenticated,
    AllUnauthenticated,
    ClusterAuthenticated,
    ClusterUnauthenticated,
    Deny,
    Audit,
}

impl Server {
    fn check(&self) -> Result<(), String> {
        let selects = !self.pod_selector.match_labels.is_empty();
        ensure(selects, "a Server without labels covers every pod")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct MeshTlsAuthentication {
    identities: Option<Vec<String>>,
    identity_refs: Option<Vec<LinkerdReference>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkerdReference {
    #[serde(default)]
    group: String,
    kind: String,
    name: String,
    namespace: Option<String>,
}

impl LinkerdReference {
    fn names(&self) -> (&str, &str) {
        (&self.group, &self.kind)
    }
}

impl MeshTlsAuthentication {
    fn check(&self) -> Result<(), String> {
        let is_one = self.identities.is_some() != self.identity_refs.is_some();
        ensure(
            is_one,
            "exactly one of `identities` and `identityRefs` must be set",
        )?;
        let count = self.identities.as_ref().map_or(0, Vec::len);
        let references = self.identity_refs.as_ref().map_or(0, Vec::len);
        ensure(count + references > 0, "somebody must be named")?;
        self.identity_refs
            .iter()
            .flatten()
            .try_for_each(|reference| {
                let is_known = match reference.names() {
                    ("", "ServiceAccount") => true,
                    ("", "Namespace") => reference.namespace.is_none(),
                    _ => false,
                };
                ensure(
                    is_known && !reference.name.is_empty(),
                    "an identity is of no kind that Linkerd takes",
                )
            })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkAuthentication {
    networks: Vec<Network>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    cidr: String,
}

impl NetworkAuthentication {
    fn check(&self) -> Result<(), String> {
        ensure(
            !self.networks.is_empty(),
            "at least one network must be named",
        )?;
        let is_network = |network: &Network| {
            let (address, length) = network.cidr.split_once('/').unwrap_or((&network.cidr, "0"));
            address.parse::<std::net::IpAddr>().is_ok() && length.parse::<u8>().is_ok()
        };
        ensure(self.networks.iter().all(is_network), "a network is no CIDR")
    }
}

/// Linkerd's `AuthorizationPolicy`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct LinkerdAuthorization {
    target_ref: LinkerdReference,
    required_authentication_refs: Vec<LinkerdReference>,
}

impl LinkerdAuthorization {
    fn check(&self) -> Result<(), String> {
        let target = self.target_ref.names();
        let is_target = matches!(target, ("policy.linkerd.io", "Server" | "HTTPRoute"));
        ensure(
            is_target && self.target_ref.namespace.is_none(),
            "the target is none that Linkerd takes",
        )?;
        let mut kinds: Vec<_> = self
            .required_authentication_refs
            .iter()
            .map(LinkerdReference::names)
            .collect();
        let are_known = kinds.iter().all(|kind| {
            let is_own = kind.0 == "policy.linkerd.io";
            is_own && matches!(kind.1, "MeshTLSAuthentication" | "NetworkAuthentication")
        });
        ensure(
            are_known,
            "an authentication is of no kind that Linkerd takes",
        )?;
        let count = kinds.len();
        kinds.sort_unstable();
        kinds.dedup();
        ensure(
            kinds.len() == count,
            "each kind of authentication may be asked for once",
        )?;
        ensure(
            count > 0,
            "a policy that asks for nothing lets everybody in",
        )
    }
}

/// Linkerd's `HTTPRoute`, as far as functions make it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct HttpRoute {
    parent_refs: Vec<LinkerdReference>,
    rules: Vec<HttpRouteRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpRouteRule {
    matches: Vec<HttpRouteMatch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpRouteMatch {
    path: PathMatch,
    #[serde(rename = "method")]
    _method: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PathMatch {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

impl HttpRoute {
    fn check(&self) -> Result<(), String> {
        let mut parents = self.parent_refs.iter();
        let are_servers = parents.all(|parent| parent.names() == ("policy.linkerd.io", "Server"));
        ensure(are_servers, "a route of Linkerd is for Servers")?;
        ensure(self.rules.len() <= 16, "a route has at most 16 rules")?;
        let mut matches = self.rules.iter().map(|rule| rule.matches.len());
        ensure(
            matches.all(|count| count <= 8),
            "a rule has at most 8 matches",
        )?;
        let mut paths = self.rules.iter().flat_map(|rule| &rule.matches);
        let are_exact =
            paths.all(|one| one.path.kind == "Exact" && one.path.value.starts_with('/'));
        ensure(are_exact, "a path must be exact and start with a slash")
    }
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
