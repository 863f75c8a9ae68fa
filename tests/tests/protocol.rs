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

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use checks::binary::{self, Ran};
use checks::golden::{self, Change};
use serde_json::{Value, json};

// ---- what goes in, and what is read of what comes out ----

const VERSIONS: [&str; 3] = [
    "config.kubernetes.io/v1",
    "config.kubernetes.io/v1beta1",
    "config.kubernetes.io/v1alpha1",
];

/// Gets a readiness probe, because `SERVICE` selects it.
const DEPLOYMENT: &str = "\
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

const SERVICE: &str = "\
- apiVersion: v1
  kind: Service
  metadata: {name: web, namespace: shop}
  spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
";

const CONFIG_MAP: &str = "\
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: settings, namespace: shop}
  data: {greeting: 'good  day', on: \"yes\", octal: \"0644\"}
";

/// Refused: the container has no port of that name.
const BROKEN: &str = "\
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
const IMPATIENT: &str = "\
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
fn list(items: &[&str]) -> String {
    let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:".to_owned();
    text.push_str(if items.is_empty() { " []\n" } else { "\n" });
    text + &items.concat()
}

/// A functionConfig of this `spec`, on one line.
fn config(spec: &str) -> String {
    format!(
        "functionConfig: {{apiVersion: fn.plimsoll.dev/v1alpha1, kind: InjectProbes, metadata: {{name: probes}}, spec: {spec}}}\n"
    )
}

fn inject(stdin: &str) -> Ran {
    binary::run(
        &mut Command::new(binary::path("inject-probes")),
        stdin.as_bytes(),
    )
}

/// The same, of a call that must be served.
fn served(stdin: &str) -> Ran {
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
fn output(ran: &Ran) -> Value {
    let value: serde_yaml::Value = serde_yaml::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error} in:\n{}", ran.stdout));
    serde_json::to_value(value).expect("every key is a string")
}

fn results(ran: &Ran) -> Vec<Value> {
    output(ran)
        .get("results")
        .map(|results| results.as_array().expect("results are a list").clone())
        .unwrap_or_default()
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The one result of a rule.
fn result_of(ran: &Ran, rule: &str) -> Value {
    let mut found = results(ran);
    found.retain(|result| text(result, "/tags/rule") == format!("inject-probes/{rule}"));
    assert_eq!(found.len(), 1, "results of {rule} in:\n{}", ran.stdout);
    found.remove(0)
}

/// The text of each item of a list whose items begin at the start of a line.
fn items(list: &str) -> Vec<String> {
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
fn runs_with_results() -> Vec<Ran> {
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

fn every_result() -> Vec<Value> {
    runs_with_results().iter().flat_map(results).collect()
}

// ---- S1–S3: what is read and written ----

#[test]
fn reads_a_resource_list_and_writes_one() {
    let ran = served(&list(&[DEPLOYMENT, SERVICE]));
    let output = output(&ran);
    assert_eq!(
        (ran.code, text(&output, "/kind")),
        (Some(0), "ResourceList")
    );
    let probe = output.pointer("/items/0/spec/template/spec/containers/0/readinessProbe");
    assert_eq!(
        probe,
        Some(&json!({"tcpSocket": {"port": "http"}, "timeoutSeconds": 3}))
    );
}

#[test]
fn echoes_the_version_it_received() {
    for version in VERSIONS {
        let input = list(&[DEPLOYMENT, SERVICE]).replacen(VERSIONS[0], version, 1);
        let ran = served(&input);
        assert_eq!(
            (ran.code, text(&output(&ran), "/apiVersion")),
            (Some(0), version)
        );
    }
}

#[test]
fn refuses_another_kind_and_says_how_to_run_it() {
    let ran = inject("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    for told in [
        "ConfigMap",
        "ResourceList",
        "kpt fn eval",
        "kustomize build",
        "--config FILE",
    ] {
        assert!(
            ran.stderr.contains(told),
            "{told} is not in: {}",
            ran.stderr
        );
    }
}

#[test]
fn refuses_a_version_it_does_not_know_and_says_which() {
    for version in ["config.kubernetes.io/v2", "v1"] {
        let ran = inject(&list(&[CONFIG_MAP]).replacen(VERSIONS[0], version, 1));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains(version), "{}", ran.stderr);
    }
}

#[test]
fn refuses_two_lists_at_once() {
    // One of them would be lost.
    let ran = inject(&format!("{one}---\n{one}", one = list(&[CONFIG_MAP])));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("2 documents"), "{}", ran.stderr);
}

#[test]
fn never_ends_well_with_nothing_on_stdout() {
    // kustomize and kpt would delete everything.
    let odd = [
        "",
        "\n",
        "---\n",
        "# nothing\n",
        "null\n",
        "[]\n",
        "{}\n",
        "kind: ResourceList\n",
        "items: []\n",
    ];
    for input in odd {
        let ran = inject(input);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{input:?}");
        assert!(
            ran.stderr.starts_with("inject-probes: stdin "),
            "{input:?}: {}",
            ran.stderr
        );
    }
}

// ---- S4: items ----

#[test]
fn writes_items_also_where_none_came_in() {
    for items in ["", "items:\n", "items: null\n", "items: ~\n", "items: []\n"] {
        let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
        let ran = served(&format!("{head}{items}"));
        assert_eq!(
            (ran.code, ran.stdout),
            (Some(0), format!("{head}items: []\n")),
            "{items:?}"
        );
    }
}

#[test]
fn writes_items_also_where_it_refuses_the_configuration() {
    let ran = served(&(list(&[]) + &config("{mode: fil}")));
    assert_eq!(
        (ran.code, output(&ran).get("items")),
        (Some(1), Some(&json!([])))
    );
}

// ---- S5–S8: functionConfig and results ----

#[test]
fn runs_without_a_function_config() {
    for config in [
        "",
        "functionConfig:\n",
        "functionConfig: null\n",
        "functionConfig: {}\n",
    ] {
        let ran = served(&(list(&[DEPLOYMENT, SERVICE]) + config));
        assert_eq!(ran.code, Some(0), "{config:?}: {}", ran.stderr);
        assert!(
            ran.stdout.contains("readinessProbe:"),
            "{config:?} kept it from its work"
        );
    }
}

#[test]
fn gives_the_function_config_back_as_it_came() {
    let configs = [
        "functionConfig: null # none\n".to_owned(),
        "functionConfig: {}\n".to_owned(),
        config("{environment:   'production'}"),
        "functionConfig:\n  # kept\n  kind:   ConfigMap # too\n  apiVersion: \"v1\"\n  metadata: {name: function-input}\n  data: {environment: 'production'}\n"
            .to_owned(),
        // Refused, and back all the same.
        "functionConfig:\n    kind: ConfigMap\n    apiVersion: v1\n    data: {environmnt: 'production'} # a typo\n".to_owned(),
    ];
    for config in configs {
        let input = list(&[DEPLOYMENT, SERVICE]);
        let (before, after) = (
            served(&(input.clone() + &config)),
            served(&input.replace("items:\n", &format!("{config}items:\n"))),
        );
        assert!(
            before.stdout.contains(&config),
            "not kept:\n{config}\nin:\n{}",
            before.stdout
        );
        assert!(
            after.stdout.contains(&format!("\n{config}items:\n")),
            "not kept:\n{config}\nin:\n{}",
            after.stdout
        );
    }
}

#[test]
fn takes_its_fields_from_a_config_map() {
    // As kpt sends `kpt fn eval -- k=v`: every value is a string.
    let config = "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: function-input}\n  data:\n    results: '{minSeverity: info}'\n";
    let (plain, told) = (
        served(&list(&[DEPLOYMENT, SERVICE])),
        served(&(list(&[DEPLOYMENT, SERVICE]) + config)),
    );
    assert_eq!((plain.code, told.code), (Some(0), Some(0)));
    assert!(
        results(&told).len() > results(&plain).len(),
        "the configuration says to tell more"
    );
}

#[test]
fn leaves_results_out_where_there_are_none() {
    let ran = served(&list(&[CONFIG_MAP, SERVICE]));
    assert_eq!(
        (ran.code, ran.stdout, ran.stderr),
        (Some(0), list(&[CONFIG_MAP, SERVICE]), String::new())
    );
}

#[test]
fn appends_its_results_to_those_that_came_in() {
    let own = results(&served(&list(&[DEPLOYMENT, SERVICE])));
    let first = json!({"message": "said before", "severity": "warning"});
    let block = "results:\n# of a function before\n- message: said before\n  severity: warning\n";
    let flow = "results: [{message: said before, severity: warning}]\n";
    for before in [block, flow] {
        let input = list(&[DEPLOYMENT, SERVICE]);
        for input in [
            input.clone() + before,
            input.replace("items:\n", &format!("{before}items:\n")),
        ] {
            let ran = served(&input);
            let expected: Vec<Value> = [first.clone()].into_iter().chain(own.clone()).collect();
            assert_eq!(results(&ran), expected, "in:\n{}", ran.stdout);
        }
    }
    let ran = served(&(list(&[DEPLOYMENT, SERVICE]) + block));
    assert!(
        ran.stdout.contains(block),
        "the results that came in are rewritten:\n{}",
        ran.stdout
    );
}

#[test]
fn keeps_results_that_came_in_where_it_adds_none() {
    for before in [
        "results:\n- {message: said before}   # as it came\n",
        "results: []\n",
    ] {
        let input = list(&[CONFIG_MAP]) + before;
        let ran = served(&input);
        assert_eq!((ran.code, ran.stdout), (Some(0), input));
    }
}

#[test]
fn appends_no_result_that_is_already_there() {
    // Nothing to change here, so that both runs have the same to say.
    let first = served(&(list(&[IMPATIENT, BROKEN]) + &config("{results: {minSeverity: info}}")));
    let count = results(&first).len();
    assert!(count > 3, "there is something to say twice");
    let second = served(&first.stdout);
    assert_eq!(second.stdout, first.stdout);
    assert_eq!(second.stderr, first.stderr, "stderr tells each run's own");
    // A result that differs in one field only is another one.
    let other = served(
        &first
            .stdout
            .replacen("severity: error", "severity: warning", 1),
    );
    assert_eq!(results(&other).len(), count + 1);
}

// ---- S9–S18: the fields of a result ----

#[test]
fn gives_every_result_a_message_on_one_line_with_its_rule() {
    // kpt prints neither tags nor line ends.
    for result in every_result() {
        let (message, rule) = (text(&result, "/message"), text(&result, "/tags/rule"));
        assert!(!message.contains('\n') && !rule.is_empty(), "{result}");
        let own = message.strip_suffix(&format!(" [{rule}]"));
        assert!(own.is_some_and(|own| !own.trim().is_empty()), "{result}");
    }
}

#[test]
fn gives_every_result_a_severity() {
    // Left out, the specification says error and kpt says info.
    let found: BTreeSet<String> = every_result()
        .iter()
        .map(|result| text(result, "/severity").to_owned())
        .collect();
    assert_eq!(
        found,
        ["error", "info", "warning"].map(str::to_owned).into()
    );
}

#[test]
fn refers_to_an_object_by_four_plain_strings() {
    let all = every_result();
    let refs: Vec<&Value> = all
        .iter()
        .filter_map(|result| result.get("resourceRef"))
        .collect();
    assert!(!refs.is_empty());
    for reference in refs {
        for (key, value) in reference.as_object().expect("a mapping") {
            assert!(
                ["apiVersion", "kind", "name", "namespace"].contains(&key.as_str()),
                "{reference}"
            );
            assert!(
                value.as_str().is_some_and(|text| !text.is_empty()),
                "{reference}"
            );
        }
    }
    let broken = result_of(&served(&list(&[BROKEN])), "unknown-port-name");
    assert_eq!(
        broken["resourceRef"],
        json!({"apiVersion": "v1", "kind": "Pod", "name": "broken", "namespace": "shop"})
    );
}

#[test]
fn leaves_the_namespace_out_of_a_reference_where_there_is_none() {
    let ran = served(&list(&[&BROKEN.replace(", namespace: shop", "")]));
    let broken = result_of(&ran, "unknown-port-name");
    assert_eq!(
        broken["resourceRef"],
        json!({"apiVersion": "v1", "kind": "Pod", "name": "broken"})
    );
}

#[test]
fn gives_a_field_as_a_mapping_and_only_beside_an_object() {
    let all = every_result();
    let mut seen = 0;
    for result in &all {
        let Some(field) = result.get("field") else {
            continue;
        };
        seen += 1;
        assert!(result.get("resourceRef").is_some(), "{result}");
        let known =
            |key: &String| ["path", "currentValue", "proposedValue"].contains(&key.as_str());
        assert!(
            field
                .as_object()
                .is_some_and(|field| field.keys().all(known)),
            "{result}"
        );
        assert!(!text(field, "/path").is_empty(), "{result}");
    }
    assert!(
        (1..all.len()).contains(&seen),
        "some results are about a field, some are not"
    );
}

#[test]
fn gives_the_current_and_the_proposed_value() {
    let broken = result_of(&served(&list(&[BROKEN])), "unknown-port-name");
    assert_eq!(broken["field"]["currentValue"], "htpp");
    let audited = served(&(list(&[DEPLOYMENT, SERVICE]) + &config("{mode: audit}")));
    let proposed = json!({"tcpSocket": {"port": "http"}, "timeoutSeconds": 3});
    assert_eq!(
        result_of(&audited, "readiness")["field"]["proposedValue"],
        proposed
    );
}

#[test]
fn counts_list_entries_from_zero_in_a_path() {
    let broken = result_of(&served(&list(&[BROKEN])), "unknown-port-name");
    assert_eq!(
        broken["field"]["path"],
        "spec.containers[1].readinessProbe.httpGet.port"
    );
    let deployment =
        DEPLOYMENT.to_owned() + "          livenessProbe: {tcpSocket: {port: nobody}}\n";
    let broken = result_of(&served(&list(&[&deployment])), "unknown-port-name");
    assert_eq!(
        broken["field"]["path"],
        "spec.template.spec.containers[0].livenessProbe.tcpSocket.port"
    );
}

#[test]
fn quotes_a_key_with_dots_in_a_path() {
    let stale = result_of(&served(&list(&[IMPATIENT])), "stale-skip");
    assert_eq!(
        stale["field"]["path"],
        r#"metadata.annotations["plimsoll.dev/skip"]"#
    );
}

#[test]
fn gives_the_number_in_a_file_as_an_integer() {
    // A string makes kpt fail the whole run.
    let ran = served(&(list(&[DEPLOYMENT, SERVICE]) + &config("{results: {minSeverity: info}}")));
    assert_eq!(
        result_of(&ran, "readiness")["file"],
        json!({"path": "web/all.yaml", "index": 3})
    );
    for result in every_result() {
        let Some(file) = result.get("file") else {
            continue;
        };
        assert!(
            file["index"].is_u64() && file["path"].is_string(),
            "{result}"
        );
    }
}

#[test]
fn gives_an_integer_also_where_the_annotation_holds_none() {
    for index in ["'three'", "''", "'-1'", "'1.5'"] {
        let deployment = DEPLOYMENT.replace("'3'", index);
        let ran =
            served(&(list(&[&deployment, SERVICE]) + &config("{results: {minSeverity: info}}")));
        assert!(
            result_of(&ran, "readiness")["file"]["index"].is_u64(),
            "{index}: {}",
            ran.stdout
        );
    }
}

#[test]
fn names_no_file_where_none_is_known() {
    let broken = result_of(&served(&list(&[BROKEN])), "unknown-port-name");
    assert_eq!(broken.get("file"), None);
}

#[test]
fn gives_tags_from_string_to_string() {
    for result in every_result() {
        let tags = result["tags"].as_object().expect("a mapping");
        assert!(tags.values().all(Value::is_string), "{result}");
        assert!(
            ["changed", "kept", "skipped", "violation"].contains(&text(&result, "/tags/outcome")),
            "{result}"
        );
    }
    let broken = result_of(&served(&list(&[BROKEN])), "unknown-port-name");
    let expected = json!({"rule": "inject-probes/unknown-port-name", "outcome": "violation", "container": "app"});
    assert_eq!(broken["tags"], expected);
}

#[test]
fn keeps_names_strings_that_would_read_as_something_else() {
    // Some readers behind us take YAML 1.1's word for it, where `on` is a boolean and 0755 a number.
    for name in ["on", "null", "8080", "0755", "1e3", "true", "12:30:45"] {
        let item = BROKEN
            .replace("name: app", &format!("name: '{name}'"))
            .replace("name: broken", &format!("name: '{name}'"));
        let ran = served(&list(&[&item]));
        let broken = result_of(&ran, "unknown-port-name");
        assert_eq!(
            (
                text(&broken, "/tags/container"),
                text(&broken, "/resourceRef/name")
            ),
            (name, name),
            "{}",
            ran.stdout
        );
        let told = &ran.stdout[ran.stdout.find("\nresults:").expect("results")..];
        for key in ["name", "container"] {
            let quoted = [
                format!("    {key}: \"{name}\"\n"),
                format!("    {key}: '{name}'\n"),
            ];
            assert!(
                quoted.iter().any(|line| told.contains(line)),
                "{key} {name} has no quotes in:\n{told}"
            );
        }
    }
}

// ---- S19–S22: YAML, JSON and their characters ----

/// The same list as JSON.
fn as_json(list: &str) -> String {
    let value: Value = serde_yaml::from_str(list).expect("a list");
    value.to_string()
}

#[test]
fn writes_block_yaml_also_for_json() {
    // JSON would end as JSON in the user's files.
    let input =
        list(&[DEPLOYMENT, SERVICE, CONFIG_MAP]) + &config("{results: {minSeverity: info}}");
    let (expected, ran) = (served(&input), served(&as_json(&input)));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(output(&ran), output(&expected));
    let items = items(&ran.stdout);
    assert!(
        items.len() == 3 && !items.concat().contains(['{', '[']),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("\n- apiVersion: apps/v1\n  kind: Deployment\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn writes_block_yaml_also_for_lists_in_brackets() {
    let items = [DEPLOYMENT, SERVICE]
        .map(as_json)
        .map(|items| items.trim_matches(['[', ']']).to_owned())
        .join(", ");
    let plain = "{apiVersion: config.kubernetes.io/v1, kind: ResourceList, items: [";
    let ran = served(&format!("{plain}{items}]}}\n"));
    assert_eq!(output(&ran), output(&served(&list(&[DEPLOYMENT, SERVICE]))));
    assert!(
        ran.stdout
            .contains("\n- apiVersion: apps/v1\n  kind: Deployment\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn keeps_the_types_of_json() {
    // Written without quotes, the strings would be read as numbers, booleans and null.
    let data = json!({"a": "1", "b": "true", "c": "null", "d": "~", "e": "0644", "f": "", "g": "1e3", "h": "yes", "i": "2024-01-01", "j": "a\nb\n"});
    let spec = json!({"count": 1, "share": 0.5, "big": 9_007_199_254_740_993_u64, "is": true, "none": null, "list": [], "map": {}});
    let item = json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}, "data": data, "spec": spec});
    let input = json!({"apiVersion": VERSIONS[0], "kind": "ResourceList", "items": [item]});
    let ran = served(&input.to_string());
    assert_eq!(output(&ran), input, "{}", ran.stdout);
    for quoted in ["h: \"yes\"\n", "i: \"2024-01-01\"\n", "e: \"0644\"\n"] {
        assert!(
            ran.stdout.contains(quoted),
            "{quoted} is not in:\n{}",
            ran.stdout
        );
    }
}

#[test]
fn reads_the_escapes_of_json() {
    let input = r#"{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"\u00e9\ud83d\ude00\/\"\\\t"}}]}"#;
    let ran = served(input);
    assert_eq!(
        text(&output(&ran), "/items/0/data/a"),
        "é😀/\"\\\t",
        "{}",
        ran.stdout
    );
}

#[test]
fn keeps_every_character_of_utf_8() {
    let strange = "é ✓ 漢字 🎉 👩‍👩‍👧 𝒳 \u{a0}\u{ad}\u{200b}";
    let config_map = CONFIG_MAP.replace("good  day", strange);
    let deployment = DEPLOYMENT
        .replace("# the name", &format!("# {strange}"))
        .replace("shop/web:1", "shop/🎉:1");
    let ran = served(&list(&[&deployment, SERVICE, &config_map]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let items = items(&ran.stdout);
    assert!(
        items[0].contains(&format!("    name: web # {strange}\n"))
            && items[0].contains("image: \"shop/🎉:1\"\n"),
        "{}",
        items[0]
    );
    assert!(
        items[0].contains("readinessProbe"),
        "the edit stands behind characters of several bytes"
    );
    assert_eq!(items[2], config_map);
    let json = served(&as_json(&list(&[&config_map])));
    assert_eq!(
        text(&output(&json), "/items/0/data/greeting"),
        strange,
        "{}",
        json.stdout
    );
}

#[test]
fn names_strange_characters_in_results() {
    let ran = served(&list(&[&BROKEN.replace("htpp", "'🎉 \"ü\"'")]));
    let broken = result_of(&ran, "bad-port");
    assert_eq!(broken["field"]["currentValue"], "🎉 \"ü\"");
    assert!(
        text(&broken, "/message").contains('🎉') && ran.stderr.contains('🎉'),
        "{broken}"
    );
}

#[test]
fn reads_a_list_behind_a_byte_order_mark() {
    let plain = served(&list(&[DEPLOYMENT, SERVICE]));
    let marked = served(&format!("\u{feff}{}", list(&[DEPLOYMENT, SERVICE])));
    assert_eq!(marked.code, Some(0), "{}", marked.stderr);
    assert_eq!(marked.stdout, format!("\u{feff}{}", plain.stdout));
    let json = served(&format!(
        "\u{feff}{}",
        as_json(&list(&[DEPLOYMENT, SERVICE]))
    ));
    assert_eq!(output(&json), output(&plain));
}

#[test]
fn reads_a_list_with_windows_line_ends() {
    let input = list(&[DEPLOYMENT, SERVICE, CONFIG_MAP]).replace('\n', "\r\n");
    let ran = served(&input);
    assert_eq!(
        output(&ran),
        output(&served(&list(&[DEPLOYMENT, SERVICE, CONFIG_MAP])))
    );
    assert!(
        ran.stdout.contains(&CONFIG_MAP.replace('\n', "\r\n")),
        "{}",
        ran.stdout
    );
}

#[test]
fn says_where_a_byte_is_not_utf_8() {
    let mut input = list(&[CONFIG_MAP]).into_bytes();
    input.extend(b"# \xff\n");
    let ran = binary::run(&mut Command::new(binary::path("inject-probes")), &input);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(
        ran.stderr.contains("line 8, column 3") && ran.stderr.contains("0xFF"),
        "{}",
        ran.stderr
    );
}

// ---- S26: stdout ----

#[test]
fn writes_one_document_and_nothing_else() {
    for ran in runs_with_results() {
        assert!(
            ran.stdout
                .starts_with("apiVersion: config.kubernetes.io/v1\n"),
            "{}",
            ran.stdout
        );
        assert!(ran.stdout.ends_with('\n'), "{}", ran.stdout);
        let marker = ran.stdout.lines().find(|line| {
            line.starts_with(['%']) || line.starts_with("---") || line.starts_with("...")
        });
        assert_eq!(marker, None, "{}", ran.stdout);
        let stream: Vec<_> = serde_yaml::Deserializer::from_str(&ran.stdout).collect();
        assert_eq!(stream.len(), 1, "{}", ran.stdout);
    }
}

#[test]
fn puts_its_results_before_the_end_of_the_document() {
    // Behind `...` they would be a second document.
    let ran = served(&format!("---\n{}...\n", list(&[DEPLOYMENT, SERVICE])));
    assert_eq!(
        results(&ran),
        results(&served(&list(&[DEPLOYMENT, SERVICE])))
    );
}

#[test]
fn puts_its_results_on_a_line_of_their_own() {
    let input = list(&[DEPLOYMENT, SERVICE]);
    let ran = served(input.trim_end());
    assert_eq!(output(&ran), output(&served(&input)));
    let ran = served(&(input.clone() + "# the end"));
    assert_eq!(output(&ran), output(&served(&input)));
    assert!(ran.stdout.contains("\n# the end\n"), "{}", ran.stdout);
}

// ---- S30–S34: what orchestrators put on items ----

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

// ---- S36: what is passed by ----

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

// ---- S37–S42: the same again ----

#[test]
fn writes_the_same_bytes_for_the_same_input() {
    let input = list(&[DEPLOYMENT, SERVICE, CONFIG_MAP, IMPATIENT])
        + &config("{results: {minSeverity: info}}");
    let first = served(&input);
    for _ in 0..4 {
        let again = served(&input);
        assert_eq!(
            (again.stdout, again.stderr),
            (first.stdout.clone(), first.stderr.clone())
        );
    }
}

#[test]
fn is_steered_by_no_environment_and_no_folder() {
    let input = list(&[DEPLOYMENT, SERVICE, IMPATIENT]);
    let expected = served(&input);
    let mut elsewhere = Command::new(binary::path("inject-probes"));
    // kustomize passes the first two to containers.
    let variables = [
        ("LOG_TO_STDERR", "true"),
        ("STRUCTURED_RESULTS", "true"),
        ("LANG", "tr_TR.UTF-8"),
        ("TZ", "Asia/Kathmandu"),
    ];
    elsewhere
        .env_clear()
        .envs(variables)
        .envs([
            ("RUST_LOG", "trace"),
            ("CLICOLOR_FORCE", "1"),
            ("COLUMNS", "20"),
        ])
        .current_dir("/");
    let ran = binary::run(&mut elsewhere, input.as_bytes());
    assert_eq!(
        (ran.code, ran.stdout, ran.stderr),
        (expected.code, expected.stdout, expected.stderr)
    );
}

#[test]
fn changes_nothing_on_a_second_run() {
    for input in [
        list(&[DEPLOYMENT, SERVICE, CONFIG_MAP]),
        as_json(&list(&[DEPLOYMENT, SERVICE, CONFIG_MAP])),
    ] {
        let first = served(&input);
        let second = served(&first.stdout);
        assert_eq!(items(&second.stdout), items(&first.stdout));
        assert!(!second.stderr.contains("changed"), "{}", second.stderr);
        let third = served(&second.stdout);
        assert_eq!(
            third.stdout, second.stdout,
            "then nothing is left to say either"
        );
    }
}

#[test]
fn keeps_the_order_of_the_items() {
    let all = [DEPLOYMENT, SERVICE, CONFIG_MAP, IMPATIENT];
    let expected = items(&served(&list(&all)).stdout);
    assert_ne!(
        expected[0], DEPLOYMENT,
        "there is a change to keep in its place"
    );
    let orders = [
        [0, 1, 3, 2],
        [3, 2, 1, 0],
        [1, 0, 2, 3],
        [2, 3, 0, 1],
        [1, 2, 3, 0],
    ];
    for order in orders {
        let ran = served(&list(&order.map(|number| all[number])));
        let permuted: Vec<String> = order
            .iter()
            .map(|number| expected[*number].clone())
            .collect();
        assert_eq!(items(&ran.stdout), permuted, "in the order {order:?}");
    }
}

#[test]
fn keeps_paths_and_indices_as_unique_as_they_came() {
    let places = |ran: &Ran| -> Vec<(String, String)> {
        let output = output(ran);
        let annotations = output["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| &item["metadata"]["annotations"]);
        annotations
            .map(|all| {
                ["path", "index"]
                    .map(|key| text(&all[format!("config.kubernetes.io/{key}")], "").to_owned())
                    .into()
            })
            .collect()
    };
    let deployments: Vec<String> = (0..5)
        .map(|number| {
            DEPLOYMENT
                .replace("name: web", &format!("name: web-{number}"))
                .replace("'3'", &format!("'{number}'"))
        })
        .collect();
    let mut all: Vec<&str> = deployments.iter().map(String::as_str).collect();
    all.push(SERVICE);
    let ran = served(&list(&all));
    assert_eq!(
        ran.stdout.matches("readinessProbe:").count(),
        5,
        "all are changed"
    );
    let expected = (0..5).map(|number| ("web/all.yaml".to_owned(), number.to_string()));
    assert_eq!(
        places(&ran),
        expected
            .chain([(String::new(), String::new())])
            .collect::<Vec<_>>()
    );
}

// ---- what real tools sent ----

/// A file of `captures`, with its name.
struct Capture {
    name: String,
    text: String,
}

fn captures() -> Vec<Capture> {
    let folder = binary::root().join("tests/captures");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("captures")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    assert!(files.len() >= 7, "captures got lost");
    let capture = |file: PathBuf| Capture {
        name: file
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned(),
        text: fs::read_to_string(file).expect("UTF-8"),
    };
    files.into_iter().map(capture).collect()
}

/// Asks for a probe that every container of a capture can have.
const PROBES: &str = "\
apiVersion: fn.plimsoll.dev/v1alpha1
kind: InjectProbes
metadata:
  name: probes
spec:
  overrides:
  - target: {kinds: [Deployment, Pod]}
    readiness: {exec: {command: [\"true\"]}, timeoutSeconds: 2}
  rules: {inject-probes/unused-target: off}
";

impl Capture {
    fn is_list(&self) -> bool {
        self.text.contains("kind: ResourceList\n")
    }

    /// What came before the functionConfig of whoever made the capture, which is always last.
    fn without_config(&self) -> &str {
        self.text
            .find("\nfunctionConfig:")
            .map_or(self.text.as_str(), |end| &self.text[..=end])
    }

    /// Runs it with this configuration, and gives what went in and what came out, each object as text.
    fn run(&self, config: &str) -> (Ran, Vec<String>, Vec<String>) {
        let objects = if self.is_list() {
            items
        } else {
            golden::documents
        };
        let ran = self.run_on(self.without_config(), config);
        assert_eq!(ran.code, Some(0), "{}: {}", self.name, ran.stderr);
        let out = objects(&ran.stdout);
        (ran, objects(self.without_config()), out)
    }

    /// As the tool runs it that sent this: a list in which the configuration stands, or documents and a file.
    fn run_on(&self, input: &str, config: &str) -> Ran {
        if self.is_list() {
            let config = config
                .lines()
                .fold(String::new(), |lines, line| lines + "  " + line + "\n");
            return inject(&format!("{input}functionConfig:\n{config}"));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config");
        fs::write(&file, config).expect("a file");
        plugin(&folder, &file, input)
    }
}

/// Runs the binary as kustomize runs a plugin of its plugin folder.
fn plugin(folder: &tempfile::TempDir, config: &std::path::Path, input: &str) -> Ran {
    let link = folder.path().join("InjectProbes");
    std::os::unix::fs::symlink(binary::path("inject-probes"), &link).expect("a link");
    binary::run(Command::new(link).arg(config), input.as_bytes())
}

#[test]
fn gives_back_what_real_tools_sent_where_there_is_nothing_to_do() {
    for capture in captures() {
        let (ran, sent, back) = capture.run(
            "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\nmetadata: {name: probes}\n",
        );
        assert!(!sent.is_empty(), "{}", capture.name);
        assert_eq!(back, sent, "{}", capture.name);
        assert!(
            ran.stdout.starts_with(capture.without_config()),
            "{}: {}",
            capture.name,
            ran.stdout
        );
    }
}

#[test]
fn changes_only_its_own_lines_in_what_real_tools_sent() {
    let mut changed = Vec::new();
    for capture in captures() {
        let (_, sent, back) = capture.run(PROBES);
        assert_eq!(sent.len(), back.len(), "{}", capture.name);
        for (before, after) in sent
            .iter()
            .zip(&back)
            .filter(|(before, after)| before != after)
        {
            assert!(
                before.contains("kind: Deployment\n") || before.contains("kind: Pod\n"),
                "{}:\n{after}",
                capture.name
            );
            let lines: Vec<String> = golden::changes(before, after)
                .into_iter()
                .map(|change| match change {
                    Change::Added(line) => line.trim().replace('\'', "\""),
                    Change::Removed(line) => {
                        panic!("{}: `{line}` is gone from:\n{after}", capture.name)
                    }
                })
                .collect();
            assert_eq!(
                lines,
                [
                    "readinessProbe:",
                    "exec:",
                    "command:",
                    "- \"true\"",
                    "timeoutSeconds: 2"
                ],
                "{}",
                capture.name
            );
            changed.push(capture.name.clone());
        }
    }
    let expected = [
        "a-legacy-exec.stdin",
        "c-kpt-exec.stdin",
        "d-kustomize581-exec.stdin",
        "overlay-stdin-at-function-time.legacy",
    ];
    for name in expected {
        assert!(
            changed.contains(&format!("{name}.yaml")),
            "{name} has a workload; changed were {changed:?}"
        );
    }
}

#[test]
fn changes_nothing_on_a_second_run_over_what_real_tools_sent() {
    for capture in captures() {
        let (first, _, back) = capture.run(PROBES);
        let (second, again) = if capture.is_list() {
            let second = inject(&first.stdout);
            let again = items(&second.stdout);
            (second, again)
        } else {
            let second = capture.run_on(&first.stdout, PROBES);
            assert_eq!(second.stdout, first.stdout, "{}", capture.name);
            let again = golden::documents(&second.stdout);
            (second, again)
        };
        assert_eq!((second.code, again), (Some(0), back), "{}", capture.name);
        assert!(
            !second.stderr.contains("changed"),
            "{}: {}",
            capture.name,
            second.stderr
        );
    }
}

#[test]
fn gives_back_what_real_tools_sent_with_a_configuration_for_somebody_else() {
    for capture in captures().iter().filter(|capture| capture.is_list()) {
        let ran = inject(&capture.text);
        assert_eq!(ran.code, Some(1), "{}: {}", capture.name, ran.stderr);
        let told = ran.stdout.strip_prefix(&capture.text);
        assert!(
            told.is_some_and(|told| told.starts_with("results:\n")),
            "{}: {}",
            capture.name,
            ran.stdout
        );
        assert_eq!(results(&ran)[0]["tags"]["rule"], "inject-probes/config");
    }
}

// ---- the contract: results, exit codes and stderr ----

fn is_written(ran: &Ran) -> bool {
    ran.stdout.contains("readinessProbe:\n")
}

/// The severities of the lines on stderr, the summary's as `summary`.
fn told(ran: &Ran) -> Vec<&str> {
    ran.stderr
        .lines()
        .map(|line| match line.split_once('[') {
            Some((_, rest)) if rest.starts_with("inject-probes/summary] ") => "summary",
            Some((severity, _)) => severity,
            None => line,
        })
        .collect()
}

#[test]
fn tells_each_result_on_a_line_of_stderr() {
    for ran in runs_with_results() {
        let lines: Vec<&str> = ran.stderr.lines().collect();
        let results = results(&ran);
        assert_eq!(lines.len(), results.len(), "{}", ran.stderr);
        for (line, result) in lines.iter().zip(results) {
            let (rule, severity) = (text(&result, "/tags/rule"), text(&result, "/severity"));
            let mut expected = format!("{severity}[{rule}] ");
            if let Some(reference) = result.get("resourceRef") {
                let (namespace, name) = (text(reference, "/namespace"), text(reference, "/name"));
                let separator = if namespace.is_empty() { "" } else { "/" };
                let _ = write!(
                    expected,
                    "{} {namespace}{separator}{name}: ",
                    text(reference, "/kind")
                );
            }
            expected += text(&result, "/message").trim_end_matches(&format!(" [{rule}]"));
            if !text(&result, "/field/path").is_empty() {
                let _ = write!(expected, " ({})", text(&result, "/field/path"));
            }
            assert_eq!(*line, expected);
        }
    }
}

#[test]
fn tells_the_worst_first_and_the_summary_last() {
    // kpt prints the first four lines only.
    let ran = served(
        &(list(&[DEPLOYMENT, SERVICE, IMPATIENT, BROKEN])
            + &config("{results: {minSeverity: info}}")),
    );
    let told = told(&ran);
    let rank = |severity: &&str| {
        ["error", "warning", "info", "summary"]
            .iter()
            .position(|known| known == severity)
    };
    assert!(
        told.is_sorted_by_key(|severity| rank(severity).expect("a known severity")),
        "{}",
        ran.stderr
    );
    let kinds: BTreeSet<&str> = told.iter().copied().collect();
    assert_eq!(kinds.len(), 4, "{}", ran.stderr);
    assert_eq!(
        (
            told.last(),
            told.iter().filter(|one| **one == "summary").count()
        ),
        (Some(&"summary"), 1),
        "{}",
        ran.stderr
    );
    assert_eq!(
        text(results(&ran).last().expect("results"), "/tags/rule"),
        "inject-probes/summary"
    );
}

#[test]
fn counts_what_was_done_in_the_summary() {
    let ran = served(&list(&[DEPLOYMENT, SERVICE]));
    let summary = result_of(&ran, "summary");
    assert_eq!(text(&summary, "/severity"), "info");
    for part in ["changed 1 (readiness 1)", "skipped 2 ("] {
        assert!(text(&summary, "/message").contains(part), "{summary}");
    }
    let ran = served(&list(&[DEPLOYMENT, SERVICE, BROKEN, IMPATIENT]));
    let summary = result_of(&ran, "summary");
    for part in ["nothing was written", "1 error", "warning"] {
        assert!(text(&summary, "/message").contains(part), "{summary}");
    }
}

#[test]
fn says_nothing_where_nothing_was_looked_at() {
    let ran = served(&list(&[CONFIG_MAP]));
    assert_eq!(
        (ran.code, ran.stderr.as_str(), results(&ran)),
        (Some(0), "", Vec::new())
    );
}

#[test]
fn leaves_single_changes_and_skips_to_min_severity_info() {
    // 10,000 workloads would bring 30,000 lines.
    let input = list(&[DEPLOYMENT, SERVICE]);
    assert_eq!(told(&served(&input)), ["summary"]);
    let ran = served(&(input + &config("{results: {minSeverity: info}}")));
    assert_eq!(
        told(&ran),
        ["info", "info", "info", "summary"],
        "{}",
        ran.stderr
    );
    let outcomes: Vec<Value> = results(&ran)
        .iter()
        .map(|result| result["tags"]["outcome"].clone())
        .collect();
    assert_eq!(
        outcomes[..3],
        ["changed", "skipped", "skipped"].map(Value::from)
    );
    for skipped in &results(&ran)[1..3] {
        assert!(
            !text(skipped, "/tags/reason").is_empty(),
            "what is skipped is explained: {skipped}"
        );
    }
}

#[test]
fn hides_warnings_behind_min_severity_error_but_not_the_summary() {
    let ran = served(&(list(&[IMPATIENT]) + &config("{results: {minSeverity: error}}")));
    assert_eq!(
        (ran.code, told(&ran)),
        (Some(0), vec!["summary"]),
        "{}",
        ran.stderr
    );
    // What isn't shown counts all the same.
    let ran =
        served(&(list(&[IMPATIENT]) + &config("{results: {minSeverity: error, failOn: warning}}")));
    assert_eq!(
        (ran.code, told(&ran)),
        (Some(1), vec!["summary"]),
        "{}",
        ran.stderr
    );
}

#[test]
fn ends_with_0_and_writes_where_there_are_only_warnings() {
    let ran = served(&list(&[DEPLOYMENT, SERVICE, IMPATIENT]));
    assert_eq!((ran.code, is_written(&ran)), (Some(0), true));
    assert!(told(&ran).contains(&"warning"), "{}", ran.stderr);
}

#[test]
fn ends_with_1_and_the_original_items_on_an_error() {
    let input = list(&[DEPLOYMENT, SERVICE, BROKEN]);
    let ran = served(&input);
    assert_eq!((ran.code, is_written(&ran)), (Some(1), false));
    let told = ran.stdout.strip_prefix(&input);
    assert!(
        told.is_some_and(|told| told.starts_with("results:\n")),
        "{}",
        ran.stdout
    );
    assert_eq!(text(&results(&ran)[0], "/severity"), "error");
}

#[test]
fn ends_with_1_on_warnings_where_asked_to() {
    let input = list(&[DEPLOYMENT, SERVICE, IMPATIENT]) + &config("{results: {failOn: warning}}");
    let ran = served(&input);
    assert_eq!((ran.code, is_written(&ran)), (Some(1), false));
    assert!(ran.stdout.starts_with(&input), "{}", ran.stdout);
    let fine = served(&(list(&[DEPLOYMENT, SERVICE]) + &config("{results: {failOn: warning}}")));
    assert_eq!((fine.code, is_written(&fine)), (Some(0), true));
}

#[test]
fn ends_with_0_and_writes_what_it_can_where_nothing_may_fail() {
    let ran =
        served(&(list(&[DEPLOYMENT, SERVICE, BROKEN]) + &config("{results: {failOn: never}}")));
    assert_eq!((ran.code, is_written(&ran)), (Some(0), true));
    assert_eq!(
        items(&ran.stdout)[2],
        BROKEN,
        "what is wrong stays as it is"
    );
    assert!(told(&ran).contains(&"error"), "{}", ran.stderr);
}

#[test]
fn ends_with_1_on_a_refused_configuration_whatever_may_fail() {
    let input = list(&[DEPLOYMENT, SERVICE])
        + &config("{mode: fil, enviroment: production, results: {failOn: never}}");
    let ran = served(&input);
    assert_eq!((ran.code, is_written(&ran)), (Some(1), false));
    assert!(ran.stdout.starts_with(&input), "{}", ran.stdout);
    let mut paths = BTreeSet::new();
    for result in results(&ran) {
        assert_eq!(
            (text(&result, "/severity"), text(&result, "/tags/rule")),
            ("error", "inject-probes/config"),
            "{result}"
        );
        let config = json!({"apiVersion": "fn.plimsoll.dev/v1alpha1", "kind": "InjectProbes", "name": "probes"});
        assert_eq!(
            result["resourceRef"], config,
            "it is about the functionConfig"
        );
        let message = text(&result, "/message");
        assert!(
            message.contains(&format!("(line {}, column ", input.lines().count())),
            "{message}"
        );
        paths.insert(text(&result, "/field/path").to_owned());
    }
    assert_eq!(
        paths,
        ["spec.enviroment", "spec.mode"].map(str::to_owned).into(),
        "each mistake at once"
    );
}

#[test]
fn ends_with_2_and_a_reason_where_it_can_t_serve_the_call() {
    let broken = inject(&(list(&[CONFIG_MAP]) + "results: [\n"));
    assert_eq!((broken.code, broken.stdout.as_str()), (Some(2), ""));
    assert!(
        broken.stderr.contains("stdin, line 8, column 10: "),
        "{}",
        broken.stderr
    );
    let usage = binary::run(
        Command::new(binary::path("inject-probes")).arg("--confg"),
        b"",
    );
    assert_eq!((usage.code, usage.stdout.as_str()), (Some(2), ""));
    assert!(usage.stderr.contains("--config"), "{}", usage.stderr);
}

#[test]
fn raises_and_silences_rules() {
    let with = |rules: &str| {
        served(
            &(list(&[IMPATIENT])
                + &config(&format!("{{rules: {{inject-probes/stale-skip: {rules}}}}}"))),
        )
    };
    let of = |ran: &Ran| -> Vec<String> {
        let found = results(ran)
            .into_iter()
            .filter(|result| result["tags"]["rule"] == "inject-probes/stale-skip");
        found
            .map(|result| text(&result, "/severity").to_owned())
            .collect()
    };
    for (level, code, severities) in [
        ("warning", 0, &["warning"][..]),
        ("error", 1, &["error"]),
        ("off", 0, &[]),
        ("info", 0, &[]),
    ] {
        let ran = with(level);
        assert_eq!(
            (ran.code, of(&ran)),
            (
                Some(code),
                severities.iter().map(ToString::to_string).collect()
            ),
            "{level}"
        );
    }
}

/// What a filter and a plugin do with these documents.
fn runs_on_documents(documents: &str, config: &str) -> [Ran; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("probes.yaml");
    fs::write(&file, config).expect("a file");
    let filter = binary::run(
        Command::new(binary::path("inject-probes"))
            .arg("--config")
            .arg(&file),
        documents.as_bytes(),
    );
    [filter, plugin(&folder, &file, documents)]
}

/// Items as a stream of documents.
fn documents(items: &[&str]) -> String {
    let document = |item: &&str| {
        item.lines()
            .fold(String::new(), |lines, line| lines + &line[2..] + "\n")
    };
    items.iter().map(document).collect::<Vec<_>>().join("---\n")
}

#[test]
fn writes_documents_and_no_results_to_a_pipe() {
    let input = documents(&[DEPLOYMENT, SERVICE, IMPATIENT]);
    for ran in runs_on_documents(
        &input,
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\n",
    ) {
        assert_eq!(
            (ran.code, is_written(&ran)),
            (Some(0), true),
            "{}",
            ran.stderr
        );
        assert!(
            !ran.stdout.contains("results:") && !ran.stdout.contains("ResourceList"),
            "{}",
            ran.stdout
        );
        assert_eq!(
            golden::documents(&ran.stdout)[1..],
            golden::documents(&input)[1..]
        );
        assert!(
            told(&ran).contains(&"warning") && told(&ran).last() == Some(&"summary"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn writes_nothing_to_a_pipe_on_failure() {
    // What stands behind a pipe would take half of it for all.
    let input = documents(&[DEPLOYMENT, SERVICE, BROKEN]);
    let refused = "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\nspec: {mode: fil}\n";
    for config in [
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\n",
        refused,
    ] {
        for ran in runs_on_documents(&input, config) {
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
            assert!(
                ran.stderr.starts_with("error[inject-probes/"),
                "{}",
                ran.stderr
            );
        }
    }
    for ran in runs_on_documents("a: [\n", refused) {
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains("line 1, column 4"), "{}", ran.stderr);
    }
}

#[test]
fn never_tells_a_secret() {
    let secret = "- apiVersion: v1\n  kind: Secret\n  metadata: {name: key, namespace: shop}\n  stringData: {key: hunter2, bad: [hunter2]}\n";
    let pod = BROKEN.replace(
        "image: shop/app",
        "image: shop/app\n      env: [{name: PASSWORD, value: hunter2}]",
    );
    let ran = served(
        &(list(&[DEPLOYMENT, SERVICE, IMPATIENT, secret, &pod])
            + &config("{results: {minSeverity: info}}")),
    );
    let told = &ran.stdout[ran.stdout.find("\nresults:").expect("results")..];
    assert!(
        !told.contains("hunter2") && !ran.stderr.contains("hunter2"),
        "{told}"
    );
}

#[test]
fn replaces_empty_results() {
    let ran = served(&(list(&[DEPLOYMENT, SERVICE]) + "results: null\n"));
    assert_eq!(results(&ran).len(), 1);
}

#[test]
fn puts_its_results_before_the_end_also_where_the_last_item_changes() {
    let ran = served(&(list(&[SERVICE, DEPLOYMENT]) + "...\n"));
    assert_eq!(results(&ran).len(), 1);
}

#[test]
fn puts_its_results_where_the_other_fields_stand() {
    let indented = format!(
        "  {}",
        list(&[DEPLOYMENT, SERVICE])
            .trim_end()
            .replace('\n', "\n  ")
    );
    assert_eq!(results(&served(&indented)).len(), 1);
}

#[test]
fn writes_no_directive_also_where_one_came_in() {
    let ran = served(&format!("%YAML 1.2\n---\n{}", list(&[CONFIG_MAP])));
    assert!(!ran.stdout.contains("%YAML"), "{}", ran.stdout);
}
