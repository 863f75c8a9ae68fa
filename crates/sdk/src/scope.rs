//! Which objects a run is for, and what came to light about its configuration on the way through them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::Range;

use kube::{Container, Pod, Resource, Resources, Template};
use serde_json::Value;
use yaml::Mistake;

use crate::config::{Config, ConfigSource};
use crate::context::Preset;
use crate::finding::{Finding, Severity};
use crate::function::ConfigError;
use crate::layers::{self, Layer, Origins, Source};
use crate::select::Matcher;

/// What a configuration is about, whatever its function is.
pub(crate) struct Scope<'c> {
    pub(crate) config: &'c Config<'c>,
    /// The numbers of the pods that are planned for.
    part: Range<usize>,
    learned: Learned,
}

/// What came to light on the way through the objects.
pub(crate) struct Learned {
    refused: RefCell<Vec<(Option<Source>, ConfigError)>>,
    usage: RefCell<Usage>,
    looked_at_pods: Cell<bool>,
}

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

impl<'c> Scope<'c> {
    pub(crate) fn new(config: &'c Config<'c>, part: Range<usize>) -> Self {
        let hits = |count| vec![Hits::default(); count];
        let usage = Usage {
            targets: hits(config.targets.as_ref().map_or(0, Vec::len)),
            exclude: hits(config.exclude.len()),
            overrides: hits(config.overrides.len()),
        };
        Self {
            config,
            part,
            learned: Learned {
                refused: RefCell::default(),
                usage: RefCell::new(usage),
                looked_at_pods: Cell::new(false),
            },
        }
    }

    /// What came to light.
    pub(crate) fn learned(self) -> Learned {
        self.learned
    }

    /// Adds what came to light about a part of the pods.
    pub(crate) fn learn(&self, learned: Learned) {
        self.refuse(learned.refused.into_inner());
        let usage = learned.usage.into_inner();
        self.learned.usage.borrow_mut().add(usage);
        let looked_at_pods = &self.learned.looked_at_pods;
        looked_at_pods.set(looked_at_pods.get() || learned.looked_at_pods.get());
    }

    /// Notes what is wrong with the configuration's meaning, once each.
    pub(crate) fn refuse(&self, errors: Vec<(Option<Source>, ConfigError)>) {
        let mut refused = self.learned.refused.borrow_mut();
        for error in errors {
            if !refused.contains(&error) {
                refused.push(error);
            }
        }
    }

    /// What is wrong with the configuration's meaning.
    pub(crate) fn mistakes(&self, source: ConfigSource<'c>) -> Vec<Mistake> {
        let refused = self.learned.refused.borrow();
        let located = refused
            .iter()
            .map(|(origin, error)| self.config.locate(*origin, error, source));
        located.collect()
    }

    /// The pods in scope: those of a cluster's objects that an author keeps, within targets.
    pub(crate) fn pods<'r>(&self, resources: &'r Resources<'r>) -> impl Iterator<Item = Pod<'r>> {
        self.learned.looked_at_pods.set(true);
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
    pub(crate) fn containers<'r>(
        &self,
        resources: &'r Resources<'r>,
    ) -> impl Iterator<Item = Container<'r>> {
        let containers = self.pods(resources).flat_map(Pod::containers);
        containers.filter(move |container| self.is_in_scope(*container))
    }

    /// The objects in scope as a whole: those of a cluster that an author keeps, within targets.
    pub(crate) fn objects<'r>(
        &self,
        resources: &'r Resources<'r>,
    ) -> impl Iterator<Item = &'r Resource<'r>> {
        let is_target = move |object: &Resource<'r>| match &self.config.targets {
            None => true,
            Some(targets) => {
                let mut usage = self.learned.usage.borrow_mut();
                matches_object(targets, resources, object, &mut usage.targets)
            }
        };
        let objects = resources.all();
        objects.filter(move |object| self.may_change(resources, object) && is_target(object))
    }

    /// Whether an object may be changed where something else in scope makes that necessary: an author keeps it,
    /// and it isn't excluded.
    pub(crate) fn may_change<'r>(&self, resources: &Resources<'r>, object: &Resource<'r>) -> bool {
        let mut usage = self.learned.usage.borrow_mut();
        is_kept_by_author(object)
            && !matches_object(&self.config.exclude, resources, object, &mut usage.exclude)
    }

    fn names_kind(&self, owner: &Resource<'_>) -> bool {
        let targets = self.config.targets.iter().flatten();
        targets.into_iter().any(|matcher| matcher.names_kind(owner))
    }

    /// Whether a container of a pod in scope is in scope itself.
    pub(crate) fn is_in_scope(&self, container: Container<'_>) -> bool {
        let includes_injected = self.config.options.include_infrastructure_containers;
        if !includes_injected && container.is_injected() {
            return false;
        }
        let mut usage = self.learned.usage.borrow_mut();
        let is_target = match &self.config.targets {
            None => true,
            Some(targets) => !matching(targets, container, &mut usage.targets).is_empty(),
        };
        let excluding = matching(&self.config.exclude, container, &mut usage.exclude);
        is_target && excluding.is_empty()
    }

    /// The numbers of the overrides that are about an object as a whole.
    pub(crate) fn overrides_of<'r>(
        &self,
        resources: &Resources<'r>,
        object: &Resource<'r>,
    ) -> Vec<usize> {
        let mut overrides = Vec::new();
        let mut usage = self.learned.usage.borrow_mut();
        let entries = self.config.overrides.iter().zip(&mut usage.overrides);
        for (number, ((matcher, _), hits)) in entries.enumerate() {
            if !matcher.is_about_containers() && matcher.fits_resource(resources, object) {
                hits.any = true;
                overrides.push(number);
            }
        }
        overrides
    }

    /// The numbers of the overrides that are about a container.
    pub(crate) fn overrides_for(&self, container: Container<'_>) -> Vec<usize> {
        let matchers = self.config.overrides.iter().map(|(matcher, _)| matcher);
        let mut usage = self.learned.usage.borrow_mut();
        matching(matchers, container, &mut usage.overrides)
    }

    /// What a preset and the overrides of these numbers say together with all else that is configured.
    pub(crate) fn merged(
        &self,
        preset: Option<Preset<'_>>,
        overrides: &[usize],
    ) -> (Value, Origins) {
        let preset = preset.map(|preset| Layer {
            source: Source::Preset,
            value: preset.layer.clone(),
            is_user: preset.is_user,
            text: None,
        });
        let overrides = overrides.iter();
        let overrides = overrides.filter_map(|number| self.config.overrides.get(*number));
        let below = self.config.layers.iter().chain(&preset);
        let layers: Vec<_> = below.chain(overrides.map(|(_, layer)| layer)).collect();
        layers::merged(&layers, self.config.about.alternatives)
    }

    /// Warnings about entries of the configuration that matched nothing.
    pub(crate) fn unused(&self) -> Vec<Finding> {
        let usage = self.learned.usage.borrow();
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
        let looked = self.learned.looked_at_pods.get();
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
) -> Vec<usize> {
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
    numbers
}
