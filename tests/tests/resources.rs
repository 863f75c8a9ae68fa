//! What holds for set-resources whatever an author wrote: nothing that is written would be refused, nothing of an
//! author's changes, a second run finds nothing to do, and each container gets one answer per rule.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a check stops at the first surprise"
)]

use checks::cases;
use proptest::prelude::*;
use proptest::sample::select;
use sdk::{Quantity, Ran};
use serde_json::{Map, Value, json};
use yaml::Style;

const DECISIONS: [&str; 4] = ["cpu-request", "cpu-limit", "memory-request", "memory-limit"];

const ENVIRONMENTS: [Option<&str>; 4] = [
    None,
    Some("development"),
    Some("staging"),
    Some("production"),
];

/// What a user may write for targets.
const DEFAULTS: [&str; 13] = [
    "{resources: {requests: {memory: 256Mi}, limits: {memory: 700Mi}}}",
    "{resources: {limits: {cpu: 200m}}, memoryLimit: {policy: equal}}",
    "{size: small, resources: {requests: {cpu: 150m}}, cpuLimit: {policy: ratio, ratio: 2}}",
    "{}",
    "{memoryLimit: {policy: ratio, ratio: 2}}",
    "{size: medium, memoryLimit: {policy: equal}, cpuLimit: {policy: ratio, ratio: '1.5'}}",
    "{size: large, memoryLimit: {policy: ratio, ratio: '1.333'}, round: {cpu: 100m, memory: 10Mi}}",
    "{size: small, cpuLimit: {policy: equal}, initContainers: 'size:medium'}",
    "{size: small, initContainers: none, memoryLimit: {policy: ratio, ratio: 3}}",
    "{min: {cpu: 60m, memory: 100Mi}, memoryLimit: {policy: ratio, ratio: 2}}",
    "{size: medium, max: {cpu: 250m, memory: 512Mi}, memoryLimit: {policy: ratio, ratio: 4}}",
    "{canonicalize: all, size: small}",
    "{size: small, sizeFactor: '1.7', cpuLimit: {policy: none}}",
];

const LIMIT_RANGES: [Option<&str>; 5] = [
    None,
    Some("{type: Container, default: {cpu: 200m, memory: 256Mi}}"),
    Some("{type: Container, max: {cpu: '2', memory: 4Gi}}"),
    Some("{type: Container, min: {cpu: 20m, memory: 32Mi}, defaultRequest: {cpu: 50m}}"),
    Some("{type: Container, default: {cpu: 300m}, maxLimitRequestRatio: {memory: '3'}}"),
];

fn run(config: &str, input: &str) -> Ran {
    checks::served("set-resources", config, input)
}

fn with(environment: Option<&str>, defaults: &str, mode: &str) -> String {
    let defaults: Value = serde_yaml::from_str(defaults).expect("the defaults are YAML");
    let mut spec = json!({"mode": mode, "defaults": defaults});
    if let Some(environment) = environment {
        spec["environment"] = environment.into();
    }
    let config = json!({"apiVersion": "fn.plimsoll.dev/v1alpha1", "kind": "SetResources", "metadata": {"name": "resources"}, "spec": spec});
    yaml::to_string(&config, Style::default())
}

/// A request and a limit that an author may write together.
fn authored(name: &'static str) -> impl Strategy<Value = (Option<Value>, Option<Value>)> {
    let values: Vec<Value> = match name {
        "cpu" => vec![
            json!("50m"),
            json!("100m"),
            json!(0.25),
            json!("1000m"),
            json!(2),
        ],
        _ => vec![
            json!("64Mi"),
            json!("128Mi"),
            json!("512M"),
            json!("1Gi"),
            json!("2048Mi"),
        ],
    };
    let value = prop::option::of(select(values));
    (value.clone(), value).prop_map(|(one, other)| match (one, other) {
        (Some(one), Some(other)) if quantity(&one) > quantity(&other) => (Some(other), Some(one)),
        pair => pair,
    })
}

