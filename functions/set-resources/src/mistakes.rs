//! What is wrong with a configuration beyond its types: what contradicts itself, and what can't be.

use sdk::{ConfigError, Merged, Path, Quantity};

use crate::config::{Amounts, Config, Exact, LimitPolicy, Pair, Policy, Qos, Run};
use crate::settings::{Limit, Settings, decimal, is_extended, one};

/// What is wrong with the sizes of the whole run.
pub(crate) fn of_run(run: &Run) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    for (name, amounts) in &run.sizes {
        let of = |field, value: Option<Quantity>| {
            let path = Path::from(["sizes", name, field]);
            value
                .filter(|value| *value <= Quantity::ZERO)
                .map(|value| ConfigError::new(path, format!("must be more than 0, not {value}")))
        };
        errors.extend(of("cpu", amounts.cpu));
        errors.extend(of("memory", amounts.memory));
    }
    errors
}

/// What is wrong with the layers of a target.
pub(crate) fn of_layers(layers: &Merged<Config>, settings: &Settings) -> Vec<ConfigError> {
    let config = &layers.config;
    let mut errors = Vec::new();
    if config
        .size_factor
        .is_some_and(|factor| factor <= Quantity::ZERO)
    {
        errors.push(ConfigError::new(["sizeFactor"], "must be more than 0"));
    }
    if let Some(percent) = config.runtime_env.and_then(|env| env.memory_percent)
        && !(1..=100).contains(&percent)
    {
        let message = format!("must be from 1 to 100, not {percent}");
        errors.push(ConfigError::new(["runtimeEnv", "memoryPercent"], message));
    }
    errors.extend(policy(
        layers,
        "cpuLimit",
        config.cpu_limit,
        settings.cpu_limit,
    ));
    errors.extend(policy(
        layers,
        "memoryLimit",
        config.memory_limit,
        settings.memory_limit,
    ));
    let is_negative = |(path, value): (Path, Quantity)| {
        let message = format!("must not be negative, but is {value}");
        value.is_negative().then(|| ConfigError::new(path, message))
    };
    errors.extend(amounts(config).into_iter().filter_map(is_negative));
    errors.extend(bounds(settings));
    errors.extend(exact(settings));
    if layers.is_user(["size"]) {
        errors.extend(size(settings));
    }
    errors
}

/// What is wrong with a policy for limits.
fn policy(
    layers: &Merged<Config>,
    field: &str,
    written: Option<LimitPolicy>,
    limit: Limit,
) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let mut add = |name: &str, message: String| {
        errors.push(ConfigError::new([field, name], message));
    };
    let Some(written) = written else {
        return errors;
    };
    if limit.ratio < one() {
        let ratio = decimal(limit.ratio);
        add(
            "ratio",
            format!("must be at least 1, not {ratio}; a limit below its request is refused"),
        );
    } else if written.ratio.is_some() && limit.policy != Policy::Ratio {
        add(
            "ratio",
            "counts only with `policy: ratio`; set that, or take it out".to_owned(),
        );
    }
    let is_of_one_layer = layers.origin([field, "policy"]) == layers.origin(["qos"]);
    if layers.config.qos == Some(Qos::Guaranteed)
        && is_of_one_layer
        && limit.policy != Policy::Equal
    {
        let message = "contradicts `qos: Guaranteed`, which makes limits equal to requests; take one of the two out";
        add("policy", message.to_owned());
    }
    if field == "memoryLimit" && limit.policy == Policy::Remove {
        let message = "must be none, ratio or equal; an author's memory limit is never taken away";
        add("policy", message.to_owned());
    }
    errors
}

/// Every quantity that the layers hold, but for factors and ratios.
fn amounts(config: &Config) -> Vec<(Path, Quantity)> {
    let mut found = Vec::new();
    for (field, pair) in [
        ("min", config.min),
        ("max", config.max),
        ("round", config.round),
    ] {
        let Pair { cpu, memory } = pair.unwrap_or_default();
        found.extend(cpu.map(|value| (Path::from([field, "cpu"]), value)));
        found.extend(memory.map(|value| (Path::from([field, "memory"]), value)));
    }
    let Amounts { request, limit } = config.ephemeral_storage.unwrap_or_default();
    found.extend(request.map(|value| (Path::from(["ephemeralStorage", "request"]), value)));
    found.extend(limit.map(|value| (Path::from(["ephemeralStorage", "limit"]), value)));
    let exact = config.resources.clone().unwrap_or_default();
    for (field, values) in [("requests", exact.requests), ("limits", exact.limits)] {
        let path = |name: &String| Path::from(["resources", field, name]);
        found.extend(values.iter().map(|(name, value)| (path(name), *value)));
    }
    found
}

fn bounds(settings: &Settings) -> Vec<ConfigError> {
    let (min, max) = (settings.min, settings.max);
    let crossed = |(field, min, max): (&str, Option<Quantity>, Option<Quantity>)| {
        let (min, max) = min.zip(max).filter(|(min, max)| min > max)?;
        let message = format!("{min} is more than the `max` of {max}");
        Some(ConfigError::new(["min", field], message))
    };
    let both = [
        ("cpu", min.cpu, max.cpu),
        ("memory", min.memory, max.memory),
    ];
    both.into_iter().filter_map(crossed).collect()
}

/// What is wrong with exact values.
fn exact(settings: &Settings) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let Exact { requests, limits } = &settings.exact;
    for (name, request) in requests {
        let Some(limit) = limits.get(name) else {
            continue;
        };
        let message = if limit < request {
            format!("{request} is more than the limit of {limit}")
        } else if is_extended(name) && limit != request {
            format!("must equal the limit of {limit}, as for every resource that can't be shared")
        } else {
            continue;
        };
        errors.push(ConfigError::new(["resources", "requests", name], message));
    }
    for (field, values) in [("requests", requests), ("limits", limits)] {
        for (name, value) in values {
            let message = exact_value(settings, name, *value);
            errors.extend(
                message.map(|message| ConfigError::new(["resources", field, name], message)),
            );
        }
    }
    errors
}

fn exact_value(settings: &Settings, name: &str, value: Quantity) -> Option<String> {
    let max = match name {
        "cpu" => settings.max.cpu,
        "memory" => settings.max.memory,
        _ => None,
    };
    let is_counted = is_extended(name) && !name.starts_with("hugepages-");
    match max.filter(|max| value > *max) {
        Some(max) => Some(format!("{value} is more than the `max` of {max}")),
        None if is_counted && !value.is_whole() => {
            Some(format!("must be a whole number, not {value}"))
        }
        None => None,
    }
}

/// A size that the user chose, and that contradicts the bounds around it.
fn size(settings: &Settings) -> Vec<ConfigError> {
    let Some(size) = &settings.size else {
        return Vec::new();
    };
    let (own, min, max) = (size.amounts, settings.min, settings.max);
    let mistake =
        |(what, value, min, max): (&str, Option<Quantity>, Option<Quantity>, Option<Quantity>)| {
            let value = value?;
            let above = max.filter(|max| value > *max);
            let below = min.filter(|min| value < *min);
            let bound = match (above, below) {
                (Some(max), _) => format!("more than the `max` of {max}"),
                (None, Some(min)) => format!("less than the `min` of {min}"),
                (None, None) => return None,
            };
            let message = format!(
                "the size \"{}\" has {value} of {what}, {bound}; choose another",
                size.name
            );
            Some(ConfigError::new(["size"], message))
        };
    let both = [
        ("CPU", own.cpu, min.cpu, max.cpu),
        ("memory", own.memory, min.memory, max.memory),
    ];
    both.into_iter().filter_map(mistake).collect()
}
