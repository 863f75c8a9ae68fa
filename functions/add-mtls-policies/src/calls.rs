//! Calls: whether what each client sends is what its server takes.
//!
//! ```text
//!  edges ─────────▶ known ─┐
//!                          ├─ meeting (istio::verdict) ─▶ blame ─▶ faults ─▶ results
//!  DestinationRules ▶ told ─┘
//! ```

mod blame;
mod codes;
mod faults;
mod jobs;
mod keys;
mod known;
mod landscape;
mod meeting;
mod mergers;
mod ports;
mod told;
mod words;

#[cfg(test)]
mod tests;

use sdk::Plan;

pub(crate) use codes::RULES;
pub(crate) use landscape::Landscape;
pub(crate) use meeting::{takes_mutual_tls, weakest};
pub(crate) use told::is_of_namespace;

use crate::config::DestinationRuleMode;
use crate::rules;
use crate::survey::Survey;
use faults::Faults;

/// Looks at every call, and at every rule about calls.
pub(crate) fn check<'c: 'r, 'r>(plan: &mut Plan, survey: &Survey<'c, 'r>) {
    let landscape = Landscape::new(survey);
    let with_rules = survey.run.destination_rules.mode != DestinationRuleMode::Off;
    let mut faults = Faults::default();
    let ensured = rules::ensured(&landscape);
    if with_rules {
        told::Told::new(&landscape, &ensured).check(&mut faults);
    }
    let known = known::Known {
        landscape: &landscape,
        ensured: &ensured,
    };
    known.check(&mut faults);
    faults.report(plan, |number| is_wanted(survey, number, with_rules));
    if with_rules {
        mergers::check(plan, &landscape);
    }
    ports::check(plan, &landscape);
    jobs::check(plan, &landscape);
    keys::check(plan, &landscape);
}

/// Whether findings about an object are wanted: it is in scope, and, but for policies, in a namespace that is looked
/// after.
fn is_wanted(survey: &Survey<'_, '_>, number: usize, with_rules: bool) -> bool {
    let Some(object) = survey.resources.get(number) else {
        return false;
    };
    let is_rule = object.is("networking.istio.io", "DestinationRule");
    let is_policy = is_rule || object.group() == "security.istio.io";
    let is_near = is_policy || survey.is_looked_after(survey.resources.namespace_of(object));
    is_near && (with_rules || !is_rule) && survey.is_in_scope(object)
}
