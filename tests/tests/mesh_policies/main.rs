//! What holds for add-mtls-policies whatever an author wrote: nothing of an author's changes, a second run finds
//! nothing to do, and a policy lets exactly those in who were stated. And how it does inside kustomize.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a check stops at the first surprise and says so"
)]

mod authored;
mod kustomize;
mod mesh;

use proptest::prelude::*;
use std::collections::BTreeSet;

use checks::{cases, golden};
use proptest::sample::select;
use sdk::Ran;
use serde_json::{Value, json};
use yaml::Style;

use crate::mesh::{any_mesh, joined, plain_mesh, spec};

/// What the function makes of a text.
fn run(spec: &Value, input: &str) -> Ran {
    checks::served("add-mtls-policies", &config(spec), input)
}

/// A run that must go well.
fn well(spec: &Value, input: &str) -> Ran {
    let ran = run(spec, input);
    assert_eq!(ran.exit_code, 0, "{:#?} {input}", ran.lines);
    ran
}

fn config(spec: &Value) -> String {
    let config = json!({
        "apiVersion": "fn.plimsoll.dev/v1alpha1",
        "kind": "AddMtlsPolicies",
        "metadata": {"name": "mtls"},
        "spec": spec,
    });
    yaml::to_string(&config, Style::default())
}

fn value(document: &str) -> Value {
    serde_yaml::from_str(document).unwrap_or_else(|error| panic!("{error}: {document}"))
}

fn objects(text: &str) -> Vec<Value> {
    let documents = golden::documents(text);
    documents.iter().map(|document| value(document)).collect()
}

/// What was made, and is marked as made.
fn generated(text: &str) -> Vec<Value> {
    let mut objects = objects(text);
    objects.retain(|object| note(object, "generated-by").is_some());
    objects
}

/// One of our annotations.
fn note<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object["metadata"]["annotations"][format!("plimsoll.dev/{name}")].as_str()
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

fn is_of_istio(object: &Value, kind: &str) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    object["kind"] == kind && version.contains("istio.io/")
}

/// Every text under this key, wherever it stands.
fn texts_under(value: &Value, key: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match value {
        Value::Array(items) => found.extend(items.iter().flat_map(|item| texts_under(item, key))),
        Value::Object(map) => {
            for (own, value) in map {
                let texts = value.as_array().filter(|_| own == key);
                let texts = texts.into_iter().flatten().filter_map(Value::as_str);
                found.extend(texts.map(str::to_owned));
                found.extend(texts_under(value, key));
            }
        }
        _ => {}
    }
    found
}

/// A document without what rules may add to an author's object.
fn without_additions(object: &Value) -> Value {
    let mut object = object.clone();
    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
    match kind.as_str() {
        "Namespace" => {
            strip(&mut object["metadata"]["labels"], "istio-injection");
            strip(&mut object["metadata"]["annotations"], "linkerd.io/inject");
            if object["metadata"]["annotations"]
                .as_object()
                .is_none_or(serde_json::Map::is_empty)
            {
                strip(&mut object["metadata"], "annotations");
            }
        }
        "Service" => {
            for port in object["spec"]["ports"].as_array_mut().into_iter().flatten() {
                strip(port, "appProtocol");
            }
        }
        "DestinationRule" => strip_tls(&mut object["spec"]["trafficPolicy"]),
        _ => {
            let mut template = &mut object["spec"];
            if kind == "CronJob" {
                template = &mut template["jobTemplate"]["spec"];
            }
            let metadata = &mut template["template"]["metadata"];
            let notes = metadata.get_mut("annotations");
            if let Some(notes) = notes.and_then(Value::as_object_mut) {
                notes.retain(|key, _| !key.starts_with("config.linkerd.io/"));
                if notes.is_empty() {
                    strip(metadata, "annotations");
                }
            }
        }
    }
    object
}

fn strip(value: &mut Value, key: &str) {
    if let Some(map) = value.as_object_mut() {
        map.remove(key);
    }
}