fn container(name: &'static str) -> impl Strategy<Value = Value> {
    (authored("cpu"), authored("memory")).prop_map(move |(cpu, memory)| {
        let mut resources = json!({});
        for (resource, (request, limit)) in [("cpu", cpu), ("memory", memory)] {
            for (field, value) in [("requests", request), ("limits", limit)] {
                if let Some(value) = value {
                    resources[field][resource] = value;
                }
            }
        }
        json!({"name": name, "image": format!("registry.example/{name}:1"), "resources": resources})
    })
}

fn pod() -> impl Strategy<Value = Value> {
    let apps = (container("app"), prop::option::of(container("cache")));
    let others = (
        prop::option::of(container("setup")),
        prop::option::of(container("proxy")),
        any::<bool>(),
    );
    (apps, others).prop_map(|((app, cache), (setup, proxy, is_first))| {
        let mut init: Vec<Value> = setup.into_iter().collect();
        if let Some(mut proxy) = proxy {
            proxy["restartPolicy"] = "Always".into();
            init.insert(if is_first { 0 } else { init.len() }, proxy);
        }
        let containers: Vec<Value> = [app].into_iter().chain(cache).collect();
        let spec = json!({"initContainers": init, "containers": containers});
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
               "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}, "spec": spec}}})
    })
}

fn input(pod: &Value, limit_range: Option<&str>) -> String {
    let mut text = yaml::to_string(pod, Style::default());
    if let Some(limit) = limit_range {
        let limit: Value = serde_yaml::from_str(limit).expect("the limit is YAML");
        let range = json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "limits", "namespace": "shop"}, "spec": {"limits": [limit]}});
        text += "---\n";
        text += &yaml::to_string(&range, Style::default());
    }
    text
}

