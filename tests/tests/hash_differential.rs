//! The content hash is kustomize's: both are given the same objects, with texts of every kind that
//! some rule of YAML, JSON or HTML is about, and must come to the same suffixes.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a check stops at the first surprise and says so"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::sync::OnceLock;

use checks::binary;
use checks::tools::KUSTOMIZE;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::{Map, Value, json};
use yaml::{Quote, Stream, Style};

/// How many generated objects one build is given.
const COUNT: usize = 500;

/// Asks kustomize for the hash of an object that no generator made.
const MARK: &str = "internal.config.kubernetes.io/needsHashSuffix";

/// What texts are made of: line ends, blanks, what JSON escapes, what Go escapes for HTML, and what YAML minds.
const PIECES: &[&str] = &[
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "  ",
    "<",
    ">",
    "&",
    "\u{2028}",
    "\u{2029}",
    "\"",
    "'",
    "\\",
    "/",
    "\0",
    "\u{1}",
    "\u{7}",
    "\u{8}",
    "\u{b}",
    "\u{c}",
    "\u{1b}",
    "\u{1f}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{feff}",
    "\u{fffd}",
    "\u{e000}",
    "\u{fdd0}",
    "\u{10ffff}",
    "é",
    "e\u{301}",
    "漢",
    "😀",
    "server:",
    "port: 8080",
    "# x",
    "- a",
    "key=value",
    "{}",
    "[x]",
    "%",
    "@",
    "`",
    "a",
    "B",
    "0",
];

/// What ends a line to go-yaml alone.
const LINE_ENDS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// What is text only in quotes.
const LOOKALIKES: &[&str] = &[
    "",
    "8080",
    "010",
    "0x10",
    "1e3",
    "1.50",
    "-.inf",
    "true",
    "No",
    "on",
    "y",
    "null",
    "~",
    "2024-01-01",
    "2024-01-01T10:00:00Z",
    "12:30",
    "<<",
    "=",
    "-",
    "---",
    "...",
    "!!str x",
    "*a",
    "&a",
    "| x",
    "> x",
];

/// Keys that the API server would refuse, but that show how keys are written and sorted.
const ODD_KEYS: &[&str] = &[
    "8080",
    "true",
    "null",
    "~",
    "2024-01-01",
    "y",
    "-",
    "é",
    "<a>&b",
    "a b",
    "a\"b\\",
    "😀",
    "\u{ff5e}",
    "#",
];

const TYPES: &[&str] = &[
    "Opaque",
    "kubernetes.io/tls",
    "kubernetes.io/dockerconfigjson",
    "example.com/<own>&more",
    "",
    "8080",
    "null",
];

/// What only an author writes: aliases, merges, tags, comments, blocks, and scalars where maps belong. Folded blocks
/// have no deeper lines: kustomize puts more line ends around those, and hashes that.
const AUTHORED: &[&str] = &[
    "kind: ConfigMap\ndata: # none yet",
    "kind: ConfigMap\ndata: ~",
    "kind: ConfigMap\ndata: 0x10",
    "kind: ConfigMap\ndata: \"a\\nb\"",
    "kind: ConfigMap\ndata: !!binary aGVsbG8=",
    "kind: ConfigMap\nbinaryData: text",
    "kind: ConfigMap\nstringData: {a: b}",
    "kind: ConfigMap\ndata: {a: &x foo, b: *x}",
    "kind: ConfigMap\nx: &x {a: b}\ndata: *x",
    "kind: ConfigMap\nx: &x {a: q, c: d}\ndata: {<<: *x, a: b}",
    "kind: ConfigMap\nx: &x {a: b}\ny: &y {a: c, d: e}\ndata: {<<: [*x, *y], f: g}",
    "kind: ConfigMap\nx: &x {a: b, d: q}\ny: &y {<<: *x, d: e}\ndata: {<<: *y, f: g}",
    "kind: ConfigMap\nx: &x {a: 5}\ndata: {<<: *x, a: b}",
    "kind: ConfigMap\nx: &x {data: {a: b}}\n<<: *x",
    "kind: ConfigMap\ndata: {a: !!binary aGVsbG8=, b: !!str 8080, c: !own 8080, d: !!str \"\"}",
    "kind: ConfigMap\ndata: {!!str 8080: x, '8081': y, ? z : z}",
    "kind: ConfigMap\ndata:\n  a: >-\n    one\n    two\n\n    three\n  b: |+ # all\n    x\n\n  c: |2\n     y\n",
    "kind: ConfigMap\ndata:\n  a: plain\n    folded\n\n    text # and a remark\n  b: 'single\n\n    it''s'\n  c: \"\\\n    \\  x\\\n    y\"",
    "kind: ConfigMap\r\ndata:\r\n  a: |\r\n    x\r\n    y\r\n",
    "kind: Secret\ntype: 8080\ndata: {a: YQ==}",
    "kind: Secret\ntype: 2024-01-01",
    "kind: Secret\ntype: !!binary aGVsbG8=",
    "kind: Secret\ntype: ~\nstringData: {}",
    "kind: Secret\nx: &x Opaque\ntype: *x\nstringData: text",
    "kind: Secret\nbinaryData: {a: YQ==}\ndata:\n  a: |\n    YQ==\n    YQ==\n",
];

