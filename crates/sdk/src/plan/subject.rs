//! What decisions and checks are about.

use kube::{Container, Place, Pod, Resource};
use serde_json::Value;
use yaml::{Node, Step};

use crate::skip::Skips;

/// What a decision or check is about.
#[derive(Clone, Copy)]
pub enum Subject<'r> {
    /// An object as a whole.
    Resource(&'r Resource<'r>, &'r kube::Resources<'r>),
    /// A pod.
    Pod(Pod<'r>),
    /// A container.
    Container(Container<'r>),
}

impl<'r> From<Pod<'r>> for Subject<'r> {
    fn from(pod: Pod<'r>) -> Self {
        Self::Pod(pod)
    }
}

impl<'r> From<Container<'r>> for Subject<'r> {
    fn from(container: Container<'r>) -> Self {
        Self::Container(container)
    }
}

impl<'r> From<(&'r Resource<'r>, &'r kube::Resources<'r>)> for Subject<'r> {
    fn from((resource, resources): (&'r Resource<'r>, &'r kube::Resources<'r>)) -> Self {
        Self::Resource(resource, resources)
    }
}

impl<'r> Subject<'r> {
    pub(super) fn resource(self) -> Option<&'r Resource<'r>> {
        match self {
            Self::Resource(resource, _) => Some(resource),
            Self::Pod(pod) => pod.template_owner(),
            Self::Container(container) => container.pod.template_owner(),
        }
    }

    pub(super) fn container(self) -> Option<String> {
        match self {
            Self::Container(container) => {
                Some(container.name().into_owned()).filter(|name| !name.is_empty())
            }
            _ => None,
        }
    }

    pub(super) fn place(self) -> Option<Place> {
        match self {
            Self::Container(container) => Some(container.place()),
            _ => None,
        }
    }

    /// What the skips that concern it are kept under.
    pub(super) fn key(self) -> (usize, u32) {
        let number = self
            .resource()
            .map_or(usize::MAX, |resource| resource.number);
        let pod = match self {
            Self::Resource(..) => None,
            Self::Pod(pod) => Some(pod),
            Self::Container(container) => Some(container.pod),
        };
        (number, pod.map_or(u32::MAX, Pod::number))
    }

    pub(super) fn skips(self) -> Skips {
        match self {
            Self::Resource(resource, resources) => Skips::of_resource(resources, resource),
            Self::Pod(pod) => Skips::of_pod(pod),
            Self::Container(container) => Skips::of_pod(container.pod),
        }
    }

    /// The node at a place of the subject's object.
    pub(super) fn node(self, place: &Place) -> Option<Node<'r>> {
        self.resource()?.node.follow(&place.path.0)
    }

    /// The single value that stands at a place. A secret never leaves its object, and maps that may hold one
    /// stay where they are.
    pub(super) fn current(self, place: &Place) -> Option<Value> {
        let is_secret = self
            .resource()
            .is_none_or(|resource| is_content(resource, place));
        let node = self
            .node(place)
            .filter(|node| !is_secret && !node.is_map() && !node.is_seq())?;
        node.to_value().ok()
    }
}

/// Whether a place holds what a Secret, a ConfigMap or a history of ConfigMaps is there to hold, or a text of a
/// container's own, which may hold a password or be long.
fn is_content(resource: &Resource<'_>, place: &Place) -> bool {
    let is_key =
        |step: &Step, names: &[&str]| matches!(step, Step::Key(key) if names.contains(&&**key));
    let steps = &place.path.0;
    let is_data = || {
        let first = steps.first();
        first.is_some_and(|first| is_key(first, &["data", "binaryData"]))
    };
    let is_text = || {
        let mut pairs = steps.windows(2);
        pairs.any(|pair| match pair {
            [list, Step::Index(_)] => is_key(list, &["env", "args", "command"]),
            _ => false,
        })
    };
    resource.is("", "Secret")
        || resource.group() == "history.plimsoll.dev"
        || (resource.is("", "ConfigMap") && is_data())
        || is_text()
}
