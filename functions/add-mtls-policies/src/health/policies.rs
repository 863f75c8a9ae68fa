//! Policies that contradict each other, or that Istio doesn't take.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Plan, Resource, Severity};

use super::{DUPLICATE_OBJECT, INVALID_PEER_AUTHENTICATION};
use crate::istio::{Reason, Scope};
use crate::peer::CONFLICTING_POLICIES;
use crate::survey::Survey;

/// Istio's groups.
pub(super) const GROUPS: [&str; 2] = ["security.istio.io", "networking.istio.io"];

pub(super) fn check<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    check_duplicates(plan, survey);
    check_conflicts(plan, survey);
    check_meetings(plan, survey);
    check_validity(plan, survey);
}

/// Whether an object of Istio is one to look at.
pub(super) fn is_meant<'r>(survey: &Survey<'r, 'r>, object: &Resource<'r>) -> bool {
    let namespace = survey.resources.namespace_of(object);
    let is_root = || namespace == survey.run.mesh.root_namespace;
    survey.is_in_scope(object) && (survey.is_looked_after(namespace) || is_root())
}

/// The versions of a group are ways to write the same object.
fn check_duplicates<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    let objects = survey.resources.all();
    let objects = objects.filter(|object| GROUPS.contains(&object.group()));
    let mut seen = BTreeMap::new();
    for object in objects.filter(|object| is_meant(survey, object)) {
        let namespace = survey.resources.namespace_of(object);
        let identity = (object.group(), object.kind(), namespace, object.name());
        let Some(first) = seen.insert(identity, object) else {
            continue;
        };
        let message = format!(
            "stands in the input twice, as {} and as {}; whichever is applied last is the one that counts, so remove \
             one of the two",
            first.api_version(),
            object.api_version()
        );
        let place = object.place().field("metadata").field("name");
        let subject = (object, survey.resources);
        plan.report(
            DUPLICATE_OBJECT,
            Severity::Error,
            subject,
            &place,
            message,
            None,
        );
    }
}

/// Whether two are one object.
fn is_same(survey: &Survey<'_, '_>, one: &Resource<'_>, other: &Resource<'_>) -> bool {
    let namespace = |object| survey.resources.namespace_of(object);
    one.name() == other.name() && namespace(one) == namespace(other)
}

/// Policies for the same namespace, for the mesh, or with the same selector.
fn check_conflicts<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    for conflict in survey.servers.authored.conflicts() {
        if is_same(survey, conflict.first, conflict.second) {
            continue;
        }
        let what = match conflict.scope {
            Scope::Mesh => "is for the whole mesh",
            Scope::Namespace => "is for the whole namespace",
            Scope::Workload => "selects by the same labels",
        };
        let pair = Pair {
            first: conflict.first,
            second: conflict.second,
            is_same: conflict.is_same,
        };
        pair.tell(plan, survey, what);
    }
}

/// Policies with different selectors that meet in a workload.
fn check_meetings<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    let mut told = BTreeSet::new();
    for workload in survey.graph.workloads() {
        let authored = &survey.servers.authored;
        let mut selecting = authored.selecting(workload.namespace, workload.pod.labels());
        let Some(first) = selecting.next() else {
            continue;
        };
        let first_selector: Vec<_> = first.selector.iter().collect();
        for second in selecting {
            let is_told = first_selector == second.selector.iter().collect::<Vec<_>>();
            let pair = (first.resource.number, second.resource.number);
            if is_told || !told.insert(pair) {
                continue;
            }
            let what = format!("selects {} \"{}\"", workload.owner.kind(), workload.name());
            let pair = Pair {
                first: first.resource,
                second: second.resource,
                is_same: false,
            };
            pair.tell(plan, survey, &what);
        }
    }
}

/// Two policies of which one counts.
struct Pair<'r> {
    first: &'r Resource<'r>,
    second: &'r Resource<'r>,
    is_same: bool,
}

impl<'r> Pair<'r> {
    fn tell(&self, plan: &mut Plan, survey: &Survey<'r, 'r>, what: &str) {
        if !is_meant(survey, self.second) {
            return;
        }
        let (severity, why) = if self.is_same {
            (Severity::Warning, "both say the same")
        } else {
            (
                Severity::Error,
                "only the older one counts, which no manifest tells",
            )
        };
        let message = format!(
            "{what}, like PeerAuthentication \"{}\", and {why}; merge the two into one",
            self.first.name()
        );
        let place = self.second.place().field("spec");
        let subject = (self.second, survey.resources);
        plan.report(
            CONFLICTING_POLICIES,
            severity,
            subject,
            &place,
            message,
            None,
        );
    }
}

/// What Istio's webhook doesn't take, or its control plane doesn't look at.
fn check_validity<'r>(plan: &mut Plan, survey: &Survey<'r, 'r>) {
    for (policy, invalid) in survey.servers.authored.invalid() {
        if !is_meant(survey, policy.resource) {
            continue;
        }
        let severity = if invalid.reason.is_refused() {
            Severity::Error
        } else {
            Severity::Warning
        };
        let subject = (policy.resource, survey.resources);
        plan.report(
            INVALID_PEER_AUTHENTICATION,
            severity,
            subject,
            &invalid.place,
            words(&invalid.reason),
            None,
        );
    }
}

fn words(reason: &Reason) -> String {
    match reason {
        Reason::PortsWithoutSelector => {
            "`portLevelMtls` goes with a `selector` alone; name the pods that have the ports".to_owned()
        }
        Reason::NoPorts => {
            "`portLevelMtls` must name at least one port; remove it if there is none".to_owned()
        }
        Reason::NoPort(text) => {
            format!("\"{text}\" is no number of a port; write the number of a container port")
        }
        Reason::NoMode(text) => {
            format!("\"{text}\" is no mode; write UNSET, DISABLE, PERMISSIVE or STRICT")
        }
        Reason::NoLabel(text) => {
            format!("\"{text}\" is no label to select by; write the whole of its key and value")
        }
        Reason::SelectorInRoot => {
            "Istio never looks at a policy with a `selector` in the root namespace; move it to the namespace of the \
             pods"
                .to_owned()
        }
    }
}
