//! The linters: where they are, how they are asked, and how to read what they say.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use checks::binary;
use checks::tools::KUBE_SCORE;
use serde_json::Value;

/// What a linter found.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) check: String,
    /// The name of the object.
    pub(crate) object: String,
    pub(crate) what: String,
}

/// A program that judges manifests.
pub(crate) struct Linter {
    pub(crate) name: &'static str,
    find: fn(&str) -> Option<PathBuf>,
    /// What comes before the file.
    arguments: &'static [&'static str],
    read: fn(&Value) -> Vec<Finding>,
}

impl Linter {
    /// What the linter says of a text; none where it isn't there.
    pub(crate) fn findings(&self, manifests: &str) -> Option<Vec<Finding>> {
        let program = (self.find)(self.name)?;
        let folder = tempfile::tempdir().expect("a folder for the manifests");
        let file = folder.path().join("manifests.yaml");
        fs::write(&file, manifests).expect("the manifests can be written");
        let mut command = Command::new(program);
        // Its exit code says whether there are findings.
        let ran = binary::run(command.args(self.arguments).arg(file), b"");
        let said = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{} says no JSON: {error}: {}", self.name, ran.stderr));
        Some((self.read)(&said))
    }
}

/// All of them.
pub(crate) const LINTERS: [Linter; 3] = [
    Linter {
        name: "kube-score",
        find: |_| KUBE_SCORE.found(),
        arguments: &[
            "score",
            "--output-format",
            "json",
            "--all-default-optional",
            "--kubernetes-version",
            "v1.32",
        ],
        read: of_kube_score,
    },
    Linter {
        name: "kube-linter",
        find: on_path,
        // Its own choice, and what else is about something that the functions decide.
        arguments: &[
            "lint",
            "--format",
            "json",
            "--include",
            "dangling-horizontalpodautoscaler,hpa-minimum-three-replicas,minimum-three-replicas",
            "--include",
            "no-node-affinity,priority-class-name,no-liveness-probe,no-readiness-probe",
            "--include",
            "default-service-account,privileged-ports,unsafe-proc-mount,writable-host-mount",
        ],
        read: of_kube_linter,
    },
    Linter {
        name: "Polaris",
        find: on_path,
        arguments: &["audit", "--format", "json", "--audit-path"],
        read: of_polaris,
    },
];

/// A linter that has to be installed by hand, since the proxy for Go modules serves no version of it. Nothing can
/// require what can't be had.
fn on_path(name: &str) -> Option<PathBuf> {
    let name = name.to_lowercase();
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders)
        .map(|folder| folder.join(&name))
        .find(|program| program.is_file());
    if found.is_none() {
        eprintln!("skipped: {name} is not on PATH");
    }
    found
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default()
}

fn items<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.into_iter().flatten()
}

/// kube-score gives grades, of which 10 is the best.
fn of_kube_score(said: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    for object in items(said, "") {
        for check in items(object, "/checks") {
            let grade = check.pointer("/grade").and_then(Value::as_u64);
            let is_skipped = check.pointer("/skipped") == Some(&Value::Bool(true));
            if is_skipped || grade == Some(10) {
                continue;
            }
            let what: Vec<String> = items(check, "/comments")
                .map(|comment| format!("{} {}", text(comment, "/path"), text(comment, "/summary")))
                .collect();
            let path = text(object, "/object_name");
            found.push(Finding {
                check: text(check, "/check/id").to_owned(),
                object: path.rsplit('/').next().unwrap_or_default().to_owned(),
                what: what.join(", "),
            });
        }
    }
    found
}

fn of_kube_linter(said: &Value) -> Vec<Finding> {
    let found = items(said, "/Reports").map(|report| Finding {
        check: text(report, "/Check").to_owned(),
        object: text(report, "/Object/K8sObject/Name").to_owned(),
        what: text(report, "/Diagnostic/Message").to_owned(),
    });
    found.collect()
}

/// Polaris judges objects, their pods, and their containers.
fn of_polaris(said: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    for object in items(said, "/Results") {
        let containers = items(object, "/PodResult/ContainerResults");
        let judged = [Some(object), object.pointer("/PodResult")];
        for part in judged.into_iter().flatten().chain(containers) {
            let results = part.pointer("/Results").and_then(Value::as_object);
            let failed = results.into_iter().flatten();
            let failed = failed.filter(|(_, result)| result.get("Success") == Some(&false.into()));
            found.extend(failed.map(|(check, result)| Finding {
                check: check.clone(),
                object: text(object, "/Name").to_owned(),
                what: text(result, "/Message").to_owned(),
            }));
        }
    }
    found
}
