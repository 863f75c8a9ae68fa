//! The laws of every function, for inject-probes on generated applications in every style: an author's text in
//! lines, in brackets or as JSON, with comments, probes of its own, and Services that lead somewhere or nowhere.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a surprise ends the run"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use checks::cases;
use checks::golden::{self, Change};
use proptest::prelude::*;
use proptest::sample::select;
use sdk::{Error, Finding, Outcome, Ran};
use serde_json::{Value, json};
use yaml::{Quote, Style};

/// The rules that decide about a probe, with their fields.
const DECISIONS: [(&str, &str); 3] = [
    ("readiness", "readinessProbe"),
    ("liveness", "livenessProbe"),
    ("startup", "startupProbe"),
];

fn try_run(config: &str, input: &str) -> Result<Ran, Error> {
    checks::call("inject-probes", config, input)
}

fn run(config: &str, input: &str) -> Ran {
    let ran = try_run(config, input).unwrap_or_else(|error| panic!("{error}: {input}"));
    assert_eq!(ran.exit_code, 0, "{:#?} {input}", ran.lines);
    ran
}

/// Layers that make each kind of decision come up. Nothing fails a run, so that everything is written.
const LAYERS: [&str; 7] = [
    "{}",
    "{environment: production}",
    "{environment: development, defaults: {flavor: spring-boot}}",
    "{defaults: {liveness: {httpGet: {path: /live}}, startup: {maxSeconds: 301}}}",
    "{environment: staging, defaults: {presetLiveness: true, readiness: {enabled: true}, timing: {readiness: {periodSeconds: 7}}}}",
    "{overrides: [{target: {names: [app-0, app-2]}, readiness: {tcpSocket: {port: 8080}}, liveness: {exec: {command: ['true']}}}, \
      {target: {containers: [c1], containerTypes: [app, sidecar]}, readiness: {grpc: {service: 'y'}}, startup: {enabled: false}}]}",
    "{defaults: {liveness: {enabled: true}, readiness: {enabled: true}}}",
];

fn with_mode(layers: &str, mode: &str) -> String {
    let mut spec: Value = serde_yaml::from_str(layers).expect("the layers are YAML");
    spec["mode"] = mode.into();
    spec["results"] = json!({"failOn": "never"});
    let config = json!({"apiVersion": "fn.plimsoll.dev/v1alpha1", "kind": "InjectProbes", "metadata": {"name": "probes"}, "spec": spec});
    yaml::to_string(&config, Style::default())
}

/// How an author writes an object.
#[derive(Clone, Debug)]
enum Writing {
    Lines {
        style: Style,
        comments: u64,
    },
    /// Lines down to the lists of containers, which are in brackets.
    Brackets,
    Json {
        is_compact: bool,
    },
}

impl Writing {
    fn write(&self, object: &Value) -> String {
        match self {
            Self::Lines { style, comments } => {
                with_comments(&yaml::to_string(object, *style), *comments)
            }
            Self::Brackets => with_brackets(object),
            Self::Json { is_compact: true } => object.to_string() + "\n",
            Self::Json { is_compact: false } => {
                serde_json::to_string_pretty(object).expect("a value is JSON") + "\n"
            }
        }
    }
}

/// Comments above lines and behind them, as the bits say; no text of these objects has several lines.
fn with_comments(text: &str, bits: u64) -> String {
    let mut out = String::new();
    for (number, line) in text.lines().enumerate() {
        let of_line = bits.rotate_right(u32::try_from(number * 3).expect("few lines"));
        let indent = &line[..line.len() - line.trim_start().len()];
        if of_line & 7 == 1 {
            let _ = writeln!(out, "{indent}# above line {number}: 'it''s'");
        }
        out += line;
        out += if of_line & 7 == 2 {
            "   # behind it\n"
        } else {
            "\n"
        };
        if of_line & 31 == 3 {
            out += "\n";
        }
    }
    out
}

fn with_brackets(object: &Value) -> String {
    let mut marked = object.clone();
    let mut lists = Vec::new();
    if let Some(spec) = marked
        .pointer_mut("/spec/template/spec")
        .and_then(Value::as_object_mut)
    {
        for (_, list) in spec.iter_mut().filter(|(_, value)| value.is_array()) {
            lists.push(list.take());
            *list = format!("LIST{}", lists.len() - 1).into();
        }
    }
    let mut text = yaml::to_string(&marked, Style::default());
    for (number, list) in lists.iter().enumerate() {
        text = text.replace(&format!("LIST{number}\n"), &format!("{}\n", brackets(list)));
    }
    text
}

