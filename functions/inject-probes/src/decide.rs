//! Which probes are written: readiness, then liveness, then the startup probe that depends on both.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::{self, Display};
use std::ptr;
use std::sync::Arc;

use sdk::{
    Container, ContainerType, Decision, Mode, Plan, Probes as ProbesOf, Severity, Source, Template,
    Value, json,
};

use crate::config::{Enabled, Kind, Port};
use crate::ports::{NoPort, Ports};
use crate::presets::Found;
use crate::probe::{Probe, Probes};
use crate::settings::{Handler, ProbeSettings, Settings, Timing};

/// Whether a probe could be added at all.
pub(crate) fn lacks_probes(container: Container<'_>) -> bool {
    Kind::ALL
        .iter()
        .any(|kind| container.get(kind.field()).is_none())
}

/// Decides about the three probes of a container, and returns those it ends up with.
pub(crate) fn decide<'r>(
    plan: &mut Plan,
    mode: Mode,
    container: Container<'r>,
    ports: &Ports<'r>,
    settings: &Settings,
    found: Option<&Found>,
    written: &mut Written,
) -> Probes {
    let mut work = Work {
        plan,
        written,
        mode,
        container,
        settings,
        found,
        ports,
        probes: Probes::default(),
    };
    for kind in Kind::ALL {
        let probe = work.probe(kind);
        work.probes.put(probe);
    }
    work.probes
}

/// The last probes that were put together, for the containers that get the same.
#[derive(Default)]
pub(crate) struct Written(VecDeque<(Recipe, Arc<Value>)>);

/// What a probe is made of.
#[derive(PartialEq)]
struct Recipe {
    kind: Kind,
    /// Where the handler stands in memory; the settings it is part of stay there as long as the plan is made.
    handler: usize,
    port: Option<Port>,
    is_explicit: bool,
    startup_follows: bool,
}

impl Written {
    fn find(&mut self, recipe: Recipe, make: impl FnOnce() -> Value) -> Arc<Value> {
        const REMEMBERED: usize = 8;
        if let Some((_, known)) = self.0.iter().find(|(known, _)| *known == recipe) {
            return Arc::clone(known);
        }
        let value = Arc::new(make());
        self.0.truncate(REMEMBERED - 1);
        self.0.push_front((recipe, Arc::clone(&value)));
        value
    }
}

struct Work<'p, 'r> {
    plan: &'p mut Plan,
    written: &'p mut Written,
    mode: Mode,
    container: Container<'r>,
    settings: &'p Settings,
    found: Option<&'p Found>,
    ports: &'p Ports<'r>,
    probes: Probes,
}

/// What to do about a probe that isn't there.
enum Resolution<'p> {
    /// Write this.
    Write { handler: Made<'p>, why: Why<'p> },
    /// Write nothing, for a reason; and report what is wrong, where something is.
    Skip {
        reason: &'static str,
        message: Cow<'static, str>,
        report: Option<(&'static str, Severity)>,
    },
}

/// A handler to be written.
enum Made<'p> {
    /// One of the settings, for a port.
    Of(&'p Handler, Option<Port>),
    /// This one.
    As(Value),
}

/// Why a probe is written.
enum Why<'p> {
    Configured,
    ByOverride(usize),
    ByPreset(&'p str),
    ToServe(Port),
    Like(Kind),
}

impl Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configured => f.write_str("as the configuration says"),
            Self::ByOverride(number) => write!(f, "as `overrides[{number}]` says"),
            Self::ByPreset("") => f.write_str("by a preset for its image"),
            Self::ByPreset(reason) => {
                let reason = reason.trim_end_matches('.');
                write!(f, "by the preset for its image: {reason}")
            }
            Self::ToServe(port) => {
                write!(f, "as a connection to port {port}, where its traffic goes")
            }
            Self::Like(kind) => write!(
                f,
                "to ask what {} asks, and to give a slow start its time",
                kind.name()
            ),
        }
    }
}

