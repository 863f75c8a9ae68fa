//! PodDisruptionBudgets that somebody wrote.

use std::rc::Rc;

use sdk::{LabelSelector, Node, Order as _, Place, Resource};

use super::coverage::{Coverage, Covered};
use crate::config::PodCount;
use crate::settings::Bound;
use crate::survey::Survey;

/// A PodDisruptionBudget of the input that no run of ours made.
pub(super) struct Authored<'r> {
    pub(super) resource: &'r Resource<'r>,
    pub(super) bound: Written,
    pub(super) reach: Reach,
    pub(super) covered: Rc<Covered>,
}

/// What a budget says about how many pods may be away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// One field that can be read.
    Bound(Bound),
    /// Neither field, so that it bounds nothing.
    Nothing,
    /// Both fields, which the API server refuses.
    Both,
    /// What the API server refuses, in this field.
    Unreadable(&'static str),
}

/// Which pods a budget's selector is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// None at all: it has no selector.
    None,
    /// Those with some labels.
    Some,
    /// Every pod of the namespace.
    All,
    /// Nobody knows: the selector can't be read.
    Unknown,
}

impl<'r> Authored<'r> {
    /// All of them, by their names.
    pub(super) fn all(survey: &Survey<'_, 'r>, coverage: &Coverage<'r>) -> Vec<Self> {
        let is_one = |object: &&Resource<'r>| {
            object.is("policy", "PodDisruptionBudget")
                && !object.is_local()
                && !survey.context.has_made(object)
        };
        let objects = survey.resources.all().filter(is_one);
        let all = objects.map(|object| Self::new(survey, coverage, object));
        let mut all: Vec<Self> = all.collect();
        all.order_by(|one, other| one.resource.name().cmp(other.resource.name()));
        all
    }

    fn new(survey: &Survey<'_, 'r>, coverage: &Coverage<'r>, resource: &'r Resource<'r>) -> Self {
        let node = field(resource, "selector");
        let selector = node.map(LabelSelector::of_node);
        let compiled = selector
            .as_ref()
            .map(|selector| selector.as_ref()?.compile().ok());
        let is_old = resource.api_version() == "policy/v1beta1";
        let reach = match (node, &compiled) {
            (None, _) | (_, None) => Reach::None,
            (_, Some(None)) => Reach::Unknown,
            (Some(node), _) if node.entries().next().is_none() && is_old => Reach::None,
            (Some(node), _) if node.entries().next().is_none() => Reach::All,
            _ => Reach::Some,
        };
        let namespace = survey.resources.namespace_of(resource);
        let covered = match (selector.flatten(), compiled.flatten()) {
            (Some(selector), Some(compiled)) if reach != Reach::None => {
                coverage.of(survey, namespace, &selector, &compiled)
            }
            _ => Rc::default(),
        };
        Self {
            resource,
            bound: Written::of(resource),
            reach,
            covered,
        }
    }

    /// A field of its `spec` as a place.
    pub(super) fn field(&self, name: &str) -> Place {
        self.resource.place().field("spec").field(name)
    }
}

fn field<'r>(resource: &Resource<'r>, name: &str) -> Option<Node<'r>> {
    let node = resource.node.at(&["spec", name]);
    node.filter(|node| !node.is_null())
}

impl Written {
    fn of(resource: &Resource<'_>) -> Self {
        let read = |name| field(resource, name).map(read_count);
        match (read("minAvailable"), read("maxUnavailable")) {
            (Some(_), Some(_)) => Self::Both,
            (Some(Some(least)), None) => Self::Bound(Bound::MinAvailable(least)),
            (None, Some(Some(most))) => Self::Bound(Bound::MaxUnavailable(most)),
            (Some(None), None) => Self::Unreadable("minAvailable"),
            (None, Some(None)) => Self::Unreadable("maxUnavailable"),
            (None, None) => Self::Nothing,
        }
    }
}

/// A count that the API server takes: no number in quotes, and at most all pods (kubernetes/kubernetes
/// pkg/apis/policy/validation/validation.go `ValidatePodDisruptionBudgetSpec`).
fn read_count(node: Node<'_>) -> Option<PodCount> {
    let is_possible =
        |count: &PodCount| !matches!(count, PodCount::Percent(percent) if *percent > 100);
    PodCount::of(node).filter(is_possible)
}
