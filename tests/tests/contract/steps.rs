//! What comes out, and several configurations in one call.

use sdk::json;

use crate::changes::value_of;
use crate::{WEB, config, named, run, settings, told};

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
