//! The filter in pipes, and on files and folders.

use std::process::Command;

use checks::binary::{self, Ran};
use checks::tools::{KUBECTL, KUSTOMIZE};

use crate::shop::{self, Folder};
use crate::{Test, test};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        test(&[KUSTOMIZE, KUBECTL], stands_between_kustomize_and_kubectl),
        test(&[], reads_files_and_folders),
        test(&[], keeps_every_line_that_it_does_not_write),
        test(&[], writes_nothing_to_a_pipe_when_it_fails),
    ]
}

fn filter(folder: &Folder, paths: &[&str], stdin: &str) -> Ran {
    let mut command = Command::new(binary::path("inject-probes"));
    command
        .current_dir(folder.path())
        .args(["--config", "probes.yaml"])
        .args(paths);
    binary::run(&mut command, stdin.as_bytes())
}

fn shop() -> Folder {
    Folder::of_shop(&[
        ("probes.yaml", &shop::config()),
        (
            "kustomization.yaml",
            "resources: [api.yaml, database.yaml]\n",
        ),
    ])
}

// No server answers here, so kubectl does something local: it reads every object as its type.
fn stands_between_kustomize_and_kubectl() {
    let folder = shop();
    let built = folder.built(&KUSTOMIZE, &["build", "."]);
    let ran = filter(&folder, &[], &built.stdout);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let label = ["label", "--local", "-f", "-", "checked=yes", "-o", "name"];
    let read = binary::run(&mut folder.command(&KUBECTL, &label), ran.stdout.as_bytes());
    assert_eq!(read.code, Some(0), "{}", read.stderr);
    let names: Vec<&str> = read.stdout.lines().collect();
    assert_eq!(
        names,
        [
            "configmap/settings",
            "service/api",
            "deployment.apps/api",
            "statefulset.apps/database"
        ]
    );
    assert_eq!(
        shop::objects(&ran.stdout),
        shop::objects(&shop::filtered(&shop::stream()))
    );
}

fn reads_files_and_folders() {
    let folder = shop();
    folder.write("manifests/api.yaml", shop::API);
    folder.write("manifests/deeper/database.yaml", shop::DATABASE);
    let expected = shop::filtered(&shop::stream());
    for paths in [
        &["api.yaml", "database.yaml"][..],
        &["manifests"],
        &["manifests/api.yaml", "manifests/deeper"],
    ] {
        let ran = filter(&folder, paths, "");
        assert_eq!(ran.code, Some(0), "{paths:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, expected, "{paths:?}");
    }
    let mixed = filter(&folder, &["api.yaml", "-"], shop::DATABASE);
    assert_eq!(mixed.stdout, expected, "{}", mixed.stderr);
}

fn keeps_every_line_that_it_does_not_write() {
    let output = shop::filtered(&shop::stream());
    let mut lines = output.lines();
    for line in shop::stream().lines() {
        assert!(lines.any(|own| own == line), "lost: {line}");
    }
}

fn writes_nothing_to_a_pipe_when_it_fails() {
    let folder = shop();
    folder.write("probes.yaml", &shop::broken(&shop::config()));
    let ran = filter(&folder, &[], &shop::stream());
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(1), ""),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains(shop::REFUSAL), "{}", ran.stderr);
}
