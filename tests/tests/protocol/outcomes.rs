//! The contract's results, exit codes and stderr.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use checks::binary::{self, Ran};
use checks::golden;
use serde_json::{Value, json};

use crate::real_tools::plugin;
use crate::{
    BROKEN, CONFIG_MAP, DEPLOYMENT, IMPATIENT, SERVICE, config, inject, items, list, result_of,
    results, runs_with_results, served, text,
};

fn is_written(ran: &Ran) -> bool {
    ran.stdout.contains("readinessProbe:\n")
}

/// The severities of the lines on stderr, the summary's as `summary`.
pub(crate) fn told(ran: &Ran) -> Vec<&str> {
    ran.stderr
        .lines()
        .map(|line| match line.split_once('[') {
            Some((_, rest)) if rest.starts_with("inject-probes/summary] ") => "summary",
            Some((severity, _)) => severity,
            None => line,
        })
        .collect()
}

#[test]
fn tells_each_result_on_a_line_of_stderr() {
    for ran in runs_with_results() {
        let lines: Vec<&str> = ran.stderr.lines().collect();
        let results = results(&ran);
        assert_eq!(lines.len(), results.len(), "{}", ran.stderr);
        for (line, result) in lines.iter().zip(results) {
            let (rule, severity) = (text(&result, "/tags/rule"), text(&result, "/severity"));
            let mut expected = format!("{severity}[{rule}] ");
            if let Some(reference) = result.get("resourceRef") {
                let (namespace, name) = (text(reference, "/namespace"), text(reference, "/name"));
                let separator = if namespace.is_empty() { "" } else { "/" };
                let _ = write!(
                    expected,
                    "{} {namespace}{separator}{name}: ",
                    text(reference, "/kind")
                );
            }
            expected += text(&result, "/message").trim_end_matches(&format!(" [{rule}]"));
            if !text(&result, "/field/path").is_empty() {
                let _ = write!(expected, " ({})", text(&result, "/field/path"));
            }
            assert_eq!(*line, expected);
        }
    }
}

#[test]
fn tells_the_worst_first_and_the_summary_last() {
    // kpt prints the first four lines only.
    let ran = served(
        &(list(&[DEPLOYMENT, SERVICE, IMPATIENT, BROKEN])
            + &config("{results: {minSeverity: info}}")),
    );
    let told = told(&ran);
    let rank = |severity: &&str| {
        ["error", "warning", "info", "summary"]
            .iter()
            .position(|known| known == severity)
    };
    assert!(
        told.is_sorted_by_key(|severity| rank(severity).expect("a known severity")),
        "{}",
        ran.stderr
    );
    let kinds: BTreeSet<&str> = told.iter().copied().collect();
    assert_eq!(kinds.len(), 4, "{}", ran.stderr);
    assert_eq!(
        (
            told.last(),
            told.iter().filter(|one| **one == "summary").count()
        ),
        (Some(&"summary"), 1),
        "{}",
        ran.stderr
    );
    assert_eq!(
        text(results(&ran).last().expect("results"), "/tags/rule"),
        "inject-probes/summary"
    );
}

#[test]
fn counts_what_was_done_in_the_summary() {
    let ran = served(&list(&[DEPLOYMENT, SERVICE]));
    let summary = result_of(&ran, "summary");
    assert_eq!(text(&summary, "/severity"), "info");
    for part in ["changed 1 (readiness 1)", "skipped 2 ("] {
        assert!(text(&summary, "/message").contains(part), "{summary}");
    }
    let ran = served(&list(&[DEPLOYMENT, SERVICE, BROKEN, IMPATIENT]));
    let summary = result_of(&ran, "summary");
    for part in ["nothing was written", "1 error", "warning"] {
        assert!(text(&summary, "/message").contains(part), "{summary}");
    }
}

#[test]
fn says_nothing_where_nothing_was_looked_at() {
    let ran = served(&list(&[CONFIG_MAP]));
    assert_eq!(
        (ran.code, ran.stderr.as_str(), results(&ran)),
        (Some(0), "", Vec::new())
    );
}

#[test]
fn leaves_single_changes_and_skips_to_min_severity_info() {
    // 10,000 workloads would bring 30,000 lines.
    let input = list(&[DEPLOYMENT, SERVICE]);
    assert_eq!(told(&served(&input)), ["summary"]);
    let ran = served(&(input + &config("{results: {minSeverity: info}}")));
    assert_eq!(
        told(&ran),
        ["info", "info", "info", "summary"],
        "{}",
        ran.stderr
    );
    let outcomes: Vec<Value> = results(&ran)
        .iter()
        .map(|result| result["tags"]["outcome"].clone())
        .collect();
    assert_eq!(
        outcomes[..3],
        ["changed", "skipped", "skipped"].map(Value::from)
    );
    for skipped in &results(&ran)[1..3] {
        assert!(
            !text(skipped, "/tags/reason").is_empty(),
            "what is skipped is explained: {skipped}"
        );
    }
}

