//! What made objects rest on, as results tell it.

use sdk::{Value, json};

use crate::{WEB, config, making, named, run, script, settings, told};

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
