//! What the user writes.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use sdk::{ConfigError, Glob, Path};
use serde::de::IntoDeserializer as _;
use serde::{Deserialize, Deserializer};

/// Nothing differs per target: workloads and namespaces say for themselves what holds for them.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Config {}

/// What the user writes for the whole run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Run {
    /// The mesh. Default: istio.
    pub provider: Provider,
    /// How Istio takes part in the pods' traffic. Default: auto.
    pub data_plane: DataPlane,
    /// How the mesh is set up.
    pub mesh: Mesh,
    /// Which namespaces are looked after.
    pub namespaces: Namespaces,
    /// What servers accept.
    pub peer_authentication: PeerAuthentication,
    /// Who scrapes metrics.
    pub prometheus: Prometheus,
    /// What clients send.
    pub destination_rules: DestinationRules,
    /// Who may call whom.
    pub authorization: Authorization,
    /// Gateways that let traffic in. Default: those of the Gateway API in the input.
    pub gateways: Vec<Gateway>,
    /// Identities that exist outside of the input, as `<trust domain>/ns/<namespace>/sa/<account>`. Default: none.
    pub external_identities: Vec<String>,
    /// Whether workloads of other clusters call, for Linkerd. Default: false.
    pub multi_cluster: bool,
    /// What is done about namespaces that aren't in the mesh.
    pub injection: Injection,
    /// What is done about ports whose protocol the mesh would have to guess.
    pub protocols: Protocols,
}

/// A service mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Istio.
    #[default]
    Istio,
    /// Linkerd.
    Linkerd,
}

/// How Istio takes part in the pods' traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DataPlane {
    /// As the labels of namespaces and pods say.
    #[default]
    Auto,
    /// By a proxy in each pod, wherever labels don't say otherwise.
    Sidecar,
    /// By a proxy on each node, wherever labels don't say otherwise.
    Ambient,
}

/// How the mesh is set up.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Mesh {
    /// The namespace whose policies hold for the whole mesh. Default: istio-system.
    pub root_namespace: String,
    /// The trust domain of identities. Default: cluster.local.
    pub trust_domain: String,
    /// The domain of the cluster's DNS names. Default: cluster.local.
    pub cluster_domain: String,
    /// Whether clients use mutual TLS by themselves where the server takes it (`enableAutoMtls`). Default: true.
    pub auto_mtls: bool,
    /// The version of Istio; it decides about the versions of its APIs. Default: "1.27".
    pub version: MeshVersion,
    /// Whether sidecars are native ones, so that Jobs end. Default: true from Istio 1.27 on.
    pub native_sidecars: Option<bool>,
}

impl Default for Mesh {
    fn default() -> Self {
        Self {
            root_namespace: "istio-system".to_owned(),
            trust_domain: "cluster.local".to_owned(),
            cluster_domain: "cluster.local".to_owned(),
            auto_mtls: true,
            version: MeshVersion::default(),
            native_sidecars: None,
        }
    }
}

/// A version of Istio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MeshVersion {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

impl MeshVersion {
    /// Version 1.`minor`.
    pub const fn minor(minor: u32) -> Self {
        Self { major: 1, minor }
    }
}

impl Default for MeshVersion {
    fn default() -> Self {
        Self::minor(27)
    }
}

impl<'de> Deserialize<'de> for MeshVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut numbers = text.trim_start_matches('v').split('.').map(str::parse);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major @ 1)), Some(Ok(minor))) => Ok(Self { major, minor }),
            _ => Err(serde::de::Error::custom(format_args!(
                "\"{text}\" is no version of a mesh; write it like \"1.27\""
            ))),
        }
    }
}

impl JsonSchema for MeshVersion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MeshVersion".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^v?1\\.[0-9]+(\\.[0-9]+)?$"})
    }
}

/// Which namespaces are looked after.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Namespaces {
    /// Globs for namespaces that must be in the mesh. Default: none, those that are in it are looked after.
    pub include: Vec<Glob>,
    /// Globs for namespaces that are left alone. Default: kube-system, kube-public, kube-node-lease, istio-system,
    /// cert-manager.
    pub exclude: Vec<Glob>,
}

impl Default for Namespaces {
    fn default() -> Self {
        let exclude = [
            "kube-system",
            "kube-public",
            "kube-node-lease",
            "istio-system",
            "cert-manager",
        ];
        Self {
            include: Vec::new(),
            exclude: exclude.map(|name| Glob(name.to_owned())).into(),
        }
    }
}

/// What servers accept.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PeerAuthentication {
    /// The mode of namespaces. Default: PERMISSIVE in development, STRICT in staging and production.
    pub mode: Option<MtlsMode>,
    /// What a policy is for. Default: namespace.
    #[serde(deserialize_with = "switch")]
    pub scope: Scope,
    /// Ports of workloads that have another mode. Default: none.
    pub exceptions: Vec<Exception>,
}

/// What a server accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum MtlsMode {
    /// Mutual TLS alone.
    Strict,
    /// Mutual TLS and plain text.
    Permissive,
    /// Plain text alone.
    Disable,
}

/// What a policy is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One for the whole mesh, in its root namespace.
    Mesh,
    /// One for each namespace in the mesh.
    #[default]
    Namespace,
    /// None is made.
    Off,
}

/// Ports of workloads that have another mode.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exception {
    /// Labels of the workloads' pods.
    pub selector: BTreeMap<String, String>,
    /// Their namespace.
    pub namespace: String,
    /// The mode of each container port.
    pub ports: BTreeMap<String, MtlsMode>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// The day from which on it should be gone, for those who read it. Default: none.
    #[serde(default)]
    pub expires: Option<String>,
}

