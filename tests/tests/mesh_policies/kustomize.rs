//! Inside kustomize, whose overlays rename what policies name.

use std::collections::BTreeSet;
use std::process::Command;

use checks::tools::KUSTOMIZE;
use checks::{Folder, binary};
use serde_json::{Value, json};

use crate::authored::production;
use crate::{config, is_of_istio, name, objects, texts_under};

/// Builds the shop under two overlays, of which these run the function; none where there is no kustomize.
fn built(target: &str, runs_it: &[&str]) -> Option<Vec<Value>> {
    let program = KUSTOMIZE.found()?;
    let folder = Folder::of(&[]);
    folder.write("base/objects.yaml", include_str!("renamed.yaml"));
    for (place, text) in [
        ("base", "resources: [objects.yaml]\n"),
        (
            "eu",
            "resources: [../base]\nnamePrefix: eu-\nnamespace: eu\nlabels: [{pairs: {region: eu}, includeSelectors: true}]\n",
        ),
        (
            "prod",
            "resources: [../eu]\nnamePrefix: prod-\nnamespace: prod\n",
        ),
    ] {
        let transformers = if runs_it.contains(&place) {
            "transformers: [mtls.yaml]\n"
        } else {
            ""
        };
        folder.write(
            &format!("{place}/kustomization.yaml"),
            &format!("{text}{transformers}"),
        );
        folder.write(&format!("{place}/mtls.yaml"), &config(&production()));
    }
    let plugins = folder.path().join("plugin");
    let mut install = Command::new(binary::path("plimsoll"));
    install.arg("install-plugins").arg("--dir").arg(&plugins);
    let mut build = Command::new(program);
    build
        .args(["build", "--enable-alpha-plugins", target])
        .current_dir(folder.path());
    build
        .env("KUSTOMIZE_PLUGIN_HOME", plugins)
        .env_remove("XDG_CONFIG_HOME");
    let mut text = String::new();
    for command in [&mut install, &mut build] {
        let ran = binary::run(command, b"");
        assert_eq!(
            ran.code,
            Some(0),
            "{command:?}: {}{}",
            ran.stdout,
            ran.stderr
        );
        text = ran.stdout;
    }
    Some(objects(&text))
}

/// What the final build's pods run as, by their label `app`, as principals.
fn principal_of(objects: &[Value], app: &str) -> String {
    let is_it = |object: &&Value| object["spec"]["template"]["metadata"]["labels"]["app"] == app;
    let owner = objects
        .iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("no {app}"));
    let account = owner["spec"]["template"]["spec"]["serviceAccountName"].as_str();
    let namespace = owner["metadata"]["namespace"].as_str();
    format!(
        "cluster.local/ns/{}/sa/{}",
        namespace.expect("it has one"),
        account.expect("it has one")
    )
}

/// Fails unless each policy of the build lets in whoever runs in the build, and is for pods of the build.
fn are_right(objects: &[Value], namespace: &str) {
    let policies: Vec<&Value> = objects
        .iter()
        .filter(|object| is_of_istio(object, "AuthorizationPolicy"))
        .collect();
    for (app, callers) in [("product", ["order", "cart"]), ("stock", ["order", "cart"])] {
        let own: Vec<&&Value> = policies
            .iter()
            .filter(|policy| policy["spec"]["selector"]["matchLabels"]["app"] == app)
            .collect();
        assert_eq!(own.len(), 1, "{app}: {policies:#?}");
        let policy = own[0];
        let callers: BTreeSet<String> = callers
            .iter()
            .map(|caller| principal_of(objects, caller))
            .collect();
        assert_eq!(texts_under(policy, "principals"), callers, "{app}");
        assert_eq!(policy["metadata"]["namespace"], namespace, "{policy}");
        assert_eq!(
            policy["spec"]["selector"]["matchLabels"]["region"], "eu",
            "{policy}"
        );
    }
    assert_eq!(policies.len(), 2, "{policies:#?}");
    let modes: Vec<&Value> = objects
        .iter()
        .filter(|object| object["kind"] == "PeerAuthentication")
        .collect();
    assert_eq!(modes.len(), 1, "{modes:#?}");
    assert_eq!(
        (name(modes[0]), &modes[0]["metadata"]["namespace"]),
        ("default", &json!(namespace))
    );
}

// kustomize renames ServiceAccounts before the function runs, and what refers to them behind it.
#[test]
fn an_overlay_that_renames_gets_policies_for_the_names_of_the_build() {
    for (target, namespace) in [("eu", "eu"), ("prod", "prod")] {
        let Some(objects) = built(target, &[target]) else {
            return;
        };
        are_right(&objects, namespace);
    }
}

#[test]
fn a_second_overlay_that_runs_the_function_too_leaves_nothing_of_the_first() {
    let Some(objects) = built("prod", &["eu", "prod"]) else {
        return;
    };
    are_right(&objects, "prod");
}
