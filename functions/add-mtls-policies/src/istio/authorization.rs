//! `AuthorizationPolicy`s: whom they are about, whom they name, and what of them nobody can check.

mod identity;
mod rule;

pub(crate) use rule::{Effect, Enforcer, Rule};

use std::borrow::Cow;
use std::collections::BTreeMap;

use sdk::{Labels, Node, Place, Resource, Resources};

use super::objects::{Counts, SECURITY, sorted};
use super::peer_authentication::Scope;
use super::selector::{Selector, SelectorIndex};

/// The label by which Istio knows the gateway that a pod is of.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
/// The group of gateways.
const GATEWAY_GROUP: &str = "gateway.networking.k8s.io";

/// What a policy does to those it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Lets them in, and nobody else whom no other such policy lets in.
    Allow,
    /// Keeps them out.
    Deny,
    /// Logs them.
    Audit,
    /// Asks somebody else.
    Custom,
}

/// An `AuthorizationPolicy`.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationPolicy<'r> {
    /// The object.
    pub(crate) resource: &'r Resource<'r>,
    /// The namespace it belongs to.
    pub(crate) namespace: &'r str,
    /// What it does.
    pub(crate) action: Action,
    /// The workloads it is about.
    pub(crate) selector: Selector<'r>,
    /// The Services and gateways it is about instead.
    pub(crate) targets: Vec<TargetRef<'r>>,
    /// Its rules. One without any matches nobody, see [`AuthorizationPolicy::matches_nobody`].
    pub(crate) rules: Vec<Rule<'r>>,
    /// Whether it is tried out and does nothing.
    pub(crate) is_dry_run: bool,
    is_in_root: bool,
}

/// What a policy is about where it is no selector's workloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TargetRef<'r> {
    /// The group; empty for the core group.
    pub(crate) group: Cow<'r, str>,
    /// The kind.
    pub(crate) kind: Cow<'r, str>,
    /// The name.
    pub(crate) name: Cow<'r, str>,
    /// The reference.
    pub(crate) place: Place,
}

/// All `AuthorizationPolicy`s of an input.
#[derive(Debug)]
pub(crate) struct AuthorizationPolicies<'r> {
    policies: Vec<AuthorizationPolicy<'r>>,
    root_namespace: &'r str,
    by_selector: SelectorIndex<'r>,
    by_target: BTreeMap<Target<'r>, Vec<usize>>,
}

/// Namespace, group, kind and name.
type Target<'r> = (&'r str, Cow<'r, str>, Cow<'r, str>, Cow<'r, str>);

impl<'r> AuthorizationPolicies<'r> {
    /// Those of an input.
    pub(crate) fn new(
        resources: &'r Resources<'r>,
        root_namespace: &'r str,
        is_counted: Counts<'_>,
    ) -> Self {
        let objects = sorted(resources, SECURITY, "AuthorizationPolicy", is_counted).into_iter();
        let new = |object| {
            AuthorizationPolicy::new(object, resources.namespace_of(object), root_namespace)
        };
        let policies: Vec<AuthorizationPolicy<'r>> = objects.map(new).collect();
        let mut by_target: BTreeMap<Target<'r>, Vec<usize>> = BTreeMap::new();
        for (number, policy) in policies.iter().enumerate() {
            for TargetRef {
                group, kind, name, ..
            } in &policy.targets
            {
                let key = (policy.namespace, group.clone(), kind.clone(), name.clone());
                let numbers = by_target.entry(key).or_default();
                if numbers.last() != Some(&number) {
                    numbers.push(number);
                }
            }
        }
        let all = policies.iter().enumerate();
        let selecting = all.filter(|(_, policy)| policy.targets.is_empty());
        let by_selector = SelectorIndex::new(
            selecting.map(|(number, policy)| (policy.namespace, &policy.selector, number)),
        );
        Self {
            policies,
            root_namespace,
            by_selector,
            by_target,
        }
    }

    /// All of them.
    pub(crate) fn policies(&self) -> &[AuthorizationPolicy<'r>] {
        &self.policies
    }

