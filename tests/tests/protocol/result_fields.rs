//! The fields of a result (S9–S18).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    BROKEN, DEPLOYMENT, IMPATIENT, SERVICE, config, every_result, list, result_of, served, text,
};

#[test]
fn gives_every_result_a_message_on_one_line_with_its_rule() {
    // kpt prints neither tags nor line ends.
    for result in every_result() {
        let (message, rule) = (text(&result, "/message"), text(&result, "/tags/rule"));
        assert!(!message.contains('\n') && !rule.is_empty(), "{result}");
        let own = message.strip_suffix(&format!(" [{rule}]"));
        assert!(own.is_some_and(|own| !own.trim().is_empty()), "{result}");
    }
}

#[test]
fn gives_every_result_a_severity() {
    // Left out, the specification says error and kpt says info.
    let found: BTreeSet<String> = every_result()
        .iter()
        .map(|result| text(result, "/severity").to_owned())
        .collect();
    assert_eq!(
        found,
        ["error", "info", "warning"].map(str::to_owned).into()
    );
}

#[test]
fn refers_to_an_object_by_four_plain_strings() {
    let all = every_result();
    let refs: Vec<&Value> = all
        .iter()
        .filter_map(|result| result.get("resourceRef"))
        .collect();
    assert!(!refs.is_empty());
    for reference in refs {
        for (key, value) in reference.as_object().expect("a mapping") {
            assert!(
                ["apiVersion", "kind", "name", "namespace"].contains(&key.as_str()),
                "{reference}"
            );
            assert!(
                value.as_str().is_some_and(|text| !text.is_empty()),
                "{reference}"
            );
        }
    }
    let broken = result_of(&served(&list(&[BROKEN])), "unknown-port-name");
    assert_eq!(
        broken["resourceRef"],
        json!({"apiVersion": "v1", "kind": "Pod", "name": "broken", "namespace": "shop"})
    );
}

#[test]
fn leaves_the_namespace_out_of_a_reference_where_there_is_none() {
    let ran = served(&list(&[&BROKEN.replace(", namespace: shop", "")]));
    let broken = result_of(&ran, "unknown-port-name");
    assert_eq!(
        broken["resourceRef"],
        json!({"apiVersion": "v1", "kind": "Pod", "name": "broken"})
    );
}

#[test]
fn gives_a_field_as_a_mapping_and_only_beside_an_object() {
    let all = every_result();
    let mut seen = 0;
    for result in &all {
        let Some(field) = result.get("field") else {
            continue;
        };
        seen += 1;
        assert!(result.get("resourceRef").is_some(), "{result}");
        let known =
            |key: &String| ["path", "currentValue", "proposedValue"].contains(&key.as_str());
        assert!(
            field
                .as_object()
                .is_some_and(|field| field.keys().all(known)),
            "{result}"
        );
        assert!(!text(field, "/path").is_empty(), "{result}");
    }
    assert!(
        (1..all.len()).contains(&seen),
        "some results are about a field, some are not"
    );
}

#[test]
fn gives_the_current_and_the_proposed_value() {
    let broken = result_of(&served(&list(&[BROKEN])), "unknown-port-name");
    assert_eq!(broken["field"]["currentValue"], "htpp");
    let audited = served(&(list(&[DEPLOYMENT, SERVICE]) + &config("{mode: audit}")));
    let proposed = json!({"tcpSocket": {"port": "http"}, "timeoutSeconds": 3});
    assert_eq!(
        result_of(&audited, "readiness")["field"]["proposedValue"],
        proposed
    );
}

#[test]
fn counts_list_entries_from_zero_in_a_path() {
    let broken = result_of(&served(&list(&[BROKEN])), "unknown-port-name");
    assert_eq!(
        broken["field"]["path"],
        "spec.containers[1].readinessProbe.httpGet.port"
    );
    let deployment =
        DEPLOYMENT.to_owned() + "          livenessProbe: {tcpSocket: {port: nobody}}\n";
    let broken = result_of(&served(&list(&[&deployment])), "unknown-port-name");
    assert_eq!(
        broken["field"]["path"],
        "spec.template.spec.containers[0].livenessProbe.tcpSocket.port"
    );
}

#[test]
fn quotes_a_key_with_dots_in_a_path() {
    let stale = result_of(&served(&list(&[IMPATIENT])), "stale-skip");
    assert_eq!(
        stale["field"]["path"],
        r#"metadata.annotations["plimsoll.dev/skip"]"#
    );
}

#[test]
fn gives_the_number_in_a_file_as_an_integer() {
    // A string makes kpt fail the whole run.
    let ran = served(&(list(&[DEPLOYMENT, SERVICE]) + &config("{results: {minSeverity: info}}")));
    assert_eq!(
        result_of(&ran, "readiness")["file"],
        json!({"path": "web/all.yaml", "index": 3})
    );
    for result in every_result() {
        let Some(file) = result.get("file") else {
            continue;
        };
        assert!(
            file["index"].is_u64() && file["path"].is_string(),
            "{result}"
        );
    }
}

#[test]
fn gives_an_integer_also_where_the_annotation_holds_none() {
    for index in ["'three'", "''", "'-1'", "'1.5'"] {
        let deployment = DEPLOYMENT.replace("'3'", index);
        let ran =
            served(&(list(&[&deployment, SERVICE]) + &config("{results: {minSeverity: info}}")));
        assert!(
            result_of(&ran, "readiness")["file"]["index"].is_u64(),
            "{index}: {}",
            ran.stdout
        );
    }
}

#[test]
fn names_no_file_where_none_is_known() {
    let broken = result_of(&served(&list(&[BROKEN])), "unknown-port-name");
    assert_eq!(broken.get("file"), None);
}

#[test]
fn gives_tags_from_string_to_string() {
    for result in every_result() {
        let tags = result["tags"].as_object().expect("a mapping");
        assert!(tags.values().all(Value::is_string), "{result}");
        assert!(
            ["changed", "kept", "skipped", "violation"].contains(&text(&result, "/tags/outcome")),
            "{result}"
        );
    }
    let broken = result_of(&served(&list(&[BROKEN])), "unknown-port-name");
    let expected = json!({"rule": "inject-probes/unknown-port-name", "outcome": "violation", "container": "app"});
    assert_eq!(broken["tags"], expected);
}

#[test]
fn keeps_names_strings_that_would_read_as_something_else() {
    // Some readers behind us take YAML 1.1's word for it, where `on` is a boolean and 0755 a number.
    for name in ["on", "null", "8080", "0755", "1e3", "true", "12:30:45"] {
        let item = BROKEN
            .replace("name: app", &format!("name: '{name}'"))
            .replace("name: broken", &format!("name: '{name}'"));
        let ran = served(&list(&[&item]));
        let broken = result_of(&ran, "unknown-port-name");
        assert_eq!(
            (
                text(&broken, "/tags/container"),
                text(&broken, "/resourceRef/name")
            ),
            (name, name),
            "{}",
            ran.stdout
        );
        let told = &ran.stdout[ran.stdout.find("\nresults:").expect("results")..];
        for key in ["name", "container"] {
            let quoted = [
                format!("    {key}: \"{name}\"\n"),
                format!("    {key}: '{name}'\n"),
            ];
            assert!(
                quoted.iter().any(|line| told.contains(line)),
                "{key} {name} has no quotes in:\n{told}"
            );
        }
    }
}
