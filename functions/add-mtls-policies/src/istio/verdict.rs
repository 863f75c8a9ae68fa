//! Whether what a client sends is what a server takes.
//!
//! | server \ client | DISABLE | SIMPLE, MUTUAL | nothing told, auto mTLS | nothing told, no auto mTLS | `ISTIO_MUTUAL` |
//! |---|---|---|---|---|---|
//! | STRICT | 001 | 001 | fits | 001 | fits |
//! | PERMISSIVE | 007 | 007 unless the port speaks TLS | fits | 007 | fits |
//! | DISABLE | plain text | fits | plain text | plain text | 002 |
//! | no mesh | fits | fits | fits | fits | 003 |
//! | headless, not all pods in the mesh | as above | as above | 003h where STRICT | as above | as above |
//! | headless, DISABLE for the workload or port | plain text | fits | 028 | plain text | 002 |
//!
//! "Nothing told, auto mTLS" is plain text wherever the policy of the server's namespace or mesh is DISABLE, even
//! where the workload's own one is STRICT.

use super::destination_rules::ClientTls;
use super::peer_authentication::Mode;
use super::traffic_policy::TlsMode;

/// The label by which pods with a sidecar can tell clients not to use auto mTLS. The sidecar's template sets it to
/// `istio` where it isn't there.
///
/// istio: manifests/charts/istio-control/istio-discovery/files/injection-template.yaml.
pub(crate) const TLS_MODE_LABEL: &str = "security.istio.io/tlsMode";

/// How a server takes part in the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plane {
    /// With a sidecar.
    Sidecar,
    /// With a sidecar, and with another value of [`TLS_MODE_LABEL`] than `istio`.
    SidecarOptedOut,
    /// In ambient mode.
    Ambient,
    /// Not at all.
    None,
    /// The input doesn't tell.
    Unknown,
}

/// How a client takes part in the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// With a sidecar.
    Sidecar,
    /// As a gateway.
    Gateway,
    /// In ambient mode.
    Ambient,
    /// Not at all.
    None,
    /// The input doesn't tell.
    Unknown,
}

/// The pods behind a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoints {
    /// There are some, and all have a sidecar.
    AllWithSidecar,
    /// There are none, or some without a sidecar or with one that opted out.
    SomeWithout,
    /// The input doesn't tell.
    Unknown,
}

/// All that decides about one client and one port of one server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encounter<'e, 'r> {
    /// How the client takes part in the mesh.
    pub(crate) client: Client,
    /// What destination rules tell it to send.
    pub(crate) tls: &'e ClientTls<'r>,
    /// How the server takes part in the mesh.
    pub(crate) server: Plane,
    /// The mode in which the server serves the port.
    pub(crate) mode: Mode,
    /// The mode of the server's namespace, see [`super::PeerAuthentications::inferred`].
    pub(crate) inferred: Mode,
    /// Whether the mesh has `enableAutoMtls`.
    pub(crate) auto_mtls: bool,
    /// Whether the Service is headless.
    pub(crate) is_headless: bool,
    /// The pods behind the Service.
    pub(crate) endpoints: Endpoints,
    /// Whether the application speaks TLS on the port by itself.
    pub(crate) speaks_tls: bool,
}

