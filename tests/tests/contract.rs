//! What the core promises for every function, shown by one that does as its configuration says.
//!
//! A script of actions stands in `defaults.do` (or in an override) and is carried out for each container in
//! scope, so that a test reads as configuration, input, and what comes of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;

use sdk::yaml::{
    self,
    json_patch::{self, Patch},
};
use sdk::{
    ConfigError, Context, Decision, Environment, Error, Function, Merged, Outcome, Place, Plan,
    Ran, Resource, Resources, Rule, Severity, Subject, Value, json,
};

/// Does as it is told. It has the name of a function that exists, so that skips may name it.
struct Scripted;

const RULES: &[Rule] = &[
    Rule {
        slug: "first",
        severity: Severity::Info,
        about: "Writes.",
    },
    Rule {
        slug: "second",
        severity: Severity::Info,
        about: "Writes too.",
    },
    Rule {
        slug: "check",
        severity: Severity::Error,
        about: "Finds something wrong.",
    },
];

impl Function for Scripted {
    const NAME: &'static str = "set-tenancy";
    const KIND: &'static str = "SetTenancy";
    const SUMMARY: &'static str = "Do as the configuration says.";
    const SCHEMA: &'static str = "{}";
    const EXAMPLE: &'static str = "";
    const RULES: &'static [Rule] = RULES;
    const ALTERNATIVES: &'static [&'static [&'static str]] = &[];

    type Config = BTreeMap<String, Value>;
    type Run = BTreeMap<String, Value>;
    type Settings = Vec<Value>;

    fn built_in(_: Option<Environment>) -> Value {
        json!({})
    }

    fn settle(
        layers: &Merged<Self::Config>,
        _run: &Self::Run,
    ) -> Result<Self::Settings, Vec<ConfigError>> {
        Ok(layers
            .config
            .get("do")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default())
    }

    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan {
        let mut plan = context.plan();
        for container in context.containers(resources) {
            let (Some(script), Some(owner)) =
                (context.settings(container), container.pod.template_owner())
            else {
                continue;
            };
            for action in script.iter() {
                let is_about_container = action.get("in").is_some();
                let base = if is_about_container {
                    container.place()
                } else {
                    owner.place()
                };
                let subject = if is_about_container {
                    container.into()
                } else {
                    Subject::Resource(owner, resources)
                };
                act(&mut plan, action, subject, &base, owner);
            }
        }
        plan
    }
}

/// Carries out one action: its verb is the key, what it is about the value, a list of steps or an object.
fn act(plan: &mut Plan, action: &Value, subject: Subject<'_>, base: &Place, owner: &Resource<'_>) {
    let text = |key: &str| action.get(key).and_then(Value::as_str).unwrap_or_default();
    let value = action.get("value").cloned().unwrap_or_default();
    let rule = if text("rule") == "second" {
        "second"
    } else {
        "first"
    };
    let at = |verb: &str| {
        action.get(verb).and_then(Value::as_array).map(|steps| {
            steps
                .iter()
                .fold(base.clone(), |place, next| step(&place, next))
        })
    };
    if let Some(object) = action.get("generate") {
        return plan.generate_because(object.clone(), owner, text("because"));
    }
    if let Some(place) = at("report") {
        return plan.report(
            "check",
            severity(text("severity")),
            subject,
            &place,
            "is wrong",
            None,
        );
    }
    let Some(decision) = plan.decide(rule, subject) else {
        return;
    };
    decide(decision, &at, value, severity(text("severity")));
}

fn decide(
    decision: Decision<'_, '_>,
    at: &dyn Fn(&str) -> Option<Place>,
    value: Value,
    severity: Severity,
) {
    if let Some(place) = at("set") {
        decision.set(&place, value, "written");
    } else if let Some(place) = at("set_all") {
        decision.set_all(vec![(place, value)], "written");
    } else if let Some(place) = at("append") {
        decision.append(&place, value, "added");
    } else if let Some(place) = at("remove") {
        decision.remove(&place, "taken away");
    } else if let Some(place) = at("keep") {
        decision.keep("authored", &place, "kept");
    } else if let Some(place) = at("violation") {
        decision.violation(severity, &place, "is wrong");
    } else if at("skip").is_some() {
        decision.skip("no-need", "nothing to do");
    }
    // Any other verb forgets to end the decision.
}

fn step(place: &Place, step: &Value) -> Place {
    match step.as_u64() {
        Some(index) => place.field(usize::try_from(index).unwrap()),
        None => place.field(step.as_str().unwrap()),
    }
}

fn severity(name: &str) -> Severity {
    match name {
        "warning" => Severity::Warning,
        "error" => Severity::Error,
        _ => Severity::Info,
    }
}

/// A configuration called `name`; JSON is YAML.
fn named(name: &str, spec: &Value) -> String {
    let config = json!({"apiVersion": sdk::API_VERSION, "kind": "SetTenancy", "metadata": {"name": name}, "spec": spec});
    format!("{config}\n")
}

fn config(spec: &Value) -> String {
    named("test", spec)
}

/// The configuration that only has a script.
fn script(actions: &Value) -> String {
    config(&json!({"defaults": {"do": actions}}))
}

fn run(config: &str, input: &str) -> Ran {
    sdk::run::<Scripted>(config, input, true).unwrap_or_else(|error| panic!("{error}"))
}

/// Everything that was told, as stderr has it.
fn told(ran: &Ran) -> String {
    ran.lines.join("\n")
}

fn bug(config: &str, input: &str) -> String {
    match sdk::run::<Scripted>(config, input, true) {
        Err(error @ Error::Bug(_)) => error.to_string(),
        other => panic!("must be refused as a bug of the function, but: {other:?}"),
    }
}

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the front
  namespace: shop
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: app
        image: app:1
        args: [a, b, c]
";

fn settings(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": {"size": "2"}})
}

/// The script that makes one object for each container.
fn making(object: &Value) -> String {
    script(&json!([{"generate": object}]))
}

#[test]
fn a_generated_object_carries_its_marks_and_goes_to_the_end() {
    let ran = run(&making(&settings("web")), WEB);
    let made = "\
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  namespace: shop
  annotations:
    plimsoll.dev/generated-by: set-tenancy/test
    plimsoll.dev/generated-for: Deployment.apps/shop/web
  labels:
    app.kubernetes.io/managed-by: plimsoll
data:
  size: \"2\"
";
    assert_eq!(ran.output, format!("{WEB}{made}"));
}

#[test]
fn a_second_run_over_generated_objects_changes_nothing() {
    let once = run(&making(&settings("web")), WEB);
    let twice = run(&making(&settings("web")), &once.output);
    assert_eq!(twice.output, once.output);
    assert_eq!(twice.exit_code, 0);
}

/// The output of a first run, with the generated object in front and a comment of a person in it.
fn marked_first() -> String {
    let once = run(&making(&settings("web")), WEB).output;
    let (own, made) = once.split_once("---\n").unwrap();
    format!("{made}---\n{own}").replace("\ndata:\n", "\ndata: # sizes\n")
}

#[test]
fn a_generated_object_is_recomputed_in_place() {
    let before = marked_first();
    let mut object = settings("web");
    object["data"] = json!({"size": "3", "more": "x"});
    let ran = run(&making(&object), &before);
    assert_eq!(
        ran.output.matches("kind: ConfigMap").count(),
        1,
        "never duplicated"
    );
    assert!(
        ran.output.starts_with("apiVersion: v1\nkind: ConfigMap"),
        "it stays where it stood: {}",
        ran.output
    );
    assert_eq!(value_of(&ran.output)["data"], object["data"]);
    assert!(ran.output.ends_with(WEB), "the other object is not touched");
}

#[test]
fn a_recomputed_object_loses_what_it_no_longer_has() {
    let mut with_more = settings("web");
    with_more["immutable"] = json!(true);
    let before = run(&making(&with_more), WEB).output;
    let ran = run(&making(&settings("web")), &before);
    assert_eq!(ran.output, run(&making(&settings("web")), WEB).output);
}

#[test]
fn what_others_add_to_the_metadata_of_a_generated_object_stays() {
    let before = marked_first().replace(
        "  annotations:\n",
        "  annotations:\n    internal.config.kubernetes.io/index: \"4\"\n",
    );
    let ran = run(&making(&settings("web")), &before);
    assert_eq!(ran.output, before);
}

#[test]
fn a_generated_object_goes_when_its_subject_no_longer_wants_it() {
    let before = run(&making(&settings("web")), WEB).output;
    let ran = run(&script(&json!([])), &before);
    assert_eq!(ran.output, WEB);
    assert_eq!(ran.exit_code, 0);
}

#[test]
fn a_generated_object_before_its_subject_goes_without_a_trace() {
    // The comment between the two belongs to the author and stays.
    let before = marked_first().replace("---\n", "---\n# mine\n");
    let ran = run(&script(&json!([])), &before);
    assert!(!ran.output.contains("ConfigMap"), "{}", ran.output);
    assert!(
        ran.output.ends_with(&format!("# mine\n{WEB}")),
        "{}",
        ran.output
    );
}

#[test]
fn a_generated_object_whose_subject_is_absent_stays_with_a_warning() {
    let once = run(&making(&settings("web")), WEB).output;
    let alone = once
        .strip_prefix(WEB)
        .unwrap()
        .strip_prefix("---\n")
        .unwrap();
    let ran = run(&making(&settings("web")), alone);
    assert_eq!(ran.output, alone);
    assert_eq!(
        told(&ran),
        "warning[set-tenancy/orphaned] ConfigMap shop/web: was made for Deployment.apps/shop/web, which is not in the input, so it stays"
    );
    assert_eq!(ran.exit_code, 0);
}

#[test]
fn a_configuration_never_touches_what_another_one_made() {
    let before = run(&making(&settings("web")), WEB).output;
    let ran = run(&named("other", &json!({"defaults": {"do": []}})), &before);
    assert_eq!(ran.output, before);
    assert_eq!(told(&ran), "");
}

#[test]
fn a_configuration_without_a_name_marks_as_default() {
    let spec = json!({"defaults": {"do": [{"generate": settings("web")}]}});
    let nameless = format!(
        "{}\n",
        json!({"apiVersion": sdk::API_VERSION, "kind": "SetTenancy", "spec": spec})
    );
    assert!(
        run(&nameless, WEB)
            .output
            .contains("generated-by: set-tenancy/default\n")
    );
}

#[test]
fn an_object_without_the_mark_is_never_edited_nor_duplicated() {
    let own = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\ndata: {size: \"9\"}\n";
    let input = format!("{WEB}{own}");
    assert_eq!(run(&making(&settings("web")), &input).output, input);
    assert_eq!(run(&script(&json!([])), &input).output, input);
}

#[test]
fn taking_the_mark_off_adopts_an_object() {
    let made = run(&making(&settings("web")), WEB).output;
    let adopted = made.replace("    plimsoll.dev/generated-by: set-tenancy/test\n", "");
    assert_ne!(adopted, made);
    let mut object = settings("web");
    object["data"] = json!({"size": "3"});
    assert_eq!(run(&making(&object), &adopted).output, adopted);
    assert_eq!(run(&script(&json!([])), &adopted).output, adopted);
}

#[test]
fn generated_objects_are_sorted_by_namespace_kind_and_name() {
    let object = |namespace: &str, kind: &str, name: &str| json!({"generate": {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}}});
    let actions = json!([
        object("b", "ConfigMap", "a"),
        object("a", "Secret", "a"),
        object("a", "ConfigMap", "z"),
        object("a", "ConfigMap", "b")
    ]);
    let output = run(&script(&actions), WEB).output;
    let stream = yaml::parse(output).unwrap();
    let order: Vec<String> = stream
        .documents()
        .skip(1)
        .map(|document| {
            let text = |path: &[&str]| {
                document
                    .root()
                    .unwrap()
                    .at(path)
                    .unwrap()
                    .text()
                    .unwrap()
                    .into_owned()
            };
            [
                text(&["metadata", "namespace"]),
                text(&["kind"]),
                text(&["metadata", "name"]),
            ]
            .join("/")
        })
        .collect();
    assert_eq!(
        order,
        [
            "a/ConfigMap/b",
            "a/ConfigMap/z",
            "a/Secret/a",
            "b/ConfigMap/a"
        ]
    );
}

/// The workload as kpt hands it over.
fn web_of_kpt(annotations: &str) -> String {
    WEB.replace(
        "  namespace: shop\n",
        &format!("  namespace: shop\n  annotations:\n{annotations}"),
    )
}

#[test]
fn a_generated_object_goes_to_the_folder_of_its_subject_where_that_is_known() {
    let known = web_of_kpt(
        "    internal.config.kubernetes.io/path: apps/web/all.yaml\n    internal.config.kubernetes.io/index: '3'\n",
    );
    let output = run(&making(&settings("web")), &known).output;
    assert_eq!(
        output
            .matches("config.kubernetes.io/path: apps/web/configmap_web.yaml\n")
            .count(),
        1,
        "{output}"
    );
    assert_eq!(
        output.matches("internal.config.kubernetes.io").count(),
        2,
        "only the subject's own: {output}"
    );
    let unknown = run(&making(&settings("web")), WEB).output;
    assert!(!unknown.contains("config.kubernetes.io/path"), "{unknown}");
}

#[test]
fn a_path_of_a_generated_object_never_makes_a_second_run_write() {
    let known = web_of_kpt("    config.kubernetes.io/path: apps/web.yaml\n");
    let once = run(&making(&settings("web")), &known).output;
    assert!(
        once.contains("config.kubernetes.io/path: apps/configmap_web.yaml\n"),
        "{once}"
    );
    assert_eq!(run(&making(&settings("web")), &once).output, once);
}

#[test]
fn a_failing_run_makes_and_removes_nothing() {
    let wrong = json!({"report": ["spec"], "severity": "error"});
    let ran = run(
        &script(&json!([{"generate": settings("new")}, wrong])),
        &marked_first(),
    );
    assert_eq!(ran.output, marked_first());
    assert_eq!(ran.exit_code, 1);
}

/// What the text says.
fn value_of(text: &str) -> Value {
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
fn output_empty_gives_back_no_items() {
    let spec = json!({"mode": "audit", "output": "empty", "defaults": {"do": [{"set": ["spec", "paused"], "value": true}]}});
    let ran = run(&config(&spec), WEB);
    assert_eq!(ran.output, "");
    assert_eq!(ran.exit_code, 0);
    assert_eq!(ran.findings.len(), 1, "what was found is told all the same");
}

#[test]
fn output_empty_is_refused_where_it_would_lose_changes() {
    for mode in ["fill", "overwrite"] {
        let ran = run(&config(&json!({"mode": mode, "output": "empty"})), WEB);
        assert_eq!(ran.exit_code, 1);
        assert_eq!(ran.output, WEB);
        assert!(
            ran.findings[0].message.starts_with(
                "`output: empty` would lose the changes; it goes with `mode: audit` alone"
            ),
            "{}",
            told(&ran)
        );
    }
}

#[test]
fn two_configurations_in_one_call_run_in_order() {
    let setting = |name: &str, value: bool| {
        let actions =
            json!([{"set": ["spec", "paused"], "value": value}, {"generate": settings(name)}]);
        named(
            name,
            &json!({"mode": "overwrite", "defaults": {"do": actions}}),
        )
    };
    let (one, other) = (setting("one", true), setting("other", false));
    for (first, second, last) in [
        (&one, &other, "paused: false\n"),
        (&other, &one, "paused: true\n"),
    ] {
        let together = run(&format!("{first}---\n{second}"), WEB);
        let apart = run(second, &run(first, WEB).output);
        assert_eq!(together.output, apart.output);
        assert!(together.output.contains(last), "{}", together.output);
    }
}

#[test]
fn a_later_configuration_sees_what_an_earlier_one_has_made() {
    let one = named(
        "one",
        &json!({"defaults": {"do": [{"append": ["spec", "template", "spec", "containers"], "value": {"name": "side", "image": "s"}}]}}),
    );
    let other = named(
        "other",
        &json!({"targets": [{"containers": ["side"]}], "defaults": {"do": [{"in": "container", "set": ["tty"], "value": true}]}}),
    );
    let ran = run(&format!("{one}---\n{other}"), WEB);
    assert_eq!(
        value_of(&ran.output)["spec"]["template"]["spec"]["containers"][1],
        json!({"name": "side", "image": "s", "tty": true})
    );
}

#[test]
fn where_one_of_two_configurations_fails_nothing_is_written() {
    let one = named(
        "one",
        &json!({"defaults": {"do": [{"set": ["spec", "paused"], "value": true}]}}),
    );
    let other = named(
        "other",
        &json!({"defaults": {"do": [{"violation": ["spec"], "severity": "error"}]}}),
    );
    for order in [format!("{one}---\n{other}"), format!("{other}---\n{one}")] {
        let ran = run(&order, WEB);
        assert_eq!(ran.output, WEB);
        assert_eq!(ran.exit_code, 1);
    }
}

/// Two writes on the object and one on its container, so that a skip can single out each.
fn three_writes() -> Value {
    json!([
        {"set": ["spec", "paused"], "value": true},
        {"rule": "second", "set": ["spec", "revisionHistoryLimit"], "value": 3},
        {"in": "container", "set": ["tty"], "value": true},
        {"in": "container", "rule": "second", "set": ["stdin"], "value": true},
    ])
}

/// Which of them were made.
fn written(output: &str) -> Vec<&'static str> {
    let fields = ["paused", "revisionHistoryLimit", "tty", "stdin"];
    fields
        .into_iter()
        .filter(|field| output.contains(&format!("{field}:")))
        .collect()
}

const ON_OBJECT: (&str, &str) = (
    "  namespace: shop\n",
    "  namespace: shop\n  annotations: {plimsoll.dev/skip: 'SKIP'}\n",
);
const ON_TEMPLATE: (&str, &str) = (
    "  template:\n",
    "  template:\n    metadata: {annotations: {plimsoll.dev/skip: 'SKIP'}}\n",
);

fn skipping(place: (&str, &str), skip: &str) -> String {
    let input = WEB.replace(place.0, &place.1.replace("SKIP", skip));
    assert!(input.contains(skip), "the annotation stands there");
    input
}

#[test]
fn a_skip_names_a_function_a_rule_and_a_container() {
    let all = ["paused", "revisionHistoryLimit", "tty", "stdin"];
    let cases: [(&str, &[&str]); 9] = [
        ("all", &[]),
        ("set-tenancy", &[]),
        ("set-tenancy:first", &["revisionHistoryLimit", "stdin"]),
        (
            "set-tenancy:first@app",
            &["paused", "revisionHistoryLimit", "stdin"],
        ),
        ("set-tenancy@app", &["paused", "revisionHistoryLimit"]),
        ("all@app", &["paused", "revisionHistoryLimit"]),
        (
            "set-tenancy:first, set-tenancy:second@app",
            &["revisionHistoryLimit"],
        ),
        ("inject-probes", &all),
        ("harden-pods, , set-tenancy : second", &["paused", "tty"]),
    ];
    for (skip, left) in cases {
        let input = skipping(ON_OBJECT, skip);
        let ran = run(&script(&three_writes()), &input);
        assert_eq!(written(&ran.output), left, "{skip}");
        assert_eq!(
            ran.findings
                .iter()
                .filter(|finding| finding.severity > Severity::Info)
                .count(),
            0,
            "{skip}: {}",
            told(&ran)
        );
        if left.is_empty() {
            assert_eq!(
                ran.output, input,
                "{skip}: a skipped object leaves byte for byte"
            );
        }
    }
}

#[test]
fn a_skip_is_told_with_what_asks_for_it() {
    let ran = run(
        &script(&json!([{"set": ["spec", "paused"], "value": true}])),
        &skipping(ON_OBJECT, "set-tenancy:first"),
    );
    let finding = &ran.findings[0];
    assert_eq!(
        finding.message,
        "left alone, as `plimsoll.dev/skip: set-tenancy:first` asks"
    );
    assert_eq!(
        (finding.outcome, finding.reason.as_deref()),
        (Outcome::Skipped, Some("skip-annotation"))
    );
}

#[test]
fn a_skip_on_the_template_is_for_its_pod_and_containers() {
    let ran = run(
        &script(&three_writes()),
        &skipping(ON_TEMPLATE, "set-tenancy:second"),
    );
    assert_eq!(
        written(&ran.output),
        ["paused", "revisionHistoryLimit", "tty"]
    );
}

#[test]
fn a_skip_on_a_namespace_is_for_all_in_it() {
    let namespace = |name: &str| {
        format!(
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, annotations: {{plimsoll.dev/skip: all}}}}\n"
        )
    };
    let skipped = format!("{WEB}{}", namespace("shop"));
    assert_eq!(run(&script(&three_writes()), &skipped).output, skipped);
    let other = format!("{WEB}{}", namespace("other"));
    assert_eq!(
        written(&run(&script(&three_writes()), &other).output).len(),
        4
    );
}

