//! What servers accept: policies for namespaces or the mesh, and ports that are exceptions.
//!
//! ```text
//!  injection ─▶ namespaces ─▶ ports ◀── scrapes, declared exceptions, what an earlier run knew
//!                   │           │
//!                   └─▶ Servers ◀┘   (what later checks go by)
//! ```

mod declared;
mod exposure;
mod injection;
mod namespaces;
mod overlaps;
mod policy;
mod ports;
mod remembered;
mod scrapes;
mod weakness;

pub(crate) use exposure::{Exposure, is_about_metrics, is_port_of_exporter};
pub(crate) use policy::api_version;

use sdk::{Mesh, Plan, Rule, Severity, Subject, Workload};

use crate::config::MtlsMode;
use crate::istio::Mode;
use crate::survey::Survey;

/// The decision about a namespace's or the mesh's policy.
pub(crate) const PEER_AUTHENTICATION: &str = "peer-authentication";
/// The decision about the ports of a workload that have another mode than the rest of it.
pub(crate) const PORT_EXCEPTIONS: &str = "port-exceptions";
/// The decision about a namespace's label.
pub(crate) const INJECTION: &str = "injection";
/// Two policies say what only one can (005).
pub(crate) const CONFLICTING_POLICIES: &str = "conflicting-peer-authentications";
/// Metrics at a port that serves others too (018).
pub(crate) const SHARED_METRICS_PORT: &str = "shared-metrics-port";
/// Ports that stay open for scrapes that the input lacks.
pub(crate) const UNSEEN_SCRAPES: &str = "unseen-scrapes";
/// An exception for nothing (027).
pub(crate) const UNUSED_EXCEPTION: &str = "unused-exception";
/// An author's policy has the name of one that would be made (061).
pub(crate) const TAKEN_PEER_AUTHENTICATION: &str = "taken-peer-authentication";
/// An author's policy asks for less than the environment (062).
pub(crate) const WEAK_PEER_AUTHENTICATION: &str = "weak-peer-authentication";

/// Decisions first, then checks by severity.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        slug: PEER_AUTHENTICATION,
        severity: Severity::Info,
        about: "Makes the servers of a namespace, or of the mesh, accept what the environment asks for.",
    },
    Rule {
        slug: PORT_EXCEPTIONS,
        severity: Severity::Info,
        about: "Gives ports of a workload another mode: those that the configuration lists, and those for metrics that a Prometheus outside of the mesh scrapes.",
    },
    Rule {
        slug: INJECTION,
        severity: Severity::Error,
        about: "Takes a namespace that must be in the mesh into it; unless `injection.mode` is `ensure` it is an error, in development a warning.",
    },
    Rule {
        slug: CONFLICTING_POLICIES,
        severity: Severity::Error,
        about: "Two PeerAuthentications say what only one can; a warning where both say the same.",
    },
    Rule {
        slug: TAKEN_PEER_AUTHENTICATION,
        severity: Severity::Error,
        about: "An author's PeerAuthentication for something else has the name of one that would be made.",
    },
    Rule {
        slug: WEAK_PEER_AUTHENTICATION,
        severity: Severity::Error,
        about: "An author's PeerAuthentication accepts more than the environment allows; outside of production a warning.",
    },
    Rule {
        slug: SHARED_METRICS_PORT,
        severity: Severity::Warning,
        about: "Metrics are scraped at a port that serves others too, so that it is no exception and the scrape fails.",
    },
    Rule {
        slug: UNSEEN_SCRAPES,
        severity: Severity::Warning,
        about: "A policy of an earlier run opens ports for scrapes that objects ask for which the input lacks, so they stay open.",
    },
    Rule {
        slug: UNUSED_EXCEPTION,
        severity: Severity::Warning,
        about: "An exception of the configuration finds no workload or no port.",
    },
];

/// Plans what servers accept, and tells the survey.
pub(crate) fn plan(plan: &mut Plan, survey: &mut Survey<'_, '_>) {
    let ensured = injection::plan(plan, survey);
    namespaces::plan(plan, survey, &ensured);
    ports::plan(plan, survey);
    weakness::check(plan, survey, &ensured);
}

/// Whether a workload is in the mesh, and looked after.
pub(crate) fn takes_part<'r>(survey: &Survey<'r, 'r>, workload: &Workload<'r>) -> bool {
    survey.mesh(workload).is_meshed() && survey.is_looked_after(workload.namespace)
}

/// Whether the pods of a workload in the mesh have a proxy of their own.
pub(crate) fn has_sidecar<'r>(survey: &Survey<'r, 'r>, workload: &Workload<'r>) -> bool {
    survey.mesh(workload) == Mesh::IstioSidecar && survey.is_looked_after(workload.namespace)
}

/// An error in production, a warning elsewhere.
pub(crate) fn grave_in_production(survey: &Survey<'_, '_>) -> Severity {
    match survey.environment {
        Some(sdk::Environment::Production) => Severity::Error,
        _ => Severity::Warning,
    }
}

/// Whether a policy may be made; where the author opted out, that is told.
fn may_make<'r>(plan: &mut Plan, rule: &'static str, subject: impl Into<Subject<'r>>) -> bool {
    let subject = subject.into();
    let is_skipped = plan.is_skipped(rule, subject);
    if is_skipped {
        drop(plan.decide(rule, subject));
    }
    !is_skipped
}

/// The mode as the evaluator knows it.
fn mode(mode: MtlsMode) -> Mode {
    match mode {
        MtlsMode::Strict => Mode::Strict,
        MtlsMode::Permissive => Mode::Permissive,
        MtlsMode::Disable => Mode::Disable,
    }
}

/// The mode as Istio writes it.
pub(crate) fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Strict => "STRICT",
        Mode::Permissive => "PERMISSIVE",
        Mode::Disable => "DISABLE",
    }
}
