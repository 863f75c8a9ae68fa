//! What holds for set-availability whatever is in the input: no budget ever blocks a drain, no pod has two, a second
//! run finds nothing to do, and what an author wrote stays. How many pods may be evicted is computed here anew, as the
//! disruption controller does it.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a check stops at the first surprise"
)]

use std::collections::BTreeSet;

use checks::cases;
use proptest::prelude::*;
use proptest::sample::select;
use sdk::Ran;
use serde_json::{Map, Value, json};
use yaml::Style;

fn run(config: &str, input: &str) -> Ran {
    checks::served("set-availability", config, input)
}

/// A workload and what stands beside it.
#[derive(Clone, Debug)]
struct Group {
    kind: &'static str,
    replicas: Option<u32>,
    scaler: Scaler,
    /// The field and the value of an author's budget.
    budget: Option<Bound>,
    /// Whether its labels are those of others too.
    is_shared: bool,
}

/// Who else decides how many pods there are.
#[derive(Clone, Copy, Debug)]
enum Scaler {
    None,
    Horizontal(Option<u32>),
    Keda(Option<u32>),
    PausedKeda(u32),
}

#[derive(Clone, Debug)]
struct Bound {
    field: &'static str,
    value: Value,
}

#[derive(Clone, Debug)]
struct World {
    spec: Value,
    groups: Vec<Group>,
}

const KINDS: [(&str, &str); 6] = [
    ("Deployment", "apps/v1"),
    ("StatefulSet", "apps/v1"),
    ("ReplicaSet", "apps/v1"),
    ("Rollout", "argoproj.io/v1alpha1"),
    ("CloneSet", "apps.kruise.io/v1alpha1"),
    ("DaemonSet", "apps/v1"),
];

fn bound() -> impl Strategy<Value = Bound> {
    let field = select(vec!["minAvailable", "maxUnavailable"]);
    let value = prop_oneof![
        (0..55_u32).prop_map(Value::from),
        (0..=100_u32).prop_map(|percent| Value::from(format!("{percent}%"))),
    ];
    (field, value).prop_map(|(field, value)| Bound { field, value })
}

fn group() -> impl Strategy<Value = Group> {
    let kinds = ["Deployment"; 4].into_iter();
    let kinds = kinds.chain(KINDS.into_iter().map(|(kind, _)| kind));
    let scaler = prop_oneof![
        4 => Just(Scaler::None),
        2 => prop::option::of(1..=50_u32).prop_map(Scaler::Horizontal),
        2 => prop::option::of(0..=50_u32).prop_map(Scaler::Keda),
        1 => (0..=50_u32).prop_map(Scaler::PausedKeda),
    ];
    (
        select(kinds.collect::<Vec<_>>()),
        prop::option::weighted(0.7, 0..=50_u32),
        scaler,
        prop::option::weighted(0.3, bound()),
        prop::bool::weighted(0.08),
    )
        .prop_map(|(kind, replicas, scaler, budget, is_shared)| Group {
            kind,
            replicas,
            scaler,
            budget,
            is_shared,
        })
}

fn spec() -> impl Strategy<Value = Value> {
    let environment = select(vec![
        None,
        None,
        Some("development"),
        Some("staging"),
        Some("production"),
    ]);
    let scaling = prop_oneof![
        2 => Just(None),
        1 => (1..=50_u32).prop_map(|min| Some(json!({"minReplicas": min, "maxReplicas": 60}))),
    ];
    (
        select(vec!["fill", "overwrite"]),
        environment,
        prop::option::of(0..=50_u32),
        scaling,
        prop::option::weighted(0.8, bound()),
    )
        .prop_map(|(mode, environment, replicas, scaling, budget)| {
            let mut defaults = Map::new();
            if let Some(replicas) = replicas {
                defaults.insert("replicas".to_owned(), replicas.into());
            }
            if let Some(scaling) = scaling {
                defaults.insert("autoscaling".to_owned(), scaling);
            }
            if let Some(Bound { field, value }) = budget {
                defaults.insert(
                    "disruptionBudget".to_owned(),
                    json!({field: value, "enabled": true}),
                );
            }
            let mut spec = json!({"mode": mode, "defaults": defaults});
            if let (Some(environment), Value::Object(spec)) = (environment, &mut spec) {
                spec.insert("environment".to_owned(), environment.into());
            }
            spec
        })
}

fn world() -> impl Strategy<Value = World> {
    (spec(), prop::collection::vec(group(), 1..5)).prop_map(|(spec, groups)| World { spec, groups })
}

