//! What a plan is made from besides the objects: settings for each target, scope, versions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use kube::{Container, Kinds, Pod, Resource, Resources, Template};
use serde_json::Value;
use yaml::Mistake;

use crate::config::{Config, ConfigSource, Mode, Version};
use crate::finding::{Finding, Severity};
use crate::function::{ConfigError, Environment, Function};
use crate::generate;
use crate::layers::{Layer, Merged, Source};
use crate::plan::Plan;
use crate::select::Matcher;

/// A preset that a function lays between the user's environments and the overrides.
#[derive(Clone, Copy, Debug)]
pub struct Preset<'p> {
    /// Its number; two presets of a run never share one.
    pub number: usize,
    /// What it says, as a layer of the function's `Config`.
    pub layer: &'p Value,
    /// Whether the user wrote it.
    pub is_user: bool,
}

/// What a function plans by.
pub struct Context<'c, F: Function> {
    pub(crate) config: &'c Config<'c, F>,
    /// How this configuration marks what it makes.
    maker: String,
    settled: RefCell<BTreeMap<Key, Settled<F::Settings>>>,
    refused: RefCell<Vec<(Option<Source>, ConfigError)>>,
    usage: RefCell<Usage>,
    looked_at_pods: Cell<bool>,
    /// The numbers of the pods that are planned for.
    part: Range<usize>,
}

/// Settings of one set of layers, shared by all targets that they apply to; none where the layers contradict
/// one another.
type Settled<S> = Option<Rc<S>>;

/// A preset and the overrides that apply together.
type Key = (Option<usize>, Vec<usize>);

/// What the entries of the configuration matched.
#[derive(Debug, Default)]
struct Usage {
    targets: Vec<Hits>,
    exclude: Vec<Hits>,
    overrides: Vec<Hits>,
}

