//! Configurations, and results that came in (S5–S8).

use serde_json::{Value, json};

use crate::{BROKEN, CONFIG_MAP, DEPLOYMENT, IMPATIENT, SERVICE, config, list, results, served};

#[test]
fn runs_without_a_function_config() {
    for config in [
        "",
        "functionConfig:\n",
        "functionConfig: null\n",
        "functionConfig: {}\n",
    ] {
        let ran = served(&(list(&[DEPLOYMENT, SERVICE]) + config));
        assert_eq!(ran.code, Some(0), "{config:?}: {}", ran.stderr);
        assert!(
            ran.stdout.contains("readinessProbe:"),
            "{config:?} kept it from its work"
        );
    }
}

#[test]
fn gives_the_function_config_back_as_it_came() {
    let configs = [
        "functionConfig: null # none\n".to_owned(),
        "functionConfig: {}\n".to_owned(),
        config("{environment:   'production'}"),
        "functionConfig:\n  # kept\n  kind:   ConfigMap # too\n  apiVersion: \"v1\"\n  metadata: {name: function-input}\n  data: {environment: 'production'}\n"
            .to_owned(),
        // Refused, and back all the same.
        "functionConfig:\n    kind: ConfigMap\n    apiVersion: v1\n    data: {environmnt: 'production'} # a typo\n".to_owned(),
    ];
    for config in configs {
        let input = list(&[DEPLOYMENT, SERVICE]);
        let (before, after) = (
            served(&(input.clone() + &config)),
            served(&input.replace("items:\n", &format!("{config}items:\n"))),
        );
        assert!(
            before.stdout.contains(&config),
            "not kept:\n{config}\nin:\n{}",
            before.stdout
        );
        assert!(
            after.stdout.contains(&format!("\n{config}items:\n")),
            "not kept:\n{config}\nin:\n{}",
            after.stdout
        );
    }
}

#[test]
fn takes_its_fields_from_a_config_map() {
    // As kpt sends `kpt fn eval -- k=v`: every value is a string.
    let config = "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: function-input}\n  data:\n    results: '{minSeverity: info}'\n";
    let (plain, told) = (
        served(&list(&[DEPLOYMENT, SERVICE])),
        served(&(list(&[DEPLOYMENT, SERVICE]) + config)),
    );
    assert_eq!((plain.code, told.code), (Some(0), Some(0)));
    assert!(
        results(&told).len() > results(&plain).len(),
        "the configuration says to tell more"
    );
}

#[test]
fn leaves_results_out_where_there_are_none() {
    let ran = served(&list(&[CONFIG_MAP, SERVICE]));
    assert_eq!(
        (ran.code, ran.stdout, ran.stderr),
        (Some(0), list(&[CONFIG_MAP, SERVICE]), String::new())
    );
}

#[test]
fn appends_its_results_to_those_that_came_in() {
    let own = results(&served(&list(&[DEPLOYMENT, SERVICE])));
    let first = json!({"message": "said before", "severity": "warning"});
    let block = "results:\n# of a function before\n- message: said before\n  severity: warning\n";
    let flow = "results: [{message: said before, severity: warning}]\n";
    for before in [block, flow] {
        let input = list(&[DEPLOYMENT, SERVICE]);
        for input in [
            input.clone() + before,
            input.replace("items:\n", &format!("{before}items:\n")),
        ] {
            let ran = served(&input);
            let expected: Vec<Value> = [first.clone()].into_iter().chain(own.clone()).collect();
            assert_eq!(results(&ran), expected, "in:\n{}", ran.stdout);
        }
    }
    let ran = served(&(list(&[DEPLOYMENT, SERVICE]) + block));
    assert!(
        ran.stdout.contains(block),
        "the results that came in are rewritten:\n{}",
        ran.stdout
    );
}

#[test]
fn keeps_results_that_came_in_where_it_adds_none() {
    for before in [
        "results:\n- {message: said before}   # as it came\n",
        "results: []\n",
    ] {
        let input = list(&[CONFIG_MAP]) + before;
        let ran = served(&input);
        assert_eq!((ran.code, ran.stdout), (Some(0), input));
    }
}

#[test]
fn appends_no_result_that_is_already_there() {
    // Nothing to change here, so that both runs have the same to say.
    let first = served(&(list(&[IMPATIENT, BROKEN]) + &config("{results: {minSeverity: info}}")));
    let count = results(&first).len();
    assert!(count > 3, "there is something to say twice");
    let second = served(&first.stdout);
    assert_eq!(second.stdout, first.stdout);
    assert_eq!(second.stderr, first.stderr, "stderr tells each run's own");
    // A result that differs in one field only is another one.
    let other = served(
        &first
            .stdout
            .replacen("severity: error", "severity: warning", 1),
    );
    assert_eq!(results(&other).len(), count + 1);
}
