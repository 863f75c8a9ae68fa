//! What must not be seen outside of the object that holds it.

use std::process::Command;

use checks::binary;
use checks::binary::Ran;
use serde_json::{Value, json};

use crate::{config, filtered};

/// What must not be seen outside of the object that holds it.
const VALUE: &str = "hunter2";

/// Content that is refused, with the rule that refuses it; without one, it is no YAML.
const REFUSED: &[(&str, &str, &str)] = &[
    ("not-text", "ConfigMap", "data: {key: [hunter2]}"),
    ("not-text", "ConfigMap", "data: {key: {inner: hunter2}}"),
    ("not-text", "ConfigMap", "data: hunter2"),
    ("not-text", "ConfigMap", "data: [hunter2]"),
    ("not-text", "ConfigMap", "data: {<<: hunter2}"),
    ("not-text", "ConfigMap", "data: {? [hunter2] : value}"),
    ("not-text", "ConfigMap", "data: {8080: hunter2}"),
    ("not-text", "Secret", "stringData: hunter2"),
    ("not-text", "Secret", "stringData: {key: [hunter2]}"),
    ("not-text", "Secret", "type: [hunter2]"),
    ("bad-key", "ConfigMap", "data: {a b: hunter2}"),
    (
        "bad-key",
        "ConfigMap",
        "data: {key: hunter2}\nbinaryData: {key: aGk=}",
    ),
    ("bad-key", "Secret", "stringData: {a b: hunter2}"),
    ("bad-base64", "ConfigMap", "binaryData: {key: hunter2}"),
    ("bad-base64", "Secret", "data: {key: hunter2}"),
    (
        "control-character",
        "ConfigMap",
        "data: {key: \"hunter2\\x7f\"}",
    ),
    (
        "control-character",
        "Secret",
        "stringData: {key: \"hunter2\\uFFFE\"}",
    ),
    ("too-large", "ConfigMap", "data: {key: hunter2LARGE}"),
    ("too-large", "Secret", "stringData: {key: hunter2LARGE}"),
    ("", "ConfigMap", "data: {key: \"hunter2"),
    ("", "ConfigMap", "data: {key: hunter2, key: hunter2}"),
    ("", "ConfigMap", "data:\n\tkey: hunter2"),
    ("", "ConfigMap", "data:\n  key: hunter2\n other: hunter2"),
    ("", "ConfigMap", "data:\n  key: hunter2\n  hunter2"),
    ("", "ConfigMap", "data:\n  key: one: hunter2"),
    ("", "ConfigMap", "data: {key: *hunter2}"),
    ("", "Secret", "stringData: {key: @hunter2}"),
    ("", "Secret", "stringData: {key: \"\\qhunter2\"}"),
    ("", "Secret", "stringData: {key: \"hunter2\u{1}\"}"),
    ("", "Secret", "stringData: {key: 'hunter2'hunter2}"),
];

/// An object with such content, and pods that read it.
fn refused(kind: &str, content: &str) -> String {
    let content = content.replace("LARGE", &"x".repeat(1_100_000));
    let source = if kind == "Secret" {
        "secretRef"
    } else {
        "configMapRef"
    };
    format!(
        "apiVersion: v1\nkind: {kind}\nmetadata: {{name: web}}\n{content}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{template: {{spec: {{containers: [{{name: web, image: web, envFrom: [{{{source}: {{name: web}}}}]}}]}}}}}}\n"
    )
}

#[test]
fn no_value_is_told_in_a_message() {
    for kinds in [json!(["ConfigMap"]), json!(["ConfigMap", "Secret"])] {
        for (rule, kind, content) in REFUSED {
            let ran = filtered(&json!({"kinds": kinds}), &refused(kind, content));
            let told = &ran.stderr;
            assert!(
                told.contains(&format!("[hash-configmaps/{rule}]"))
                    || rule.is_empty() && ran.code == Some(2),
                "{kind} {content}: {told}"
            );
            assert!(!told.contains(VALUE), "{kind} {content}: {told}");
        }
    }
}

/// A list as kpt sends it, whose results are structured.
fn in_a_list(documents: &str, spec: &Value) -> String {
    let items = documents.split("---\n").map(|document| {
        let indented = document.trim_end().replace('\n', "\n  ");
        format!("- {indented}\n")
    });
    let items = items.collect::<String>();
    let config = config(spec);
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}functionConfig: {config}"
    )
}

fn results_of(documents: &str, spec: &Value) -> (Ran, String) {
    let mut command = Command::new(binary::path("hash-configmaps"));
    let ran = binary::run(&mut command, in_a_list(documents, spec).as_bytes());
    let results = ran.stdout.split_once("\nresults:");
    let results = results.map(|(_, results)| results.to_owned());
    let results = results.unwrap_or_default();
    (ran, results)
}

#[test]
fn no_value_is_told_in_results() {
    for (rule, kind, content) in REFUSED.iter().filter(|(rule, ..)| !rule.is_empty()) {
        let spec = json!({"kinds": ["ConfigMap", "Secret"]});
        let (ran, results) = results_of(&refused(kind, content), &spec);
        assert!(
            results.contains(&format!("hash-configmaps/{rule}")),
            "{kind} {content}: {}",
            ran.stderr
        );
        assert!(!results.contains(VALUE), "{kind} {content}: {results}");
    }
}

#[test]
fn no_value_of_a_history_is_told() {
    let object = refused("ConfigMap", "data: {key: value}");
    for versions in [
        "[{name: web, data: hunter2}]",
        "[{name: web, data: [hunter2]}]",
        "[{name: web, data: {key: [hunter2]}}]",
        "[{name: web, data: {key: {inner: hunter2}}}]",
        "[{name: web, binaryData: hunter2}]",
        "[{name: web, extra: hunter2}]",
        "[hunter2]",
        "hunter2",
    ] {
        let history = format!(
            "apiVersion: history.plimsoll.dev/v1alpha1\nkind: ConfigHistory\nmetadata:\n  name: history\n  annotations: {{config.kubernetes.io/local-config: \"true\"}}\nspec: {{versions: {versions}}}\n"
        );
        let (ran, results) = results_of(
            &format!("{object}---\n{history}"),
            &json!({"retainVersions": 2}),
        );
        assert!(
            results.contains("hash-configmaps/bad-history"),
            "{versions}: {results}"
        );
        assert!(!results.contains(VALUE), "{versions}: {results}");
        assert!(!ran.stderr.contains(VALUE), "{versions}: {}", ran.stderr);
    }
}