impl Usage {
    fn add(&mut self, other: Self) {
        let lists = [
            (&mut self.targets, other.targets),
            (&mut self.exclude, other.exclude),
            (&mut self.overrides, other.overrides),
        ];
        for (own, others) in lists {
            for (own, other) in own.iter_mut().zip(others) {
                own.any |= other.any;
                other.missed.iter().for_each(|name| own.miss(name));
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Hits {
    any: bool,
    /// Containers of objects that matched, but for their containers; the first few by name.
    missed: BTreeSet<String>,
}

impl Hits {
    fn miss(&mut self, container: &str) {
        let is_full = self.missed.len() == FEW;
        if is_full && self.missed.last().is_some_and(|last| **last <= *container) {
            return;
        }
        self.missed.insert(container.to_owned());
        if self.missed.len() > FEW {
            self.missed.pop_last();
        }
    }
}

/// As many names help those who look for a misspelled one.
const FEW: usize = 10;

/// What the planning for a part of the pods brought to light beside the plan.
pub(crate) struct Learned {
    refused: Vec<(Option<Source>, ConfigError)>,
    usage: Usage,
    looked_at_pods: bool,
}

impl<'c, F: Function> Context<'c, F> {
    pub(crate) fn new(config: &'c Config<'c, F>) -> Self {
        Self::for_part(config, 0..usize::MAX)
    }

    fn for_part(config: &'c Config<'c, F>, part: Range<usize>) -> Self {
        let hits = |count| vec![Hits::default(); count];
        let usage = Usage {
            targets: hits(config.targets.as_ref().map_or(0, Vec::len)),
            exclude: hits(config.exclude.len()),
            overrides: hits(config.overrides.len()),
        };
        let context = Self {
            config,
            maker: generate::maker(F::NAME, &config.name),
            settled: RefCell::default(),
            refused: RefCell::default(),
            usage: RefCell::new(usage),
            looked_at_pods: Cell::new(false),
            part,
        };
        // Mistakes are told even where nothing would meet them.
        context.settle(None, Vec::new());
        (0..config.overrides.len()).for_each(|number| drop(context.settle(None, vec![number])));
        context
    }

    /// What the function wants to happen, planned by several threads where it lets them.
    pub(crate) fn planned(&self, resources: &Resources<'_>) -> Plan {
        let pods = resources.pods().len();
        if !F::PLANS_POD_BY_POD || yaml::threads::worth(pods) == 1 {
            return F::plan(self, resources);
        }
        let config = self.config;
        let mut plan = self.plan();
        let parts = plan.in_parts(pods, |plan, part| {
            let context = Context::for_part(config, part);
            *plan = F::plan(&context, resources);
            context.learned()
        });
        for learned in parts {
            self.learn(learned);
        }
        plan
    }

    fn learned(self) -> Learned {
        Learned {
            refused: self.refused.into_inner(),
            usage: self.usage.into_inner(),
            looked_at_pods: self.looked_at_pods.get(),
        }
    }

    fn learn(&self, learned: Learned) {
        let mut refused = self.refused.borrow_mut();
        for error in learned.refused {
            if !refused.contains(&error) {
                refused.push(error);
            }
        }
        self.usage.borrow_mut().add(learned.usage);
        self.looked_at_pods
            .set(self.looked_at_pods.get() || learned.looked_at_pods);
    }

    /// The fields of the whole run.
    pub fn run(&self) -> &F::Run {
        &self.config.run
    }

    /// The kinds of objects that hold pods, the user's among them.
    pub fn kinds(&self) -> &'c Kinds {
        &self.config.kinds
    }

    /// What happens to fields that an author has set.
    pub fn mode(&self) -> Mode {
        self.config.options.mode
    }

    /// The built-in environment that applies, also below one of the user's.
    pub fn environment(&self) -> Option<Environment> {
        self.config.environment
    }

    /// Whether an earlier run by this configuration made the object.
    pub fn has_made(&self, object: &Resource<'_>) -> bool {
        generate::is_made_by(object, &self.maker)
    }

    /// The oldest Kubernetes version that the objects must fit.
    pub fn kubernetes_version(&self) -> Version {
        self.config.options.kubernetes_version
    }

    /// An empty plan.
    pub fn plan(&self) -> Plan {
        Plan::new(F::NAME, &self.config.name, &self.config.options)
    }

    /// The pods in scope: those of a cluster's objects that an author keeps, within targets.
    pub fn pods<'r>(&self, resources: &'r Resources<'r>) -> impl Iterator<Item = Pod<'r>> {
        self.looked_at_pods.set(true);
        let pods = resources.pods().skip(self.part.start);
        pods.take(self.part.len()).filter(move |pod| {
            let Some(owner) = pod.template_owner() else {
                return false;
            };
            let is_wanted = !pod.is_opt_in() || self.names_kind(owner);
            pod.template() != Template::Immutable && is_wanted && is_kept_by_author(owner)
        })
    }

    /// The containers in scope.
    pub fn containers<'r>(
        &self,
        resources: &'r Resources<'r>,
    ) -> impl Iterator<Item = Container<'r>> {
        let containers = self.pods(resources).flat_map(Pod::containers);
        containers.filter(move |container| self.is_in_scope(*container))
    }

    /// The objects in scope as a whole: those of a cluster that an author keeps, within targets.
    pub fn objects<'r>(
        &self,
        resources: &'r Resources<'r>,
    ) -> impl Iterator<Item = &'r Resource<'r>> {
        let is_target = move |object: &Resource<'r>| match &self.config.targets {
            None => true,
            Some(targets) => {
                let mut usage = self.usage.borrow_mut();
                matches_object(targets, resources, object, &mut usage.targets)
            }
        };
        let objects = resources.all();
        objects.filter(move |object| self.may_change(resources, object) && is_target(object))
    }

    /// Whether an object may be changed where something else in scope makes that necessary: an author keeps it,
    /// and it isn't excluded.
    pub fn may_change<'r>(&self, resources: &Resources<'r>, object: &Resource<'r>) -> bool {
        let mut usage = self.usage.borrow_mut();
        is_kept_by_author(object)
            && !matches_object(&self.config.exclude, resources, object, &mut usage.exclude)
    }

    fn names_kind(&self, owner: &Resource<'_>) -> bool {
        let targets = self.config.targets.iter().flatten();
        targets.into_iter().any(|matcher| matcher.names_kind(owner))
    }

    /// Whether a container of a pod in scope is in scope itself.
    pub fn is_in_scope(&self, container: Container<'_>) -> bool {
        let includes_injected = self.config.options.include_infrastructure_containers;
        if !includes_injected && container.is_injected() {
            return false;
        }
        let mut usage = self.usage.borrow_mut();
        let is_target = match &self.config.targets {
            None => true,
            Some(targets) => matching(targets, container, &mut usage.targets)
                .next()
                .is_some(),
        };
        let is_excluded = matching(&self.config.exclude, container, &mut usage.exclude).count() > 0;
        is_target && !is_excluded
    }

    /// What applies to the container; none where the layers contradict one another, which ends the run.
    pub fn settings(&self, container: Container<'_>) -> Option<Rc<F::Settings>> {
        self.settings_with(container, None)
    }

    /// What applies to an object as a whole, whatever its containers are; none where the layers contradict one
    /// another, which ends the run.
    pub fn settings_of<'r>(
        &self,
        resources: &Resources<'r>,
        object: &Resource<'r>,
    ) -> Option<Rc<F::Settings>> {
        let mut overrides = Vec::new();
        let mut usage = self.usage.borrow_mut();
        let entries = self.config.overrides.iter().zip(&mut usage.overrides);
        for (number, ((matcher, _), hits)) in entries.enumerate() {
            if !matcher.is_about_containers() && matcher.fits_resource(resources, object) {
                hits.any = true;
                overrides.push(number);
            }
        }
        drop(usage);
        self.settle(None, overrides)
    }

    /// The same with a preset.
    pub fn settings_with(
        &self,
        container: Container<'_>,
        preset: Option<Preset<'_>>,
    ) -> Option<Rc<F::Settings>> {
        let matchers = self.config.overrides.iter().map(|(matcher, _)| matcher);
        let overrides = {
            let mut usage = self.usage.borrow_mut();
            matching(matchers, container, &mut usage.overrides).collect()
        };
        self.settle(preset, overrides)
    }

    fn settle(&self, preset: Option<Preset<'_>>, overrides: Vec<usize>) -> Settled<F::Settings> {
        let key = (preset.map(|preset| preset.number), overrides);
        if let Some(settled) = self.settled.borrow().get(&key) {
            return settled.clone();
        }
        let preset = preset.map(|preset| Layer {
            source: Source::Preset,
            value: preset.layer.clone(),
            is_user: preset.is_user,
            text: None,
        });
        let of_overrides = key
            .1
            .iter()
            .filter_map(|number| self.config.overrides.get(*number));
        let layers = self
            .config
            .layers
            .iter()
            .chain(&preset)
            .chain(of_overrides.map(|(_, layer)| layer));
        let layers: Vec<&Layer<'_>> = layers.collect();
        let settled = match Merged::of(&layers, F::ALTERNATIVES) {
            Ok(merged) => F::settle(&merged, &self.config.run).map_err(|errors| {
                errors
                    .into_iter()
                    .map(|error| (merged.origin_of(&error.path), error))
                    .collect::<Vec<_>>()
            }),
            // Each layer has been read by its type: what is wrong has been told, or a preset is at fault.
            Err(mistakes) => {
                let told = |mistake: Mistake| {
                    (
                        None,
                        ConfigError {
                            path: mistake.path,
                            message: mistake.message,
                        },
                    )
                };
                Err(mistakes.into_iter().map(told).collect())
            }
        };
        let settled = match settled {
            Ok(settings) => Some(Rc::new(settings)),
            Err(errors) => {
                let mut refused = self.refused.borrow_mut();
                for error in errors {
                    if !refused.contains(&error) {
                        refused.push(error);
                    }
                }
                None
            }
        };
        self.settled.borrow_mut().insert(key, settled.clone());
        settled
    }

    /// What is wrong with the configuration's meaning.
    pub(crate) fn mistakes(&self, source: ConfigSource<'c>) -> Vec<Mistake> {
        let refused = self.refused.borrow();
        let located = refused
            .iter()
            .map(|(origin, error)| self.config.locate(*origin, error, source));
        located.collect()
    }

    /// Warnings about entries of the configuration that matched nothing.
    pub(crate) fn unused(&self) -> Vec<Finding> {
        let usage = self.usage.borrow();
        let targets = self.config.targets.iter().flatten().zip(&usage.targets);
        let exclude = self.config.exclude.iter().zip(&usage.exclude);
        let overrides = self
            .config
            .overrides
            .iter()
            .map(|(matcher, _)| matcher)
            .zip(&usage.overrides);
        let lists: [(&str, Vec<(&Matcher, &Hits)>); 3] = [
            ("targets", targets.collect()),
            ("exclude", exclude.collect()),
            ("overrides", overrides.collect()),
        ];
        let mut found = Vec::new();
        for (field, entries) in lists {
            for (number, (matcher, hits)) in entries
                .into_iter()
                .enumerate()
                .filter(|(_, (_, hits))| !hits.any)
            {
                found.push(self.unused_entry(field, number, matcher, hits));
            }
        }
        found
    }

    fn unused_entry(&self, field: &str, number: usize, matcher: &Matcher, hits: &Hits) -> Finding {
        if !hits.missed.is_empty() && matcher.is_about_containers() {
            let names: Vec<&str> = hits.missed.iter().map(String::as_str).collect();
            let message = format!(
                "`{field}[{number}]` means a container that isn't there; there is {}",
                names.join(", ")
            );
            return Finding::violation("unknown-container", Severity::Warning, message);
        }
        let kinds = matcher.target.kinds.iter();
        let hint = kinds
            .filter(|kind| !self.config.kinds.knows(kind))
            .map(|kind| self.config.kinds.did_you_mean(kind));
        let hint = hint.collect::<Vec<_>>().concat();
        let message = format!("`{field}[{number}]` matches nothing in the input{hint}");
        Finding::violation("unused-target", Severity::Warning, message)
    }

    /// Rollouts in scope whose reference leads nowhere, for functions that look at pods.
    pub(crate) fn unresolved<'r>(
        &self,
        resources: &'r Resources<'r>,
    ) -> impl Iterator<Item = &'r Resource<'r>> {
        let looked = self.looked_at_pods.get();
        let fits = move |rollout: &&Resource<'r>| {
            let targets = self.config.targets.as_ref();
            let is_target = targets.is_none_or(|targets| {
                targets
                    .iter()
                    .any(|target| target.fits_resource(resources, rollout))
            });
            let is_excluded = self
                .config
                .exclude
                .iter()
                .any(|target| target.fits_resource(resources, rollout));
            looked && is_target && !is_excluded && is_kept_by_author(rollout)
        };
        resources.unresolved_rollouts().filter(fits)
    }
}

