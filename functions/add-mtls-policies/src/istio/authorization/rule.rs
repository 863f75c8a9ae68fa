//! One rule of an `AuthorizationPolicy`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use sdk::{Collect as _, Node, Place};

use super::Action;
use super::identity::{Form, Identity};

/// One rule: who may do what under which conditions.
#[derive(Clone, Debug)]
pub(crate) struct Rule<'r> {
    node: Node<'r>,
    /// The rule.
    pub(crate) place: Place,
    namespace: &'r str,
}

/// Who checks a rule without understanding HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enforcer {
    /// A sidecar, on a port that is not HTTP.
    TcpFilter,
    /// The proxy of a node in ambient mode.
    Ztunnel,
}

/// A field or condition that an [`Enforcer`] can't check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LostField<'r> {
    /// Its name, of a condition its key.
    pub(crate) name: Cow<'r, str>,
    /// Where it stands.
    pub(crate) place: Place,
}

/// What becomes of a rule where a part of it can't be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// Nothing: all of it is checked.
    Same,
    /// It matches nobody, as if it weren't there.
    Never,
    /// It matches fewer: some of its alternatives are gone.
    Narrower,
    /// It matches more: what can't be checked counts as met.
    Wider,
    /// It matches everything.
    Everything,
}

/// How much of one of several alternatives can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checked {
    All,
    Some,
    Nothing,
}

/// Fields about HTTP. So says each generator with `is HTTP only`.
/// istio: pilot/pkg/security/authz/model/generator.go.
const HTTP: [&str; 8] = [
    "requestPrincipals",
    "notRequestPrincipals",
    "hosts",
    "notHosts",
    "methods",
    "notMethods",
    "paths",
    "notPaths",
];

/// Fields that ztunnel is not told either. Those of trust domains are left out without a word.
/// istio: pilot/pkg/serviceregistry/ambient/authorization.go, `httpSources`, `handleRule`.
const NOT_IN_AMBIENT: [&str; 4] = [
    "remoteIpBlocks",
    "notRemoteIpBlocks",
    "trustDomains",
    "notTrustDomains",
];

/// Conditions that ztunnel knows.
/// istio: pilot/pkg/serviceregistry/ambient/authorization.go, `l4WhenAttributes`.
const CONDITIONS_IN_AMBIENT: [&str; 5] = [
    "source.ip",
    "source.namespace",
    "source.principal",
    "destination.ip",
    "destination.port",
];

impl Enforcer {
    fn loses_field(self, name: &str) -> bool {
        HTTP.contains(&name) || (self == Self::Ztunnel && NOT_IN_AMBIENT.contains(&name))
    }

    fn loses_condition(self, key: &str) -> bool {
        match self {
            Self::TcpFilter => key.starts_with("request."),
            Self::Ztunnel => !CONDITIONS_IN_AMBIENT.contains(&key),
        }
    }
}

impl<'r> Rule<'r> {
    pub(super) fn new(node: Node<'r>, place: Place, namespace: &'r str) -> Self {
        Self {
            node,
            place,
            namespace,
        }
    }

    /// Whether it asks for nothing, so that it matches everything.
    pub(crate) fn is_empty(&self) -> bool {
        let mut lists = ["from", "to", "when"].into_iter();
        lists.all(|list| self.items(list).next().is_none())
    }

    fn items(&self, list: &'static str) -> impl Iterator<Item = (Node<'r>, Place)> {
        let place = self.place.field(list);
        let items = self.node.get(list).into_iter().flat_map(Node::items);
        let items = items.enumerate();
        items.map(move |(index, item)| (item, place.field(index)))
    }

    /// The `source`s of `from` and the `operation`s of `to`.
    fn alternatives(&self, list: &'static str) -> impl Iterator<Item = (Node<'r>, Place)> {
        let inner = if list == "from" {
            "source"
        } else {
            "operation"
        };
        self.items(list)
            .filter_map(move |(item, place)| Some((item.get(inner)?, place.field(inner))))
    }

    /// The fields of a source or operation that ask for something.
    fn fields(node: Node<'r>) -> impl Iterator<Item = (Cow<'r, str>, Node<'r>)> {
        let fields = node.entries();
        let fields = fields.filter(|(_, value)| value.items().next().is_some());
        fields.filter_map(|(name, value)| Some((name.text()?, value)))
    }

