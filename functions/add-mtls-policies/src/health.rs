//! What is wrong with the mesh beyond single calls: policies, enrolment, ports, statements.

mod ambient;
mod enrolment;
mod policies;
mod probes;
mod protocols;
mod server_first;
mod sets;
mod statements;
mod versions;

use sdk::{Plan, Rule, Severity};

use crate::survey::Survey;

/// The decision about a port whose protocol the mesh would have to guess.
pub(crate) const PROTOCOL: &str = "protocol";
/// Two versions of one object.
pub(crate) const DUPLICATE_OBJECT: &str = "duplicate-object";
/// What Istio refuses about a PeerAuthentication (006).
pub(crate) const INVALID_PEER_AUTHENTICATION: &str = "invalid-peer-authentication";
/// A port among peers that their Service lacks (011).
pub(crate) const PEER_PORT_WITHOUT_SERVICE: &str = "peer-port-without-service";
/// Peers that can't find each other before they are ready (012).
pub(crate) const PEERS_NOT_PUBLISHED: &str = "peers-not-published";
/// A port whose protocol can't be guessed (013).
pub(crate) const GUESSED_PROTOCOL: &str = "guessed-protocol";
/// Probes that STRICT refuses (014).
pub(crate) const REFUSED_PROBE: &str = "refused-probe";
/// Pods in the network of their node (017).
pub(crate) const HOST_NETWORK: &str = "host-network";
/// A namespace that asks for a mesh twice (020).
pub(crate) const CONTRADICTING_INJECTION: &str = "contradicting-injection";
/// Marks that stand where no mesh looks (022).
pub(crate) const MISPLACED_INJECTION: &str = "misplaced-injection";
/// Marks that have no effect.
pub(crate) const INEFFECTIVE_INJECTION: &str = "ineffective-injection";
/// The user that is the proxy's own (023).
pub(crate) const PROXY_USER: &str = "proxy-user";
/// Rules for proxies that aren't there (030).
pub(crate) const AMBIENT_RULE: &str = "ambient-rule";
/// An API version of before (060).
pub(crate) const LEGACY_API_VERSION: &str = "legacy-api-version";
/// Pods without a namespace (17).
pub(crate) const NO_NAMESPACE: &str = "no-namespace";
/// A statement about calls that means nothing.
pub(crate) const BROKEN_STATEMENT: &str = "broken-statement";
/// A statement about calls that leads nowhere in the input.
pub(crate) const UNKNOWN_STATEMENT: &str = "unknown-peer";

/// The decision first, then checks by severity.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        PROTOCOL,
        Severity::Info,
        "Writes the protocol of a port that the mesh would have to guess, with `protocols.mode: fix`.",
    ),
    Rule::new(
        DUPLICATE_OBJECT,
        Severity::Error,
        "One object stands in the input twice, as in two versions of its API.",
    ),
    Rule::new(
        INVALID_PEER_AUTHENTICATION,
        Severity::Error,
        "Istio refuses something about a PeerAuthentication; a warning where it ignores it.",
    ),
    Rule::new(
        REFUSED_PROBE,
        Severity::Error,
        "Probes ask a port that accepts mutual TLS alone, and aren't rewritten.",
    ),
    Rule::new(
        CONTRADICTING_INJECTION,
        Severity::Error,
        "A namespace or pod asks for more than one mesh, or in more than one way.",
    ),
    Rule::new(
        PROXY_USER,
        Severity::Error,
        "A container runs as the sidecar's own user, whose traffic the mesh never sees.",
    ),
    Rule::new(
        NO_NAMESPACE,
        Severity::Error,
        "Pods have no namespace, so that nobody knows their identity.",
    ),
    Rule::new(
        BROKEN_STATEMENT,
        Severity::Error,
        "A statement about calls means nothing.",
    ),
    Rule::new(
        UNKNOWN_STATEMENT,
        Severity::Warning,
        "A statement about calls leads to nothing in the input.",
    ),
    Rule::new(
        PEER_PORT_WITHOUT_SERVICE,
        Severity::Warning,
        "Pods of a StatefulSet talk to each other at a port that their governing Service lacks.",
    ),
    Rule::new(
        PEERS_NOT_PUBLISHED,
        Severity::Warning,
        "Pods of a StatefulSet can't find each other before they are ready.",
    ),
    Rule::new(
        GUESSED_PROTOCOL,
        Severity::Warning,
        "The mesh has to guess the protocol of a port where the server speaks first.",
    ),
    Rule::new(
        MISPLACED_INJECTION,
        Severity::Warning,
        "A mark about the mesh stands where no mesh looks.",
    ),
    Rule::new(
        INEFFECTIVE_INJECTION,
        Severity::Warning,
        "A mark about the mesh has no effect.",
    ),
    Rule::new(
        AMBIENT_RULE,
        Severity::Warning,
        "A DestinationRule or VirtualService is for workloads in ambient mode.",
    ),
    Rule::new(
        HOST_NETWORK,
        Severity::Info,
        "Pods in the network of their node are never in the mesh.",
    ),
    Rule::new(
        LEGACY_API_VERSION,
        Severity::Info,
        "An object is written in an older version of Istio's API.",
    ),
];

/// Looks at everything but calls.
pub(crate) fn check(plan: &mut Plan, survey: &Survey<'_, '_>) {
    check_without_mesh(plan, survey);
    policies::check(plan, survey);
    enrolment::check(plan, survey);
    probes::check(plan, survey);
    protocols::check(plan, survey);
    sets::check(plan, survey);
    ambient::check(plan, survey);
    versions::check(plan, survey);
}

/// What is wrong whatever the mesh.
pub(crate) fn check_without_mesh(plan: &mut Plan, survey: &Survey<'_, '_>) {
    statements::check(plan, survey);
}
