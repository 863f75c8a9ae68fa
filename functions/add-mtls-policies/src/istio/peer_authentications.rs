//! The mode that each server is in, by all `PeerAuthentication`s together.

use std::collections::BTreeMap;

use sdk::{Labels, Place, Resource, Resources};

use super::objects::{Counts, SECURITY, sorted};
use super::peer_authentication::{Invalid, Mode, PeerAuthentication, Scope};
use super::selector::SelectorIndex;

/// All `PeerAuthentication`s of an input.
#[derive(Debug)]
pub(crate) struct PeerAuthentications<'r> {
    /// In the order in which Istio prefers them.
    policies: Vec<PeerAuthentication<'r>>,
    mesh: Option<usize>,
    namespaces: BTreeMap<&'r str, usize>,
    of_workloads: SelectorIndex<'r>,
    conflicts: Vec<Conflict<'r>>,
}

/// The mode of a server, and what decides about it.
#[derive(Clone, Debug)]
pub(crate) struct ServerMode<'r> {
    /// The mode.
    pub(crate) mode: Mode,
    /// The object and the field that decide; none where nothing is told, which is `PERMISSIVE`.
    pub(crate) decided_by: Option<(&'r Resource<'r>, Place)>,
}

/// Two policies of the same scope. The older one counts, and which one that is stands in no manifest.
#[derive(Clone, Debug)]
pub(crate) struct Conflict<'r> {
    /// The one that counts where both are of the same age.
    pub(crate) first: &'r Resource<'r>,
    /// The other one.
    pub(crate) second: &'r Resource<'r>,
    /// How far both reach.
    pub(crate) scope: Scope,
    /// Whether both say the same, so that it makes no difference.
    pub(crate) is_same: bool,
}

/// A namespace, and the labels of the pods there.
type Selected<'s> = (&'s str, Vec<(&'s str, &'s str)>);

impl<'r> PeerAuthentications<'r> {
    /// Those of an input, in time that grows with their number.
    pub(crate) fn new(
        resources: &'r Resources<'r>,
        root_namespace: &'r str,
        is_counted: Counts<'_>,
    ) -> Self {
        let objects = sorted(resources, SECURITY, "PeerAuthentication", is_counted);
        let new = |object| {
            PeerAuthentication::new(object, resources.namespace_of(object), root_namespace)
        };
        let mut all = Self {
            policies: objects.into_iter().map(new).collect(),
            mesh: None,
            namespaces: BTreeMap::new(),
            of_workloads: SelectorIndex::default(),
            conflicts: Vec::new(),
        };
        all.index();
        all
    }

    /// Finds the policy of each namespace and of the mesh, and those that meet another one there.
    fn index(&mut self) {
        let mut selectors: BTreeMap<Selected<'_>, usize> = BTreeMap::new();
        for (number, policy) in self.policies.iter().enumerate() {
            let first = match policy.scope() {
                Scope::Mesh => *self.mesh.get_or_insert(number),
                Scope::Namespace => *self.namespaces.entry(policy.namespace).or_insert(number),
                Scope::Workload if policy.is_ignored() => continue,
                Scope::Workload => {
                    let key = (policy.namespace, policy.selector.iter().collect());
                    *selectors.entry(key).or_insert(number)
                }
            };
            let first = (first != number).then(|| self.policies.get(first));
            let conflict = first.flatten().map(|first| Conflict::new(first, policy));
            self.conflicts.extend(conflict);
        }
        let all = self.policies.iter().enumerate();
        let of_workloads =
            all.filter(|(_, policy)| policy.scope() == Scope::Workload && !policy.is_ignored());
        self.of_workloads = SelectorIndex::new(
            of_workloads.map(|(number, policy)| (policy.namespace, &policy.selector, number)),
        );
    }

    /// All of them.
    pub(crate) fn policies(&self) -> &[PeerAuthentication<'r>] {
        &self.policies
    }