/// Who scrapes metrics.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Prometheus {
    /// Whether it is in the mesh. Default: false.
    pub meshed: bool,
    /// Its namespace. Default: monitoring.
    pub namespace: String,
    /// Its ServiceAccount. Default: prometheus-k8s.
    pub service_account: String,
    /// Whether sidecars serve the metrics of their applications too (`enablePrometheusMerge`). Default: true.
    pub merged_metrics: bool,
    /// The addresses that it scrapes from, for Linkerd. Default: none.
    pub cidrs: Vec<String>,
}

impl Default for Prometheus {
    fn default() -> Self {
        Self {
            meshed: false,
            namespace: "monitoring".to_owned(),
            service_account: "prometheus-k8s".to_owned(),
            merged_metrics: true,
            cidrs: Vec::new(),
        }
    }
}

/// What clients send.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DestinationRules {
    /// What is done about DestinationRules. Default: reconcile.
    #[serde(deserialize_with = "switch")]
    pub mode: DestinationRuleMode,
}

/// What is done about DestinationRules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DestinationRuleMode {
    /// Nothing; conflicts aren't reported either.
    Off,
    /// Conflicts are reported.
    Check,
    /// Conflicts are reported, and rules that the function made are kept right.
    #[default]
    Reconcile,
    /// Every Service in the mesh has a rule that asks for mutual TLS.
    Ensure,
}

/// Who may call whom.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Authorization {
    /// Which policies are made. Default: declared.
    #[serde(deserialize_with = "switch")]
    pub mode: AuthorizationMode,
    /// With `mode: enforce`, what becomes of workloads whose callers nobody stated. Default: error.
    pub unknown_callers: UnknownCallers,
    /// What calls that only texts suggest are good for. Default: suggest.
    #[serde(deserialize_with = "switch")]
    pub inference: Inference,
}

/// Which policies are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuthorizationMode {
    /// None.
    Off,
    /// One for each workload with a stated caller, whom it lets in, and nobody else.
    #[default]
    Declared,
    /// The same, and nothing else may call anything in the namespace.
    Enforce,
}

/// What becomes of workloads whose callers nobody stated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum UnknownCallers {
    /// They are errors.
    #[default]
    Error,
    /// Their own namespace may call them.
    SameNamespace,
    /// Nobody may call them.
    Deny,
}

/// What calls that only texts suggest are good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Inference {
    /// Nothing; texts aren't read.
    Off,
    /// They are reported.
    #[default]
    Suggest,
    /// They count like stated ones; only with `mode: enforce`.
    Apply,
}

/// A gateway that lets traffic in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    /// Its namespace.
    pub namespace: String,
    /// Its ServiceAccount.
    pub service_account: String,
    /// Labels of its pods, as Istio's Gateways select them. Default: none.
    #[serde(default)]
    pub selector: BTreeMap<String, String>,
}

/// What is done about namespaces that aren't in the mesh.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Injection {
    /// What is done about them. Default: check.
    #[serde(deserialize_with = "switch")]
    pub mode: InjectionMode,
    /// The revision of Istio for the label. Default: none, the label is `istio-injection: enabled`.
    pub revision: String,
}

/// What is done about namespaces that aren't in the mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InjectionMode {
    /// Nothing.
    Off,
    /// They are reported.
    #[default]
    Check,
    /// They get the label.
    Ensure,
}

/// What is done about ports whose protocol the mesh would have to guess.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Protocols {
    /// What is done about them. Default: check.
    pub mode: ProtocolMode,
}

/// What is done about ports whose protocol the mesh would have to guess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProtocolMode {
    /// They are reported.
    #[default]
    Check,
    /// They get an `appProtocol`.
    Fix,
}

/// Reads a word, and takes `false` for `off`: that is what `off` without quotes means to older readers of YAML.
fn switch<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Word<T>(std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Word<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a word")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            T::deserialize(text.to_owned().into_deserializer())
        }

        fn visit_bool<E: serde::de::Error>(self, is_on: bool) -> Result<T, E> {
            let word = if is_on { "true" } else { "off" };
            self.visit_str(word)
        }
    }
    deserializer.deserialize_any(Word(std::marker::PhantomData))
}

/// What is wrong beyond types.
pub(crate) fn mistakes(run: &Run) -> Vec<ConfigError> {
    let mut found = Vec::new();
    let authorization = &run.authorization;
    if authorization.inference == Inference::Apply
        && authorization.mode != AuthorizationMode::Enforce
    {
        let message = "calls that only texts suggest count only with `authorization.mode: enforce`; state them with `plimsoll.dev/calls` instead";
        found.push(ConfigError::new(["authorization", "inference"], message));
    }
    for (number, exception) in run.peer_authentication.exceptions.iter().enumerate() {
        let at = Path::from(["peerAuthentication", "exceptions"]).join(number);
        if exception.selector.is_empty() {
            let message = "must select the pods of some workload; a mode for a whole namespace is no exception";
            found.push(ConfigError::new(at.join("selector"), message));
        }
        for port in exception.ports.keys().filter(|port| !is_port(port)) {
            let message = format!("\"{port}\" is no port of a container; write its number");
            found.push(ConfigError::new(
                at.join("ports").join(port.as_str()),
                message,
            ));
        }
    }
    found
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|number| number > 0)
}
