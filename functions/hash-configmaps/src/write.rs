//! Writes what was decided: names, and what follows them.

use sdk::{Mode, Path, Plan, Reference, Value, json};

use crate::checks::immutable_place;
use crate::config::Run;
use crate::fate::{Fate, Verdict};
use crate::grounds::{HASH_MARK, is_marked};
use crate::naming::{BASE_NAME, CONTENT_HASH, label_value};
use crate::roles::list_of;
use crate::survey::{Object, Survey, Use, subject};

/// The decision about an object's name.
pub(crate) const SUFFIX: &str = "suffix";
/// The decision about a reference.
pub(crate) const REFERENCE: &str = "reference";
const IMMUTABLE: &str = "immutable";

/// Writes what becomes of each object.
pub(crate) fn objects(
    plan: &mut Plan,
    survey: &Survey<'_, '_>,
    verdicts: &[Verdict<'_>],
    mode: Mode,
) {
    for (object, verdict) in survey.objects.iter().zip(verdicts) {
        if let Some(told) = &verdict.finding {
            plan.report(
                told.rule,
                told.severity,
                told.subject,
                &told.place,
                &told.message,
                None,
            );
        }
        if !survey.run.kinds.contains(&object.kind) {
            continue;
        }
        name(plan, survey, object, verdict);
        if object.fate == Fate::Named {
            immutable(plan, survey, object, mode);
        }
    }
}

fn name(plan: &mut Plan, survey: &Survey<'_, '_>, object: &Object<'_>, verdict: &Verdict<'_>) {
    let resource = object.resource;
    let Some(decision) = plan.decide(SUFFIX, (resource, survey.resources)) else {
        return;
    };
    match (verdict.fate, object.new_name()) {
        // An overlay may have put a prefix before the name since.
        (Fate::Named, Some(_)) if object.is_named() => {
            decision.note(notes(object), "is called after its content");
        }
        (Fate::Named, Some(name)) => {
            let message = format!(
                "\"{}\" is now called \"{name}\", after its content",
                resource.name()
            );
            // A second hash behind ours would be kustomize's.
            let mark = is_marked(object).then(|| resource.annotation(HASH_MARK));
            decision.rename(&name, notes(object), mark, message);
        }
        (Fate::Kustomize, _) if verdict.reason == "delegated" => {
            let place = resource.annotation(HASH_MARK);
            decision.set(&place, json!("enabled"), &verdict.message);
        }
        _ => decision.skip(verdict.reason, &verdict.message),
    }
}

/// What is noted on an object along with its name.
fn notes(object: &Object<'_>) -> Vec<(sdk::Place, Value)> {
    let base = object.naming.base();
    let label = sdk::Place {
        resource: object.resource.number,
        path: Path::from(["metadata", "labels", BASE_NAME]),
    };
    vec![
        (label, json!(label_value(&base))),
        (object.resource.annotation(BASE_NAME), json!(base)),
        (object.resource.annotation(CONTENT_HASH), json!(object.hash)),
    ]
}

/// What is called after its content never changes.
fn immutable(plan: &mut Plan, survey: &Survey<'_, '_>, object: &Object<'_>, mode: Mode) {
    let Some(decision) = plan.decide(IMMUTABLE, (object.resource, survey.resources)) else {
        return;
    };
    let place = immutable_place(object);
    let now = object.resource.node.get("immutable");
    if !is_immutable(survey.run) {
        let message = if now.is_some() {
            "stays as its author wrote it; take an `immutable: true` out only together with a change of content, since nobody can make an object mutable again"
        } else {
            "is not made immutable, as `immutable: false` asks"
        };
        return decision.skip("switched-off", message);
    }
    let is_authored = now.is_some() && now.and_then(sdk::Node::as_bool) != Some(true);
    if is_authored && !(mode == Mode::Overwrite && survey.run.immutable == Some(true)) {
        return decision.keep("authored", &place, "the author's value stays");
    }
    decision.set(
        &place,
        json!(true),
        "a change of content gives it another name, so nothing needs to watch it",
    );
}

fn is_immutable(run: &Run) -> bool {
    run.immutable.unwrap_or(true)
}

/// Makes every reference follow its object; for lists in Roles see [`crate::roles`].
pub(crate) fn references(plan: &mut Plan, survey: &Survey<'_, '_>) {
    let is_alone = |own: &&Use<'_>| list_of(&own.reference.place).is_none();
    for own in survey
        .uses
        .iter()
        .filter(|own| own.bar.is_none())
        .filter(is_alone)
    {
        let reference = &own.reference;
        let object = reference
            .target()
            .and_then(|target| survey.object(target.number));
        let object = object.filter(|object| object.fate == Fate::Named);
        if let Some(name) = object.and_then(Object::new_name) {
            follow(plan, survey, reference, &name);
        }
    }
}

/// Makes a reference say the new name of its object.
pub(crate) fn follow(
    plan: &mut Plan,
    survey: &Survey<'_, '_>,
    reference: &Reference<'_>,
    name: &str,
) {
    let Some(decision) = plan.decide(REFERENCE, subject(survey.resources, reference)) else {
        return;
    };
    if name == reference.name() {
        return decision.keep("as-configured", &reference.place, "says the name already");
    }
    let (kind, former) = (reference.kind.name(), reference.name());
    let message = format!("follows {kind} \"{former}\" to its new name");
    decision.respell(&reference.place, json!(reference.renamed(name)), message);
}
