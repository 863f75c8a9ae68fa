//! A plan is data: changes at places, objects to add, and findings.
//!
//! A decision is opened with [`Plan::decide`] and ends in exactly one outcome, so that everything changed,
//! kept or skipped is explained. A check that finds something is reported with [`Plan::report`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::{self, Display};
use std::ops::Range;
use std::sync::Arc;

use kube::{Container, Place, Pod, Resource};
use serde_json::Value;
use yaml::{Node, Step};

use crate::config::{Level, Mode, Options};
use crate::finding::{Finding, Identity, Outcome, Severity};
use crate::skip::{SKIP, Skips};

/// What a function wants to happen.
#[derive(Debug)]
pub struct Plan {
    function: &'static str,
    pub(crate) config_name: String,
    mode: Mode,
    min_severity: Severity,
    levels: BTreeMap<String, Level>,
    pub(crate) edits: Vec<Edit>,
    pub(crate) generated: Vec<Generated>,
    /// Numbers of objects of an earlier run that stay though nothing asks for them now.
    pub(crate) retained: BTreeSet<usize>,
    /// Names that objects get, by the objects' numbers.
    pub(crate) renamed: BTreeMap<usize, String>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) counts: BTreeMap<(Outcome, &'static str), usize>,
    /// What the function did that no function may do.
    pub(crate) bug: Option<String>,
    /// The last values that were written: many containers get the same.
    written: VecDeque<Arc<Value>>,
    /// The skips of the last subject; subjects of one pod come in a row.
    skips: Option<((usize, u32), Skips)>,
}

const AS_CONFIGURED: &str = "stands there as configured";

/// A change of one field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Edit {
    pub(crate) place: Place,
    pub(crate) change: Change,
}

/// What happens to a field. Values are shared, since many containers get the same.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Set(Arc<Value>),
    Append(Arc<Value>),
    Remove,
}

/// An object that a function makes for another one.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    pub(crate) value: Value,
    /// Number of the object it is for.
    pub(crate) subject: usize,
    /// Why, for whoever reads the results.
    pub(crate) because: Option<String>,
}

/// What a decision or check is about.
#[derive(Clone, Copy)]
pub enum Subject<'r> {
    /// An object as a whole.
    Resource(&'r Resource<'r>, &'r kube::Resources<'r>),
    /// A pod.
    Pod(Pod<'r>),
    /// A container.
    Container(Container<'r>),
}

impl<'r> From<Pod<'r>> for Subject<'r> {
    fn from(pod: Pod<'r>) -> Self {
        Self::Pod(pod)
    }
}

impl<'r> From<Container<'r>> for Subject<'r> {
    fn from(container: Container<'r>) -> Self {
        Self::Container(container)
    }
}

impl<'r> From<(&'r Resource<'r>, &'r kube::Resources<'r>)> for Subject<'r> {
    fn from((resource, resources): (&'r Resource<'r>, &'r kube::Resources<'r>)) -> Self {
        Self::Resource(resource, resources)
    }
}

impl<'r> Subject<'r> {
    fn resource(self) -> Option<&'r Resource<'r>> {
        match self {
            Self::Resource(resource, _) => Some(resource),
            Self::Pod(pod) => pod.template_owner(),
            Self::Container(container) => container.pod.template_owner(),
        }
    }

    fn container(self) -> Option<String> {
        match self {
            Self::Container(container) => {
                Some(container.name().into_owned()).filter(|name| !name.is_empty())
            }
            _ => None,
        }
    }

    fn place(self) -> Option<Place> {
        match self {
            Self::Container(container) => Some(container.place()),
            _ => None,
        }
    }

    /// What the skips that concern it are kept under.
    fn key(self) -> (usize, u32) {
        let number = self
            .resource()
            .map_or(usize::MAX, |resource| resource.number);
        let pod = match self {
            Self::Resource(..) => None,
            Self::Pod(pod) => Some(pod),
            Self::Container(container) => Some(container.pod),
        };
        (number, pod.map_or(u32::MAX, Pod::number))
    }

