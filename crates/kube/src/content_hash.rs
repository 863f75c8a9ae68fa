//! The content hash of a ConfigMap or Secret, the same as kustomize's, byte for byte.
//!
//! kustomize hashes what Go's `json.Marshal` makes of the kind, an empty name and the content; so equal content
//! has equal hashes, whatever the object is called and however its YAML is written. What kustomize would hash as
//! something else than text (numbers, dates, keys without quotes) is refused: the API server wants text there.

mod json;
mod mistake;

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

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

impl HashError {
    /// All that stands in the way of a content hash, where [`content_hash`] tells the first, and beside it the texts
    /// of each field that holds a map. A value that is no text is there as an empty one.
    ///
    /// `data` and its like must be maps here, or null: the API server refuses the scalars that kustomize hashes.
    pub fn all(object: Node<'_>) -> (BTreeMap<&'static str, Texts<'_>>, Vec<Self>) {
        let mut fields = BTreeMap::new();
        let (kind, optional) = match kind(object) {
            Ok(kind) => kind,
            Err(mistake) => return (fields, vec![mistake]),
        };
        let mut mistakes = Vec::new();
        for field in ["data", optional] {
            let Some(node) = object.get(field) else {
                continue;
            };
            if node.is_map() {
                let mut texts = Texts::new();
                fill(&mut texts, &mut mistakes, node, field);
                fields.insert(field, texts);
            } else {
                mistakes.extend(no_map(node, field));
            }
        }
        if kind == "Secret" {
            mistakes.extend(text(object, "type").err());
        }
        // What comes in by several merges is one mistake.
        let mut told = BTreeSet::new();
        mistakes.retain(|mistake| told.insert(mistake.clone()));
        (fields, mistakes)
    }
}

/// What is wrong with a field that holds no map; nothing is, with null.
fn no_map(node: Node<'_>, field: &'static str) -> Option<HashError> {
    let problem = if node.is_seq() {
        Problem::List
    } else {
        Problem::Scalar
    };
    (!node.is_null()).then(|| HashError::of_field(field, problem))
}

/// The kind, and which of its fields counts only where it is there.
fn kind(object: Node<'_>) -> Result<(&'static str, &'static str), HashError> {
    let text_of = |field| object.get(field).and_then(Node::text).unwrap_or_default();
    match (&*text_of("apiVersion"), &*text_of("kind")) {
        ("v1", "ConfigMap") => Ok(("ConfigMap", "binaryData")),
        ("v1", "Secret") => Ok(("Secret", "stringData")),
        _ => Err(HashError::of_field("kind", Problem::Kind)),
    }
}

/// What counts: neither metadata nor `immutable`, and of the maps that may be missing only those that are there.
fn hashed_fields(object: Node<'_>) -> Result<BTreeMap<&'static str, Content<'_>>, HashError> {
    let (kind, optional) = kind(object)?;
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
    let (mut texts, mut mistakes) = (Texts::new(), Vec::new());
    fill(&mut texts, &mut mistakes, node, field);
    match mistakes.into_iter().next() {
        Some(first) => Err(first),
        None => Ok(Content::Map(texts)),
    }
}

/// A field that should hold text.
fn text<'t>(object: Node<'t>, field: &'static str) -> Result<Content<'t>, HashError> {
    let text = object.get(field).map_or(Some("".into()), Node::text);
    let text = text.ok_or_else(|| HashError::of_field(field, Problem::Collection))?;
    Ok(Content::Text(text))
}

/// Own keys first; a merge adds only what is not there yet. That merges end is the parser's care: it refuses
/// documents whose aliases lead too far.
fn fill<'t>(
    texts: &mut Texts<'t>,
    mistakes: &mut Vec<HashError>,
    map: Node<'t>,
    field: &'static str,
) {
    let is_merge = |key: Node<'_>| key.source() == "<<";
    for (key, value) in map.entries().filter(|(key, _)| !is_merge(*key)) {
        match key_text(key, field) {
            Ok(key) => add(texts, mistakes, key, value, field),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    for (_, merged) in map.entries().filter(|(key, _)| is_merge(*key)) {
        fill_merged(texts, mistakes, merged, field);
    }
}

/// A value that is no text takes its key nonetheless, so that no merge fills it.
fn add<'t>(
    texts: &mut Texts<'t>,
    mistakes: &mut Vec<HashError>,
    key: Cow<'t, str>,
    value: Node<'t>,
    field: &'static str,
) {
    if let Entry::Vacant(vacant) = texts.entry(key) {
        let text = value_text(value, field, vacant.key());
        vacant.insert(text.unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            Cow::default()
        }));
    }
}

