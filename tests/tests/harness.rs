//! The golden harness is tested itself: for each of its checks a case that must fail, and what it says then.
//!
//! The functions here do one thing to lines of text; what is wrong with each is what a real one might do.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use checks::golden::{self, Runner};
use sdk::{Error, Finding, Outcome, Ran, Severity};

type Library = dyn Fn(&str, &str) -> Result<Ran, Error>;

/// A function made of two halves.
struct Fake {
    library: Box<Library>,
    /// What the binary makes of what the library did.
    binary: fn(Ran) -> (Option<i32>, String),
}

impl Runner for Fake {
    fn library(&self, config: &str, input: &str) -> Result<Ran, Error> {
        (self.library)(config, input)
    }

    fn binary(&self, config: &Path, input: &Path) -> (Option<i32>, String) {
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        (self.binary)((self.library)(&read(config), &read(input)).unwrap())
    }
}

fn honest_binary(ran: Ran) -> (Option<i32>, String) {
    let output = if ran.exit_code == 0 {
        ran.output
    } else {
        String::new()
    };
    (Some(i32::from(ran.exit_code)), output)
}

fn finding(severity: Severity, outcome: Outcome, message: &str, field: Option<&str>) -> Finding {
    let mut finding = Finding::violation("write", severity, message);
    finding.outcome = outcome;
    finding.field = field.map(str::to_owned);
    finding
}

fn ran(output: String, findings: Vec<Finding>) -> Ran {
    let exit_code = u8::from(
        findings
            .iter()
            .any(|finding| finding.severity == Severity::Error),
    );
    Ran {
        output,
        findings,
        results: Vec::new(),
        lines: Vec::new(),
        exit_code,
    }
}

/// Replaces one text by another where it occurs, and says so about a field.
fn replacing(from: &'static str, to: &'static str, field: Option<&'static str>) -> Box<Library> {
    Box::new(move |config, input| {
        if let Some(refused) = refused(config, input) {
            return Ok(refused);
        }
        let told = finding(Severity::Info, Outcome::Changed, "written", field);
        let findings = if input.contains(from) {
            vec![told]
        } else {
            Vec::new()
        };
        Ok(ran(input.replace(from, to), findings))
    })
}

/// What every function does about the field that the harness adds to a configuration.
fn refused(config: &str, input: &str) -> Option<Ran> {
    let told = finding(
        Severity::Error,
        Outcome::Violation,
        "unknown field `zzUnknown`",
        None,
    );
    config
        .contains("zzUnknown")
        .then(|| ran(input.to_owned(), vec![told]))
}

fn fake(library: Box<Library>) -> Fake {
    Fake {
        library,
        binary: honest_binary,
    }
}

/// The function that is right: `replicas: 1` becomes `replicas: 2`.
fn good() -> Fake {
    fake(replacing(
        "replicas: 1\n",
        "replicas: 2\n",
        Some("spec.replicas"),
    ))
}

const CONFIG: &str = "kind: Fake\nspec: {}\n";
const INPUT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the front
spec:
  replicas: 1
  selector: {}
  template: {}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
";
const RESULTS: &str = "exitCode: 0\nresults:\n- \"info[write] changed: written (spec.replicas)\"\n";

fn expected() -> String {
    INPUT.replace("replicas: 1", "replicas: 2")
}

/// A folder with one case in it.
struct Case(tempfile::TempDir);

impl Case {
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    /// The case that the right function passes.
    fn good() -> Self {
        Self::of(&[
            ("config.yaml", CONFIG),
            ("input.yaml", INPUT),
            ("expected.yaml", &expected()),
            ("results.yaml", RESULTS),
        ])
    }

    /// The case that is right for this function, as UPDATE writes it.
    fn made_by(runner: &Fake) -> Self {
        let case = Self::of(&[("config.yaml", CONFIG), ("input.yaml", INPUT)]);
        golden::check(case.0.path(), runner, true).unwrap();
        case
    }

    fn with(self, name: &str, text: &str) -> Self {
        fs::write(self.0.path().join(name), text).unwrap();
        self
    }

    fn without(self, name: &str) -> Self {
        fs::remove_file(self.0.path().join(name)).unwrap();
        self
    }

    fn check(&self, runner: &Fake) -> Result<(), String> {
        golden::check(self.0.path(), runner, false)
    }

    fn failure(&self, runner: &Fake) -> String {
        self.check(runner).expect_err("the case must fail")
    }
}

#[test]
fn a_right_case_of_a_right_function_passes() {
    Case::good().check(&good()).unwrap();
}

#[test]
fn other_output_fails() {
    let wrong = expected().replace("replicas: 2", "replicas: 3");
    let failure = Case::good().with("expected.yaml", &wrong).failure(&good());
    let difference = "the output differs from what is expected (run `make golden` and read the difference):\n-  replicas: 3\n+  replicas: 2";
    assert_eq!(failure, difference);
}

