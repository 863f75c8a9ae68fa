//! What Istio makes of its objects: which mode of mutual TLS a server is in, what a client sends, whether the
//! two fit, and whom an authorization policy means.
//!
//! ```text
//!  PeerAuthentication ─▶ ServerMode ──┐
//!                                     ├─▶ verdict
//!  DestinationRule ────▶ ClientTls ───┘
//!  AuthorizationPolicy ─▶ workloads, identities, what is for HTTP alone
//! ```
//!
//! All of it was read in the sources: istio/istio 1.30.3 (commit 56df41f63e513f834c9a3af33d8aed82d1d961f2, called
//! `istio` below) and istio/ztunnel 1.30.3 (commit a45c62f8d09a78eaa5228afcea6c7d3a06269b2c, called `ztunnel`).
//! Each rule names its file.

mod authorization;
mod destination_rule;
mod destination_rules;
mod host;
mod objects;
mod peer_authentication;
mod peer_authentications;
mod selector;
mod traffic_policy;
mod verdict;

#[cfg(test)]
mod probe;

pub(crate) use authorization::{
    Action, AuthorizationPolicies, AuthorizationPolicy, Effect, Enforcer, Rule,
};
pub(crate) use destination_rule::DestinationRule;
pub(crate) use destination_rules::{Call, ClientTls, DestinationRules, Merger};
pub(crate) use peer_authentication::{Mode, PeerAuthentication, Reason, Scope};
pub(crate) use peer_authentications::PeerAuthentications;
pub(crate) use traffic_policy::TlsMode;
pub(crate) use verdict::{
    Cause, Client, Encounter, Endpoints, Plane, TLS_MODE_LABEL, Verdict, verdict,
};
