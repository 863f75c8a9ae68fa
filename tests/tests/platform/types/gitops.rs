//! What Argo CD and Flux are told to deploy, and the script that writes it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use checks::Folder;
use checks::binary::{self, Ran};
use checks::schema::{self, Definitions};
use serde_json::Value;

use crate::name;
use crate::rendered::{ENVIRONMENTS, objects, rendered};

fn folder() -> PathBuf {
    binary::root().join("overlays/gitops")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn file(tool: &str, name: &str) -> String {
    read(&folder().join(tool).join(format!("{name}.yaml")))
}

fn words<'o>(object: &'o Value, path: &str, key: &str) -> BTreeSet<&'o str> {
    let list = object.pointer(path).and_then(Value::as_array);
    let items = list.into_iter().flatten();
    items.filter_map(|item| item[key].as_str()).collect()
}

#[test]
fn every_object_for_argo_cd_and_flux_fits_its_type() {
    let definitions = Definitions::found();
    let flux = ENVIRONMENTS.map(|environment| file("flux", environment));
    let argo = ["development", "staging", "production", "project"].map(|own| file("argo-cd", own));
    let all: Vec<Value> = flux
        .iter()
        .chain(&argo)
        .flat_map(|text| objects(text))
        .collect();
    assert_eq!(all.len(), 10);
    for object in all {
        schema::check_object(&object).unwrap_or_else(|error| panic!("{error}"));
        let mistakes = definitions.mistakes(&object);
        let is_known = mistakes.is_some() || schema::is_known(&object) || definitions.is_partial();
        assert!(is_known, "nothing is known of {}", name(&object));
        assert_eq!(
            mistakes.unwrap_or_default(),
            Vec::<String>::new(),
            "{}",
            name(&object)
        );
    }
}

#[test]
fn environments_are_deployed_alike_each_from_its_own_branch_or_artifact() {
    for tool in ["argo-cd", "flux"] {
        let production = file(tool, "production");
        for environment in ENVIRONMENTS {
            let text = file(tool, environment);
            assert_eq!(
                text,
                production.replace("production", environment),
                "{tool}"
            );
        }
    }
    let application = objects(&file("argo-cd", "production")).remove(0);
    assert_eq!(
        application["spec"]["source"]["targetRevision"],
        "rendered/production"
    );
    let options = application["spec"]["syncPolicy"]["syncOptions"].to_string();
    assert!(options.contains("PruneLast=true"), "{options}");
}

#[test]
fn the_project_admits_all_that_is_rendered() {
    let Some(rendered) = rendered() else { return };
    let project = objects(&file("argo-cd", "project")).remove(0);
    let kinds = words(&project, "/spec/clusterResourceWhitelist", "kind");
    let spaces = words(&project, "/spec/destinations", "namespace");
    let (mut own_kinds, mut own_spaces) = (BTreeSet::new(), BTreeSet::new());
    let all: Vec<Value> = rendered.values().flat_map(|text| objects(text)).collect();
    for object in &all {
        match object["metadata"]["namespace"].as_str() {
            Some(space) => own_spaces.insert(space),
            None => own_kinds.insert(object["kind"].as_str().unwrap_or_default()),
        };
    }
    assert_eq!(kinds, own_kinds);
    assert_eq!(spaces, own_spaces);
}

#[test]
fn flux_keeps_the_config_maps_that_have_hashed_names() {
    let Some(rendered) = rendered() else { return };
    let kustomization = objects(&file("flux", "production")).remove(1);
    let selector = &kustomization["spec"]["patches"][0]["target"]["labelSelector"];
    let label = selector.as_str().expect("a label");
    let all = objects(&rendered["production"]);
    let is_hashed = |object: &&Value| {
        let annotations = &object["metadata"]["annotations"];
        object["kind"] == "ConfigMap" && annotations.get("plimsoll.dev/content-hash").is_some()
    };
    let hashed: Vec<&Value> = all.iter().filter(is_hashed).collect();
    assert!(hashed.len() > 10, "{}", hashed.len());
    for object in hashed {
        let labels = &object["metadata"]["labels"];
        assert!(labels.get(label).is_some(), "{}", name(object));
    }
}

/// Runs a program with nothing of the user's own configuration.
fn run(folder: &Folder, program: &str, arguments: &[&str]) -> Ran {
    let mut command = Command::new(program);
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "a test");
        command.env(format!("GIT_{who}_EMAIL"), "test@example.com");
    }
    command
        .args(arguments)
        .current_dir(folder.join("clone"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    binary::run(&mut command, b"")
}

#[test]
fn a_rendered_file_is_committed_where_it_differs_and_nothing_else_is_touched() {
    let folder = Folder::of(&[
        ("clone/platform.yaml", "one: 1\n"),
        ("clone/empty.yaml", ""),
    ]);
    let git = |arguments: &[&str]| {
        let ran = run(&folder, "git", arguments);
        assert_eq!(ran.code, Some(0), "git {arguments:?}: {}", ran.stderr);
        ran.stdout
    };
    git(&["init", "--quiet", "--bare", "../remote"]);
    git(&["init", "--quiet"]);
    git(&["remote", "add", "origin", "../remote"]);
    git(&["commit", "--quiet", "--allow-empty", "-m", "a change"]);
    let script = binary::root().join("overlays/gitops/publish.sh");
    let script = script.to_str().expect("a path of text");
    let publish = |file: &str| run(&folder, script, &["staging", file]);
    let history = || {
        git(&[
            "--git-dir",
            "../remote",
            "log",
            "--format=%s",
            "rendered/staging",
        ])
    };
    assert_eq!(publish("platform.yaml").code, Some(0));
    let told = publish("platform.yaml");
    assert_eq!(
        told.stdout, "rendered/staging is as it should be\n",
        "{}",
        told.stderr
    );
    assert_eq!(history().lines().count(), 1);
    folder.write("clone/platform.yaml", "one: 2\n");
    assert_eq!(publish("platform.yaml").code, Some(0));
    assert_eq!(history().lines().count(), 2);
    let kept = git(&[
        "--git-dir",
        "../remote",
        "show",
        "rendered/staging:platform.yaml",
    ]);
    assert_eq!(kept, "one: 2\n");
    // A render that failed deploys nothing.
    let refused = publish("empty.yaml");
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("render \"staging\" again"),
        "{}",
        refused.stderr
    );
    assert_eq!(git(&["branch", "--list", "rendered/*"]), "");
    assert_eq!(
        git(&["status", "--short"]),
        "?? empty.yaml\n?? platform.yaml\n"
    );
}
