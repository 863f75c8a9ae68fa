#![doc = include_str!("../README.md")]

use sdk::{
    Container, Context, Environment, Function, Merged, Packed, Plan, Resources, Rule, Severity,
    Value, json,
};

mod checks;
mod cluster;
mod config;
mod mistakes;
mod pod_level;
mod resolve;
mod runtime;
mod settings;
mod shares;
mod write;

pub use config::{Config, Run};
pub use settings::Settings;

use cluster::Cluster;
use pod_level::PodLevel;

/// Sets what containers request and may take.
pub struct SetResources;

const SCHEMA: &[u8] = include_bytes!("../schema.json");
static PACKED_SCHEMA: [u8; Packed::length(SCHEMA)] = Packed::pack(SCHEMA);

impl Function for SetResources {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const KIND: &'static str = "SetResources";
    const SUMMARY: &'static str = env!("CARGO_PKG_DESCRIPTION");
    const SCHEMA: Packed = Packed::of(&PACKED_SCHEMA);
    const EXAMPLE: &'static str = include_str!("../tests/basic/config.yaml");
    const RULES: &'static [Rule] = RULES;
    const ALTERNATIVES: &'static [&'static [&'static str]] = &[];

    type Config = Config;
    type Run = Run;
    type Settings = Settings;

    fn built_in(environment: Option<Environment>) -> Value {
        let Some(environment) = environment else {
            return json!({});
        };
        let is_development = environment == Environment::Development;
        json!({
            "size": "small",
            "sizeFactor": if is_development { "0.5" } else { "1" },
            "warnWithoutMemoryLimit": !is_development,
        })
    }

    fn settle(layers: &Merged<Config>, run: &Run) -> Result<Settings, Vec<sdk::ConfigError>> {
        settings::settle(layers, run)
    }

    fn check_run(run: &Run) -> Vec<sdk::ConfigError> {
        mistakes::of_run(run)
    }

    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan {
        let mut plan = context.plan();
        let cluster = Cluster::of(resources);
        let mut pods = Vec::new();
        for pod in context.pods(resources) {
            let in_scope = |container: &Container<'_>| context.is_in_scope(*container);
            let settings_of = |container| {
                Some(container)
                    .filter(in_scope)
                    .and_then(|own| context.settings(own))
            };
            let mut shares = resolve::pod(context.mode(), pod, settings_of);
            if !shares.is_in_scope() {
                continue;
            }
            let level = PodLevel::of(&shares, context.kubernetes_version());
            cluster.adapt(&mut shares, level);
            write::decide(&mut plan, &shares, level);
            pod_level::decide(&mut plan, &shares, level);
            runtime::decide(&mut plan, &shares, level);
            checks::check(&mut plan, &shares, level);
            cluster.check(&mut plan, &shares, level);
            pods.push((shares, level));
        }
        cluster.check_all(&mut plan, &pods);
        plan
    }
}

use Severity::{Error, Info, Warning};

/// Decisions first, then checks by severity.
const RULES: &[Rule] = &[
    Rule::new("cpu-request", Info, "Sets the CPU that is set aside."),
    Rule::new(
        "cpu-limit",
        Info,
        "Sets the CPU that a container may take; never guessed.",
    ),
    Rule::new("memory-request", Info, "Sets the memory that is set aside."),
    Rule::new(
        "memory-limit",
        Info,
        "Sets the memory beyond which a container is killed; never guessed.",
    ),
    Rule::new(
        "other-request",
        Info,
        "Sets the request of another resource that the configuration names.",
    ),
    Rule::new(
        "other-limit",
        Info,
        "Sets the limit of another resource that the configuration names.",
    ),
    Rule::new(
        "runtime-env",
        Info,
        "Tells a language's runtime the limits of its container.",
    ),
    Rule::new("bad-quantity", Error, "A request or limit is no quantity."),
    Rule::new(
        "negative-quantity",
        Error,
        "A request or limit is less than nothing.",
    ),
    Rule::new(
        "cpu-too-precise",
        Error,
        "CPU of less than a thousandth of a core.",
    ),
    Rule::new(
        "limit-below-request",
        Error,
        "A limit is below its request.",
    ),
    Rule::new(
        "not-whole",
        Error,
        "A count of devices is no whole number, or huge pages are no multiple of their size.",
    ),
    Rule::new(
        "extended-mismatch",
        Error,
        "The request of what can't be shared has no limit equal to it.",
    ),
    Rule::new(
        "hugepages-alone",
        Error,
        "A container has huge pages without CPU or memory.",
    ),
    Rule::new(
        "hugepages-on-windows",
        Error,
        "A container on Windows has huge pages.",
    ),
    Rule::new(
        "pod-level-exceeded",
        Error,
        "Containers have more than their pod as a whole.",
    ),
    Rule::new(
        "not-guaranteed",
        Error,
        "What an author wrote contradicts `qos: Guaranteed`.",
    ),
    Rule::new(
        "limitrange-violated",
        Error,
        "A LimitRange makes the API server refuse the pod.",
    ),
    Rule::new(
        "quota-requires-limit",
        Error,
        "A ResourceQuota makes the API server refuse a container without a request or limit.",
    ),
    Rule::new(
        "not-burstable",
        Warning,
        "Every limit equals its request, against `qos: Burstable`.",
    ),
    Rule::new(
        "no-memory-limit",
        Warning,
        "A container gets a memory request here and ends up without a limit.",
    ),
    Rule::new(
        "outside-bounds",
        Warning,
        "An author's value is outside `min` and `max`.",
    ),
    Rule::new(
        "suspicious-quantity",
        Warning,
        "A quantity is allowed, but hardly meant.",
    ),
    Rule::new(
        "emptydir-exceeds-memory",
        Warning,
        "A volume in memory is larger than the memory of the containers that mount it.",
    ),
    Rule::new(
        "runtime-exceeds-limit",
        Warning,
        "A language's runtime is told to take more than the memory limit.",
    ),
    Rule::new(
        "forced-by-limitrange",
        Warning,
        "A limit stands only because a LimitRange would give one below the request.",
    ),
    Rule::new(
        "quota-exceeded",
        Warning,
        "The pods of a namespace come to more than its ResourceQuota; an error where the fewest replicas do.",
    ),
    Rule::new(
        "hpa-missing-request",
        Warning,
        "A HorizontalPodAutoscaler scales by a request that a container lacks.",
    ),
    Rule::new(
        "hpa-unreachable",
        Warning,
        "A HorizontalPodAutoscaler aims at more than the limits allow.",
    ),
    Rule::new(
        "vpa-overrides",
        Warning,
        "A VerticalPodAutoscaler replaces the requests in the cluster.",
    ),
    Rule::new(
        "vpa-out-of-bounds",
        Warning,
        "A size is outside of what a VerticalPodAutoscaler may choose.",
    ),
    Rule::new(
        "vpa-hpa-conflict",
        Warning,
        "Two autoscalers act on the same resource.",
    ),
    Rule::new(
        "runtime-tied",
        Info,
        "`GOMEMLIMIT` is all of the memory limit.",
    ),
    Rule::new(
        "mixed-units",
        Info,
        "Powers of 1000 and of 1024 stand side by side.",
    ),
];
