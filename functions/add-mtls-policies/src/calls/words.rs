//! The words for what is wrong about calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sdk::Collect as _;

use super::codes;
use super::faults::{Fault, Kind};
use crate::istio::Cause;

/// How many things a message names.
const NAMED: usize = 10;

/// What is wrong, whom it concerns, and what to do.
pub(super) fn message(rule: &str, kind: Kind, fault: &Fault<'_>) -> String {
    let called = called(&fault.ports);
    let others = list(fault.others.iter().map(String::as_str));
    let callers = list(fault.callers.iter().map(String::as_str));
    let known = match kind {
        Kind::OutsideCaller(_) => {
            let ports: BTreeSet<u16> = fault.ports.values().flatten().copied().into_set();
            return format!(
                "nothing but mutual TLS is taken at {}, and a caller is outside the mesh: {callers}, since {others}; take the caller into the mesh, or except the port (`peerAuthentication.exceptions`)",
                numbers(&ports)
            );
        }
        Kind::Shadowing => {
            return format!(
                "callers in this namespace see nothing of {others} for {called}, since rules of their own namespace come first and are never merged with others; repeat here what should hold, or narrow the host"
            );
        }
        _ if callers.is_empty() => callers,
        _ => format!("; known to call: {callers}"),
    };
    let beside = match others.as_str() {
        "" => others,
        _ => format!(", outside the mesh: {others}"),
    };
    let (what, todo) = what(rule, kind);
    let joint = joint(rule, kind);
    format!("{what}{joint} {called}{beside}{known}; {todo}")
}

/// What stands between what is sent and whom it is sent to.
fn joint(rule: &str, kind: Kind) -> &'static str {
    match kind {
        Kind::Headless => "",
        Kind::OwnTls if rule == codes::PLAINTEXT_ALLOWED => {
            ", which the mesh doesn't end, so the application would have to, at"
        }
        Kind::Mutual if rule == codes::MTLS_OUTSIDE_MESH => ", which isn't understood by",
        Kind::Mutual => ", and the mode is DISABLE at",
        _ if rule == codes::PLAINTEXT_ALLOWED || rule == codes::HIDDEN_PORT => {
            ", though mutual TLS is taken by"
        }
        _ => ", which is refused by",
    }
}

/// What is wrong, and what to do.
fn what(rule: &str, kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Plaintext(cause) => plaintext(cause),
        Kind::Credential => (
            "sidecars fetch no `credentialName` for a rule that is for all workloads, and callers send plain text",
            "set the mode to \"ISTIO_MUTUAL\", or add a `workloadSelector`",
        ),
        Kind::Dropped => (
            "an entry of `portLevelSettings` replaces all of the policy, and this one has no `tls`, so callers send plain text",
            "give it a `tls` with \"ISTIO_MUTUAL\"",
        ),
        Kind::Bypass => (
            "these ports of others are called past the sidecar, so in plain text",
            "take them out of the list",
        ),
        Kind::OwnTls if rule == codes::PLAINTEXT_ALLOWED => (
            "callers are told to send TLS",
            "set the mode to \"ISTIO_MUTUAL\", or say `appProtocol: https` or `tls` if the application ends it",
        ),
        Kind::OwnTls => (
            "callers are told to send TLS without the mesh's certificates",
            "set the mode to \"ISTIO_MUTUAL\"",
        ),
        Kind::Mutual if rule == codes::MTLS_OUTSIDE_MESH => (
            "callers are told to send mutual TLS",
            "take the pods into the mesh, or leave `tls` out",
        ),
        Kind::Mutual => (
            "callers are told to send mutual TLS",
            "set the mode of the server to \"PERMISSIVE\", or leave `tls` out",
        ),
        Kind::AutoMutual => (
            "callers of a headless Service go by the mode of the namespace and send mutual TLS",
            "set the mode to \"PERMISSIVE\"",
        ),
        Kind::PartlyMeshed => (
            "callers of a headless Service send plain text to all of its pods as soon as some are outside the mesh",
            "take all of its pods into the mesh, or give the others a Service of their own",
        ),
        Kind::Headless => (
            "the rule holds for all pods alike, with a sidecar or without, behind headless",
            "leave `tls` out where pods outside the mesh may join",
        ),
        Kind::OutsideCaller(_) | Kind::Shadowing => ("", ""),
    }
}

fn plaintext(cause: Cause) -> (&'static str, &'static str) {
    match cause {
        Cause::Rule => (
            "callers are told to send plain text",
            "set the mode to \"ISTIO_MUTUAL\", or leave `tls` out where auto mTLS is on",
        ),
        Cause::NoAutoMtls => (
            "nothing tells callers to send mutual TLS, and they don't by themselves in this mesh, so they send plain text",
            "write a DestinationRule with \"ISTIO_MUTUAL\", or have that done by `destinationRules.mode: ensure`",
        ),
        Cause::Namespace => (
            "callers go by the mode of the whole namespace and send plain text",
            "set the mode of the namespace to \"PERMISSIVE\" at least",
        ),
        Cause::Leftover => (
            "this entry of `portLevelSettings` has no `tls`, which leaves that of the policy in force at the pods, and callers send plain text",
            "give it a `tls` with \"ISTIO_MUTUAL\"",
        ),
        Cause::Label => (
            "the label tells callers not to use mutual TLS, and they send plain text",
            "remove it",
        ),
        Cause::PartlyMeshed => (
            "not all pods are in the mesh, and callers send plain text",
            "take them into the mesh",
        ),
    }
}

/// `Service shop/product (port 80), Service shop/cart (ports 80, 443)`
fn called(ports: &BTreeMap<String, BTreeSet<u16>>) -> String {
    let texts: Vec<String> = ports
        .iter()
        .take(NAMED + 1)
        .map(|(called, ports)| format!("{called}{}", in_brackets(ports)))
        .collect();
    more(texts.iter().map(String::as_str), ports.len())
}

/// ` (ports 80, 443)`
fn in_brackets(ports: &BTreeSet<u16>) -> String {
    if ports.is_empty() {
        return String::new();
    }
    format!(" ({})", numbers(ports))
}

/// `ports 80, 443`
pub(super) fn numbers(ports: &BTreeSet<u16>) -> String {
    let mut text = if ports.len() == 1 { "port" } else { "ports" }.to_owned();
    let mut separator = ' ';
    for port in ports {
        // Writing into a text never fails.
        let _ = write!(text, "{}{port}", if separator == ' ' { " " } else { ", " });
        separator = ',';
    }
    text
}

pub(super) fn list<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> String {
    let count = texts.len();
    more(texts, count)
}

/// The first few of `count` texts.
fn more<'t>(texts: impl Iterator<Item = &'t str>, count: usize) -> String {
    let first: Vec<&str> = texts.take(NAMED).collect();
    let mut text = first.join(", ");
    if count > NAMED {
        let _ = write!(text, " and {} more", count - NAMED);
    }
    text
}