impl Group {
    fn objects(&self, number: usize) -> Vec<Value> {
        let name = format!("w{number}");
        let label = if self.is_shared { "shared" } else { &name };
        let version = KINDS.iter().find(|(kind, _)| *kind == self.kind);
        let (kind, version) = version.expect("it is one of them");
        let mut workload = json!({
            "apiVersion": version,
            "kind": kind,
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {
                "selector": {"matchLabels": {"app": label}},
                "template": {
                    "metadata": {"labels": {"app": label}},
                    "spec": {"containers": [{"name": "app", "image": "registry.example/app:1"}]},
                },
            },
        });
        let is_daemon = self.kind == "DaemonSet";
        if let (Some(replicas), false) = (self.replicas, is_daemon) {
            put(&mut workload, "replicas", replicas.into());
        }
        let mut objects = vec![workload];
        if !is_daemon {
            objects.extend(self.scaler.object(&name, kind, version));
        }
        if let Some(Bound { field, value }) = &self.budget {
            let spec = json!({(*field): value, "selector": {"matchLabels": {"app": label}}});
            objects.push(object(
                "policy/v1",
                "PodDisruptionBudget",
                &format!("author-{name}"),
                &spec,
            ));
        }
        objects
    }
}

impl Scaler {
    fn object(self, name: &str, kind: &str, version: &str) -> Option<Value> {
        let target = json!({"apiVersion": version, "kind": kind, "name": name});
        let (field, least) = match self {
            Self::None => return None,
            Self::Horizontal(least) => ("minReplicas", least),
            Self::Keda(least) => ("minReplicaCount", least),
            Self::PausedKeda(least) => ("minReplicaCount", Some(least)),
        };
        let (version, kind) = match self {
            Self::Horizontal(_) => ("autoscaling/v2", "HorizontalPodAutoscaler"),
            _ => ("keda.sh/v1alpha1", "ScaledObject"),
        };
        let mut scaler = object(
            version,
            kind,
            &format!("scale-{name}"),
            &json!({"scaleTargetRef": target}),
        );
        if let Some(least) = least {
            put(&mut scaler, field, least.into());
        }
        if kind == "HorizontalPodAutoscaler" {
            put(&mut scaler, "maxReplicas", 60.into());
        }
        if let (Self::PausedKeda(_), Some(Value::Object(metadata))) =
            (self, scaler.get_mut("metadata"))
        {
            let paused = json!({"autoscaling.keda.sh/paused": "true"});
            metadata.insert("annotations".to_owned(), paused);
        }
        Some(scaler)
    }
}

fn object(version: &str, kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec})
}

fn put(object: &mut Value, field: &str, value: Value) {
    if let Some(Value::Object(spec)) = object.get_mut("spec") {
        spec.insert(field.to_owned(), value);
    }
}

impl World {
    fn config(&self, mode: Option<&str>) -> String {
        let mut spec = self.spec.clone();
        if let (Some(mode), Value::Object(spec)) = (mode, &mut spec) {
            spec.insert("mode".to_owned(), mode.into());
        }
        let config = json!({"apiVersion": "fn.plimsoll.dev/v1alpha1", "kind": "SetAvailability", "metadata": {"name": "a"}, "spec": spec});
        yaml::to_string(&config, Style::default())
    }

    fn objects(&self) -> Vec<Value> {
        let groups = self.groups.iter().enumerate();
        groups
            .flat_map(|(number, group)| group.objects(number))
            .collect()
    }
}

fn text(objects: &[Value]) -> String {
    let texts = objects
        .iter()
        .map(|object| yaml::to_string(object, Style::default()));
    texts.collect::<Vec<_>>().join("---\n")
}

fn read(output: &str) -> Vec<Value> {
    let documents = serde_yaml::Deserializer::from_str(output);
    let values = documents.map(|document| serde::Deserialize::deserialize(document).expect("YAML"));
    values.collect()
}

fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

fn kind(object: &Value) -> &str {
    at(object, "/kind").as_str().unwrap_or_default()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "`filter` hands it over like this"
)]
fn is_workload(object: &&Value) -> bool {
    KINDS.iter().any(|(own, _)| *own == kind(object))
}

/// Whether a budget or an autoscaler is one that the function made.
fn is_made(object: &Value) -> bool {
    !at(object, "/metadata/annotations/plimsoll.dev~1generated-by").is_null()
}

