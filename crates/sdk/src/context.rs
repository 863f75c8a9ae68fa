//! What a plan is made from besides the objects: settings for each target, scope, versions.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use kube::{Container, Kinds, Pod, Resource, Resources};
use serde_json::Value;
use yaml::Mistake;

use crate::about;
use crate::config::{Config, Mode, Version};
use crate::function::{ConfigError, Environment, Function};
use crate::generate;
use crate::layers::{Merged, Source};
use crate::plan::Plan;
use crate::scope::Scope;

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
    pub(crate) scope: Scope<'c>,
    run: F::Run,
    /// How this configuration marks what it makes.
    maker: String,
    settled: RefCell<BTreeMap<Key, Settled<F::Settings>>>,
}

/// Settings of one set of layers, shared by all targets that they apply to; none where the layers contradict
/// one another.
type Settled<S> = Option<Rc<S>>;

/// A preset and the overrides that apply together.
type Key = (Option<usize>, Vec<usize>);

impl<'c, F: Function> Context<'c, F> {
    pub(crate) fn new(config: &'c Config<'c>) -> Self {
        Self::for_part(config, 0..usize::MAX)
    }

    fn for_part(config: &'c Config<'c>, part: Range<usize>) -> Self {
        let context = Self {
            scope: Scope::new(config, part),
            run: about::run::<F>(&config.run),
            maker: generate::maker(F::NAME, &config.name),
            settled: RefCell::default(),
        };
        // Mistakes are told even where nothing would meet them.
        context.settle(None, Vec::new());
        (0..config.overrides.len()).for_each(|number| drop(context.settle(None, vec![number])));
        context
    }

    /// What the function wants to happen, planned by several threads where it lets them.
    pub(crate) fn plan_all(&self, resources: &Resources<'_>) -> Plan {
        let pods = resources.pods().len();
        if !F::PLANS_POD_BY_POD || yaml::threads::worth(pods) == 1 {
            return F::plan(self, resources);
        }
        let config = self.scope.config;
        let mut plan = self.plan();
        let parts = plan.in_parts(pods, |plan, part| {
            let context = Context::for_part(config, part);
            *plan = F::plan(&context, resources);
            context.scope.learned()
        });
        for learned in parts {
            self.scope.learn(learned);
        }
        plan
    }

    /// The fields of the whole run.
    pub fn run(&self) -> &F::Run {
        &self.run
    }

    /// The kinds of objects that hold pods, the user's among them.
    pub fn kinds(&self) -> &'c Kinds {
        &self.scope.config.kinds
    }

    /// What happens to fields that an author has set.
    pub fn mode(&self) -> Mode {
        self.scope.config.options.mode
    }

    /// The built-in environment that applies, also below one of the user's.
    pub fn environment(&self) -> Option<Environment> {
        self.scope.config.environment
    }

    /// Whether an earlier run by this configuration made the object.
    pub fn has_made(&self, object: &Resource<'_>) -> bool {
        generate::is_made_by(object, &self.maker)
    }

    /// The oldest Kubernetes version that the objects must fit.
    pub fn kubernetes_version(&self) -> Version {
        self.scope.config.options.kubernetes_version
    }

    /// An empty plan.
    pub fn plan(&self) -> Plan {
        let config = self.scope.config;
        Plan::new(F::NAME, &config.name, &config.options)
    }

    /// The pods in scope: those of a cluster's objects that an author keeps, within targets.
    pub fn pods<'r>(&self, resources: &'r Resources<'r>) -> impl Iterator<Item = Pod<'r>> {
        self.scope.pods(resources)
    }

    /// The containers in scope.
    pub fn containers<'r>(
        &self,
        resources: &'r Resources<'r>,
    ) -> impl Iterator<Item = Container<'r>> {
        self.scope.containers(resources)
    }

    /// The objects in scope as a whole: those of a cluster that an author keeps, within targets.
    pub fn objects<'r>(
        &self,
        resources: &'r Resources<'r>,
    ) -> impl Iterator<Item = &'r Resource<'r>> {
        self.scope.objects(resources)
    }

    /// Whether an object may be changed where something else in scope makes that necessary: an author keeps it,
    /// and it isn't excluded.
    pub fn may_change<'r>(&self, resources: &Resources<'r>, object: &Resource<'r>) -> bool {
        self.scope.may_change(resources, object)
    }

    /// Whether a container of a pod in scope is in scope itself.
    pub fn is_in_scope(&self, container: Container<'_>) -> bool {
        self.scope.is_in_scope(container)
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
        self.settle(None, self.scope.overrides_of(resources, object))
    }

    /// The same with a preset.
    pub fn settings_with(
        &self,
        container: Container<'_>,
        preset: Option<Preset<'_>>,
    ) -> Option<Rc<F::Settings>> {
        self.settle(preset, self.scope.overrides_for(container))
    }

    fn settle(&self, preset: Option<Preset<'_>>, overrides: Vec<usize>) -> Settled<F::Settings> {
        let key = (preset.map(|preset| preset.number), overrides);
        if let Some(settled) = self.settled.borrow().get(&key) {
            return settled.clone();
        }
        let (value, origins) = self.scope.merged(preset, &key.1);
        let settled = match yaml::read_value(&value) {
            Ok(config) => {
                let merged = Merged::new(config, origins);
                let settings = F::settle(&merged, &self.run);
                settings.map_err(|errors| merged.located(errors))
            }
            // Each layer has been read by its type: what is wrong has been told, or a preset is at fault.
            Err(mistakes) => Err(mistakes.into_iter().map(untraceable).collect()),
        };
        let settled = settled.map_err(|errors| self.scope.refuse(errors));
        let settled = settled.ok().map(Rc::new);
        self.settled.borrow_mut().insert(key, settled.clone());
        settled
    }
}

/// A mistake in merged layers, whichever of them it stands in.
fn untraceable(mistake: Mistake) -> (Option<Source>, ConfigError) {
    (None, ConfigError::new(mistake.path, mistake.message))
}

#[cfg(test)]
mod tests;
