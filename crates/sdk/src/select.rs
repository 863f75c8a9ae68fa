//! Which objects and containers an entry of `targets`, `exclude` or `overrides` means.

use kube::{Container, ContainerType, Glob, LabelSelector, Resource, Resources, Selector, selects};
use schemars::JsonSchema;
use serde::Deserialize;

/// What to look at. All fields must match, and of one field any value; an absent field matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Target {
    /// Kinds, with or without their group: `Deployment`, `StatefulSet.apps`.
    pub kinds: Vec<String>,
    /// Globs for the object's name.
    pub names: Vec<Glob>,
    /// Globs for its namespace.
    pub namespaces: Vec<Glob>,
    /// Its labels.
    pub label_selector: Option<LabelSelector>,
    /// Its annotations.
    pub annotation_selector: Option<LabelSelector>,
    /// Globs for the container's name.
    pub containers: Vec<Glob>,
    /// Globs for the repository of its image, compared segment by segment from the end.
    pub images: Vec<Glob>,
    /// What the container is for.
    pub container_types: Vec<ContainerType>,
}

/// A target, ready to match.
#[derive(Clone, Debug)]
pub struct Matcher {
    pub(crate) target: Target,
    labels: Option<Selector>,
    annotations: Option<Selector>,
}

impl Matcher {
    /// Compiles the selectors; or the field that the API server would refuse, and why.
    pub fn new(target: Target) -> Result<Self, (&'static str, String)> {
        let compile = |selector: &Option<LabelSelector>, field| {
            selector
                .as_ref()
                .map(LabelSelector::compile)
                .transpose()
                .map_err(|message| (field, message))
        };
        Ok(Self {
            labels: compile(&target.label_selector, "labelSelector")?,
            annotations: compile(&target.annotation_selector, "annotationSelector")?,
            target,
        })
    }

    /// Whether the object fits; its containers aren't looked at.
    pub fn fits_resource(&self, resources: &Resources<'_>, resource: &Resource<'_>) -> bool {
        let Target {
            kinds,
            names,
            namespaces,
            ..
        } = &self.target;
        let namespace = || resources.namespace_of(resource);
        (kinds.is_empty() || kinds.iter().any(|kind| resource.is_kind(kind)))
            && (names.is_empty() || names.iter().any(|glob| glob.matches(resource.name())))
            && (namespaces.is_empty() || namespaces.iter().any(|glob| glob.matches(namespace())))
            && self
                .labels
                .as_ref()
                .is_none_or(|selector| selects(selector, resource.labels()))
            && self
                .annotations
                .as_ref()
                .is_none_or(|selector| selects(selector, resource.annotations()))
    }

    /// Whether the container fits; its object isn't looked at.
    pub(crate) fn fits_container(&self, container: Container<'_>) -> bool {
        let Target {
            containers,
            images,
            container_types,
            ..
        } = &self.target;
        (containers.is_empty()
            || containers
                .iter()
                .any(|glob| glob.matches(&container.name())))
            && (images.is_empty() || images.iter().any(|glob| container.has_image(glob)))
            && (container_types.is_empty() || container_types.contains(&container.kind()))
    }

    /// Whether it says anything about containers.
    pub(crate) fn is_about_containers(&self) -> bool {
        let Target {
            containers,
            images,
            container_types,
            ..
        } = &self.target;
        !(containers.is_empty() && images.is_empty() && container_types.is_empty())
    }

    /// Whether one of its kinds is named outright.
    pub(crate) fn names_kind(&self, resource: &Resource<'_>) -> bool {
        self.target.kinds.iter().any(|kind| resource.is_kind(kind))
    }
}
