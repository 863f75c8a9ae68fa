#![doc = include_str!("../README.md")]

use sdk::{Context, Environment, Function, Merged, Packed, Plan, Resources, Rule, Value, json};

mod capabilities;
mod config;
mod contradictions;
mod escalation;
mod fs_group;
mod image_index;
mod images;
mod mistakes;
mod non_root;
mod placement;
mod ports;
mod seccomp;
mod settings;
mod stance;
mod survey;
mod token;
mod user_namespaces;
mod users;
mod verdict;
mod volumes;
mod windows;

pub use config::{Config, Run};
pub use settings::Settings;

use survey::PodSurvey;

/// Hardens pods.
pub struct HardenPods;

const SCHEMA: &[u8] = include_bytes!("../schema.json");
static PACKED_SCHEMA: [u8; Packed::length(SCHEMA)] = Packed::pack(SCHEMA);

impl Function for HardenPods {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const KIND: &'static str = "HardenPods";
    const SUMMARY: &'static str = env!("CARGO_PKG_DESCRIPTION");
    const SCHEMA: Packed = Packed::of(&PACKED_SCHEMA);
    const EXAMPLE: &'static str = include_str!("../tests/basic/config.yaml");
    const RULES: &'static [Rule] = &RULES;
    const ALTERNATIVES: &'static [&'static [&'static str]] = &[];
    const PLANS_POD_BY_POD: bool = true;

    type Config = Config;
    type Run = Run;
    type Settings = Settings;

    /// What differed between environments would be found in production alone. The defaults stand in the settings, since
    /// they go by the level.
    fn built_in(_: Option<Environment>) -> Value {
        json!({})
    }

    fn settle(layers: &Merged<Config>, _: &Run) -> Result<Settings, Vec<sdk::ConfigError>> {
        settings::settle(layers)
    }

    fn check_run(run: &Run) -> Vec<sdk::ConfigError> {
        mistakes::of_run(run)
    }

    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan {
        let mut plan = context.plan();
        let images = images::ImageUsers::of(context.run());
        let bindings = token::Bindings::of(resources);
        let standards = verdict::Standards::of(context, resources);
        for mut pod in survey::pods(context, resources, &images) {
            harden(&mut plan, context, &mut pod);
            token::decide(&mut plan, &pod, &bindings, context.mode());
            contradictions::check(&mut plan, &pod);
            verdict::check(&mut plan, &pod, &standards);
        }
        plan
    }
}

/// Writes into one pod what it has to have. Later parts go by what earlier ones wrote.
fn harden(plan: &mut Plan, context: &Context<'_, HardenPods>, pod: &mut PodSurvey<'_>) {
    let mode = context.mode();
    if pod.is_windows() {
        windows::decide(plan, pod);
        return non_root::decide(plan, pod, mode);
    }
    user_namespaces::decide(plan, pod, mode, context.kubernetes_version());
    non_root::decide(plan, pod, mode);
    users::decide(plan, pod);
    seccomp::decide(plan, pod, mode);
    escalation::decide(plan, pod, mode);
    capabilities::decide(plan, pod, mode);
    volumes::decide(plan, pod, mode);
    fs_group::decide(plan, pod);
    ports::decide(plan, pod);
}

/// The decisions of each part, then their checks.
const PARTS: &[&[Rule]] = &[
    non_root::RULES,
    users::RULES,
    seccomp::RULES,
    escalation::RULES,
    capabilities::RULES,
    fs_group::RULES,
    ports::RULES,
    user_namespaces::RULES,
    windows::RULES,
    volumes::RULES,
    token::RULES,
    contradictions::CHECKS,
    windows::CHECKS,
    verdict::ERRORS,
    verdict::CHECKS,
    users::CHECKS,
    fs_group::CHECKS,
    ports::CHECKS,
];

const RULES: [Rule; Rule::count(PARTS)] = Rule::joined(PARTS);
