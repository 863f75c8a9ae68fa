#![doc = include_str!("../README.md")]

use sdk::{
    Context, Environment, Function, Merged, Mode, Packed, Plan, Resources, Rule, Severity, Value,
    json,
};

mod checks;
mod config;
mod decide;
mod ports;
mod presets;
mod probe;
mod settings;

pub use config::{Config, Run};
pub use settings::Settings;

use ports::Ports;

/// Adds the probes that a container lacks.
pub struct InjectProbes;

const SCHEMA: &[u8] = include_bytes!("../schema.json");
static PACKED_SCHEMA: [u8; Packed::length(SCHEMA)] = Packed::pack(SCHEMA);

impl Function for InjectProbes {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const KIND: &'static str = "InjectProbes";
    const SUMMARY: &'static str = env!("CARGO_PKG_DESCRIPTION");
    const SCHEMA: Packed = Packed::of(&PACKED_SCHEMA);
    const EXAMPLE: &'static str = include_str!("../tests/basic/config.yaml");
    const RULES: &'static [Rule] = RULES;
    const ALTERNATIVES: &'static [&'static [&'static str]] =
        &[&["httpGet", "grpc", "tcpSocket", "exec"]];
    const PLANS_POD_BY_POD: bool = true;

    type Config = Config;
    type Run = Run;
    type Settings = Settings;

    fn built_in(environment: Option<Environment>) -> Value {
        // A probe that differs between environments is not tested, so only the patience with slow starts does.
        let max_seconds = if environment == Some(Environment::Development) {
            60
        } else {
            120
        };
        json!({
            "portNames": ["health", "healthz", "probe", "management", "http", "http-web", "web", "api", "grpc"],
            "timing": {
                // A failing container loses its traffic after 30 s and its life after 60 s, in that order.
                "readiness": {"periodSeconds": 10, "timeoutSeconds": 3, "failureThreshold": 3},
                "liveness": {"periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6},
            },
            "startup": {"maxSeconds": max_seconds},
        })
    }

    fn settle(layers: &Merged<Config>, _run: &Run) -> Result<Settings, Vec<sdk::ConfigError>> {
        settings::settle(layers)
    }

    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan {
        let mut plan = context.plan();
        let presets = presets::Presets::new(context.run());
        let mut written = decide::Written::default();
        for container in context.containers(resources) {
            let Some(settings) = context.settings(container) else {
                continue;
            };
            // In `mode: overwrite` whose layer is higher must not depend on what stands there already.
            let may_write = context.mode() == Mode::Overwrite || decide::lacks_probes(container);
            let wants_preset = settings.presets && may_write;
            let found = wants_preset
                .then(|| presets.find(container, settings.preset_liveness))
                .flatten();
            let preset = found.as_ref().map(presets::Found::preset);
            let Some(settings) = context.settings_with(container, preset) else {
                continue;
            };
            let ports = Ports::of(container);
            let (mode, found) = (context.mode(), found.as_ref());
            let probes = decide::decide(
                &mut plan,
                mode,
                container,
                &ports,
                &settings,
                found,
                &mut written,
            );
            checks::check(&mut plan, container, &probes, &ports, found);
        }
        plan
    }
}

use Severity::{Error, Info, Warning};

/// Decisions first, then checks by severity.
const RULES: &[Rule] = &[
    Rule::new("readiness", Info, "Adds the readiness probe."),
    Rule::new("liveness", Info, "Adds the liveness probe; never guessed."),
    Rule::new(
        "startup",
        Info,
        "Adds the startup probe that a liveness probe of ours needs.",
    ),
    Rule::new(
        "bad-number",
        Error,
        "A number of a probe is negative or not whole.",
    ),
    Rule::new(
        "bad-port",
        Error,
        "A probe's port is out of range, or its name is no port name.",
    ),
    Rule::new(
        "grace-on-readiness",
        Error,
        "A readiness probe has `terminationGracePeriodSeconds`.",
    ),
    Rule::new(
        "grpc-named-port",
        Error,
        "A gRPC probe names its port; the API takes numbers alone.",
    ),
    Rule::new(
        "multiple-handlers",
        Error,
        "A probe has more than one handler.",
    ),
    Rule::new("no-handler", Error, "A probe has no handler."),
    Rule::new(
        "no-port",
        Error,
        "An override asks for a probe on a port, and none is declared that would do.",
    ),
    Rule::new(
        "probe-on-init-container",
        Error,
        "An init container that ends has a probe.",
    ),
    Rule::new(
        "success-threshold",
        Error,
        "A liveness or startup probe wants more than one success.",
    ),
    Rule::new(
        "unknown-port-name",
        Error,
        "A probe names a port that its container doesn't declare.",
    ),
    Rule::new(
        "aggressive-liveness",
        Warning,
        "A liveness probe kills within ten seconds, or after one slow second.",
    ),
    Rule::new(
        "ambiguous-port",
        Warning,
        "Several ports could be probed, so none is.",
    ),
    Rule::new(
        "exec-period",
        Warning,
        "A command runs more often than every five seconds.",
    ),
    Rule::new(
        "liveness-before-readiness",
        Warning,
        "A failing container is killed before its traffic stops.",
    ),
    Rule::new(
        "liveness-equals-readiness",
        Warning,
        "Liveness and readiness ask the same and give up at the same time.",
    ),
    Rule::new(
        "mesh-rewrite-disabled",
        Warning,
        "A mesh sidecar is injected but may not take over HTTP and TCP probes.",
    ),
    Rule::new(
        "ordered-ready",
        Warning,
        "Members that need each other start one after the other, so the first would never get ready.",
    ),
    Rule::new(
        "probe-host",
        Warning,
        "A probe asks another host; an error where Pod Security refuses that.",
    ),
    Rule::new(
        "probe-port-not-exposed",
        Warning,
        "A probe asks a port that the container doesn't declare.",
    ),
    Rule::new(
        "startup-exceeds-progress-deadline",
        Warning,
        "A slow start may outlast the rollout's deadline.",
    ),
    Rule::new(
        "timeout-exceeds-period",
        Warning,
        "A try may take longer than the time between tries.",
    ),
    Rule::new(
        "unpublished-peers",
        Warning,
        "Members find each other by a Service that hides those that aren't ready.",
    ),
    Rule::new(
        "windows-exec",
        Warning,
        "A preset's command is not for Windows.",
    ),
    Rule::new(
        "prefer-startup-probe",
        Info,
        "A liveness probe waits a fixed time where a startup probe would watch.",
    ),
    Rule::new(
        "zero-number",
        Info,
        "A number is zero, so the API replaces it by its default.",
    ),
];
