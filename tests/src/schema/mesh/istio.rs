//! Istio's policies.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::schema::ensure;

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
pub(super) struct PeerAuthentication {
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
    pub(super) fn check(&self) -> Result<(), String> {
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
pub(super) struct IstioAuthorization {
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
    pub(super) fn check(&self) -> Result<(), String> {
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
pub(super) struct DestinationRule {
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
    pub(super) fn check(&self) -> Result<(), String> {
        ensure(!self.host.is_empty(), "`host` must not be empty")?;
        let selector = self.workload_selector.as_ref();
        selector.map_or(Ok(()), WorkloadSelector::check)
    }
}
