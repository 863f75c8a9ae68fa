//! The values of a pod as a whole, where its author has them or the configuration asks for them.

use sdk::{Container, Place, Plan, Pod, Quantity, Severity, Value, Version, effective_request};

use crate::config::Level;
use crate::shares::{Kind, Shares};
use crate::write::rule;

/// The first version whose pods can have values of their own without a feature gate.
const SINCE: u32 = 34;

/// What became of a pod as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PodLevel {
    /// Its containers have values.
    Unused,
    /// Its author has values on it.
    Authored,
    /// It gets them here.
    Ours,
    /// It would, if its servers knew of it.
    Unsupported,
}

impl PodLevel {
    pub(crate) fn of(shares: &Shares<'_>, version: Version) -> Self {
        let own = shares.pod.get("resources");
        let has_own = |kind: Kind| {
            let amounts = own.and_then(|own| own.get(kind.field()));
            amounts.is_some_and(|amounts| amounts.entries().next().is_some())
        };
        let settings = shares
            .containers
            .iter()
            .filter_map(|own| own.settings.as_ref());
        let is_wanted = settings
            .into_iter()
            .any(|settings| settings.level == Level::Pod);
        match (Kind::ALL.into_iter().any(has_own), is_wanted) {
            (true, _) => Self::Authored,
            (false, false) => Self::Unused,
            (false, true) if version < Version::minor(SINCE) => Self::Unsupported,
            (false, true) => Self::Ours,
        }
    }
}

/// Writes what the containers would have got.
pub(crate) fn decide(plan: &mut Plan, shares: &Shares<'_>, level: PodLevel) {
    for name in ["cpu", "memory"] {
        for kind in Kind::ALL {
            match level {
                PodLevel::Unused | PodLevel::Authored => {}
                PodLevel::Unsupported if kind == Kind::Limit => {}
                PodLevel::Unsupported => refuse(plan, shares.pod, kind, name),
                PodLevel::Ours => write(plan, shares, kind, name),
            }
        }
    }
}

fn refuse(plan: &mut Plan, pod: Pod<'_>, kind: Kind, name: &str) {
    if let Some(decision) = plan.decide(rule(kind, name), pod) {
        decision.refuse(Severity::Error, unsupported());
    }
}

fn write(plan: &mut Plan, shares: &Shares<'_>, kind: Kind, name: &str) {
    let pod = shares.pod;
    let Some(decision) = plan.decide(rule(kind, name), pod) else {
        return;
    };
    let value = match kind {
        Kind::Request => request(shares, name),
        Kind::Limit => limit(shares, name),
    };
    if let Some(value) = value {
        let message = format!(
            "set on the pod, for the {} of its containers together",
            kind.name()
        );
        decision.set(
            &place(pod, kind, name),
            Value::String(value.to_string()),
            message,
        );
    } else {
        let name = if name == "cpu" { "CPU" } else { name };
        let message = format!("no {name} {}: not every container has one", kind.name());
        decision.skip("incomplete", message);
    }
}

fn place(pod: Pod<'_>, kind: Kind, name: &str) -> Place {
    pod.field("resources").field(kind.field()).field(name)
}

/// What the pod needs at most at one time; its overhead comes on top by itself.
fn request(shares: &Shares<'_>, name: &str) -> Option<Quantity> {
    let request_of = |container: Container<'_>| shares.request_of(container, name);
    let with = effective_request(shares.pod, name, request_of);
    let overhead = effective_request(shares.pod, name, |_| Quantity::ZERO);
    Some(with - overhead).filter(|value| *value > Quantity::ZERO)
}

/// The sum of the limits, where each container has one.
fn limit(shares: &Shares<'_>, name: &str) -> Option<Quantity> {
    let running = shares.containers.iter();
    let running = running.filter(|own| own.container.kind() != sdk::ContainerType::Init);
    let limits: Option<Vec<Quantity>> = running.map(|own| own.limit(name)).collect();
    let limits = limits.filter(|limits| !limits.is_empty())?;
    Some(limits.into_iter().sum())
}

fn unsupported() -> String {
    format!(
        "a pod can have values of its own from Kubernetes 1.{SINCE} on; set `kubernetesVersion`, or `level: container`"
    )
}
