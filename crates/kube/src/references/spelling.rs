//! What a field says about the object that it names, and how the name is spelled there.

use yaml::Node;

use super::row::{Condition, ConfigurationKind, How, ReferenceRow};

/// What is the same for every name that a row finds.
#[derive(Clone, Debug)]
pub(super) struct Meaning {
    pub(super) target: ConfigurationKind,
    pub(super) how: How,
    pub(super) namespace_key: Option<String>,
    pub(super) namespace: Option<String>,
    when: Vec<Condition>,
    optional: bool,
    pub(super) soft: bool,
    slashed: bool,
    prefix: String,
}

/// How a name is written in its field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spelling<'a> {
    /// The namespace in front of it.
    pub(super) namespace: Option<&'a str>,
    /// The name.
    pub(super) name: &'a str,
}

impl Meaning {
    pub(super) fn of(row: &ReferenceRow) -> Self {
        Self {
            target: row.target,
            how: row.how,
            namespace_key: row.namespace_key.clone(),
            namespace: row.namespace.clone(),
            when: row.when.clone(),
            optional: row.optional,
            soft: row.soft,
            slashed: row.slashed,
            prefix: row.prefix.clone(),
        }
    }

    /// Whether what must stand beside a name does.
    pub(super) fn fits(&self, beside: Node<'_>) -> bool {
        self.when.iter().all(|when| when.holds(beside))
    }

    /// Whether the referrer copes with a missing object, by what stands beside the name or by its kind.
    pub(super) fn is_optional(&self, beside: Node<'_>) -> bool {
        let told = beside.get("optional").and_then(Node::as_bool);
        told.unwrap_or(self.optional)
    }

    /// Takes the text of a field apart. What is empty, a variable of a template or an address of another
    /// scheme names no object that anybody could know.
    pub(super) fn spelling<'a>(&self, text: &'a str) -> Option<Spelling<'a>> {
        let rest = text.strip_prefix(self.prefix.as_str())?;
        let (namespace, name) = match rest.split_once('/').filter(|_| self.slashed) {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, rest),
        };
        let is_unknowable = name.is_empty() || is_variable(rest) || rest.contains(':');
        (!is_unknowable).then_some(Spelling { namespace, name })
    }
}

/// Whether something puts another text in the place of this one, so that nobody can know what it will be.
pub(super) fn is_variable(text: &str) -> bool {
    text.contains(['$', '{'])
}
