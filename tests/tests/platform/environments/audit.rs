//! What production asks, put to what is there without it.

use checks::tools::KUSTOMIZE;

use crate::rendered::{Plugins, Step, build, rendered, steps};

/// The exit code and what the function says when it may only judge, and every warning counts.
fn audit(step: &Step, input: &str) -> (u8, Vec<String>) {
    let config = step.config.replacen(
        "\nspec:\n",
        "\nspec:\n  mode: audit\n  results: {failOn: warning}\n",
        1,
    );
    assert_ne!(config, step.config, "{} has a spec", step.kind);
    let ran = checks::served(&step.kind, &config, input);
    let problems = ran
        .findings
        .iter()
        .filter(|finding| finding.severity > sdk::Severity::Info);
    let told = problems.map(|finding| format!("{}: {}", finding.rule, finding.message));
    (ran.exit_code, told.collect())
}

#[test]
fn base_alone_fails_every_rule_set_of_production() {
    let Some(kustomize) = KUSTOMIZE.found() else {
        return;
    };
    let base = build(&kustomize, "build", "base", &Plugins::none());
    for step in steps("production") {
        let (exit_code, problems) = audit(&step, &base);
        assert_eq!(exit_code, 1, "{} is content with base/", step.kind);
        assert!(!problems.is_empty(), "{}", step.kind);
    }
}

#[test]
fn production_as_it_is_rendered_passes_all_of_them() {
    let Some(rendered) = rendered() else { return };
    for step in steps("production") {
        let outcome = audit(&step, &rendered["production"]);
        assert_eq!(outcome, (0, Vec::new()), "{}", step.kind);
    }
}

/// A container's name that no image's preset and no author has a say in, and a value that the API server refuses.
const REFUSED: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
      - {name: app, image: example.org/api:1, ports: eighty}
";

#[test]
fn an_error_stops_staging_and_production_and_never_development() {
    for (environment, exit_code) in [("development", 0), ("staging", 1), ("production", 1)] {
        for step in steps(environment) {
            let ran = checks::served(&step.kind, &step.config, REFUSED);
            let is_told = ran
                .findings
                .iter()
                .any(|finding| finding.severity == sdk::Severity::Error);
            assert!(is_told, "{environment}: {} finds no error", step.kind);
            assert_eq!(ran.exit_code, exit_code, "{environment}: {}", step.kind);
        }
    }
}
