//! What holds of an input and what became of it.

use proptest::prelude::*;
use std::collections::BTreeSet;

use sdk::{Outcome, Ran};
use serde_json::{Value, json};

use crate::fields::{
    Field, annotation, fields, id, identity, is_configuration, is_local, lead, meaning, name, text,
};
use crate::world::{World, join};
use crate::{BASE_NAME, CONTENT_HASH, EDITS, MARK, hash, read, run, split};

/// A run that went well, beside what it was given.
pub(crate) struct Done {
    pub(crate) config: String,
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
    pub(crate) was: Vec<Value>,
    pub(crate) is: Vec<Value>,
    pub(crate) ran: Ran,
}

impl Done {
    /// None where the run failed.
    pub(crate) fn of(config: String, before: Vec<String>) -> Option<Self> {
        let input = join(&before);
        let ran = run(&config, &input);
        if ran.exit_code != 0 {
            assert_eq!(
                ran.output, input,
                "a run that fails changes nothing: {:#?}",
                ran.lines
            );
            return None;
        }
        let after = split(&ran.output);
        let (was, is) = (read(&before), read(&after));
        Some(Self {
            config,
            before,
            after,
            was,
            is,
            ran,
        })
    }

    pub(crate) fn of_world(world: &World) -> Option<Self> {
        Self::of(world.config(None), world.documents())
    }

    pub(crate) fn show(&self) -> String {
        format!(
            "{}\nbefore:\n{}\nafter:\n{}\n{:#?}",
            self.config,
            join(&self.before),
            join(&self.after),
            self.ran.lines
        )
    }

    /// The ids of the objects that have another name now.
    pub(crate) fn renamed(&self) -> BTreeSet<&str> {
        let pairs = self.was.iter().zip(&self.is);
        let renamed = pairs.filter(|(was, is)| name(was) != name(is));
        renamed.map(|(_, is)| id(is)).collect()
    }

    /// Whether somebody has to see to a Job or Pod that can't follow, and is told so.
    pub(crate) fn is_left_behind(&self, object: &Value, field: &Field) -> bool {
        let path = field.pointer.replace('/', ".");
        let path = ["0", "1", "2", "3"].iter().fold(path, |path, number| {
            path.replace(&format!(".{number}."), &format!("[{number}]."))
        });
        let (about, place) = (
            format!("{}: ", name(object)),
            format!("({})", path.trim_start_matches('.')),
        );
        let is_told = |line: &String| {
            line.contains("/left-behind]") && line.contains(&about) && line.ends_with(&place)
        };
        matches!(text(object, "/kind"), "Job" | "Pod") && self.ran.lines.iter().any(is_told)
    }

    /// How many changes of a rule are told; of names alone, without what goes along with them.
    pub(crate) fn told(&self, rule: &str) -> usize {
        let findings = self.ran.findings.iter();
        let changed = findings.filter(|told| told.rule == rule && told.outcome == Outcome::Changed);
        changed
            .filter(|told| rule != "suffix" || told.field.as_deref() == Some("metadata.name"))
            .count()
    }
}

/// Every field that led to an object leads to it, by its name, and each change is told.
pub(crate) fn every_reference_keeps_its_object(done: &Done) -> Result<(), TestCaseError> {
    let renamed = done.renamed();
    let mut moved = 0;
    for (was, is) in done.was.iter().zip(&done.is) {
        let (former, fields) = (fields(was), fields(is));
        prop_assert_eq!(former.len(), fields.len(), "{}", done.show());
        for (former, field) in former.iter().zip(&fields) {
            moved += usize::from(former != field);
            let led = lead(&done.was, former).filter(|_| !is_local(was));
            let Some((object, was_exact)) = led else {
                prop_assert_eq!(former, field, "{}", done.show());
                continue;
            };
            if done.is_left_behind(is, field) {
                prop_assert_eq!(former, field, "{}", done.show());
                continue;
            }
            let leads = lead(&done.is, field);
            let now = leads.map(|(id, _)| id);
            prop_assert_eq!(
                now,
                Some(object),
                "{:?} {:?} {}",
                former,
                field,
                done.show()
            );
            let is_exact = leads.is_some_and(|(_, is_exact)| is_exact);
            let must_be_exact = was_exact || renamed.contains(object);
            prop_assert!(
                is_exact || !must_be_exact,
                "{former:?} {field:?} {}",
                done.show()
            );
        }
    }
    prop_assert_eq!(done.told("suffix"), renamed.len(), "{}", done.show());
    prop_assert_eq!(done.told("reference"), moved, "{}", done.show());
    Ok(())
}

