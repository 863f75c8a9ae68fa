//! A reference that was found.

use std::borrow::Cow;

use yaml::Node;

use super::row::{ConfigurationKind, How};
use crate::resource::{Place, Resource};
use crate::workload::Pod;

/// A field that names a ConfigMap or Secret.
#[derive(Clone, Debug)]
pub struct Reference<'r> {
    /// The object that refers.
    pub from: &'r Resource<'r>,
    /// The pod template the field is in, if any.
    pub pod: Option<Pod<'r>>,
    /// The field that holds the name.
    pub place: Place,
    /// The map that the name is in, where `key`, `items` and the like stand.
    pub beside: Node<'r>,
    /// What it names.
    pub kind: ConfigurationKind,
    /// The namespace it means; none where only the cluster knows.
    pub namespace: Option<Cow<'r, str>>,
    /// By which way the object comes in.
    pub how: How,
    /// Whether the referrer copes with an object that is not there.
    pub is_optional: bool,
    /// Whether the object is only spoken of, not read.
    pub is_soft: bool,
    /// What the input has under that name.
    pub referent: Referent<'r>,
    pub(super) text: Cow<'r, str>,
    pub(super) name_at: usize,
}

/// What a reference leads to.
#[derive(Clone, Debug)]
pub enum Referent<'r> {
    /// Nothing in the input, which may be part of a whole.
    Absent,
    /// One object.
    One(&'r Resource<'r>),
    /// Several objects that nothing tells apart, in the order of the input. Where the reference has no
    /// namespace, each may be meant in its own.
    Several(Vec<&'r Resource<'r>>),
}

impl<'r> Reference<'r> {
    /// The name as written.
    pub fn name(&self) -> &str {
        self.text.get(self.name_at..).unwrap_or_default()
    }

    /// The object that it means, where the input has it and there is no doubt.
    pub fn target(&self) -> Option<&'r Resource<'r>> {
        match self.referent {
            Referent::One(object) => Some(object),
            Referent::Absent | Referent::Several(_) => None,
        }
    }

    /// What the field must hold to name the object `name` instead: whatever stands before the name stays.
    pub fn renamed(&self, name: &str) -> String {
        let before = self.text.get(..self.name_at).unwrap_or_default();
        [before, name].concat()
    }
}
