//! What real tools sent.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use checks::binary::{self, Ran};
use checks::golden::{self, Change};

use crate::{inject, items, results};

/// A file of `captures`, with its name.
struct Capture {
    name: String,
    text: String,
}

fn captures() -> Vec<Capture> {
    let folder = binary::root().join("tests/captures");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("captures")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    assert!(files.len() >= 7, "captures got lost");
    let capture = |file: PathBuf| Capture {
        name: file
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned(),
        text: fs::read_to_string(file).expect("UTF-8"),
    };
    files.into_iter().map(capture).collect()
}

/// Asks for a probe that every container of a capture can have.
const PROBES: &str = "\
apiVersion: fn.plimsoll.dev/v1alpha1
kind: InjectProbes
metadata:
  name: probes
spec:
  overrides:
  - target: {kinds: [Deployment, Pod]}
    readiness: {exec: {command: [\"true\"]}, timeoutSeconds: 2}
  rules: {inject-probes/unused-target: off}
";

impl Capture {
    fn is_list(&self) -> bool {
        self.text.contains("kind: ResourceList\n")
    }

    /// What came before the functionConfig of whoever made the capture, which is always last.
    fn without_config(&self) -> &str {
        self.text
            .find("\nfunctionConfig:")
            .map_or(self.text.as_str(), |end| &self.text[..=end])
    }

    /// Runs it with this configuration, and gives what went in and what came out, each object as text.
    fn run(&self, config: &str) -> (Ran, Vec<String>, Vec<String>) {
        let objects = if self.is_list() {
            items
        } else {
            golden::documents
        };
        let ran = self.run_on(self.without_config(), config);
        assert_eq!(ran.code, Some(0), "{}: {}", self.name, ran.stderr);
        let out = objects(&ran.stdout);
        (ran, objects(self.without_config()), out)
    }

    /// As the tool runs it that sent this: a list in which the configuration stands, or documents and a file.
    fn run_on(&self, input: &str, config: &str) -> Ran {
        if self.is_list() {
            let config = config
                .lines()
                .fold(String::new(), |lines, line| lines + "  " + line + "\n");
            return inject(&format!("{input}functionConfig:\n{config}"));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config");
        fs::write(&file, config).expect("a file");
        plugin(&folder, &file, input)
    }
}

/// Runs the binary as kustomize runs a plugin of its plugin folder.
pub(crate) fn plugin(folder: &tempfile::TempDir, config: &std::path::Path, input: &str) -> Ran {
    let link = folder.path().join("InjectProbes");
    std::os::unix::fs::symlink(binary::path("inject-probes"), &link).expect("a link");
    binary::run(Command::new(link).arg(config), input.as_bytes())
}

#[test]
fn gives_back_what_real_tools_sent_where_there_is_nothing_to_do() {
    for capture in captures() {
        let (ran, sent, back) = capture.run(
            "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\nmetadata: {name: probes}\n",
        );
        assert!(!sent.is_empty(), "{}", capture.name);
        assert_eq!(back, sent, "{}", capture.name);
        assert!(
            ran.stdout.starts_with(capture.without_config()),
            "{}: {}",
            capture.name,
            ran.stdout
        );
    }
}

#[test]
fn changes_only_its_own_lines_in_what_real_tools_sent() {
    let mut changed = Vec::new();
    for capture in captures() {
        let (_, sent, back) = capture.run(PROBES);
        assert_eq!(sent.len(), back.len(), "{}", capture.name);
        for (before, after) in sent
            .iter()
            .zip(&back)
            .filter(|(before, after)| before != after)
        {
            assert!(
                before.contains("kind: Deployment\n") || before.contains("kind: Pod\n"),
                "{}:\n{after}",
                capture.name
            );
            let lines: Vec<String> = golden::changes(before, after)
                .into_iter()
                .map(|change| match change {
                    Change::Added(line) => line.trim().replace('\'', "\""),
                    Change::Removed(line) => {
                        panic!("{}: `{line}` is gone from:\n{after}", capture.name)
                    }
                })
                .collect();
            assert_eq!(
                lines,
                [
                    "readinessProbe:",
                    "exec:",
                    "command:",
                    "- \"true\"",
                    "timeoutSeconds: 2"
                ],
                "{}",
                capture.name
            );
            changed.push(capture.name.clone());
        }
    }
    let expected = [
        "a-legacy-exec.stdin",
        "c-kpt-exec.stdin",
        "d-kustomize581-exec.stdin",
        "overlay-stdin-at-function-time.legacy",
    ];
    for name in expected {
        assert!(
            changed.contains(&format!("{name}.yaml")),
            "{name} has a workload; changed were {changed:?}"
        );
    }
}

#[test]
fn changes_nothing_on_a_second_run_over_what_real_tools_sent() {
    for capture in captures() {
        let (first, _, back) = capture.run(PROBES);
        let (second, again) = if capture.is_list() {
            let second = inject(&first.stdout);
            let again = items(&second.stdout);
            (second, again)
        } else {
            let second = capture.run_on(&first.stdout, PROBES);
            assert_eq!(second.stdout, first.stdout, "{}", capture.name);
            let again = golden::documents(&second.stdout);
            (second, again)
        };
        assert_eq!((second.code, again), (Some(0), back), "{}", capture.name);
        assert!(
            !second.stderr.contains("changed"),
            "{}: {}",
            capture.name,
            second.stderr
        );
    }
}

#[test]
fn gives_back_what_real_tools_sent_with_a_configuration_for_somebody_else() {
    for capture in captures().iter().filter(|capture| capture.is_list()) {
        let ran = inject(&capture.text);
        assert_eq!(ran.code, Some(1), "{}: {}", capture.name, ran.stderr);
        let told = ran.stdout.strip_prefix(&capture.text);
        assert!(
            told.is_some_and(|told| told.starts_with("results:\n")),
            "{}: {}",
            capture.name,
            ran.stdout
        );
        assert_eq!(results(&ran)[0]["tags"]["rule"], "inject-probes/config");
    }
}
