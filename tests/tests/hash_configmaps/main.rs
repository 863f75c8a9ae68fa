//! hash-configmaps under the tools that it is made for: kustomize and kubectl, kpt, Helm, and pipes.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a check stops at the first surprise and says so"
)]

mod helm;
mod kpt;
mod kustomize;
mod secrecy;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use checks::binary::Ran;
use checks::golden::Change;
use checks::{Folder, binary, golden};
use serde_json::{Value, json};

const OBJECTS: &str = include_str!("shop/objects.yaml");

const BEYOND: &str = include_str!("shop/beyond.yaml");

/// What generators add to [`OBJECTS`].
const GENERATORS: &str = "\
configMapGenerator:
- name: limits
  literals: [RATE=100]
secretGenerator:
- name: token
  literals: [TOKEN=abc]
";

/// The hashes of what `settings` holds: as it is written, and with an overlay's level.
const INFO: &str = "hf678c7m2b";

const DEBUG: &str = "47668c6k28";

const HASH: &str = "transformers: [hash.yaml]\n";

/// All files of a folder, by their names.
fn files(folder: &Folder) -> BTreeMap<OsString, String> {
    let entries = fs::read_dir(folder.path()).expect("the folder can be read");
    let entries = entries.map(|entry| entry.expect("the folder can be read"));
    let read = |path| fs::read_to_string(path).expect("the file can be read");
    entries
        .map(|entry| (entry.file_name(), read(entry.path())))
        .collect()
}

/// A call with the plugins of the folder.
fn command(folder: &Folder, program: PathBuf, arguments: &[&str]) -> Command {
    let mut command = folder.call(program, arguments);
    command.env("KUSTOMIZE_PLUGIN_HOME", folder.join("plugin"));
    command
}

/// A run that must go well.
fn well(command: &mut Command, stdin: &str) -> Ran {
    let ran = binary::run(command, stdin.as_bytes());
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.code, Some(0), "{command:?}: {told}");
    ran
}

/// The configuration for the filter and the plugin folder.
fn config(spec: &Value) -> String {
    let config = json!({
        "apiVersion": "fn.plimsoll.dev/v1alpha1",
        "kind": "HashConfigMaps",
        "metadata": {"name": "hash"},
        "spec": spec,
    });
    format!("{config}\n")
}

/// The configuration for `exec`.
fn config_of_exec(spec: &Value) -> String {
    let name = r#"{"name":"hash""#;
    let how = r#","annotations":{"config.kubernetes.io/function":"exec: {path: hash-configmaps}"}"#;
    config(spec).replace(name, &format!("{name}{how}"))
}

/// What the filter makes of a text.
fn filtered(spec: &Value, text: &str) -> Ran {
    let folder = Folder::of(&[("hash.yaml", &config(spec))]);
    let mut command = Command::new(binary::path("hash-configmaps"));
    let config = folder.join("hash.yaml");
    binary::run(command.arg("--config").arg(config), text.as_bytes())
}

/// The output of a build.
struct Build {
    text: String,
}

impl Build {
    /// The objects without what we note on them.
    fn objects(&self) -> Vec<Value> {
        let documents = golden::documents(&self.text);
        let objects = documents.iter().map(|document| {
            let mut object: Value = serde_yaml::from_str(document).expect("YAML comes out");
            for notes in ["annotations", "labels"] {
                if let Some(Value::Object(notes)) = object["metadata"].get_mut(notes) {
                    notes.retain(|key, _| !key.starts_with("plimsoll.dev/"));
                }
            }
            object
        });
        objects.collect()
    }

    fn object(&self, kind: &str, word: &str) -> Value {
        let is_it = |object: &Value| {
            let name = object["metadata"]["name"].as_str();
            object["kind"] == kind && name.is_some_and(|name| name.contains(word))
        };
        let found = self.objects().into_iter().find(is_it);
        found.unwrap_or_else(|| panic!("no {kind} {word} in {}", self.text))
    }

    /// How a name is spelled, where it is an object's and where it is referred to, with how often.
    fn spellings(&self, word: &str) -> BTreeMap<String, usize> {
        let mut spellings = BTreeMap::new();
        for text in self.objects().iter().flat_map(texts) {
            if text.contains(word) {
                *spellings.entry(text).or_default() += 1;
            }
        }
        spellings
    }

    /// Fails unless a name is spelled one way, this often.
    fn is_spelled(&self, word: &str, name: &str, count: usize) {
        let expected = BTreeMap::from([(name.to_owned(), count)]);
        assert_eq!(self.spellings(word), expected, "{}", self.text);
    }

    fn namespaces(&self) -> Vec<String> {
        let objects = self.objects();
        let namespaces = objects
            .iter()
            .map(|object| object["metadata"]["namespace"].to_string());
        namespaces.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// What a run took away from a text, and what it added.
fn difference<'t>(one: &'t str, other: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for change in golden::changes(one, other) {
        match change {
            Change::Removed(line) => removed.push(line.trim_start()),
            Change::Added(line) => added.push(line.trim_start()),
        }
    }
    (removed, added)
}
