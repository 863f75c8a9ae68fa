//! Two objects can't have one name.

use std::collections::BTreeSet;

use sdk::{Collect as _, ConfigurationKind, Resource, Severity};

use crate::fate::{Fate, Finding, Verdict};
use crate::survey::{RETAINED, Survey};

type Name<'n> = (ConfigurationKind, &'n str, &'n str);

/// Keeps objects from taking a name that another one has or takes.
pub(crate) fn refuse<'r>(survey: &Survey<'_, 'r>, verdicts: &mut [Verdict<'r>]) {
    let taken = taken(survey);
    let mut given = BTreeSet::new();
    for (object, verdict) in survey.objects.iter().zip(verdicts) {
        let Some(name) = object.new_name().filter(|_| verdict.fate == Fate::Named) else {
            continue;
        };
        let namespace = survey.resources.namespace_of(object.resource);
        let is_taken = !object.is_named() && taken.contains(&(object.kind, namespace, &*name));
        if !given.insert((object.kind, namespace, name.clone())) || is_taken {
            let message = format!(
                "would be called \"{name}\", but another {} is called that; delete it, or give one of them another name",
                object.kind.name()
            );
            let about = "another object has the name that it would get";
            *verdict = Verdict::new(Fate::Left, "name-collision", about).with(Finding {
                rule: "name-collision",
                severity: Severity::Error,
                subject: (object.resource, survey.resources).into(),
                place: object.resource.place().field("metadata").field("name"),
                message,
            });
        }
    }
}

/// The names that objects have, also those that no cluster gets to see: kustomize takes none twice. Old versions that we keep make room.
fn taken<'s>(survey: &'s Survey<'_, '_>) -> BTreeSet<Name<'s>> {
    let resources = survey.resources;
    let is_old = |object: &&Resource<'_>| object.annotations().get(RETAINED).is_some();
    let all = resources.all().filter(|object| !is_old(object));
    let names = all.filter_map(|object| {
        let kind = ConfigurationKind::of(object)?;
        Some((kind, resources.namespace_of(object), object.name()))
    });
    names.into_set()
}
