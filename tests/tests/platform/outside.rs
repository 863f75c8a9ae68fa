//! What the platform needs from outside: hosts that it calls, and APIs that operators bring.

use std::collections::BTreeSet;
use std::fs;

use checks::binary;
use serde_json::Value;

use crate::name;
use crate::references::pod_of;
use crate::rendered::{objects, rendered};

/// Groups that every cluster has.
const BUILT_IN: [&str; 8] = [
    "apps",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "v1",
];

/// Every text in a value.
fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(map) => map.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

fn strings(value: &Value) -> BTreeSet<String> {
    let mut found = Vec::new();
    texts(value, &mut found);
    found.into_iter().map(str::to_owned).collect()
}

/// Names of hosts on the internet in a text.
fn hosts_in(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let words = text.split(move |letter: char| !is_part(letter) && !['-', '.'].contains(&letter));
    words.map(|word| word.trim_matches('.')).filter(|word| {
        let end = word.rsplit_once('.').map(|(_, end)| end);
        matches!(end, Some("com" | "io" | "net" | "org"))
    })
}

/// Hosts that configurations and pods name, but for the shop's own.
fn called(objects: &[Value]) -> BTreeSet<String> {
    let of_kind = |kind: &'static str| objects.iter().filter(move |object| object["kind"] == kind);
    let own: BTreeSet<String> = of_kind("Certificate")
        .flat_map(|object| strings(&object["spec"]["dnsNames"]))
        .collect();
    let mut found = Vec::new();
    for object in objects {
        if object["kind"] == "ConfigMap" {
            texts(&object["data"], &mut found);
        }
        let pod = pod_of(object).unwrap_or(&Value::Null);
        for container in ["containers", "initContainers"]
            .iter()
            .filter_map(|list| pod[*list].as_array())
            .flatten()
        {
            for field in ["args", "command", "env"] {
                texts(&container[field], &mut found);
            }
        }
    }
    let hosts = found.iter().flat_map(|text| hosts_in(text));
    let hosts: BTreeSet<String> = hosts.map(str::to_owned).collect();
    hosts.difference(&own).cloned().collect()
}

#[test]
fn each_host_outside_has_a_service_entry_and_nothing_else_has() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        let objects = objects(text);
        let called = called(&objects);
        assert!(called.len() > 2, "{environment}: {called:?}");
        let entries = objects
            .iter()
            .filter(|object| object["kind"] == "ServiceEntry");
        let open: BTreeSet<String> = entries
            .flat_map(|entry| strings(&entry["spec"]["hosts"]))
            .collect();
        let closed: Vec<_> = called.difference(&open).collect();
        assert!(closed.is_empty(), "{environment}: no way to {closed:?}");
        // Object stores are also called by the name of a bucket before the host.
        let is_called = |host: &String| {
            let behind_bucket = host.split_once('.').map(|(_, host)| host.to_owned());
            called.contains(host) || behind_bucket.is_some_and(|host| called.contains(&host))
        };
        let unused: Vec<_> = open.iter().filter(|host| !is_called(host)).collect();
        assert!(unused.is_empty(), "{environment}: nobody calls {unused:?}");
    }
}

/// The namespace and the ports of what lets something out.
fn ways_out(object: &Value, ports: &str, number: &str) -> BTreeSet<(String, i64)> {
    let mut ways = BTreeSet::new();
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let rules = object.pointer(ports).and_then(Value::as_array);
    for rule in rules.into_iter().flatten() {
        let port = rule[number].as_i64().expect("a port is a number");
        ways.insert((namespace.to_owned(), port));
    }
    ways
}

#[test]
fn network_policies_open_the_internet_where_service_entries_do_and_nowhere_else() {
    let Some(rendered) = rendered() else { return };
    for environment in ["staging", "production"] {
        let objects = objects(&rendered[environment]);
        let of_kind =
            |kind: &'static str| objects.iter().filter(move |object| object["kind"] == kind);
        let entries: BTreeSet<_> = of_kind("ServiceEntry")
            .flat_map(|entry| ways_out(entry, "/spec/ports", "number"))
            .collect();
        let mut policies = BTreeSet::new();
        for policy in of_kind("NetworkPolicy") {
            let rules = policy["spec"]["egress"].as_array().into_iter().flatten();
            for (index, rule) in rules.enumerate() {
                assert!(
                    rule.get("to")
                        .is_some_and(|to| *to != Value::Array(Vec::new())),
                    "{environment}: {} lets its pods go anywhere",
                    name(policy)
                );
                let goes_out = strings(rule).iter().any(|text| text.ends_with("/0"));
                if goes_out {
                    let ports = format!("/spec/egress/{index}/ports");
                    policies.extend(ways_out(policy, &ports, "port"));
                }
            }
        }
        assert_eq!(policies, entries, "{environment}");
    }
}

#[test]
fn the_prerequisites_name_each_api_that_is_used_and_no_other() {
    let Some(rendered) = rendered() else { return };
    let mut used = BTreeSet::new();
    for text in rendered.values() {
        for object in objects(text) {
            let api = object["apiVersion"]
                .as_str()
                .expect("an object has one")
                .to_owned();
            let group = api.split_once('/').map_or(api.as_str(), |(group, _)| group);
            if !BUILT_IN.contains(&group) {
                used.insert(api);
            }
        }
    }
    let page = fs::read_to_string(binary::root().join("base/prerequisites/README.md"));
    let page = page.expect("the page can be read");
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let words = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    let is_api = |word: &&str| {
        word.split_once('/')
            .is_some_and(|(group, version)| group.contains('.') && version.starts_with('v'))
    };
    let named: BTreeSet<String> = words.filter(is_api).map(str::to_owned).collect();
    assert_eq!(named, used);
}

#[test]
fn hosts_are_found_in_whatever_stands_around_them() {
    let found = |text| hosts_in(text).collect::<Vec<_>>();
    assert_eq!(
        found("url=https://api.stripe.com/v1?x=1"),
        ["api.stripe.com"]
    );
    assert_eq!(
        found("mail.example.org:587, db.data.svc.cluster.local"),
        ["mail.example.org"]
    );
    assert_eq!(found("the end of a sentence.com."), ["sentence.com"]);
    assert!(found("kafka.server.Log and 10.0.0.1").is_empty());
}
