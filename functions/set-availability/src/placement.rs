//! Which nodes pods run on, and which pods give way to others.

use std::collections::BTreeMap;

use sdk::serde_json::Map;
use sdk::{Decision, Mode, Node, Place, Plan, Pod, Rule, Severity, Value};

use crate::rollout::Field;
use crate::settings::{Chosen, Settings};
use crate::shutdown::foreign;
use crate::survey::{Survey, Workload};

/// What is decided and found about placement.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        "priority-class",
        Severity::Info,
        "Sets the priority class of pods that name none.",
    ),
    Rule::new(
        "node-selector",
        Severity::Info,
        "Sets the labels that a node must have.",
    ),
    Rule::new(
        "tolerations",
        Severity::Info,
        "Sets the taints that pods put up with.",
    ),
    Rule::new(
        "node-affinity",
        Severity::Info,
        "Sets which nodes pods must or should run on.",
    ),
    Rule::new(
        "unknown-priority-class",
        Severity::Info,
        "The priority class of a pod isn't in the input.",
    ),
];

/// Fills what the configuration asks for; about what it doesn't ask for there is nothing to decide.
pub(crate) fn decide<'r>(plan: &mut Plan, survey: &Survey<'_, 'r>, workload: &Workload<'r>) {
    let Some(settings) = workload.pod_settings.as_deref() else {
        return;
    };
    for pod in &workload.pods {
        let one = One {
            workload,
            settings,
            mode: survey.context.mode(),
            pod: *pod,
        };
        one.priority_class(plan);
        one.nodes(plan);
    }
}

/// A pod and what applies to it.
struct One<'s, 'r> {
    workload: &'s Workload<'r>,
    settings: &'s Settings,
    mode: Mode,
    pod: Pod<'r>,
}

impl<'r> One<'_, 'r> {
    fn field(&self, place: Place, name: &'static str) -> Field<'r> {
        Field::new(self.workload.template_owner(), place, name)
    }

    fn open<'p>(&self, plan: &'p mut Plan, rule: &'static str) -> Option<Decision<'p, 'r>> {
        let decision = plan.decide(rule, self.pod)?;
        if let Some((reason, message)) = foreign(self.workload, self.pod) {
            decision.skip(reason, message);
            return None;
        }
        Some(decision)
    }

    fn priority_class(&self, plan: &mut Plan) {
        let field = self.field(self.pod.field("priorityClassName"), "priorityClassName");
        let chosen = self.settings.priority_class_name.as_ref();
        if chosen.is_some()
            && let Some(decision) = self.open(plan, "priority-class")
        {
            if self.pod.get("priority").is_some() {
                // The API server computes the number from the class, and refuses another one.
                let message = "no `priorityClassName`: the author wrote `priority` as a number";
                decision.skip("authored", message);
            } else {
                field.fill(decision, self.mode, chosen);
            }
        }
        let is_ours = field.takes(self.mode, chosen)
            && foreign(self.workload, self.pod).is_none()
            && !plan.is_skipped("priority-class", self.pod);
        let name = if is_ours {
            chosen.map(|chosen| chosen.value.clone())
        } else {
            field.authored.and_then(Node::text).map(Into::into)
        };
        if let Some(name) = name {
            self.check_class(plan, &field.place, &name);
        }
    }

    /// Somebody else may well keep it: clusters are set up elsewhere.
    fn check_class(&self, plan: &mut Plan, place: &Place, name: &str) {
        let resources = self.workload.resources;
        let namespace = resources.default_namespace();
        let identity = ["scheduling.k8s.io", "PriorityClass", namespace, name];
        let is_known =
            name.is_empty() || name.starts_with("system-") || resources.find(identity).is_some();
        if !is_known {
            let message = format!(
                "the PriorityClass \"{name}\" isn't in the input; make sure that the cluster has it, or pods are refused"
            );
            let rule = "unknown-priority-class";
            plan.report(rule, Severity::Info, self.pod, place, message, None);
        }
    }

    fn nodes(&self, plan: &mut Plan) {
        let wanted = &self.settings.placement;
        let field = self.field(self.pod.field("nodeSelector"), "nodeSelector");
        let selector = wanted.node_selector.as_ref().map(|own| valued(own, labels));
        self.fill(plan, "node-selector", &field, selector);
        let field = self.field(self.pod.field("tolerations"), "tolerations");
        let tolerations = wanted
            .tolerations
            .as_ref()
            .map(|own| valued(own, |own| list(own)));
        self.fill(plan, "tolerations", &field, tolerations);
        let place = self.pod.field("affinity").field("nodeAffinity");
        let field = self.field(place, "nodeAffinity");
        let affinity = wanted.node_affinity.as_ref();
        let affinity = affinity.map(|own| valued(own, |own| Value::Object(own.clone())));
        self.fill(plan, "node-affinity", &field, affinity);
    }

    fn fill(
        &self,
        plan: &mut Plan,
        rule: &'static str,
        field: &Field<'r>,
        chosen: Option<Chosen<Value>>,
    ) {
        let Some(chosen) = chosen else { return };
        let Some(decision) = self.open(plan, rule) else {
            return;
        };
        // A map without anything in it is there, and all that could be in it is absent.
        let is_empty = |node: Node<'_>| node.is_map() && node.entries().next().is_none();
        match (field.authored, &chosen.value) {
            (Some(node), Value::Object(wanted)) if is_empty(node) => {
                let children = wanted.iter();
                let children =
                    children.map(|(key, value)| (field.place.field(key.as_str()), value.clone()));
                let message = format_args!("set `{}`, as configured", field.name);
                decision.set_all(children.collect(), message);
            }
            _ => field.fill(decision, self.mode, Some(&chosen)),
        }
    }
}

/// The same choice as a value of a manifest.
fn valued<T>(chosen: &Chosen<T>, value: impl FnOnce(&T) -> Value) -> Chosen<Value> {
    Chosen {
        value: value(&chosen.value),
        is_user: chosen.is_user,
        is_override: chosen.is_override,
    }
}

fn labels(labels: &BTreeMap<String, String>) -> Value {
    let entries = labels.iter();
    let entries = entries.map(|(key, value)| (key.clone(), Value::String(value.clone())));
    Value::Object(entries.collect())
}

fn list(maps: &[Map<String, Value>]) -> Value {
    Value::Array(maps.iter().cloned().map(Value::Object).collect())
}
