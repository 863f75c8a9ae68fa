//! The traffic policy of a destination rule or subset, for one port.

use sdk::{Node, Place};

/// What a client is told to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsMode {
    /// Plain text.
    Disable,
    /// TLS without a certificate of the client.
    Simple,
    /// TLS with a certificate of somebody else's than the mesh.
    Mutual,
    /// Mutual TLS with the mesh's certificates.
    IstioMutual,
}

/// A `tls` with what counts of it.
#[derive(Clone, Debug)]
pub(super) struct Tls {
    pub(super) mode: TlsMode,
    /// The mode, whether it is there or not.
    pub(super) place: Place,
    /// Whether its certificate is a Secret that sidecars fetch where the rule selects workloads alone.
    pub(super) needs_selector: bool,
}

/// A `trafficPolicy`, or one of its `portLevelSettings`.
#[derive(Clone, Debug)]
pub(super) struct TrafficPolicy<'r> {
    node: Node<'r>,
    place: Place,
}

/// What of a traffic policy decides about TLS.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) tls: Option<Tls>,
    /// Whether connections go where the application sent them.
    is_passthrough: Option<bool>,
}

impl Settings {
    pub(super) fn is_passthrough(&self) -> bool {
        self.is_passthrough == Some(true)
    }
}

impl<'r> TrafficPolicy<'r> {
    /// The `trafficPolicy` of a rule's `spec` or of a subset.
    pub(super) fn of(holder: Node<'r>, place: &Place) -> Option<Self> {
        let node = holder
            .get("trafficPolicy")
            .filter(|policy| !policy.is_null())?;
        Some(Self {
            node,
            place: place.field("trafficPolicy"),
        })
    }

    fn tls(&self) -> Option<Tls> {
        let tls = self.node.get("tls").filter(|tls| !tls.is_null())?;
        let text = |field| tls.get(field).and_then(Node::text).unwrap_or_default();
        // `DISABLE` is the zero value, so a `tls` without a mode is no mutual TLS.
        let mode = match &*text("mode") {
            "SIMPLE" => TlsMode::Simple,
            "MUTUAL" => TlsMode::Mutual,
            "ISTIO_MUTUAL" => TlsMode::IstioMutual,
            _ => TlsMode::Disable,
        };
        let credential = text("credentialName");
        let is_own = matches!(mode, TlsMode::Simple | TlsMode::Mutual);
        Some(Tls {
            mode,
            place: self.place.field("tls").field("mode"),
            // istio: pilot/pkg/networking/core/cluster_tls.go, `buildUpstreamClusterTLSContext`.
            needs_selector: is_own
                && !credential.is_empty()
                && !credential.starts_with("configmap://"),
        })
    }

    fn settings(&self) -> Settings {
        let balancer = self.node.get("loadBalancer");
        let balancer = balancer.filter(|balancer| !balancer.is_null());
        let simple = |balancer: Node<'r>| balancer.get("simple").and_then(Node::text);
        let is_passthrough = |balancer| simple(balancer).is_some_and(|how| how == "PASSTHROUGH");
        Settings {
            tls: self.tls(),
            is_passthrough: balancer.map(is_passthrough),
        }
    }

    /// The entries of `portLevelSettings` for a port of the Service.
    fn of_port(&self, port: u16) -> impl Iterator<Item = Self> {
        let list = self.node.get("portLevelSettings");
        let entries = list.into_iter().flat_map(Node::items).enumerate();
        let is_meant = move |entry: Node<'r>| {
            let number = entry.at(&["port", "number"]).and_then(Node::as_i64);
            number == Some(i64::from(port))
        };
        let own = entries.filter(move |(_, entry)| is_meant(*entry));
        own.map(|(index, node)| Self {
            node,
            place: self.place.field("portLevelSettings").field(index),
        })
    }

    /// What counts for a port, and whether that is of an entry for the port. Such an entry replaces all of the
    /// policy: what it leaves out has its default.
    ///
    /// istio: pilot/pkg/networking/util/util.go, `GetPortLevelTrafficPolicy`.
    fn at(&self, port: Option<u16>) -> (Settings, bool) {
        let entry = port.and_then(|port| self.of_port(port).next());
        match entry {
            Some(entry) => (entry.settings(), true),
            None => (self.settings(), false),
        }
    }
}

/// What counts of the policies of a rule and of the subset that a client asks for. A subset's policy overrides
/// the rule's field by field, its entry for a port all of it.
///
/// istio: pilot/pkg/networking/util/util.go, `MergeSubsetTrafficPolicy`, `mergeTrafficPolicy`.
pub(super) fn merged(
    rule: Option<&TrafficPolicy<'_>>,
    subset: Option<&TrafficPolicy<'_>>,
    port: Option<u16>,
) -> Settings {
    let rule = rule.map(|policy| policy.at(port).0);
    let Some((own, is_of_port)) = subset.map(|policy| policy.at(port)) else {
        return rule.unwrap_or_default();
    };
    match rule {
        Some(rule) if !is_of_port => Settings {
            tls: own.tls.or(rule.tls),
            is_passthrough: own.is_passthrough.or(rule.is_passthrough),
        },
        _ => own,
    }
}

/// The `tls` by which endpoints are told to take mutual TLS or not. It is not that of [`merged`]: an entry for a
/// port without `tls` leaves that of the policy in force here, and a subset has nothing from its rule.
///
/// istio: `pilot/pkg/xds/endpoints/mtls_checker.go`, `tlsModeForDestinationRule`, `trafficPolicyTLSModeForPort`.
pub(super) fn of_endpoints(policy: Option<&TrafficPolicy<'_>>, port: Option<u16>) -> Option<Tls> {
    let policy = policy?;
    let entry = port.and_then(|port| policy.of_port(port).find_map(|entry| entry.tls()));
    entry.or_else(|| policy.tls())
}