/// The value in brackets, with quotes only around strings that want them.
fn brackets(value: &Value) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Object(map) => format!(
            "{{{}}}",
            join(
                map.iter()
                    .map(|(key, value)| format!("{key}: {}", brackets(value)))
                    .collect()
            )
        ),
        Value::Array(list) => format!("[{}]", join(list.iter().map(brackets).collect())),
        Value::String(text) if yaml::needs_quotes(text, true) => value.to_string(),
        Value::String(text) => text.clone(),
        _ => value.to_string(),
    }
}

fn writing() -> impl Strategy<Value = Writing> {
    prop_oneof![
        4 => (1usize..5, any::<bool>(), any::<bool>(), any::<u64>()).prop_map(|(step, indents_lists, single, comments)| {
            let quote = if single { Quote::Single } else { Quote::Double };
            Writing::Lines { style: Style { step, indents_lists, quote }, comments }
        }),
        1 => Just(Writing::Brackets),
        1 => any::<bool>().prop_map(|is_compact| Writing::Json { is_compact }),
    ]
}

fn port() -> impl Strategy<Value = Value> {
    let name = select(vec!["http", "grpc", "metrics", "health", "web", "y"]);
    let number = select(vec![8080, 80, 9090, 5432]);
    (
        prop::option::of(name),
        number,
        select(vec!["", "TCP", "UDP"]),
    )
        .prop_map(|(name, number, protocol)| {
            let mut port = json!({"containerPort": number});
            if let Some(name) = name {
                port["name"] = name.into();
            }
            if !protocol.is_empty() {
                port["protocol"] = protocol.into();
            }
            port
        })
}

fn probe() -> impl Strategy<Value = Value> {
    let handler = prop_oneof![
        Just(json!({"httpGet": {"path": "/ready", "port": "http"}})),
        Just(
            json!({"httpGet": {"path": "/health?full=1#x", "port": 8080, "httpHeaders": [{"name": "Host", "value": "on"}]}})
        ),
        Just(json!({"tcpSocket": {"port": 5432}})),
        Just(json!({"grpc": {"port": 9090}})),
        Just(json!({"exec": {"command": ["sh", "-c", "test -f /tmp/ok && echo 'a: b'"]}})),
        Just(json!({})),
    ];
    let probe = (
        handler,
        prop::option::of(1..30_u8),
        prop::option::of(0..9_u8),
    )
        .prop_map(|(mut probe, period, threshold)| {
            if let Some(period) = period {
                probe["periodSeconds"] = period.into();
            }
            if let Some(threshold) = threshold {
                probe["failureThreshold"] = threshold.into();
            }
            probe
        });
    prop_oneof![6 => probe, 1 => Just(Value::Null)]
}

fn container() -> impl Strategy<Value = Value> {
    let image = select(vec![
        "registry.example/shop/api:1.4",
        "postgres:16",
        "redis",
        "$(IMAGE)",
        "nats:2",
        "prom/prometheus:v3.0.0",
        "example.com/x@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "",
    ]);
    let ports = prop::option::of(prop::collection::vec(port(), 0..3));
    let authored = || prop::option::weighted(0.3, probe());
    (image, ports, authored(), authored(), authored()).prop_map(
        |(image, ports, readiness, liveness, startup)| {
            let mut container = json!({"image": image});
            if let Some(ports) = ports {
                container["ports"] = ports.into();
            }
            for ((_, field), probe) in DECISIONS.iter().zip([readiness, liveness, startup]) {
                if let Some(probe) = probe {
                    container[*field] = probe;
                }
            }
            container["env"] = json!([{"name": "MODE", "value": "yes"}]);
            container
        },
    )
}

fn named(containers: Vec<Value>, prefix: &str, restarts: bool) -> Value {
    let name = |(number, mut container): (usize, Value)| {
        let mut named = json!({"name": format!("{prefix}{number}")});
        if restarts {
            named["restartPolicy"] = "Always".into();
        }
        if let (Some(named), Some(own)) = (named.as_object_mut(), container.as_object_mut()) {
            named.append(own);
        }
        named
    };
    containers.into_iter().enumerate().map(name).collect()
}

/// An object and how it is written.
type Written = (Value, Writing);

