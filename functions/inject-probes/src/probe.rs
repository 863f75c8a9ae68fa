//! The probes that a container ends up with, an author's or ours, read alike.

use std::sync::Arc;

use sdk::{Container, Place, Value};

use crate::config::Kind;

/// A probe of a container.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) kind: Kind,
    /// Shared, since many containers get the same.
    pub(crate) value: Arc<Value>,
    pub(crate) place: Place,
    /// Whether this run made it.
    pub(crate) is_ours: bool,
}

/// The handlers there are.
pub(crate) const HANDLERS: [&str; 4] = ["httpGet", "grpc", "tcpSocket", "exec"];

impl Probe {
    /// The probe that the author wrote, if there is one with anything in it.
    pub(crate) fn authored(container: Container<'_>, kind: Kind) -> Option<Self> {
        let node = container.get(kind.field()).filter(|node| node.is_map())?;
        let value = node.to_value().ok()?;
        Some(Self {
            kind,
            value: Arc::new(value),
            place: container.field(kind.field()),
            is_ours: false,
        })
    }

    /// A field of it. Probes have so few that to compare them all is faster than to hash the name.
    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        let mut fields = self.value.as_object()?.iter();
        fields.find_map(|(own, value)| (own == name).then_some(value))
    }

    /// The handlers it has, by name.
    pub(crate) fn handlers(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        HANDLERS
            .into_iter()
            .filter_map(|name| Some((name, self.field(name)?)))
    }

    /// Its one handler.
    pub(crate) fn handler(&self) -> Option<(&'static str, &Value)> {
        self.handlers().next()
    }

    /// A number, or what the API makes of it when it is missing or zero.
    fn number(&self, field: &str, default: i64) -> i64 {
        self.field(field)
            .and_then(Value::as_i64)
            .filter(|number| *number > 0)
            .unwrap_or(default)
    }

    pub(crate) fn delay(&self) -> i64 {
        self.number("initialDelaySeconds", 0)
    }

    pub(crate) fn period(&self) -> i64 {
        self.number("periodSeconds", 10)
    }

    pub(crate) fn timeout(&self) -> i64 {
        self.number("timeoutSeconds", 1)
    }

    pub(crate) fn failure(&self) -> i64 {
        self.number("failureThreshold", 3)
    }

    /// Seconds of failing until it counts.
    pub(crate) fn budget(&self) -> i64 {
        self.period().saturating_mul(self.failure())
    }

    /// Whether two probes ask the same, their ports compared by number.
    pub(crate) fn asks_like(&self, other: &Self, container: Container<'_>) -> bool {
        let resolved = |probe: &Self| {
            let (name, handler) = probe.handler()?;
            let mut handler = handler.clone();
            let port = handler
                .get("port")
                .and_then(Value::as_str)
                .map(str::to_owned);
            let declared =
                port.and_then(|name| container.ports().find(|own| own.name == name)?.number);
            if let (Some(number), Value::Object(map)) = (declared, &mut handler) {
                map.insert("port".to_owned(), number.into());
            }
            Some((name, handler))
        };
        resolved(self) == resolved(other)
    }
}

/// The probes of one container.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    pub(crate) readiness: Option<Probe>,
    pub(crate) liveness: Option<Probe>,
    pub(crate) startup: Option<Probe>,
}

impl Probes {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Probe> {
        [&self.readiness, &self.liveness, &self.startup]
            .into_iter()
            .flatten()
    }

    pub(crate) fn put(&mut self, probe: Option<Probe>) {
        let Some(probe) = probe else { return };
        match probe.kind {
            Kind::Readiness => self.readiness = Some(probe),
            Kind::Liveness => self.liveness = Some(probe),
            Kind::Startup => self.startup = Some(probe),
        }
    }
}
