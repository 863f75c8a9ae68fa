//! Authors' policies that ask for less than the environment does.

use std::collections::BTreeSet;

use sdk::{Collect as _, Node, Plan, Resource, Severity, json};

use super::namespaces::mode_of;
use super::{WEAK_PEER_AUTHENTICATION, grave_in_production, injection, mode, takes_part, word};
use crate::config;
use crate::istio::{Mode, PeerAuthentication, Scope};
use crate::survey::Survey;

/// Looks at the policies of namespaces and workloads in the mesh, and at that of the mesh where it is all there is.
/// Ports that are exceptions are nobody's weakness: that is what they are for. `ensured` are the namespaces that are
/// taken into the mesh now.
pub(super) fn check(plan: &mut Plan, survey: &Survey<'_, '_>, ensured: &BTreeSet<String>) {
    let Some(wanted) = survey.wanted_mode().map(mode) else {
        return;
    };
    let workloads = survey.graph.workloads().iter();
    let meshed = workloads.filter(|workload| takes_part(survey, workload));
    let objects = survey.resources.all();
    let asking = objects.filter(|object| {
        object.is("", "Namespace")
            && survey.is_looked_after(object.name())
            && (injection::asks(survey.run, object) || ensured.contains(object.name()))
    });
    let meshed: BTreeSet<&str> = meshed
        .map(|workload| workload.namespace)
        .chain(asking.map(Resource::name))
        .into_set();
    for policy in survey.servers.authored.policies() {
        let is_meant = match policy.scope() {
            Scope::Mesh => survey.run.peer_authentication.scope == config::Scope::Mesh,
            Scope::Namespace => meshed.contains(policy.namespace),
            Scope::Workload => !policy.is_ignored() && meshed.contains(policy.namespace),
        };
        if is_meant && survey.is_in_scope(policy.resource) {
            check_one(plan, survey, policy, wanted);
        }
    }
}

fn check_one<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    policy: &PeerAuthentication<'r>,
    wanted: Mode,
) {
    let asked = match survey.run.peer_authentication.mode {
        Some(_) => "`peerAuthentication.mode`",
        None => "the environment",
    };
    let (wanted_word, subject) = (word(wanted), (policy.resource, survey.resources));
    let (severity, message) = match &policy.mode {
        Some((own, _)) if *own < wanted => (
            grave_in_production(survey),
            format!(
                "is {}, and {asked} asks for {wanted_word}; make it {wanted_word}, or keep single ports open with \
                 `portLevelMtls` in a policy for their workload",
                word(*own)
            ),
        ),
        None if is_open(survey, policy) => (
            Severity::Warning,
            format!(
                "says no mode, so that the servers accept what the mesh does by default, and {asked} asks for \
                 {wanted_word}; write {wanted_word}"
            ),
        ),
        _ => return,
    };
    let proposed = json!(wanted_word);
    plan.report(
        WEAK_PEER_AUTHENTICATION,
        severity,
        subject,
        &mode_of(policy.resource),
        message,
        Some(&proposed),
    );
}

/// Whether a policy for a namespace leaves its mode to a policy of the mesh that the input doesn't have. A mode that
/// is none is told elsewhere.
fn is_open(survey: &Survey<'_, '_>, policy: &PeerAuthentication<'_>) -> bool {
    let authored = survey.servers.authored.of_mesh();
    let is_told =
        survey.servers.of_mesh.is_some() || authored.is_some_and(|mesh| mesh.mode.is_some());
    let written = policy
        .resource
        .node
        .at(&["spec", "mtls", "mode"])
        .and_then(Node::text);
    let is_unset = written.is_none_or(|text| text.is_empty() || text == "UNSET");
    policy.scope() == Scope::Namespace && is_unset && !is_told
}