#[test]
fn hides_warnings_behind_min_severity_error_but_not_the_summary() {
    let ran = served(&(list(&[IMPATIENT]) + &config("{results: {minSeverity: error}}")));
    assert_eq!(
        (ran.code, told(&ran)),
        (Some(0), vec!["summary"]),
        "{}",
        ran.stderr
    );
    // What isn't shown counts all the same.
    let ran =
        served(&(list(&[IMPATIENT]) + &config("{results: {minSeverity: error, failOn: warning}}")));
    assert_eq!(
        (ran.code, told(&ran)),
        (Some(1), vec!["summary"]),
        "{}",
        ran.stderr
    );
}

#[test]
fn ends_with_0_and_writes_where_there_are_only_warnings() {
    let ran = served(&list(&[DEPLOYMENT, SERVICE, IMPATIENT]));
    assert_eq!((ran.code, is_written(&ran)), (Some(0), true));
    assert!(told(&ran).contains(&"warning"), "{}", ran.stderr);
}

#[test]
fn ends_with_1_and_the_original_items_on_an_error() {
    let input = list(&[DEPLOYMENT, SERVICE, BROKEN]);
    let ran = served(&input);
    assert_eq!((ran.code, is_written(&ran)), (Some(1), false));
    let told = ran.stdout.strip_prefix(&input);
    assert!(
        told.is_some_and(|told| told.starts_with("results:\n")),
        "{}",
        ran.stdout
    );
    assert_eq!(text(&results(&ran)[0], "/severity"), "error");
}

#[test]
fn ends_with_1_on_warnings_where_asked_to() {
    let input = list(&[DEPLOYMENT, SERVICE, IMPATIENT]) + &config("{results: {failOn: warning}}");
    let ran = served(&input);
    assert_eq!((ran.code, is_written(&ran)), (Some(1), false));
    assert!(ran.stdout.starts_with(&input), "{}", ran.stdout);
    let fine = served(&(list(&[DEPLOYMENT, SERVICE]) + &config("{results: {failOn: warning}}")));
    assert_eq!((fine.code, is_written(&fine)), (Some(0), true));
}

#[test]
fn ends_with_0_and_writes_what_it_can_where_nothing_may_fail() {
    let ran =
        served(&(list(&[DEPLOYMENT, SERVICE, BROKEN]) + &config("{results: {failOn: never}}")));
    assert_eq!((ran.code, is_written(&ran)), (Some(0), true));
    assert_eq!(
        items(&ran.stdout)[2],
        BROKEN,
        "what is wrong stays as it is"
    );
    assert!(told(&ran).contains(&"error"), "{}", ran.stderr);
}

#[test]
fn ends_with_1_on_a_refused_configuration_whatever_may_fail() {
    let input = list(&[DEPLOYMENT, SERVICE])
        + &config("{mode: fil, enviroment: production, results: {failOn: never}}");
    let ran = served(&input);
    assert_eq!((ran.code, is_written(&ran)), (Some(1), false));
    assert!(ran.stdout.starts_with(&input), "{}", ran.stdout);
    let mut paths = BTreeSet::new();
    for result in results(&ran) {
        assert_eq!(
            (text(&result, "/severity"), text(&result, "/tags/rule")),
            ("error", "inject-probes/config"),
            "{result}"
        );
        let config = json!({"apiVersion": "fn.plimsoll.dev/v1alpha1", "kind": "InjectProbes", "name": "probes"});
        assert_eq!(
            result["resourceRef"], config,
            "it is about the functionConfig"
        );
        let message = text(&result, "/message");
        assert!(
            message.contains(&format!("(line {}, column ", input.lines().count())),
            "{message}"
        );
        paths.insert(text(&result, "/field/path").to_owned());
    }
    assert_eq!(
        paths,
        ["spec.enviroment", "spec.mode"].map(str::to_owned).into(),
        "each mistake at once"
    );
}

#[test]
fn ends_with_2_and_a_reason_where_it_can_t_serve_the_call() {
    let broken = inject(&(list(&[CONFIG_MAP]) + "results: [\n"));
    assert_eq!((broken.code, broken.stdout.as_str()), (Some(2), ""));
    assert!(
        broken.stderr.contains("stdin, line 8, column 10: "),
        "{}",
        broken.stderr
    );
    let usage = binary::run(
        Command::new(binary::path("inject-probes")).arg("--confg"),
        b"",
    );
    assert_eq!((usage.code, usage.stdout.as_str()), (Some(2), ""));
    assert!(usage.stderr.contains("--config"), "{}", usage.stderr);
}