#[test]
fn a_skip_keeps_a_check_quiet() {
    let actions = json!([{"report": ["spec"], "severity": "error"}]);
    assert_eq!(run(&script(&actions), WEB).exit_code, 1);
    let ran = run(&script(&actions), &skipping(ON_OBJECT, "set-tenancy:check"));
    assert_eq!((ran.exit_code, told(&ran).as_str()), (0, ""));
}

#[test]
fn a_skip_that_names_nothing_is_a_warning() {
    let cases = [
        (
            "set-tenanci",
            "`set-tenanci` names no function; did you mean `set-tenancy`?",
        ),
        (
            "set-tenancy:frist",
            "`set-tenancy:frist` names no rule of set-tenancy; did you mean `first`?",
        ),
        (
            "set-tenancy@side",
            "`set-tenancy@side` names a container that isn't there; there is app",
        ),
    ];
    for place in [ON_OBJECT, ON_TEMPLATE] {
        for (skip, message) in cases {
            let ran = run(&script(&json!([])), &skipping(place, skip));
            let stale: Vec<_> = ran
                .findings
                .iter()
                .map(|finding| {
                    (
                        finding.rule.as_str(),
                        finding.severity,
                        finding.message.as_str(),
                    )
                })
                .collect();
            assert_eq!(
                stale,
                [("stale-skip", Severity::Warning, message)],
                "{skip}"
            );
        }
    }
}

