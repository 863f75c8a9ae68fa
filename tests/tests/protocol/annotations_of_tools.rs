//! What orchestrators put on items (S30–S34).

use std::fmt::Write as _;

use crate::characters::as_json;
use crate::{BROKEN, DEPLOYMENT, SERVICE, items, list, output, served};

/// An object of each kind of treatment, with these annotations: changed, and left alone.
fn check_annotations_survive(annotations: &[&str]) {
    let lines: String = annotations.iter().fold(String::new(), |mut lines, line| {
        let _ = writeln!(lines, "      {}", line.replace('\n', "\n      "));
        lines
    });
    let deployment = DEPLOYMENT.replace(
        "      config.kubernetes.io/path: 'web/all.yaml'\n      config.kubernetes.io/index: '3'\n",
        &lines,
    );
    let config_map = format!(
        "- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: settings\n    namespace: shop\n    annotations:\n{lines}"
    );
    assert!(deployment.contains(&lines));
    let input = list(&[&deployment, SERVICE, &config_map]);
    let ran = served(&input);
    let out = items(&ran.stdout);
    assert!(
        out[0].contains("readinessProbe"),
        "nothing was changed:\n{}",
        out[0]
    );
    assert!(
        out[0].contains(&lines),
        "changed and lost:\n{lines}in:\n{}",
        out[0]
    );
    assert_eq!(
        out[1..],
        [SERVICE.to_owned(), config_map.clone()],
        "nobody else gets any"
    );
    let as_data = |text: &str| {
        output(&served(text))
            .pointer("/items/0/metadata/annotations")
            .cloned()
    };
    assert_eq!(as_data(&input), as_data(&list(&[&config_map])), "as data");
    // JSON is written anew, and keeps them all the same.
    assert_eq!(as_data(&as_json(&input)), as_data(&input));
    // So does a run that fails.
    let failed = served(&list(&[&deployment, SERVICE, &config_map, BROKEN]));
    assert_eq!(
        (failed.code, &items(&failed.stdout)[..3]),
        (Some(1), &[deployment, SERVICE.to_owned(), config_map][..])
    );
}

#[test]
fn keeps_kustomize_s_build_annotations() {
    check_annotations_survive(&[
        "internal.config.kubernetes.io/previousNames: web,p-web,p-web",
        "internal.config.kubernetes.io/previousNamespaces: default,default,shop",
        "internal.config.kubernetes.io/previousKinds: Deployment,Deployment,Deployment",
        "internal.config.kubernetes.io/prefixes: p-,q-",
        "internal.config.kubernetes.io/suffixes: -s",
        "internal.config.kubernetes.io/refBy: |\n  - apps_v1_Deployment|~X|web",
        "internal.config.kubernetes.io/needsHashSuffix: enabled",
        "internal.config.kubernetes.io/generatorBehavior: unspecified",
        "internal.config.kubernetes.io/containers: 'app'",
    ]);
}

#[test]
fn keeps_internal_annotations_that_nobody_knows() {
    check_annotations_survive(&[
        "internal.config.kubernetes.io/of-tomorrow: \"yes\"   # as it came",
        "internal.config.kubernetes.io/empty: ''",
    ]);
}

#[test]
fn keeps_the_annotations_that_say_how_a_file_is_written() {
    check_annotations_survive(&[
        "internal.config.kubernetes.io/annotations-migration-resource-id: '0'",
        "internal.config.kubernetes.io/seqindent: 'wide'",
        "internal.config.kubernetes.io/package-path: '/packages/shop'",
        "internal.config.kubernetes.io/id: '1'",
    ]);
}

#[test]
fn keeps_path_and_index() {
    check_annotations_survive(&[
        "config.kubernetes.io/index: '0'",
        "config.kubernetes.io/path: 'all.yaml'",
        "internal.config.kubernetes.io/index: '0'",
        "internal.config.kubernetes.io/path: 'all.yaml'",
    ]);
}

#[test]
fn keeps_the_id_that_gives_comments_back() {
    check_annotations_survive(&["config.k8s.io/id: '1'"]);
}

#[test]
fn keeps_kpt_s_resource_id() {
    check_annotations_survive(&["internal.config.k8s.io/kpt-resource-id: '2'"]);
}

#[test]
fn keeps_kustomize_s_id() {
    check_annotations_survive(&[
        "kustomize.config.k8s.io/id: |\n  group: apps\n  kind: Deployment\n  name: web\n  version: v1",
    ]);
}
