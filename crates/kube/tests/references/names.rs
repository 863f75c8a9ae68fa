//! What a name means where several objects have it or had it.

use crate::{built_in, found, show, with};

/// An object as kustomize's transformers see it, with what it was called before.
pub(crate) fn formerly(kind: &str, now: &str, before: &str, affix: &str) -> String {
    let (namespace, name) = now.split_once('/').unwrap();
    let (was_in, was) = before.split_once('/').unwrap();
    let (api_version, spec) = match kind {
        "Deployment" => (
            "apps/v1",
            ", spec: {template: {spec: {volumes: [{configMap: {name: cfg}}]}}}",
        ),
        _ => ("v1", ""),
    };
    format!(
        "{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: {name}, namespace: {namespace}, annotations: {{\
         internal.config.kubernetes.io/previousKinds: '{kind}', \
         internal.config.kubernetes.io/previousNamespaces: '{was_in}', \
         internal.config.kubernetes.io/previousNames: '{was}', \
         internal.config.kubernetes.io/prefixes: '{affix}'}}}}{spec}}}\n---\n"
    )
}

fn targets(text: &[String]) -> Vec<String> {
    let target = |shown: &String| shown.split(" -> ").last().unwrap().to_owned();
    found(&text.concat()).iter().map(target).collect()
}

#[test]
fn a_former_name_counts_where_kustomize_has_put_a_prefix() {
    let deployment = formerly("Deployment", "a/p-app", "default/app", "p-");
    let config = formerly("ConfigMap", "a/p-cfg", "default/cfg", "p-");
    assert_eq!(targets(&[deployment.clone(), config]), ["a/p-cfg"]);
    // Someone else's former name, or one of another kind, is none.
    let other = formerly("ConfigMap", "a/p-cfg", "default/other", "p-");
    assert_eq!(targets(&[deployment.clone(), other]), ["nothing"]);
    let of_another_kind = formerly("ConfigMap", "a/p-cfg", "default/cfg", "p-")
        .replace("previousKinds: 'ConfigMap'", "previousKinds: 'Secret'");
    assert_eq!(targets(&[deployment, of_another_kind]), ["nothing"]);
}

#[test]
fn of_two_objects_with_one_former_name_the_one_with_the_referrer_s_prefix_is_meant() {
    let deployments = ["p-", "q-"].map(|prefix| {
        formerly(
            "Deployment",
            &format!("a/{prefix}app"),
            "default/app",
            prefix,
        )
    });
    let configs = ["q-", "p-"].map(|prefix| {
        formerly(
            "ConfigMap",
            &format!("a/{prefix}cfg"),
            "default/cfg",
            prefix,
        )
    });
    let all = [deployments, configs].concat();
    assert_eq!(targets(&all), ["a/p-cfg", "a/q-cfg"]);
}

#[test]
fn of_two_objects_from_other_bases_the_one_in_the_referrer_s_overlays_is_meant() {
    let deployment = formerly("Deployment", "a/o-b-app", "default/app", "b-,o-");
    let deeper = formerly("ConfigMap", "a/o-b-x-cfg", "default/cfg", "x-,b-,o-");
    let beside = formerly("ConfigMap", "a/o-z-cfg", "default/cfg", "z-,o-");
    let all = [deployment.clone(), beside.clone(), deeper.clone()];
    assert_eq!(targets(&all), ["a/o-b-x-cfg"]);
    // What has just the referrer's prefixes is nearer still.
    let own = formerly("ConfigMap", "a/o-b-cfg", "default/cfg", "b-,o-");
    assert_eq!(targets(&[deployment, beside, deeper, own]), ["a/o-b-cfg"]);
}

#[test]
fn a_former_name_that_two_objects_share_without_a_difference_is_in_doubt() {
    let text = [
        formerly("Deployment", "a/app", "default/app", ""),
        formerly("ConfigMap", "a/one", "default/cfg", ""),
        formerly("ConfigMap", "a/two", "default/cfg", ""),
    ];
    assert_eq!(targets(&text), ["a/one or a/two"]);
}

#[test]
fn the_referrer_s_prefix_counts_more_than_who_has_the_name_now() {
    let base = formerly("ConfigMap", "a/p-cfg", "default/cfg", "p-");
    let plain = formerly("ConfigMap", "a/cfg", "default/cfg", "");
    let within = formerly("Deployment", "a/p-app", "default/app", "p-");
    let beside = formerly("Deployment", "a/app", "default/app", "");
    assert_eq!(
        targets(&[within, beside, base.clone(), plain.clone()]),
        ["a/p-cfg", "a/cfg"]
    );
    // Where no prefix decides, the one that has the name does.
    let elsewhere = formerly("Deployment", "a/z-app", "default/app", "z-");
    assert_eq!(targets(&[elsewhere, base, plain]), ["a/cfg"]);
}

