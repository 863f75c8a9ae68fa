//! What the core asks of a function whatever its types are, so that most of the core is compiled once and not once
//! for each function.

use kube::Resources;
use serde_json::Value;
use yaml::{Mistake, Node, fields_of, read_all, read_value};

use crate::config::Config;
use crate::context::Context;
use crate::function::{ConfigError, Environment, Function, Rule};
use crate::plan::Plan;
use crate::scope::Scope;

/// A function without its types.
#[derive(Clone, Copy)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) rules: &'static [Rule],
    pub(crate) alternatives: &'static [&'static [&'static str]],
    pub(crate) built_in: fn(Option<Environment>) -> Value,
    /// The fields of the whole run.
    pub(crate) run_fields: fn() -> &'static [&'static str],
    /// What is wrong with those fields in a map that may have these others.
    pub(crate) misread_run: fn(Node<'_>, &[&str]) -> Vec<Mistake>,
    /// What is wrong with them beyond their types.
    pub(crate) check_run: fn(&Value) -> Vec<ConfigError>,
    /// What is wrong with the fields of a layer that may have these others.
    pub(crate) misread_layer: fn(Node<'_>, &[&str]) -> Vec<Mistake>,
    pub(crate) planner: for<'c> fn(&'c Config<'c>) -> Box<dyn Planner<'c> + 'c>,
}

/// A function with its configuration.
pub(crate) trait Planner<'c> {
    /// What the configuration is about.
    fn scope(&self) -> &Scope<'c>;

    /// What the function wants to happen.
    fn planned(&self, resources: &Resources<'_>) -> Plan;
}

impl<'c, F: Function> Planner<'c> for Context<'c, F> {
    fn scope(&self) -> &Scope<'c> {
        &self.scope
    }

    fn planned(&self, resources: &Resources<'_>) -> Plan {
        self.plan_all(resources)
    }
}

impl About {
    pub(crate) const fn of<F: Function>() -> Self {
        Self {
            name: F::NAME,
            kind: F::KIND,
            rules: F::RULES,
            alternatives: F::ALTERNATIVES,
            built_in: F::built_in,
            run_fields: fields_of::<F::Run>,
            misread_run: |node, besides| read_all::<F::Run>(node, besides).1,
            check_run: |value| F::check_run(&run::<F>(value)),
            misread_layer: |node, besides| read_all::<F::Config>(node, besides).1,
            planner: |config| Box::new(Context::<F>::new(config)),
        }
    }
}

/// The fields of the whole run; what can't be read is as if it weren't there.
pub(crate) fn run<F: Function>(value: &Value) -> F::Run {
    read_value(value).unwrap_or_default()
}
