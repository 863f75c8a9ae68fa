//! What the yaml crate writes, real readers read back as the same strings; and what it takes a plain scalar
//! for, go-yaml takes it for too. The readers are those behind the functions: kubectl (`sigs.k8s.io/yaml`),
//! kustomize (go-yaml v3, which writes the text anew), and a reader of YAML 1.1 (`PyYAML`).

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a check stops at the first surprise and says so"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use checks::binary::{self, Ran};
use checks::tools::{self, or_skipped};
use serde_json::{Value, json};
use yaml::{Holder, Scalar};

/// What some reader takes for something else than a string, or for another string, where it stands bare.
const SCALARS: &str = "y Y n N yes Yes YES no No NO on On ON off Off OFF true True TRUE false False FALSE tRue nULL null Null NULL ~ ~x \
    .inf .Inf .INF +.inf -.inf -.INF .nan .NaN .NAN inf Inf nan NaN Infinity -infinity . .. ... .... ..a .a -.a \
    0 1 -1 +1 00 01 -01 08 09 0777 -0777 0o777 0O17 0x1F 0X1F 0xZZ 0x 0b11 0b+01 0b-101 0B11 0b2 0b_1 0x_1 1_000 +_1 -_1 _1 1_ 1__0 0_ 0o_7 \
    1e3 1E3 1e+3 1e-3 1e 1e3e 1.e3 .5 -.5 +.5 .5e1 ._5 .5_ 1. 1.0 1.10 1.2.3 10.0.0.1 1.2.3.4.5 1..2 1,000 1.5,5 \
    12:30 12:30:45 1:2 -1:30 +1:30 190:20:30.15 1:60 0:0 1:a a:1 24:00:00 \
    2024-01-01 2024-1-1 2024-13-01 2024-01-01T00:00:00Z 2024-01-01t00:00:00.5+01:00 2024-01-01T00:00 20240101 1-2 2024-01 1-1-1 \
    9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 -9223372036854775809 1e999 -1e999 123e4567 \
    100m 1Gi 1.5Gi 5s 1h30m 8080/tcp 4e8a1b2 1234567e8 0e0 0x1e3g 12e03 123_456 6e7 00e1 1e1000000 \
    << = == <<x =x <a < > >- | |- |+ || - -- --- ---a -x --flag=x -1x +x + ++ ? ?x ?? : :x :: x: x:y x:: ,x x, [ ] [] [x] [x x] { } {} {x} {x:y} \
    # #x x# x#y & &x * *x *. ! !x !! !!str !!int @x @ %x % %YAML ` `x` ' '' 'x' 'x x' it's \" \"\" \"x\" \"x x\" \\ \\n \\x41 x\\ \\\" $(X) ${X} $x \
    http://x/y http://x:80/y?a=b#c registry.example/shop/api:1.4@sha256:00ff /healthz */postgres a,b a=b a;b (x) ^x$ x|y x>y x&y x*y x!y x%y x@y \
    é ü✓ 日本語 😀 👩‍🚀 ñ Ω ﷽ \u{ad} \u{200b} \u{200d} \u{202e} \u{3000}x \u{e000} \u{fffd} \u{10ffff} \u{1f600}";