/// Whether kustomize fails the whole build for it, however it is written.
fn is_refused(character: char) -> bool {
    matches!(character, '\x7f'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

fn texts() -> impl Strategy<Value = String> {
    let pieces = vec(select(PIECES), 0..10).prop_map(|pieces| pieces.concat());
    let any = vec(
        any::<char>().prop_filter("refused", |c| !is_refused(*c)),
        0..20,
    );
    prop_oneof![
        2 => "[ -~]{0,40}",
        4 => pieces,
        1 => any.prop_map(String::from_iter),
        1 => select(LOOKALIKES).prop_map(str::to_owned),
    ]
}

fn keys() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[-._a-zA-Z0-9]{1,12}",
        1 => select(ODD_KEYS).prop_map(str::to_owned),
    ]
}

/// A field with texts, empty, null, or none.
fn field(texts: impl Strategy<Value = String>) -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        6 => btree_map(keys(), texts, 1..6).prop_map(|texts| Some(json!(texts))),
        1 => Just(Some(json!({}))),
        1 => Just(Some(Value::Null)),
        2 => Just(None),
    ]
}

fn base64() -> impl Strategy<Value = String> {
    "([A-Za-z0-9+/]{4}){0,6}(YQ==|YWI=)?"
}

/// An object without its metadata.
fn objects() -> impl Strategy<Value = Map<String, Value>> {
    let object = |fields: Vec<(&str, Option<Value>)>| {
        let fields = fields.into_iter();
        let given = fields.filter_map(|(name, value)| Some((name.to_owned(), value?)));
        given.collect::<Map<_, _>>()
    };
    let config_maps = (field(texts()), field(base64()), any::<Option<bool>>());
    let config_maps = config_maps.prop_map(move |(data, binary_data, immutable)| {
        object(vec![
            ("apiVersion", Some(json!("v1"))),
            ("kind", Some(json!("ConfigMap"))),
            ("data", data),
            ("binaryData", binary_data),
            ("immutable", immutable.map(Value::from)),
        ])
    });
    let types = proptest::option::weighted(0.8, select(TYPES));
    let secrets = (field(base64()), field(texts()), types);
    let secrets = secrets.prop_map(move |(data, string_data, kind)| {
        object(vec![
            ("apiVersion", Some(json!("v1"))),
            ("kind", Some(json!("Secret"))),
            ("data", data),
            ("stringData", string_data),
            ("type", kind.map(Value::from)),
        ])
    });
    prop_oneof![config_maps, secrets]
}

/// The objects in several hands: as JSON, in block style with quotes of both kinds, and by an author.
fn written() -> String {
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1876),
        ..ProptestConfig::default()
    });
    let objects = vec(objects(), COUNT).new_tree(&mut runner);
    let objects = objects.expect("nothing is filtered for long").current();
    let documents = objects.into_iter().enumerate().map(|(number, mut object)| {
        let metadata = json!({"name": format!("n{number}"), "annotations": {MARK: "enabled"}});
        object.insert("metadata".to_owned(), metadata);
        document(number, &Value::Object(object))
    });
    let authored = AUTHORED.iter().zip(COUNT..).map(|(content, number)| {
        let metadata = format!("metadata: {{name: n{number}, annotations: {{{MARK}: enabled}}}}");
        format!("apiVersion: v1\n{metadata}\n{content}\n")
    });
    documents.chain(authored).collect::<Vec<_>>().join("---\n")
}

/// An object in one of the hands.
fn document(number: usize, object: &Value) -> String {
    let quote = match number % 3 {
        0 => return json(object),
        1 => Quote::Single,
        _ => Quote::Double,
    };
    let style = Style {
        quote,
        ..Style::default()
    };
    yaml::to_string(object, style)
}

/// With an escape for what ends a line to go-yaml, though not to JSON nor to YAML 1.2.
fn json(object: &Value) -> String {
    let text = LINE_ENDS.iter().fold(object.to_string(), |text, end| {
        text.replace(*end, &format!("\\u{:04x}", u32::from(*end)))
    });
    text + "\n"
}

/// What kustomize makes of the kustomization in these files; none where there is no kustomize and needn't be.
fn built(files: &[(&str, &[u8])]) -> Option<String> {
    let kustomize = KUSTOMIZE.found()?;
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("the folder can be written");
    }
    let built = binary::run(Command::new(kustomize).arg("build").arg(folder.path()), b"");
    assert_eq!(built.code, Some(0), "kustomize build: {}", built.stderr);
    Some(built.stdout)
}

fn parsed(text: &str) -> Stream {
    yaml::parse(text.to_owned()).unwrap_or_else(|error| panic!("{error}"))
}