/// The least number of pods of a workload, and whether an autoscaler decides it.
fn floor(objects: &[Value], workload: &Value) -> (i64, bool) {
    let scalers = objects.iter().filter(|object| {
        at(object, "/spec/scaleTargetRef/name") == at(workload, "/metadata/name")
            && at(object, "/spec/scaleTargetRef/kind") == at(workload, "/kind")
            && at(object, "/metadata/annotations/autoscaling.keda.sh~1paused").is_null()
    });
    let mut floors = scalers.map(|scaler| match kind(scaler) {
        "ScaledObject" => at(scaler, "/spec/minReplicaCount").as_i64().unwrap_or(0),
        _ => at(scaler, "/spec/minReplicas").as_i64().unwrap_or(1),
    });
    match floors.next() {
        Some(floor) => (floor, true),
        None => (at(workload, "/spec/replicas").as_i64().unwrap_or(1), false),
    }
}

/// What apimachinery makes of an `IntOrString`, rounded up: in floating point, as there.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "as in Go"
)]
fn scaled(value: &Value, total: i64) -> i64 {
    match value {
        Value::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().expect("a percentage");
            (percent as f64 * total as f64 / 100.0).ceil() as i64
        }
        number => number.as_i64().expect("a number"),
    }
}

/// How many of `replicas` healthy pods the disruption controller lets go at once.
fn allowed(budget: &Value, replicas: i64) -> i64 {
    let (least, most) = (
        at(budget, "/spec/minAvailable"),
        at(budget, "/spec/maxUnavailable"),
    );
    let desired = match (least.is_null(), most.is_null()) {
        (false, true) => scaled(least, replicas),
        (true, false) => (replicas - scaled(most, replicas)).max(0),
        _ => panic!("a budget has one bound: {budget}"),
    };
    (replicas - desired).max(0)
}

/// What a budget and a workload have in common where the one covers the other.
fn label_of(object: &Value) -> &Value {
    at(object, "/spec/selector/matchLabels/app")
}

fn budgets(objects: &[Value]) -> impl Iterator<Item = &Value> {
    let budgets = objects.iter();
    budgets.filter(|object| kind(object) == "PodDisruptionBudget")
}

/// How many pods a budget covers at least and at most; none where that depends on the number of nodes. Of what may go
/// down to none the first pod counts.
fn covered(objects: &[Value], budget: &Value) -> Option<(i64, i64)> {
    let workloads = objects.iter().filter(is_workload);
    let mut sum = (0, 0);
    for workload in workloads.filter(|own| label_of(own) == label_of(budget)) {
        if kind(workload) == "DaemonSet" {
            return None;
        }
        let (floor, is_automatic) = floor(objects, workload);
        let least = if is_automatic { floor.max(1) } else { floor };
        let most = if is_automatic { 60 } else { floor };
        sum = (sum.0 + least, sum.1 + most);
    }
    Some(sum)
}