impl Resolution<'_> {
    fn skip(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Skip {
            reason,
            message: message.into(),
            report: None,
        }
    }
}

impl<'p> Work<'p, '_> {
    fn of(&self, kind: Kind) -> &'p ProbeSettings {
        self.settings.of(kind)
    }

    fn probe(&mut self, kind: Kind) -> Option<Probe> {
        let authored = self.container.get(kind.field());
        let resolution = match authored {
            Some(_) if !self.overwrites(kind) => None,
            _ => Some(self.resolve(kind)),
        };
        let value = match &resolution {
            Some(Resolution::Write { handler, .. }) => Some(self.written(kind, handler)),
            _ => None,
        };
        let timing = self.of(kind).user_timing.clone();
        let keeps_override = self.of(kind).is_overridden;
        let is_null = authored.is_some_and(|node| !node.is_map());
        let (mode, container) = (self.mode, self.container);
        let place = || container.field(kind.field());
        let Some(decision) = self.plan.decide(kind.name(), container) else {
            return Probe::authored(container, kind);
        };
        match (resolution, value) {
            (Some(Resolution::Write { why, .. }), Some(value)) => {
                let verb = authored.map_or("added", |_| "replaced");
                let place = place();
                let message = fmt::from_fn(|f| write!(f, "{verb} {why}"));
                decision.set(&place, Arc::clone(&value), message);
                return Some(Probe {
                    kind,
                    value,
                    place,
                    is_ours: true,
                });
            }
            (
                Some(Resolution::Skip {
                    reason,
                    message,
                    report,
                }),
                _,
            ) => {
                skip(decision, kind, reason, &message, report);
                return None;
            }
            _ if mode == Mode::Overwrite && !is_null && timing.fields().next().is_some() => {
                let place = place();
                let fields = timing
                    .fields()
                    .map(|(field, value)| (place.field(field), json!(value)));
                decision.set_all(fields.collect(), "set as the configuration says");
            }
            _ if keeps_override && mode == Mode::Fill => {
                decision.keep("authored", &place(), kept_from_override(kind));
            }
            _ => decision.keep("authored", &place(), kept(kind, is_null)),
        }
        let mut probe = Probe::authored(container, kind)?;
        if mode == Mode::Overwrite {
            for (field, value) in timing.fields() {
                put(Arc::make_mut(&mut probe.value), field, value);
            }
        }
        Some(probe)
    }

    /// Whether the user's own handler takes the place of the author's probe.
    fn overwrites(&self, kind: Kind) -> bool {
        let own = self.of(kind);
        self.mode == Mode::Overwrite
            && own.handler.is_some()
            && own.is_user
            && own.enabled != Enabled::Never
    }

    /// Why the container gets no probe whatever the configuration says, or nothing.
    fn out_of_place(&self, kind: Kind) -> Option<(&'static str, &'static str)> {
        let pod = self.container.pod;
        let own = self.of(kind);
        let by_override = matches!(own.by, Some(Source::Override(_)))
            || (kind == Kind::Startup && own.is_overridden);
        let by_preset = own.by == Some(Source::Preset);
        match self.container.kind() {
            _ if pod.template() == Template::Partial => Some((
                "operator-owned",
                "an operator merges this into pods of its own and probes those",
            )),
            _ if pod.probes() == ProbesOf::Never => Some((
                "controller-owned",
                "the controller of this kind sets the probes",
            )),
            _ if pod.probes() == ProbesOf::Explicit && !by_override => Some((
                "controller-owned",
                "the controller of this kind sets the probes unless an override does",
            )),
            ContainerType::Init => Some((
                "init-container",
                "an init container ends before the application starts",
            )),
            ContainerType::Sidecar if !by_override && !by_preset => Some((
                "sidecar",
                "a sidecar is probed only where an override or a preset says how",
            )),
            ContainerType::App if pod.runs_to_completion() => {
                Some(("not-long-running", "its pod ends by itself"))
            }
            _ => None,
        }
    }

    fn resolve(&self, kind: Kind) -> Resolution<'p> {
        if let Some((reason, message)) = self.out_of_place(kind) {
            return Resolution::skip(reason, message);
        }
        let own = self.of(kind);
        if own.enabled == Enabled::Never {
            return Resolution::skip("disabled", "the configuration switches it off");
        }
        match (kind, &own.handler) {
            (Kind::Startup, _) => self.startup(),
            (_, Some(handler)) => self.handler(kind, handler),
            (Kind::Readiness, None) => self.inferred(),
            (Kind::Liveness, None) => Resolution::Skip {
                reason: "no-liveness",
                message: "nothing says how to tell whether it is alive, and a probe that restarts is never guessed; set `liveness`".into(),
                report: self.asked_for(kind),
            },
        }
    }

    /// What is asked for by `enabled: true` and can't be had is a warning.
    fn asked_for(&self, kind: Kind) -> Option<(&'static str, Severity)> {
        (self.of(kind).enabled == Enabled::Always).then_some((kind.name(), Severity::Warning))
    }

    /// A handler that the configuration, a flavor or a preset gives.
    fn handler(&self, kind: Kind, handler: &'p Handler) -> Resolution<'p> {
        let own = self.of(kind);
        let is_preset = own.by == Some(Source::Preset);
        if let Some(skip) = self.unfit_preset(handler).filter(|_| is_preset) {
            return skip;
        }
        let is_override = matches!(own.by, Some(Source::Override(_)));
        let severity = if is_override {
            Severity::Error
        } else {
            Severity::Info
        };
        let port = match (handler.port(), handler.wants_port()) {
            (Some(port), _) => self.ports.explicit(port),
            (None, false) => {
                return Resolution::Write {
                    handler: Made::Of(handler, None),
                    why: self.why(kind),
                };
            }
            (None, true) => match self.found.filter(|_| is_preset) {
                Some(found) => self.ports.for_preset(&found.row.port),
                None => self.ports.for_handler(&self.settings.port_names),
            },
        };
        let port = match port {
            Ok(port) => port,
            Err(problem) => return self.portless(&problem, severity),
        };
        let port = match (handler, self.ports.number(&port)) {
            (Handler::Grpc(_) | Handler::Exec(_), Some(number)) => Port::Number(number),
            (Handler::Grpc(_) | Handler::Exec(_), None) => {
                return self.portless(&NoPort::Unknown(port.to_string()), severity);
            }
            _ => port,
        };
        Resolution::Write {
            handler: Made::Of(handler, Some(port)),
            why: self.why(kind),
        }
    }

    fn portless(&self, problem: &NoPort, severity: Severity) -> Resolution<'p> {
        let name = self.container.name();
        let (reason, message, severity) = match problem {
            NoPort::Missing => ("no-port", no_port(&name), severity),
            NoPort::Unknown(port) => (
                "unknown-port-name",
                unknown_port(&name, port, &self.ports.names()),
                severity,
            ),
            NoPort::Ambiguous(ports) => (
                "ambiguous-port",
                ambiguous_port(&name, ports),
                severity.max(Severity::Warning),
            ),
        };
        let report = (severity > Severity::Info).then_some((reason, severity));
        Resolution::Skip {
            reason,
            message: message.into(),
            report,
        }
    }

    /// Why a preset is not for this pod.
    fn unfit_preset(&self, handler: &Handler) -> Option<Resolution<'p>> {
        let pod = self.container.pod;
        let owner = pod.scale_owner()?;
        if pod.is_windows() && matches!(handler, Handler::Exec(_)) {
            let message = "the preset for this image runs a command that is not for Windows; set the probe in an override";
            return Some(Resolution::Skip {
                reason: "windows-exec",
                message: message.into(),
                report: Some(("windows-exec", Severity::Warning)),
            });
        }
        let spec = |field| owner.node.at(&["spec", field]);
        let is_ordered = owner.kind() == "StatefulSet"
            && spec("podManagementPolicy")
                .and_then(sdk::Node::text)
                .is_none_or(|policy| policy != "Parallel");
        let has_several = spec("replicas")
            .and_then(sdk::Node::as_i64)
            .is_some_and(|replicas| replicas > 1);
        let waits =
            self.found.is_some_and(|found| found.row.needs_parallel) && is_ordered && has_several;
        waits.then(|| Resolution::Skip {
            reason: "ordered-ready",
            message: "its members open their port only once they see each other, but each one starts after the one before is ready; \
                      set `podManagementPolicy: Parallel`, then a readiness probe can be added"
                .into(),
            report: Some(("ordered-ready", Severity::Warning)),
        })
    }

    /// Readiness where nothing says how: a connection to the port that a Service leads to.
    fn inferred(&self) -> Resolution<'p> {
        let is_asked_for = self.of(Kind::Readiness).enabled == Enabled::Always;
        if !self.ports.has_traffic && !is_asked_for {
            let message = "no Service in the input selects its pod, so readiness would decide about nothing but rollouts";
            return Resolution::skip("no-traffic", message);
        }
        if self.ports.are_unserved() {
            let message = "no Service leads to a port of this container, so readiness would say nothing about traffic";
            return Resolution::skip("no-traffic", message);
        }
        match self.ports.for_traffic(&self.settings.port_names) {
            Ok(port) => Resolution::Write {
                handler: Made::As(Handler::tcp().to_value(Some(&port))),
                why: Why::ToServe(port),
            },
            Err(problem) => {
                let severity = if is_asked_for {
                    Severity::Warning
                } else {
                    Severity::Info
                };
                self.portless(&problem, severity)
            }
        }
    }

    fn startup(&self) -> Resolution<'p> {
        let own = self.of(Kind::Startup);
        let by_override = matches!(own.by, Some(Source::Override(_)));
        let ours = self
            .probes
            .liveness
            .as_ref()
            .filter(|liveness| liveness.is_ours);
        match (
            &own.handler,
            ours,
            &self.probes.liveness,
            &self.probes.readiness,
        ) {
            (Some(handler), Some(_), _, _) => self.handler(Kind::Startup, handler),
            (Some(handler), None, _, _) if by_override => self.handler(Kind::Startup, handler),
            (_, Some(liveness), _, _) => inherited(liveness),
            (_, None, Some(_), _) => Resolution::skip(
                "authored-liveness",
                "the author's liveness probe has its own patience, which a startup probe could cut short",
            ),
            (_, None, None, Some(readiness)) if own.is_overridden => inherited(readiness),
            (_, None, None, _) => Resolution::skip(
                "nothing-to-hold-back",
                "without a liveness probe there is nothing to hold back",
            ),
        }
    }

    fn why(&self, kind: Kind) -> Why<'p> {
        match (self.of(kind).by, self.found) {
            (Some(Source::Preset), Some(found)) => Why::ByPreset(&found.row.reason),
            (Some(Source::Override(number)), _) => Why::ByOverride(number),
            _ => Why::Configured,
        }
    }

    fn written(&mut self, kind: Kind, handler: &Made<'p>) -> Arc<Value> {
        let (container, settings) = (self.container, self.settings);
        let is_explicit = container.pod.probes() == ProbesOf::Explicit;
        let startup_follows = kind == Kind::Liveness
            && self.settings.startup.enabled != Enabled::Never
            && container.get(Kind::Startup.field()).is_none()
            && !self.plan.is_skipped(Kind::Startup.name(), container);
        let timing = || timing(settings, kind, startup_follows);
        match handler {
            Made::As(handler) => Arc::new(whole(handler.clone(), &timing(), is_explicit)),
            Made::Of(handler, port) => {
                let recipe = Recipe {
                    kind,
                    handler: ptr::from_ref(*handler).addr(),
                    port: port.clone(),
                    is_explicit,
                    startup_follows,
                };
                let make = || whole(handler.to_value(port.as_ref()), &timing(), is_explicit);
                self.written.find(recipe, make)
            }
        }
    }
}