fn strip_tls(policy: &mut Value) {
    if policy["tls"]["mode"] == "ISTIO_MUTUAL" {
        strip(policy, "tls");
    }
    for port in policy["portLevelSettings"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        strip(port, "tls");
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_second_run_changes_no_byte(mesh in any_mesh(), spec in spec()) {
        let once = run(&spec, &joined(&mesh.documents()));
        let twice = run(&spec, &once.output);
        prop_assert_eq!(&once.output, &twice.output, "{:#?} {:#?}", once.lines, twice.lines);
        prop_assert_eq!(once.exit_code, twice.exit_code, "{:#?} {:#?}", once.lines, twice.lines);
    }

    #[test]
    fn the_order_of_the_input_is_the_order_of_the_output_and_no_more(
        (mesh, shuffled) in any_mesh().prop_flat_map(|mesh| {
            let documents = mesh.documents();
            (Just(mesh), Just(documents).prop_shuffle())
        }),
        spec in spec(),
    ) {
        let (one, other) = (run(&spec, &joined(&mesh.documents())), run(&spec, &joined(&shuffled)));
        prop_assert_eq!(one.exit_code, other.exit_code, "{:#?} {:#?}", &one.lines, &other.lines);
        let sorted = |text: &str| {
            let mut documents = golden::documents(text);
            documents.sort_unstable();
            documents
        };
        prop_assert_eq!(sorted(&one.output), sorted(&other.output), "{:#?} {:#?}", &one.lines, &other.lines);
        let told = |ran: &Ran| ran.lines.iter().cloned().collect::<BTreeSet<_>>();
        prop_assert_eq!(told(&one), told(&other));
    }

    #[test]
    fn an_author_s_object_has_what_rules_add_and_no_other_byte(mesh in any_mesh(), spec in spec()) {
        let documents = mesh.documents();
        let ran = run(&spec, &joined(&documents));
        if ran.exit_code != 0 {
            prop_assert_eq!(&ran.output, &joined(&documents));
            return Ok(());
        }
        let adds = [
            spec["provider"] == "linkerd",
            spec["destinationRules"]["mode"] == "ensure",
            spec["protocols"]["mode"] == "fix",
            spec["injection"]["mode"] == "ensure",
        ];
        let after = golden::documents(&ran.output);
        prop_assert!(after.len() >= documents.len(), "{}", ran.output);
        for (before, after) in documents.iter().zip(&after) {
            if adds.contains(&true) {
                let (before, after) = (value(before), value(after));
                prop_assert_eq!(without_additions(&before), without_additions(&after), "{:#?}", ran.lines);
            } else {
                prop_assert_eq!(before, after, "{:#?}", ran.lines);
            }
        }
        for added in after.iter().skip(documents.len()) {
            let added = value(added);
            prop_assert!(note(&added, "generated-by").is_some() && note(&added, "generated-for").is_some(), "{added}");
        }
    }

    #[test]
    fn only_policies_for_a_namespace_or_the_mesh_select_everything(mesh in any_mesh(), spec in spec()) {
        let ran = run(&spec, &joined(&mesh.documents()));
        for object in generated(&ran.output) {
            let spec = &object["spec"];
            let selects = |selector: &Value| selector["matchLabels"].as_object().is_some_and(|labels| !labels.is_empty());
            let is_aimed = if object["kind"] == "Server" {
                selects(&spec["podSelector"])
            } else if is_of_istio(&object, "AuthorizationPolicy") {
                let is_deny = name(&object) == "default-deny" && spec.as_object().is_some_and(serde_json::Map::is_empty);
                is_deny || selects(&spec["selector"]) || spec["targetRefs"].as_array().is_some_and(|targets| !targets.is_empty())
            } else if is_of_istio(&object, "PeerAuthentication") {
                let is_wide = name(&object) == "default" && spec.get("portLevelMtls").is_none();
                is_wide || selects(&spec["selector"])
            } else {
                true
            };
            prop_assert!(is_aimed, "{object} {:#?}", ran.lines);
        }
    }

    #[test]
    fn a_policy_lets_exactly_the_stated_callers_in(mesh in plain_mesh(), authorization in select(vec!["declared", "enforce"])) {
        let spec = json!({
            "environment": "production",
            "authorization": {"mode": authorization, "unknownCallers": "deny"},
            "externalIdentities": ["cluster.local/ns/ops/sa/backup"],
        });
        let ran = run(&spec, &joined(&mesh.documents()));
        let made = generated(&ran.output);
        for work in mesh.works.iter().filter(|work| work.is_server()) {
            let (principals, namespaces) = mesh.stated(work);
            let own = made.iter().find(|object| {
                is_of_istio(object, "AuthorizationPolicy") && note(object, "generated-for") == Some(work.identity().as_str())
            });
            if let Some(policy) = own {
                prop_assert_eq!(texts_under(policy, "principals"), principals, "{} {:#?}", policy, ran.lines);
                prop_assert_eq!(texts_under(policy, "namespaces"), namespaces, "{} {:#?}", policy, ran.lines);
                prop_assert!(!work.is_skipped && mesh.is_meshed(work), "{policy} {:#?}", ran.lines);
                continue;
            }
            let is_guessed = mesh.works.iter().any(|caller| {
                let mention = caller.mentions.and_then(|index| mesh.callee(index));
                mention.is_some_and(|callee| callee.name == work.name)
            });
            // What pods of one workload tell each other is no reason to keep others out.
            let is_called = mesh.callers(work).iter().any(|caller| caller.name != work.name);
            let is_stated = is_called || !work.allows.is_empty();
            let is_due = ran.exit_code == 0 && is_stated && mesh.is_meshed(work) && !work.is_skipped && !is_guessed;
            prop_assert!(!is_due, "no policy for {} {:#?} {}", work.identity(), ran.lines, ran.output);
        }
    }

    // What nobody stated is unknown, and a door that was never known is not to be closed.
    #[test]
    fn a_workload_without_a_stated_caller_gets_no_policy(mesh in any_mesh()) {
        let spec = json!({"environment": "production"});
        let ran = run(&spec, &joined(&mesh.documents()));
        for policy in generated(&ran.output).iter().filter(|object| is_of_istio(object, "AuthorizationPolicy")) {
            let target = note(policy, "generated-for");
            let work = mesh.works.iter().find(|work| {
                let service = format!("Service/{}/{}", work.namespace, work.name);
                target == Some(work.identity().as_str()) || target == Some(service.as_str())
            });
            let work = work.unwrap_or_else(|| panic!("for nothing: {policy}"));
            let (principals, namespaces) = mesh.stated(work);
            prop_assert!(!principals.is_empty() || !namespaces.is_empty(), "{policy} {:#?}", ran.lines);
        }
    }
}
