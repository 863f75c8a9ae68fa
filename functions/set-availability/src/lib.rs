#![doc = include_str!("../README.md")]

use sdk::{Context, Environment, Function, Merged, Packed, Plan, Resources, Rule, Value};

mod autoscaler;
mod autoscalers;
mod budget;
mod config;
mod environments;
mod jobs;
mod mistakes;
mod placement;
mod replicas;
mod rollout;
mod settings;
mod shutdown;
mod spread;
mod survey;

pub use config::{Config, Run};
pub use settings::Settings;

use survey::Survey;

/// Sets what keeps a workload available.
pub struct SetAvailability;

const SCHEMA: &[u8] = include_bytes!("../schema.json");
static PACKED_SCHEMA: [u8; Packed::length(SCHEMA)] = Packed::pack(SCHEMA);

impl Function for SetAvailability {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const KIND: &'static str = "SetAvailability";
    const SUMMARY: &'static str = env!("CARGO_PKG_DESCRIPTION");
    const SCHEMA: Packed = Packed::of(&PACKED_SCHEMA);
    const EXAMPLE: &'static str = include_str!("../tests/basic/config.yaml");
    const RULES: &'static [Rule] = &RULES;
    const ALTERNATIVES: &'static [&'static [&'static str]] = &[&["minAvailable", "maxUnavailable"]];

    type Config = Config;
    type Run = Run;
    type Settings = Settings;

    fn built_in(environment: Option<Environment>) -> Value {
        environments::built_in(environment)
    }

    fn settle(layers: &Merged<Config>, _: &Run) -> Result<Settings, Vec<sdk::ConfigError>> {
        settings::settle(layers)
    }

    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan {
        let mut plan = context.plan();
        let survey = Survey::new(&mut plan, context, resources);
        for workload in &survey.workloads {
            replicas::decide(&mut plan, &survey, workload);
            autoscaler::decide(&mut plan, &survey, workload);
            rollout::decide(&mut plan, &survey, workload);
            spread::decide(&mut plan, &survey, workload);
            shutdown::decide(&mut plan, &survey, workload);
            placement::decide(&mut plan, &survey, workload);
            jobs::decide(&mut plan, &survey, workload);
        }
        budget::plan(&mut plan, &survey);
        autoscaler::check(&mut plan, &survey);
        plan
    }
}

/// The rules of all parts.
const PARTS: &[&[Rule]] = &[
    replicas::RULES,
    autoscaler::RULES,
    budget::RULES,
    rollout::RULES,
    spread::RULES,
    shutdown::RULES,
    placement::RULES,
    jobs::RULES,
];

const RULES: [Rule; Rule::count(PARTS)] = Rule::joined(PARTS);