/// The same with blanks, line breaks and characters that only an escape carries.
const TEXTS: &[&str] = &[
    "",
    " ",
    "  ",
    " a",
    "a ",
    "  a  ",
    "a b",
    "a  b",
    "- a",
    "- ",
    "? a",
    ": a",
    "a: b",
    "a:b: c",
    "a :b",
    "a : b",
    "a:",
    "a: ",
    "a #b",
    "a # b",
    "# x",
    " # x",
    "a# b",
    "a, b",
    "[a, b]",
    "{a: b}",
    "{a: b",
    "--- a",
    "... a",
    "---\na",
    "...\na",
    "a\n---\nb",
    "a\n...\nb",
    "2024-01-01 00:00:00",
    "2024-01-01 1:2:3.5 +01:00",
    "1 2",
    "1 000",
    "0 x",
    "- - a",
    "! a",
    "& a",
    "* a",
    "% a",
    "@ a",
    "| a",
    "> a",
    "\t",
    "\ta",
    "a\t",
    "a\tb",
    "a:\tb",
    "a\t#b",
    "-\ta",
    "?\ta",
    "\t\ta\nb",
    "a\n\tb",
    "a\nb\t",
    "a\tb\nc",
    "\ta\nb",
    "\n",
    "\n\n",
    "\n\n\n",
    "a\n",
    "a\n\n",
    "a\n\n\n",
    "\na",
    "\n\na",
    "\na\n",
    "a\nb",
    "a\nb\n",
    "a\nb\n\n",
    "a\n\nb",
    "a\n\n\nb\n",
    " a\nb",
    "  a\nb\n",
    "a\n b",
    "a\n  b\n",
    "a\nb ",
    "a \nb",
    "a\n \nb",
    "a\n  \n",
    " \na",
    " \n",
    "\n ",
    "a\n ",
    "a\nb\n ",
    "\n a\n",
    "#\nb",
    "# a\nb",
    "a\n# b",
    "a\n#b\n",
    "a: b\nc: d\n",
    "- a\n- b\n",
    "key: |\n  text\n",
    "{\n  \"a\": 1\n}\n",
    "[\n1\n]",
    "a\n\"b\"\n",
    "'a'\nb",
    "#!/bin/sh\nset -e\necho \"$X\"\n",
    "%YAML 1.2\n---\na",
    "| \na",
    ">\na",
    "|\na",
    "-\n-\n",
    "a\r",
    "a\r\n",
    "a\r\nb",
    "\r",
    "a\rb",
    "a\rb\nc",
    "y\nn\n",
    "1\n2",
    "~\n~",
    "a\n\u{e9}\n",
    "\u{1f600}\n\u{1f600}\n",
    "\u{feff}a\nb",
    "a\n\u{feff}b",
    "a\u{2028}b\nc",
    "a\u{a0}\nb",
    "\0",
    "a\0b",
    "\x01",
    "\x07",
    "\x08",
    "\x0b",
    "\x0c",
    "\x1b[0m",
    "\x1f",
    "\x7f",
    "\u{80}",
    "\u{85}",
    "a\u{85}b",
    "\u{85}\n",
    "\u{9f}",
    "\u{a0}",
    "\u{a0}a",
    "a\u{a0}",
    "a\u{a0}b",
    "\u{2028}",
    "a\u{2028}b",
    "\u{2029}",
    "a\u{2029}b",
    "a\u{2028} b",
    "\u{feff}",
    "\u{feff}a",
    "a\u{feff}b",
    "\u{fffe}",
    "a\u{ffff}b",
    "\\\n",
    "\"\n",
    "'\n'",
    "\"a\nb\"",
    "a\\\nb",
    "it's 1\n\"2\"",
];

fn texts() -> Vec<String> {
    let mut texts: BTreeSet<String> = SCALARS
        .split_whitespace()
        .chain(TEXTS.iter().copied())
        .map(str::to_owned)
        .collect();
    // Each indicator alone, in front, behind and within.
    for indicator in "-?:,[]{}#&*!|>'\"%@`=<~\\+._/$^()".chars() {
        for shape in [
            "I", "Ix", "xI", "xIx", "I x", "x I", "x Ix", "xI x", "x I x", "II", "I1", "1I", "1I1",
            "I\nx", "x\nI",
        ] {
            texts.insert(shape.replace('I', &indicator.to_string()));
        }
    }
    // Long lines must not be folded.
    texts.insert("word ".repeat(300) + "end");
    texts.insert("x".repeat(1000));
    texts.into_iter().collect()
}

/// Documents in each style that the texts are added to.
const STYLES: &[(&str, &str)] = &[
    (
        "block",
        "apiVersion: checks.plimsoll.dev/v1\nkind: Texts\nmetadata:\n  name: texts\n  annotations:\n    first: \"1\"\nspec:\n  keys:\n    first: x\n  list:\n  - first\n",
    ),
    (
        "block with single quotes and deep lists",
        "apiVersion: checks.plimsoll.dev/v1\nkind: Texts\nmetadata:\n    name: texts\n    annotations:\n        first: '1'\nspec:\n    keys:\n        'first': 'x'\n    list:\n      - 'first'\n",
    ),
    (
        "block with CRLF",
        "apiVersion: checks.plimsoll.dev/v1\r\nkind: Texts\r\nmetadata:\r\n  name: texts\r\n  annotations:\r\n    first: \"1\"\r\nspec:\r\n  keys:\r\n    first: x\r\n  list:\r\n  - first\r\n",
    ),
    (
        "flow",
        "apiVersion: checks.plimsoll.dev/v1\nkind: Texts\nmetadata: {name: texts, annotations: {first: \"1\"}}\nspec: {keys: {first: x}, list: [first]}\n",
    ),
    (
        "flow with single quotes",
        "apiVersion: checks.plimsoll.dev/v1\nkind: Texts\nmetadata: {name: texts, annotations: {first: '1'}}\nspec: {keys: {'first': 'x'}, list: ['first']}\n",
    ),
    (
        "JSON",
        "{\"apiVersion\": \"checks.plimsoll.dev/v1\", \"kind\": \"Texts\", \"metadata\": {\"name\": \"texts\", \"annotations\": {\"first\": \"1\"}}, \"spec\": {\"keys\": {\"first\": \"x\"}, \"list\": [\"first\"]}}\n",
    ),
    (
        "compact JSON",
        "{\"apiVersion\":\"checks.plimsoll.dev/v1\",\"kind\":\"Texts\",\"metadata\":{\"name\":\"texts\",\"annotations\":{\"first\":\"1\"}},\"spec\":{\"keys\":{\"first\":\"x\"},\"list\":[\"first\"]}}\n",
    ),
];