/// The numbers of a new probe.
fn timing(settings: &Settings, kind: Kind, startup_follows: bool) -> Timing {
    let own = settings.of(kind);
    let mut timing = own.timing.clone();
    match kind {
        Kind::Startup => {
            let period = timing.period.unwrap_or(5);
            timing.failure = timing
                .failure
                .or(Some(own.max_seconds.div_ceil(period.max(1)).max(1)));
            timing.period = Some(period);
            timing.timeout = timing.timeout.or(settings.liveness.timing.timeout);
        }
        // The startup probe waits for the start instead.
        Kind::Liveness if startup_follows => timing.delay = None,
        Kind::Liveness | Kind::Readiness => {}
    }
    timing
}

/// The whole probe: the handler, and the numbers that differ from the API's defaults.
fn whole(handler: Value, timing: &Timing, is_explicit: bool) -> Value {
    let mut probe = handler;
    let defaults = Timing {
        delay: Some(0),
        period: Some(10),
        timeout: Some(1),
        success: Some(1),
        failure: Some(3),
        grace: None,
    };
    let is_default =
        |field: &str, value: u32| defaults.fields().any(|default| default == (field, value));
    // Knative refuses the other numbers of a readiness probe without its period.
    let always = |field: &str| field == "periodSeconds" && is_explicit;
    for (field, value) in timing.fields() {
        if !is_default(field, value) || always(field) {
            put(&mut probe, field, value);
        }
    }
    probe
}

