//! Labels and the selectors over them, evaluated as the API server does; the tests compare that with kube-core.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use kube_core::Expression;
use schemars::JsonSchema;
use serde::Deserialize;
use yaml::Node;
use yaml::order::Collect as _;

/// The labels or annotations of an object or pod.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'t>(pub(crate) Option<Node<'t>>);

impl<'t> Labels<'t> {
    /// The value of `key`; text only, as the API server has it.
    pub fn get(self, key: &str) -> Option<Cow<'t, str>> {
        self.0?.get(key)?.text()
    }

    /// Keys and values.
    pub fn iter(self) -> impl Iterator<Item = (Cow<'t, str>, Cow<'t, str>)> {
        let entries = self.0.into_iter().flat_map(Node::fields);
        entries.filter_map(|(key, value)| Some((key.text()?, value.text()?)))
    }

    /// The labels as a map.
    pub fn to_map(self) -> BTreeMap<String, String> {
        self.iter()
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .into_map()
    }
}

/// A label selector, ready to be held against labels: expressions that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Expression>);

/// A label selector in the form of the Kubernetes API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// Labels that must have exactly these values.
    pub match_labels: BTreeMap<String, String>,
    /// Requirements that must all hold.
    pub match_expressions: Vec<Requirement>,
}

/// One requirement of a label selector.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// How the label relates to the values.
    pub operator: Operator,
    /// The values; none for Exists and DoesNotExist.
    #[serde(default)]
    pub values: BTreeSet<String>,
}

/// How a label relates to the values of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Operator {
    /// The label has one of the values.
    In,
    /// The label is absent or has none of the values.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is not there.
    DoesNotExist,
}

impl LabelSelector {
    /// The selector in force, or what the API server would refuse about it.
    pub fn compile(&self) -> Result<Selector, String> {
        let labels = self.match_labels.iter();
        let labels = labels.map(|(key, value)| Expression::Equal(key.clone(), value.clone()));
        let mut expressions: Vec<Expression> = labels.collect();
        for requirement in &self.match_expressions {
            expressions.push(requirement.compile()?);
        }
        Ok(Selector(expressions))
    }

    /// The same selector from a node of a manifest: a LabelSelector, or the plain map of labels that a
    /// Service has; none where it is neither.
    pub fn of_node(node: Node<'_>) -> Option<Self> {
        let is_typed = node.get("matchLabels").is_some() || node.get("matchExpressions").is_some();
        if is_typed {
            return yaml::read(node, &[]).ok();
        }
        let match_labels = yaml::read(node, &[]).ok()?;
        Some(Self {
            match_labels,
            match_expressions: Vec::new(),
        })
    }
}

impl Requirement {
    fn compile(&self) -> Result<Expression, String> {
        let (key, values) = (self.key.clone(), self.values.clone());
        let wants_values = matches!(self.operator, Operator::In | Operator::NotIn);
        match (wants_values, values.is_empty()) {
            (true, true) => {
                return Err(format!(
                    "`values` of the requirement on `{key}` must not be empty"
                ));
            }
            (false, false) => {
                return Err(format!(
                    "`values` of the requirement on `{key}` must be empty"
                ));
            }
            _ => {}
        }
        Ok(match self.operator {
            Operator::In => Expression::In(key, values),
            Operator::NotIn => Expression::NotIn(key, values),
            Operator::Exists => Expression::Exists(key),
            Operator::DoesNotExist => Expression::DoesNotExist(key),
        })
    }
}

impl Selector {
    /// Whether it covers labels, by what they have under a key.
    pub(crate) fn covers<'l>(&self, get: impl Fn(&str) -> Option<Cow<'l, str>>) -> bool {
        let holds = |expression: &Expression| match expression {
            Expression::In(key, values) => get(key).is_some_and(|own| values.contains(&*own)),
            Expression::NotIn(key, values) => get(key).is_none_or(|own| !values.contains(&*own)),
            Expression::Equal(key, value) => get(key).is_some_and(|own| own == *value),
            Expression::NotEqual(key, value) => get(key).is_none_or(|own| own != *value),
            Expression::Exists(key) => get(key).is_some(),
            Expression::DoesNotExist(key) => get(key).is_none(),
        };
        self.0.iter().all(holds)
    }
}

/// Whether `selector` covers `labels`.
pub fn selects(selector: &Selector, labels: Labels<'_>) -> bool {
    selector.covers(|key| labels.get(key))
}

#[cfg(test)]
mod tests {
    use kube_core::SelectorExt as _;

    use super::*;

    fn selects_text(selector: &str, labels: &str) -> Result<bool, String> {
        let read = |text: &str| yaml::parse(text.to_owned()).unwrap();
        let (selector, labels) = (read(selector), read(labels));
        let root =
            |stream: &'_ yaml::Stream| stream.documents().next().unwrap().root().unwrap().id();
        let selector = LabelSelector::of_node(selector.node(root(&selector))).unwrap();
        let labels = Labels(Some(labels.node(root(&labels))));
        let selector = selector.compile()?;
        let of_kube_core: kube_core::Selector = selector.0.iter().cloned().collect();
        let is_selected = selects(&selector, labels);
        assert_eq!(is_selected, of_kube_core.matches(&labels.to_map()));
        Ok(is_selected)
    }

    #[test]
    fn selectors_mean_what_the_api_server_means() {
        let table = [
            ("{app: web}", "{app: web, x: y}", true),
            ("{app: web}", "{app: api}", false),
            ("{matchLabels: {app: web}}", "{app: web}", true),
            (
                "{matchExpressions: [{key: tier, operator: In, values: [a, b]}]}",
                "{tier: b}",
                true,
            ),
            (
                "{matchExpressions: [{key: tier, operator: NotIn, values: [a]}]}",
                "{}",
                true,
            ),
            (
                "{matchExpressions: [{key: tier, operator: Exists}]}",
                "{}",
                false,
            ),
            (
                "{matchExpressions: [{key: tier, operator: DoesNotExist}]}",
                "{}",
                true,
            ),
            ("{}", "{app: web}", true),
        ];
        for (selector, labels, expected) in table {
            assert_eq!(
                selects_text(selector, labels),
                Ok(expected),
                "{selector} {labels}"
            );
        }
        let refused = selects_text("{matchExpressions: [{key: tier, operator: In}]}", "{}");
        assert_eq!(
            refused,
            Err("`values` of the requirement on `tier` must not be empty".to_owned())
        );
    }
}