#[test]
fn in_production_a_skip_without_a_reason_is_a_warning() {
    let of = |environment: &str, input: &str| {
        let ran = run(
            &config(
                &json!({"environment": environment, "environments": {"live": {"extends": "production"}}}),
            ),
            input,
        );
        assert_eq!(ran.exit_code, 0);
        told(&ran)
    };
    let bare = skipping(ON_OBJECT, "set-tenancy");
    let warning = "warning[set-tenancy/skip-without-reason] Deployment shop/web: `set-tenancy` is opted out of without a reason; \
                   add `plimsoll.dev/skip-reason` (metadata.annotations[\"plimsoll.dev/skip\"])";
    assert_eq!(of("production", &bare), warning);
    assert_eq!(
        of("live", &bare),
        warning,
        "what extends production is production"
    );
    assert_eq!(of("staging", &bare), "");
    assert_eq!(
        of("production", &skipping(ON_OBJECT, "inject-probes")),
        "",
        "each function speaks of its own"
    );
    let with = |reason: &str| {
        bare.replace(
            "skip: 'set-tenancy'",
            &format!("skip: 'set-tenancy', plimsoll.dev/skip-reason: {reason}"),
        )
    };
    assert_eq!(of("production", &with("'it is a cache'")), "");
    assert_eq!(
        of("production", &with("' '")),
        warning,
        "a blank is no reason"
    );
}

