//! What a function has to say: findings, and how they look in results and on stderr.

use std::borrow::Cow;
use std::fmt::Write as _;

use kube::Resource;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::generate::sort_key;
use crate::location::Spot;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// What was changed, kept or skipped, and why.
    Info,
    /// Accepted by the cluster, but dangerous.
    Warning,
    /// It would be refused, or it contradicts itself.
    Error,
}

impl Severity {
    /// As results have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How a decision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Something was written.
    Changed,
    /// What the author wrote stays.
    Kept,
    /// Nothing was written, for a reason.
    Skipped,
    /// Something is wrong.
    Violation,
}

impl Outcome {
    /// As the tags of a result have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Kept => "kept",
            Self::Skipped => "skipped",
            Self::Violation => "violation",
        }
    }
}

/// Which object a finding is about; owned, so that it outlives the step that made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The file and the number in it that kpt, kustomize or the command line gave.
    pub(crate) file: Option<(String, u64)>,
}

impl Identity {
    /// The identity of an object of the input.
    pub fn of(resource: &Resource<'_>) -> Self {
        let annotations = resource.annotations();
        let first = |keys: [&str; 2]| keys.into_iter().find_map(|key| annotations.get(key));
        let index = first([
            "internal.config.kubernetes.io/index",
            "config.kubernetes.io/index",
        ]);
        let index = index.and_then(|index| index.parse().ok());
        let path = first([
            "internal.config.kubernetes.io/path",
            "config.kubernetes.io/path",
        ]);
        Self {
            api_version: resource.api_version().to_owned(),
            kind: resource.kind().to_owned(),
            namespace: resource.namespace().to_owned(),
            name: resource.name().to_owned(),
            file: path.map(|path| (path.into_owned(), index.unwrap_or(0))),
        }
    }

    /// The identity of an object that is to be added.
    pub(crate) fn of_value(object: &Value) -> Self {
        let [namespace, kind, name, api_version] = sort_key(object).map(str::to_owned);
        Self {
            api_version,
            kind,
            namespace,
            name,
            file: None,
        }
    }

    /// `Kind namespace/name`.
    pub(crate) fn label(&self) -> String {
        label(&self.kind, &self.namespace, &self.name)
    }

    /// The same of an object of the input.
    pub(crate) fn label_of(resource: &Resource<'_>) -> String {
        label(resource.kind(), resource.namespace(), resource.name())
    }

    fn to_value(&self) -> Value {
        let mut map = Map::new();
        for (key, text) in [
            ("apiVersion", &self.api_version),
            ("kind", &self.kind),
            ("name", &self.name),
            ("namespace", &self.namespace),
        ] {
            if !text.is_empty() {
                map.insert(key.to_owned(), text.as_str().into());
            }
        }
        Value::Object(map)
    }
}

fn label(kind: &str, namespace: &str, name: &str) -> String {
    let slash = if namespace.is_empty() { "" } else { "/" };
    let name = if name.is_empty() { "(no name)" } else { name };
    let label = [kind, " ", namespace, slash, name].concat();
    match label.strip_prefix(char::is_whitespace) {
        None => label,
        Some(label) => label.trim_start().to_owned(),
    }
}

/// Something a function did, left alone or found wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule, without the function's name.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// How the decision ended.
    pub outcome: Outcome,
    /// What a person reads.
    pub message: String,
    /// Why, as a slug.
    pub reason: Option<String>,
    /// The object it is about.
    pub subject: Option<Identity>,
    /// The field it is about.
    pub field: Option<String>,
    /// What stands in the field.
    pub current: Option<Value>,
    /// What should stand there.
    pub proposed: Option<Value>,
    /// The container it is about.
    pub container: Option<String>,
    /// The name of the pipeline's step that it comes from.
    pub step: Option<String>,
    /// Where it stands in what the user wrote, where anybody wants to know.
    pub(crate) spot: Option<Spot>,
}

impl Finding {
    /// A violation without an object.
    pub fn violation(rule: &str, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            rule: rule.to_owned(),
            severity,
            outcome: Outcome::Violation,
            message: message.into(),
            reason: None,
            subject: None,
            field: None,
            current: None,
            proposed: None,
            container: None,
            step: None,
            spot: None,
        }
    }

    /// The object it is about, if it says what it is; what is no map, for one, doesn't.
    pub(crate) fn known_subject(&self) -> Option<&Identity> {
        let is_known = |subject: &&Identity| !(subject.kind.is_empty() && subject.name.is_empty());
        self.subject.as_ref().filter(is_known)
    }

    /// The message in one line.
    pub(crate) fn one_line(&self) -> Cow<'_, str> {
        one_line(&self.message)
    }

    /// The line on stderr.
    pub(crate) fn line(&self, function: &str) -> String {
        let mut line = format!("{}[{function}/{}] ", self.severity.as_str(), self.rule);
        if let Some(subject) = self.known_subject() {
            let _ = write!(line, "{}: ", subject.label());
        }
        line.push_str(&one_line(&self.message));
        if let Some(field) = &self.field {
            let _ = write!(line, " ({field})");
        }
        line
    }

    /// The entry of `results`. kpt shows neither tags nor proposals, so the message names the rule.
    pub fn to_result(&self, function: &str) -> Value {
        let mut result = Map::new();
        let message = format!("{} [{function}/{}]", one_line(&self.message), self.rule);
        result.insert("message".to_owned(), message.into());
        result.insert("severity".to_owned(), self.severity.as_str().into());
        if let Some(subject) = self.known_subject() {
            result.insert("resourceRef".to_owned(), subject.to_value());
            if let Some(path) = &self.field {
                let mut field = Map::new();
                field.insert("path".to_owned(), path.as_str().into());
                for (key, value) in [
                    ("currentValue", &self.current),
                    ("proposedValue", &self.proposed),
                ] {
                    if let Some(value) = value {
                        field.insert(key.to_owned(), value.clone());
                    }
                }
                result.insert("field".to_owned(), Value::Object(field));
            }
            if let Some((path, index)) = &subject.file {
                result.insert("file".to_owned(), json!({"path": path, "index": index}));
            }
        }
        let mut tags = Map::new();
        tags.insert(
            "rule".to_owned(),
            format!("{function}/{}", self.rule).into(),
        );
        tags.insert("outcome".to_owned(), self.outcome.as_str().into());
        for (key, value) in [
            ("reason", &self.reason),
            ("container", &self.container),
            ("step", &self.step),
        ] {
            if let Some(value) = value {
                tags.insert(key.to_owned(), value.as_str().into());
            }
        }
        result.insert("tags".to_owned(), Value::Object(tags));
        Value::Object(result)
    }
}

fn one_line(message: &str) -> Cow<'_, str> {
    let mut before = b' ';
    let is_one = message.bytes().all(|byte| {
        let is_single = byte != b' ' || before != b' ';
        before = byte;
        is_single && matches!(byte, b' '..=b'~')
    });
    if is_one && before != b' ' {
        return Cow::Borrowed(message);
    }
    Cow::Owned(message.split_whitespace().collect::<Vec<_>>().join(" "))
}
