//! A run over one input: each step plans on the objects as the step before left them, and its changes
//! count only if nothing failed.

mod changes;
mod output;
mod places;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use kube::Resources;
use serde_json::Value;
use yaml::order::Order as _;
use yaml::{Edited, Holder, Node, Style};

use crate::about::{About, Planner};
use crate::config::{Config, ConfigSource, Mode, Options, Output};
use crate::finding::{Finding, Identity, Outcome, Severity};
use crate::generate::{self, Resolved};
use crate::input::{Error, Input};
use crate::lower;
use crate::plan::{Edit, Plan};
use crate::shared_rules;

pub(crate) use changes::{Becomes, ChangedObject, NewObject};
pub(crate) use output::Pieces;

/// An item as the steps so far have left it.
#[derive(Debug)]
pub(crate) enum State {
    /// As it came in.
    Untouched,
    /// With new text of its own, parsed for the next step; apart, since it is large and most items never have it.
    Edited(Box<Edited>),
    /// With stretches of its text replaced, and no step to come.
    Spliced(Box<[yaml::Edit]>),
    /// With new text of its own, and no step to come.
    Written(Box<str>),
    /// Gone.
    Deleted,
}

/// A new object.
#[derive(Debug)]
enum New {
    /// As a function made it, and no step to come.
    Last(Value),
    /// As a function made it, with text of its own, parsed for the next step; apart, since it is much larger.
    Made(Box<Edited>),
    /// As a later step has left it.
    Edited(Box<Edited>),
}

/// A new object and where it belongs.
#[derive(Debug)]
struct Added {
    object: New,
    /// The number of the source that holds the object it is for.
    beside: Option<usize>,
}

/// A run over one input.
#[derive(Debug)]
pub(crate) struct Session<'s> {
    input: &'s Input,
    states: Vec<State>,
    /// New objects, in the order in which they came up.
    added: Vec<Added>,
    pub(crate) results: Vec<Value>,
    /// Lines for stderr.
    pub(crate) lines: Vec<String>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) has_failed: bool,
    /// What comes back.
    wanted: Output,
    /// The name of the step that runs, where a pipeline has several.
    step: Option<String>,
    /// Whether nothing comes behind the next step, so that it need not keep what it parsed.
    pub(crate) is_last_step: bool,
    /// Whether findings are looked up in the input.
    pub(crate) is_locating: bool,
    /// Shows more than the configuration does.
    pub(crate) min_severity: Option<Severity>,
}

/// Where an object of the moment is kept.
#[derive(Clone, Copy, Debug)]
enum Slot {
    /// An item of the input.
    Item(usize),
    /// A new object.
    Added(usize),
}

/// An object of the moment.
struct Live<'n> {
    slot: Slot,
    node: Node<'n>,
}

impl<'s> Session<'s> {
    pub(crate) fn new(input: &'s Input) -> Self {
        Self {
            input,
            states: input.items.iter().map(|_| State::Untouched).collect(),
            added: Vec::new(),
            results: Vec::new(),
            lines: Vec::new(),
            findings: Vec::new(),
            has_failed: false,
            wanted: Output::Items,
            step: None,
            is_last_step: false,
            is_locating: false,
            min_severity: None,
        }
    }

