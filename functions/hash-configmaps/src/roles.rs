//! Lists of names in the rules of Roles: whoever may read an object may read it under its new name.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Node, Path, Place, Plan, Resource, Step, json};

use crate::fate::Fate;
use crate::history::Retained;
use crate::survey::{RETAINED, Survey, Use, subject};
use crate::write::REFERENCE;

/// Makes every list follow, former versions that are kept included.
pub(crate) fn follow(plan: &mut Plan, survey: &Survey<'_, '_>, retained: &Retained) {
    let mut lists: BTreeMap<Place, Vec<&Use<'_>>> = BTreeMap::new();
    for own in survey.uses.iter().filter(|own| own.bar.is_none()) {
        if let Some(list) = list_of(&own.reference.place) {
            lists.entry(list).or_default().push(own);
        }
    }
    for (place, uses) in lists {
        if let Some(from) = uses.first().map(|own| own.reference.from) {
            let list = List::new(place, from);
            list.follow(plan, survey, retained, &uses);
        }
    }
}

/// The list of names in a rule of a Role that a reference stands in.
pub(crate) fn list_of(place: &Place) -> Option<Place> {
    let (Step::Index(_), list) = place.path.0.split_last()? else {
        return None;
    };
    let is_names = matches!(list.last(), Some(Step::Key(key)) if &**key == "resourceNames");
    is_names.then(|| Place {
        resource: place.resource,
        path: Path(list.to_vec()),
    })
}

struct List {
    place: Place,
    /// Whether the rule is about one resource alone, so that a name in it means nothing else.
    is_of_one: bool,
    names: BTreeSet<String>,
}

impl List {
    fn new(place: Place, from: &Resource<'_>) -> Self {
        let at = |path: &[Step]| from.node.follow(path);
        let texts = |list: Option<Node<'_>>| -> BTreeSet<String> {
            let items = list.into_iter().flat_map(Node::items);
            items
                .filter_map(|item| Some(item.text()?.into_owned()))
                .into_set()
        };
        let rule = place.path.0.split_last().and_then(|(_, rule)| at(rule));
        let resources = texts(rule.and_then(|rule| rule.get("resources")));
        Self {
            is_of_one: resources.len() == 1 && !resources.contains("*"),
            names: texts(at(&place.path.0)),
            place,
        }
    }

    fn follow(
        mut self,
        plan: &mut Plan,
        survey: &Survey<'_, '_>,
        retained: &Retained,
        uses: &[&Use<'_>],
    ) {
        let kept: BTreeSet<&String> = retained.values().flatten().into_set();
        let mut missing = Vec::new();
        for own in uses {
            let reference = &own.reference;
            let Some(target) = reference.target() else {
                continue;
            };
            let is_old = target.annotations().get(RETAINED).is_some();
            if is_old && self.is_of_one && !kept.contains(&target.name().to_owned()) {
                self.take_out(plan, survey, own, "is no longer kept");
            }
            let object = survey.object(target.number);
            let object = object.filter(|object| object.fate == Fate::Named);
            let Some(name) = object.and_then(crate::survey::Object::new_name) else {
                continue;
            };
            missing.extend(self.name(plan, survey, own, name));
            missing.extend(retained.get(&target.number).into_iter().flatten().cloned());
        }
        missing.retain(|name| self.names.insert(name.clone()));
        let first = uses.first().filter(|_| !missing.is_empty());
        let subject = first.map(|own| subject(survey.resources, &own.reference));
        if let Some(decision) = subject.and_then(|subject| plan.decide(REFERENCE, subject)) {
            let names = missing.into_iter().map(|name| json!(name)).collect();
            decision.append_all(&self.place, names, "names of what may be read already");
        }
    }

    /// Writes the new name in the place of the old one, or returns it where the old one may mean other things too.
    fn name(
        &mut self,
        plan: &mut Plan,
        survey: &Survey<'_, '_>,
        own: &Use<'_>,
        name: String,
    ) -> Option<String> {
        let reference = &own.reference;
        let is_there = self.names.contains(&name);
        if !self.is_of_one && !is_there {
            return Some(name);
        }
        if !is_there {
            self.names.remove(reference.name());
            self.names.insert(name.clone());
            crate::write::follow(plan, survey, reference, &name);
        } else if reference.name() == name {
            crate::write::follow(plan, survey, reference, &name);
        } else if self.is_of_one {
            self.take_out(
                plan,
                survey,
                own,
                "has a new name, which stands here already",
            );
        }
        None
    }

    fn take_out(&mut self, plan: &mut Plan, survey: &Survey<'_, '_>, own: &Use<'_>, why: &str) {
        let reference = &own.reference;
        if let Some(decision) = plan.decide(REFERENCE, subject(survey.resources, reference)) {
            self.names.remove(reference.name());
            decision.remove(&reference.place, format!("\"{}\" {why}", reference.name()));
        }
    }
}
