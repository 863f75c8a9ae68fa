//! Changes of fields, and what no function may do.

use sdk::yaml::json_patch::{self, Patch};
use sdk::{Outcome, Value, json, yaml};

use crate::{WEB, bug, config, run, script, told};

/// What the text says.
pub(crate) fn value_of(text: &str) -> Value {
    let stream = yaml::parse(text.to_owned()).unwrap();
    let root = stream.documents().next().unwrap().root().unwrap();
    root.to_value().unwrap()
}

/// A script, and the RFC 6902 patch that says the same; json-patch is the oracle for what it means.
const LOWERED: &[(&str, &str, &str)] = &[
    (
        "an absent field is added",
        r#"[{"set": ["spec", "paused"], "value": true}]"#,
        r#"[{"op": "add", "path": "/spec/paused", "value": true}]"#,
    ),
    (
        "a field that stands there is replaced",
        r#"[{"set": ["spec", "replicas"], "value": 5}]"#,
        r#"[{"op": "replace", "path": "/spec/replicas", "value": 5}]"#,
    ),
    (
        "missing parents are made",
        r#"[{"set": ["spec", "template", "metadata", "annotations", "a.b/c~d"], "value": "x"}]"#,
        r#"[{"op": "add", "path": "/spec/template/metadata", "value": {}}, {"op": "add", "path": "/spec/template/metadata/annotations", "value": {}},
            {"op": "add", "path": "/spec/template/metadata/annotations/a.b~1c~0d", "value": "x"}]"#,
    ),
    (
        "fields under one missing parent make it once",
        r#"[{"set": ["metadata", "labels", "b"], "value": "1"}, {"rule": "second", "set": ["metadata", "labels", "a"], "value": "2"}]"#,
        r#"[{"op": "add", "path": "/metadata/labels", "value": {"a": "2", "b": "1"}}]"#,
    ),
    (
        "an item is added at the end of a list alone",
        r#"[{"in": "container", "append": ["args"], "value": "d"}, {"in": "container", "append": ["args"], "value": "b"}]"#,
        r#"[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "d"},
            {"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "b"}]"#,
    ),
    (
        "the same item is added as often as it is asked for",
        r#"[{"in": "container", "append": ["args"], "value": "d"}, {"in": "container", "append": ["args"], "value": "d"}]"#,
        r#"[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "d"},
            {"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "d"}]"#,
    ),
    (
        "a missing list is made, and its parents",
        r#"[{"in": "container", "append": ["securityContext", "capabilities", "drop"], "value": "ALL"}]"#,
        r#"[{"op": "add", "path": "/spec/template/spec/containers/0/securityContext", "value": {"capabilities": {"drop": ["ALL"]}}}]"#,
    ),
    (
        "an item of a block list is added behind the last",
        r#"[{"append": ["spec", "template", "spec", "containers"], "value": {"name": "side", "image": "side:1"}}]"#,
        r#"[{"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "side", "image": "side:1"}}]"#,
    ),
    (
        "items are removed from the highest index on",
        r#"[{"in": "container", "remove": ["args", 0]}, {"in": "container", "remove": ["args", 2]}]"#,
        r#"[{"op": "remove", "path": "/spec/template/spec/containers/0/args/2"}, {"op": "remove", "path": "/spec/template/spec/containers/0/args/0"}]"#,
    ),
    (
        "a list may lose all its items",
        r#"[{"in": "container", "remove": ["args", 1]}, {"in": "container", "remove": ["args", 0]}, {"in": "container", "remove": ["args", 2]}]"#,
        r#"[{"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": []}]"#,
    ),
    (
        "what is removed and what is added keep apart",
        r#"[{"remove": ["spec", "replicas"]}, {"set": ["spec", "paused"], "value": true}, {"in": "container", "set": ["tty"], "value": false}]"#,
        r#"[{"op": "add", "path": "/spec/paused", "value": true}, {"op": "add", "path": "/spec/template/spec/containers/0/tty", "value": false},
            {"op": "remove", "path": "/spec/replicas"}]"#,
    ),
    (
        "an item is replaced while another one goes",
        r#"[{"in": "container", "set": ["args", 2], "value": "z"}, {"in": "container", "remove": ["args", 0]}]"#,
        r#"[{"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": ["b", "z"]}]"#,
    ),
    (
        "the same change asked for twice is made once",
        r#"[{"set": ["spec", "paused"], "value": true}, {"rule": "second", "set": ["spec", "paused"], "value": true}]"#,
        r#"[{"op": "add", "path": "/spec/paused", "value": true}]"#,
    ),
];

