//! What refers to a ConfigMap or Secret, what a reference means, and what makes one at run time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::sync::LazyLock;

use plimsoll_kube::{
    ConfigurationKind, How, Kinds, PodKind, ProviderRow, Reference, ReferenceRow, References,
    Referent, Resolver, Resources,
};
use serde_json::{Value, json};
use yaml::Stream;

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

/// A manifest that has exactly `value` at `path`: `[*]` is a list of one, `*` a map of one.
fn manifest(group: &str, kind: &str, path: &str, beside: &[(&str, Value)]) -> Value {
    let steps = steps(path);
    let key_at = steps.iter().rposition(|step| step != "[*]").unwrap();
    let mut value = json!("it");
    for (at, step) in steps.iter().enumerate().rev() {
        value = match step.as_str() {
            "[*]" => json!([value]),
            "*" => json!({"Any": value}),
            key => json!({key: value}),
        };
        if at == key_at {
            for (key, own) in beside {
                value[*key] = own.clone();
            }
        }
    }
    let api_version = if group.is_empty() {
        "v9".to_owned()
    } else {
        format!("{group}/v9")
    };
    value["apiVersion"] = api_version.into();
    value["kind"] = kind.into();
    value["metadata"]["name"] = "own".into();
    value
}

fn steps(path: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let length = if rest.starts_with("[\"") {
            rest.find("\"]").unwrap() + 2
        } else if rest.starts_with('[') {
            3
        } else {
            rest.find(['.', '[']).unwrap_or(rest.len())
        };
        let (step, after) = rest.split_at(length);
        steps.push(
            step.trim_start_matches("[\"")
                .trim_end_matches("\"]")
                .to_owned(),
        );
        rest = after;
    }
    steps
}

fn conditions(row: &ReferenceRow) -> Vec<(&str, Value)> {
    let met = |condition: &plimsoll_kube::Condition| json!(condition.values.first());
    let conditions = row.when.iter();
    conditions
        .map(|condition| (condition.key.as_str(), met(condition)))
        .collect()
}

#[test]
fn every_row_finds_the_reference_it_is_about() {
    for row in &built_in().rows().collect::<Vec<_>>() {
        let (path, target) = (row.path.to_string(), row.target.name());
        let mut beside = conditions(row);
        let namespace = match (&row.namespace_key, row.namespace.as_deref()) {
            (Some(key), _) => {
                beside.push((key, json!("told")));
                "told"
            }
            (None, Some(namespace)) => namespace,
            (None, None) => "default",
        };
        let mut value = manifest(&row.group, &row.kind, &path, &beside);
        let is_cluster_scoped = with(&value.to_string(), built_in(), |resources| {
            built_in().is_cluster_scoped(resources.get(0).unwrap())
        });
        let namespace = match namespace {
            "*" => "?",
            "default" if is_cluster_scoped => "?",
            namespace => namespace,
        };
        if !row.prefix.is_empty() {
            let text = value
                .to_string()
                .replace("\"it\"", &format!("\"{}it\"", row.prefix));
            value = serde_json::from_str(&text).unwrap();
        }
        let flags = [(row.optional, " optional"), (row.soft, " soft")];
        let flags = flags
            .map(|(is_set, flag)| if is_set { flag } else { "" })
            .concat();
        let end = format!(": {target} {namespace}/it {:?}{flags} -> nothing", row.how);
        let all = found(&value.to_string());
        let about: Vec<_> = all.iter().filter(|shown| shown.ends_with(&end)).collect();
        assert_eq!(about.len(), 1, "{row:?}\n{value}\n{all:?} is not {end}");
    }
}

#[test]
fn a_row_finds_nothing_where_its_conditions_are_not_met() {
    for row in &built_in().rows().collect::<Vec<_>>() {
        for condition in &row.when {
            let mut beside = conditions(row);
            beside.retain(|(key, _)| *key != condition.key);
            let path = row.path.to_string();
            let without = manifest(&row.group, &row.kind, &path, &beside).to_string();
            let about = format!(" {} ", row.target.name());
            let finds = |text: &str| found(text).iter().any(|shown| shown.contains(&about));
            assert_eq!(finds(&without), condition.or_absent, "{row:?}");
            beside.push((&condition.key, json!("something-else")));
            let wrong = manifest(&row.group, &row.kind, &path, &beside).to_string();
            assert!(!finds(&wrong), "{row:?}");
        }
    }
}

