//! Linkerd's policies.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::schema::ensure;

/// Linkerd's `Server`; functions make it for pods alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Server {
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
    pub(super) fn check(&self) -> Result<(), String> {
        let selects = !self.pod_selector.match_labels.is_empty();
        ensure(selects, "a Server without labels covers every pod")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct MeshTlsAuthentication {
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
    pub(super) fn check(&self) -> Result<(), String> {
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
pub(super) struct NetworkAuthentication {
    networks: Vec<Network>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Network {
    cidr: String,
}

impl NetworkAuthentication {
    pub(super) fn check(&self) -> Result<(), String> {
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
pub(super) struct LinkerdAuthorization {
    target_ref: LinkerdReference,
    required_authentication_refs: Vec<LinkerdReference>,
}

impl LinkerdAuthorization {
    pub(super) fn check(&self) -> Result<(), String> {
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
pub(super) struct HttpRoute {
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
    pub(super) fn check(&self) -> Result<(), String> {
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