    /// The policies that a workload's own proxy enforces: those that select its pods, in its own namespace or the
    /// root one, and those for the gateway that it is. Those for its Service are a waypoint's business, see
    /// [`AuthorizationPolicies::targeting`]; a waypoint itself never goes by selectors.
    ///
    /// istio: pilot/pkg/model/policyattachment.go, `ShouldAttachPolicy`; pilot/pkg/model/authorization.go,
    /// `ListAuthorizationPolicies`.
    pub(crate) fn selecting(
        &self,
        namespace: &str,
        labels: Labels<'_>,
    ) -> Vec<&AuthorizationPolicy<'r>> {
        let mut numbers = self.by_selector.candidates(namespace, labels);
        if namespace != self.root_namespace {
            numbers.extend(self.by_selector.candidates(self.root_namespace, labels));
        }
        let numbers = numbers.into_iter();
        let policies = numbers.filter_map(|number| self.policies.get(number));
        let mut found: Vec<_> = policies
            .filter(|policy| policy.selector.selects(labels))
            .collect();
        if let Some(gateway) = labels.get(GATEWAY_NAME) {
            found.extend(self.targeting(namespace, GATEWAY_GROUP, "Gateway", &gateway));
        }
        found
    }

    /// The policies of `namespace` that are for an object there: a Service, which its waypoint enforces, or a
    /// gateway. Istio takes no reference to another namespace.
    pub(crate) fn targeting(
        &self,
        namespace: &str,
        group: &str,
        kind: &str,
        name: &str,
    ) -> Vec<&AuthorizationPolicy<'r>> {
        let [group, kind, name] = [group, kind, name].map(Cow::Borrowed);
        let numbers = self.by_target.get(&(namespace, group, kind, name));
        let numbers = numbers.into_iter().flatten();
        numbers
            .filter_map(|number| self.policies.get(*number))
            .collect()
    }
}

impl<'r> AuthorizationPolicy<'r> {
    fn new(resource: &'r Resource<'r>, namespace: &'r str, root_namespace: &str) -> Self {
        let spec = resource.node.get("spec");
        let place = resource.place().field("spec");
        let field = |name| spec.and_then(|spec| spec.get(name));
        let action = field("action").and_then(Node::text);
        let rules = field("rules").into_iter().flat_map(Node::items).enumerate();
        let list = place.field("rules");
        let dry_run = resource.annotations().get("istio.io/dry-run");
        Self {
            resource,
            namespace,
            action: match action.as_deref() {
                Some("DENY") => Action::Deny,
                Some("AUDIT") => Action::Audit,
                Some("CUSTOM") => Action::Custom,
                _ => Action::Allow,
            },
            selector: Selector::of(field("selector")),
            targets: targets(spec, &place),
            rules: rules
                .map(|(index, node)| Rule::new(node, list.field(index), namespace))
                .collect(),
            is_dry_run: dry_run.is_some_and(|value| is_true(&value)),
            is_in_root: namespace == root_namespace,
        }
    }

    /// How far it reaches; one with targets is about those alone.
    pub(crate) fn scope(&self) -> Scope {
        match (
            self.targets.is_empty() && self.selector.is_empty(),
            self.is_in_root,
        ) {
            (true, true) => Scope::Mesh,
            (true, false) => Scope::Namespace,
            (false, _) => Scope::Workload,
        }
    }

    /// Whether it has no rules. One that allows then lets nobody in, unless another one does.
    ///
    /// istio: pilot/pkg/security/authz/builder/builder.go, `build`: `rbacPolicyMatchNever`.
    pub(crate) fn matches_nobody(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether ztunnel doesn't enforce it: it knows no such action, and targets are for waypoints.
    ///
    /// istio: pilot/pkg/serviceregistry/ambient/authorization.go, `convertAuthorizationPolicy`.
    pub(crate) fn is_ignored_in_ambient(&self) -> bool {
        let is_known = matches!(self.action, Action::Allow | Action::Deny);
        !is_known || !self.targets.is_empty() || self.is_dry_run
    }

    /// What becomes of a rule of it where a part of it can't be checked.
    pub(crate) fn effect(&self, rule: &Rule<'_>, enforcer: Enforcer) -> Effect {
        match enforcer {
            Enforcer::Ztunnel if self.is_ignored_in_ambient() => Effect::Never,
            _ => rule.effect(self.action, enforcer),
        }
    }
}

/// istio: pilot/pkg/model/policyattachment.go, `GetTargetRefs`: `targetRef` counts where `targetRefs` has nothing.
fn targets<'r>(spec: Option<Node<'r>>, place: &Place) -> Vec<TargetRef<'r>> {
    let field = |name| spec.and_then(|spec| spec.get(name));
    let list = place.field("targetRefs");
    let items = field("targetRefs").into_iter().flat_map(Node::items);
    let items = items.enumerate();
    let found: Vec<_> = items
        .map(|(index, node)| TargetRef::new(node, list.field(index)))
        .collect();
    let single = || field("targetRef").filter(|target| !target.is_null());
    if found.is_empty() {
        let single = single().map(|node| TargetRef::new(node, place.field("targetRef")));
        return single.into_iter().collect();
    }
    found
}

impl<'r> TargetRef<'r> {
    fn new(node: Node<'r>, place: Place) -> Self {
        let text = |field| node.get(field).and_then(Node::text).unwrap_or_default();
        let group = text("group");
        Self {
            group: match &*group {
                "core" => Cow::Borrowed(""),
                _ => group,
            },
            kind: text("kind"),
            name: text("name"),
            place,
        }
    }
}

/// What Go's `strconv.ParseBool` takes for true.
fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "TRUE" | "true" | "True")
}

#[cfg(test)]
mod tests;
