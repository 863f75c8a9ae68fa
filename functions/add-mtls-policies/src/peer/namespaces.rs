//! The policy of each namespace, or of the mesh.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Order as _, Place, Plan, Resource};

use super::{
    PEER_AUTHENTICATION, TAKEN_PEER_AUTHENTICATION, injection, may_make, mode, policy, takes_part,
};
use crate::config::Scope;
use crate::istio::{Mode, PeerAuthentication};
use crate::survey::Survey;

/// The name of what is made; Istio's convention for the policy of a whole namespace.
pub(super) const NAME: &str = "default";

/// Makes the policies that nobody wrote.
pub(super) fn plan(plan: &mut Plan, survey: &mut Survey<'_, '_>, ensured: &BTreeSet<String>) {
    let wanted = survey.wanted_mode().map(mode);
    let found = in_mesh(survey, ensured);
    if survey.run.peer_authentication.scope == Scope::Mesh {
        let root = &survey.run.mesh.root_namespace;
        let is_any = !found.is_empty();
        let all: Vec<usize> = found.into_values().flatten().collect();
        let is_made = is_any && decide(plan, survey, &Target::mesh(root), &all, wanted);
        survey.servers.of_mesh = wanted.filter(|_| is_made);
        return;
    }
    let namespaces: Vec<(String, Vec<usize>)> = found
        .into_iter()
        .map(|(namespace, workloads)| (namespace.to_owned(), workloads))
        .collect();
    for (namespace, workloads) in namespaces {
        let target = Target::namespace(&namespace);
        let is_made = decide(plan, survey, &target, &workloads, wanted);
        if let Some(mode) = wanted.filter(|_| is_made) {
            survey.servers.of_namespaces.insert(namespace, mode);
        }
    }
}

/// The namespaces in the mesh and in scope with their workloads that are. What has no namespace is told elsewhere.
fn in_mesh<'r>(
    survey: &Survey<'r, 'r>,
    ensured: &BTreeSet<String>,
) -> BTreeMap<&'r str, Vec<usize>> {
    let objects = survey.resources.all();
    let objects = objects.filter(|object| object.is("", "Namespace"));
    let is_meant = |object: &&Resource<'r>| {
        survey.is_in_scope(object) && survey.is_looked_after(object.name())
    };
    let asking = objects
        .filter(is_meant)
        .filter(|object| injection::asks(survey.run, object) || ensured.contains(object.name()));
    let mut found: BTreeMap<&str, Vec<usize>> =
        asking.map(|object| (object.name(), Vec::new())).into_map();
    for workload in survey.graph.workloads() {
        let is_meant = survey.is_in_scope(workload.owner) && takes_part(survey, workload);
        if is_meant && !workload.namespace.is_empty() {
            let numbers = found.entry(workload.namespace).or_default();
            numbers.push(workload.number);
        }
    }
    found
}

/// What a policy is for.
struct Target<'t> {
    namespace: &'t str,
    is_mesh: bool,
}

impl<'t> Target<'t> {
    fn mesh(root: &'t str) -> Self {
        Self {
            namespace: root,
            is_mesh: true,
        }
    }

    fn namespace(namespace: &'t str) -> Self {
        Self {
            namespace,
            is_mesh: false,
        }
    }

    fn words(&self) -> String {
        if self.is_mesh {
            "the mesh".to_owned()
        } else {
            format!("namespace \"{}\"", self.namespace)
        }
    }

    /// The author's policy for it, whatever its name.
    fn authored<'s, 'r>(&self, survey: &'s Survey<'r, 'r>) -> Option<&'s PeerAuthentication<'r>> {
        let authored = &survey.servers.authored;
        if self.is_mesh {
            authored.of_mesh()
        } else {
            authored.of_namespace(self.namespace)
        }
    }

    /// The author's policy that has the name of the one that would be made.
    fn namesake<'s, 'r>(&self, survey: &'s Survey<'r, 'r>) -> Option<&'s PeerAuthentication<'r>> {
        let mut policies = survey.servers.authored.policies().iter();
        policies.find(|policy| policy.namespace == self.namespace && policy.resource.name() == NAME)
    }
}

