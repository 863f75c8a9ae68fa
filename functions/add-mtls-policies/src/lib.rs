#![doc = include_str!("../README.md")]

use sdk::{
    Context, Environment, Function, Graph, Merged, Packed, Plan, Resources, Rule, Value, json,
};

mod authorization;
mod calls;
mod config;
mod evidence;
mod health;
mod istio;
mod linkerd;
mod making;
mod peer;
mod rules;
mod survey;

pub use config::{Config, Run};

use config::Provider;
use survey::Survey;

/// Adds policies to a service mesh.
pub struct AddMtlsPolicies;

const SCHEMA: &[u8] = include_bytes!("../schema.json");
static PACKED_SCHEMA: [u8; Packed::length(SCHEMA)] = Packed::pack(SCHEMA);

impl Function for AddMtlsPolicies {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const KIND: &'static str = "AddMtlsPolicies";
    const SUMMARY: &'static str = env!("CARGO_PKG_DESCRIPTION");
    const SCHEMA: Packed = Packed::of(&PACKED_SCHEMA);
    const EXAMPLE: &'static str = include_str!("../tests/basic/config.yaml");
    const RULES: &'static [Rule] = &RULES;
    const ALTERNATIVES: &'static [&'static [&'static str]] = &[];

    type Config = Config;
    type Run = Run;
    type Settings = ();

    /// What differs between environments follows from their names, since it is about the whole run.
    fn built_in(_: Option<Environment>) -> Value {
        json!({})
    }

    fn settle(_: &Merged<Config>, _: &Run) -> Result<(), Vec<sdk::ConfigError>> {
        Ok(())
    }

    fn check_run(run: &Run) -> Vec<sdk::ConfigError> {
        config::mistakes(run)
    }

    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan {
        let mut plan = context.plan();
        let graph = Graph::new(resources, &context.run().mesh.cluster_domain);
        let mut survey = Survey::new(context, resources, &graph);
        survey.retain_unclear(&mut plan);
        if context.run().provider == Provider::Linkerd {
            linkerd::plan(&mut plan, &survey);
            health::check_without_mesh(&mut plan, &survey);
            return plan;
        }
        peer::plan(&mut plan, &mut survey);
        rules::plan(&mut plan, &mut survey);
        let check = |plan: &mut Plan| {
            calls::check(plan, &survey);
            health::check(plan, &survey);
        };
        let decide = |plan: &mut Plan| authorization::plan(plan, &survey);
        plan.side_by_side(graph.workloads().len(), decide, check);
        plan
    }
}

const PARTS: &[&[Rule]] = &[
    peer::RULES,
    rules::RULES,
    authorization::RULES,
    linkerd::RULES,
    calls::RULES,
    health::RULES,
];

/// Each part has its own, decisions first.
const RULES: [Rule; Rule::count(PARTS)] = Rule::joined(PARTS);
