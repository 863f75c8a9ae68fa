//! `--format`: findings for people, programs, code scanners and GitHub.

use serde_json::Value;

use crate::folder::Folder;
use crate::{BROKEN, WEB};

/// A document before the broken one, so that lines count from the start of the file.
fn folder() -> Folder {
    Folder::with(&[("my apps/all.yaml", &format!("{WEB}---\n{BROKEN}"))])
}

/// What stderr gets of the broken file.
fn told(format: &str) -> String {
    let arguments = [
        "--config",
        "production.yaml",
        "--format",
        format,
        "my apps/all.yaml",
    ];
    let ran = folder().run(&arguments);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(1), ""),
        "{}",
        ran.stderr
    );
    ran.stderr
}

/// The line and column of a text in the file.
fn place(text: &str) -> (u64, u64) {
    let all = format!("{WEB}---\n{BROKEN}");
    let (before, _) = all.split_once(text).expect("the text is there");
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1) + 1;
    (line as u64, column as u64)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn people_get_a_line_each() {
    let text = told("human");
    assert!(
        text.contains("error[inject-probes/unknown-port-name] Pod shop/broken: "),
        "{text}"
    );
    assert!(
        text.trim_end()
            .lines()
            .last()
            .is_some_and(|line| line.starts_with("info[inject-probes/summary]"))
    );
}

#[test]
fn programs_get_the_results_and_where_they_stand() {
    let report = json(&told("json"));
    let results = report["results"].as_array().expect("a list");
    let of_rule = |rule: &str| results.iter().find(|result| result["tags"]["rule"] == rule);
    let found = of_rule("inject-probes/unknown-port-name").expect("the error");
    assert_eq!(found["severity"], "error");
    assert_eq!(found["resourceRef"]["name"], "broken");
    assert_eq!(found["tags"]["step"], "probes");
    let (line, column) = place("port: htpp");
    let location = serde_json::json!({"file": "my apps/all.yaml", "line": line, "column": column});
    assert_eq!(found["location"], location);
}

#[test]
fn a_field_that_is_missing_is_looked_for_where_it_would_stand() {
    let report = json(&told("json"));
    let results = report["results"].as_array().expect("a list");
    let is_limit = |result: &&Value| result["tags"]["rule"] == "set-resources/no-memory-limit";
    let found = results
        .iter()
        .find(is_limit)
        .expect("a warning of the first step");
    let (line, column) = place("name: app\n        image: \"shop/web:1\"");
    assert_eq!(found["location"]["line"], line, "{found}");
    assert_eq!(found["location"]["column"], column, "{found}");
}

#[test]
fn code_scanners_get_rules_and_regions() {
    let report = json(&told("sarif"));
    assert_eq!(report["version"], "2.1.0");
    let run = &report["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert!(!results.is_empty());
    for result in results {
        let index =
            usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small");
        let rule = &rules[index];
        assert_eq!(rule["id"], result["ruleId"]);
        for text in ["/shortDescription/text", "/help/text"] {
            let text = rule.pointer(text).and_then(Value::as_str);
            assert!(text.is_some_and(|text| !text.is_empty()), "{rule}");
        }
        assert!(
            matches!(result["level"].as_str(), Some("error" | "warning" | "note")),
            "{result}"
        );
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(
            physical["artifactLocation"]["uri"], "my%20apps/all.yaml",
            "{result}"
        );
        assert!(
            physical["region"]["startLine"]
                .as_u64()
                .is_some_and(|line| line > 0),
            "{result}"
        );
    }
    let errors = results.iter().filter(|result| result["level"] == "error");
    let regions: Vec<Value> = errors
        .map(|result| result["locations"][0]["physicalLocation"]["region"].clone())
        .collect();
    let (line, column) = place("port: htpp");
    assert_eq!(
        regions,
        [serde_json::json!({"startLine": line, "startColumn": column})]
    );
}

#[test]
fn github_gets_commands() {
    let text = told("github");
    let (line, column) = place("port: htpp");
    let command = format!(
        "::error file=my apps/all.yaml,line={line},col={column},title=inject-probes/unknown-port-name::Pod shop/broken: "
    );
    assert!(text.contains(&command), "{text}");
    assert!(text.contains("\n::warning file="), "{text}");
    assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
}

#[test]
fn what_stands_on_stdin_has_no_file_on_github() {
    let ran = Folder::with(&[]).run_on(
        &["--config", "production.yaml", "--format", "github"],
        BROKEN,
    );
    assert!(
        ran.stderr
            .contains("::error title=inject-probes/unknown-port-name::Pod"),
        "{}",
        ran.stderr
    );
    let sarif = Folder::with(&[]).run_on(
        &["--config", "production.yaml", "--format", "sarif"],
        BROKEN,
    );
    let report = json(&sarif.stderr);
    let results = report["runs"][0]["results"].as_array().expect("results");
    let found = results
        .iter()
        .find(|result| result["level"] == "error")
        .expect("an error");
    let place = &found["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "stdin");
    assert_eq!(place["region"]["startLine"], 9, "{report:#}");
}

#[test]
fn a_mistake_in_the_configuration_is_found_in_its_file() {
    let folder = folder();
    folder.write(
        "resources.yaml",
        &crate::RESOURCES.replace("environment", "enviroment"),
    );
    let ran = folder.run(&[
        "--config",
        "production.yaml",
        "--format",
        "github",
        "my apps/all.yaml",
    ]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(
        ran.stderr
            .starts_with("::error file=resources.yaml,line=4,col=8,title=set-resources/config::"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_kpt_handed_over_stands_in_the_file_that_it_names() {
    let annotated = BROKEN.replace(
        "namespace: shop}",
        "namespace: shop, annotations: {config.kubernetes.io/path: apps/pod.yaml}}",
    );
    let ran = Folder::with(&[]).run_on(
        &["--config", "production.yaml", "--format", "github"],
        &annotated,
    );
    assert!(
        ran.stderr.contains("::error file=apps/pod.yaml,title="),
        "{}",
        ran.stderr
    );
}