/// Whether a policy is made.
fn decide<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    target: &Target<'_>,
    workloads: &[usize],
    wanted: Option<Mode>,
) -> bool {
    if let Some(policy) = target.authored(survey) {
        keep(plan, survey, target, policy);
        return false;
    }
    let Some(subject) = subject(plan, survey, target, workloads) else {
        return false;
    };
    let skip = match wanted {
        _ if survey.run.peer_authentication.scope == Scope::Off => Some((
            "switched-off",
            "gets no policy, as `peerAuthentication.scope: off` asks",
        )),
        _ if !target.is_mesh && target.namespace == survey.run.mesh.root_namespace => Some((
            "root-namespace",
            "gets no policy, since one in the root namespace would be for the whole mesh",
        )),
        None => Some((
            "no-environment",
            "gets no policy, since neither `environment` nor `peerAuthentication.mode` says what servers accept",
        )),
        Some(_) => None,
    };
    if let Some((reason, message)) = skip {
        if let Some(decision) = plan.decide(PEER_AUTHENTICATION, (subject, survey.resources)) {
            decision.skip(reason, format_args!("{} {message}", target.words()));
        }
        return false;
    }
    wanted.is_some_and(|mode| make(plan, survey, target, subject, mode))
}

fn keep<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    target: &Target<'_>,
    policy: &PeerAuthentication<'r>,
) {
    let place = policy.mode.as_ref().map(|(_, place)| place.clone());
    let place = place.unwrap_or_else(|| mode_of(policy.resource));
    if let Some(decision) = plan.decide(PEER_AUTHENTICATION, (policy.resource, survey.resources)) {
        let message = format!(
            "is its author's policy for {}, so none is made",
            target.words()
        );
        decision.keep("authored", &place, message);
    }
}

/// Where the mode of a whole policy stands.
pub(super) fn mode_of(policy: &Resource<'_>) -> Place {
    policy.place().field("spec").field("mtls").field("mode")
}

fn make<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    target: &Target<'_>,
    subject: &'r Resource<'r>,
    mode: Mode,
) -> bool {
    if let Some(policy) = target.namesake(survey) {
        let message = format!(
            "has the name of the policy for {}, and is for the pods that it selects alone; give it another name, so \
             that the one for all can be made",
            target.words()
        );
        let place = policy.resource.place().field("spec").field("selector");
        plan.report(
            TAKEN_PEER_AUTHENTICATION,
            sdk::Severity::Error,
            (policy.resource, survey.resources),
            &place,
            message,
            None,
        );
        return false;
    }
    let is_open = may_make(plan, PEER_AUTHENTICATION, (subject, survey.resources));
    if is_open {
        let object = policy::of_namespace(survey.run, target.namespace, mode);
        let because = match survey.run.peer_authentication.mode {
            Some(_) => "as `peerAuthentication.mode` asks",
            None => "as `environment` asks",
        };
        plan.generate_because(object, subject, because);
    }
    is_open
}

/// What a policy is made for: the Namespace or, where the input lacks it, a workload, the first by name that isn't
/// opted out. One workload that opts out speaks for itself, not for the others.
fn subject<'r>(
    plan: &mut Plan,
    survey: &Survey<'r, 'r>,
    target: &Target<'_>,
    workloads: &[usize],
) -> Option<&'r Resource<'r>> {
    if let Some(namespace) = survey.namespaces.get(target.namespace) {
        return Some(namespace);
    }
    let workloads = workloads.iter();
    let workloads = workloads.filter_map(|number| survey.graph.workload(*number));
    let mut owners: Vec<&Resource<'_>> = workloads.map(|workload| workload.owner).collect();
    owners.order_by_key(|owner| {
        (
            survey.resources.namespace_of(owner),
            owner.name(),
            owner.kind(),
        )
    });
    let mut open = owners.iter();
    let open =
        open.find(|owner| !plan.is_skipped(PEER_AUTHENTICATION, (**owner, survey.resources)));
    open.or(owners.first()).copied()
}