/// Whether YAML takes it for a key without a question mark in front: it is given up to 1,024 characters.
fn is_key(text: &str) -> bool {
    text.len() <= 1000
}

/// The document with every text as the value of an annotation, as a key, and as an item.
fn written(document: &str, texts: &[String]) -> String {
    let operations = texts.iter().enumerate().flat_map(|(number, text)| {
        let key = text.replace('~', "~0").replace('/', "~1");
        let as_key = json!({"op": "add", "path": format!("/spec/keys/{key}"), "value": number.to_string() + "x"});
        let as_value = json!({"op": "add", "path": format!("/metadata/annotations/t{number}"), "value": text});
        let as_item = json!({"op": "add", "path": "/spec/list/-", "value": text});
        [Some(as_value), Some(as_item), is_key(text).then_some(as_key)]
    });
    let patch: yaml::json_patch::Patch =
        serde_json::from_value(operations.flatten().collect()).expect("a patch");
    let stream = yaml::parse(document.to_owned()).expect("the document is YAML");
    let document = stream.documents().next().expect("a document");
    let root = document.root().expect("a root");
    let edited = yaml::apply(root, &Holder::Document(document.span()), &patch);
    edited
        .expect("the patch fits")
        .expect("it changes something")
        .stream
        .into_text()
}

/// Every text that a reader took for another one, by where it stood.
fn mistaken(read: &Value, texts: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let list = read
        .pointer("/spec/list")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut check = |place: &str, text: &str, got: Option<&Value>, expected: &str| {
        if got.and_then(Value::as_str) != Some(expected) {
            wrong.push(format!(
                "{text:?} as {place}: {}",
                got.unwrap_or(&Value::Null)
            ));
        }
    };
    for (number, text) in texts.iter().enumerate() {
        let value = read.pointer(&format!("/metadata/annotations/t{number}"));
        check("value", text, value, text);
        // The document brings the first one.
        check("item", text, list.get(number + 1), text);
        if is_key(text) {
            let by_key = read.pointer("/spec/keys").and_then(|keys| keys.get(text));
            check("key", text, by_key, &format!("{number}x"));
        }
    }
    wrong
}

/// Writes the texts in every style, and lists what `read` makes another text of.
fn read_back(texts: &[String], read: impl Fn(&str) -> Value) {
    let mut wrong = BTreeMap::new();
    for (style, document) in STYLES {
        let mistaken = mistaken(&read(&written(document, texts)), texts);
        if !mistaken.is_empty() {
            wrong.insert(style, mistaken);
        }
    }
    assert!(wrong.is_empty(), "read back as something else: {wrong:#?}");
}

fn ran(command: &mut Command, stdin: &str) -> String {
    let ran = binary::run(command, stdin.as_bytes());
    assert_eq!(ran.code, Some(0), "{command:?}: {}", ran.stderr);
    ran.stdout
}

/// What kubectl takes a document for; it doesn't need a cluster for that.
fn kubectl_reads(kubectl: &Path, text: &str) -> Value {
    let json = ran(
        Command::new(kubectl).args(["label", "--local", "-f", "-", "-o", "json", "read=back"]),
        text,
    );
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// A document as kustomize writes it anew.
fn kustomize(kubectl: &Path, text: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("texts.yaml"), text).expect("the folder can be written");
    fs::write(
        folder.path().join("kustomization.yaml"),
        "resources: [texts.yaml]\n",
    )
    .expect("the folder can be written");
    binary::run(
        Command::new(kubectl).arg("kustomize").arg(folder.path()),
        b"",
    )
}

