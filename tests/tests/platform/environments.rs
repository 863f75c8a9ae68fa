//! What sets the environments apart.

mod audit;
mod facts;

use serde_json::Value;

use crate::rendered::{objects, rendered};
use facts::FACTS;

#[test]
fn the_environments_differ_in_what_they_should() {
    let Some(rendered) = rendered() else { return };
    let all =
        ["development", "staging", "production"].map(|environment| objects(&rendered[environment]));
    let mut wrong = Vec::new();
    for fact in FACTS {
        let found = all.each_ref().map(|objects| found(fact.of, objects));
        if found != fact.expected {
            wrong.push(format!(
                "{}:\n  expected {:?}\n  found    {found:?}",
                fact.what, fact.expected
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every value that the objects have there, in order, each once.
fn found(of: fn(&Value) -> Vec<String>, objects: &[Value]) -> String {
    let mut values: Vec<String> = objects.iter().flat_map(of).collect();
    values.sort();
    values.dedup();
    values.join(" ")
}

#[test]
fn no_secret_is_written_in_plain_text() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        let objects = objects(text);
        let found: Vec<String> = objects.iter().flat_map(facts::plain_secrets).collect();
        assert_eq!(found, Vec::<String>::new(), "{environment}");
    }
}

#[test]
fn a_secret_in_plain_text_is_found() {
    let text = "
apiVersion: v1
kind: Secret
metadata: {name: a}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: b, namespace: c}
spec:
  template:
    spec:
      containers:
      - env: [{name: DB_PASSWORD, value: hunter2}, {name: API_TOKEN, valueFrom: {}}, {name: KEY_FILE, value: /keys/a}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: d}
data: {SMTP_PASSWORD: hunter2, TOKEN_URL: /login}
";
    let objects = objects(text);
    let found: Vec<String> = objects.iter().flat_map(facts::plain_secrets).collect();
    assert_eq!(
        found,
        [
            "Secret /a",
            "Deployment c/b: DB_PASSWORD",
            "ConfigMap /d: SMTP_PASSWORD"
        ]
    );
}
