//! SARIF 2.1.0, which code scanners exchange.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>; the schema is that of
//! sarif-2.1/schema/sarif-schema-2.1.0.json in oasis-tcs/sarif-spec, commit
//! e0583813964ec43cea53b6b531b402866095ed1f.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use yaml::order::Collect as _;

use super::Entry;
use crate::finding::Severity;

pub(super) fn text(
    entries: &[Entry<'_>],
    rules: &BTreeMap<String, (&'static str, Severity)>,
    is_done: bool,
) -> String {
    // What counts findings is none itself, and viewers have no place for it.
    let (summaries, found): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.is_summary());
    let used: BTreeSet<&str> = found.iter().map(|entry| entry.rule()).into_set();
    let ids: Vec<&str> = used.into_iter().collect();
    let described: Vec<Value> = ids.iter().map(|id| rule(id, rules.get(*id))).collect();
    let results: Vec<Value> = found.iter().map(|entry| result(entry, &ids)).collect();
    let notes: Vec<Value> = summaries.iter().map(|entry| note(entry)).collect();
    let report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "plimsoll",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": described,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": is_done, "toolExecutionNotifications": notes}],
            "results": results,
        }],
    });
    format!("{report:#}\n")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        other => other.as_str(),
    }
}

fn rule(id: &str, known: Option<&(&'static str, Severity)>) -> Value {
    let (about, severity) = known.copied().unwrap_or((id, Severity::Error));
    let function = id.split('/').next().unwrap_or_default();
    let help = format!(
        "{about} Set its severity by `rules: {{{id}: off | info | warning | error}}` in the configuration, or opt an object out by the annotation `plimsoll.dev/skip: \"{}\"`.",
        id.replacen('/', ":", 1)
    );
    json!({
        "id": id,
        "shortDescription": {"text": about},
        "help": {"text": help},
        "defaultConfiguration": {"level": level(severity)},
        "properties": {"tags": [function]},
    })
}

fn note(entry: &Entry<'_>) -> Value {
    let text = format!("{}: {}", entry.rule(), entry.message());
    json!({"level": "note", "message": {"text": text}})
}

fn result(entry: &Entry<'_>, ids: &[&str]) -> Value {
    let mut fields = Map::new();
    let mut insert = |key: &str, value: Value| drop(fields.insert(key.to_owned(), value));
    insert("ruleId", entry.rule().into());
    insert(
        "ruleIndex",
        ids.binary_search(&entry.rule()).unwrap_or_default().into(),
    );
    insert("level", level(entry.finding.severity).into());
    insert("message", json!({"text": entry.message()}));
    let location = location(entry);
    if !location.is_empty() {
        insert("locations", json!([location]));
    }
    if let Some(tags) = entry.result.get("tags") {
        insert("properties", json!({"result": tags}));
    }
    Value::Object(fields)
}

fn location(entry: &Entry<'_>) -> Map<String, Value> {
    let mut location = Map::new();
    let (file, position) = (entry.location.file.as_deref(), entry.location.position);
    if file.is_some() || position.is_some() {
        let uri = uri(file.unwrap_or("stdin"));
        let mut physical = json!({"artifactLocation": {"uri": uri}});
        if let (Value::Object(physical), Some(position)) = (&mut physical, position) {
            let region = json!({"startLine": position.line, "startColumn": position.column});
            physical.insert("region".to_owned(), region);
        }
        location.insert("physicalLocation".to_owned(), physical);
    }
    if let Some(subject) = entry.finding.known_subject() {
        let name = subject.label();
        location.insert(
            "logicalLocations".to_owned(),
            json!([{"fullyQualifiedName": name, "kind": "resource"}]),
        );
    }
    location
}

/// A path as a reference of RFC 3986.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            _ => drop(write!(uri, "%{byte:02X}")),
        }
    }
    match path.strip_prefix('/') {
        Some(_) => format!("file://{uri}"),
        None => uri,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_reference_that_viewers_can_follow() {
        assert_eq!(
            uri("./apps/my app:1#é.yaml"),
            "apps/my%20app%3A1%23%C3%A9.yaml"
        );
        assert_eq!(uri("/srv/a.yaml"), "file:///srv/a.yaml");
    }
}