#[test]
fn every_provider_row_provides_what_it_says() {
    for row in built_in().provider_rows() {
        let path = row.path.to_string();
        let conditions = row.when.iter();
        let mut beside: Vec<(&str, Value)> = conditions
            .map(|condition| (condition.key.as_str(), json!(condition.values.first())))
            .collect();
        let mut namespace = row.namespace.as_deref().unwrap_or("default");
        if let Some(key) = &row.namespace_key {
            beside.push((key, json!("told")));
            namespace = "told";
        }
        let (mut value, name) = if path.is_empty() {
            (manifest(&row.group, &row.kind, "spec.x", &[]), "own")
        } else {
            (manifest(&row.group, &row.kind, &path, &beside), "it")
        };
        if let Some(annotation) = row.annotations.first() {
            value["metadata"]["annotations"][annotation] = "x".into();
        }
        let name = format!("{name}{}", row.suffix);
        let is_provided = |value: &Value, name: &str| {
            with(&value.to_string(), built_in(), |resources| {
                let resolver = Resolver::new(resources, built_in());
                resolver.is_provided(row.target, namespace, name)
            })
        };
        assert!(is_provided(&value, &name), "{row:?} {value}");
        assert!(!is_provided(&value, "another"), "{row:?}");
        if !row.annotations.is_empty() {
            value["metadata"]
                .as_object_mut()
                .unwrap()
                .remove("annotations");
            assert!(!is_provided(&value, &name), "{row:?} {value}");
        }
        if row.or_own_name {
            let bare = manifest(&row.group, &row.kind, "spec.x", &[]);
            let own = format!("own{}", row.suffix);
            assert!(is_provided(&bare, &own), "{row:?}");
        }
    }
}

/// kustomize's own table says so of each kind that holds pods.
const IN_EVERY_POD: [&str; 13] = [
    "volumes[*].configMap.name",
    "containers[*].env[*].valueFrom.configMapKeyRef.name",
    "initContainers[*].env[*].valueFrom.configMapKeyRef.name",
    "containers[*].envFrom[*].configMapRef.name",
    "initContainers[*].envFrom[*].configMapRef.name",
    "volumes[*].projected.sources[*].configMap.name",
    "volumes[*].secret.secretName",
    "containers[*].env[*].valueFrom.secretKeyRef.name",
    "initContainers[*].env[*].valueFrom.secretKeyRef.name",
    "containers[*].envFrom[*].secretRef.name",
    "initContainers[*].envFrom[*].secretRef.name",
    "imagePullSecrets[*].name",
    "volumes[*].projected.sources[*].secret.name",
];

#[test]
fn every_pod_template_of_every_kind_has_what_kustomize_finds_and_more() {
    let more = [
        "ephemeralContainers[*].envFrom[*].configMapRef.name",
        "volumes[*].csi.nodePublishSecretRef.name",
        "volumes[*].iscsi.secretRef.name",
    ];
    for kind in kinds().iter() {
        for template in &kind.pod_template_paths {
            for field in IN_EVERY_POD.into_iter().chain(more) {
                let base = template.to_string();
                let dot = if base.is_empty() { "" } else { "." };
                let path = format!("{base}{dot}spec.{field}");
                let value = manifest(&kind.group, &kind.kind, &path, &[]);
                let shown = found(&value.to_string());
                assert_eq!(shown.len(), 1, "{} {path}: {shown:?}", kind.kind);
            }
        }
    }
}

#[test]
fn a_user_s_pod_bearing_kind_has_references_too() {
    let kinds: Vec<PodKind> =
        read("- {group: acme.io, kind: AppSet, podTemplatePaths: [\"spec.apps[*].template\"]}");
    let stream = stream(
        "{apiVersion: acme.io/v1, kind: AppSet, metadata: {name: a}, spec: {apps: [{}, {template: \
         {spec: {containers: [{envFrom: [{configMapRef: {name: c}}]}]}}}]}}",
    );
    let roots = stream.documents().filter_map(|document| document.root());
    let resources = Resources::new(roots, &Kinds::with(kinds), "default");
    let shown: Vec<_> = resources
        .references_to_configuration(built_in())
        .map(|reference| reference.place.path.to_string())
        .collect();
    assert_eq!(
        shown,
        ["spec.apps[1].template.spec.containers[0].envFrom[0].configMapRef.name"]
    );
}