/// Whether everything in `small` stands in `large` too; lists are all or nothing.
fn is_within(small: &Value, large: &Value) -> bool {
    match (small, large) {
        (Value::Object(small), Value::Object(large)) => small
            .iter()
            .all(|(key, value)| large.get(key).is_some_and(|other| is_within(value, other))),
        (Value::Array(small), Value::Array(large)) => {
            small.len() == large.len()
                && small
                    .iter()
                    .zip(large)
                    .all(|(one, other)| is_within(one, other))
        }
        _ => small == large,
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn no_budget_that_is_made_ever_blocks_a_drain(world in world()) {
        let ran = run(&world.config(None), &text(&world.objects()));
        prop_assume!(ran.exit_code == 0);
        let objects = read(&ran.output);
        for budget in budgets(&objects).filter(|own| is_made(own)) {
            let (least, most) = covered(&objects, budget).expect("no node counts");
            prop_assert!(least >= 2, "a budget for {least} pods: {budget}");
            for replicas in least..=most {
                prop_assert!(allowed(budget, replicas) >= 1, "{replicas}: {budget}");
            }
        }
    }

    #[test]
    fn every_workload_of_several_pods_has_just_one_budget_where_one_is_asked_for(world in world()) {
        let ran = run(&world.config(None), &text(&world.objects()));
        prop_assume!(ran.exit_code == 0);
        let is_asked = !at(&world.spec, "/defaults/disruptionBudget").is_null()
            || matches!(at(&world.spec, "/environment").as_str(), Some("staging" | "production"));
        let objects = read(&ran.output);
        for workload in objects.iter().filter(is_workload) {
            let covering = budgets(&objects).filter(|own| label_of(own) == label_of(workload)).count();
            prop_assert!(covering <= 1, "{workload} has {covering}");
            let can_have = kind(workload) != "DaemonSet" && floor(&objects, workload).0 >= 2;
            prop_assert!(covering == 1 || !is_asked || !can_have, "{workload} has none");
        }
    }

    #[test]
    fn an_author_s_budget_that_blocks_is_told_or_mended(world in world()) {
        let ran = run(&world.config(None), &text(&world.objects()));
        prop_assume!(ran.exit_code == 0);
        let objects = read(&ran.output);
        for budget in budgets(&objects) {
            let Some((least, _)) = covered(&objects, budget) else {
                continue;
            };
            let name = at(budget, "/metadata/name").as_str().unwrap_or_default();
            let about = format!("PodDisruptionBudget shop/{name}: ");
            let is_told = ran
                .lines
                .iter()
                .any(|line| line.contains("pdb-would-block") && line.contains(&about));
            let blocks = least > 0 && allowed(budget, least) == 0;
            prop_assert_eq!(is_told, blocks, "{} pods: {} {:?}", least, budget, ran.lines);
        }
    }

    #[test]
    fn a_second_run_changes_nothing(world in world()) {
        let first = run(&world.config(None), &text(&world.objects()));
        prop_assume!(first.exit_code == 0);
        let second = run(&world.config(None), &first.output);
        prop_assert_eq!(second.output, first.output);
    }

    #[test]
    fn the_order_of_objects_does_not_matter(world in world()) {
        let mut objects = world.objects();
        let sorted = |ran: &Ran| {
            let objects = read(&ran.output).into_iter().map(|object| object.to_string());
            (ran.exit_code, objects.collect::<BTreeSet<_>>(), ran.lines.iter().cloned().collect::<BTreeSet<_>>())
        };
        let one = run(&world.config(None), &text(&objects));
        objects.reverse();
        let other = run(&world.config(None), &text(&objects));
        prop_assert_eq!(sorted(&one), sorted(&other));
    }

    #[test]
    fn what_an_author_wrote_stays_but_for_replicas_that_an_autoscaler_decides(world in world()) {
        let ran = run(&world.config(Some("fill")), &text(&world.objects()));
        prop_assume!(ran.exit_code == 0);
        let objects = read(&ran.output);
        for mut authored in world.objects() {
            let same = objects.iter().find(|object| {
                kind(object) == kind(&authored) && at(object, "/metadata/name") == at(&authored, "/metadata/name")
            });
            let same = same.expect("no authored object goes");
            let is_handed_over = is_workload(&&authored)
                && floor(&objects, same).1
                && at(&authored, "/spec/replicas").as_i64() != Some(0);
            if let (true, Some(Value::Object(spec))) = (is_handed_over, authored.get_mut("spec")) {
                spec.remove("replicas");
                prop_assert!(at(same, "/spec/replicas").is_null(), "{same}");
            }
            prop_assert!(is_within(&authored, same), "{authored} became {same}");
        }
    }
}

/// Numbers and percentages of all sizes, of all numbers of pods up to 50. The solver's own tests take every percentage.
#[test]
fn bounds_of_all_sizes_let_a_pod_go_of_every_number_of_pods() {
    let numbers = (0..=51_u32).step_by(3).map(Value::from);
    let percentages = (0..=100_u32).step_by(5);
    let percentages = percentages.map(|percent| Value::from(format!("{percent}%")));
    let deployments: Vec<Value> = (0..=50)
        .flat_map(|replicas| {
            let group = Group {
                kind: "Deployment",
                replicas: Some(replicas),
                scaler: Scaler::None,
                budget: None,
                is_shared: false,
            };
            group.objects(usize::try_from(replicas).expect("a number of pods is small"))
        })
        .collect();
    let input = text(&deployments);
    for value in numbers.chain(percentages) {
        for field in ["minAvailable", "maxUnavailable"] {
            let world = World {
                spec: json!({"defaults": {"disruptionBudget": {field: value}}}),
                groups: Vec::new(),
            };
            let ran = run(&world.config(None), &input);
            let objects = read(&ran.output);
            assert_eq!(budgets(&objects).count(), 49, "{field} {value}");
            for budget in budgets(&objects) {
                let (replicas, _) = covered(&objects, budget).expect("no node counts");
                assert!(allowed(budget, replicas) > 0, "{replicas}: {budget}");
                let configured = json!({"spec": {field: value}});
                let is_kept = at(budget, &format!("/spec/{field}")) == &value;
                assert!(
                    is_kept || allowed(&configured, replicas) == 0,
                    "{replicas}: {budget}"
                );
            }
        }
    }
}