#[test]
fn an_object_for_tools_alone_is_never_changed() {
    let input = WEB.replace(
        "  namespace: shop\n",
        "  namespace: shop\n  annotations: {config.kubernetes.io/local-config: 'true'}\n",
    );
    let ran = run(&script(&three_writes()), &input);
    assert_eq!((ran.output, ran.lines.len()), (input, 0));
}

#[test]
fn a_rule_that_is_off_is_silent_and_writes_what_it_did() {
    let spec = |level: &str| {
        config(
            &json!({"rules": {"set-tenancy/first": level}, "defaults": {"do": [{"set": ["spec", "paused"], "value": true}]}}),
        )
    };
    let (off, info) = (run(&spec("off"), WEB), run(&spec("info"), WEB));
    assert_eq!(off.output, info.output);
    assert!(info.findings.iter().any(|finding| finding.rule == "first"));
    assert!(
        !off.findings.iter().any(|finding| finding.rule == "first"),
        "{}",
        told(&off)
    );
}

#[test]
fn a_rule_that_is_off_never_makes_a_function_write() {
    // What the decision refuses, and what the text of the object refuses: an anchor that others share.
    let refused = json!([{"violation": ["spec", "paused"], "severity": "error"}]);
    let shared = WEB.replace(
        "args: [a, b, c]\n",
        "args: &args [a, b, c]\n        command: *args\n",
    );
    let appended = json!([{"in": "container", "append": ["args"], "value": "d"}]);
    for (rule, actions, input) in [
        ("first", refused, WEB.to_owned()),
        ("not-editable", appended, shared),
    ] {
        let spec = |rules: Value| config(&json!({"rules": rules, "defaults": {"do": actions}}));
        let on = run(&spec(json!({})), &input);
        assert_eq!(
            (on.exit_code, on.output.as_str()),
            (1, input.as_str()),
            "{rule}"
        );
        assert!(
            on.findings
                .iter()
                .any(|finding| finding.rule == rule && finding.severity == Severity::Error),
            "{rule}: {}",
            told(&on)
        );
        let off = run(&spec(json!({format!("set-tenancy/{rule}"): "off"})), &input);
        assert_eq!(off.output, input, "{rule}");
    }
}

