//! What the layers mean for a container.

use sdk::{ConfigError, Merged, Path, Source, Value, json};

use crate::config::{
    Config, Enabled, Exec, Grpc, HttpGet, Kind, Numbers, Port, ProbeConfig, TcpSocket,
};

/// Everything that is decided before a container is looked at.
#[derive(Debug)]
pub struct Settings {
    pub(crate) port_names: Vec<String>,
    pub(crate) presets: bool,
    pub(crate) preset_liveness: bool,
    pub(crate) readiness: ProbeSettings,
    pub(crate) liveness: ProbeSettings,
    pub(crate) startup: ProbeSettings,
}

impl Settings {
    pub(crate) fn of(&self, kind: Kind) -> &ProbeSettings {
        match kind {
            Kind::Readiness => &self.readiness,
            Kind::Liveness => &self.liveness,
            Kind::Startup => &self.startup,
        }
    }
}

/// The same for one probe.
#[derive(Debug)]
pub(crate) struct ProbeSettings {
    pub(crate) enabled: Enabled,
    pub(crate) handler: Option<Handler>,
    /// Who gave the handler.
    pub(crate) by: Option<Source>,
    /// Whether the user did.
    pub(crate) is_user: bool,
    /// Whether an override says anything about this probe.
    pub(crate) is_overridden: bool,
    pub(crate) timing: Timing,
    /// The numbers that the user wrote; in `mode: overwrite` they go into an author's probe too.
    pub(crate) user_timing: Timing,
    pub(crate) max_seconds: u32,
}

/// How a probe asks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Handler {
    Http(HttpGet),
    Grpc(Grpc),
    Tcp(TcpSocket),
    Exec(Exec),
}

impl Handler {
    fn of(config: &ProbeConfig) -> Option<Self> {
        let http = config.http_get.clone().map(Self::Http);
        let grpc = || config.grpc.clone().map(Self::Grpc);
        let tcp = || config.tcp_socket.clone().map(Self::Tcp);
        let exec = || config.exec.clone().map(Self::Exec);
        http.or_else(grpc).or_else(tcp).or_else(exec)
    }

    pub(crate) fn http(path: &str) -> Self {
        Self::Http(HttpGet {
            path: Some(path.to_owned()),
            ..HttpGet::default()
        })
    }

    pub(crate) fn tcp() -> Self {
        Self::Tcp(TcpSocket::default())
    }

    /// The port it names.
    pub(crate) fn port(&self) -> Option<&Port> {
        match self {
            Self::Http(http) => http.port.as_ref(),
            Self::Grpc(grpc) => grpc.port.as_ref(),
            Self::Tcp(tcp) => tcp.port.as_ref(),
            Self::Exec(_) => None,
        }
    }

    /// Whether it can't be written without one.
    pub(crate) fn wants_port(&self) -> bool {
        match self {
            Self::Http(_) | Self::Grpc(_) | Self::Tcp(_) => true,
            Self::Exec(exec) => exec.command.iter().any(|word| word.contains("{port}")),
        }
    }

    /// Its fields in a probe, for this port.
    pub(crate) fn to_value(&self, port: Option<&Port>) -> Value {
        let port = port.cloned();
        match self {
            Self::Http(http) => json!({"httpGet": HttpGet { port, ..http.clone() }}),
            Self::Grpc(grpc) => json!({"grpc": Grpc { port, ..grpc.clone() }}),
            Self::Tcp(tcp) => json!({"tcpSocket": TcpSocket { port, ..tcp.clone() }}),
            Self::Exec(exec) => {
                let text = port.map(|port| port.to_string()).unwrap_or_default();
                let words = exec
                    .command
                    .iter()
                    .map(|word| word.replace("{port}", &text));
                json!({"exec": {"command": words.collect::<Vec<_>>()}})
            }
        }
    }
}

/// The numbers of a probe; what is none is the API's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timing {
    pub(crate) delay: Option<u32>,
    pub(crate) period: Option<u32>,
    pub(crate) timeout: Option<u32>,
    pub(crate) success: Option<u32>,
    pub(crate) failure: Option<u32>,
    pub(crate) grace: Option<u32>,
}

impl Timing {
    /// Fields and values, in the order in which they are written.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, u32)> {
        let fields = [
            ("initialDelaySeconds", self.delay),
            ("periodSeconds", self.period),
            ("timeoutSeconds", self.timeout),
            ("successThreshold", self.success),
            ("failureThreshold", self.failure),
            ("terminationGracePeriodSeconds", self.grace),
        ];
        fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// Makes sense of the layers.
pub(crate) fn settle(layers: &Merged<Config>) -> Result<Settings, Vec<ConfigError>> {
    let config = &layers.config;
    let mut errors = Vec::new();
    let mut probe = |kind| settle_probe(layers, kind, &mut errors);
    let (readiness, liveness, startup) = (
        probe(Kind::Readiness),
        probe(Kind::Liveness),
        probe(Kind::Startup),
    );
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Settings {
        port_names: config.port_names.clone().unwrap_or_default(),
        presets: config.presets.unwrap_or(true),
        preset_liveness: config.preset_liveness.unwrap_or(false),
        readiness,
        liveness,
        startup,
    })
}

