//! What an autoscaler refers to.

use std::borrow::Cow;

use yaml::Node;

use crate::resource::{Resource, Resources};

/// A reference to a workload in the namespace of the autoscaler that holds it.
#[derive(Clone, Debug)]
pub(crate) struct Target<'r> {
    group: String,
    kind: Cow<'r, str>,
    name: Cow<'r, str>,
}

impl<'r> Target<'r> {
    /// What an autoscaler refers to; none where it names nothing.
    pub(crate) fn of(from: &Resource<'r>) -> Option<Self> {
        let spec = from.node.get("spec")?;
        let field = match from.kind() {
            "VerticalPodAutoscaler" => "targetRef",
            _ => "scaleTargetRef",
        };
        let reference = spec.get(field)?;
        let text = |key| reference.get(key).and_then(Node::text);
        let api_version = text("apiVersion").unwrap_or_default();
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        Some(Self {
            group: group.to_owned(),
            kind: text("kind")?,
            name: text("name")?,
        })
    }

    /// Group, kind and name.
    pub(crate) fn names(&self) -> [&str; 3] {
        [&self.group, &self.kind, &self.name]
    }

    /// The object that is meant.
    pub(crate) fn find<'t>(
        &self,
        resources: &'r Resources<'t>,
        from: &Resource<'t>,
    ) -> Option<&'r Resource<'t>> {
        resources.referent(from, &self.group, &self.kind, &self.name)
    }
}
