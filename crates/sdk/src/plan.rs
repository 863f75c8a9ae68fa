//! A plan is data: changes at places, objects to add, and findings.
//!
//! A decision is opened with [`Plan::decide`] and ends in exactly one outcome, so that everything changed,
//! kept or skipped is explained. A check that finds something is reported with [`Plan::report`].

mod decision;
mod subject;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::{self, Display};
use std::ops::Range;
use std::sync::Arc;

use kube::{Place, Resource};
use serde_json::Value;

use crate::config::{Level, Mode, Options};
use crate::finding::{Finding, Identity, Outcome, Severity};
use crate::skip::{SKIP, Skips};

pub use decision::Decision;
pub use subject::Subject;

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
        Some(Decision::open(self, rule, subject))
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