    /// The identities it names, those to be left out too.
    pub(crate) fn identities(&self) -> Vec<Identity<'r>> {
        let mut found = Vec::new();
        for (source, place) in self.alternatives("from") {
            for (field, form, is_excluded) in [
                ("principals", Form::Principal, false),
                ("notPrincipals", Form::Principal, true),
                ("serviceAccounts", Form::ServiceAccount, false),
                ("notServiceAccounts", Form::ServiceAccount, true),
            ] {
                let list = source.get(field);
                self.name(&mut found, list, &place.field(field), form, is_excluded);
            }
        }
        for (condition, place) in self.items("when") {
            let key = condition.get("key").and_then(Node::text);
            let form = match key.as_deref() {
                Some("source.principal") => Form::Principal,
                Some("source.serviceAccount") => Form::ServiceAccount,
                _ => continue,
            };
            for (field, is_excluded) in [("values", false), ("notValues", true)] {
                let list = condition.get(field);
                self.name(&mut found, list, &place.field(field), form, is_excluded);
            }
        }
        found
    }

    fn name(
        &self,
        found: &mut Vec<Identity<'r>>,
        list: Option<Node<'r>>,
        place: &Place,
        form: Form,
        is_excluded: bool,
    ) {
        let items = list.into_iter().flat_map(Node::items).enumerate();
        found.extend(items.filter_map(|(index, item)| {
            Some(Identity {
                text: item.text()?,
                place: place.field(index),
                is_excluded,
                form,
                namespace: self.namespace,
            })
        }));
    }

    /// The container ports it is about; none where it is about all of them, or all but some.
    pub(crate) fn ports(&self) -> Option<BTreeSet<u16>> {
        let numbers = |list: Node<'r>| {
            let items = list.items();
            items
                .filter_map(|port| port.text()?.parse().ok())
                .into_set()
        };
        let told = |node: Node<'r>, field| {
            node.get(field)
                .map(numbers)
                .filter(|ports| !ports.is_empty())
        };
        let operations = self.alternatives("to");
        let each: Option<Vec<_>> = operations.map(|(node, _)| told(node, "ports")).collect();
        let all: BTreeSet<u16> = each.into_iter().flatten().flatten().into_set();
        let of_operations = Some(all).filter(|ports| !ports.is_empty());
        let is_port = |node: Node<'r>| {
            let key = node.get("key").and_then(Node::text);
            key.is_some_and(|key| key == "destination.port")
        };
        let conditions = self.items("when").filter(|(node, _)| is_port(*node));
        let conditions = conditions.filter_map(|(node, _)| told(node, "values"));
        conditions
            .chain(of_operations)
            .reduce(|one, other| &one & &other)
    }

    /// What of it can't be checked.
    pub(crate) fn lost(&self, enforcer: Enforcer) -> Vec<LostField<'r>> {
        let mut found = Vec::new();
        for (node, place) in self.alternatives("from").chain(self.alternatives("to")) {
            let lost = Self::fields(node).filter(|(name, _)| enforcer.loses_field(name));
            found.extend(lost.map(|(name, _)| LostField {
                place: place.field(&*name),
                name,
            }));
        }
        for (node, place) in self.items("when") {
            let key = node.get("key").and_then(Node::text);
            let key = key.filter(|key| enforcer.loses_condition(key));
            found.extend(key.map(|name| LostField {
                name,
                place: place.field("key"),
            }));
        }
        found
    }

    /// What becomes of it where a part of it can't be checked.
    pub(super) fn effect(&self, action: Action, enforcer: Enforcer) -> Effect {
        let lost = self.lost(enforcer);
        // istio: pilot/pkg/serviceregistry/ambient/authorization.go, `handleRule`: trust domains are not looked at.
        let is_told = |field: &LostField<'_>| !field.name.to_lowercase().ends_with("trustdomains");
        if lost.is_empty() {
            Effect::Same
        } else if action == Action::Allow && lost.iter().any(is_told) {
            // istio: pilot/pkg/security/authz/model/model.go, `checkError`: the whole rule is skipped.
            Effect::Never
        } else if enforcer == Enforcer::TcpFilter {
            self.without_http()
        } else {
            self.without_unknown()
        }
    }

    /// How much can be checked of each clause's alternatives: of `from`, of `to`, and of each condition.
    fn clauses(&self, enforcer: Enforcer) -> Vec<Vec<Checked>> {
        let checked = |(node, _): (Node<'r>, Place)| {
            let (mut kept, mut lost) = (false, false);
            for (name, _) in Self::fields(node) {
                let is_lost = enforcer.loses_field(&name);
                kept |= !is_lost;
                lost |= is_lost;
            }
            match (kept, lost) {
                (true, true) => Checked::Some,
                (true, false) => Checked::All,
                (false, _) => Checked::Nothing,
            }
        };
        let lists = ["from", "to"].map(|list| self.alternatives(list).map(checked).collect());
        let conditions = self.items("when").map(|(node, _)| {
            let key = node.get("key").and_then(Node::text).unwrap_or_default();
            let is_lost = enforcer.loses_condition(&key);
            vec![if is_lost {
                Checked::Nothing
            } else {
                Checked::All
            }]
        });
        let lists = lists.into_iter().filter(|list: &Vec<_>| !list.is_empty());
        lists.chain(conditions).collect()
    }

    /// A rule that denies on a port that is not HTTP: what can't be checked is left out of it.
    ///
    /// istio: pilot/pkg/security/authz/model/model.go, `checkError`.
    fn without_http(&self) -> Effect {
        let clauses = self.clauses(Enforcer::TcpFilter);
        let is_open = |clause: &Vec<Checked>| clause.contains(&Checked::Nothing);
        if clauses.iter().all(is_open) {
            Effect::Everything
        } else {
            Effect::Wider
        }
    }

    /// A rule for ztunnel: an alternative of which nothing is left matches nothing, so a clause of only such ones
    /// keeps the rule from ever matching. Istio's own message says that such a rule denies more than it should.
    ///
    /// ztunnel: src/rbac.rs, `Authorization::matches`.
    fn without_unknown(&self) -> Effect {
        let clauses = self.clauses(Enforcer::Ztunnel);
        let is_gone = |clause: &Vec<Checked>| clause.iter().all(|one| *one == Checked::Nothing);
        if clauses.iter().any(is_gone) {
            return Effect::Never;
        }
        if clauses.iter().flatten().any(|one| *one == Checked::Some) {
            Effect::Wider
        } else {
            Effect::Narrower
        }
    }
}
