//! Policies as objects, and what authors have in their place.

use sdk::{Node, Order as _, Plan, Resource, Severity, Value, json};

use super::grants::Grants;
use super::scene::Scene;
use crate::{evidence, making};

/// An author's policy has the name of one that would be made (061).
pub(super) const TAKEN: &str = "taken-authorization-policy";

/// A policy that is about to be made.
pub(super) struct Policy<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: String,
    pub(super) spec: Value,
    pub(super) evidence: String,
}

impl Policy<'_> {
    fn object(self, scene: &Scene<'_>) -> Value {
        let mut metadata = json!({"name": self.name, "namespace": self.namespace});
        if let Value::Object(map) = &mut metadata
            && !self.evidence.is_empty()
        {
            let annotations = object([(evidence::ANNOTATION, self.evidence.into())]);
            map.insert("annotations".to_owned(), annotations);
        }
        object([
            ("apiVersion", super::api_version(scene.survey.run).into()),
            ("kind", "AuthorizationPolicy".into()),
            ("metadata", metadata),
            ("spec", self.spec),
        ])
    }

    /// Makes it for an object, unless an author's has its name.
    pub(super) fn make(self, plan: &mut Plan, scene: &Scene<'_>, subject: &Resource<'_>) {
        let Some(authored) = scene.authored(self.namespace, &self.name) else {
            let otherwise = "as `authorization.mode` asks";
            return making::generate(plan, self.object(scene), subject, otherwise);
        };
        let resource = authored.resource;
        let (place, subject) = (
            resource.place().field("spec"),
            (resource, scene.survey.resources),
        );
        if means_the_same(resource.node.get("spec"), &self.spec) {
            let message = "is what would be made for the calls that are known; take it away, and it is kept up to date";
            return plan.report(TAKEN, Severity::Info, subject, &place, message, None);
        }
        let message = "has the name of the policy for the calls that are known, and lets in others; give it another name, or make it the same";
        let proposed = Some(&self.spec);
        plan.report(TAKEN, Severity::Error, subject, &place, message, proposed);
    }
}

/// The `spec` of a policy that lets in whom grants name, for the workloads with some labels.
pub(super) fn allowing(
    labels: &std::collections::BTreeMap<String, String>,
    grants: &Grants,
    trust_domain: &str,
) -> Value {
    object([
        ("selector", json!({"matchLabels": labels})),
        ("action", "ALLOW".into()),
        ("rules", Value::Array(grants.rules(trust_domain))),
    ])
}

/// A map of these fields. `json!` would copy what it is given.
pub(super) fn object<const FIELDS: usize>(fields: [(&str, Value); FIELDS]) -> Value {
    let fields = fields.into_iter();
    Value::Object(fields.map(|(key, value)| (key.to_owned(), value)).collect())
}

fn means_the_same(authored: Option<Node<'_>>, made: &Value) -> bool {
    let authored = authored.and_then(|node| node.to_value().ok());
    canonical(authored.unwrap_or_else(|| json!({}))) == canonical(made.clone())
}

/// The same without what makes no difference: the order of lists and of fields, and `ALLOW`, which is what counts
/// where nothing is said.
fn canonical(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let is_default =
                |key: &str, value: &Value| key == "action" && value.as_str() == Some("ALLOW");
            let mut entries: Vec<(String, Value)> = map
                .into_iter()
                .filter(|(key, value)| !is_default(key, value) && !value.is_null())
                .map(|(key, value)| (key, canonical(value)))
                .collect();
            entries.order_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(canonical).collect();
            items.order_by_key(Value::to_string);
            Value::Array(items)
        }
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_lists_and_the_default_action_make_no_difference() {
        let one = json!({"action": "ALLOW", "rules": [{"from": ["a", "b"]}, {"to": []}]});
        let other = json!({"rules": [{"to": []}, {"from": ["b", "a"]}], "selector": null});
        assert_eq!(canonical(one.clone()), canonical(other));
        let deny = json!({"action": "DENY", "rules": one["rules"]});
        assert_ne!(canonical(one), canonical(deny));
    }
}
