//! What proxies let in where no policy says more.

use sdk::{Environment, LinkerdSetting, Plan, Severity, Workload, json, linkerd_setting};

use super::view::View;
use crate::config::{AuthorizationMode, MtlsMode, Scope};
use crate::survey::Survey;

pub(super) const DEFAULT_POLICY: &str = "default-inbound-policy";
pub(super) const WEAKER: &str = "weaker-inbound-policy";
pub(super) const MEANINGLESS: &str = "unknown-inbound-policy";

const ANNOTATION: &str = "config.linkerd.io/default-inbound-policy";

/// What a proxy lets in: linkerd policy-controller/k8s/index/src/defaults.rs, `DefaultPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum InboundPolicy {
    AllUnauthenticated,
    Audit,
    ClusterUnauthenticated,
    AllAuthenticated,
    ClusterAuthenticated,
    Deny,
}

impl InboundPolicy {
    const ALL: [Self; 6] = [
        Self::AllUnauthenticated,
        Self::Audit,
        Self::ClusterUnauthenticated,
        Self::AllAuthenticated,
        Self::ClusterAuthenticated,
        Self::Deny,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::AllUnauthenticated => "all-unauthenticated",
            Self::Audit => "audit",
            Self::ClusterUnauthenticated => "cluster-unauthenticated",
            Self::AllAuthenticated => "all-authenticated",
            Self::ClusterAuthenticated => "cluster-authenticated",
            Self::Deny => "deny",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == text)
    }

    /// What it comes to.
    fn words(self) -> &'static str {
        match self {
            Self::Deny => "lets in nobody but those whom a policy lets in",
            policy if policy.needs_identity() => "lets in nobody without an identity in the mesh",
            _ => "lets everybody in, with an identity or without",
        }
    }

    /// Whether callers without an identity are refused.
    pub(super) fn needs_identity(self) -> bool {
        self >= Self::AllAuthenticated
    }
}

/// What the configuration asks for; none without an environment.
pub(super) fn wanted(survey: &Survey<'_, '_>) -> Option<InboundPolicy> {
    if survey.run.authorization.mode == AuthorizationMode::Enforce {
        return Some(InboundPolicy::Deny);
    }
    if survey.run.peer_authentication.scope == Scope::Off {
        return None;
    }
    survey.wanted_mode().map(|mode| of_mode(survey, mode))
}

/// Linkerd has no way to refuse mutual TLS, so that `DISABLE` comes to the same as `PERMISSIVE`.
pub(super) fn of_mode(survey: &Survey<'_, '_>, mode: MtlsMode) -> InboundPolicy {
    match mode {
        MtlsMode::Strict if survey.run.multi_cluster => InboundPolicy::AllAuthenticated,
        MtlsMode::Strict => InboundPolicy::ClusterAuthenticated,
        MtlsMode::Permissive | MtlsMode::Disable => InboundPolicy::AllUnauthenticated,
    }
}

/// What holds for a workload: what an author says, unless that gives way, else what is about to be written. A value that means nothing is
/// ignored, and what the mesh was installed with holds: linkerd
/// policy-controller/k8s/index/src/inbound/workload.rs, `Settings::from_metadata`.
pub(super) fn effective<'c: 'r, 'r>(
    plan: &mut Plan,
    survey: &Survey<'c, 'r>,
    workload: &Workload<'r>,
    wanted: Option<InboundPolicy>,
) -> Option<InboundPolicy> {
    let Some(setting) = linkerd_setting(workload, &survey.namespaces, ANNOTATION) else {
        return wanted;
    };
    let told = InboundPolicy::parse(&setting.value);
    let is_written = wanted.is_some_and(|wanted| gives_way(survey, told, wanted))
        && workload.pod.annotation(ANNOTATION).is_some()
        && survey.is_looked_after(workload.namespace)
        && survey.is_in_scope(workload.owner)
        && !plan.is_skipped(DEFAULT_POLICY, workload.pod);
    if is_written { wanted } else { told }
}

