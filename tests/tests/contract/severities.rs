//! Severities and exit codes.

use sdk::{Severity, Value, json};

use crate::{Scripted, WEB, config, making, run, settings, told};

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
