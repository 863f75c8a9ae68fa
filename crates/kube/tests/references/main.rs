//! What refers to a ConfigMap or Secret, what a reference means, and what makes one at run time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod kustomize;
mod names;
mod rows;
mod table;

use std::sync::LazyLock;

use plimsoll_kube::{How, Kinds, Reference, References, Referent, Resources};
use yaml::Stream;

use crate::table::EVERY_WAY;

fn stream(text: &str) -> Stream {
    yaml::parse(text.to_owned()).unwrap()
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
    let stream = stream(text);
    let root = stream.documents().next().unwrap().root().unwrap();
    yaml::read(root, &[]).unwrap()
}

fn with<T>(text: &str, table: &References, see: impl FnOnce(&Resources<'_>) -> T) -> T {
    let stream = stream(text);
    let roots = stream.documents().filter_map(|document| document.root());
    let resources = Resources::new(roots, kinds(), "default");
    // Whatever a table and an input are, a reference is at the text that it shows.
    for reference in resources.references_to_configuration(table) {
        let found = reference.from.node.follow(&reference.place.path.0).unwrap();
        let text = found.text().unwrap();
        assert_eq!(reference.renamed(reference.name()), text);
        assert_eq!(reference.place.resource, reference.from.number);
    }
    see(&resources)
}

/// Each reference as `Kind/name path: Kind namespace/name how flags -> target`.
fn found_with(text: &str, table: &References) -> Vec<String> {
    with(text, table, |resources| {
        resources
            .references_to_configuration(table)
            .map(|reference| show(&reference))
            .collect()
    })
}

fn kinds() -> &'static Kinds {
    static KINDS: LazyLock<Kinds> = LazyLock::new(|| Kinds::with(Vec::new()));
    &KINDS
}

fn built_in() -> &'static References {
    static TABLE: LazyLock<References> = LazyLock::new(References::built_in);
    &TABLE
}

fn found(text: &str) -> Vec<String> {
    found_with(text, built_in())
}

fn show(reference: &Reference<'_>) -> String {
    let from = reference.from;
    let target = match &reference.referent {
        Referent::Absent => "nothing".to_owned(),
        Referent::One(object) => format!("{}/{}", object.namespace(), object.name()),
        Referent::Several(objects) => {
            let names = objects
                .iter()
                .map(|object| format!("{}/{}", object.namespace(), object.name()));
            names.collect::<Vec<_>>().join(" or ")
        }
    };
    let flags = [
        (reference.is_optional, " optional"),
        (reference.is_soft, " soft"),
    ];
    let flags: String = flags
        .iter()
        .filter(|(is_set, _)| *is_set)
        .map(|(_, flag)| *flag)
        .collect();
    format!(
        "{}/{} {}: {} {}/{} {:?}{flags} -> {target}",
        from.kind(),
        from.name(),
        reference.place.path,
        reference.kind.name(),
        reference.namespace.as_deref().unwrap_or("?"),
        reference.name(),
        reference.how,
    )
}

#[test]
fn what_stands_beside_a_name_is_at_hand() {
    with(EVERY_WAY, built_in(), |resources| {
        let all: Vec<_> = resources.references_to_configuration(built_in()).collect();
        let env = all
            .iter()
            .find(|reference| reference.how == How::Env)
            .unwrap();
        assert_eq!(env.beside.get("key").unwrap().text().unwrap(), "password");
        let owner = env.pod.unwrap().template_owner().unwrap();
        assert_eq!(owner.name(), "job");
        assert_eq!(env.target().map(plimsoll_kube::Resource::name), None);
        assert_eq!(all.first().unwrap().target().unwrap().name(), "cfg");
    });
}

#[test]
fn equal_names_in_two_namespaces_are_two_objects() {
    let deployment = |name: &str, namespace: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}, namespace: {namespace}}}, spec: \
             {{template: {{spec: {{volumes: [{{configMap: {{name: cfg}}}}]}}}}}}}}\n---\n"
        )
    };
    let config = |namespace: &str| {
        format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: cfg, namespace: {namespace}}}}}\n---\n"
        )
    };
    let text = [
        deployment("one", "a"),
        deployment("two", "b"),
        deployment("three", "c"),
        deployment("four", ""),
        config("a"),
        config("b"),
        config("default"),
    ];
    let targets: Vec<_> = found(&text.concat())
        .iter()
        .map(|shown| shown.split(" -> ").last().unwrap().to_owned())
        .collect();
    assert_eq!(targets, ["a/cfg", "b/cfg", "nothing", "default/cfg"]);
}