fn workload() -> impl Strategy<Value = Written> {
    let kind = select(vec![
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("batch/v1", "Job"),
    ]);
    let app = prop::collection::vec(container(), 1..4);
    let init = prop::collection::vec(container(), 0..2);
    (kind, app, init, any::<bool>(), any::<bool>(), writing()).prop_map(|((version, kind), app, init, restarts, skips, writing)| {
        let mut object = json!({
            "apiVersion": version, "kind": kind, "metadata": {"name": "", "namespace": "shop"},
            "spec": {"selector": {"matchLabels": {}}, "template": {"metadata": {"labels": {}}, "spec": {"serviceAccountName": "on"}}},
        });
        // A skip of one rule in some, so that not every outcome is of the same kind.
        if skips {
            object["metadata"]["annotations"] = json!({"plimsoll.dev/skip": "inject-probes:startup@c0"});
        }
        let pod = &mut object["spec"]["template"]["spec"];
        if !init.is_empty() {
            pod["initContainers"] = named(init, "i", restarts);
        }
        pod["containers"] = named(app, "c", false);
        if kind == "Job" {
            pod["restartPolicy"] = "Never".into();
        }
        (object, writing)
    })
}

fn service() -> impl Strategy<Value = Written> {
    let target = prop_oneof![
        select(vec!["http", "grpc", "health", "nowhere"]).prop_map(Value::from),
        select(vec![8080, 80, 9090, 1]).prop_map(Value::from),
        Just(Value::Null),
    ];
    (target, writing()).prop_map(|(target, writing)| {
        let mut port = json!({"name": "main", "port": 80});
        if !target.is_null() {
            port["targetPort"] = target;
        }
        let service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "", "namespace": "shop"},
            "spec": {"selector": {}, "ports": [port]},
        });
        (service, writing)
    })
}

fn bystander() -> impl Strategy<Value = Written> {
    let value = select(vec!["y", "0777", "a: b", "- x", "", "#", "12:30"]);
    (value, writing()).prop_map(|(value, writing)| {
        (json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"key": value}}), writing)
    })
}

/// An application: a workload, Services of its own, and something that is none of both.
fn application() -> impl Strategy<Value = Vec<Written>> {
    (
        workload(),
        prop::collection::vec(service(), 0..3),
        prop::option::of(bystander()),
    )
        .prop_map(|(workload, services, other)| {
            [workload]
                .into_iter()
                .chain(services)
                .chain(other)
                .collect()
        })
}

/// The objects of one to three applications, each with its own names and labels.
fn objects() -> impl Strategy<Value = Vec<Written>> {
    prop::collection::vec(application(), 1..4).prop_map(|applications| {
        let mut objects = Vec::new();
        for (number, application) in applications.into_iter().enumerate() {
            for (place, (mut object, writing)) in application.into_iter().enumerate() {
                let labels = json!({"app": format!("app-{number}")});
                let name = if place == 0 {
                    format!("app-{number}")
                } else {
                    format!("app-{number}-{place}")
                };
                object["metadata"]["name"] = name.into();
                match object["kind"].as_str() {
                    Some("Service") => object["spec"]["selector"] = labels,
                    Some("ConfigMap") => {}
                    _ => {
                        object["spec"]["selector"]["matchLabels"] = labels.clone();
                        object["spec"]["template"]["metadata"]["labels"] = labels;
                    }
                }
                objects.push((object, writing));
            }
        }
        objects
    })
}

fn texts(objects: &[Written]) -> Vec<String> {
    objects
        .iter()
        .map(|(object, writing)| writing.write(object))
        .collect()
}

fn stream(texts: &[String]) -> String {
    texts.join("---\n")
}

/// The document's name and the container of a finding.
fn about(finding: &Finding) -> (String, String) {
    let result = finding.to_result("inject-probes");
    let name = result
        .pointer("/resourceRef/name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    (
        name.to_owned(),
        finding.container.clone().unwrap_or_default(),
    )
}

/// The decisions that ended in one of these ways, by rule, object and container.
fn decisions(ran: &Ran, outcome: Outcome) -> BTreeSet<(String, (String, String))> {
    let is_decision = |finding: &&Finding| DECISIONS.iter().any(|(rule, _)| *rule == finding.rule);
    let fits = ran
        .findings
        .iter()
        .filter(is_decision)
        .filter(|finding| finding.outcome == outcome);
    fits.map(|finding| (finding.rule.clone(), about(finding)))
        .collect()
}