#[test]
fn the_severity_of_a_rule_and_fail_on_make_the_exit_code() {
    for severity in ["info", "warning", "error"] {
        for (fail_on, from) in [("warning", 1), ("error", 2), ("never", 3)] {
            for level in ["own", "off", "info", "warning", "error"] {
                let rules = if level == "own" {
                    json!({})
                } else {
                    json!({"set-tenancy/check": level})
                };
                let actions = json!([{"report": ["spec"], "severity": severity}, {"set": ["spec", "paused"], "value": true}]);
                let spec = json!({"rules": rules, "results": {"failOn": fail_on}, "defaults": {"do": actions}});
                let ran = run(&config(&spec), WEB);
                let effective = if level == "own" { severity } else { level };
                let fails = ["info", "warning", "error"]
                    .iter()
                    .position(|name| *name == effective)
                    .is_some_and(|rank| rank >= from);
                let what = format!("{severity} at level {level} with failOn {fail_on}");
                assert_eq!(ran.exit_code, u8::from(fails), "{what}");
                assert_eq!(
                    ran.output == WEB,
                    fails,
                    "{what}: all that can be written is written, or nothing"
                );
            }
        }
    }
}

#[test]
fn results_below_min_severity_are_left_out_but_counted() {
    let spec = |shown: &str| {
        let actions = json!([{"set": ["spec", "paused"], "value": true}, {"report": ["spec"], "severity": "warning"}]);
        config(&json!({"results": {"minSeverity": shown}, "defaults": {"do": actions}}))
    };
    let lines = |shown: &str| {
        sdk::run::<Scripted>(&spec(shown), WEB, false)
            .unwrap()
            .lines
    };
    let change = "info[set-tenancy/first] Deployment shop/web: written (spec.paused)";
    let warning = "warning[set-tenancy/check] Deployment shop/web: is wrong (spec)";
    let summary = "info[set-tenancy/summary] changed 1 (first 1), 1 warning";
    assert_eq!(lines("info"), [warning, change, summary]);
    assert_eq!(lines("warning"), [warning, summary]);
    assert_eq!(lines("error").len(), 1);
    assert!(
        lines("error")[0].starts_with("info[set-tenancy/summary] changed 1 (first 1)"),
        "the summary is always there"
    );
}
#[test]
fn marks_of_tools_are_never_copied_to_a_new_object() {
    // A function that copies the annotations of its subject copies these along.
    let mut object = settings("web");
    let marks = [
        "config.k8s.io/id",
        "config.kubernetes.io/index",
        "config.kubernetes.io/path",
        "internal.config.k8s.io/kpt-resource-id",
        "internal.config.kubernetes.io/index",
        "internal.config.kubernetes.io/path",
        "internal.config.kubernetes.io/previousNames",
        "kustomize.config.k8s.io/id",
    ];
    for mark in marks {
        object["metadata"]["annotations"][mark] = json!("x");
    }
    object["metadata"]["annotations"]["team"] = json!("shop");
    let output = run(&making(&object), WEB).output;
    let made = output.strip_prefix(WEB).unwrap();
    assert!(made.contains("team: shop"), "{made}");
    for mark in marks {
        assert!(!made.contains(&format!(" {mark}:")), "{mark} in {made}");
    }
}