const EVERY_WAY: &str = "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: job, namespace: a}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          imagePullSecrets: [{name: pull}]
          initContainers:
          - name: migrate
            env:
            - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password, optional: true}}}
          containers:
          - name: app
            envFrom:
            - prefix: cfg_
              configMapRef: {name: cfg}
          volumes:
          - name: all
            projected:
              sources:
              - configMap: {name: cfg, optional: true}
              - secret: {name: tls}
              - serviceAccountToken: {path: token}
          - name: plain
            secret: {secretName: tls, optional: false}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cfg, namespace: a}
";

#[test]
fn each_way_of_a_cron_job_is_found_in_the_order_of_its_paths() {
    let base = "CronJob/job spec.jobTemplate.spec.template.spec";
    assert_eq!(
        found(EVERY_WAY),
        [
            format!(
                "{base}.containers[0].envFrom[0].configMapRef.name: ConfigMap a/cfg EnvFrom -> a/cfg"
            ),
            format!(
                "{base}.imagePullSecrets[0].name: Secret a/pull ImagePullSecret optional -> nothing"
            ),
            format!(
                "{base}.initContainers[0].env[0].valueFrom.secretKeyRef.name: Secret a/db Env optional -> nothing"
            ),
            format!(
                "{base}.volumes[0].projected.sources[0].configMap.name: ConfigMap a/cfg Projected optional -> a/cfg"
            ),
            format!(
                "{base}.volumes[0].projected.sources[1].secret.name: Secret a/tls Projected -> nothing"
            ),
            format!("{base}.volumes[1].secret.secretName: Secret a/tls Volume -> nothing"),
        ]
    );
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

/// An object as kustomize's transformers see it, with what it was called before.
fn formerly(kind: &str, now: &str, before: &str, affix: &str) -> String {
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

#[test]
fn a_user_s_row_stands_beside_the_built_in_ones_or_replaces_one() {
    let rows: Vec<ReferenceRow> = read(
        "- {group: grafana.acme.io, kind: Dashboard, path: spec.configMapRef.name, target: ConfigMap}\n\
         - {group: networking.k8s.io, kind: Ingress, path: 'spec.tls[*].secretName', target: Secret, optional: true}\n\
         - {group: '', kind: Pod, path: spec.acme.secret, target: Secret}\n",
    );
    let table = References::with(rows, Vec::new());
    let text = "\
{apiVersion: grafana.acme.io/v1, kind: Dashboard, metadata: {name: d}, spec: {configMapRef: {name: c}}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {tls: [{secretName: tls}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {acme: {secret: s}}}}}
";
    assert_eq!(
        found_with(text, &table),
        [
            "Dashboard/d spec.configMapRef.name: ConfigMap default/c Other -> nothing",
            "Ingress/i spec.tls[0].secretName: Secret default/tls Other optional -> nothing",
            "Deployment/a spec.template.spec.acme.secret: Secret default/s Other -> nothing",
        ]
    );
}

#[test]
fn a_row_may_fix_the_namespace_or_say_that_only_the_cluster_knows() {
    let rows: Vec<ReferenceRow> = read(
        "- {group: acme.io, kind: App, path: spec.fixed, target: Secret, namespace: acme}\n\
         - {group: acme.io, kind: App, path: spec.any, target: Secret, namespace: '*'}\n\
         - {group: acme.io, kind: App, path: spec.schemed, target: ConfigMap, prefix: 'configmap://'}\n\
         - {group: acme.io, kind: App, path: spec.schemed, target: Secret}\n",
    );
    let table = References::with(rows, Vec::new());
    let text = "\
{apiVersion: acme.io/v1, kind: App, metadata: {name: a}, spec: {fixed: s, any: s, schemed: 'configmap://c'}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: other}}
";
    assert_eq!(
        found_with(text, &table),
        [
            "App/a spec.any: Secret ?/s Other -> other/s",
            "App/a spec.fixed: Secret acme/s Other -> nothing",
            "App/a spec.schemed: ConfigMap default/c Other -> nothing",
        ]
    );
}

#[test]
fn providers_provide_in_their_own_namespace_or_the_one_they_name() {
    let providers: Vec<ProviderRow> = read(
        "- {group: acme.io, kind: Maker, path: spec.name, target: ConfigMap, namespaceKey: namespace}\n\
         - {group: acme.io, kind: Everywhere, target: Secret, namespace: '*'}\n",
    );
    let table = References::with(Vec::new(), providers);
    let text = "\
{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: sealed, namespace: a}, spec: {template: {metadata: {name: open}}}}
---
{apiVersion: acme.io/v1, kind: Maker, metadata: {name: m, namespace: a}, spec: {name: made, namespace: b}}
---
{apiVersion: acme.io/v1, kind: Everywhere, metadata: {name: e, namespace: a}}
---
{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: local, namespace: a, annotations: {config.kubernetes.io/local-config: 'true'}}}
";
    with(text, &table, |resources| {
        let resolver = Resolver::new(resources, &table);
        let (secret, config) = (ConfigurationKind::Secret, ConfigurationKind::ConfigMap);
        assert!(resolver.is_provided(secret, "a", "sealed"));
        assert_eq!(
            resolver.provider(secret, "a", "sealed").unwrap().kind(),
            "SealedSecret"
        );
        assert!(!resolver.is_provided(secret, "b", "sealed"));
        assert!(!resolver.is_provided(config, "a", "sealed"));
        // The controller gives the Secret the name of its maker, whatever the template says.
        assert!(!resolver.is_provided(secret, "a", "open"));
        assert!(resolver.is_provided(config, "b", "made"));
        assert!(!resolver.is_provided(config, "a", "made"));
        assert!(resolver.is_provided(secret, "z", "e"));
        assert!(!resolver.is_provided(secret, "a", "local"));
        assert!(resolver.is_provided(config, "z", "kube-root-ca.crt"));
        assert!(resolver.provider(config, "z", "kube-root-ca.crt").is_none());
    });
}

#[test]
fn a_namespace_that_kustomize_calls_default_is_the_one_of_objects_without() {
    let text = [
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {volumes: [{configMap: {name: cfg}}]}}\n---\n".to_owned(),
        formerly("ConfigMap", "prod/cfg", "default/cfg", ""),
    ];
    let text = text.concat();
    for default_namespace in ["", "default", "team"] {
        let stream = stream(&text);
        let roots = stream.documents().filter_map(|document| document.root());
        let resources = Resources::new(roots, kinds(), default_namespace);
        let mut all = resources.references_to_configuration(built_in());
        let target = all.next().unwrap().target();
        assert_eq!(target.unwrap().namespace(), "prod", "{default_namespace:?}");
    }
}

