//! Environment variables that tell a language's runtime the limits of its container.

use sdk::{Container, Decision, Node, Place, Plan, Quantity, Value, json};

use crate::checks::{standing, told};
use crate::config::Runtime;
use crate::pod_level::PodLevel;
use crate::shares::{ContainerShares, Kind, Shares};

/// Decides about every container that the configuration names a runtime for.
pub(crate) fn decide(plan: &mut Plan, shares: &Shares<'_>, level: PodLevel) {
    for own in &shares.containers {
        let settings = own.settings.as_ref();
        let Some((runtime, percent)) = settings.and_then(|settings| settings.runtime) else {
            continue;
        };
        if let Some(decision) = plan.decide("runtime-env", own.container) {
            let limits = Limits::of(own, level);
            end(decision, own.container, &limits, runtime, percent);
        }
    }
}

/// What a container may take in the end.
struct Limits {
    cpu: Option<Quantity>,
    memory: Option<Quantity>,
}

impl Limits {
    fn of(own: &ContainerShares<'_>, level: PodLevel) -> Self {
        let limit = |name| standing(own, level, Kind::Limit, name);
        Self {
            cpu: limit("cpu"),
            memory: limit("memory"),
        }
    }
}

fn end(
    decision: Decision<'_, '_>,
    container: Container<'_>,
    limits: &Limits,
    runtime: Runtime,
    percent: u8,
) {
    let Some(memory) = limits.memory else {
        return decision.skip("no-memory-limit", NO_LIMIT);
    };
    if mebibytes(memory, percent) == 0 {
        return decision.skip("too-small", too_small(memory, percent));
    }
    let env = container.get("env").filter(|env| !env.is_null());
    if env.is_some_and(|env| !env.is_seq()) {
        return decision.skip("no-list", NO_LIST);
    }
    let wanted = variables(limits, memory, runtime, percent);
    let is_missing = |(name, _): &&(&str, Value)| set_at(container, name).is_none();
    let missing: Vec<_> = wanted.iter().filter(is_missing).collect();
    let set = || wanted.iter().find_map(|(name, _)| set_at(container, name));
    let told = told_at(container, runtime).or_else(|| set().filter(|_| missing.is_empty()));
    if let Some(place) = told {
        return decision.keep("authored", &place, KEPT);
    }
    let message = added(&missing, container);
    let items = missing.into_iter().map(|(_, item)| item.clone()).collect();
    decision.append_all(&container.field("env"), items, message);
}

/// The variables that a runtime reads, by name.
fn variables(
    limits: &Limits,
    memory: Quantity,
    runtime: Runtime,
    percent: u8,
) -> Vec<(&'static str, Value)> {
    let mebibytes = mebibytes(memory, percent);
    let literal = |name: &'static str, value: String| (name, json!({"name": name, "value": value}));
    match runtime {
        Runtime::Go => {
            let memory = literal("GOMEMLIMIT", format!("{mebibytes}MiB"));
            let cpu = limits.cpu.map(|_| ("GOMAXPROCS", processors()));
            [Some(memory), cpu].into_iter().flatten().collect()
        }
        Runtime::Jvm => {
            let option = format!("-XX:MaxRAMPercentage={percent}.0");
            vec![literal("JAVA_TOOL_OPTIONS", option)]
        }
        Runtime::Node => {
            let option = format!("--max-old-space-size={mebibytes}");
            vec![literal("NODE_OPTIONS", option)]
        }
    }
}

/// The CPU limit in whole cores, rounded up, whatever it becomes later on.
fn processors() -> Value {
    json!({
        "name": "GOMAXPROCS",
        "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}},
    })
}

/// A share of the memory, rounded down.
fn mebibytes(memory: Quantity, percent: u8) -> i128 {
    let hundredth = Quantity::parse("100Mi").unwrap_or(Quantity::ZERO);
    let times = Quantity::from_whole(percent.into(), Quantity::ZERO);
    memory.times(times).floor_div(hundredth)
}

/// Where the author tells the runtime its memory in another way.
fn told_at(container: Container<'_>, runtime: Runtime) -> Option<Place> {
    let flags: &[&str] = match runtime {
        Runtime::Go => &[],
        Runtime::Jvm => &["-Xmx", "-XX:MaxRAM", "-XX:MaxHeapSize"],
        Runtime::Node => &["max-old-space-size", "max_old_space_size"],
    };
    let is_told = |text: &str| flags.iter().any(|flag| text.contains(flag));
    let told = told(container).find(|told| is_told(&told.text));
    told.map(|told| told.place())
}

/// Where a variable is set already, wherever its value comes from.
fn set_at(container: Container<'_>, name: &str) -> Option<Place> {
    let find = |field: &str, is_meant: &dyn Fn(Node<'_>) -> bool| {
        let list = container.get(field)?;
        let index = list.items().position(is_meant)?;
        Some(container.field(field).field(index))
    };
    let is_named = |variable: Node<'_>| {
        let own = variable.get("name").and_then(Node::text);
        own.is_some_and(|own| own == name)
    };
    let holds_it = |source: Node<'_>| holds(container, source, name).unwrap_or_default();
    find("env", &is_named).or_else(|| find("envFrom", &holds_it))
}

/// Whether an object of the input gives its containers a variable of the name.
fn holds(container: Container<'_>, source: Node<'_>, name: &str) -> Option<bool> {
    let (kind, reference) = match source.get("configMapRef") {
        Some(reference) => ("ConfigMap", reference),
        None => ("Secret", source.get("secretRef")?),
    };
    let prefix = source
        .get("prefix")
        .and_then(Node::text)
        .unwrap_or_default();
    let key = name.strip_prefix(&*prefix)?;
    let pod = container.pod;
    let referred = reference.get("name")?.text()?;
    let resources = pod.resources();
    let object = resources.referent(pod.template_owner()?, "", kind, &referred)?;
    let has_key = |field: &str| object.node.at(&[field, key]).is_some();
    Some(["data", "stringData"].iter().any(|field| has_key(field)))
}

const NO_LIMIT: &str = "there is no memory limit that the runtime could be told";

const NO_LIST: &str = "`env` must be a list for anything to be added";

const KEPT: &str = "kept what the runtime is told already";

fn too_small(memory: Quantity, percent: u8) -> String {
    format!("{percent} % of the memory limit of {memory} is less than 1Mi")
}

fn added(missing: &[&(&str, Value)], container: Container<'_>) -> String {
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    let names = names.join(" and ");
    let sources = container.get("envFrom").into_iter().flat_map(Node::items);
    let beside = match sources.count() {
        0 => "",
        _ => "; beats a variable of that name from `envFrom`",
    };
    format!("{names} added for the limits of the container{beside}")
}
