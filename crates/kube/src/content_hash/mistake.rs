//! Why an object has no content hash, and what to write instead. Keys are named, values never.

use std::fmt;

/// What stands in the way of a content hash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HashError {
    field: &'static str,
    key: Option<String>,
    problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Problem {
    /// The object is neither a ConfigMap nor a Secret.
    Kind,
    /// A list stands for a map.
    List,
    /// A scalar that is not null stands for a map.
    Scalar,
    /// A map or list stands for text.
    Collection,
    /// A key is a number, a boolean, null or a date.
    Key,
    /// A key is a map or a list.
    KeyCollection,
    /// A key reads as a merge and merges nothing.
    Merge,
    /// A value is a number, a boolean or a date.
    Value,
    /// A value is null, or missing.
    Null,
    /// A value is a map or a list.
    ValueCollection,
}

impl HashError {
    pub(super) fn of_field(field: &'static str, problem: Problem) -> Self {
        Self {
            field,
            key: None,
            problem,
        }
    }

    pub(super) fn of_key(field: &'static str, key: &str, problem: Problem) -> Self {
        Self {
            field,
            key: Some(key.to_owned()),
            problem,
        }
    }

    /// The field of the object that it is about.
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// The key in that field, where it is about one that has a name.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

impl std::error::Error for HashError {}

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.field;
        match (self.problem, self.key()) {
            (Problem::KeyCollection, _) => write!(f, "a key in `{field}`")?,
            (Problem::Key | Problem::Merge, Some(key)) => write!(f, "key {key:?} in `{field}`")?,
            (_, Some(key)) => write!(f, "{key:?} in `{field}`")?,
            (_, None) => write!(f, "`{field}`")?,
        }
        let (demand, advice) = self.problem.told();
        write!(f, " must {demand}; {advice}")
    }
}

impl Problem {
    /// What must be, and what to do.
    fn told(self) -> (&'static str, &'static str) {
        const QUOTE: &str = "put it in quotes";
        match self {
            Self::Kind => (
                "be ConfigMap or Secret, of `apiVersion: v1`",
                "leave other objects out",
            ),
            Self::List => ("be a map, not a list", "write keys and values"),
            Self::Scalar => ("be a map, not a single value", "write keys and values"),
            Self::Collection => ("be a string, not a map or list", "write the text alone"),
            Self::Key | Self::Value => ("be a string", QUOTE),
            Self::KeyCollection => ("be a string, not a map or list", QUOTE),
            Self::Merge => ("not be a merge", "choose another key"),
            Self::Null => ("be a string", "write \"\" if it is to be empty"),
            Self::ValueCollection => (
                "be a string, not a map or list",
                "put it in quotes or in a block behind `|`",
            ),
        }
    }
}