#[test]
fn a_field_that_two_rows_are_about_is_one_reference() {
    let rows: Vec<ReferenceRow> = read(
        "- {group: apps, kind: Deployment, path: 'spec.template.spec.volumes[*].configMap.name', target: ConfigMap}",
    );
    let text = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: \
                {volumes: [{configMap: {name: c}}, {configMap: {name: d}}]}}}}";
    let shown = found_with(text, &References::with(rows, Vec::new()));
    assert_eq!(shown.len(), 2, "{shown:?}");
}

#[test]
fn a_provider_whose_conditions_are_not_met_provides_nothing() {
    let provides = |create: &str| {
        let text = format!(
            "{{apiVersion: secrets.hashicorp.com/v1beta1, kind: VaultStaticSecret, metadata: {{name: v}}, \
             spec: {{destination: {{name: s, create: {create}}}}}}}"
        );
        with(&text, built_in(), |resources| {
            let resolver = Resolver::new(resources, built_in());
            resolver.is_provided(ConfigurationKind::Secret, "default", "s")
        })
    };
    assert!(provides("true"));
    assert!(!provides("false"));
}

#[test]
fn any_name_can_be_looked_up_as_a_referrer_means_it() {
    let text = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: a}}\n---\n\
                {apiVersion: v1, kind: Secret, metadata: {name: s, namespace: a}}\n---\n\
                {apiVersion: v1, kind: Secret, metadata: {name: s, namespace: b}}\n";
    with(text, built_in(), |resources| {
        let resolver = Resolver::new(resources, built_in());
        let pod = resources.get(0).unwrap();
        let meant = |kind, name| match resolver.referent(pod, kind, name) {
            Referent::One(object) => Some(object.number),
            Referent::Absent | Referent::Several(_) => None,
        };
        assert_eq!(meant(ConfigurationKind::Secret, "s"), Some(1));
        assert_eq!(meant(ConfigurationKind::Secret, "t"), None);
        assert_eq!(meant(ConfigurationKind::ConfigMap, "s"), None);
    });
}

