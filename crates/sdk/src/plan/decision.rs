//! Decisions: each ends in exactly one outcome, and what it changes is written into the plan.

use std::fmt::{self, Display};
use std::sync::Arc;

use kube::Place;
use serde_json::Value;
use yaml::Node;

use super::{Change, Edit, Plan, Subject, Told};
use crate::config::Mode;
use crate::finding::{Identity, Outcome, Severity};

const AS_CONFIGURED: &str = "stands there as configured";

/// One decision about one subject. It ends in exactly one outcome.
#[must_use = "a decision ends in an outcome"]
pub struct Decision<'p, 'r> {
    plan: &'p mut Plan,
    rule: &'static str,
    subject: Subject<'r>,
    is_open: bool,
}

impl<'p, 'r> Decision<'p, 'r> {
    pub(super) fn open(plan: &'p mut Plan, rule: &'static str, subject: Subject<'r>) -> Self {
        Self {
            plan,
            rule,
            subject,
            is_open: true,
        }
    }

    /// Writes a value where nothing stands, or where the user's configuration beats the author.
    pub fn set(mut self, place: &Place, value: impl Into<Arc<Value>>, message: impl Display) {
        let value = value.into();
        match self.subject.node(place) {
            Some(node) if node.means(&value) => {
                self.keep("as-configured", place, AS_CONFIGURED);
            }
            Some(_) if self.plan.mode != Mode::Overwrite => {
                self.is_open = false;
                self.bug(&format!("would change the authored field {}", place.path));
            }
            before => {
                let value = self.plan.shared(value);
                self.count_change();
                self.write(place, before, Change::Set(value), message);
            }
        }
    }

    /// Writes several fields, some of which may stand there as configured.
    pub fn set_all(mut self, fields: Vec<(Place, Value)>, message: impl Display) {
        let subject = self.subject;
        let is_there = |(place, value): &(Place, Value)| {
            subject.node(place).is_some_and(|node| node.means(value))
        };
        let different: Vec<_> = fields
            .into_iter()
            .filter(|field| !is_there(field))
            .collect();
        if different.is_empty() {
            let told = Told::new(self.rule, Severity::Info, Outcome::Kept);
            return self.end(told.because("as-configured"), AS_CONFIGURED);
        }
        let is_authored = |(place, _): &(Place, Value)| subject.node(place).is_some();
        if let Some((place, _)) = different.iter().find(|field| is_authored(field))
            && self.plan.mode != Mode::Overwrite
        {
            self.is_open = false;
            return self.bug(&format!("would change the authored field {}", place.path));
        }
        // One decision, however many fields it comes to.
        self.count_change();
        for (place, value) in different {
            let before = subject.node(&place);
            self.write(&place, before, Change::Set(Arc::new(value)), &message);
        }
    }

    /// Adds an item to a list.
    pub fn append(mut self, place: &Place, value: impl Into<Arc<Value>>, message: impl Display) {
        self.change(place, Change::Append(value.into()), message);
    }

    /// Adds several items to a list.
    pub fn append_all(mut self, place: &Place, values: Vec<Value>, message: impl Display) {
        // One decision, however many items it comes to.
        self.count_change();
        let before = self.subject.node(place);
        for value in values {
            self.write(place, before, Change::Append(Arc::new(value)), &message);
        }
    }

    /// Writes an author's value in other words that mean the same; where a function's page names that.
    pub fn respell(mut self, place: &Place, value: impl Into<Arc<Value>>, message: impl Display) {
        self.change(place, Change::Set(value.into()), message);
    }

    /// Writes fields that are the function's own, whoever wrote them last.
    pub fn note(mut self, fields: Vec<(Place, Value)>, message: impl Display) {
        let subject = self.subject;
        let is_there = |(place, value): &(Place, Value)| {
            subject.node(place).is_some_and(|node| node.means(value))
        };
        let mut different = fields
            .into_iter()
            .filter(|field| !is_there(field))
            .peekable();
        if different.peek().is_none() {
            let told = Told::new(self.rule, Severity::Info, Outcome::Kept);
            return self.end(told.because("as-configured"), AS_CONFIGURED);
        }
        self.count_change();
        for (place, value) in different {
            let before = subject.node(&place);
            self.write(&place, before, Change::Set(Arc::new(value)), &message);
        }
    }

    /// Gives the subject, an object as a whole, another name; where a function's page names that. Fields of the
    /// function's own are noted along with it, and one goes. What refers to the object is to be respelled by decisions
    /// of its own.
    pub fn rename(
        mut self,
        name: &str,
        notes: Vec<(Place, Value)>,
        gone: Option<Place>,
        message: impl Display,
    ) {
        let Subject::Resource(resource, _) = self.subject else {
            self.is_open = false;
            return self.bug("would rename what is no object");
        };
        let place = resource.place().field("metadata").field("name");
        self.change(&place, Change::Set(Arc::new(name.into())), message);
        if self.plan.mode == Mode::Audit {
            return;
        }
        self.plan.renamed.insert(resource.number, name.to_owned());
        let former = resource.former_identity().into_iter();
        let former = former.map(|(place, text)| (place, Value::String(text)));
        let along = "goes along with the name";
        for (place, value) in notes.into_iter().chain(former) {
            let before = self.subject.node(&place);
            self.write(&place, before, Change::Set(Arc::new(value)), along);
        }
        if let Some(place) = gone {
            self.write(&place, self.subject.node(&place), Change::Remove, along);
        }
    }