#[test]
fn output_that_differs_in_blanks_alone_fails() {
    for wrong in [
        expected().replace("# the front", " # the front"),
        format!("{}\n", expected()),
        expected().replace('\n', "\r\n"),
    ] {
        let failure = Case::good().with("expected.yaml", &wrong).failure(&good());
        assert!(failure.starts_with("the output differs"), "{failure}");
    }
}

#[test]
fn a_change_that_the_case_does_not_expect_fails() {
    let failure = Case::good().without("expected.yaml").failure(&good());
    assert!(
        failure.starts_with("the output differs"),
        "absent, it is the input: {failure}"
    );
}

#[test]
fn other_results_fail() {
    let failure = Case::good()
        .with("results.yaml", &RESULTS.replace("written", "set"))
        .failure(&good());
    let difference = "results.yaml differs from what is expected (run `make golden` and read the difference):\n\
                      -- \"info[write] changed: set (spec.replicas)\"\n+- \"info[write] changed: written (spec.replicas)\"";
    assert_eq!(failure, difference);
}

#[test]
fn another_exit_code_fails() {
    let failure = Case::good()
        .with(
            "results.yaml",
            &RESULTS.replace("exitCode: 0", "exitCode: 1"),
        )
        .failure(&good());
    assert!(
        failure.starts_with("results.yaml differs")
            && failure.contains("\n-exitCode: 1\n+exitCode: 0"),
        "{failure}"
    );
}

#[test]
fn results_that_the_case_leaves_out_must_be_a_summary() {
    let failing = fake(Box::new(|_, input| {
        Ok(ran(
            input.to_owned(),
            vec![finding(
                Severity::Error,
                Outcome::Violation,
                "is wrong",
                None,
            )],
        ))
    }));
    let silent = Case::good()
        .without("expected.yaml")
        .without("results.yaml");
    let failure = silent.failure(&failing);
    assert!(
        failure.starts_with("results.yaml differs") && failure.contains("is wrong"),
        "{failure}"
    );
}

#[test]
fn a_second_run_that_edits_fails() {
    let growing = fake(Box::new(|config, input| {
        let told = finding(
            Severity::Info,
            Outcome::Changed,
            "written",
            Some("spec.replicas"),
        );
        Ok(refused(config, input)
            .unwrap_or_else(|| ran(input.replace("replicas: 1", "replicas: 11"), vec![told])))
    }));
    let failure = Case::made_by(&growing).failure(&growing);
    assert!(
        failure.starts_with("a second run's output differs"),
        "{failure}"
    );
    assert!(
        failure.ends_with("-  replicas: 11\n+  replicas: 111"),
        "{failure}"
    );
}

#[test]
fn a_second_run_that_claims_a_change_fails() {
    let boasting = fake(Box::new(|config, input| {
        let told = finding(
            Severity::Info,
            Outcome::Changed,
            "written",
            Some("spec.replicas"),
        );
        Ok(refused(config, input)
            .unwrap_or_else(|| ran(input.replace("replicas: 1\n", "replicas: 2\n"), vec![told])))
    }));
    assert_eq!(
        Case::made_by(&boasting).failure(&boasting),
        "a second run changes something again: written"
    );
}

#[test]
fn output_that_differs_from_run_to_run_fails() {
    let runs = Cell::new(0);
    let moody = fake(Box::new(move |config, input| {
        runs.set(runs.get() + 1);
        // The first two runs are UPDATE's and the one that is compared with what that wrote.
        let number = if runs.get() > 2 { "3" } else { "2" };
        Ok(refused(config, input).unwrap_or_else(|| {
            ran(
                input.replace("replicas: 1", &format!("replicas: {number}")),
                Vec::new(),
            )
        }))
    }));
    let failure = Case::made_by(&moody).failure(&moody);
    assert!(
        failure.starts_with("the same run once more differs"),
        "{failure}"
    );
}

#[test]
fn output_that_goes_by_the_order_of_the_documents_fails() {
    let orderly = fake(Box::new(|config, input| {
        let is_first = input.starts_with("apiVersion: apps/v1");
        let output = if is_first {
            expected()
        } else {
            input.to_owned()
        };
        Ok(refused(config, input).unwrap_or_else(|| ran(output, Vec::new())))
    }));
    let failure = Case::made_by(&orderly).failure(&orderly);
    assert!(
        failure.starts_with(
            "with the documents in reverse this one comes out differently:\napiVersion: apps/v1\n"
        ),
        "{failure}"
    );
    assert!(failure.contains("replicas: 2"), "{failure}");
}

