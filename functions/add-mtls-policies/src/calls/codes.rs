//! The names of what is found about calls and rules.

use sdk::Rule;
use sdk::Severity::{Error, Info, Warning};

/// 001.
pub(crate) const PLAINTEXT_REFUSED: &str = "plaintext-refused";
/// 002.
pub(crate) const MTLS_REFUSED: &str = "mtls-refused";
/// 003.
pub(crate) const MTLS_OUTSIDE_MESH: &str = "mtls-outside-mesh";
/// 003h.
pub(crate) const HEADLESS_PARTLY_MESHED: &str = "headless-partly-meshed";
/// 004.
pub(crate) const CALLER_OUTSIDE_MESH: &str = "caller-outside-mesh";
/// 007.
pub(crate) const PLAINTEXT_ALLOWED: &str = "plaintext-allowed";
/// 008.
pub(crate) const MERGED_RULES: &str = "merged-rules";
/// 009.
pub(crate) const SHADOWED_RULE: &str = "shadowed-rule";
/// Beside 009.
pub(crate) const HOST_ELSEWHERE: &str = "host-elsewhere";
/// 010.
pub(crate) const HEADLESS_RULE: &str = "headless-rule";
/// 015.
pub(crate) const POD_ADDRESS: &str = "pod-address";
/// 016.
pub(crate) const JOB_NEVER_ENDS: &str = "job-never-ends";
/// 024.
pub(crate) const HIDDEN_PORT: &str = "hidden-port";
/// 028.
pub(crate) const HEADLESS_MTLS_REFUSED: &str = "headless-mtls-refused";
/// 031.
pub(crate) const AMBIENT_DISABLE: &str = "ambient-disable";

/// What is found about calls, the worst first.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        PLAINTEXT_REFUSED,
        Error,
        "Clients send what isn't the mesh's mutual TLS to a server that takes nothing else.",
    ),
    Rule::new(
        MTLS_REFUSED,
        Error,
        "A DestinationRule has clients send mutual TLS to a server whose mode is DISABLE.",
    ),
    Rule::new(
        MTLS_OUTSIDE_MESH,
        Error,
        "A DestinationRule has clients send mutual TLS to pods outside the mesh.",
    ),
    Rule::new(
        HEADLESS_PARTLY_MESHED,
        Error,
        "Pods of a headless Service refuse plain text, which clients send since other pods of it are outside the mesh.",
    ),
    Rule::new(
        CALLER_OUTSIDE_MESH,
        Error,
        "A server that takes mutual TLS alone is called from outside the mesh.",
    ),
    Rule::new(
        HEADLESS_MTLS_REFUSED,
        Error,
        "Clients send mutual TLS to a pod of a headless Service whose own mode is DISABLE.",
    ),
    Rule::new(
        PLAINTEXT_ALLOWED,
        Warning,
        "Clients send plain text to a server that would take mutual TLS; an error in production where `peerAuthentication.mode` is STRICT.",
    ),
    Rule::new(
        MERGED_RULES,
        Warning,
        "Several DestinationRules are for the same host, and which of them counts depends on their age; an error where that decides about TLS.",
    ),
    Rule::new(
        SHADOWED_RULE,
        Warning,
        "A DestinationRule of the clients' namespace hides one of the Service's namespace.",
    ),
    Rule::new(
        HOST_ELSEWHERE,
        Warning,
        "The short host of a DestinationRule means a Service of its own namespace, which has none; another namespace has.",
    ),
    Rule::new(
        JOB_NEVER_ENDS,
        Warning,
        "A Job has a sidecar that keeps running when the work is done.",
    ),
    Rule::new(
        HIDDEN_PORT,
        Warning,
        "Traffic passes by a sidecar, so that mutual TLS doesn't count for it.",
    ),
    Rule::new(
        AMBIENT_DISABLE,
        Warning,
        "The mode DISABLE is for workloads in ambient mode, where it counts as PERMISSIVE at best.",
    ),
    Rule::new(
        HEADLESS_RULE,
        Info,
        "A DestinationRule tells the mode of TLS for a headless Service.",
    ),
    Rule::new(
        POD_ADDRESS,
        Info,
        "A pod makes its own address known with a port that no Service has.",
    ),
];