#[test]
fn a_secret_is_not_what_a_config_map_s_name_means() {
    let text = "{apiVersion: v1, kind: Pod, spec: {volumes: [{configMap: {name: x}}]}}\n---\n\
                {apiVersion: v1, kind: Secret, metadata: {name: x}}\n---\n\
                {apiVersion: acme.io/v1, kind: ConfigMap, metadata: {name: x}}\n";
    assert_eq!(
        found(text),
        ["Pod/ spec.volumes[0].configMap.name: ConfigMap default/x Volume -> nothing"]
    );
}

#[test]
fn ingresses_service_accounts_and_roles_refer_as_well() {
    let text = "\
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i, namespace: a, annotations: {nginx.ingress.kubernetes.io/auth-secret: b/auth}}, spec: {tls: [{secretName: tls}, {hosts: [h]}]}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: s, namespace: a}, imagePullSecrets: [{name: pull}], secrets: [{name: tls}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r, namespace: a}, rules: [{apiGroups: [''], resources: [configmaps, secrets], resourceNames: [tls]}, {apiGroups: [apps], resources: ['*'], resourceNames: [tls]}]}
---
{apiVersion: v1, kind: Secret, metadata: {name: tls, namespace: a}}
---
{apiVersion: v1, kind: Secret, metadata: {name: auth, namespace: b}}
";
    assert_eq!(
        found(text),
        [
            "Ingress/i metadata.annotations[\"nginx.ingress.kubernetes.io/auth-secret\"]: Secret b/auth Other -> b/auth",
            "Ingress/i spec.tls[0].secretName: Secret a/tls Other -> a/tls",
            "ServiceAccount/s imagePullSecrets[0].name: Secret a/pull ImagePullSecret optional -> nothing",
            "ServiceAccount/s secrets[0].name: Secret a/tls Other optional soft -> a/tls",
            "Role/r rules[0].resourceNames[0]: ConfigMap a/tls Other optional soft -> nothing",
            "Role/r rules[0].resourceNames[0]: Secret a/tls Other optional soft -> a/tls",
        ]
    );
}

#[test]
fn a_new_name_keeps_what_stands_before_it() {
    let text = "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {annotations: \
                {nginx.ingress.kubernetes.io/auth-secret: b/auth}}, spec: {tls: [{secretName: tls}]}}";
    with(text, built_in(), |resources| {
        let renamed: Vec<_> = resources
            .references_to_configuration(built_in())
            .map(|reference| reference.renamed("new"))
            .collect();
        assert_eq!(renamed, ["b/new", "new"]);
    });
}

#[test]
fn a_reference_with_a_namespace_of_its_own_means_that_one() {
    let text = "\
{apiVersion: v1, kind: PersistentVolume, metadata: {name: p}, spec: {csi: {nodeStageSecretRef: {name: s, namespace: b}}, azureFile: {secretName: s}}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: a}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: b}}
";
    assert_eq!(
        found(text),
        [
            "PersistentVolume/p spec.azureFile.secretName: Secret ?/s Other -> a/s or b/s",
            "PersistentVolume/p spec.csi.nodeStageSecretRef.name: Secret b/s Other -> b/s",
        ]
    );
}

#[test]
fn lists_are_looked_into_and_local_objects_count_for_nothing() {
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {volumes: [{configMap: {name: c}}]}}";
    let config = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c";
    let local = "annotations: {config.kubernetes.io/local-config: 'true'}";
    let list = |config: &str| format!("{{apiVersion: v1, kind: List, items: [{pod}, {config}]}}");
    assert_eq!(
        found(&list(&format!("{config}}}}}"))),
        ["Pod/p spec.volumes[0].configMap.name: ConfigMap default/c Volume -> /c"]
    );
    assert_eq!(
        found(&list(&format!("{config}, {local}}}}}"))),
        ["Pod/p spec.volumes[0].configMap.name: ConfigMap default/c Volume -> nothing"]
    );
    let local_pod = pod.replace("name: p", &format!("name: p, {local}"));
    assert_eq!(found(&local_pod), Vec::<String>::new());
}

#[test]
fn what_nobody_can_know_is_no_reference() {
    for name in [
        "''",
        "~",
        "{}",
        "'${CONFIG}'",
        "'$(CONFIG)'",
        "'{{ .Values.config }}'",
    ] {
        let text = format!(
            "{{apiVersion: v1, kind: Pod, spec: {{volumes: [{{configMap: {{name: {name}}}}}]}}}}"
        );
        assert_eq!(found(&text), Vec::<String>::new(), "{name}");
    }
}