/// Each object's name, its hash by us, and its text.
fn hashed(stream: &Stream) -> impl Iterator<Item = (String, String, &str)> {
    stream.documents().filter_map(|document| {
        let object = document.root()?;
        let name = object.at(&["metadata", "name"])?.text()?.into_owned();
        let hash = kube::content_hash(object);
        let hash = hash.unwrap_or_else(|error| panic!("{error}: {}", object.source()));
        Some((name, hash, object.source()))
    })
}

/// The objects of [`written`], as kustomize wrote them.
fn generated() -> Option<&'static str> {
    static BUILT: OnceLock<Option<String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        built(&[
            ("kustomization.yaml", b"resources: [objects.yaml]\n"),
            ("objects.yaml", written().as_bytes()),
        ])
    });
    built.as_deref()
}

/// The names of the objects in kustomize's output; texts stand deeper than these lines.
fn names(built: &str) -> impl Iterator<Item = &str> {
    built
        .lines()
        .filter_map(|line| line.strip_prefix("  name: "))
}

#[test]
fn each_object_has_the_suffix_that_kustomize_gives_it() {
    let Some(built) = generated() else {
        return;
    };
    let given = parsed(&written());
    let ours: BTreeMap<String, &str> = hashed(&given)
        .map(|(name, hash, text)| (format!("{name}-{hash}"), text))
        .collect();
    let theirs: BTreeSet<&str> = names(built).collect();
    let count = COUNT + AUTHORED.len();
    assert_eq!((ours.len(), theirs.len()), (count, count));
    let differ = ours
        .iter()
        .filter(|(name, _)| !theirs.contains(name.as_str()));
    let differ: Vec<_> = differ.collect();
    assert!(differ.is_empty(), "{} differ: {differ:#?}", differ.len());
}

/// The generated objects that kustomize writes with the same texts, by name: it makes a blank of U+0085, writes the
/// other ends of lines bare, where it says that a line ends there, and null for an author's empty `data`.
fn kept(built: &str) -> BTreeMap<String, Stream> {
    let given = parsed(&written());
    let has_line_end = |text: &str| {
        let escapes = ["\\u0085", "\\u2028", "\\u2029", "\\N", "\\L", "\\P"];
        text.contains(LINE_ENDS) || escapes.iter().any(|escape| text.contains(escape))
    };
    let same: BTreeSet<String> = hashed(&given)
        .take(COUNT)
        .filter(|(_, _, text)| !has_line_end(text))
        .map(|(name, ..)| name)
        .collect();
    let built = built.strip_suffix('\n').unwrap_or(built);
    let documents = built.split("\n---\n").filter_map(|document| {
        let name = names(document).next()?.to_owned();
        let (number, _) = name.split_once('-')?;
        let is_same = same.contains(number);
        is_same.then(|| (name, parsed(&format!("{document}\n"))))
    });
    documents.collect()
}

#[test]
fn what_kustomize_wrote_still_has_the_suffix_in_its_name() {
    let Some(built) = generated() else {
        return;
    };
    let kept = kept(built);
    assert!(kept.len() > COUNT / 2, "only {}", kept.len());
    for (name, hash, text) in kept.values().flat_map(hashed) {
        let is_same = name.ends_with(&format!("-{hash}"));
        assert!(is_same, "{name} is {hash} to us: {text}");
    }
}

#[test]
fn what_kustomize_generates_has_our_suffix() {
    const KUSTOMIZATION: &[u8] = b"\
configMapGenerator:
- name: nothing
- name: files
  files: [lines.txt, breaks.txt, separators.txt, bytes, page.html, none=empty]
- name: bytes
  files: [bytes]
- name: literals
  literals: [A=b, 'H=<a>&b', N=8080, E=]
  options: {immutable: true, labels: {app: shop}}
- name: variables
  namespace: shop
  envs: [variables.env]
secretGenerator:
- name: opaque
  literals: ['password=<secret>&more']
- name: tls
  type: kubernetes.io/tls
  files: [tls.crt=lines.txt, tls.key=bytes]
- name: unknown
";
    let built = built(&[
        ("kustomization.yaml", KUSTOMIZATION),
        ("lines.txt", b"server:\n  port: 8080\n\n\n"),
        ("breaks.txt", b"x\r\ny\tz\x01\x1b\x08\x0c\n"),
        ("separators.txt", "a\u{2028}b\u{feff}😀\"\\".as_bytes()),
        ("bytes", b"\xff\xfe\0\x80abc"),
        ("page.html", b"<p class='x'>a &amp; b</p>"),
        ("empty", b""),
        ("variables.env", b"# remark\nA=1\nB=yes\nC=a b\nD=\n"),
    ]);
    let Some(built) = built else {
        return;
    };
    let stream = parsed(&built);
    let differ: Vec<_> = hashed(&stream)
        .filter(|(name, hash, _)| !name.ends_with(&format!("-{hash}")))
        .collect();
    assert!(differ.is_empty(), "{differ:#?}");
    assert_eq!(hashed(&stream).count(), 8);
}