fn fill_merged<'t>(
    texts: &mut Texts<'t>,
    mistakes: &mut Vec<HashError>,
    merged: Node<'t>,
    field: &'static str,
) {
    match merged.kind() {
        Kind::Map => fill(texts, mistakes, merged, field),
        Kind::Seq if merged.items().all(Node::is_map) => {
            for source in merged.items() {
                fill(texts, mistakes, source, field);
            }
        }
        Kind::Seq | Kind::Scalar => {
            mistakes.push(HashError::of_key(field, "<<", Problem::Merge));
        }
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

#[cfg(test)]
mod tests {
    use super::{HashError, content_hash};

    fn hash_of(text: &str) -> Result<String, HashError> {
        let stream = yaml::parse(text.to_owned()).expect(text);
        let document = stream.documents().next().expect(text);
        content_hash(document.root().expect(text))
    }

    /// The texts by field and key, and the mistakes, as they are told.
    fn all_of(text: &str) -> (Vec<String>, Vec<String>) {
        let stream = yaml::parse(text.to_owned()).expect(text);
        let document = stream.documents().next().expect(text);
        let (fields, mistakes) = HashError::all(document.root().expect(text));
        let told = |field: &&str, key: &str, text: &str| format!("{field}.{key}={text}");
        let texts = fields.iter().flat_map(|(field, texts)| {
            let texts = texts.iter();
            texts.map(move |(key, text)| told(field, key, text))
        });
        let mistakes = mistakes.iter().map(ToString::to_string);
        (texts.collect(), mistakes.collect())
    }

    #[test]
    fn all_mistakes_are_found_in_order_and_the_texts_beside_them() {
        let (texts, mistakes) = all_of(
            "apiVersion: v1\nkind: Secret\nbase: &base {e: 5, a: x, c: y}\n\
             data: {<<: *base, b: null, a: 5, 8: x, d: z}\nstringData: {a: [x]}\ntype: []\n",
        );
        assert_eq!(
            texts,
            [
                "data.a=",
                "data.b=",
                "data.c=y",
                "data.d=z",
                "data.e=",
                "stringData.a="
            ]
        );
        assert_eq!(
            mistakes,
            [
                "\"b\" in `data` must be a string; write \"\" if it is to be empty",
                "\"a\" in `data` must be a string; put it in quotes",
                "key \"8\" in `data` must be a string; put it in quotes",
                "\"e\" in `data` must be a string; put it in quotes",
                "\"a\" in `stringData` must be a string, not a map or list; put it in quotes or in a block behind `|`",
                "`type` must be a string, not a map or list; write the text alone",
            ]
        );
    }

    #[test]
    fn the_first_of_all_mistakes_is_the_one_that_has_no_hash() {
        for content in [
            "data: {a: 5, b: null}",
            "data: {a: {b: c}}\nbinaryData: {a: 5}",
            "data: []\nbinaryData: []",
            "data: {<<: x, 'a': 5}",
            "binaryData: {? [a] : b, 5: x}",
            "base: &base {a: 5}\ndata: {<<: [*base, *base]}",
        ] {
            let text = format!("apiVersion: v1\nkind: ConfigMap\n{content}\n");
            let (_, mistakes) = all_of(&text);
            let first = hash_of(&text).err().map(|mistake| mistake.to_string());
            assert_eq!(mistakes.first(), first.as_ref(), "{text}");
        }
        let (texts, mistakes) = all_of("apiVersion: v1\nkind: Service\ndata: {a: 5}");
        assert!(texts.is_empty());
        assert_eq!(
            mistakes,
            ["`kind` must be ConfigMap or Secret, of `apiVersion: v1`; leave other objects out"]
        );
    }

    #[test]
    fn a_single_value_for_a_map_is_a_mistake_though_it_has_a_hash() {
        for content in ["data: text", "data: 0x10", "data: ''"] {
            let text = format!("apiVersion: v1\nkind: ConfigMap\n{content}\n");
            assert!(hash_of(&text).is_ok(), "{text}");
            let expected = "`data` must be a map, not a single value; write keys and values";
            assert_eq!(all_of(&text).1, [expected], "{text}");
        }
        for content in ["", "data:", "data: ~", "data: null\nbinaryData: {}"] {
            let text = format!("apiVersion: v1\nkind: ConfigMap\n{content}\n");
            assert!(all_of(&text).1.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_mistake_that_several_merges_bring_in_is_told_once() {
        let text =
            "apiVersion: v1\nkind: ConfigMap\nbase: &base {8: x, a: 5}\ndata: {<<: [*base, *base]}";
        let (_, mistakes) = all_of(text);
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    }
}