#[test]
fn an_object_of_no_namespace_belongs_to_the_default_one() {
    let input = WEB.replace("  namespace: shop\n", "");
    let spec =
        |actions: Value| config(&json!({"defaultNamespace": "shop", "defaults": {"do": actions}}));
    let once = run(&spec(json!([{"generate": settings("web")}])), &input).output;
    // The mark names the subject just as the next run finds it.
    assert_eq!(run(&spec(json!([])), &once).output, input);
}

#[test]
fn one_object_that_two_containers_want_is_made_once() {
    let input = WEB.replace(
        "      - name: app\n",
        "      - {name: side, image: 'side:1'}\n      - name: app\n",
    );
    let output = run(&making(&settings("web")), &input).output;
    assert_eq!(output.matches("kind: ConfigMap").count(), 1, "{output}");
}

#[test]
fn audit_makes_changes_or_removes_no_generated_object() {
    let spec = |actions: Value| config(&json!({"mode": "audit", "defaults": {"do": actions}}));
    let make = spec(json!([{"generate": settings("web")}]));
    assert_eq!(run(&make, WEB).output, WEB, "nothing is made");
    let before = marked_first();
    let mut other = settings("web");
    other["data"] = json!({"size": "3"});
    assert_eq!(
        run(&spec(json!([{"generate": other}])), &before).output,
        before,
        "nothing is changed"
    );
    assert_eq!(
        run(&spec(json!([])), &before).output,
        before,
        "nothing is removed"
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
fn a_generated_object_in_a_list_goes_alone() {
    let made = run(&making(&settings("web")), WEB).output;
    let stream = yaml::parse(made).unwrap();
    let objects: Vec<Value> = stream
        .documents()
        .map(|document| document.root().unwrap().to_value().unwrap())
        .collect();
    let list = format!(
        "{}\n",
        json!({"apiVersion": "v1", "kind": "List", "items": objects})
    );
    let output = run(&script(&json!([])), &list).output;
    assert_eq!(value_of(&output)["items"], json!([value_of(WEB)]));
}

#[test]
fn two_objects_of_one_name_that_differ_are_a_bug_that_names_the_function() {
    let mut other = settings("web");
    other["data"] = json!({"size": "3"});
    let told = bug(
        &script(&json!([{"generate": settings("web")}, {"generate": other}])),
        WEB,
    );
    assert!(
        told.starts_with("this is a bug, please report it: set-tenancy: "),
        "{told}"
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
fn a_generated_object_is_told() {
    let made = run(&making(&settings("web")), WEB);
    assert!(told(&made).contains("summary"), "made: {}", told(&made));
    let gone = run(&script(&json!([])), &made.output);
    assert!(told(&gone).contains("summary"), "removed: {}", told(&gone));
}

/// A script that makes one object, for these reasons.
fn making_because(object: &Value, reasons: &[&str]) -> Value {
    let actions = reasons.iter();
    actions
        .map(|because| json!({"generate": object, "because": because}))
        .collect()
}

#[test]
fn a_generated_object_is_told_with_what_it_rests_on() {
    let making = |object: &Value| script(&making_because(object, &["Deployment shop/order"]));
    let made = run(&making(&settings("web")), WEB);
    assert_eq!(
        made.lines[0],
        "info[set-tenancy/generated] ConfigMap shop/web: made for Deployment shop/web (Deployment shop/order)"
    );
    let mut other = settings("web");
    other["data"] = json!({"size": "3"});
    let anew = run(&making(&other), &made.output);
    assert_eq!(
        anew.lines[0],
        "info[set-tenancy/generated] ConfigMap shop/web: made anew for Deployment shop/web (Deployment shop/order)"
    );
    let again = run(&making(&other), &anew.output);
    assert_eq!(told(&again), "", "nothing was made");
}

#[test]
fn a_generated_object_that_rests_on_nothing_more_is_told_without() {
    for actions in [
        json!([{"generate": settings("web")}]),
        making_because(&settings("web"), &["", ""]),
    ] {
        assert_eq!(
            run(&script(&actions), WEB).lines[0],
            "info[set-tenancy/generated] ConfigMap shop/web: made for Deployment shop/web"
        );
    }
}

#[test]
fn an_object_that_is_wanted_several_times_is_told_once_with_all_that_it_rests_on() {
    for reasons in [["a", "b", "b", ""], ["", "b", "a", "b"]] {
        let ran = run(&script(&making_because(&settings("web"), &reasons)), WEB);
        assert_eq!(
            ran.lines,
            [
                "info[set-tenancy/generated] ConfigMap shop/web: made for Deployment shop/web (a; b)",
                "info[set-tenancy/summary] changed 1 (generated 1)"
            ]
        );
    }
}

#[test]
fn audit_tells_what_an_object_would_rest_on() {
    let actions = making_because(&settings("web"), &["Deployment shop/order"]);
    let spec = json!({"mode": "audit", "defaults": {"do": actions}});
    assert_eq!(
        run(&config(&spec), WEB).lines[0],
        "warning[set-tenancy/generated] ConfigMap shop/web: would be made for Deployment shop/web (Deployment shop/order)"
    );
}

#[test]
fn a_new_object_is_the_same_whether_a_step_follows_or_not() {
    let mut object = settings("web");
    object["data"] =
        json!({"empty": "", "lines": "a\nb\n", "answer": "no", "list": [], "date": "2020-01-01"});
    let last = run(&making(&object), WEB);
    let idle = named("idle", &json!({"defaults": {"do": []}}));
    let followed = run(&format!("{}---\n{idle}", making(&object)), WEB);
    assert_eq!(last.output, followed.output);
    assert!(
        last.output.contains("  answer: \"no\"\n"),
        "{}",
        last.output
    );
}