#[test]
fn a_line_that_no_change_is_about_fails() {
    let reformatting = [
        (
            " # the front",
            "",
            "line 4 was taken away, but no change is about it:   name: web # the front",
        ),
        (
            "  selector: {}\n",
            "",
            "line 7 was taken away, but no change is about it:   selector: {}",
        ),
        (
            "kind: ConfigMap",
            "kind: \"ConfigMap\"",
            "line 11 was taken away, but no change is about it: kind: ConfigMap",
        ),
    ];
    for (from, to, message) in reformatting {
        let careless = fake(replacing(from, to, None));
        assert_eq!(Case::made_by(&careless).failure(&careless), message);
    }
}

#[test]
fn a_change_elsewhere_than_it_says_fails() {
    let lying = fake(replacing(
        "replicas: 1\n",
        "replicas: 2\n",
        Some("metadata.labels"),
    ));
    assert_eq!(
        Case::made_by(&lying).failure(&lying),
        "line 6 was taken away, but no change is about it:   replicas: 1"
    );
}

#[test]
fn an_unknown_field_that_is_not_refused_by_its_name_fails() {
    let deaf: Box<Library> = Box::new(|_, input| Ok(ran(expected_of(input), changed_of(input))));
    let mumbling: Box<Library> = Box::new(|config, input| {
        let told = finding(Severity::Error, Outcome::Violation, "unknown field", None);
        let refused = config
            .contains("zzUnknown")
            .then(|| ran(input.to_owned(), vec![told]));
        Ok(refused.unwrap_or_else(|| ran(expected_of(input), changed_of(input))))
    });
    let writing: Box<Library> = Box::new(|config, input| {
        let refused = refused(config, input).map(|refused| Ran {
            output: expected_of(input),
            ..refused
        });
        Ok(refused.unwrap_or_else(|| ran(expected_of(input), changed_of(input))))
    });
    let warning: Box<Library> = Box::new(|config, input| {
        let refused = refused(config, input).map(|refused| Ran {
            exit_code: 0,
            ..refused
        });
        Ok(refused.unwrap_or_else(|| ran(expected_of(input), changed_of(input))))
    });
    for library in [deaf, mumbling, writing, warning] {
        let failure = Case::good().failure(&fake(library));
        assert_eq!(
            failure,
            "an unknown field in the configuration is not refused by its name"
        );
    }
}

fn expected_of(input: &str) -> String {
    input.replace("replicas: 1\n", "replicas: 2\n")
}

fn changed_of(input: &str) -> Vec<Finding> {
    let told = finding(
        Severity::Info,
        Outcome::Changed,
        "written",
        Some("spec.replicas"),
    );
    if input.contains("replicas: 1\n") {
        vec![told]
    } else {
        Vec::new()
    }
}

#[test]
fn an_unknown_field_is_looked_for_in_each_form_of_configuration() {
    for config in [
        "kind: Fake\n",
        "kind: Fake\nspec:\n",
        "kind: ConfigMap\ndata: {a: b}\n",
        CONFIG,
    ] {
        Case::good()
            .with("config.yaml", config)
            .check(&good())
            .unwrap_or_else(|failure| panic!("{config}: {failure}"));
        let deaf = fake(Box::new(|_, input| {
            Ok(ran(expected_of(input), changed_of(input)))
        }));
        Case::good().with("config.yaml", config).failure(&deaf);
    }
}

#[test]
fn a_binary_with_another_output_fails() {
    let other = Fake {
        binary: |ran| (Some(0), ran.output.replace("# the front", "")),
        ..good()
    };
    let failure = Case::good().failure(&other);
    assert!(
        failure.starts_with("the binary's output differs"),
        "{failure}"
    );
}

#[test]
fn a_binary_with_another_exit_code_fails() {
    let other = Fake {
        binary: |ran| (Some(2), ran.output),
        ..good()
    };
    assert_eq!(
        Case::good().failure(&other),
        "the library's exit code is 0, the binary's Some(2)"
    );
    let killed = Fake {
        binary: |ran| (None, ran.output),
        ..good()
    };
    assert_eq!(
        Case::good().failure(&killed),
        "the library's exit code is 0, the binary's None"
    );
}

#[test]
fn a_binary_that_writes_where_it_fails_fails() {
    let library = || -> Box<Library> {
        Box::new(|_, input| {
            Ok(ran(
                input.to_owned(),
                vec![finding(
                    Severity::Error,
                    Outcome::Violation,
                    "is wrong",
                    None,
                )],
            ))
        })
    };
    Case::made_by(&fake(library()))
        .check(&fake(library()))
        .unwrap();
    let chatty = Fake {
        library: library(),
        binary: |ran| (Some(1), ran.output),
    };
    let failure = Case::made_by(&chatty).failure(&chatty);
    assert!(
        failure.starts_with("the binary's output differs"),
        "{failure}"
    );
}

