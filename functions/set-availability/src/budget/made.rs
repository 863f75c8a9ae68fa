//! PodDisruptionBudgets that are made for workloads.

use sdk::{LabelSelector, Plan, Selector, Severity, Template, Value, json};

use super::BUDGET;
use super::authored::Authored;
use crate::autoscalers::label;
use crate::config::EvictionPolicy;
use crate::replicas::pods;
use crate::settings::{Bound, Budget};
use crate::survey::Workload;

/// A budget that is about to be made.
pub(super) struct Made<'s, 'r> {
    pub(super) workload: &'s Workload<'r>,
    pub(super) name: String,
    pub(super) bound: Bound,
    configured: Bound,
    pub(super) selector: LabelSelector,
    pub(super) compiled: Selector,
    selector_value: Value,
    policy: Option<EvictionPolicy>,
}

/// Why a workload gets no budget.
struct Without(&'static str, String);

impl<'s, 'r> Made<'s, 'r> {
    /// The budget of a workload, or none, which is told.
    pub(super) fn decide(
        plan: &mut Plan,
        workload: &'s Workload<'r>,
        covering: Option<&Authored<'r>>,
    ) -> Option<Self> {
        let budget = workload.settings.as_ref()?.budget.as_ref();
        let made = match (covering, budget) {
            (Some(authored), _) => {
                let label = label(authored.resource);
                let message = format!("its author covers it by {label}");
                Err(Without("authored", message))
            }
            (None, None) => {
                let message = "no PodDisruptionBudget: the configuration asks for none";
                Err(Without("not-configured", message.to_owned()))
            }
            (None, Some(budget)) => Self::new(workload, budget),
        };
        let subject = workload.subject();
        match made {
            Ok(made) if !plan.is_skipped(BUDGET, subject) => {
                made.warn(plan);
                Some(made)
            }
            Ok(_) => {
                // Says that the author opted out.
                drop(plan.decide(BUDGET, subject));
                None
            }
            Err(Without(reason, message)) => {
                plan.decide(BUDGET, subject)?.skip(reason, message);
                None
            }
        }
    }

    fn new(workload: &'s Workload<'r>, budget: &Budget) -> Result<Self, Without> {
        can_have_one(workload)?;
        let node = workload.selector_node();
        let read =
            node.and_then(|node| Some((node.to_value().ok()?, LabelSelector::of_node(node)?)));
        let compiled = read.and_then(|(value, selector)| {
            let compiled = selector.compile().ok()?;
            Some((value, selector, compiled))
        });
        let Some((value, selector, compiled)) = compiled else {
            let message = "has no selector that a budget could share".to_owned();
            return Err(Without("no-selector", message));
        };
        let is_typed =
            value.get("matchLabels").is_some() || value.get("matchExpressions").is_some();
        Ok(Self {
            workload,
            name: budget
                .name
                .clone()
                .unwrap_or_else(|| workload.owner.name().to_owned()),
            configured: budget.bound.value,
            bound: budget.bound.value.unblocked(workload.floor),
            selector,
            compiled,
            selector_value: if is_typed {
                value
            } else {
                Value::from_iter([("matchLabels", value)])
            },
            policy: budget.policy.map(|policy| policy.value),
        })
    }

    fn warn(&self, plan: &mut Plan) {
        let configured = self.configured;
        if configured == self.bound {
            return;
        }
        let (floor, bound) = (pods(self.workload.floor), self.bound);
        let message = format!(
            "{configured} of at least {floor} would let none be evicted and block every drain of a node, so the budget says {bound}; lower it, or raise the number of pods"
        );
        let subject = self.workload.subject();
        let place = self.workload.owner.place();
        plan.report(
            "pdb-would-block",
            Severity::Warning,
            subject,
            &place,
            message,
            None,
        );
    }

    /// The object.
    pub(super) fn object(&self) -> Value {
        let mut metadata = json!({"name": self.name});
        let owner = self.workload.owner;
        if let (Value::Object(map), false) = (&mut metadata, owner.namespace().is_empty()) {
            map.insert("namespace".to_owned(), owner.namespace().into());
        }
        let mut spec = Value::from_iter([
            (self.bound.field(), Value::from(self.bound.count())),
            ("selector", self.selector_value.clone()),
        ]);
        if let (Value::Object(map), Some(policy)) = (&mut spec, self.policy) {
            let policy = match policy {
                EvictionPolicy::AlwaysAllow => "AlwaysAllow",
                EvictionPolicy::IfHealthyBudget => "IfHealthyBudget",
            };
            map.insert("unhealthyPodEvictionPolicy".to_owned(), policy.into());
        }
        Value::from_iter([
            ("apiVersion", "policy/v1".into()),
            ("kind", "PodDisruptionBudget".into()),
            ("metadata", metadata),
            ("spec", spec),
        ])
    }
}

fn can_have_one(workload: &Workload<'_>) -> Result<(), Without> {
    let kind = &workload.kind;
    let is_whole = kind.template == Template::Full;
    if !kind.scalable || kind.runs_to_completion || !is_whole {
        let message = format!(
            "a {} has no number of pods that a budget could be measured by",
            kind.kind
        );
        return Err(Without("kind", message));
    }
    if workload.owner.name().is_empty() {
        let message = "has no name that a budget could take";
        return Err(Without("no-name", message.to_owned()));
    }
    match workload.floor {
        0 => {
            let message =
                "may have no pod at all, and a budget for the first one would block every drain";
            Err(Without("no-replicas", message.to_owned()))
        }
        1 => {
            let message = "may have a single pod, and a budget for it would block every drain or protect nothing";
            Err(Without("single-replica", message.to_owned()))
        }
        _ => Ok(()),
    }
}
