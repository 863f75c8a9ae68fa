//! Objects that a function makes.

use sdk::{Value, json, yaml};

use crate::changes::value_of;
use crate::{WEB, bug, config, making, named, run, script, settings, told};

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
            .matches("config.kubernetes.io/path: apps/web/shop_configmap_web.yaml\n")
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
        once.contains("config.kubernetes.io/path: apps/shop_configmap_web.yaml\n"),
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