/// What kustomize itself refuses or spoils when it writes it anew, however it was quoted: control characters and
/// two that are none, a first line that begins with a tab, and a key that looks like a merge.
fn kustomize_spoils(text: &str) -> bool {
    let is_spoiled = |c| matches!(c, '\x7f'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    text.contains(is_spoiled) || text == "<<" || (text.starts_with('\t') && text.contains('\n'))
}

#[test]
fn kubectl_reads_every_text_as_it_was_meant() {
    let Some(kubectl) = tools::KUBECTL.found() else {
        return;
    };
    read_back(&texts(), |text| kubectl_reads(&kubectl, text));
}

#[test]
fn kustomize_writes_every_text_as_it_was_meant() {
    let Some(kubectl) = tools::KUBECTL.found() else {
        return;
    };
    let mut texts = texts();
    texts.retain(|text| !kustomize_spoils(text));
    read_back(&texts, |text| {
        let built = kustomize(&kubectl, text);
        assert_eq!(built.code, Some(0), "kubectl kustomize: {}", built.stderr);
        kubectl_reads(&kubectl, &built.stdout)
    });
}

/// No quoting helps against these, so the test above leaves them out. Where kustomize learns to write one, this
/// fails, and it can be taken from both lists.
#[test]
fn kustomize_spoils_what_is_known_to_be_spoiled() {
    const SPOILED: &[(&str, &str)] = &[
        ("a\x7fb", "control characters are not allowed"),
        ("a\u{80}b", "control characters are not allowed"),
        ("a\u{84}b", "control characters are not allowed"),
        ("a\u{85}b", "did not find expected"),
        ("a\u{86}b", "control characters are not allowed"),
        ("a\u{9f}b", "control characters are not allowed"),
        ("a\u{fffe}b", "control characters are not allowed"),
        ("a\u{ffff}b", "control characters are not allowed"),
        ("\ta\nb", "found a tab character"),
        ("<<", "\"<<\" as key: null"),
    ];
    let Some(kubectl) = tools::KUBECTL.found() else {
        return;
    };
    let mut other = Vec::new();
    for (text, expected) in SPOILED {
        assert!(kustomize_spoils(text), "{text:?} stands in both lists");
        let texts = [(*text).to_owned()];
        let mut spoiled = String::new();
        // Some are spoiled in lines, some in brackets.
        for (_, document) in [STYLES[0], STYLES[5]] {
            let ours = written(document, &texts);
            let right = mistaken(&kubectl_reads(&kubectl, &ours), &texts);
            assert!(right.is_empty(), "our own text is right: {ours}: {right:?}");
            let built = kustomize(&kubectl, &ours);
            spoiled += &match built.code {
                Some(0) => mistaken(&kubectl_reads(&kubectl, &built.stdout), &texts).join(", "),
                _ => built.stderr,
            };
        }
        if !spoiled.contains(expected) {
            other.push(format!("{text:?}: {spoiled}"));
        }
    }
    assert!(
        other.is_empty(),
        "spoiled in another way, or no longer: {other:#?}"
    );
}

#[test]
fn a_reader_of_yaml_1_1_reads_every_text_as_it_was_meant() {
    const PROGRAM: &str = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin.buffer.read().decode('utf-8')), sys.stdout)";
    let Some(python) = or_skipped(python()) else {
        return;
    };
    read_back(&texts(), |text| {
        let json = ran(Command::new(&python).args(["-c", PROGRAM]), text);
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
    });
}

/// A Python that has `PyYAML`: this machine's, else one of our own under target/tools.
fn python() -> Result<PathBuf, String> {
    let has_yaml = |python: &Path| {
        Command::new(python)
            .args(["-c", "import yaml"])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let environment = tools::folder().join("pyyaml");
    let (system, own) = (PathBuf::from("python3"), environment.join("bin/python3"));
    if let Some(python) = [&system, &own].into_iter().find(|python| has_yaml(python)) {
        return Ok(python.clone());
    }
    let run = |command: &mut Command| match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "PyYAML: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Err(error) => Err(format!("PyYAML: python3: {error}")),
    };
    run(Command::new(&system).args(["-m", "venv"]).arg(&environment))?;
    run(Command::new(&own).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "pyyaml==6.0.3",
    ]))?;
    Ok(own)
}

