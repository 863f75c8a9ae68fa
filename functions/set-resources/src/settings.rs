//! What the layers mean for a container.

use std::collections::BTreeMap;

use sdk::{ConfigError, Merged, Path, Quantity, did_you_mean};

use crate::config::{
    Amounts, Canonicalize, Config, Exact, InitContainers, Level, LimitPolicy, Pair, Policy, Qos,
    Run, Runtime, RuntimeEnv,
};
use crate::mistakes;

/// Everything that is decided before a container is looked at.
#[derive(Debug)]
pub struct Settings {
    /// The size of containers, and that of native sidecars.
    pub(crate) size: Option<Size>,
    pub(crate) sidecar_size: Option<Size>,
    pub(crate) init: Init,
    pub(crate) cpu_limit: Limit,
    pub(crate) memory_limit: Limit,
    pub(crate) warns_without_memory_limit: bool,
    pub(crate) qos: Option<Qos>,
    pub(crate) min: Pair,
    pub(crate) max: Pair,
    pub(crate) round: Pair,
    pub(crate) level: Level,
    pub(crate) canonicalize: Canonicalize,
    pub(crate) ephemeral_storage: Amounts,
    pub(crate) exact: Exact,
    pub(crate) runtime: Option<(Runtime, u8)>,
}

/// A size, scaled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) name: String,
    pub(crate) amounts: Pair,
    /// Whether the user chose it: only then limits follow from it.
    pub(crate) is_chosen: bool,
}

/// What init containers that end request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Init {
    Match,
    None,
    Size(Size),
}

/// How a limit follows from a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) policy: Policy,
    pub(crate) ratio: Quantity,
}

/// The sizes that come with the function.
const SIZES: [(&str, &str, &str); 3] = [
    ("small", "100m", "128Mi"),
    ("medium", "250m", "512Mi"),
    ("large", "1", "2Gi"),
];

/// The sizes of a run, before they are scaled.
pub(crate) fn sizes(run: &Run) -> BTreeMap<String, Pair> {
    let built_in = SIZES.map(|(name, cpu, memory)| {
        let amounts = Pair {
            cpu: Quantity::parse(cpu).ok(),
            memory: Quantity::parse(memory).ok(),
        };
        (name.to_owned(), amounts)
    });
    let mut sizes = BTreeMap::from(built_in);
    for (name, own) in &run.sizes {
        let below = sizes.get(name).copied().unwrap_or_default();
        let amounts = Pair {
            cpu: own.cpu.or(below.cpu),
            memory: own.memory.or(below.memory),
        };
        sizes.insert(name.clone(), amounts);
    }
    sizes
}

/// Makes sense of the layers, or says everything that is wrong.
pub(crate) fn settle(layers: &Merged<Config>, run: &Run) -> Result<Settings, Vec<ConfigError>> {
    let config = &layers.config;
    let round = round(config.round);
    let mut sizes = Sizes {
        by_name: sizes(run),
        factor: config.size_factor.unwrap_or(one()),
        round,
        errors: Vec::new(),
    };
    let own = config.size.as_deref();
    let size = own.and_then(|name| sizes.find("size", name, layers.is_user(["size"])));
    // The size of sidecars is the user's own, and counts where there is a size at all.
    let has_own = size.is_some() && run.sizes.contains_key("sidecar");
    let sidecar_size = has_own
        .then(|| sizes.find("size", "sidecar", true))
        .flatten();
    let init = match config.init_containers.clone().unwrap_or_default() {
        InitContainers::Match => Init::Match,
        InitContainers::None => Init::None,
        InitContainers::Size(name) => sizes
            .find("initContainers", &name, true)
            .map_or(Init::None, Init::Size),
    };
    let settings = Settings {
        sidecar_size: sidecar_size.or_else(|| size.clone()),
        size,
        init,
        cpu_limit: limit(config.cpu_limit),
        memory_limit: limit(config.memory_limit),
        warns_without_memory_limit: config.warn_without_memory_limit.unwrap_or(false),
        qos: config.qos,
        min: config.min.unwrap_or_default(),
        max: config.max.unwrap_or_default(),
        round,
        level: config.level.unwrap_or_default(),
        canonicalize: config.canonicalize.unwrap_or_default(),
        ephemeral_storage: config.ephemeral_storage.unwrap_or_default(),
        exact: config.resources.clone().unwrap_or_default(),
        runtime: config.runtime_env.map(runtime),
    };
    let mut errors = sizes.errors;
    errors.extend(mistakes::of_layers(layers, &settings));
    if errors.is_empty() {
        Ok(settings)
    } else {
        Err(errors)
    }
}

/// Sizes by name, and what is wrong with the names that are asked for.
struct Sizes {
    by_name: BTreeMap<String, Pair>,
    factor: Quantity,
    round: Pair,
    errors: Vec<ConfigError>,
}

impl Sizes {
    fn find(&mut self, field: &str, name: &str, is_chosen: bool) -> Option<Size> {
        let Some(amounts) = self.by_name.get(name) else {
            let known: Vec<&str> = self.by_name.keys().map(String::as_str).collect();
            let hint = did_you_mean(name, &known);
            let known = known.join(", ");
            let message = format!("there is no size \"{name}\"; there is {known}{hint}");
            self.errors
                .push(ConfigError::new(Path::from([field]), message));
            return None;
        };
        let scaled = |value: Option<Quantity>, step: Option<Quantity>| {
            Some(value?.times(self.factor).rounded_up(step?))
        };
        Some(Size {
            name: name.to_owned(),
            amounts: Pair {
                cpu: scaled(amounts.cpu, self.round.cpu),
                memory: scaled(amounts.memory, self.round.memory),
            },
            is_chosen,
        })
    }
}

fn round(own: Option<Pair>) -> Pair {
    let own = own.unwrap_or_default();
    Pair {
        cpu: own.cpu.or(Quantity::parse("5m").ok()),
        memory: own.memory.or(Quantity::parse("1Mi").ok()),
    }
}

fn limit(policy: Option<LimitPolicy>) -> Limit {
    let LimitPolicy { policy, ratio } = policy.unwrap_or_default();
    Limit {
        policy,
        ratio: ratio.unwrap_or(one()),
    }
}

fn runtime(env: RuntimeEnv) -> (Runtime, u8) {
    let percent = match env.kind {
        Runtime::Go => 90,
        Runtime::Jvm | Runtime::Node => 75,
    };
    (env.kind, env.memory_percent.unwrap_or(percent))
}

/// Whether a resource can't be shared: devices by their domain, and huge pages.
pub(crate) fn is_extended(name: &str) -> bool {
    name.contains('/') || name.starts_with("hugepages-")
}

/// A factor in the words of people: `1.5`, where a quantity would be `1500m`.
pub(crate) fn decimal(factor: Quantity) -> String {
    let (whole, rest) = (
        factor.floor_div(one()),
        factor.nanos().rem_euclid(1_000_000_000),
    );
    let text = format!("{whole}.{rest:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(crate) fn one() -> Quantity {
    Quantity::from_whole(1, Quantity::ZERO)
}