#[test]
fn a_former_namespace_counts_where_the_referrer_is_still_in_it() {
    let referrer = formerly("Deployment", "default/app", "default/app", "");
    let moved = formerly("ConfigMap", "prod/cfg", "default/cfg", "");
    assert_eq!(targets(&[referrer.clone(), moved.clone()]), ["prod/cfg"]);
    // One that is there now is nearer.
    let here = formerly("ConfigMap", "default/cfg", "default/cfg", "");
    assert_eq!(targets(&[referrer.clone(), moved, here]), ["default/cfg"]);
    let from_elsewhere = formerly("ConfigMap", "prod/cfg", "test/cfg", "");
    assert_eq!(targets(&[referrer, from_elsewhere]), ["nothing"]);
}

/// A ConfigMap whose name is made from its content, and a Deployment that names a ConfigMap.
fn hashed(name: &str, base: &str, more: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, namespace: a, \
         annotations: {{plimsoll.dev/base-name: {base}{more}}}}}}}\n---\n"
    )
}

fn deployment_with(name: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: app, namespace: a}}, \
         spec: {{template: {{spec: {{volumes: [{{configMap: {{name: {name}}}}}]}}}}}}}}\n---\n"
    )
}

#[test]
fn an_object_with_a_hash_in_its_name_is_found_by_what_the_hash_was_put_to() {
    let config = hashed("cfg-42cfbf598f", "cfg", "");
    for name in ["cfg", "cfg-42cfbf598f"] {
        let text = [deployment_with(name), config.clone()];
        assert_eq!(targets(&text), ["a/cfg-42cfbf598f"], "{name}");
    }
    let elsewhere = config.replace("namespace: a", "namespace: b");
    assert_eq!(targets(&[deployment_with("cfg"), elsewhere]), ["nothing"]);
    let secret = config.replace("kind: ConfigMap", "kind: Secret");
    assert_eq!(targets(&[deployment_with("cfg"), secret]), ["nothing"]);
}

#[test]
fn an_object_that_has_the_name_now_comes_before_one_that_has_it_as_a_base() {
    let plain = "{apiVersion: v1, kind: ConfigMap, metadata: {name: cfg, namespace: a}}\n---\n";
    let both = [
        hashed("cfg-42cfbf598f", "cfg", ""),
        plain.to_owned(),
        deployment_with("cfg"),
    ];
    assert_eq!(targets(&both), ["a/cfg"]);
    let two = [
        hashed("cfg-42cfbf598f", "cfg", ""),
        hashed("cfg-6ct58987ht", "cfg", ""),
        deployment_with("cfg"),
    ];
    assert_eq!(targets(&two), ["a/cfg-42cfbf598f or a/cfg-6ct58987ht"]);
}

#[test]
fn a_version_kept_for_old_pods_is_found_by_its_own_name_alone() {
    let kept = hashed(
        "cfg-42cfbf598f",
        "cfg",
        ", plimsoll.dev/retained: 'true', internal.config.kubernetes.io/previousKinds: ConfigMap, \
         internal.config.kubernetes.io/previousNamespaces: a, internal.config.kubernetes.io/previousNames: old",
    );
    let current = hashed("cfg-6ct58987ht", "cfg", "");
    for (name, target) in [
        ("cfg", "a/cfg-6ct58987ht"),
        ("cfg-42cfbf598f", "a/cfg-42cfbf598f"),
        ("old", "nothing"),
    ] {
        let all = [deployment_with(name), kept.clone(), current.clone()];
        assert_eq!(targets(&all), [target], "{name}");
        let no_longer_kept = kept.replace("retained: 'true'", "retained: 'false'");
        if target == "nothing" {
            let all = [deployment_with(name), no_longer_kept];
            assert_eq!(targets(&all), ["a/cfg-42cfbf598f"], "{name}");
        }
    }
}

#[test]
fn names_that_several_namespaces_have_are_told_from_names_in_doubt() {
    let text = "\
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: g}, spec: {servers: [{tls: {credentialName: s}}]}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: b}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: a}}
";
    with(text, built_in(), |resources| {
        let mut all = resources.references_to_configuration(built_in());
        let reference = all.next().unwrap();
        assert_eq!(reference.namespace, None);
        assert!(reference.target().is_none());
        assert_eq!(show(&reference).split(" -> ").last().unwrap(), "b/s or a/s");
    });
}