pub(crate) fn no_two_objects_have_one_name(done: &Done) -> Result<(), TestCaseError> {
    let in_cluster = || done.is.iter().filter(|object| !is_local(object));
    let names: BTreeSet<_> = in_cluster().map(identity).collect();
    prop_assert_eq!(names.len(), in_cluster().count(), "{}", done.show());
    Ok(())
}

pub(crate) fn a_new_name_holds_the_hash_of_the_content(done: &Done) -> Result<(), TestCaseError> {
    let renamed = done.renamed();
    for is in done.is.iter().filter(|is| renamed.contains(id(is))) {
        let hash = hash(is);
        let suffix = format!("-{hash}");
        prop_assert_eq!(
            annotation(is, CONTENT_HASH),
            Some(&*hash),
            "{}",
            done.show()
        );
        prop_assert!(name(is).contains(&suffix), "{}", done.show());
        let base = name(is).replacen(&suffix, "", 1);
        prop_assert_eq!(annotation(is, BASE_NAME), Some(&*base), "{}", done.show());
        prop_assert_eq!(
            &is["metadata"]["labels"][BASE_NAME],
            &base,
            "{}",
            done.show()
        );
        prop_assert_eq!(annotation(is, MARK), None, "{}", done.show());
    }
    Ok(())
}

/// Names, references, our notes, `immutable` and checksums aside everything means what it meant, and what has none of
/// these is the same to the byte.
pub(crate) fn nothing_that_an_author_wrote_changes(
    world: &World,
    done: &Done,
) -> Result<(), TestCaseError> {
    let renamed = done.renamed();
    let texts = done.before.iter().zip(&done.after);
    for ((was, is), (before, after)) in done.was.iter().zip(&done.is).zip(texts) {
        if was == is {
            prop_assert_eq!(before, after, "{}", done.show());
            continue;
        }
        let (former, now) = (meaning(&done.was, was), meaning(&done.is, is));
        prop_assert_eq!(former, now, "{}", done.show());
        let (former, immutable) = (&was["immutable"], &is["immutable"]);
        let may_overwrite = former.is_null() || world.spec["mode"] == "overwrite";
        let is_turned_on = *immutable == json!(true) && may_overwrite;
        prop_assert!(former == immutable || is_turned_on, "{}", done.show());
        let is_noted = [CONTENT_HASH, BASE_NAME]
            .iter()
            .any(|key| annotation(was, key).is_some());
        let may_change =
            renamed.contains(id(is)) || is_noted || world.spec["strategy"] == "delegate";
        prop_assert!(
            !is_configuration(was) || may_change || before == after,
            "{before}{after}{}",
            done.show()
        );
    }
    Ok(())
}

pub(crate) fn a_second_run_changes_no_byte(done: &Done) -> Result<(), TestCaseError> {
    let twice = run(&done.config, &done.ran.output);
    prop_assert_eq!(
        &twice.output,
        &done.ran.output,
        "{:#?} {}",
        twice.lines,
        done.show()
    );
    prop_assert_eq!(twice.exit_code, 0, "{:#?} {}", twice.lines, done.show());
    Ok(())
}

/// Other content for one object after a run.
pub(crate) fn an_edit_moves_one_object_and_what_refers_to_it(
    done: &Done,
    number: usize,
) -> Result<(), TestCaseError> {
    let mut edited = done.after.clone();
    for (old, new) in EDITS {
        edited[number] = edited[number].replacen(old, new, 1);
    }
    let Some(again) = Done::of(done.config.clone(), edited.clone()) else {
        return Ok(());
    };
    let object = id(&done.is[number]);
    let texts = again.before.iter().zip(&again.after);
    for (was, (before, after)) in again.was.iter().zip(texts) {
        let mut led = fields(was)
            .into_iter()
            .filter_map(|field| lead(&again.was, &field));
        let is_about_it = id(was) == object || led.any(|(id, _)| id == object);
        prop_assert!(
            is_about_it || before == after,
            "{before}{after}{}",
            again.show()
        );
    }
    let moved = again.renamed();
    prop_assert!(moved.iter().all(|id| *id == object), "{}", again.show());
    let must_move = edited[number] != done.after[number] && done.renamed().contains(object);
    prop_assert!(!must_move || moved.contains(object), "{}", again.show());
    every_reference_keeps_its_object(&again)
}