    fn skips(self) -> Skips {
        match self {
            Self::Resource(resource, resources) => Skips::of_resource(resources, resource),
            Self::Pod(pod) => Skips::of_pod(pod),
            Self::Container(container) => Skips::of_pod(container.pod),
        }
    }

    /// The node at a place of the subject's object.
    fn node(self, place: &Place) -> Option<Node<'r>> {
        self.resource()?.node.follow(&place.path.0)
    }

    /// The single value that stands at a place. A secret never leaves its object, and maps that may hold one
    /// stay where they are.
    fn current(self, place: &Place) -> Option<Value> {
        let is_secret = self
            .resource()
            .is_none_or(|resource| is_content(resource, place));
        let node = self
            .node(place)
            .filter(|node| !is_secret && !node.is_map() && !node.is_seq())?;
        node.to_value().ok()
    }
}

/// Whether a place holds what a Secret, a ConfigMap or a history of ConfigMaps is there to hold, or a text of a
/// container's own, which may hold a password or be long.
fn is_content(resource: &Resource<'_>, place: &Place) -> bool {
    let is_key =
        |step: &Step, names: &[&str]| matches!(step, Step::Key(key) if names.contains(&&**key));
    let steps = &place.path.0;
    let is_data = || {
        let first = steps.first();
        first.is_some_and(|first| is_key(first, &["data", "binaryData"]))
    };
    let is_text = || {
        let mut pairs = steps.windows(2);
        pairs.any(|pair| match pair {
            [list, Step::Index(_)] => is_key(list, &["env", "args", "command"]),
            _ => false,
        })
    };
    resource.is("", "Secret")
        || resource.group() == "history.plimsoll.dev"
        || (resource.is("", "ConfigMap") && is_data())
        || is_text()
}

impl Plan {
    pub(crate) fn new(function: &'static str, config_name: &str, options: &Options) -> Self {
        Self::of(
            function,
            config_name,
            options.mode,
            options.results.min_severity,
            &options.rules,
        )
    }

    fn of(
        function: &'static str,
        config_name: &str,
        mode: Mode,
        min_severity: Severity,
        levels: &BTreeMap<String, Level>,
    ) -> Self {
        Self {
            function,
            config_name: config_name.to_owned(),
            mode,
            min_severity,
            levels: levels.clone(),
            edits: Vec::new(),
            generated: Vec::new(),
            retained: BTreeSet::new(),
            renamed: BTreeMap::new(),
            findings: Vec::new(),
            counts: BTreeMap::new(),
            bug: None,
            written: VecDeque::new(),
            skips: None,
        }
    }

    /// A plan of the same step with nothing in it.
    fn empty(&self) -> Self {
        Self::of(
            self.function,
            &self.config_name,
            self.mode,
            self.min_severity,
            &self.levels,
        )
    }

    /// Plans for so many things in parts, each by a thread of its own where they are worth it, and says what comes of
    /// each part beside the plan. What a part plans must not depend on the others.
    pub fn in_parts<R: Send>(
        &mut self,
        count: usize,
        each: impl Fn(&mut Self, Range<usize>) -> R + Sync,
    ) -> Vec<R> {
        let empty = &*self;
        let parts = yaml::threads::map_parts(count, |part| {
            let mut plan = empty.empty();
            let came = each(&mut plan, part);
            (plan, came)
        });
        let add = |(plan, came)| {
            self.append(plan);
            came
        };
        parts.into_iter().map(add).collect()
    }

    /// Plans two things that know nothing of one another, the second by a thread of its own if so many things are
    /// worth it.
    pub fn side_by_side(
        &mut self,
        count: usize,
        first: impl FnOnce(&mut Self),
        second: impl FnOnce(&mut Self) + Send,
    ) {
        let mut other = self.empty();
        let beside = || {
            second(&mut other);
            other
        };
        let ((), other) = yaml::threads::both(count, || first(self), beside);
        self.append(other);
    }

