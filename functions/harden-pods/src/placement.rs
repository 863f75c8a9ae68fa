//! Fields that a pod may have for all of its containers: they go to the pod where every container takes them, and
//! otherwise to each container that does.

use sdk::{Container, Place, Plan, Pod, Value};

use crate::survey::ContainerSurvey;

/// A field that a pod or its containers get.
pub(crate) struct Field<'r> {
    /// The rule that decides about it.
    pub(crate) rule: &'static str,
    pub(crate) value: Value,
    /// What becomes of it, in words.
    pub(crate) message: &'static str,
    pub(crate) pod: Pod<'r>,
    pub(crate) of_pod: PodPart,
    pub(crate) containers: Vec<(Container<'r>, Part)>,
}

/// What the pod has.
pub(crate) enum PodPart {
    /// Nothing, or what the user overwrites: the field may be written there.
    Open(Place),
    /// What its author wrote; it stays.
    Authored(Place),
    /// Nothing, and nothing may be written there.
    Closed,
}

/// What a container has.
pub(crate) enum Part {
    /// It is to have the value, and says nothing of its own.
    Wants(Place),
    /// It is to have the value instead of its own.
    Overwritten(Place),
    /// What its author wrote; it stays. Beside some of that, the pod is to say nothing.
    Authored(Place, Fits),
    /// The pod says it, by its author.
    Inherits,
    /// It is not to have the value; why, as a slug and in words.
    Refuses(&'static str, &'static str),
    /// It is none of ours.
    OutOfScope(Fits),
}

/// What a container has whatever the pod says: what its author wrote, unless the user beats that, and what its stance
/// keeps it from getting.
pub(crate) fn settled(
    own: &ContainerSurvey<'_>,
    field: &str,
    fits: Fits,
    is_beaten: bool,
) -> Option<Part> {
    let refuse = |(reason, message)| Part::Refuses(reason, message);
    if own.settings.is_none() {
        return Some(Part::OutOfScope(fits));
    }
    let left_alone = own.stance.left_alone().map(refuse);
    left_alone.or_else(|| {
        let is_authored = !own.is_free(field) && !is_beaten;
        let authored = is_authored.then(|| Part::Authored(own.security_place(field), fits));
        authored.or_else(|| own.stance.left_as_root().map(refuse))
    })
}

/// Whether a container stands in the way of a value for its whole pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fits {
    Yes,
    No,
}

/// Where the value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) is_on_pod: bool,
    /// Into these containers too, by their numbers in the pod.
    pub(crate) containers: Vec<usize>,
}

/// Decides about the pod and each of its containers.
pub(crate) fn decide(plan: &mut Plan, field: &Field<'_>) -> Placed {
    let is_on_pod = decide_pod(plan, field);
    let mut containers = Vec::new();
    for (number, (container, part)) in field.containers.iter().enumerate() {
        if end(plan, field, *container, part, is_on_pod) {
            containers.push(number);
        }
    }
    Placed {
        is_on_pod,
        containers,
    }
}

/// Decides about the pod as a whole; tells whether the value was written there.
fn decide_pod(plan: &mut Plan, field: &Field<'_>) -> bool {
    let place = match &field.of_pod {
        PodPart::Open(place) if is_for_all(plan, field) => place,
        PodPart::Open(_) | PodPart::Closed => return false,
        PodPart::Authored(place) => {
            if let Some(decision) = plan.decide(field.rule, field.pod) {
                decision.keep("authored", place, "kept what the author wrote for the pod");
            }
            return false;
        }
    };
    let decision = plan.decide(field.rule, field.pod);
    decision.is_some_and(|decision| {
        decision.set(place, field.value.clone(), field.message);
        true
    })
}

/// Whether some container wants the value, and none stands in the way of the others.
fn is_for_all(plan: &mut Plan, field: &Field<'_>) -> bool {
    let wants = |part: &Part| matches!(part, Part::Wants(_));
    let mut fits = |(container, part): &(Container<'_>, Part)| match part {
        Part::Wants(_) | Part::Overwritten(_) => !plan.is_skipped(field.rule, *container),
        Part::Authored(_, fits) | Part::OutOfScope(fits) => *fits == Fits::Yes,
        Part::Inherits => true,
        Part::Refuses(..) => false,
    };
    field.containers.iter().any(|(_, part)| wants(part)) && field.containers.iter().all(&mut fits)
}

/// Decides about one container; tells whether the value was written into it.
fn end(
    plan: &mut Plan,
    field: &Field<'_>,
    container: Container<'_>,
    part: &Part,
    is_on_pod: bool,
) -> bool {
    if matches!(part, Part::Inherits | Part::OutOfScope(_))
        || (is_on_pod && matches!(part, Part::Wants(_)))
    {
        return false;
    }
    let Some(decision) = plan.decide(field.rule, container) else {
        return false;
    };
    match part {
        Part::Wants(place) | Part::Overwritten(place) => {
            decision.set(place, field.value.clone(), field.message);
            return true;
        }
        Part::Authored(place, _) => decision.keep("authored", place, "kept what the author wrote"),
        Part::Refuses(reason, message) => decision.skip(reason, message),
        // Ended above: the pod's decision speaks for it, or nothing does.
        Part::Inherits | Part::OutOfScope(_) => decision.skip("inherited", "the pod decides"),
    }
    false
}
