//! What the API server or kustomize would not take.
//!
//! Keys are named, values never: not in a ConfigMap either, since nobody knows what is in it.

mod base64;
mod character;
mod key;
mod size;

use std::borrow::Cow;
use std::collections::BTreeMap;

use sdk::{HashError, Node, Path, Resource, Severity};

use character::Character;
use size::{Size, Verdict};

/// The texts of an object, by field and key.
type Fields<'t> = BTreeMap<&'static str, BTreeMap<Cow<'t, str>, Cow<'t, str>>>;

/// What keeps the API server from taking a ConfigMap or Secret, or kustomize from passing it on.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    /// From the object's root.
    pub(crate) path: Path,
    pub(crate) message: String,
}

/// A text with where it stands.
#[derive(Clone, Copy)]
struct Entry<'t> {
    field: &'static str,
    key: &'t str,
    text: &'t str,
}

/// All that is wrong with the content of a ConfigMap or Secret; nothing is, with other objects.
pub(crate) fn problems(object: &Resource<'_>, is_in_kustomize: bool) -> Vec<Problem> {
    of(object.node, is_in_kustomize)
}

/// The same of a node.
pub(crate) fn of(object: Node<'_>, is_in_kustomize: bool) -> Vec<Problem> {
    let text = |field| object.get(field).and_then(Node::text).unwrap_or_default();
    let is_secret = match (&*text("apiVersion"), &*text("kind")) {
        ("v1", "Secret") => true,
        ("v1", "ConfigMap") => false,
        _ => return Vec::new(),
    };
    let (fields, mistakes) = HashError::all(object);
    let mut problems: Vec<_> = mistakes.iter().map(not_text).collect();
    let mut size = Size::default();
    for entry in entries(&fields) {
        problems.extend(bad_key(entry));
        let length = if is_base64(entry.field, is_secret) {
            let length = base64::decoded_len(entry.text);
            problems.extend(length.is_none().then(|| bad_base64(entry, is_secret)));
            length.unwrap_or_default()
        } else {
            problems.extend(control_character(entry, is_in_kustomize));
            entry.text.len()
        };
        if !is_overridden(entry, &fields) {
            size.add(entry.field, entry.key, length);
        }
    }
    problems.extend(in_both(&fields));
    problems.extend(too_large(&size));
    problems
}

fn entries<'f>(fields: &'f Fields<'_>) -> impl Iterator<Item = Entry<'f>> {
    fields.iter().flat_map(|(field, texts)| {
        texts
            .iter()
            .map(move |(key, text)| Entry { field, key, text })
    })
}

fn is_base64(field: &str, is_secret: bool) -> bool {
    field == "binaryData" || (is_secret && field == "data")
}

/// Whether the API server puts the value that `stringData` has under that key in the place of this one.
fn is_overridden(entry: Entry<'_>, fields: &Fields<'_>) -> bool {
    let winner = fields.get("stringData").filter(|_| entry.field == "data");
    winner.is_some_and(|winner| winner.contains_key(entry.key))
}

fn not_text(mistake: &HashError) -> Problem {
    let field = Path::from([mistake.field()]);
    let path = match mistake.key() {
        Some(key) => field.join(key),
        None => field,
    };
    Problem::error("not-text", path, mistake.to_string())
}

fn bad_key(entry: Entry<'_>) -> Option<Problem> {
    let fault = key::fault(entry.key)?;
    let message = format!("key {:?} in `{}` must {fault}", entry.key, entry.field);
    Some(Problem::error("bad-key", entry.path(), message))
}

/// Keys that stand in both maps of a ConfigMap. In a Secret they may: `stringData` goes before `data`.
fn in_both<'f>(fields: &'f Fields<'_>) -> impl Iterator<Item = Problem> + 'f {
    let both = fields.get("data").zip(fields.get("binaryData"));
    both.into_iter().flat_map(|(data, binary)| {
        let keys = data.iter().filter(|(key, _)| binary.contains_key(*key));
        keys.map(|(key, _)| {
            let message = format!(
                "key {key:?} must not be in both `data` and `binaryData`; remove one of them"
            );
            Problem::error("bad-key", Path::from(["data", key]), message)
        })
    })
}

fn bad_base64(entry: Entry<'_>, is_secret: bool) -> Problem {
    let home_of_text = if is_secret { "stringData" } else { "data" };
    let message = format!(
        "{:?} in `{}` must be base64 with `+`, `/` and padding; encode it, or move it to `{home_of_text}` if it is text",
        entry.key, entry.field
    );
    Problem::error("bad-base64", entry.path(), message)
}

/// The API server takes them all; what comes before it does not.
fn control_character(entry: Entry<'_>, is_in_kustomize: bool) -> Option<Problem> {
    let (severity, character, effect) = match character::worst(entry.text)? {
        Character::Fatal(character) if is_in_kustomize => {
            (Severity::Error, character, "kustomize can't write")
        }
        Character::Fatal(character) => (
            Severity::Warning,
            character,
            "kustomize and kpt can't write",
        ),
        Character::Altered(character) => (Severity::Warning, character, "kustomize alters"),
    };
    let home_of_bytes = match entry.field {
        "stringData" => "data",
        _ => "binaryData",
    };
    let message = format!(
        "{:?} in `{}` must not have the character U+{:04X}, which {effect}; remove it, or move the value to `{home_of_bytes}`",
        entry.key,
        entry.field,
        u32::from(character)
    );
    Some(Problem {
        rule: "control-character",
        severity,
        path: entry.path(),
        message,
    })
}

/// `ValidateConfigMap` and `ValidateSecret` of Kubernetes count the bytes of all values, decoded, without their
/// keys, and refuse more than `MaxSecretSize`; a Secret's `stringData` is part of its `data` by then.
fn too_large(size: &Size<'_>) -> Option<Problem> {
    let severity = match size.verdict() {
        Verdict::Fine => return None,
        Verdict::Much => Severity::Warning,
        Verdict::TooMuch => Severity::Error,
    };
    let (field, key) = size.largest();
    Some(Problem {
        rule: "too-large",
        severity,
        path: Path::from([field, key]),
        message: size.message(),
    })
}

impl Entry<'_> {
    fn path(self) -> Path {
        Path::from([self.field, self.key])
    }
}

impl Problem {
    fn error(rule: &'static str, path: Path, message: String) -> Self {
        Self {
            rule,
            severity: Severity::Error,
            path,
            message,
        }
    }
}

#[cfg(test)]
mod tests;