fn quantity(value: &Value) -> Quantity {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    Quantity::parse(&text).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// The containers of the first document.
fn containers(text: &str) -> Vec<Value> {
    let stream = yaml::parse(text.to_owned()).expect("the output is YAML");
    let document = stream.documents().next().expect("there is a document");
    let object = document.root().expect("it has a root").to_value();
    let object = object.expect("it has a value");
    let spec = &object["spec"]["template"]["spec"];
    let lists = ["initContainers", "containers"].map(|field| spec[field].as_array().cloned());
    lists.into_iter().flatten().flatten().collect()
}

fn amount(container: &Value, field: &str, name: &str) -> Option<Quantity> {
    container["resources"][field].get(name).map(quantity)
}

fn of_range(range: &Value, field: &str, name: &str) -> Option<Quantity> {
    range[field].get(name).map(quantity)
}

/// Why the API server would refuse a container, once it has filled in what a LimitRange gives.
fn refusal(container: &Value, range: &Value) -> Option<String> {
    for name in ["cpu", "memory"] {
        let default = of_range(range, "default", name).or(of_range(range, "max", name));
        let own_limit = amount(container, "limits", name);
        let limit = own_limit.or(default);
        let given = of_range(range, "defaultRequest", name)
            .or(default)
            .or(of_range(range, "min", name));
        let request = amount(container, "requests", name).or(own_limit).or(given);
        if let (Some(request), Some(limit)) = (request, limit)
            && request > limit
        {
            return Some(format!("{name}: {request} is more than {limit}"));
        }
        if let (Some(min), Some(request)) = (of_range(range, "min", name), request)
            && request < min
        {
            return Some(format!("{name}: {request} is less than {min}"));
        }
        if let (Some(max), Some(limit)) = (of_range(range, "max", name), limit)
            && limit > max
        {
            return Some(format!("{name}: {limit} is more than {max}"));
        }
        if let (Some(ratio), Some(request), Some(limit)) = (
            of_range(range, "maxLimitRequestRatio", name),
            request,
            limit,
        ) && limit.ratio_exceeds(request, ratio)
        {
            return Some(format!(
                "{name}: {limit} is more than {ratio} times {request}"
            ));
        }
    }
    None
}

/// What the pod requests at most at one time.
fn effective(containers: &[Value], name: &str) -> Quantity {
    let request = |container: &Value| {
        let own = amount(container, "requests", name).or(amount(container, "limits", name));
        own.unwrap_or(Quantity::ZERO)
    };
    let (mut sidecars, mut apps, mut peak) = (Quantity::ZERO, Quantity::ZERO, Quantity::ZERO);
    for container in containers {
        if container["name"] == "setup" {
            peak = peak.max(sidecars + request(container));
        } else if container["name"] == "proxy" {
            sidecars = sidecars + request(container);
        } else {
            apps = apps + request(container);
        }
    }
    peak.max(sidecars + apps)
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn whatever_is_written_is_admissible_and_the_author_s(
        pod in pod(),
        environment in select(ENVIRONMENTS.to_vec()),
        defaults in select(DEFAULTS.to_vec()),
        limit_range in select(LIMIT_RANGES.to_vec()),
    ) {
        let input = input(&pod, limit_range);
        let ran = run(&with(environment, defaults, "fill"), &input);
        if ran.exit_code != 0 {
            prop_assert_eq!(&ran.output, &input);
            return Ok(());
        }
        let range: Value = limit_range.map_or(Value::Null, |range| serde_yaml::from_str(range).expect("YAML"));
        for (before, after) in containers(&input).iter().zip(containers(&ran.output)) {
            let refused = refusal(&after, &range);
            prop_assert!(refused.is_none(), "{refused:?} {} {:#?}", ran.output, ran.lines);
            let authored = before["resources"].as_object().cloned().unwrap_or_default();
            for (field, values) in authored {
                for (name, value) in values.as_object().unwrap_or(&Map::new()) {
                    let is_respelled = defaults.contains("canonicalize");
                    let own = &after["resources"][&field][name];
                    prop_assert!(own == value || (is_respelled && quantity(own) == quantity(value)), "{before} {after}");
                }
            }
        }
    }

    #[test]
    fn a_second_run_changes_no_byte(
        pod in pod(),
        environment in select(ENVIRONMENTS.to_vec()),
        defaults in select(DEFAULTS.to_vec()),
        limit_range in select(LIMIT_RANGES.to_vec()),
        mode in select(vec!["fill", "overwrite"]),
    ) {
        let config = with(environment, defaults, mode);
        let once = run(&config, &input(&pod, limit_range));
        let twice = run(&config, &once.output);
        prop_assert_eq!(&once.output, &twice.output, "{:#?} {:#?}", once.lines, twice.lines);
        prop_assert_eq!(once.exit_code, twice.exit_code, "{:#?} {:#?}", once.lines, twice.lines);
    }

    #[test]
    fn every_container_has_exactly_one_outcome_per_rule(
        pod in pod(),
        environment in select(ENVIRONMENTS.to_vec()),
        defaults in select(DEFAULTS.to_vec()),
        mode in select(vec!["fill", "overwrite", "audit"]),
    ) {
        let input = input(&pod, None);
        let ran = run(&with(environment, defaults, mode), &input);
        for container in containers(&input) {
            let name = container["name"].as_str();
            for rule in DECISIONS {
                let told = ran.findings.iter().filter(|finding| finding.rule == rule && finding.container.as_deref() == name);
                prop_assert_eq!(told.count(), 1, "{} of {:?}: {:#?}", rule, name, ran.lines);
            }
        }
    }

    #[test]
    fn an_init_container_never_raises_what_its_pod_requests(
        pod in pod(),
        environment in select(ENVIRONMENTS.to_vec()),
        defaults in select(DEFAULTS.iter().copied().filter(|defaults| !["min", "initContainers", "resources"].iter().any(|word| defaults.contains(word))).collect::<Vec<_>>()),
    ) {
        let input = input(&pod, None);
        let ran = run(&with(environment, defaults, "fill"), &input);
        let (before, after) = (containers(&input), containers(&ran.output));
        let mut without = after.clone();
        for (own, before) in without.iter_mut().zip(&before) {
            if own["name"] == "setup" {
                *own = before.clone();
            }
        }
        for name in ["cpu", "memory"] {
            prop_assert_eq!(effective(&after, name), effective(&without, name), "{} {}", name, ran.output);
        }
    }
}