    /// The mode in which a workload serves a container port, or all of them but for exceptions.
    ///
    /// istio: `pilot/pkg/security/authn/policy_applier.go`, `ComposePeerAuthentication`: the narrowest policy that
    /// tells; `UNSET` inherits; ports count in policies of workloads alone.
    pub(crate) fn server_mode(
        &self,
        namespace: &str,
        labels: Labels<'_>,
        port: Option<u16>,
    ) -> ServerMode<'r> {
        let workload = self.selecting(namespace, labels).next();
        let Some(policy) = workload else {
            return self.inferred(namespace);
        };
        let of_port = port.and_then(|port| policy.ports.get(&port)?.as_ref());
        match of_port.or(policy.mode.as_ref()) {
            Some(told) => ServerMode::told(policy, told),
            None => self.inferred(namespace),
        }
    }

    /// The same for a workload in ambient mode: nobody there refuses mutual TLS, so `DISABLE` is as good as
    /// `PERMISSIVE`.
    ///
    /// istio: pilot/pkg/serviceregistry/ambient/authorization.go, `convertedSelectorPeerAuthentications`: where the
    /// workload inherits `STRICT`, its ports count once one of them is `PERMISSIVE`; `DISABLE` alone changes nothing.
    pub(crate) fn ambient_mode(
        &self,
        namespace: &str,
        labels: Labels<'_>,
        port: Option<u16>,
    ) -> ServerMode<'r> {
        let mut found = self.server_mode(namespace, labels, port);
        if found.mode != Mode::Disable {
            return found;
        }
        let workload = self.selecting(namespace, labels).next();
        let is_lost = workload.is_some_and(|policy| {
            let mut ports = policy.ports.values().flatten();
            policy.mode.is_none() && !ports.any(|(mode, _)| *mode == Mode::Permissive)
        });
        let inherited = self.inferred(namespace);
        if is_lost && inherited.mode == Mode::Strict {
            return inherited;
        }
        found.mode = Mode::Permissive;
        found
    }

    /// The mode of a namespace, without regard to single workloads and ports. It is all that a client goes by
    /// when it decides whether to use mutual TLS at all.
    ///
    /// istio: pilot/pkg/model/authentication.go, `GetNamespaceMutualTLSMode`; `pilot/pkg/model/push_context.go`,
    /// `BestEffortInferServiceMTLSMode`.
    pub(crate) fn inferred(&self, namespace: &str) -> ServerMode<'r> {
        let numbers = [self.namespaces.get(namespace), self.mesh.as_ref()];
        let policies = numbers.into_iter().flatten();
        let mut told = policies.filter_map(|number| {
            let policy = self.policies.get(*number)?;
            Some(ServerMode::told(policy, policy.mode.as_ref()?))
        });
        told.next().unwrap_or(ServerMode {
            mode: Mode::Permissive,
            decided_by: None,
        })
    }

    /// The policies of single workloads that select pods with these labels. Only the first one counts, see
    /// [`Conflict`].
    pub(crate) fn selecting(
        &self,
        namespace: &str,
        labels: Labels<'_>,
    ) -> impl Iterator<Item = &PeerAuthentication<'r>> {
        let numbers = self.of_workloads.candidates(namespace, labels);
        let policies = numbers
            .into_iter()
            .filter_map(|number| self.policies.get(number));
        policies.filter(move |policy| policy.selector.selects(labels))
    }

    /// The policy of a whole namespace, whatever its name.
    pub(crate) fn of_namespace(&self, namespace: &str) -> Option<&PeerAuthentication<'r>> {
        self.policies.get(*self.namespaces.get(namespace)?)
    }

    /// The policy of the mesh, whatever its name.
    pub(crate) fn of_mesh(&self) -> Option<&PeerAuthentication<'r>> {
        self.policies.get(self.mesh?)
    }

    /// Policies of the same scope: of the mesh, of a namespace, or with the same selector. Different selectors that
    /// meet in a workload are told by [`PeerAuthentications::selecting`].
    pub(crate) fn conflicts(&self) -> &[Conflict<'r>] {
        &self.conflicts
    }

    /// What Istio refuses or ignores.
    pub(crate) fn invalid(&self) -> impl Iterator<Item = (&PeerAuthentication<'r>, Invalid)> {
        let all = self.policies.iter();
        all.flat_map(|policy| {
            let invalid = policy.invalid().into_iter();
            invalid.map(move |invalid| (policy, invalid))
        })
    }
}

impl<'r> ServerMode<'r> {
    fn told(policy: &PeerAuthentication<'r>, (mode, place): &(Mode, Place)) -> Self {
        Self {
            mode: *mode,
            decided_by: Some((policy.resource, place.clone())),
        }
    }
}

impl<'r> Conflict<'r> {
    fn new(first: &PeerAuthentication<'r>, second: &PeerAuthentication<'r>) -> Self {
        Self {
            first: first.resource,
            second: second.resource,
            scope: first.scope(),
            is_same: first.is_same(second),
        }
    }
}

#[cfg(test)]
mod tests;