#[test]
fn raises_and_silences_rules() {
    let with = |rules: &str| {
        served(
            &(list(&[IMPATIENT])
                + &config(&format!("{{rules: {{inject-probes/stale-skip: {rules}}}}}"))),
        )
    };
    let of = |ran: &Ran| -> Vec<String> {
        let found = results(ran)
            .into_iter()
            .filter(|result| result["tags"]["rule"] == "inject-probes/stale-skip");
        found
            .map(|result| text(&result, "/severity").to_owned())
            .collect()
    };
    for (level, code, severities) in [
        ("warning", 0, &["warning"][..]),
        ("error", 1, &["error"]),
        ("off", 0, &[]),
        ("info", 0, &[]),
    ] {
        let ran = with(level);
        assert_eq!(
            (ran.code, of(&ran)),
            (
                Some(code),
                severities.iter().map(ToString::to_string).collect()
            ),
            "{level}"
        );
    }
}

/// What a filter and a plugin do with these documents.
fn runs_on_documents(documents: &str, config: &str) -> [Ran; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("probes.yaml");
    fs::write(&file, config).expect("a file");
    let filter = binary::run(
        Command::new(binary::path("inject-probes"))
            .arg("--config")
            .arg(&file),
        documents.as_bytes(),
    );
    [filter, plugin(&folder, &file, documents)]
}

/// Items as a stream of documents.
pub(crate) fn documents(items: &[&str]) -> String {
    let document = |item: &&str| {
        item.lines()
            .fold(String::new(), |lines, line| lines + &line[2..] + "\n")
    };
    items.iter().map(document).collect::<Vec<_>>().join("---\n")
}

#[test]
fn writes_documents_and_no_results_to_a_pipe() {
    let input = documents(&[DEPLOYMENT, SERVICE, IMPATIENT]);
    for ran in runs_on_documents(
        &input,
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\n",
    ) {
        assert_eq!(
            (ran.code, is_written(&ran)),
            (Some(0), true),
            "{}",
            ran.stderr
        );
        assert!(
            !ran.stdout.contains("results:") && !ran.stdout.contains("ResourceList"),
            "{}",
            ran.stdout
        );
        assert_eq!(
            golden::documents(&ran.stdout)[1..],
            golden::documents(&input)[1..]
        );
        assert!(
            told(&ran).contains(&"warning") && told(&ran).last() == Some(&"summary"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn writes_nothing_to_a_pipe_on_failure() {
    // What stands behind a pipe would take half of it for all.
    let input = documents(&[DEPLOYMENT, SERVICE, BROKEN]);
    let refused = "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\nspec: {mode: fil}\n";
    for config in [
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\n",
        refused,
    ] {
        for ran in runs_on_documents(&input, config) {
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
            assert!(
                ran.stderr.starts_with("error[inject-probes/"),
                "{}",
                ran.stderr
            );
        }
    }
    for ran in runs_on_documents("a: [\n", refused) {
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains("line 1, column 4"), "{}", ran.stderr);
    }
}

#[test]
fn never_tells_a_secret() {
    let secret = "- apiVersion: v1\n  kind: Secret\n  metadata: {name: key, namespace: shop}\n  stringData: {key: hunter2, bad: [hunter2]}\n";
    let pod = BROKEN.replace(
        "image: shop/app",
        "image: shop/app\n      env: [{name: PASSWORD, value: hunter2}]",
    );
    let ran = served(
        &(list(&[DEPLOYMENT, SERVICE, IMPATIENT, secret, &pod])
            + &config("{results: {minSeverity: info}}")),
    );
    let told = &ran.stdout[ran.stdout.find("\nresults:").expect("results")..];
    assert!(
        !told.contains("hunter2") && !ran.stderr.contains("hunter2"),
        "{told}"
    );
}

#[test]
fn replaces_empty_results() {
    let ran = served(&(list(&[DEPLOYMENT, SERVICE]) + "results: null\n"));
    assert_eq!(results(&ran).len(), 1);
}

#[test]
fn puts_its_results_before_the_end_also_where_the_last_item_changes() {
    let ran = served(&(list(&[SERVICE, DEPLOYMENT]) + "...\n"));
    assert_eq!(results(&ran).len(), 1);
}

#[test]
fn puts_its_results_where_the_other_fields_stand() {
    let indented = format!(
        "  {}",
        list(&[DEPLOYMENT, SERVICE])
            .trim_end()
            .replace('\n', "\n  ")
    );
    assert_eq!(results(&served(&indented)).len(), 1);
}

#[test]
fn writes_no_directive_also_where_one_came_in() {
    let ran = served(&format!("%YAML 1.2\n---\n{}", list(&[CONFIG_MAP])));
    assert!(!ran.stdout.contains("%YAML"), "{}", ran.stdout);
}