fn skip(
    mut decision: Decision<'_, '_>,
    kind: Kind,
    reason: &'static str,
    message: &str,
    report: Option<(&'static str, Severity)>,
) {
    match report {
        // What was asked for and can't be had is no skip.
        Some((rule, severity)) if rule == kind.name() => {
            decision.refuse(severity, message);
        }
        // A rule of its own tells what is wrong; the decision itself is just not taken.
        Some((rule, severity)) => {
            decision.report(rule, severity, message);
            decision.skip(reason, missing(kind, message));
        }
        None => decision.skip(reason, missing(kind, message)),
    }
}

/// The handler of another probe, for startup.
fn inherited<'p>(from: &Probe) -> Resolution<'p> {
    let handler: sdk::serde_json::Map<String, Value> = from
        .handlers()
        .map(|(name, handler)| (name.to_owned(), handler.clone()))
        .collect();
    Resolution::Write {
        handler: Made::As(Value::Object(handler)),
        why: Why::Like(from.kind),
    }
}

fn put(probe: &mut Value, field: &str, number: u32) {
    if let Value::Object(probe) = probe {
        probe.insert(field.to_owned(), number.into());
    }
}

fn missing(kind: Kind, message: &str) -> impl Display {
    fmt::from_fn(move |f| write!(f, "no {} probe: {message}", kind.name()))
}

fn kept(kind: Kind, is_null: bool) -> impl Display {
    fmt::from_fn(move |f| {
        if is_null {
            write!(
                f,
                "left the {} probe empty, as its author has it",
                kind.name()
            )
        } else {
            write!(f, "kept the {} probe that was already there", kind.name())
        }
    })
}

fn kept_from_override(kind: Kind) -> impl Display {
    fmt::from_fn(move |f| {
        write!(
            f,
            "kept the {} probe that was already there; the override is not applied in `mode: fill`",
            kind.name()
        )
    })
}

fn no_port(container: &str) -> String {
    format!(
        "container \"{container}\" declares no port to probe; set `port` in the configuration or add a `containerPort`"
    )
}

fn unknown_port(container: &str, port: &str, names: &[&str]) -> String {
    let there = if names.is_empty() {
        "it names none".to_owned()
    } else {
        format!("it has {}", names.join(", "))
    };
    format!("container \"{container}\" has no port called \"{port}\"; {there}")
}

fn ambiguous_port(container: &str, ports: &[String]) -> String {
    format!(
        "container \"{container}\" has several ports that could be probed ({}); set `port`, or put the right one into `portNames`",
        ports.join(", ")
    )
}
