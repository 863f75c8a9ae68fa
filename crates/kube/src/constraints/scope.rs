//! Which pods a ResourceQuota is about.
//!
//! Source: Kubernetes' quota evaluator for pods.

use std::borrow::Cow;

use yaml::Node;

use crate::labels::Operator;
use crate::workload::Pod;

/// A condition on the pods that a ResourceQuota counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope<'r> {
    /// Pods in which no container asks for CPU or memory.
    BestEffort,
    /// Pods in which some container asks for CPU or memory.
    NotBestEffort,
    /// Pods with `activeDeadlineSeconds`.
    Terminating,
    /// Pods without `activeDeadlineSeconds`.
    NotTerminating,
    /// Pods by the name of their priority class.
    PriorityClass(Operator, Vec<Cow<'r, str>>),
    /// Pods with an affinity to pods of other namespaces.
    CrossNamespacePodAffinity,
    /// Anything else; the API server takes none for pods.
    Other(Cow<'r, str>),
}

impl<'r> Scope<'r> {
    /// A scope by its name alone, as in `scopes`.
    pub(crate) fn named(name: Cow<'r, str>) -> Self {
        match &*name {
            "BestEffort" => Self::BestEffort,
            "NotBestEffort" => Self::NotBestEffort,
            "Terminating" => Self::Terminating,
            "NotTerminating" => Self::NotTerminating,
            "PriorityClass" => Self::PriorityClass(Operator::Exists, Vec::new()),
            "CrossNamespacePodAffinity" => Self::CrossNamespacePodAffinity,
            _ => Self::Other(name),
        }
    }

    /// A scope as in `scopeSelector.matchExpressions`; none where that can't be read.
    pub(crate) fn selected(expression: Node<'r>) -> Option<Self> {
        let scope = Self::named(expression.get("scopeName")?.text()?);
        if !matches!(scope, Self::PriorityClass(..)) {
            return Some(scope);
        }
        let operator = match &*expression.get("operator")?.text()? {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            _ => return None,
        };
        let values = expression.get("values").into_iter().flat_map(Node::items);
        let values = values.filter_map(Node::text).collect();
        Some(Self::PriorityClass(operator, values))
    }

    /// Whether it holds for a pod. The pod's quality of service is the caller's to say, who may be about to
    /// change it.
    pub fn holds(&self, pod: Pod<'_>, is_best_effort: bool) -> bool {
        match self {
            Self::BestEffort => is_best_effort,
            Self::NotBestEffort => !is_best_effort,
            Self::Terminating => is_terminating(pod),
            Self::NotTerminating => !is_terminating(pod),
            Self::PriorityClass(operator, values) => {
                let class = pod.get("priorityClassName").and_then(Node::text);
                let class = class.filter(|class| !class.is_empty());
                let is_listed = class.as_ref().is_some_and(|class| values.contains(class));
                match operator {
                    Operator::In => is_listed,
                    Operator::NotIn => !is_listed,
                    Operator::Exists => class.is_some(),
                    Operator::DoesNotExist => class.is_none(),
                }
            }
            Self::CrossNamespacePodAffinity => looks_across_namespaces(pod),
            Self::Other(_) => false,
        }
    }
}

fn is_terminating(pod: Pod<'_>) -> bool {
    let deadline = pod.get("activeDeadlineSeconds").and_then(Node::as_i64);
    deadline.is_some_and(|seconds| seconds >= 0)
}

/// Whether a term of the pod's affinities names namespaces.
fn looks_across_namespaces(pod: Pod<'_>) -> bool {
    let affinity = pod.get("affinity");
    let kinds = ["podAffinity", "podAntiAffinity"];
    kinds
        .iter()
        .filter_map(|kind| affinity?.get(kind))
        .any(|kind| {
            let terms = |list| kind.get(list).into_iter().flat_map(Node::items);
            let required = terms("requiredDuringSchedulingIgnoredDuringExecution");
            let preferred = terms("preferredDuringSchedulingIgnoredDuringExecution")
                .filter_map(|term| term.get("podAffinityTerm"));
            required.chain(preferred).any(names_namespaces)
        })
}

fn names_namespaces(term: Node<'_>) -> bool {
    let has_some = term
        .get("namespaces")
        .is_some_and(|list| list.items().next().is_some());
    let selector = term.get("namespaceSelector");
    has_some || selector.is_some_and(|selector| !selector.is_null())
}
