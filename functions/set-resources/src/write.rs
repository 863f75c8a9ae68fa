//! From shares to decisions: each request and each limit ends as changed, kept or skipped.

use std::fmt::{self, Display};

use sdk::{Decision, Place, Plan, Quantity, Severity, Value};

use crate::config::Canonicalize;
use crate::pod_level::PodLevel;
use crate::resolve::REFUSED;
use crate::settings::Settings;
use crate::shares::{ContainerShares, Kind, Shares, Side, authored, place};

/// Decides about every container in scope.
pub(crate) fn decide(plan: &mut Plan, shares: &Shares<'_>, level: PodLevel) {
    for container in &shares.containers {
        if let Some(settings) = &container.settings {
            decide_container(plan, container, settings, level);
        }
    }
}

fn decide_container(
    plan: &mut Plan,
    own: &ContainerShares<'_>,
    settings: &Settings,
    level: PodLevel,
) {
    for (name, share) in &own.by_name {
        for (kind, side) in [(Kind::Request, &share.request), (Kind::Limit, &share.limit)] {
            let rule = rule(kind, name);
            let is_refused = matches!(side, Side::Absent { reason, .. } if *reason == REFUSED);
            let is_idle = !share.request.is_there() && !share.limit.is_there() && !is_refused;
            // Of other resources only those are spoken of that are there.
            if rule.starts_with("other-") && is_idle {
                continue;
            }
            let Some(decision) = plan.decide(rule, own.container) else {
                continue;
            };
            let one = One {
                own,
                settings,
                level,
                kind,
                name,
            };
            one.end(decision, side);
        }
    }
}

/// The rule of a request or limit; other resources than CPU and memory share one.
pub(crate) fn rule(kind: Kind, name: &str) -> &'static str {
    match (kind, name) {
        (Kind::Request, "cpu") => "cpu-request",
        (Kind::Limit, "cpu") => "cpu-limit",
        (Kind::Request, "memory") => "memory-request",
        (Kind::Limit, "memory") => "memory-limit",
        (Kind::Request, _) => "other-request",
        (Kind::Limit, _) => "other-limit",
    }
}

/// One request or limit of one container.
struct One<'s, 'r> {
    own: &'s ContainerShares<'r>,
    settings: &'s Settings,
    level: PodLevel,
    kind: Kind,
    name: &'s str,
}

impl One<'_, '_> {
    fn place(&self) -> Place {
        place(self.own.container, self.kind, self.name)
    }

    /// What it is called; made only for those who get to read it.
    fn what(&self) -> impl Display {
        let name = if self.name == "cpu" { "CPU" } else { self.name };
        let kind = self.kind.name();
        fmt::from_fn(move |f| write!(f, "{name} {kind}"))
    }

    fn end(&self, decision: Decision<'_, '_>, side: &Side) {
        match side {
            Side::Ours { .. } if self.level != PodLevel::Unused => {
                decision.skip("pod-level", "the pod as a whole has the values");
            }
            Side::Ours { value, why } => {
                let value = Value::String(value.to_string());
                decision.set(&self.place(), value, format_args!("set {why}"));
            }
            Side::Authored(value) => self.keep(decision, *value),
            Side::Removed => {
                decision.remove(&self.removed(), "taken away, as the configuration says");
            }
            Side::Absent { reason, message } if *reason == REFUSED => {
                decision.refuse(
                    Severity::Error,
                    format_args!("no {}: {message}", self.what()),
                );
            }
            Side::Absent { reason, message } => {
                decision.skip(reason, format_args!("no {}: {message}", self.what()));
            }
        }
    }

    fn keep(&self, decision: Decision<'_, '_>, value: Option<Quantity>) {
        let respelled = value
            .filter(|_| self.settings.canonicalize == Canonicalize::All)
            .and_then(|value| self.respelled(value));
        if let Some(text) = respelled {
            let message = format!("written as the API server writes it: {text}");
            decision.respell(&self.place(), Value::String(text), message);
        } else {
            let what = self.what();
            let message = format_args!("kept the {what} that was already there");
            decision.keep_where("authored", || self.place(), message);
        }
    }

    /// Another text for an author's value, where it isn't the API server's already.
    fn respelled(&self, value: Quantity) -> Option<String> {
        let node = authored(self.own.container, self.kind, self.name)?;
        let text = value.to_string();
        (node.text()? != text).then_some(text)
    }

    /// The limit, or the whole map where nothing else stands in it.
    fn removed(&self) -> Place {
        let limits = self
            .own
            .container
            .get("resources")
            .and_then(|resources| resources.get(self.kind.field()));
        let is_alone = limits.is_some_and(|limits| limits.entries().count() == 1);
        if is_alone {
            self.own
                .container
                .field("resources")
                .field(self.kind.field())
        } else {
            self.place()
        }
    }
}
