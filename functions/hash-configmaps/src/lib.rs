#![doc = include_str!("../README.md")]

use sdk::{
    Context, Environment, Function, Merged, Packed, Plan, References, Resolver, Resources, Rule,
    Severity, Value, json,
};

mod checks;
mod checksum;
mod collisions;
mod config;
mod content;
mod exceptions;
mod fate;
mod grounds;
mod history;
mod mentions;
mod naming;
mod roles;
mod survey;
mod write;

pub use config::{Config, Run};

use survey::Survey;

/// Names configuration after its content.
pub struct HashConfigMaps;

const SCHEMA: &[u8] = include_bytes!("../schema.json");
static PACKED_SCHEMA: [u8; Packed::length(SCHEMA)] = Packed::pack(SCHEMA);

impl Function for HashConfigMaps {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const KIND: &'static str = "HashConfigMaps";
    const SUMMARY: &'static str = env!("CARGO_PKG_DESCRIPTION");
    const SCHEMA: Packed = Packed::of(&PACKED_SCHEMA);
    const EXAMPLE: &'static str = include_str!("../tests/basic/config.yaml");
    const RULES: &'static [Rule] = RULES;
    const ALTERNATIVES: &'static [&'static [&'static str]] = &[];

    type Config = Config;
    type Run = Run;
    type Settings = ();

    /// A hash that differs between environments would not be one.
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
        let run = context.run();
        let table = References::with(run.references.clone(), run.providers.clone());
        let resolver = Resolver::new(resources, &table);
        let mut survey = Survey::new(&mut plan, context, resources, &resolver, &table);
        let verdicts = fate::decide(&mut survey);
        write::objects(&mut plan, &survey, &verdicts, context.mode());
        write::references(&mut plan, &survey);
        checksum::write(&mut plan, &survey);
        let retained = history::retain(&mut plan, &survey);
        roles::follow(&mut plan, &survey, &retained);
        checks::check(&mut plan, &survey);
        plan
    }
}

use Severity::{Error, Info, Warning};

/// Decisions first, then checks by severity.
const RULES: &[Rule] = &[
    Rule::new("suffix", Info, "Calls an object after its content."),
    Rule::new(
        "reference",
        Info,
        "Makes what refers to a renamed object follow it.",
    ),
    Rule::new("immutable", Info, "Makes a renamed object immutable."),
    Rule::new(
        "checksum",
        Info,
        "Writes a checksum of what keeps its name on the pods that read it.",
    ),
    Rule::new(
        "name-collision",
        Error,
        "Another object has the name that an object would get.",
    ),
    Rule::new("name-too-long", Error, "A name has no room for a hash."),
    Rule::new(
        "ambiguous-reference",
        Error,
        "A reference may mean several objects.",
    ),
    Rule::new("not-text", Error, "A value or key is no text."),
    Rule::new(
        "bad-key",
        Error,
        "A key is not one that Kubernetes takes, or stands twice.",
    ),
    Rule::new("bad-base64", Error, "A binary value is not in base64."),
    Rule::new(
        "too-large",
        Error,
        "An object is larger than 1 MiB; a warning from 900 KiB on.",
    ),
    Rule::new(
        "control-character",
        Error,
        "A value has characters that kustomize can't pass on; outside kustomize a warning.",
    ),
    Rule::new(
        "missing-key",
        Error,
        "A pod needs a key that its object doesn't have.",
    ),
    Rule::new(
        "immutable-in-place",
        Error,
        "An object that keeps its name is immutable, so its content can never change.",
    ),
    Rule::new(
        "unreferenced",
        Error,
        "Nothing refers to an object, and `unreferenced: error` forbids that.",
    ),
    Rule::new(
        "unknown-hash",
        Error,
        "`plimsoll.dev/hash` asks for what nobody knows.",
    ),
    Rule::new("bad-history", Error, "A ConfigHistory can't be read."),
    Rule::new(
        "missing-object",
        Warning,
        "A reference leads to nothing in the input; an error with `closed: true`, and info for a Secret otherwise.",
    ),
    Rule::new(
        "named-in-text",
        Warning,
        "An argument, environment value or annotation speaks of an object by its name, so it keeps it.",
    ),
    Rule::new(
        "shared-across-namespaces",
        Warning,
        "Other namespaces may refer to an object, so it keeps its name.",
    ),
    Rule::new(
        "immutable-referrer",
        Warning,
        "What can't be changed once it exists refers to an object, so it keeps its name.",
    ),
    Rule::new(
        "beyond-kustomize",
        Warning,
        "A reference that kustomize doesn't know of would be left behind.",
    ),
    Rule::new(
        "outside-kustomize",
        Warning,
        "`strategy: delegate` has nobody to delegate to.",
    ),
    Rule::new(
        "left-behind",
        Warning,
        "What can't be changed names an object by a name that it no longer has.",
    ),
    Rule::new(
        "does-not-roll",
        Warning,
        "A workload gets new content that its running pods won't see.",
    ),
    Rule::new(
        "hook-referenced",
        Warning,
        "Something outside of a chart's hooks refers to a hook.",
    ),
    Rule::new(
        "no-history",
        Warning,
        "`retainVersions` finds no ConfigHistory.",
    ),
    Rule::new(
        "missing-optional",
        Info,
        "An optional reference leads to nothing in the input.",
    ),
    Rule::new(
        "subpath-unseen",
        Info,
        "Running pods never see a change of a file that is mounted with `subPath`.",
    ),
];
