//! Skips.

use sdk::{Outcome, Severity, Value, json};

use crate::{WEB, config, run, script, told};

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
pub(crate) fn written(output: &str) -> Vec<&'static str> {
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
