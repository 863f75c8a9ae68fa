//! What is wrong with the requests and limits that containers end up with, an author's and ours alike.

mod heaps;
mod pairs;
mod pods;
mod quality;
mod quantities;

use std::fmt::Display;

use sdk::{Place, Plan, Quantity, Severity, Value};

use crate::pod_level::PodLevel;
use crate::settings::Settings;
use crate::shares::{ContainerShares, Kind, Shares, Side};

pub(crate) use heaps::told;

/// Reports everything that is wrong with a pod and its containers in scope.
pub(crate) fn check(plan: &mut Plan, shares: &Shares<'_>, level: PodLevel) {
    for own in &shares.containers {
        let Some(settings) = &own.settings else {
            continue;
        };
        let mut check = Check {
            plan: &mut *plan,
            own,
            settings,
            level,
        };
        check.quantities();
        check.pairs();
        check.heaps();
    }
    pods::check(plan, shares, level);
    quality::check(plan, shares, level);
}

/// The request or limit that stands on a container in the end: where the pod as a whole has values, its
/// containers get none.
pub(crate) fn standing(
    own: &ContainerShares<'_>,
    level: PodLevel,
    kind: Kind,
    name: &str,
) -> Option<Quantity> {
    let share = own.share(name)?;
    let side = match kind {
        Kind::Request => &share.request,
        Kind::Limit => &share.limit,
    };
    match side {
        Side::Ours { .. } if level != PodLevel::Unused => None,
        side => side.value(),
    }
}

/// A container in scope.
struct Check<'p, 'r> {
    plan: &'p mut Plan,
    own: &'p ContainerShares<'r>,
    settings: &'p Settings,
    level: PodLevel,
}

impl Check<'_, '_> {
    fn report(
        &mut self,
        rule: &'static str,
        severity: Severity,
        place: &Place,
        message: impl Display,
    ) {
        self.propose(rule, severity, place, message, None);
    }

    fn propose(
        &mut self,
        rule: &'static str,
        severity: Severity,
        place: &Place,
        message: impl Display,
        proposed: Option<&Value>,
    ) {
        let container = self.own.container;
        self.plan
            .report(rule, severity, container, place, message, proposed);
    }

    fn standing(&self, kind: Kind, name: &str) -> Option<Quantity> {
        standing(self.own, self.level, kind, name)
    }
}

/// How a resource is called in sentences.
fn called(name: &str) -> &str {
    if name == "cpu" { "CPU" } else { name }
}
