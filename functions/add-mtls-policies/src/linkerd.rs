//! Linkerd: what its proxies let in by default, and who may call which port.
//!
//! What Linkerd does was read in its sources: linkerd/linkerd2 at commit b24cd4059841f8cee2fb7a9c2ac23a693c583579
//! (edge-26.8.3, called `linkerd` below) and linkerd/linkerd2-proxy at commit
//! 29637b64f6cebedaf15bfbf516818d7a28a4d5a6 (called `proxy`). Each rule names its file.
//!
//! ```text
//!  injection ─▶ members ─▶ inbound (default policy) ─▶ access (Server, identities, AuthorizationPolicy)
//!                                                        ├─▶ probes (what the kubelet is refused)
//!  ports ────────────────────────────────────────────────┴─▶ opaque (ports whose protocol nobody can detect)
//!
//!  Servers of authors ─▶ permits (whom authors let in there) ─▶ access (what is kept, and whom that leaves out)
//! ```

mod access;
mod callers;
mod exceptions;
mod identity;
mod inbound;
mod injection;
mod mentions;
mod objects;
mod opaque;
mod permits;
mod pods;
mod ports;
mod probe_routes;
mod probes;
mod servers;
#[cfg(test)]
mod tests;
mod view;

use sdk::{Plan, Rule, Severity};

use crate::survey::Survey;
use view::View;

/// Plans everything that concerns Linkerd.
pub(crate) fn plan<'c: 'r, 'r>(plan: &mut Plan, survey: &Survey<'c, 'r>) {
    injection::plan(plan, survey);
    let view = View::new(plan, survey);
    exceptions::check(plan, &view);
    inbound::plan(plan, &view);
    let made = access::plan(plan, &view);
    opaque::plan(plan, &view);
    probe_routes::plan(plan, &view, &made);
    probes::check(plan, &view, &made);
    mentions::check(plan, &view);
}

use Severity::{Error, Info};

/// Decisions first, then checks by severity. What Istio's part reports too has its names and stands there:
/// `injection`, `contradicting-injection`, `misplaced-injection`, `ineffective-injection`, `caller-without-identity`,
/// `unstated-call`, `policy-spills`, `taken-authorization-policy`, `unknown-callers`, `unprotected`,
/// `default-account`, `unknown-account`, `job-never-ends`, `refused-probe`, `guessed-protocol`, `unused-exception`.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        inbound::DEFAULT_POLICY,
        Info,
        "Says on pods in Linkerd what their proxies let in where no policy says more.",
    ),
    Rule::new(
        access::ACCESS,
        Info,
        "Lets the stated callers of a port in Linkerd in, and nobody else.",
    ),
    Rule::new(
        opaque::OPAQUE,
        Info,
        "Names ports on which Linkerd must not look for a protocol, with `protocols.mode: fix`.",
    ),
    Rule::new(
        probe_routes::PROBE_ROUTE,
        Info,
        "Lets probes in where an author's route keeps Linkerd from doing so by itself.",
    ),
    Rule::new(
        callers::WITHOUT_ADDRESS,
        Error,
        "Prometheus is outside of Linkerd, and nothing says which addresses it scrapes from.",
    ),
    Rule::new(
        inbound::WEAKER,
        Error,
        "An author lets more into pods in Linkerd than the environment allows; a warning outside of production.",
    ),
    Rule::new(
        inbound::MEANINGLESS,
        Error,
        "A default policy of pods is none that Linkerd knows.",
    ),
];