#[test]
fn a_user_s_row_needs_a_kind_a_path_and_a_target_alone() {
    let needed = |schema: schemars::Schema| schema.get("required").cloned().unwrap();
    assert_eq!(
        needed(schemars::schema_for!(ReferenceRow)),
        json!(["group", "kind", "path", "target"])
    );
    assert_eq!(
        needed(schemars::schema_for!(ProviderRow)),
        json!(["group", "kind", "target"])
    );
}

/// Fields that look like references and are none: a name of another thing, or of what the object makes.
#[test]
fn look_alikes_are_no_references() {
    for text in [
        "{apiVersion: cert-manager.io/v1, kind: Certificate, spec: {secretName: tls}}",
        "{apiVersion: cert-manager.io/v1, kind: Issuer, spec: {acme: {privateKeySecretRef: {name: key}}}}",
        "{apiVersion: external-secrets.io/v1, kind: ExternalSecret, spec: {target: {name: s}, secretStoreRef: {name: store}}}",
        "{apiVersion: acme.io/v1, kind: Ingress, spec: {tls: [{secretName: tls}]}}",
        "{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, spec: {remoteWrite: [{name: write}]}}",
        "{apiVersion: external-secrets.io/v1, kind: SecretStore, spec: {provider: {aws: {auth: {jwt: {serviceAccountRef: {name: sa}}}}}}}",
        "{apiVersion: apps/v1, kind: StatefulSet, spec: {volumeClaimTemplates: [{metadata: {name: data}}], template: {spec: {containers: [{name: c, volumeMounts: [{name: data}]}]}}}}",
        "{apiVersion: v1, kind: Pod, spec: {serviceAccountName: sa, volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]}}",
    ] {
        assert_eq!(found(text), Vec::<String>::new());
    }
}

#[test]
fn an_empty_namespace_beside_a_name_says_nothing() {
    let text = "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: g, namespace: a}, spec: \
                {listeners: [{tls: {certificateRefs: [{name: s, namespace: ''}, {name: s, namespace: b}, \
                {name: s, kind: Other}]}}]}}";
    let path = "Gateway/g spec.listeners[0].tls.certificateRefs";
    assert_eq!(
        found(text),
        [
            format!("{path}[0].name: Secret a/s Other -> nothing"),
            format!("{path}[1].name: Secret b/s Other -> nothing"),
        ]
    );
}

#[test]
fn what_stands_beside_a_name_overrules_the_row_about_optional() {
    let rows: Vec<ReferenceRow> = read(
        "- {group: acme.io, kind: App, path: 'spec.refs[*].name', target: Secret, optional: true}",
    );
    let text = "{apiVersion: acme.io/v1, kind: App, metadata: {name: a}, spec: {refs: [{name: s}, \
                {name: s, optional: false}]}}";
    assert_eq!(
        found_with(text, &References::with(rows, Vec::new())),
        [
            "App/a spec.refs[0].name: Secret default/s Other optional -> nothing",
            "App/a spec.refs[1].name: Secret default/s Other -> nothing",
        ]
    );
}

