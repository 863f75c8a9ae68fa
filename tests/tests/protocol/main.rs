//! The KRM functions specification and the results of the contract, row by row, asked of the built binary.
//!
//! The numbers are those of the specification's table in the design; what real tools sent stands in `captures`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a check stops at the first surprise and says so"
)]

mod annotations_of_tools;
mod characters;
mod configuration;
mod lists;
mod outcomes;
mod passed_by;
mod real_tools;
mod result_fields;
mod same_again;
mod stdout;

use std::process::Command;

use checks::binary::{self, Ran};
use serde_json::Value;

pub(crate) const VERSIONS: [&str; 3] = [
    "config.kubernetes.io/v1",
    "config.kubernetes.io/v1beta1",
    "config.kubernetes.io/v1alpha1",
];

/// Gets a readiness probe, because `SERVICE` selects it.
pub(crate) const DEPLOYMENT: &str = "\
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web # the name
    namespace: shop
    annotations:
      config.kubernetes.io/path: 'web/all.yaml'
      config.kubernetes.io/index: '3'
  spec:
    selector: {matchLabels: {app: web}}
    template:
      metadata: {labels: {app: web}}
      spec:
        containers:
        - name: app
          image: \"shop/web:1\"
          ports: [{name: http, containerPort: 8080}]
";

pub(crate) const SERVICE: &str = "\
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: shop}
  spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
";

pub(crate) const CONFIG_MAP: &str = "\
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: settings, namespace: shop}
  data: {greeting: 'good  day', on: \"yes\", octal: \"0644\"}
";

/// Refused: the container has no port of that name.
pub(crate) const BROKEN: &str = "\
- apiVersion: v1
  kind: Pod
  metadata: {name: broken, namespace: shop}
  spec:
    containers:
    - name: first
      image: shop/first
    - name: app
      image: shop/app
      ports: [{name: http, containerPort: 8080}]
      readinessProbe: {httpGet: {path: /ready, port: htpp}}
";

/// Accepted with a warning: it gives a slow answer no time.
pub(crate) const IMPATIENT: &str = "\
- apiVersion: v1
  kind: Pod
  metadata: {name: impatient, namespace: shop, annotations: {plimsoll.dev/skip: harden-the-pods}}
  spec:
    containers:
    - name: app
      image: shop/app
      ports: [{name: http, containerPort: 8080}]
      livenessProbe: {httpGet: {path: /live, port: 8080}}
";

/// A `ResourceList` of these items.
pub(crate) fn list(items: &[&str]) -> String {
    let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:".to_owned();
    text.push_str(if items.is_empty() { " []\n" } else { "\n" });
    text + &items.concat()
}

/// A functionConfig of this `spec`, on one line.
pub(crate) fn config(spec: &str) -> String {
    format!(
        "functionConfig: {{apiVersion: fn.plimsoll.dev/v1alpha1, kind: InjectProbes, metadata: {{name: probes}}, spec: {spec}}}\n"
    )
}

pub(crate) fn inject(stdin: &str) -> Ran {
    binary::run(
        &mut Command::new(binary::path("inject-probes")),
        stdin.as_bytes(),
    )
}

/// The same, of a call that must be served.
pub(crate) fn served(stdin: &str) -> Ran {
    let ran = inject(stdin);
    assert!(
        matches!(ran.code, Some(0 | 1)),
        "{}: {}",
        ran.code.unwrap_or(-1),
        ran.stderr
    );
    ran
}

/// What stdout holds. A second document or a key that stands twice is an error.
pub(crate) fn output(ran: &Ran) -> Value {
    let value: serde_yaml::Value = serde_yaml::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error} in:\n{}", ran.stdout));
    serde_json::to_value(value).expect("every key is a string")
}

pub(crate) fn results(ran: &Ran) -> Vec<Value> {
    output(ran)
        .get("results")
        .map(|results| results.as_array().expect("results are a list").clone())
        .unwrap_or_default()
}

pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The one result of a rule.
pub(crate) fn result_of(ran: &Ran, rule: &str) -> Value {
    let mut found = results(ran);
    found.retain(|result| text(result, "/tags/rule") == format!("inject-probes/{rule}"));
    assert_eq!(found.len(), 1, "results of {rule} in:\n{}", ran.stdout);
    found.remove(0)
}

/// The text of each item of a list whose items begin at the start of a line.
pub(crate) fn items(list: &str) -> Vec<String> {
    let is_item = |line: &&str| line.starts_with(['-', ' ']) || line.is_empty();
    let lines = list
        .lines()
        .skip_while(|line| *line != "items:")
        .skip(1)
        .take_while(is_item);
    let mut items: Vec<String> = Vec::new();
    for line in lines {
        if line.starts_with('-') {
            items.push(String::new());
        }
        let item = items.last_mut().expect("a list begins with an item");
        item.push_str(line);
        item.push('\n');
    }
    items
}

/// Runs that together bring every shape of result: errors, warnings and infos, with and without an object, a
/// field, a file and a container, on a refused configuration and on a written list.
pub(crate) fn runs_with_results() -> Vec<Ran> {
    let all = [DEPLOYMENT, SERVICE, CONFIG_MAP, IMPATIENT];
    let info = config("{results: {minSeverity: info}}");
    let unused = config(
        "{overrides: [{target: {names: [nobody]}, readiness: {periodSeconds: 5}}], results: {minSeverity: info}}",
    );
    let inputs = [
        list(&all),
        list(&all) + &info,
        list(&all) + &unused,
        list(&[DEPLOYMENT, SERVICE, BROKEN, IMPATIENT]) + &info,
        list(&all) + &config("{mode: audit, results: {minSeverity: info}}"),
        list(&all) + &config("{enviroment: production, mode: fil}"),
        list(&["- {apiVersion: v1, metadata: {name: nameless}}\n"]),
    ];
    let runs: Vec<Ran> = inputs.iter().map(|input| served(input)).collect();
    for (run, input) in runs.iter().zip(inputs) {
        assert!(!results(run).is_empty(), "no result for:\n{input}");
    }
    runs
}

pub(crate) fn every_result() -> Vec<Value> {
    runs_with_results().iter().flat_map(results).collect()
}