/// Why a client sends plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// A destination rule says so.
    Rule,
    /// No destination rule says otherwise, and the mesh has no auto mTLS.
    NoAutoMtls,
    /// The policy of the server's namespace or mesh is `DISABLE`, and clients go by that one.
    Namespace,
    /// A destination rule has an entry for the port without `tls` in a policy whose `tls` is not mutual TLS.
    Leftover,
    /// The server's pods say so, see [`TLS_MODE_LABEL`].
    Label,
    /// The Service is headless, and not all of its pods are in the mesh.
    PartlyMeshed,
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Client and server understand each other.
    Fits,
    /// They talk in plain text, since the server doesn't do otherwise.
    PlaintextOnly,
    /// They talk in plain text though mutual TLS could be had.
    PlaintextAvoidable(Cause),
    /// The client sends TLS of its own, which the server hands on to an application that speaks none.
    TlsUnexpected,
    /// The server refuses plain text.
    PlaintextRefused(Cause),
    /// The server refuses TLS without the mesh's certificates.
    TlsRefused,
    /// The client sends mutual TLS, which the server doesn't take.
    MutualToDisabled,
    /// The client sends mutual TLS to a server outside the mesh.
    MutualToUnmeshed,
    /// Auto mTLS is off for all pods of a headless Service, since not all of them are in the mesh; this one refuses
    /// plain text.
    HeadlessPartlyMeshed,
    /// The client is outside the mesh, and the server refuses it.
    UnmeshedRefused,
    /// Auto mTLS is on for all pods of a headless Service, and this one doesn't take mutual TLS.
    HeadlessMutualToDisabled,
    /// It depends on what the input doesn't tell.
    Unknown,
}

impl Verdict {
    /// The number of the rule that tells it, where there is something to tell.
    pub(crate) fn code(self) -> Option<&'static str> {
        Some(match self {
            Self::Fits | Self::PlaintextOnly | Self::Unknown => return None,
            Self::PlaintextRefused(_) | Self::TlsRefused => "001",
            Self::MutualToDisabled => "002",
            Self::MutualToUnmeshed => "003",
            Self::HeadlessPartlyMeshed => "003h",
            Self::UnmeshedRefused => "004",
            Self::PlaintextAvoidable(_) | Self::TlsUnexpected => "007",
            Self::HeadlessMutualToDisabled => "028",
        })
    }
}

/// What a client sends to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Plaintext(Cause),
    /// TLS, but not the mesh's.
    Tls,
    /// Mutual TLS, as a rule says.
    Mutual,
    /// Mutual TLS, and no rule says so.
    AutoMutual,
    /// Whatever the server takes.
    Fitting,
    Unknown,
}

/// Whether what a client sends is what a server takes.
pub(crate) fn verdict(encounter: &Encounter<'_, '_>) -> Verdict {
    match (encounter.client, encounter.server) {
        (Client::Unknown, _) | (_, Plane::Unknown) => Verdict::Unknown,
        (Client::None, Plane::None) => Verdict::Fits,
        (Client::None, _) if encounter.mode == Mode::Strict => Verdict::UnmeshedRefused,
        // ztunnel knows no destination rules and talks to each pod as that one wants it. Sidecars take that where
        // `ISTIO_META_ENABLE_HBONE` is on, as a mesh with ambient mode has it.
        // istio: pilot/pkg/serviceregistry/ambient/workloads.go, `setTunnelProtocol`.
        (Client::None | Client::Ambient, _) => Verdict::Fits,
        (_, Plane::None) => outside(encounter.sent()),
        _ => encounter.inside(encounter.sent()),
    }
}

/// A server outside the mesh takes what its application takes.
fn outside(sent: Sent) -> Verdict {
    match sent {
        Sent::Mutual | Sent::AutoMutual => Verdict::MutualToUnmeshed,
        Sent::Plaintext(_) | Sent::Tls | Sent::Fitting => Verdict::Fits,
        Sent::Unknown => Verdict::Unknown,
    }
}

impl Encounter<'_, '_> {
    fn inside(self, sent: Sent) -> Verdict {
        match (sent, self.mode) {
            (Sent::Unknown, _) => Verdict::Unknown,
            (Sent::Plaintext(Cause::PartlyMeshed), Mode::Strict) => Verdict::HeadlessPartlyMeshed,
            (Sent::Plaintext(cause), Mode::Strict) => Verdict::PlaintextRefused(cause),
            (Sent::Plaintext(cause), Mode::Permissive) => Verdict::PlaintextAvoidable(cause),
            (Sent::Plaintext(_), Mode::Disable) => Verdict::PlaintextOnly,
            (Sent::Tls, Mode::Strict) => Verdict::TlsRefused,
            (Sent::Tls, Mode::Permissive) if !self.speaks_tls => Verdict::TlsUnexpected,
            (Sent::Mutual, Mode::Disable) => Verdict::MutualToDisabled,
            (Sent::AutoMutual, Mode::Disable) => Verdict::HeadlessMutualToDisabled,
            (Sent::Mutual, _) if self.is_tunnel_lost() => Verdict::MutualToUnmeshed,
            (Sent::Fitting, Mode::Disable) if self.server != Plane::Ambient => {
                Verdict::PlaintextOnly
            }
            (Sent::Tls | Sent::Mutual | Sent::AutoMutual | Sent::Fitting, _) => Verdict::Fits,
        }
    }

