//! What the built-in rows find, and under which conditions.

use plimsoll_kube::{Kinds, PodKind, ReferenceRow, Resolver, Resources};
use serde_json::{Value, json};

use crate::{built_in, found, kinds, read, stream, with};

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

pub(crate) fn steps(path: &str) -> Vec<String> {
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

pub(crate) const EVERY_WAY: &str = "\
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