/// Whether an author keeps the object for a cluster: not for tools alone, not made by a controller, not run
/// once as a hook of a chart.
pub(crate) fn is_kept_by_author(resource: &Resource<'_>) -> bool {
    !resource.is_local() && !resource.is_owned() && !resource.is_helm_hook()
}

/// Whether any matcher fits the object as a whole; notes which ones do.
fn matches_object(
    matchers: &[Matcher],
    resources: &Resources<'_>,
    object: &Resource<'_>,
    hits: &mut [Hits],
) -> bool {
    let mut is_any = false;
    for (matcher, hits) in matchers.iter().zip(hits) {
        if !matcher.is_about_containers() && matcher.fits_resource(resources, object) {
            hits.any = true;
            is_any = true;
        }
    }
    is_any
}

/// The numbers of the matchers that fit a container; notes what each one met.
fn matching<'m>(
    matchers: impl IntoIterator<Item = &'m Matcher>,
    container: Container<'_>,
    hits: &mut [Hits],
) -> impl Iterator<Item = usize> {
    let mut numbers = Vec::new();
    let owner = container.pod.template_owner();
    for ((number, matcher), hits) in matchers.into_iter().enumerate().zip(hits) {
        let resources = container.pod.resources();
        if !owner.is_some_and(|owner| matcher.fits_resource(resources, owner)) {
            continue;
        }
        if matcher.fits_container(container) {
            hits.any = true;
            numbers.push(number);
        } else {
            hits.miss(&container.name());
        }
    }
    numbers.into_iter()
}

#[cfg(test)]
mod tests;