/// The containers of each document, with the document's number and name.
fn containers<'t>(stream: &'t yaml::Stream) -> Vec<(usize, String, yaml::Node<'t>)> {
    let roots = stream.documents().filter_map(|document| document.root());
    let of_document = |(number, root): (usize, yaml::Node<'t>)| {
        let pod = root.at(&["spec", "template", "spec"]);
        let name = root
            .at(&["metadata", "name"])
            .and_then(yaml::Node::text)
            .unwrap_or_default()
            .into_owned();
        let lists = ["initContainers", "containers"]
            .into_iter()
            .filter_map(move |field| pod?.get(field));
        let items: Vec<yaml::Node<'t>> = lists.flat_map(yaml::Node::items).collect();
        items
            .into_iter()
            .map(move |container| (number, name.clone(), container))
    };
    roots.enumerate().flat_map(of_document).collect()
}

fn text_of(node: yaml::Node<'_>, field: &str) -> String {
    node.get(field)
        .and_then(yaml::Node::text)
        .unwrap_or_default()
        .into_owned()
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_second_run_changes_no_byte(objects in objects(), layers in select(LAYERS.to_vec()), mode in select(vec!["fill", "overwrite"])) {
        let config = with_mode(layers, mode);
        let once = run(&config, &stream(&texts(&objects)));
        let twice = run(&config, &once.output);
        prop_assert_eq!(once.output, twice.output);
    }

    #[test]
    fn the_order_of_the_items_changes_nothing_but_their_order(
        (objects, order) in objects().prop_flat_map(|objects| {
            let order = Just((0..objects.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(objects), order)
        }),
        layers in select(LAYERS.to_vec()),
    ) {
        let config = with_mode(layers, "fill");
        let texts = texts(&objects);
        let shuffled: Vec<String> = order.iter().map(|number| texts[*number].clone()).collect();
        let (one, other) = (run(&config, &stream(&texts)), run(&config, &stream(&shuffled)));
        let (ours, theirs) = (golden::documents(&one.output), golden::documents(&other.output));
        let reordered: Vec<String> = order.iter().map(|number| ours[*number].clone()).collect();
        prop_assert_eq!(reordered, theirs);
        let told = |ran: &Ran| {
            let mut lines = ran.lines.clone();
            lines.sort();
            lines
        };
        prop_assert_eq!(told(&one), told(&other));
    }

    #[test]
    fn what_no_change_is_about_leaves_byte_for_byte(objects in objects(), layers in select(LAYERS.to_vec())) {
        let input = stream(&texts(&objects));
        let ran = run(&with_mode(layers, "fill"), &input);
        let changed: BTreeSet<String> = decisions(&ran, Outcome::Changed).into_iter().map(|(_, (name, _))| name).collect();
        let (before, after) = (golden::documents(&input), golden::documents(&ran.output));
        prop_assert_eq!(before.len(), objects.len());
        prop_assert_eq!(after.len(), objects.len());
        for ((before, after), (object, writing)) in before.iter().zip(&after).zip(&objects) {
            let name = object["metadata"]["name"].as_str().expect("a name");
            // Changed if and only if it was told, and in lines nothing but whole lines are added.
            prop_assert_eq!(before != after, changed.contains(name), "{}", name);
            if matches!(writing, Writing::Lines { .. }) {
                let lost: Vec<Change<'_>> = golden::changes(before, after).into_iter().filter(|change| matches!(change, Change::Removed(_))).collect();
                prop_assert!(lost.is_empty(), "{lost:?} {after}");
            }
        }
    }

    #[test]
    fn fill_keeps_every_byte_of_an_authored_probe(objects in objects(), layers in select(LAYERS.to_vec())) {
        let input = yaml::parse(stream(&texts(&objects))).expect("the input is YAML");
        let ran = run(&with_mode(layers, "fill"), input.text());
        let output = yaml::parse(ran.output).expect("the output is YAML");
        let (before, after) = (containers(&input), containers(&output));
        prop_assert_eq!(before.len(), after.len());
        for ((_, name, before), (_, _, after)) in before.iter().zip(&after) {
            for (_, field) in DECISIONS {
                let Some(probe) = before.get(field) else { continue };
                let kept = after.get(field).map(yaml::Node::source);
                prop_assert_eq!(kept, Some(probe.source()), "{} {}", name, field);
            }
        }
    }

    #[test]
    fn every_container_in_scope_has_exactly_one_outcome_per_rule(
        objects in objects(),
        layers in select(LAYERS.to_vec()),
        mode in select(vec!["fill", "overwrite", "audit"]),
    ) {
        let input = yaml::parse(stream(&texts(&objects))).expect("the input is YAML");
        let ran = run(&with_mode(layers, mode), input.text());
        let before = containers(&input);
        for (_, name, container) in &before {
            let subject = (name.clone(), text_of(*container, "name"));
            for (rule, _) in DECISIONS {
                let told = ran.findings.iter().filter(|finding| finding.rule == rule && about(finding) == subject);
                prop_assert_eq!(told.count(), 1, "{} of {:?}: {:#?}", rule, subject, ran.lines);
            }
        }
    }

    #[test]
    fn audit_changes_nothing_and_tells_what_fill_would_change(objects in objects(), layers in select(LAYERS.to_vec())) {
        let input = stream(&texts(&objects));
        let (fill, audit) = (run(&with_mode(layers, "fill"), &input), run(&with_mode(layers, "audit"), &input));
        prop_assert_eq!(&audit.output, &input);
        prop_assert!(decisions(&audit, Outcome::Changed).is_empty());
        let told = decisions(&audit, Outcome::Violation);
        for change in decisions(&fill, Outcome::Changed) {
            prop_assert!(told.contains(&change), "{change:?} is not told: {:#?}", audit.lines);
        }
    }

    #[test]
    fn objects_in_a_list_come_out_as_objects_of_their_own(objects in objects(), layers in select(LAYERS.to_vec())) {
        let config = with_mode(layers, "fill");
        let items: Vec<Value> = objects.iter().map(|(object, _)| object.clone()).collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        let (alone, listed) = (run(&config, &stream(&texts(&objects))), run(&config, &yaml::to_string(&list, Style::default())));
        let value = |text: String| {
            let stream = yaml::parse(text).expect("the output is YAML");
            let roots = stream.documents().filter_map(|document| document.root());
            roots.map(|root| root.to_value().expect("a value")).collect::<Vec<_>>()
        };
        let (alone, listed) = (value(alone.output), value(listed.output));
        prop_assert_eq!(Some(&Value::from(alone)), listed[0].get("items"));
    }

    #[test]
    fn odd_objects_are_findings_and_nothing_panics(
        objects in objects(),
        oddities in prop::collection::vec((any::<prop::sample::Index>(), oddity()), 1..6),
        layers in select(LAYERS.to_vec()),
        mode in select(vec!["fill", "overwrite", "audit"]),
    ) {
        let mut lines: Vec<String> = stream(&texts(&objects)).lines().map(str::to_owned).collect();
        for (at, oddity) in &oddities {
            oddity.apply(&mut lines, *at);
        }
        let input = lines.join("\n") + "\n";
        let config = with_mode(layers, mode);
        match try_run(&config, &input) {
            Err(error) => prop_assert!(!matches!(error, Error::Bug(_)), "{error} {input}"),
            Ok(ran) if mode == "audit" || ran.exit_code != 0 => prop_assert_eq!(ran.output, input),
            Ok(ran) => {
                let again = try_run(&config, &ran.output).map_err(|error| TestCaseError::fail(format!("{error}: {}", ran.output)))?;
                prop_assert_eq!(ran.output, again.output);
            }
        }
    }
}

/// Something done to a line.
#[derive(Clone, Debug)]
enum Oddity {
    Drop,
    Repeat,
    Swap,
    /// This in place of what stands behind the colon.
    Value(&'static str),
}

impl Oddity {
    fn apply(&self, lines: &mut Vec<String>, at: prop::sample::Index) {
        if lines.is_empty() {
            return;
        }
        let at = at.index(lines.len());
        match self {
            Self::Drop => drop(lines.remove(at)),
            Self::Repeat => lines.insert(at, lines[at].clone()),
            Self::Swap => lines.swap(at, at.saturating_sub(1)),
            Self::Value(value) => {
                let start = lines[at]
                    .find(':')
                    .map_or(lines[at].len(), |colon| colon + 1);
                lines[at].replace_range(start.., &format!(" {value}"));
            }
        }
    }
}

fn oddity() -> impl Strategy<Value = Oddity> {
    let values = vec![
        "null",
        "~",
        "[]",
        "{}",
        "\"\"",
        "y",
        "-1",
        "0",
        "1.5",
        "99999999999999999999",
        "[[]]",
        "{a: b}",
        "&a x",
        "*a",
        "!!str 1",
        "|",
        ">-\n      x",
        "2024-01-01",
        "Always",
        "StatefulSet",
        "http",
        "'",
        "[1, {b: c}]",
        "\u{85}",
    ];
    prop_oneof![
        Just(Oddity::Drop),
        Just(Oddity::Repeat),
        Just(Oddity::Swap),
        select(values).prop_map(Oddity::Value)
    ]
}