#[test]
fn a_field_that_kubernetes_does_not_know_fails() {
    let misspelling = fake(replacing(
        "  replicas: 1\n",
        "  replicas: 1 \n  replicaz: 2\n",
        Some("spec.replicas"),
    ));
    let failure = Case::made_by(&misspelling).failure(&misspelling);
    assert_eq!(
        failure,
        "Deployment web does not fit its Kubernetes type: the field .spec.replicaz is unknown"
    );
}

#[test]
fn a_value_of_another_type_than_kubernetes_wants_fails() {
    let quoting = fake(replacing(
        "replicas: 1\n",
        "replicas: \"1\"\n",
        Some("spec.replicas"),
    ));
    let failure = Case::made_by(&quoting).failure(&quoting);
    assert!(
        failure.starts_with("Deployment web does not fit its Kubernetes type: "),
        "{failure}"
    );
}

#[test]
fn a_file_without_a_meaning_fails() {
    for name in ["expectd.yaml", "README.md", "expected.yml"] {
        let failure = Case::good().with(name, "").failure(&good());
        assert_eq!(
            failure,
            format!(
                "{name} has no meaning here; a case has config.yaml, input.yaml, expected.yaml, results.yaml"
            )
        );
    }
}

#[test]
fn a_case_without_a_configuration_or_an_input_fails() {
    for name in ["config.yaml", "input.yaml"] {
        let failure = Case::good().without(name).failure(&good());
        assert!(failure.starts_with(&format!("{name}: ")), "{failure}");
    }
}

#[test]
fn a_case_that_expects_nothing_fails() {
    let idle = fake(replacing("nowhere", "", None));
    let failure = Case::good()
        .without("expected.yaml")
        .without("results.yaml")
        .failure(&idle);
    assert_eq!(
        failure,
        "the case expects nothing; give it expected.yaml or results.yaml"
    );
}

#[test]
fn a_call_that_can_not_be_served_fails() {
    let broken = fake(Box::new(|_, _| {
        Err(Error::Input("stdin, line 1: not YAML".to_owned()))
    }));
    assert_eq!(
        Case::good().failure(&broken),
        "exit code 2: stdin, line 1: not YAML"
    );
}

#[test]
fn an_update_writes_what_the_next_run_expects_and_takes_away_what_says_nothing() {
    let case = Case::good()
        .with("expected.yaml", "kind: Wrong\n")
        .with("results.yaml", "exitCode: 7\n");
    golden::check(case.0.path(), &good(), true).unwrap();
    case.check(&good()).unwrap();
    let read = |name: &str| fs::read_to_string(case.0.path().join(name)).ok();
    assert_eq!(read("expected.yaml"), Some(expected()));
    assert_eq!(read("results.yaml").as_deref(), Some(RESULTS));
    let idle = fake(replacing("nowhere", "", None));
    golden::check(case.0.path(), &idle, true).unwrap();
    assert_eq!(read("expected.yaml"), None);
    assert_eq!(
        read("results.yaml").as_deref(),
        Some("exitCode: 0\nresults: []\n")
    );
    case.check(&idle).unwrap();
}

#[test]
fn a_function_without_its_required_cases_fails() {
    let cases = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
    let folder = tempfile::tempdir().unwrap();
    assert!(golden::cases(folder.path()).is_empty());
    assert!(golden::cases(&folder.path().join("absent")).is_empty());
    let refusal = |names: &[&str]| {
        golden::has_required("set-tenancy", &cases(names)).expect_err("must be refused")
    };
    let rest = "every function has `basic`, one `keeps-…` and one `rejects-…`";
    assert_eq!(
        refusal(&[]),
        format!("set-tenancy has no case basic; {rest}")
    );
    assert_eq!(
        refusal(&["basic-too", "keeps-x", "rejects-x"]),
        format!("set-tenancy has no case basic; {rest}")
    );
    assert_eq!(
        refusal(&["basic", "rejects-x"]),
        format!("set-tenancy has no case keeps-…; {rest}")
    );
    assert_eq!(
        refusal(&["basic", "keeps-x", "not-rejects-x"]),
        format!("set-tenancy has no case rejects-…; {rest}")
    );
    golden::has_required("set-tenancy", &cases(&["basic", "keeps-x", "rejects-x"])).unwrap();
}

#[test]
fn an_update_is_refused_in_ci() {
    assert_eq!(
        golden::is_update(true, true).expect_err("must be refused"),
        "UPDATE is set where CI is; CI never writes what it expects"
    );
    assert_eq!(golden::is_update(true, false), Ok(true));
    assert_eq!(golden::is_update(false, true), Ok(false));
}
