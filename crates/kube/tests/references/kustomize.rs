//! What kustomize follows by itself.

use plimsoll_kube::{Reference, ReferenceRow};
use serde_json::Value;

use crate::table::steps;
use crate::{built_in, with};

/// The references of a text that kustomize follows by itself, by their paths, and those that it doesn't.
fn followed(text: &str) -> (Vec<String>, Vec<String>) {
    with(text, built_in(), |resources| {
        let all = resources.references_to_configuration(built_in());
        let (known, unknown): (Vec<_>, Vec<_>) = all.partition(Reference::is_known_to_kustomize);
        let paths = |references: Vec<Reference<'_>>| {
            let paths = references.iter();
            paths.map(|found| found.place.path.to_string()).collect()
        };
        (paths(known), paths(unknown))
    })
}

#[test]
fn kustomize_follows_what_stands_in_pods_of_the_kinds_it_knows() {
    let text = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {\
                containers: [{envFrom: [{configMapRef: {name: c}}]}], \
                ephemeralContainers: [{envFrom: [{configMapRef: {name: c}}]}], \
                volumes: [{csi: {nodePublishSecretRef: {name: s}}}, {secret: {secretName: s}}]}}}}";
    let (known, unknown) = followed(text);
    assert_eq!(
        known,
        [
            "spec.template.spec.containers[0].envFrom[0].configMapRef.name",
            "spec.template.spec.volumes[1].secret.secretName",
        ]
    );
    assert_eq!(
        unknown,
        [
            "spec.template.spec.ephemeralContainers[0].envFrom[0].configMapRef.name",
            "spec.template.spec.volumes[0].csi.nodePublishSecretRef.name",
        ]
    );
    let rollout = text
        .replace("apps/v1", "argoproj.io/v1alpha1")
        .replace("Deployment", "Rollout");
    let (known, unknown) = followed(&rollout);
    assert_eq!((known.len(), unknown.len()), (0, 4));
    let listed = format!("{{apiVersion: v1, kind: List, items: [{text}]}}");
    assert_eq!(followed(&listed).0.len(), 2);
}

#[test]
fn kustomize_follows_a_name_alone_in_its_field() {
    let ingress = |secret: &str| {
        followed(&format!(
            "{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: i, annotations: \
             {{nginx.ingress.kubernetes.io/auth-tls-secret: {secret}}}}}}}"
        ))
    };
    let path = "metadata.annotations[\"nginx.ingress.kubernetes.io/auth-tls-secret\"]";
    assert_eq!(ingress("tls"), (vec![path.to_owned()], vec![]));
    assert_eq!(ingress("default/tls"), (vec![], vec![path.to_owned()]));
}

#[test]
fn whatever_kustomize_follows_outside_of_pods_is_in_the_table() {
    let text = include_str!("../captures/kustomize-name-references.json");
    let captured: Vec<Value> = serde_json::from_str(text).unwrap();
    let in_pods = ["spec/containers", "spec/initContainers", "spec/volumes/"];
    let mut count = 0;
    for row in captured {
        let path = row["path"].as_str().unwrap();
        let is_in_pod = in_pods.iter().any(|part| path.contains(part))
            || path.ends_with("spec/imagePullSecrets/name");
        if is_in_pod {
            continue;
        }
        count += 1;
        let of_ours = |own: &ReferenceRow| {
            let (own, path) = (steps(&own.path.to_string()), path.replace("\\/", "\n"));
            let mut keys = own.iter().filter(|step| *step != "[*]");
            let leads = path
                .split('/')
                .all(|key| keys.next() == Some(&key.replace('\n', "/")));
            leads && keys.all(|last| last == "name")
        };
        let is_there = built_in().rows().any(|own| {
            row["kind"] == *own.kind && row["target"] == own.target.name() && of_ours(&own)
        });
        assert!(is_there, "{row}");
    }
    assert_eq!(count, 17);
}