fn settle_probe(
    layers: &Merged<Config>,
    kind: Kind,
    errors: &mut Vec<ConfigError>,
) -> ProbeSettings {
    let config = &layers.config;
    let timings = config.timing.as_ref();
    let (own, timing) = match kind {
        Kind::Readiness => (
            &config.readiness,
            timings.and_then(|timing| timing.readiness.as_ref()),
        ),
        Kind::Liveness => (
            &config.liveness,
            timings.and_then(|timing| timing.liveness.as_ref()),
        ),
        Kind::Startup => (
            &config.startup,
            timings.and_then(|timing| timing.startup.as_ref()),
        ),
    };
    let own = own.clone().unwrap_or_default();
    let timing = timing.cloned().unwrap_or_default();
    check(kind, &own, &timing, errors);

    let handler_at =
        ["httpGet", "grpc", "tcpSocket", "exec"].map(|name| layers.origin([kind.name(), name]));
    let handler_by = handler_at.into_iter().flatten().next();
    let flavor = config.flavor.and_then(|flavor| flavor.path(kind));
    let flavor_by = layers.origin(["flavor"]).filter(|_| flavor.is_some());
    // Whichever layer is higher speaks last; in one layer the handler is more precise than the flavor.
    let prefers_flavor =
        flavor_by.is_some_and(|flavor| handler_by.is_none_or(|handler| flavor > handler));
    let (handler, by, is_user) = if prefers_flavor {
        (
            flavor.map(Handler::http),
            flavor_by,
            layers.is_user(["flavor"]),
        )
    } else {
        let fields = ["httpGet", "grpc", "tcpSocket", "exec"];
        (
            Handler::of(&own),
            handler_by,
            fields
                .iter()
                .any(|name| layers.is_user([kind.name(), name])),
        )
    };

    let (timing, user_timing) = settle_timing(layers, kind, &own, &timing);
    ProbeSettings {
        enabled: own.enabled.unwrap_or_default(),
        handler,
        by,
        is_user,
        is_overridden: layers.is_override([kind.name()]),
        timing,
        user_timing,
        max_seconds: own.max_seconds.unwrap_or_default(),
    }
}

/// The numbers that apply, and those of them that a user wrote.
fn settle_timing(
    layers: &Merged<Config>,
    kind: Kind,
    own: &ProbeConfig,
    general: &Numbers,
) -> (Timing, Timing) {
    let number = |field: &str, own: Option<u32>, general: Option<u32>, only_users: bool| {
        let own_path = [kind.name(), field];
        let general_path = ["timing", kind.name(), field];
        // `timing` and the probe's own number displace one another across layers; in one layer the probe's counts.
        let prefers_general = general.is_some()
            && (own.is_none() || layers.origin(general_path) > layers.origin(own_path));
        let (value, is_user) = if prefers_general {
            (general, layers.is_user(general_path))
        } else {
            (own, layers.is_user(own_path))
        };
        value.filter(|_| is_user || !only_users)
    };
    let timing = |only_users: bool| {
        let number = |field, own, general| number(field, own, general, only_users);
        Timing {
            delay: number(
                "initialDelaySeconds",
                own.initial_delay_seconds,
                general.initial_delay_seconds,
            ),
            period: number("periodSeconds", own.period_seconds, general.period_seconds),
            timeout: number(
                "timeoutSeconds",
                own.timeout_seconds,
                general.timeout_seconds,
            ),
            success: number("successThreshold", own.success_threshold, None),
            failure: number(
                "failureThreshold",
                own.failure_threshold,
                general.failure_threshold,
            ),
            grace: number(
                "terminationGracePeriodSeconds",
                own.termination_grace_period_seconds,
                None,
            ),
        }
    };
    (timing(false), timing(true))
}

/// What the API server would refuse, or what would mean nothing.
fn check(kind: Kind, own: &ProbeConfig, timing: &Numbers, errors: &mut Vec<ConfigError>) {
    let mut add = |path: Path, message: String| errors.push(ConfigError { path, message });
    let at = |field: &str| Path::from([kind.name(), field]);
    if kind != Kind::Readiness
        && own
            .success_threshold
            .is_some_and(|threshold| threshold != 1)
    {
        add(
            at("successThreshold"),
            format!(
                "must be 1 for {}, since the API server refuses anything else",
                kind.name()
            ),
        );
    }
    if kind == Kind::Readiness && own.termination_grace_period_seconds.is_some() {
        let message = "only liveness and startup stop a container, so readiness can't have it";
        add(at("terminationGracePeriodSeconds"), message.to_owned());
    }
    if kind != Kind::Startup && own.max_seconds.is_some() {
        add(
            at("maxSeconds"),
            "only startup has a limit of its own; use `failureThreshold` and `periodSeconds` here"
                .to_owned(),
        );
    }
    if own
        .exec
        .as_ref()
        .is_some_and(|exec| exec.command.is_empty())
    {
        add(
            at("exec").join("command"),
            "must have at least one word".to_owned(),
        );
    }
    let numbers = [
        ("periodSeconds", own.period_seconds),
        ("timeoutSeconds", own.timeout_seconds),
        ("successThreshold", own.success_threshold),
        ("failureThreshold", own.failure_threshold),
        (
            "terminationGracePeriodSeconds",
            own.termination_grace_period_seconds,
        ),
        ("maxSeconds", own.max_seconds),
    ];
    let numbers = numbers.map(|(field, number)| (at(field), number));
    let general = [
        ("periodSeconds", timing.period_seconds),
        ("timeoutSeconds", timing.timeout_seconds),
        ("failureThreshold", timing.failure_threshold),
    ]
    .map(|(field, number)| (Path::from(["timing", kind.name(), field]), number));
    for (path, number) in numbers.into_iter().chain(general) {
        if number == Some(0) {
            add(path, "must be at least 1".to_owned());
        }
    }
}
