//! What a function is.

use kube::Resources;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use yaml::{Packed, Path};

use crate::context::Context;
use crate::finding::Severity;
use crate::layers::Merged;
use crate::plan::Plan;

/// The functions there are or will be, in the order in which they belong: each builds on what the ones before wrote.
/// All are known to each, so that any of them notices a misspelled name.
pub const FUNCTIONS: [&str; 13] = [
    "externalize-secrets",
    "add-identity",
    "set-resources",
    "inject-probes",
    "set-availability",
    "harden-pods",
    "hash-configmaps",
    "add-mtls-policies",
    "add-network-policies",
    "add-monitoring",
    "set-tenancy",
    "validate-config",
    "detect-drift",
];

/// One KRM function: decides what to change, changes nothing itself.
pub trait Function: Sized + 'static {
    /// Package, directory, binary, image and docs page.
    const NAME: &'static str;
    /// The kind of its configuration.
    const KIND: &'static str;
    /// One imperative sentence; opens `--help` and the README.
    const SUMMARY: &'static str;
    /// The JSON Schema of its configuration, `schema.json`.
    const SCHEMA: Packed;
    /// A configuration that works.
    const EXAMPLE: &'static str;
    /// Every decision and check it makes.
    const RULES: &'static [Rule];
    /// Fields that displace one another, wherever in a layer they stand side by side.
    const ALTERNATIVES: &'static [&'static [&'static str]];
    /// Whether the pods in scope are all that it plans for, each of them whatever the others come to: then several
    /// threads share them.
    const PLANS_POD_BY_POD: bool = false;

    /// What the user writes for targets: one layer, every field optional.
    type Config: DeserializeOwned + JsonSchema;
    /// What the user writes for the whole run, every field optional.
    type Run: DeserializeOwned + JsonSchema + Default + Sync;
    /// What a merged set of layers means: complete, and valid by construction.
    type Settings;

    /// The lowest layer of a built-in environment, and of no environment at all.
    fn built_in(environment: Option<Environment>) -> Value;

    /// Makes sense of the layers, beside the fields of the whole run; runs once per distinct set of them. Says
    /// every mistake at once.
    fn settle(
        layers: &Merged<Self::Config>,
        run: &Self::Run,
    ) -> Result<Self::Settings, Vec<ConfigError>>;

    /// What is wrong with the fields of the whole run beyond their types.
    fn check_run(_run: &Self::Run) -> Vec<ConfigError> {
        Vec::new()
    }

    /// Pure and total: a bad config was refused before, a bad object is a finding. With
    /// [`Function::PLANS_POD_BY_POD`] the pods of the context may be a part of those there are.
    fn plan(context: &Context<'_, Self>, resources: &Resources<'_>) -> Plan;
}

/// Something to do with every function: dispatch, test, document.
pub trait Visitor {
    /// Does it with one.
    fn visit<F: Function>(&mut self);
}

/// A list of functions.
pub trait Functions {
    /// Whether there is just one, so that nothing has to name it.
    const IS_ONE: bool = false;

    /// Calls `visitor` once per function.
    fn each(visitor: &mut impl Visitor);
}

/// An environment that comes with every function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// For writing software.
    Development,
    /// For trying what production will do.
    Staging,
    /// For users.
    Production,
}

impl Environment {
    /// All of them, by their names.
    pub const ALL: [(&'static str, Self); 3] = [
        ("development", Self::Development),
        ("staging", Self::Staging),
        ("production", Self::Production),
    ];

    /// The built-in environment of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, environment)| *environment)
    }
}

/// A decision or a check of a function.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name behind the function's; never renamed once released.
    pub slug: &'static str,
    /// How bad it is when it finds something; a decision is info.
    pub severity: Severity,
    /// What it decides or finds, in one sentence for the docs.
    pub about: &'static str,
}

impl Rule {
    /// A rule of this name.
    pub const fn new(slug: &'static str, severity: Severity, about: &'static str) -> Self {
        Self {
            slug,
            severity,
            about,
        }
    }

    /// How many rules the parts of a function have together.
    pub const fn count(parts: &[&[Self]]) -> usize {
        let (mut sum, mut rest) = (0, parts);
        while let [part, others @ ..] = rest {
            sum += part.len();
            rest = others;
        }
        sum
    }

    /// The rules of the parts of a function, `N` in all, as one list.
    #[expect(
        clippy::indexing_slicing,
        reason = "the compiler does it, and refuses what is out of bounds"
    )]
    pub const fn joined<const N: usize>(parts: &[&[Self]]) -> [Self; N] {
        let mut all = [Self::new("", Severity::Info, ""); N];
        let (mut part, mut at) = (0, 0);
        while part < parts.len() {
            let mut rule = 0;
            while rule < parts[part].len() {
                all[at] = parts[part][rule];
                rule += 1;
                at += 1;
            }
            part += 1;
        }
        all
    }
}

/// A mistake in the meaning of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The field, from the root of the layer.
    pub path: Path,
    /// What is wrong and what to do.
    pub message: String,
}

impl ConfigError {
    /// A mistake at `path`.
    pub fn new(path: impl Into<Path>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }
}
