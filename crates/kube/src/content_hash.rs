//! The content hash of a ConfigMap or Secret, the same as kustomize's, byte for byte.
//!
//! kustomize hashes what Go's `json.Marshal` makes of the kind, an empty name and the content; so equal content
//! has equal hashes, whatever the object is called and however its YAML is written. What kustomize would hash as
//! something else than text (numbers, dates, keys without quotes) is refused: the API server wants text there.

mod json;
mod mistake;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sha2::{Digest as _, Sha256};
use yaml::{Kind, Node, Scalar};

pub use mistake::HashError;
use mistake::Problem;

/// Texts by key, in the order of their bytes, as Go sorts them.
type Texts<'t> = BTreeMap<Cow<'t, str>, Cow<'t, str>>;

/// A hashed field.
#[derive(Debug)]
enum Content<'t> {
    /// A scalar, by its text whatever it means; empty where the field is missing.
    Text(Cow<'t, str>),
    Map(Texts<'t>),
}

/// The ten characters that kustomize puts behind the name of this ConfigMap or Secret.
///
/// Whether its keys are valid, and whether `data` and `binaryData` hold base64 where they must, is not looked at.
pub fn content_hash(object: Node<'_>) -> Result<String, HashError> {
    let digest = Sha256::digest(json::object(&hashed_fields(object)?));
    Ok(suffix(&digest))
}

/// What counts: neither metadata nor `immutable`, and of the maps that may be missing only those that are there.
fn hashed_fields(object: Node<'_>) -> Result<BTreeMap<&'static str, Content<'_>>, HashError> {
    let text_of = |field| object.get(field).and_then(Node::text).unwrap_or_default();
    let (kind, optional) = match (&*text_of("apiVersion"), &*text_of("kind")) {
        ("v1", "ConfigMap") => ("ConfigMap", "binaryData"),
        ("v1", "Secret") => ("Secret", "stringData"),
        _ => return Err(HashError::of_field("kind", Problem::Kind)),
    };
    let mut fields = BTreeMap::from([
        ("data", content(object, "data")?),
        ("kind", Content::Text(kind.into())),
        ("name", Content::Text("".into())),
    ]);
    if let map @ Content::Map(_) = content(object, optional)? {
        fields.insert(optional, map);
    }
    if kind == "Secret" {
        fields.insert("type", text(object, "type")?);
    }
    Ok(fields)
}

/// A field that should hold a map; a scalar, null among them, is its text to kustomize.
fn content<'t>(object: Node<'t>, field: &'static str) -> Result<Content<'t>, HashError> {
    let Some(node) = object.get(field).filter(|node| node.is_map()) else {
        return text(object, field).map_err(|_| HashError::of_field(field, Problem::List));
    };
    let mut texts = Texts::new();
    fill(&mut texts, node, field)?;
    Ok(Content::Map(texts))
}

/// A field that should hold text.
fn text<'t>(object: Node<'t>, field: &'static str) -> Result<Content<'t>, HashError> {
    let text = object.get(field).map_or(Some("".into()), Node::text);
    let text = text.ok_or_else(|| HashError::of_field(field, Problem::Collection))?;
    Ok(Content::Text(text))
}

/// Own keys first; a merge adds only what is not there yet. That merges end is the parser's care: it refuses
/// documents whose aliases lead too far.
fn fill<'t>(texts: &mut Texts<'t>, map: Node<'t>, field: &'static str) -> Result<(), HashError> {
    let is_merge = |key: Node<'_>| key.source() == "<<";
    for (key, value) in map.entries().filter(|(key, _)| !is_merge(*key)) {
        if let Entry::Vacant(vacant) = texts.entry(key_text(key, field)?) {
            let text = value_text(value, field, vacant.key())?;
            vacant.insert(text);
        }
    }
    let mut merges = map.entries().filter(|(key, _)| is_merge(*key));
    merges.try_for_each(|(_, merged)| fill_merged(texts, merged, field))
}

fn fill_merged<'t>(
    texts: &mut Texts<'t>,
    merged: Node<'t>,
    field: &'static str,
) -> Result<(), HashError> {
    match merged.kind() {
        Kind::Map => fill(texts, merged, field),
        Kind::Seq if merged.items().all(Node::is_map) => {
            let mut sources = merged.items();
            sources.try_for_each(|source| fill(texts, source, field))
        }
        Kind::Seq | Kind::Scalar => Err(HashError::of_key(field, "<<", Problem::Merge)),
    }
}

fn key_text<'t>(key: Node<'t>, field: &'static str) -> Result<Cow<'t, str>, HashError> {
    // A key that is no scalar may hold anything, a value too: it is not named.
    let text = key.text();
    let text = text.ok_or_else(|| HashError::of_field(field, Problem::KeyCollection))?;
    match key.scalar() {
        // kustomize takes it for a merge, in quotes too.
        Some(Scalar::Str(_)) if text == "<<" => {
            Err(HashError::of_key(field, &text, Problem::Merge))
        }
        Some(Scalar::Str(text)) => Ok(text),
        _ => Err(HashError::of_key(field, &text, Problem::Key)),
    }
}

fn value_text<'t>(
    value: Node<'t>,
    field: &'static str,
    key: &str,
) -> Result<Cow<'t, str>, HashError> {
    let problem = match value.scalar() {
        Some(Scalar::Str(text)) => return Ok(text),
        Some(Scalar::Null) => Problem::Null,
        // A date among them: kustomize makes a point in time of it, which the cluster would get as another text.
        Some(_) => Problem::Value,
        None => Problem::ValueCollection,
    };
    Err(HashError::of_key(field, key, problem))
}

/// The first ten digits of the hash, with letters for those that could spell words or read as numbers.
fn suffix(digest: &[u8]) -> String {
    const DIGITS: &str = "gh2k456789mbcdtf";
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    let letters = digits.filter_map(|digit| DIGITS.chars().nth(digit.into()));
    letters.take(10).collect()
}