#[test]
fn a_provider_in_no_namespace_provides_in_all() {
    let text = "{apiVersion: trust.cert-manager.io/v1alpha1, kind: Bundle, metadata: {name: ca}, \
                spec: {target: {configMap: {key: ca.pem}, secret: null}}}";
    assert!(provides(text, ConfigurationKind::ConfigMap, "any/ca"));
    assert!(!provides(text, ConfigurationKind::ConfigMap, "any/cb"));
    // A map where the path leads stands for the maker's own name; without it nothing is made.
    assert!(!provides(text, ConfigurationKind::Secret, "any/ca"));
}

fn provides(text: &str, kind: ConfigurationKind, name: &str) -> bool {
    let (namespace, name) = name.split_once('/').unwrap();
    with(text, built_in(), |resources| {
        Resolver::new(resources, built_in()).is_provided(kind, namespace, name)
    })
}

#[test]
fn whatever_a_provider_of_crossplane_manages_makes_the_secret_it_says() {
    let text = "{apiVersion: rds.aws.upbound.io/v1beta1, kind: Instance, metadata: {name: db, namespace: a}, \
                spec: {writeConnectionSecretToRef: {name: s}}}";
    assert!(provides(text, ConfigurationKind::Secret, "a/s"));
    assert!(!provides(text, ConfigurationKind::Secret, "b/s"));
    assert!(!provides(text, ConfigurationKind::Secret, "a/db"));
    assert!(!provides(text, ConfigurationKind::ConfigMap, "a/s"));
    let told = text.replace("{name: s}", "{name: s, namespace: b}");
    assert!(provides(&told, ConfigurationKind::Secret, "b/s"));
    assert!(!provides(&told, ConfigurationKind::Secret, "a/s"));
}

#[test]
fn a_variable_for_a_namespace_is_any_namespace() {
    let text = "\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
spec:
  rules:
  - context:
    - configMap: {name: known, namespace: '{{request.namespace}}'}
    - configMap: {name: plain}
    generate: {kind: Secret, name: made, namespace: '{{request.object.metadata.name}}'}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: known, namespace: team}}
";
    assert_eq!(
        found(text),
        [
            "ClusterPolicy/p spec.rules[0].context[0].configMap.name: ConfigMap ?/known Other -> team/known",
            "ClusterPolicy/p spec.rules[0].context[1].configMap.name: ConfigMap default/plain Other -> nothing",
        ]
    );
    assert!(provides(text, ConfigurationKind::Secret, "any/made"));
    assert!(!provides(text, ConfigurationKind::ConfigMap, "any/made"));
}

#[test]
fn a_slash_parts_namespace_and_name_only_where_the_referrer_takes_it_so() {
    let text = "\
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: p}
spec: {virtualhost: {tls: {secretName: a/tls}, jwtProviders: [{localJWKS: {secretName: a/keys}}]}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
spec: {rules: [{verifyImages: [{imageRegistryCredentials: {secrets: [a/login, login]}}]}]}
";
    let base = "ClusterPolicy/p spec.rules[0].verifyImages[0].imageRegistryCredentials.secrets";
    assert_eq!(
        found(text),
        [
            "HTTPProxy/p spec.virtualhost.jwtProviders[0].localJWKS.secretName: \
             Secret default/a/keys Other -> nothing",
            "HTTPProxy/p spec.virtualhost.tls.secretName: Secret a/tls Other -> nothing",
            &format!("{base}[0]: Secret a/login Other -> nothing"),
            &format!("{base}[1]: Secret kyverno/login Other -> nothing"),
        ]
    );
}

#[test]
fn a_copy_names_its_original_and_an_original_makes_copies() {
    let text = "\
{apiVersion: v1, kind: ConfigMap, metadata: {name: copy, namespace: b, annotations: {reflector.v1.k8s.emberstack.com/reflects: a/original}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: original, namespace: a, annotations: {replicator.v1.mittwald.de/replicate-to: '.*'}}}
";
    assert_eq!(
        found(text),
        [
            "ConfigMap/copy metadata.annotations[\"reflector.v1.k8s.emberstack.com/reflects\"]: \
          ConfigMap a/original Other -> a/original"
        ]
    );
    assert!(provides(text, ConfigurationKind::ConfigMap, "c/original"));
    assert!(!provides(text, ConfigurationKind::ConfigMap, "c/copy"));
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
    let text = include_str!("captures/kustomize-name-references.json");
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