    /// Adds what was planned apart, and belongs behind what this plan has.
    pub(crate) fn append(&mut self, other: Self) {
        self.edits.extend(other.edits);
        self.generated.extend(other.generated);
        self.retained.extend(other.retained);
        self.renamed.extend(other.renamed);
        self.findings.extend(other.findings);
        for (what, count) in other.counts {
            *self.counts.entry(what).or_default() += count;
        }
        self.bug = self.bug.take().or(other.bug);
    }

    /// The same value as one that was written shortly before, if there is one.
    fn shared(&mut self, value: Arc<Value>) -> Arc<Value> {
        const REMEMBERED: usize = 8;
        if let Some(known) = self.written.iter().find(|known| **known == value) {
            return Arc::clone(known);
        }
        self.written.truncate(REMEMBERED - 1);
        self.written.push_front(Arc::clone(&value));
        value
    }

    /// Opens a decision; none where the author opted out of it.
    pub fn decide<'p, 'r>(
        &'p mut self,
        rule: &'static str,
        subject: impl Into<Subject<'r>>,
    ) -> Option<Decision<'p, 'r>> {
        let subject = subject.into();
        if let Some(item) = self.skipped(rule, subject) {
            let message = fmt::from_fn(|f| write!(f, "left alone, as `{SKIP}: {item}` asks"));
            self.count(Outcome::Skipped, "skip-annotation");
            let told = Told::new(rule, Severity::Info, Outcome::Skipped).because("skip-annotation");
            self.record(subject, told, message);
            return None;
        }
        Some(Decision {
            plan: self,
            rule,
            subject,
            is_open: true,
        })
    }

    /// Reports what a check found at a place, unless the author opted out of it.
    pub fn report<'r>(
        &mut self,
        rule: &'static str,
        severity: Severity,
        subject: impl Into<Subject<'r>>,
        place: &Place,
        message: impl Display,
        proposed: Option<&Value>,
    ) {
        let subject = subject.into();
        if self.skipped(rule, subject).is_none() {
            let told = Told::new(rule, severity, Outcome::Violation).at(place);
            self.record(subject, Told { proposed, ..told }, message);
        }
    }

    /// Whether the author opted out of a decision about the subject.
    pub fn is_skipped<'r>(&mut self, rule: &str, subject: impl Into<Subject<'r>>) -> bool {
        self.skipped(rule, subject.into()).is_some()
    }

    /// An object that the function makes for `subject`; the core marks it, finds the one of the last run
    /// and removes it when it is no longer made.
    pub fn generate(&mut self, value: Value, subject: &Resource<'_>) {
        self.generate_because(value, subject, "");
    }

    /// The same with what it rests on, which its result tells: `made for Deployment shop/web (…)`.
    pub fn generate_because(
        &mut self,
        value: Value,
        subject: &Resource<'_>,
        evidence: impl Into<String>,
    ) {
        let evidence = Some(evidence.into());
        self.generated.push(Generated {
            value,
            subject: subject.number,
            because: evidence.filter(|evidence| !evidence.is_empty()),
        });
    }

    /// Leaves an object that an earlier run made as it is, since the input doesn't tell whether it is still wanted.
    pub fn retain(&mut self, made: &Resource<'_>) {
        self.retained.insert(made.number);
    }

    fn skipped(&mut self, rule: &str, subject: Subject<'_>) -> Option<String> {
        let key = subject.key();
        if self.skips.as_ref().is_none_or(|(known, _)| *known != key) {
            self.skips = Some((key, subject.skips()));
        }
        let (_, skips) = self.skips.as_ref()?;
        if skips.is_empty() {
            return None;
        }
        let item = skips.find(self.function, rule, subject.container().as_deref())?;
        Some(item.text.clone())
    }

    fn count(&mut self, outcome: Outcome, what: &'static str) {
        *self.counts.entry((outcome, what)).or_default() += 1;
    }

    /// What became of generated objects belongs into the summary too.
    pub(crate) fn count_generated(&mut self, changed: usize) {
        if changed > 0 {
            let count = self.counts.entry((Outcome::Changed, "generated"));
            *count.or_default() += changed;
        }
    }

    /// Whether anybody sees what is changed by a rule of this severity; what an audit would change is worse.
    pub(crate) fn tells(&self, rule: &str, severity: Severity) -> bool {
        let level = self.leveled(rule, severity);
        self.mode == Mode::Audit || level.is_some_and(|level| level >= self.min_severity)
    }

    /// The severity that the user gave to a rule; none where it is off.
    pub(crate) fn leveled(&self, rule: &str, severity: Severity) -> Option<Severity> {
        if self.levels.is_empty() {
            return Some(severity);
        }
        match self.levels.get(&format!("{}/{rule}", self.function)) {
            None => Some(severity),
            Some(Level::Off) => None,
            Some(Level::Info) => Some(Severity::Info),
            Some(Level::Warning) => Some(Severity::Warning),
            Some(Level::Error) => Some(Severity::Error),
        }
    }

    /// How severe it is for those who see it; none where nobody does.
    fn shown(&self, told: Told<'_>) -> Option<Severity> {
        let severity = self.leveled(told.rule, told.severity)?;
        (severity >= self.min_severity).then_some(severity)
    }

    fn record(&mut self, subject: Subject<'_>, told: Told<'_>, message: impl Display) {
        // What nobody will see needs no words.
        let Some(severity) = self.shown(told) else {
            return;
        };
        let own = subject.place();
        // An object as a whole is no field of it.
        let place = told
            .place
            .or(own.as_ref())
            .filter(|place| !place.path.0.is_empty());
        self.findings.push(Finding {
            rule: told.rule.to_owned(),
            severity,
            outcome: told.outcome,
            message: message.to_string(),
            reason: told.reason.map(str::to_owned),
            subject: subject.resource().map(Identity::of),
            field: place.map(|place| place.path.to_string()),
            current: place.and_then(|place| subject.current(place)),
            proposed: told.proposed.cloned(),
            container: subject.container(),
            step: None,
            spot: None,
        });
    }
}

