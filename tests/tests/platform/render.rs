//! `render`, which `make render`, `make changes` and `make diff` call: what it prints, and what it says of mistakes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use checks::Folder;
use checks::binary::{self, Ran};
use checks::tools::KUSTOMIZE;

use crate::rendered::rendered;

const RENDER: &str = env!("CARGO_BIN_EXE_render");

const POD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  selector:
    matchLabels: {app: api}
  template:
    metadata:
      labels: {app: api}
    spec:
      containers:
      - image: example.org/api:1
        name: api
        envFrom:
        - configMapRef: {name: flags}
        ports:
        - {name: http, containerPort: 8080}
";

const FLAGS: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: flags}
data: {beta: \"yes\"}
";

const PROBES: &str = "\
apiVersion: fn.plimsoll.dev/v1alpha1
kind: InjectProbes
metadata: {name: probes}
spec:
  environment: production
  overrides:
  - target: {names: [api]}
    readiness: {httpGet: {path: /ready, port: http}}
";

const HASHES: &str = "\
apiVersion: fn.plimsoll.dev/v1alpha1
kind: HashConfigMaps
metadata: {name: hashes}
spec:
  environment: production
";

/// A repository with one environment, its functions in `probes.yaml` and `hashes.yaml`.
fn shop() -> Folder {
    Folder::of(&[
        (
            "overlays/live/kustomization.yaml",
            "kind: Kustomization\nresources: [manifests]\ntransformers: [probes.yaml, hashes.yaml]\n",
        ),
        ("overlays/live/probes.yaml", PROBES),
        ("overlays/live/hashes.yaml", HASHES),
        (
            "overlays/live/manifests/kustomization.yaml",
            "kind: Kustomization\nnamespace: shop\nresources: [api.yaml, flags.yaml]\n",
        ),
        ("overlays/live/manifests/api.yaml", POD),
        ("overlays/live/manifests/flags.yaml", FLAGS),
        ("overlays/part/kustomization.yaml", "kind: Component\n"),
    ])
}

fn render(folder: &Folder, arguments: &[&str]) -> Ran {
    let mut command = folder.call(PathBuf::from(RENDER), arguments);
    binary::run(&mut command, b"")
}

/// What a call says that fails, and prints nothing.
#[track_caller]
fn refused(folder: &Folder, arguments: &[&str]) -> String {
    let ran = render(folder, arguments);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(1), ""),
        "{}",
        ran.stderr
    );
    ran.stderr
}

#[test]
fn rendering_prints_what_kustomize_does_and_says_what_each_function_did() {
    let Some(rendered) = rendered() else { return };
    let mut command = Command::new(RENDER);
    command.arg("production").current_dir(binary::root());
    let ran = binary::run(&mut command, b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout == rendered["production"]);
    let said: Vec<&str> = ran
        .stderr
        .lines()
        .map(|line| line.split(' ').next().unwrap_or_default())
        .collect();
    let functions = [
        "set-resources",
        "inject-probes",
        "set-availability",
        "harden-pods",
        "hash-configmaps",
        "add-mtls-policies",
        "production",
    ];
    assert_eq!(said, functions, "{}", ran.stderr);
}

#[test]
fn the_summary_counts_objects() {
    if KUSTOMIZE.found().is_none() {
        return;
    }
    let ran = render(&shop(), &["live"]);
    assert_eq!(
        ran.stderr,
        "inject-probes    1 object changed\n\
         hash-configmaps  2 objects changed\n\
         live is rendered; `make changes ENV=live` shows what the functions changed\n"
    );
}

#[test]
fn changes_are_shown_object_by_object_also_where_the_name_changes() {
    if KUSTOMIZE.found().is_none() {
        return;
    }
    let ran = render(&shop(), &["--changes", "live"]);
    insta::assert_snapshot!(ran.stdout);
    assert_eq!(
        ran.stderr,
        "live: 2 objects changed, 0 removed, 0 made by its functions\n"
    );
}

#[test]
fn a_difference_between_environments_is_shown_object_by_object() {
    if KUSTOMIZE.found().is_none() {
        return;
    }
    let shop = shop();
    shop.write(
        "overlays/next/kustomization.yaml",
        "kind: Kustomization\nresources: [../live]\npatches:\n- {patch: '- {op: add, path: /spec/replicas, value: 2}', target: {kind: Deployment}}\n- {patch: '{$patch: delete, kind: any, metadata: {name: any}}', target: {kind: ConfigMap}}\n",
    );
    let ran = render(&shop, &["--diff", "live", "next"]);
    insta::assert_snapshot!(ran.stdout);
    assert_eq!(
        ran.stderr,
        "live and next: 1 object differs, 1 only in live, 0 only in next\n"
    );
    let same = render(&shop, &["--diff", "live", "live"]);
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), ""));
}

#[test]
fn a_wrong_environment_is_refused_and_the_right_ones_are_named() {
    let shop = shop();
    for arguments in [
        &["life"][..],
        &["--changes", "life"],
        &["--diff", "live", "life"],
    ] {
        assert_eq!(
            refused(&shop, arguments),
            "there is no environment \"life\"; did you mean `live`?\nthe environments are live: name one of them, as in `make render ENV=live`\n"
        );
    }
    assert_eq!(
        refused(&shop, &["part"]),
        "there is no environment \"part\"\nthe environments are live: name one of them, as in `make render ENV=live`\n"
    );
}

#[test]
fn a_misspelled_field_is_told_with_its_place_in_the_users_own_file() {
    if KUSTOMIZE.found().is_none() {
        return;
    }
    let shop = shop();
    shop.write(
        "overlays/live/probes.yaml",
        &PROBES.replace("environment:", "enviroment:"),
    );
    insta::assert_snapshot!(refused(&shop, &["live"]));
}

#[test]
fn a_misspelled_kind_is_told_with_the_one_that_is_meant() {
    if KUSTOMIZE.found().is_none() {
        return;
    }
    let shop = shop();
    shop.write(
        "overlays/live/probes.yaml",
        &PROBES.replace("InjectProbes", "InjectProbe"),
    );
    insta::assert_snapshot!(refused(&shop, &["live"]));
}

#[test]
fn a_function_that_is_not_ours_is_told_as_kustomize_tells_it() {
    if KUSTOMIZE.found().is_none() {
        return;
    }
    let shop = shop();
    shop.write(
        "overlays/live/probes.yaml",
        "apiVersion: example.org/v1\nkind: Other\nmetadata: {name: other}\n",
    );
    let told = refused(&shop, &["live"]);
    assert!(told.contains("Other"), "{told}");
    assert!(
        told.ends_with(
            "\noverlays/live is not rendered; `plimsoll doctor overlays/live` says more\n"
        ),
        "{told}"
    );
}

#[test]
fn a_machine_without_kustomize_is_told_what_to_install() {
    let shop = shop();
    // Tools are looked for beside the program and on PATH: here there are none.
    let copy = shop.join("target/debug/render");
    fs::create_dir_all(copy.parent().unwrap_or(Path::new(""))).expect("the folder can be made");
    fs::copy(RENDER, &copy).expect("the program can be copied");
    let mut command = shop.call(copy, &["live"]);
    let ran = binary::run(command.env("PATH", shop.path()), b"");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(
        ran.stderr.starts_with("there is no kustomize "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .ends_with("install kustomize or kubectl, or Go, with which `make tools` builds it\n"),
        "{}",
        ran.stderr
    );
}