/// `mode: overwrite`, so that a script may also replace.
fn overwriting(actions: &Value) -> String {
    config(&json!({"mode": "overwrite", "defaults": {"do": actions}}))
}

#[test]
fn a_plan_means_what_its_patch_means() {
    for (claim, actions, patch) in LOWERED {
        let actions: Value = serde_json::from_str(actions).unwrap();
        let patch: Patch = serde_json::from_str(patch).unwrap();
        let mut wanted = value_of(WEB);
        json_patch::patch(&mut wanted, &patch).unwrap();
        let ran = run(&overwriting(&actions), WEB);
        assert_eq!(
            value_of(&ran.output),
            wanted,
            "{claim}: {}\n{}",
            told(&ran),
            ran.output
        );
        assert!(
            ran.output.contains("name: web # the front\n"),
            "{claim}: {}",
            ran.output
        );
    }
}

#[test]
fn a_plan_for_an_object_in_a_list_lands_in_that_object() {
    let indented = format!("- {}\n", WEB.trim_end().replace('\n', "\n  "));
    let before = format!(
        "apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: Service, metadata: {{name: web}}}}\n{indented}"
    );
    for (claim, actions, patch) in LOWERED {
        let actions: Value = serde_json::from_str(actions).unwrap();
        let patch: Patch = serde_json::from_str(patch).unwrap();
        let mut wanted = value_of(&before);
        json_patch::patch(&mut wanted["items"][1], &patch).unwrap();
        let ran = run(&overwriting(&actions), &before);
        assert_eq!(
            value_of(&ran.output),
            wanted,
            "{claim}: {}\n{}",
            told(&ran),
            ran.output
        );
    }
}

#[test]
fn empty_parents_are_filled() {
    for empty in ["", " {}", " null", " ~"] {
        let input = WEB.replace(
            "spec:\n  replicas",
            &format!("status:{empty}\nspec:\n  replicas"),
        );
        let ran = run(
            &script(
                &json!([{"set": ["status", "phase"], "value": "on"}, {"append": ["status", "list"], "value": 1}]),
            ),
            &input,
        );
        let mut wanted = value_of(&input);
        wanted["status"] = json!({"phase": "on", "list": [1]});
        assert_eq!(
            value_of(&ran.output),
            wanted,
            "status:{empty}: {}\n{}",
            told(&ran),
            ran.output
        );
    }
}

#[test]
fn a_field_of_a_setter_is_changed_with_a_warning() {
    let input = WEB.replace("replicas: 2\n", "replicas: 2 # kpt-set: ${replicas}\n");
    let ran = run(
        &overwriting(&json!([{"set": ["spec", "replicas"], "value": 3}])),
        &input,
    );
    assert_eq!(ran.output, input.replace("replicas: 2", "replicas: 3"));
    let warning = "warning[set-tenancy/setter-owned] Deployment shop/web: the setter `${replicas}` owns this field and will undo the change (spec.replicas)";
    assert_eq!(ran.lines[0], warning);
    assert_eq!(
        run(
            &overwriting(&json!([{"set": ["spec", "replicas"], "value": 3}])),
            WEB
        )
        .lines
        .len(),
        2,
        "only where the comment stands"
    );
}

#[test]
fn a_rule_that_is_opened_and_never_ended_is_a_bug_that_names_the_function() {
    assert_eq!(
        bug(&script(&json!([{"forget": []}])), WEB),
        "this is a bug, please report it: set-tenancy: the rule first on Deployment shop/web ended without an outcome"
    );
}

#[test]
fn two_different_values_for_one_place_are_a_bug_that_names_the_function() {
    let actions = json!([{"set": ["spec", "paused"], "value": true}, {"rule": "second", "set": ["spec", "paused"], "value": false}]);
    assert_eq!(
        bug(&script(&actions), WEB),
        "this is a bug, please report it: set-tenancy: changes `spec.paused` and `spec.paused` at once"
    );
}

#[test]
fn a_change_inside_another_change_is_a_bug_that_names_the_function() {
    let inside =
        json!({"in": "container", "set": ["securityContext", "privileged"], "value": false});
    let around = json!({"in": "container", "set": ["securityContext"], "value": {}});
    let told = bug(&script(&json!([inside, around])), WEB);
    let container = "spec.template.spec.containers[0].securityContext";
    assert_eq!(
        told,
        format!(
            "this is a bug, please report it: set-tenancy: changes `{container}` and `{container}.privileged` at once"
        )
    );
    // A field between the two in the order of the paths hides nothing.
    let beside = json!({"in": "container", "set": ["securityContext", "a"], "value": 1});
    bug(&script(&json!([inside, beside, around])), WEB);
}