    /// Takes a field away; where a function's page names that as an exception, also an author's.
    pub fn remove(mut self, place: &Place, message: impl Display) {
        self.change(place, Change::Remove, message);
    }

    /// Leaves what the author wrote.
    pub fn keep(self, reason: &'static str, place: &Place, message: impl Display) {
        let told = Told::new(self.rule, Severity::Info, Outcome::Kept);
        self.end(told.because(reason).at(place), message);
    }

    /// The same where keeping is the rule: the place is made only where somebody gets to read of it.
    pub fn keep_where(
        self,
        reason: &'static str,
        place: impl FnOnce() -> Place,
        message: impl Display,
    ) {
        let told = Told::new(self.rule, Severity::Info, Outcome::Kept).because(reason);
        if self.plan.shown(told).is_none() {
            return self.end(told, message);
        }
        self.end(told.at(&place()), message);
    }

    /// Writes nothing.
    pub fn skip(self, reason: &'static str, message: impl Display) {
        self.skip_with(Severity::Info, reason, message);
    }

    /// Writes nothing, and says so louder.
    pub fn skip_with(self, severity: Severity, reason: &'static str, message: impl Display) {
        let told = Told::new(self.rule, severity, Outcome::Skipped);
        self.end(told.because(reason), message);
    }

    /// Finds something wrong that keeps the decision from being made.
    pub fn violation(self, severity: Severity, place: &Place, message: impl Display) {
        let told = Told::new(self.rule, severity, Outcome::Violation);
        self.end(told.at(place), message);
    }

    /// Finds that what the configuration asks for can't be had.
    pub fn refuse(self, severity: Severity, message: impl Display) {
        let told = Told::new(self.rule, severity, Outcome::Violation);
        self.end(told, message);
    }

    /// Reports what the decision came across, under a rule of its own.
    pub fn report(&mut self, rule: &'static str, severity: Severity, message: impl Display) {
        let whole = || Some(self.subject.resource()?.place());
        if let Some(place) = self.subject.place().or_else(whole) {
            self.plan
                .report(rule, severity, self.subject, &place, message, None);
        }
    }

    fn end(mut self, told: Told<'_>, message: impl Display) {
        self.is_open = false;
        self.plan
            .count(told.outcome, told.reason.unwrap_or(self.rule));
        self.plan.record(self.subject, told, message);
    }

    fn change(&mut self, place: &Place, change: Change, message: impl Display) {
        self.count_change();
        self.write(place, self.subject.node(place), change, message);
    }

    fn count_change(&mut self) {
        self.is_open = false;
        let outcome = match self.plan.mode {
            Mode::Audit => Outcome::Violation,
            Mode::Fill | Mode::Overwrite => Outcome::Changed,
        };
        self.plan.count(outcome, self.rule);
    }

    /// Writes into a field, in which `before` stands.
    fn write(
        &mut self,
        place: &Place,
        before: Option<Node<'_>>,
        change: Change,
        message: impl Display,
    ) {
        let proposed = match &change {
            Change::Set(value) | Change::Append(value) => Some(&**value),
            Change::Remove => None,
        };
        let (rule, subject) = (self.rule, self.subject);
        if self.plan.mode == Mode::Audit {
            let told = Told::new(rule, Severity::Warning, Outcome::Violation).at(place);
            let message = fmt::from_fn(|f| write!(f, "would be changed: {message}"));
            self.plan
                .record(subject, Told { proposed, ..told }, message);
            return;
        }
        self.warn_of_setter(place, before);
        let told = Told::new(rule, Severity::Info, Outcome::Changed).at(place);
        self.plan
            .record(subject, Told { proposed, ..told }, message);
        let place = place.clone();
        self.plan.edits.push(Edit { place, change });
    }

    /// kpt writes a field with such a comment anew at each render.
    fn warn_of_setter(&mut self, place: &Place, before: Option<Node<'_>>) {
        let comment = before.and_then(Node::line_comment);
        let Some(setter) = comment.and_then(|comment| comment.strip_prefix("kpt-set:")) else {
            return;
        };
        let message = format!(
            "the setter `{}` owns this field and will undo the change",
            setter.trim()
        );
        let told = Told::new("setter-owned", Severity::Warning, Outcome::Violation);
        self.plan.record(self.subject, told.at(place), message);
    }

    fn bug(&mut self, what: &str) {
        let subject = self
            .subject
            .resource()
            .map(|resource| Identity::label_of(resource));
        let subject = subject.unwrap_or_default();
        let rule = self.rule;
        self.plan
            .bug
            .get_or_insert_with(|| format!("the rule {rule} on {subject} {what}"));
    }
}

impl Drop for Decision<'_, '_> {
    fn drop(&mut self) {
        if self.is_open {
            self.bug("ended without an outcome");
        }
    }
}