/// Whether an author's value gives way to the configuration: in mode `overwrite`, where its user asks for another one
/// and not the environment alone. Who lets in nobody without a policy does all that mutual TLS asks for.
fn gives_way(survey: &Survey<'_, '_>, told: Option<InboundPolicy>, wanted: InboundPolicy) -> bool {
    let run = survey.run;
    let is_users = run.authorization.mode == AuthorizationMode::Enforce
        || run.peer_authentication.mode.is_some();
    let is_stricter = told == Some(InboundPolicy::Deny) && wanted.needs_identity();
    survey.beats_authors && is_users && told != Some(wanted) && !is_stricter
}

/// The annotation belongs on pods: the controller reads it there (linkerd
/// policy-controller/k8s/index/src/inbound/workload.rs, `Settings::from_metadata`), and a namespace's is copied to
/// them only when they are made (controller/proxy-injector/webhook.go, `Inject`).
pub(super) fn plan(plan: &mut Plan, view: &View<'_, '_, '_>) {
    let survey = view.survey;
    let is_off = survey.run.peer_authentication.scope == Scope::Off;
    if is_off && survey.run.authorization.mode != AuthorizationMode::Enforce {
        return;
    }
    for workload in view.in_scope() {
        one(plan, view, workload);
    }
}

fn one<'r>(plan: &mut Plan, view: &View<'_, '_, 'r>, workload: &Workload<'r>) {
    let survey = view.survey;
    let Some(decision) = plan.decide(DEFAULT_POLICY, workload.pod) else {
        return;
    };
    let Some(wanted) = wanted(survey) else {
        return decision.skip(
            "no-environment",
            "is not told what to let in; say `environment` or `peerAuthentication.mode`",
        );
    };
    let Some(place) = workload.pod.annotation(ANNOTATION) else {
        return decision.skip("no-template", "nothing here reaches the pods' annotations");
    };
    let Some(setting) = linkerd_setting(workload, &survey.namespaces, ANNOTATION) else {
        return decision.set(&place, json!(wanted.as_str()), wanted.words());
    };
    let told = InboundPolicy::parse(&setting.value);
    if told == Some(wanted) {
        return decision.keep(
            "as-configured",
            &setting.place,
            "stands there as configured",
        );
    }
    if gives_way(survey, told, wanted) {
        return decision.set(&place, json!(wanted.as_str()), wanted.words());
    }
    decision.keep("authored", &setting.place, "the author's value stays");
    judge(plan, view, workload, told, &setting, wanted);
}

/// What is wrong about an author's policy. What a namespace says is told once, by its first workload.
fn judge<'r>(
    plan: &mut Plan,
    view: &View<'_, '_, 'r>,
    workload: &Workload<'r>,
    told: Option<InboundPolicy>,
    setting: &LinkerdSetting<'r>,
    wanted: InboundPolicy,
) {
    let resources = view.survey.resources;
    let is_own = setting.place.resource == workload.owner.number;
    let object = resources.get(setting.place.resource);
    let Some(object) = object.filter(|_| is_own || view.is_first_of_namespace(workload)) else {
        return;
    };
    let (rule, severity, message) = match told {
        None => (MEANINGLESS, Severity::Error, meaningless(&setting.value)),
        Some(told) if !told.needs_identity() && wanted.needs_identity() => {
            let severity = match view.survey.environment {
                Some(Environment::Production) => Severity::Error,
                _ => Severity::Warning,
            };
            (WEAKER, severity, weaker(told, wanted))
        }
        Some(_) => return,
    };
    let (subject, proposed) = ((object, resources), json!(wanted.as_str()));
    plan.report(
        rule,
        severity,
        subject,
        &setting.place,
        message,
        Some(&proposed),
    );
}

fn meaningless(value: &str) -> String {
    let known = InboundPolicy::ALL.map(|policy| format!("\"{}\"", policy.as_str()));
    format!(
        "`{ANNOTATION}` must be one of {}, not \"{value}\"; what the mesh was installed with holds instead",
        known.join(", ")
    )
}

fn weaker(told: InboundPolicy, wanted: InboundPolicy) -> String {
    format!(
        "\"{}\" lets in callers without an identity; write \"{}\"",
        told.as_str(),
        wanted.as_str()
    )
}
