//! Workloads that somebody can call and nobody is known to.

use std::collections::BTreeMap;

use sdk::{Environment, Plan, Severity, Workload};

use crate::config::{AuthorizationMode, UnknownCallers};
use crate::linkerd::callers::Callers;
use crate::linkerd::view::View;

const UNKNOWN_CALLERS: &str = "unknown-callers";
const UNPROTECTED: &str = "unprotected";

pub(super) fn check<'r>(
    plan: &mut Plan,
    view: &View<'_, '_, 'r>,
    workload: &Workload<'r>,
    callers: &BTreeMap<u16, Callers<'_>>,
) {
    let is_called = |callers: &Callers<'_>| {
        !callers.identities.is_empty()
            || !callers.inferred.is_empty()
            || !callers.nobodies.is_empty()
            || callers.has_unknown
    };
    if callers.values().any(is_called) || !is_open(view, workload.number) {
        return;
    }
    let Some((rule, severity, what)) = finding(view) else {
        return;
    };
    let message = format!(
        "{what}; state its callers with `plimsoll.dev/allow-from`, or its callers' calls with `plimsoll.dev/calls`"
    );
    let place = workload.owner.place();
    plan.report(rule, severity, workload.pod, &place, message, None);
}

/// Whether a Service leads to a port that nobody says anything about.
fn is_open(view: &View<'_, '_, '_>, workload: usize) -> bool {
    let mut listeners = view.listeners(workload);
    listeners.any(|(port, listener)| {
        listener.is_served
            && !view.hides(workload, port)
            && view.servers.of(workload, port).is_none()
            && view.exception(workload, port).is_none()
    })
}

fn finding(view: &View<'_, '_, '_>) -> Option<(&'static str, Severity, &'static str)> {
    let authorization = &view.survey.run.authorization;
    let is_error = authorization.unknown_callers == UnknownCallers::Error;
    match authorization.mode {
        AuthorizationMode::Enforce if is_error => Some((
            UNKNOWN_CALLERS,
            Severity::Error,
            "nobody states who calls it, and everybody would be refused",
        )),
        AuthorizationMode::Declared => Some((
            UNPROTECTED,
            match view.survey.environment {
                Some(Environment::Production) => Severity::Warning,
                _ => Severity::Info,
            },
            "nobody states who calls it, so that whoever the default policy lets in may",
        )),
        AuthorizationMode::Off | AuthorizationMode::Enforce => None,
    }
}