    /// Whether connections go where the application sent them, so that the client knows nothing of the pod that
    /// takes them. Gateways know the pods of headless Services.
    ///
    /// istio: pilot/pkg/networking/core/cluster.go, `convertResolution`;
    /// `pilot/pkg/networking/core/cluster_traffic_policy.go`, `applyLoadBalancer`.
    fn is_blind(self) -> bool {
        self.tls.is_passthrough || (self.is_headless && self.client == Client::Sidecar)
    }

    /// Whether a server in ambient mode gets mutual TLS outside the tunnel that it expects it in, since the client
    /// doesn't know about the tunnel.
    ///
    /// istio: `pilot/pkg/networking/core/cluster_tls.go`, `applyHBONETransportSocketMatches`.
    fn is_tunnel_lost(self) -> bool {
        self.server == Plane::Ambient && self.is_blind()
    }

    /// What the client sends to this server.
    ///
    /// istio: `pilot/pkg/networking/core/cluster_tls.go`, `buildUpstreamTLSSettings`.
    fn sent(self) -> Sent {
        if self.server == Plane::Ambient && !self.is_blind() {
            return Sent::Fitting;
        }
        match self.tls.mode {
            Some(TlsMode::Disable) => Sent::Plaintext(Cause::Rule),
            Some(TlsMode::Simple | TlsMode::Mutual) => Sent::Tls,
            Some(TlsMode::IstioMutual) => Sent::Mutual,
            None if !self.auto_mtls => Sent::Plaintext(Cause::NoAutoMtls),
            None if self.looks_at_endpoints() => match self.endpoints {
                Endpoints::AllWithSidecar => self.automatically(),
                Endpoints::SomeWithout => Sent::Plaintext(Cause::PartlyMeshed),
                Endpoints::Unknown => Sent::Unknown,
            },
            None => self.automatically(),
        }
    }

    /// Whether one pod without a sidecar turns auto mTLS off for all.
    ///
    /// istio: `pilot/pkg/model/push_context.go`, `BestEffortInferServiceMTLSMode`.
    fn looks_at_endpoints(self) -> bool {
        self.is_headless || self.tls.is_passthrough
    }

    /// What auto mTLS makes the client send. Where it knows the pod that takes the connection, it goes by that
    /// pod's own policies, and mutual TLS is for pods with a sidecar.
    ///
    /// istio: `pilot/pkg/xds/endpoints/mtls_checker.go`, `checkMtlsEnabled`; `endpoint_builder.go` beside it,
    /// `buildEnvoyLbEndpoint`; without auto mTLS for the whole Service nobody asks what they found.
    fn automatically(self) -> Sent {
        if self.inferred == Mode::Disable {
            return Sent::Plaintext(Cause::Namespace);
        }
        if self.is_blind() {
            return Sent::AutoMutual;
        }
        let leftover = self.tls.leftover.as_ref().map(|(mode, _)| *mode);
        match (leftover, self.server) {
            (_, Plane::SidecarOptedOut) => Sent::Plaintext(Cause::Label),
            (Some(TlsMode::IstioMutual), Plane::Sidecar) => Sent::Mutual,
            (Some(TlsMode::IstioMutual) | None, _) => Sent::Fitting,
            (Some(_), _) => Sent::Plaintext(Cause::Leftover),
        }
    }
}

#[cfg(test)]
mod tests;