#[test]
fn a_plan_that_overwrites_an_author_in_fill_mode_is_a_bug_that_names_the_function() {
    let authored = ["2", "0", "null", "\"\"", "[]", ""];
    for text in authored {
        let input = WEB.replace("replicas: 2", &format!("replicas: {text}"));
        for mode in ["fill", "audit"] {
            let spec = json!({"mode": mode, "defaults": {"do": [{"set": ["spec", "replicas"], "value": 3}]}});
            assert_eq!(
                bug(&config(&spec), &input),
                "this is a bug, please report it: set-tenancy: the rule first on Deployment shop/web would change the authored field spec.replicas",
                "replicas: {text} in mode {mode}"
            );
        }
    }
}

#[test]
fn a_value_that_stands_there_already_is_kept() {
    let ran = run(
        &script(&json!([{"set": ["spec", "replicas"], "value": 2}])),
        WEB,
    );
    assert_eq!(ran.output, WEB);
    assert_eq!(ran.findings[0].outcome, Outcome::Kept);
    assert_eq!(ran.findings[0].reason.as_deref(), Some("as-configured"));
}

#[test]
fn audit_writes_nothing_and_proposes_what_fill_would_write() {
    let actions = json!([{"set": ["spec", "paused"], "value": true}, {"in": "container", "append": ["args"], "value": "d"}, {"remove": ["spec", "replicas"]}]);
    let spec = |mode: &str, fail_on: &str| {
        config(&json!({"mode": mode, "results": {"failOn": fail_on}, "defaults": {"do": actions}}))
    };
    let audited = run(&spec("audit", "error"), WEB);
    assert_eq!(audited.output, WEB);
    assert_eq!(audited.exit_code, 0);
    assert_eq!(
        told(&audited),
        "warning[set-tenancy/first] Deployment shop/web: would be changed: written (spec.paused)\n\
         warning[set-tenancy/first] Deployment shop/web: would be changed: added (spec.template.spec.containers[0].args)\n\
         warning[set-tenancy/first] Deployment shop/web: would be changed: taken away (spec.replicas)"
    );
    let proposed: Vec<_> = audited
        .findings
        .iter()
        .map(|finding| (finding.outcome, finding.proposed.clone()))
        .collect();
    let violation = Outcome::Violation;
    assert_eq!(
        proposed,
        [
            (violation, Some(json!(true))),
            (violation, Some(json!("d"))),
            (violation, None)
        ]
    );
    assert_eq!(
        run(&spec("audit", "warning"), WEB).exit_code,
        1,
        "the exit code goes by failOn as ever"
    );
    assert_ne!(
        run(&spec("fill", "error"), WEB).output,
        WEB,
        "or else this shows nothing"
    );
}

#[test]
fn set_all_never_overwrites_an_author_in_fill_mode() {
    assert_eq!(
        bug(
            &script(&json!([{"set_all": ["spec", "replicas"], "value": 3}])),
            WEB
        ),
        "this is a bug, please report it: set-tenancy: the rule first on Deployment shop/web would change the authored field spec.replicas"
    );
}

#[test]
fn an_item_is_added_to_a_list_while_another_one_is_changed() {
    let added = json!({"append": ["spec", "template", "spec", "containers"], "value": {"name": "side", "image": "s"}});
    let changed = json!({"in": "container", "set": ["tty"], "value": true});
    let output = run(&script(&json!([added, changed])), WEB).output;
    assert_eq!(
        value_of(&output)["spec"]["template"]["spec"]["containers"][0]["tty"],
        json!(true)
    );
    assert_eq!(
        value_of(&output)["spec"]["template"]["spec"]["containers"][1]["name"],
        json!("side")
    );
}

#[test]
fn what_a_container_is_told_is_not_told_again() {
    let input = WEB.replace(
        "args: [a",
        "env: [{name: KEY, value: hunter2}]\n        args: [hunter2",
    );
    let current = |place: Value| {
        let ran = run(
            &script(&json!([{"in": "container", "report": place}])),
            &input,
        );
        ran.findings.into_iter().find_map(|finding| finding.current)
    };
    assert_eq!(current(json!(["image"])), Some("app:1".into()));
    assert_eq!(current(json!(["env", 0, "value"])), None);
    assert_eq!(current(json!(["args", 0])), None);
}