/// Plain scalars of every shape that some rule is about: the table, and each text of up to three characters.
fn plain_scalars() -> Vec<String> {
    const CHARACTERS: &str = "0178 9aefxobTZn_.+-:i~<=";
    let mut shapes = vec![String::new()];
    let mut texts: BTreeSet<String> = SCALARS.split_whitespace().map(str::to_owned).collect();
    for _ in 0..3 {
        shapes = shapes
            .iter()
            .flat_map(|start| CHARACTERS.chars().map(move |c| format!("{start}{c}")))
            .collect();
        texts.extend(shapes.iter().cloned());
    }
    // Numbers, dates and times with one thing changed: where a parser's own rules differ from Go's.
    let seeds = [
        "0x1F",
        "-0o17",
        "0b101",
        "1_0.5e+3",
        "-1.5E-3",
        "2024-02-29",
        "2024-1-1T1:2:3.5Z",
        "2024-01-01 01:02:03",
        "2024-12-31t23:59:59.123456789-07:00",
        "18446744073709551615",
        "-.inf",
    ];
    for seed in seeds {
        texts.insert(seed.to_owned());
        for at in 0..=seed.len() {
            let (before, behind) = seed.split_at(at);
            texts.insert(before.to_owned() + behind.get(1..).unwrap_or_default());
            for character in CHARACTERS.chars() {
                texts.insert(format!("{before}{character}{behind}"));
                texts.insert(format!(
                    "{before}{character}{}",
                    behind.get(1..).unwrap_or_default()
                ));
            }
        }
    }
    texts.into_iter().collect()
}

/// What this crate takes a text for, told as the Go program tells it; none where it isn't a plain scalar.
fn meaning(text: &str) -> Option<[String; 2]> {
    let stream = yaml::parse(text.to_owned()).ok()?;
    let root = stream.documents().next()?.root()?;
    let is_plain = !root
        .source()
        .starts_with(['"', '\'', '|', '>', '!', '&', '*'])
        && root.source() == text;
    let (tag, value) = match root.scalar().filter(|_| is_plain)? {
        Scalar::Null => ("!!null", String::new()),
        Scalar::Bool(value) => ("!!bool", value.to_string()),
        Scalar::Int(number) => ("!!int", number.to_string()),
        Scalar::Uint(number) => ("!!int", number.to_string()),
        Scalar::Float(number) if number.is_nan() => ("!!float", "nan".to_owned()),
        Scalar::Float(number) => ("!!float", number.to_bits().to_string()),
        Scalar::Timestamp(text) => ("!!timestamp", text.into_owned()),
        // A merge key is one only as a key.
        Scalar::Str(text) if text == "<<" => ("!!merge", text.into_owned()),
        Scalar::Str(text) => ("!!str", text.into_owned()),
    };
    Some([tag.to_owned(), value])
}

#[test]
fn plain_scalars_mean_what_go_yaml_takes_them_for() {
    let Some(program) = or_skipped(go_yaml()) else {
        return;
    };
    let scalars: Vec<(String, [String; 2])> = plain_scalars()
        .into_iter()
        .filter_map(|text| Some((text.clone(), meaning(&text)?)))
        .collect();
    assert!(
        scalars.len() > 10_000,
        "only {} texts are plain scalars",
        scalars.len()
    );
    let asked: Vec<&str> = scalars.iter().map(|(text, _)| text.as_str()).collect();
    let told = ran(
        &mut Command::new(program),
        &serde_json::to_string(&asked).expect("texts are JSON"),
    );
    let told: Vec<[String; 2]> = serde_json::from_str(&told).expect("a list of meanings");
    assert_eq!(told.len(), scalars.len());
    let differ = scalars
        .iter()
        .zip(&told)
        .filter(|((_, ours), theirs)| ours != *theirs);
    let differ: Vec<String> = differ
        .map(|((text, ours), theirs)| format!("{text:?}: {ours:?}, go-yaml {theirs:?}"))
        .collect();
    assert!(
        differ.is_empty(),
        "{} differ: {:#?}",
        differ.len(),
        &differ[..differ.len().min(40)]
    );
}

/// The program that asks go-yaml, built where Go and the module can be had.
fn go_yaml() -> Result<PathBuf, String> {
    let program = tools::folder().join("goyaml");
    let mut build = Command::new(tools::go()?);
    build
        .args(["build", "-trimpath", "-o"])
        .arg(&program)
        .arg(".")
        .env("CGO_ENABLED", "0");
    match build
        .current_dir(binary::root().join("tests/goyaml"))
        .output()
    {
        Ok(output) if output.status.success() => Ok(program),
        Ok(output) => Err(format!(
            "go-yaml: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Err(error) => Err(format!("go: {error}")),
    }
}