    /// The objects as they are now.
    fn live(&self) -> Vec<Live<'_>> {
        let items = self.input.items.iter().zip(&self.states).enumerate();
        let items = items.filter_map(|(number, (item, state))| {
            let node = match state {
                State::Untouched => self.input.node(item)?,
                State::Edited(edited) => edited.root(),
                State::Spliced(_) | State::Written(_) | State::Deleted => return None,
            };
            let slot = Slot::Item(number);
            Some(Live { slot, node })
        });
        let added = self.added.iter().enumerate();
        let added = added.filter_map(|(number, added)| {
            let node = added.object.parsed()?.root();
            let slot = Slot::Added(number);
            Some(Live { slot, node })
        });
        // Room grown bit by bit would stand there twice.
        let mut live = Vec::with_capacity(self.states.len() + self.added.len());
        live.extend(items.chain(added));
        live
    }

    /// Reads the configuration of a function and tells what is wrong with it.
    pub(crate) fn check(&mut self, about: About, source: ConfigSource<'_>) {
        self.with_planner(about, source, |_, _| ());
    }

    /// Runs one function.
    pub(crate) fn step(&mut self, about: About, source: ConfigSource<'_>) -> Result<(), Error> {
        let ran = self.with_planner(about, source, |session, planner| {
            let done = session.plan(planner, source)?;
            session.finish(about.name, done, &planner.scope().config.options)
        });
        ran.unwrap_or(Ok(()))
    }

    /// Does something with what a configuration says; nothing where that has mistakes, which are told.
    fn with_planner<R>(
        &mut self,
        about: About,
        source: ConfigSource<'_>,
        then: impl FnOnce(&mut Self, &dyn Planner<'_>) -> R,
    ) -> Option<R> {
        self.step = source.step();
        let (map, mut mistakes) = match source.config_map() {
            Some((map, mistakes)) => (Some(map), mistakes),
            None => (None, Vec::new()),
        };
        let (mut config, more) = Config::read(about, source, map.as_ref());
        mistakes.extend(more);
        let shown = &mut config.options.results.min_severity;
        *shown = self.min_severity.unwrap_or(*shown);
        let planner = (about.planner)(&config);
        mistakes.extend(planner.scope().mistakes(source));
        if !mistakes.is_empty() {
            let findings = mistakes.iter().map(|mistake| source.mistake(mistake));
            self.report(about.name, findings.collect());
            self.has_failed = true;
            return None;
        }
        Some(then(self, &*planner))
    }

    fn plan(&self, planner: &dyn Planner<'_>, source: ConfigSource<'_>) -> Result<Done, Error> {
        let scope = planner.scope();
        let config = scope.config;
        let name = config.about.name;
        let live = self.live();
        let nodes = live.iter().map(|live| live.node);
        let resources = Resources::new(nodes, &config.kinds, &config.options.default_namespace);
        let mut plan = planner.planned(&resources);
        if let Some(what) = plan.bug.take() {
            return Err(bug(name, &what));
        }
        let generated = generate::resolve(name, &mut plan, &resources);
        let mut generated = generated.map_err(|what| bug(name, &what))?;
        if config.options.mode == Mode::Audit {
            generated = generated.audited();
        }
        plan.count_generated(generated.changed);
        let mistakes = scope.mistakes(source);
        let is_refused = !mistakes.is_empty();
        let refusals = mistakes.iter().map(|mistake| source.mistake(mistake));
        let mut findings: Vec<Finding> = refusals.collect();
        findings.extend(self.malformations(&resources, &live));
        let misfits = shared_rules::misfits(config, &resources);
        let is_all_read = misfits.is_empty();
        findings.extend(misfits);
        findings.append(&mut plan.findings);
        // Where containers can't be read, nobody knows what an entry would have matched.
        if is_all_read {
            findings.extend(scope.unused());
        }
        findings.extend(shared_rules::skips(config, &resources));
        let unresolved = scope.unresolved(&resources);
        findings.extend(unresolved.map(shared_rules::unresolved));
        let done = self.done(plan, findings, generated, is_refused, &live, &resources);
        done.map_err(|what| bug(name, &what))
    }

    /// What comes of a plan.
    fn done(
        &self,
        mut plan: Plan,
        mut findings: Vec<Finding>,
        generated: Resolved,
        is_refused: bool,
        live: &[Live<'_>],
        resources: &Resources<'_>,
    ) -> Result<Done, String> {
        findings.extend(generated.findings);
        plan.edits.extend(generated.edits);
        let edits = lower::ordered(std::mem::take(&mut plan.edits))?;
        let changed = self.apply(edits, live, resources, &mut findings);
        findings.retain_mut(|finding| {
            let level = plan.leveled(&finding.rule, finding.severity);
            finding.severity = level.unwrap_or(finding.severity);
            level.is_some()
        });
        self.locate(&mut findings, live, resources);
        let slot_of = |number: &usize| live.get(resources.get(*number)?.item).map(|live| live.slot);
        let deleted = generated.deleted.iter().filter_map(slot_of).collect();
        Ok(Done {
            findings,
            is_refused,
            plan,
            changed,
            deleted,
            added: self.placed(generated.added, live, resources),
        })
    }

    /// Makes the changes, item by item, each of which stays as it is where one can't be made.
    fn apply(
        &self,
        edits: Vec<Edit>,
        live: &[Live<'_>],
        resources: &Resources<'_>,
        findings: &mut Vec<Finding>,
    ) -> Vec<(Slot, State)> {
        let item_of = |edit: &Edit| {
            resources
                .get(edit.place.resource)
                .map(|resource| resource.item)
        };
        let mut by_item: Vec<Vec<Edit>> = Vec::new();
        for edit in edits {
            match by_item.last_mut() {
                Some(list) if list.last().map(item_of) == Some(item_of(&edit)) => list.push(edit),
                _ => by_item.push(vec![edit]),
            }
        }
        let applied = yaml::threads::map_owned(by_item, |of_item| {
            let number = of_item.first().and_then(item_of)?;
            let Live { slot, node } = live.get(number)?;
            let holder = self.holder(*slot)?;
            let patch = lower::patch(&of_item, resources);
            drop(of_item);
            let edits = || yaml::edits(*node, &holder, &patch);
            let state = match self.state(*slot).filter(|_| self.is_last_step) {
                Some(State::Untouched) => edits().map(|edits| Some(State::Spliced(edits?.into()))),
                // Nobody will read the object once more.
                Some(State::Edited(edited)) => {
                    let text = edited.stream.text();
                    let new = |edits: Vec<_>| yaml::spliced(text, holder.range(), &edits);
                    edits().map(|edits| Some(State::Written(new(edits?).into())))
                }
                _ => {
                    let edited = yaml::apply(*node, &holder, &patch);
                    edited.map(|edited| edited.map(Box::new).map(State::Edited))
                }
            };
            match state {
                Ok(state) => Some(Ok((*slot, state?))),
                // Apart, since it is large and hardly ever there.
                Err(error) => Some(Err(Box::new(not_editable(resources, number, &error)))),
            }
        });
        let applied = applied.into_iter().filter_map(|result| match result? {
            Ok(changed) => Some(changed),
            Err(finding) => {
                findings.push(*finding);
                None
            }
        });
        applied.collect()
    }

    /// The text that holds an object of the moment alone.
    fn holder(&self, slot: Slot) -> Option<Holder> {
        match slot {
            Slot::Item(number) => {
                let held = &self.input.items.get(number)?.holder;
                Some(match self.states.get(number)? {
                    State::Edited(edited) => whole(edited, held),
                    _ => held.clone(),
                })
            }
            Slot::Added(number) => {
                let edited = self.added.get(number)?.object.parsed()?;
                Some(Holder::Document(0..edited.stream.text().len()))
            }
        }
    }

    /// What an item of the input is like now; none for new objects.
    fn state(&self, slot: Slot) -> Option<&State> {
        match slot {
            Slot::Item(number) => self.states.get(number),
            Slot::Added(_) => None,
        }
    }

    fn finish(&mut self, function: &str, done: Done, options: &Options) -> Result<(), Error> {
        let Done {
            mut findings,
            is_refused,
            plan,
            changed,
            deleted,
            added,
        } = done;
        let fails = |finding: &Finding| options.results.fail_on.is_reached_by(finding.severity);
        let has_failed = is_refused || findings.iter().any(fails);
        findings.retain(|finding| finding.severity >= options.results.min_severity);
        findings.order_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings.extend(summary(&plan, &findings, has_failed));
        self.report(function, findings);
        if has_failed {
            self.has_failed = true;
            return Ok(());
        }
        for (slot, state) in changed {
            self.put(slot, state);
        }
        // From the end on, so that the places of new objects stay right.
        deleted
            .into_iter()
            .rev()
            .for_each(|slot| self.put(slot, State::Deleted));
        let added = self.add(added);
        added.map_err(|error| bug(function, &error.to_string()))?;
        if options.output == Output::Empty {
            self.wanted = Output::Empty;
        }
        Ok(())
    }

    /// Adds new objects, parsed where the next step is to read them.
    fn add(&mut self, objects: Vec<(Value, Option<usize>)>) -> Result<(), yaml::Error> {
        if self.is_last_step {
            let last = objects.into_iter().map(|(value, beside)| Added {
                object: New::Last(value),
                beside,
            });
            self.added.extend(last);
            return Ok(());
        }
        let parsed = yaml::threads::map(&objects, |(value, _)| {
            Edited::parse(yaml::to_string(value, Style::default()))
        });
        for ((_, beside), parsed) in objects.into_iter().zip(parsed) {
            let object = New::Made(Box::new(parsed?));
            self.added.push(Added { object, beside });
        }
        Ok(())
    }

    fn put(&mut self, slot: Slot, state: State) {
        match (slot, state) {
            (Slot::Item(number), state) => {
                if let Some(place) = self.states.get_mut(number) {
                    *place = state;
                }
            }
            (Slot::Added(number), State::Edited(edited)) => {
                if let Some(place) = self.added.get_mut(number) {
                    place.object = New::Edited(edited);
                }
            }
            (Slot::Added(number), _) if number < self.added.len() => {
                drop(self.added.remove(number));
            }
            _ => {}
        }
    }

    /// Ends the run over a configuration that no function can be asked about.
    pub(crate) fn refuse(&mut self, name: &str, step: Option<String>, mistakes: Vec<Finding>) {
        self.step = step;
        self.report(name, mistakes);
        self.has_failed = true;
    }

    fn report(&mut self, function: &str, findings: Vec<Finding>) {
        for mut finding in findings {
            finding.step.clone_from(&self.step);
            self.lines.push(finding.line(function));
            self.results.push(finding.to_result(function));
            self.findings.push(finding);
        }
    }
}

impl New {
    fn value(&self) -> Result<Cow<'_, Value>, yaml::Error> {
        match self {
            Self::Last(value) => Ok(Cow::Borrowed(value)),
            Self::Made(object) | Self::Edited(object) => object.root().to_value().map(Cow::Owned),
        }
    }

    /// What the next step reads.
    fn parsed(&self) -> Option<&Edited> {
        match self {
            Self::Last(_) => None,
            Self::Made(object) | Self::Edited(object) => Some(object),
        }
    }
}

/// An edited item's whole text, held as the item it came from is.
fn whole(edited: &Edited, like: &Holder) -> Holder {
    let range = 0..edited.stream.text().len();
    match like {
        Holder::Item(_) => Holder::Item(range),
        Holder::Document(_) => Holder::Document(range),
    }
}

/// A plan that contradicts itself.
fn bug(function: &str, what: &str) -> Error {
    Error::Bug(format!("{function}: {what}"))
}

fn not_editable(resources: &Resources<'_>, item: usize, error: &yaml::Error) -> Finding {
    let subject = resources
        .all()
        .find(|resource| resource.item == item)
        .map(Identity::of);
    let message = format!("{} ({})", error.message, error.position);
    Finding {
        subject,
        ..Finding::violation("not-editable", Severity::Error, message)
    }
}

/// What a step comes to before it counts.
struct Done {
    findings: Vec<Finding>,
    is_refused: bool,
    plan: Plan,
    changed: Vec<(Slot, State)>,
    deleted: Vec<Slot>,
    /// New objects and the sources that they belong beside.
    added: Vec<(Value, Option<usize>)>,
}

/// The one result that counts what was done, where anything was.
fn summary(plan: &Plan, findings: &[Finding], has_failed: bool) -> Option<Finding> {
    let mut parts = Vec::new();
    let mut first = None;
    for outcome in [Outcome::Changed, Outcome::Kept, Outcome::Skipped] {
        let of_outcome: Vec<_> = plan
            .counts
            .iter()
            .filter(|((own, _), _)| *own == outcome)
            .collect();
        let total: usize = of_outcome.iter().map(|(_, count)| **count).sum();
        if total > 0 {
            first = first.or(Some(outcome));
            let details: Vec<String> = of_outcome
                .iter()
                .map(|((_, what), count)| format!("{what} {count}"))
                .collect();
            parts.push(format!(
                "{} {total} ({})",
                outcome.as_str(),
                details.join(", ")
            ));
        }
    }
    let outcome = first?;
    for (severity, name) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
        match findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
        {
            0 => {}
            1 => parts.push(format!("1 {name}")),
            count => parts.push(format!("{count} {name}s")),
        }
    }
    let prefix = if has_failed {
        "nothing was written; otherwise it would be: "
    } else {
        ""
    };
    let message = format!("{prefix}{}", parts.join(", "));
    Some(Finding {
        outcome,
        ..Finding::violation("summary", Severity::Info, message)
    })
}
