//! Capabilities: what containers lose, and how the author's are spelled.

use std::borrow::Cow;

use sdk::{ContainerSecurity, Mode, Node, Plan, Rule, SecurityField, Severity, json};

use crate::settings::{ALL, Settings};
use crate::survey::{ContainerSurvey, PodSurvey};

pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        RULE,
        Severity::Info,
        "Takes capabilities away; adds `ALL` to what an author drops.",
    ),
    Rule::new(
        SPELLING,
        Severity::Info,
        "Writes `ALL` in capitals, since the Pod Security Standards know no other spelling.",
    ),
];

const RULE: &str = "drop-capabilities";
const SPELLING: &str = "capability-spelling";

/// Decides about every container of the pod.
pub(crate) fn decide(plan: &mut Plan, survey: &mut PodSurvey<'_>, mode: Mode) {
    for (own, after) in survey.containers.iter().zip(&mut survey.after.containers) {
        if let Some(settings) = own.settings.as_deref() {
            respell(plan, own, after);
            drop_capabilities(plan, own, after, settings, mode);
        }
    }
}

/// Writes `all` as `ALL`. For the container runtime they are the same.
fn respell(plan: &mut Plan, own: &ContainerSurvey<'_>, after: &mut ContainerSecurity<'_>) {
    if own.writable().is_none() {
        return;
    }
    for name in &mut after.capabilities_drop {
        let is_other = |text: &Cow<'_, str>| text != ALL && text.eq_ignore_ascii_case(ALL);
        if name.value().is_some_and(is_other)
            && let Some(decision) = plan.decide(SPELLING, own.container)
        {
            decision.respell(
                &name.place(),
                json!(ALL),
                "spelled as the Pod Security Standards want it",
            );
            name.set(ALL.into());
        }
    }
}

fn drop_capabilities(
    plan: &mut Plan,
    own: &ContainerSurvey<'_>,
    after: &mut ContainerSecurity<'_>,
    settings: &Settings,
    mode: Mode,
) {
    let Some(decision) = plan.decide(RULE, own.container) else {
        return;
    };
    if let Some((reason, message)) = own.stance.left_as_root() {
        return decision.skip(reason, message);
    }
    let wish = &settings.drop;
    if wish.value.is_empty() {
        return decision.skip("not-asked", "the configuration doesn't ask for it");
    }
    let place = own.security_place("capabilities").field("drop");
    let missing = missing(after, &wish.value);
    let beats = mode == Mode::Overwrite && wish.is_user;
    if missing.is_empty() || !list(own).takes(&missing, beats) {
        return decision.keep("authored", &place, "kept what the author wrote");
    }
    let values = missing.iter().map(|name| (*name).into()).collect();
    decision.append_all(&place, values, format!("loses {}", missing.join(" and ")));
    // The standards ask for this one alone.
    if missing.contains(&ALL) {
        after.drop_capability(ALL);
    }
}

/// The wanted capabilities that aren't dropped yet.
fn missing<'w>(after: &ContainerSecurity<'_>, wanted: &'w [String]) -> Vec<&'w str> {
    let has = |wanted: &str| {
        let dropped = after
            .capabilities_drop
            .iter()
            .filter_map(SecurityField::value);
        { dropped }.any(|name| name == wanted || name == ALL)
    };
    let wanted = wanted.iter().map(String::as_str);
    wanted.filter(|name| !has(name)).collect()
}

/// What stands where the list of dropped capabilities does.
enum List {
    Absent,
    Authored,
    /// Nothing that could be added to.
    Closed,
}

impl List {
    /// Whether these may be added: to an author's list `ALL` alone, unless the user's own words beat it.
    fn takes(&self, missing: &[&str], beats: bool) -> bool {
        match self {
            Self::Absent => true,
            Self::Authored => beats || missing == [ALL],
            Self::Closed => false,
        }
    }
}

fn list(own: &ContainerSurvey<'_>) -> List {
    let Some(context) = written(own.container.get("securityContext")) else {
        return List::Absent;
    };
    let Some(capabilities) = written(context.get("capabilities")) else {
        return if context.is_map() {
            List::Absent
        } else {
            List::Closed
        };
    };
    match written(capabilities.get("drop")) {
        None if capabilities.is_map() => List::Absent,
        Some(list) if list.is_seq() => List::Authored,
        _ => List::Closed,
    }
}

/// The value, unless it is null, which is as good as absent.
fn written(node: Option<Node<'_>>) -> Option<Node<'_>> {
    node.filter(|node| !node.is_null())
}
