//! What is passed by (S36).

use crate::{BROKEN, DEPLOYMENT, SERVICE, items, list, results, served};

/// The same items with an object that would be changed, or refused, if it were anybody's workload.
fn check_is_passed_by(object: &str) {
    let input = list(&[object, SERVICE, DEPLOYMENT]);
    let ran = served(&input);
    let alone = served(&list(&[SERVICE, DEPLOYMENT]));
    assert_eq!(
        (ran.code, &ran.stderr),
        (Some(0), &alone.stderr),
        "as if it weren't there"
    );
    assert_eq!(results(&ran), results(&alone));
    assert_eq!(items(&ran.stdout)[0], object);
}

#[test]
fn passes_by_objects_that_never_reach_a_cluster() {
    let local = |value: &str| {
        let annotations =
            format!("namespace: shop, annotations: {{config.kubernetes.io/local-config: {value}}}");
        BROKEN.replace("namespace: shop", &annotations)
    };
    check_is_passed_by(&local("'true'"));
    check_is_passed_by(&local("\"true\""));
    assert_eq!(
        served(&list(&[&local("'false'")])).code,
        Some(1),
        "one that isn't marked is looked at"
    );
    // kustomize hands a function that runs on nothing its own configuration, as an object.
    check_is_passed_by(
        "- apiVersion: fn.example.com/v1\n  kind: T\n  metadata: {annotations: {config.kubernetes.io/local-config: 'true'}, name: t}\n",
    );
}

#[test]
fn passes_by_a_service_that_never_reaches_a_cluster() {
    let service = SERVICE.replace(
        "namespace: shop",
        "namespace: shop, annotations: {config.kubernetes.io/local-config: 'true'}",
    );
    let ran = served(&list(&[DEPLOYMENT, &service]));
    assert_eq!(
        items(&ran.stdout),
        [DEPLOYMENT, &service],
        "it brings no traffic"
    );
}

#[test]
fn passes_by_a_kptfile() {
    check_is_passed_by(
        "- apiVersion: kpt.dev/v1\n  kind: Kptfile\n  metadata: {name: shop}\n  pipeline: {mutators: [{image: inject-probes}]}\n",
    );
    check_is_passed_by("- apiVersion: kpt.dev/v1\n  kind: Kptfile\n");
    let ran = served(&list(&["- apiVersion: example.com/v1\n  kind: Kptfile\n"]));
    assert_eq!(
        ran.code,
        Some(1),
        "somebody else's Kptfile needs a name like every object"
    );
}

#[test]
fn passes_by_the_kinds_of_kustomize() {
    check_is_passed_by(
        "- apiVersion: kustomize.config.k8s.io/v1beta1\n  kind: Kustomization\n  resources: [all.yaml]\n",
    );
    check_is_passed_by(
        "- apiVersion: kustomize.config.k8s.io/v1alpha1\n  kind: Component\n  patches: []\n",
    );
}

#[test]
fn passes_by_configurations_of_its_own_kinds() {
    check_is_passed_by(
        "- apiVersion: fn.plimsoll.dev/v1alpha1\n  kind: InjectProbes\n  metadata: {name: probes}\n  spec: {mode: fil}\n",
    );
    check_is_passed_by(
        "- apiVersion: fn.plimsoll.dev/v1alpha1\n  kind: Pipeline\n  spec: {steps: []}\n",
    );
}