/// The parts of a finding that are known before its words are.
#[derive(Clone, Copy)]
struct Told<'a> {
    rule: &'static str,
    severity: Severity,
    outcome: Outcome,
    reason: Option<&'static str>,
    /// Where it is; the subject's own place if nowhere else.
    place: Option<&'a Place>,
    proposed: Option<&'a Value>,
}

impl<'a> Told<'a> {
    fn new(rule: &'static str, severity: Severity, outcome: Outcome) -> Self {
        Self {
            rule,
            severity,
            outcome,
            reason: None,
            place: None,
            proposed: None,
        }
    }

    fn because(self, reason: &'static str) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }

    fn at(self, place: &'a Place) -> Self {
        Self {
            place: Some(place),
            ..self
        }
    }
}

/// One decision about one subject. It ends in exactly one outcome.
#[must_use = "a decision ends in an outcome"]
pub struct Decision<'p, 'r> {
    plan: &'p mut Plan,
    rule: &'static str,
    subject: Subject<'r>,
    is_open: bool,
}

impl Decision<'_, '_> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn find(plan: &mut Plan, number: usize) {
        let message = number.to_string();
        plan.findings
            .push(Finding::violation("rule", Severity::Info, message));
        plan.count(Outcome::Kept, "found");
    }

    #[test]
    fn what_is_planned_in_parts_or_side_by_side_stands_in_order() {
        for count in [1, 63, 64, 1000] {
            let mut plan = Plan::new("probe", "example", &Options::default());
            let lengths = plan.in_parts(count, |plan, part| {
                let length = part.len();
                part.for_each(|number| find(plan, number));
                length
            });
            assert_eq!(lengths.iter().sum::<usize>(), count);
            let first = |plan: &mut Plan| find(plan, count);
            plan.side_by_side(count, first, |plan| find(plan, count + 1));
            let found = plan.findings.iter();
            let found: Vec<usize> = found.map(|one| one.message.parse().unwrap()).collect();
            assert_eq!(found, (0..count + 2).collect::<Vec<_>>());
            assert_eq!(plan.counts[&(Outcome::Kept, "found")], count + 2);
        }
    }
}
