//! The configuration of a run: one envelope for all functions, read strictly.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use kube::{Kinds, PodKind};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use yaml::{Mistake, Node, Path, Position, Stream, did_you_mean, fields_of};

use crate::finding::{Finding, Identity, Severity};
use crate::function::{ConfigError, Environment, Function, SHARED_RULES};
use crate::layers::{Layer, Source, rivals};
use crate::select::{Matcher, Target};

/// The API version of every function's configuration.
pub const API_VERSION: &str = "fn.plimsoll.dev/v1alpha1";

/// The fields under `spec` that every function has, besides `defaults`, `environments` and `overrides`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Which environment's values apply: development, staging, production, or a key of `environments`.
    /// Default: none.
    pub environment: Option<String>,
    /// What happens to fields that an author has set. Default: fill.
    pub mode: Mode,
    /// The oldest Kubernetes version that the objects must fit. Default: "1.32".
    pub kubernetes_version: Version,
    /// The namespace of objects that name none.
    pub default_namespace: String,
    /// Which objects and containers to look at. Default: everything the function supports.
    pub targets: Option<Vec<Target>>,
    /// Which of them to leave out; beats targets and overrides.
    pub exclude: Vec<Target>,
    /// More kinds of objects that hold pods.
    pub workload_kinds: Vec<PodKind>,
    /// Whether containers that a mesh or platform tool injects are looked at too. Default: false.
    pub include_infrastructure_containers: bool,
    /// What comes back: the items, or nothing (for the `validators:` of kustomize, in mode audit).
    /// Default: items.
    pub output: Output,
    /// Severity of single rules, by their full name.
    pub rules: BTreeMap<String, Level>,
    /// Which results are shown, and which make the run fail.
    pub results: ResultOptions,
}

/// What happens to fields that an author has set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Only what is absent is written.
    #[default]
    Fill,
    /// What the user of the function wrote in its configuration beats the author; built-in values don't.
    Overwrite,
    /// Nothing is written; what `fill` would change is a warning.
    Audit,
}

/// What comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// The items.
    #[default]
    Items,
    /// No items.
    Empty,
}

/// The severity that a user gives to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported as info.
    Info,
    /// Reported as a warning.
    Warning,
    /// Reported as an error.
    Error,
}

/// Which results are shown, and which make the run fail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ResultOptions {
    /// The severity from which on the run fails. Default: error.
    pub fail_on: FailOn,
    /// The severity from which on results are shown; info explains every change and skip.
    /// Default: warning.
    pub min_severity: Severity,
}

impl Default for ResultOptions {
    fn default() -> Self {
        Self {
            fail_on: FailOn::Error,
            min_severity: Severity::Warning,
        }
    }
}

/// The severity from which on a run fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Only errors.
    Error,
    /// Warnings too.
    Warning,
    /// Nothing.
    Never,
}

impl FailOn {
    pub(crate) fn is_reached_by(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity == Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Never => false,
        }
    }
}

/// A Kubernetes version, 1.28 or newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Always 1.
    pub major: u32,
    /// What gates fields.
    pub minor: u32,
}

impl Version {
    const OLDEST: Self = Self {
        major: 1,
        minor: 28,
    };

    /// Version 1.`minor`.
    pub const fn minor(minor: u32) -> Self {
        Self { major: 1, minor }
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::minor(32)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parts = text.strip_prefix('v').unwrap_or(&text).split_once('.');
        let numbers = parts.and_then(|(major, rest)| {
            let minor = rest.split('.').next()?;
            Some(Self {
                major: major.parse().ok()?,
                minor: minor.parse().ok()?,
            })
        });
        let version = numbers.ok_or_else(|| {
            D::Error::custom(format_args!(
                "\"{text}\" is no Kubernetes version; write it like \"1.32\""
            ))
        })?;
        if version < Self::OLDEST || version.major > 1 {
            return Err(D::Error::custom(format_args!(
                "\"{text}\" is not supported; it must be \"1.28\" or newer"
            )));
        }
        Ok(version)
    }
}

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^v?1\\.[0-9]+(\\.[0-9]+)?$"})
    }
}

/// An entry of `environments`, without the function's own fields.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EnvironmentEntry {
    /// The environment to lay this one over.
    pub(crate) extends: Option<String>,
}

/// Where a configuration was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConfigSource<'c> {
    /// The functionConfig; none where the caller gave none.
    pub(crate) node: Option<Node<'c>>,
    /// The file it stands in; none where it came with the resources.
    pub(crate) file: Option<&'c str>,
}

impl<'c> ConfigSource<'c> {
    /// The functionConfig, where there is more to it than nothing.
    pub(crate) fn node(self) -> Option<Node<'c>> {
        let is_empty =
            |node: Node<'_>| node.is_null() || (node.is_map() && node.entries().next().is_none());
        self.node.filter(|node| !is_empty(*node))
    }

    pub(crate) fn kind(self) -> Option<String> {
        Some(self.node()?.get("kind")?.text()?.into_owned())
    }

    /// `metadata.name`, which marks generated objects.
    pub(crate) fn name(self) -> String {
        let name = self
            .node()
            .and_then(|node| node.at(&["metadata", "name"])?.text());
        name.map_or_else(|| "default".to_owned(), std::borrow::Cow::into_owned)
    }

    fn identity(self) -> Identity {
        let text = |path: &[&str]| {
            self.node()
                .and_then(|node| node.at(path)?.text())
                .unwrap_or_default()
                .into_owned()
        };
        Identity {
            api_version: text(&["apiVersion"]),
            kind: text(&["kind"]),
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"]),
            file: self.file.map(|file| (file.to_owned(), 0)),
        }
    }

    /// A mistake in the configuration as a finding.
    pub(crate) fn mistake(self, mistake: &Mistake) -> Finding {
        let Position { line, column } = mistake.position;
        let file = self
            .file
            .map(|file| format!("{file}, "))
            .unwrap_or_default();
        let message = format!("{} ({file}line {line}, column {column})", mistake.message);
        Finding {
            subject: Some(self.identity()),
            field: Some(mistake.path.to_string()).filter(|path| !path.is_empty()),
            ..Finding::violation("config", Severity::Error, message)
        }
    }

    /// A ConfigMap as functionConfig: each key of `data` is a field of `spec`, its value read as YAML.
    /// Returns the text of that spec.
    pub(crate) fn config_map(self) -> Option<Result<Stream, Vec<Mistake>>> {
        let node = self.node()?;
        let is_config_map =
            node.get("kind")?.text()? == "ConfigMap" && node.get("apiVersion")?.text()? == "v1";
        is_config_map.then(|| {
            let (mut spec, mut mistakes) = (Map::new(), Vec::new());
            for (key, value) in node.get("data").into_iter().flat_map(Node::entries) {
                let (key, text) = (
                    key.text().unwrap_or_default(),
                    value.text().unwrap_or_default(),
                );
                let parsed = yaml::parse(text.into_owned()).and_then(|stream| {
                    stream
                        .documents()
                        .next()
                        .and_then(|document| document.root())
                        .map_or(Ok(Value::Null), Node::to_value)
                });
                match parsed {
                    Ok(parsed) => drop(spec.insert(key.into_owned(), parsed)),
                    Err(error) => mistakes.push(Mistake {
                        path: Path::from(["data", &key]),
                        position: value.position(),
                        message: error.message,
                    }),
                }
            }
            if !mistakes.is_empty() {
                return Err(mistakes);
            }
            let text = yaml::to_string(&Value::Object(spec), yaml::Style::default());
            yaml::parse(text).map_err(|error| {
                vec![Mistake {
                    path: Path::from(["data"]),
                    position: node.position(),
                    message: error.message,
                }]
            })
        })
    }
}

/// A configuration without a mistake.
pub(crate) struct Config<'c, F: Function> {
    pub(crate) options: Options,
    pub(crate) kinds: Kinds,
    pub(crate) name: String,
    pub(crate) run: F::Run,
    pub(crate) targets: Option<Vec<Matcher>>,
    pub(crate) exclude: Vec<Matcher>,
    /// From low to high, overrides not among them.
    pub(crate) layers: Vec<Layer<'c>>,
    pub(crate) overrides: Vec<(Matcher, Layer<'c>)>,
    pub(crate) is_production: bool,
}

impl<'c, F: Function> Config<'c, F> {
    /// Reads a configuration, or says everything that is wrong with it. `map` is the spec of a ConfigMap.
    pub(crate) fn read(
        source: ConfigSource<'c>,
        map: Option<&'c Stream>,
    ) -> Result<Self, Vec<Mistake>> {
        let mut reading = Reading {
            mistakes: Vec::new(),
            source,
            is_map: map.is_some(),
        };
        let spec = match map {
            Some(stream) => stream
                .documents()
                .next()
                .and_then(|document| document.root()),
            None => reading.spec::<F>(),
        };
        let spec = spec.filter(|spec| !spec.is_null());
        let config = reading.envelope::<F>(spec);
        if reading.mistakes.is_empty() {
            Ok(config)
        } else {
            Err(reading.mistakes)
        }
    }

    /// Where in the user's text a mistake in merged layers stands.
    pub(crate) fn locate(
        &self,
        source: Option<Source>,
        error: &ConfigError,
        config: ConfigSource<'c>,
    ) -> Mistake {
        let layers = self
            .layers
            .iter()
            .chain(self.overrides.iter().map(|(_, layer)| layer));
        let text = layers
            .filter(|layer| Some(layer.source) == source)
            .find_map(|layer| layer.text.clone());
        let (node, prefix) = match (text, config.node()) {
            (Some((node, prefix)), _) => (Some(node), prefix),
            (None, node) => (node, Path::from(["spec", "defaults"])),
        };
        let nearest = node.map(|node| {
            error.path.0.iter().fold(node, |node, step| match step {
                yaml::Step::Key(key) => node.get(key).unwrap_or(node),
                yaml::Step::Index(index) => node.items().nth(*index).unwrap_or(node),
            })
        });
        let mut path = prefix;
        path.0.extend(error.path.0.iter().cloned());
        let position = nearest.map_or(Position { line: 1, column: 1 }, Node::position);
        Mistake {
            path,
            position,
            message: error.message.clone(),
        }
    }
}

/// Reads the parts of a configuration and collects what is wrong with each.
struct Reading<'c> {
    mistakes: Vec<Mistake>,
    source: ConfigSource<'c>,
    /// Whether the spec is the data of a ConfigMap, so that positions are those of its values.
    is_map: bool,
}

const LAYER_FIELDS: [&str; 3] = ["defaults", "environments", "overrides"];

impl<'c> Reading<'c> {
    fn add(&mut self, node: Node<'_>, path: Path, message: impl Into<String>) {
        let mistake = Mistake {
            path,
            position: node.position(),
            message: message.into(),
        };
        self.push(mistake);
    }

    fn push(&mut self, mut mistake: Mistake) {
        if self.is_map {
            let data = self.source.node().and_then(|node| node.get("data"));
            if let (Some(yaml::Step::Key(key)), Some(data)) = (mistake.path.0.get(1), data) {
                mistake.position = data.get(key).unwrap_or(data).position();
            }
            if let Some(first) = mistake.path.0.first_mut() {
                *first = "data".into();
            }
        }
        // A layer of an environment in use is read more than once.
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }

    fn read<T: serde::de::DeserializeOwned + Default>(
        &mut self,
        node: Option<Node<'c>>,
        at: &Path,
        besides: &[&str],
    ) -> T {
        let Some(node) = node.filter(|node| !node.is_null()) else {
            return T::default();
        };
        match yaml::read(node, besides) {
            Ok(value) => value,
            Err(mistakes) => {
                for mistake in mistakes {
                    let path = Path(at.0.iter().chain(&mistake.path.0).cloned().collect());
                    self.push(Mistake { path, ..mistake });
                }
                T::default()
            }
        }
    }

    /// Checks the frame of a typed functionConfig and returns its spec.
    fn spec<F: Function>(&mut self) -> Option<Node<'c>> {
        let node = self.source.node()?;
        let text = |key| node.get(key).and_then(Node::text).unwrap_or_default();
        if !node.is_map() {
            self.add(
                node,
                Path::default(),
                format!(
                    "a configuration must be a map like the one that `{} --example` prints",
                    F::NAME
                ),
            );
            return None;
        }
        let (kind, version) = (text("kind"), text("apiVersion"));
        if kind != F::KIND {
            let place = node.get("kind").unwrap_or(node);
            let message = format!(
                "\"{kind}\" is not a configuration of {}; the kind must be {}",
                F::NAME,
                F::KIND
            );
            self.add(place, Path::from(["kind"]), message);
        } else if version != API_VERSION {
            let place = node.get("apiVersion").unwrap_or(node);
            self.add(
                place,
                Path::from(["apiVersion"]),
                format!("\"{version}\" is not known; it must be {API_VERSION}"),
            );
        }
        let known = ["apiVersion", "kind", "metadata", "spec"];
        for (key, _) in node.entries() {
            let name = key.text().unwrap_or_default();
            if !known.contains(&name.as_ref()) {
                let hint = did_you_mean(&name, &known);
                self.add(
                    key,
                    Path::from([name.as_ref()]),
                    format!("unknown field `{name}`{hint}"),
                );
            }
        }
        let spec = node.get("spec")?;
        if !spec.is_map() && !spec.is_null() {
            self.add(spec, Path::from(["spec"]), "must be a map");
            return None;
        }
        Some(spec)
    }

    fn envelope<F: Function>(&mut self, spec: Option<Node<'c>>) -> Config<'c, F> {
        let at = Path::from(["spec"]);
        let run_fields = fields_of::<F::Run>();
        let of_options = [run_fields, &LAYER_FIELDS].concat();
        let options: Options = self.read(spec, &at, &of_options);
        let of_run = [fields_of::<Options>(), &LAYER_FIELDS].concat();

        let field = |name: &str| spec.and_then(|spec| spec.get(name));
        let environments = self.environments::<F>(field("environments"));
        let chain = self.chain(&options, spec, &environments);
        let mut layers = vec![Layer {
            source: Source::BuiltIn,
            value: F::built_in(chain.built_in),
            is_user: false,
            text: None,
        }];
        layers.extend(self.layer::<F>(
            field("defaults"),
            at.join("defaults"),
            Source::Defaults,
            &[],
        ));
        let mut run_value = spec.map_or(Value::Null, |spec| part(spec, run_fields));
        for name in &chain.user {
            let Some((entry, path)) = environments.get(name.as_str()) else {
                continue;
            };
            let defaults = entry.get("defaults");
            layers.extend(self.layer::<F>(
                defaults,
                path.join("defaults"),
                Source::Environment,
                &[],
            ));
            lay_over(&mut run_value, part(*entry, run_fields));
        }
        // Each part was read where it stands, for its positions; together they are read as one value.
        let _: F::Run = self.read(spec, &at, &of_run);
        let run = serde_json::from_value(run_value).unwrap_or_default();
        for error in F::check_run(&run) {
            self.run_mistake(spec, &error);
        }
        let overrides = self.overrides::<F>(field("overrides"));
        let targets = options
            .targets
            .clone()
            .map(|targets| self.matchers(&targets, field("targets"), "targets"));
        let exclude = self.matchers(&options.exclude.clone(), field("exclude"), "exclude");
        self.check::<F>(&options, spec);
        let kinds = Kinds::with(options.workload_kinds.clone());
        let is_production = chain.built_in == Some(Environment::Production);
        Config {
            name: self.source.name(),
            options,
            kinds,
            run,
            targets,
            exclude,
            layers,
            overrides,
            is_production,
        }
    }

    fn run_mistake(&mut self, spec: Option<Node<'c>>, error: &ConfigError) {
        let Some(spec) = spec else { return };
        let node = error.path.0.iter().fold(spec, |node, step| match step {
            yaml::Step::Key(key) => node.get(key).unwrap_or(node),
            yaml::Step::Index(index) => node.items().nth(*index).unwrap_or(node),
        });
        let path = Path([Path::from(["spec"]).0, error.path.0.clone()].concat());
        self.add(node, path, error.message.clone());
    }

    /// One layer of the function's own fields.
    fn layer<F: Function>(
        &mut self,
        node: Option<Node<'c>>,
        path: Path,
        source: Source,
        besides: &[&str],
    ) -> Option<Layer<'c>> {
        let node = node.filter(|node| !node.is_null())?;
        let before = self.mistakes.len();
        // Only for its mistakes: what counts is the merged value.
        if let Err(mistakes) = yaml::read::<F::Config>(node, besides) {
            for mistake in mistakes {
                let path = Path([path.0.clone(), mistake.path.0.clone()].concat());
                self.push(Mistake { path, ..mistake });
            }
        }
        let value = match node.to_value() {
            Ok(Value::Object(mut map)) => {
                besides
                    .iter()
                    .for_each(|name| drop(map.shift_remove(*name)));
                Value::Object(map)
            }
            _ => return None,
        };
        for (rival, message) in rivals(&value, F::ALTERNATIVES, &Path::default()) {
            let place = rival.0.iter().fold(node, |node, step| match step {
                yaml::Step::Key(key) => node.get(key).unwrap_or(node),
                yaml::Step::Index(_) => node,
            });
            self.add(place, Path([path.0.clone(), rival.0].concat()), message);
        }
        (self.mistakes.len() == before).then_some(Layer {
            source,
            value,
            is_user: true,
            text: Some((node, path)),
        })
    }

    fn environments<F: Function>(
        &mut self,
        node: Option<Node<'c>>,
    ) -> BTreeMap<String, (Node<'c>, Path)> {
        let mut found = BTreeMap::new();
        let at = Path::from(["spec", "environments"]);
        let Some(node) = node.filter(|node| !node.is_null()) else {
            return found;
        };
        if !node.is_map() {
            self.add(node, at, "must be a map of environments by name");
            return found;
        }
        for (key, entry) in node.entries() {
            let name = key.text().unwrap_or_default().into_owned();
            let path = at.join(name.as_str());
            if entry.is_map() {
                let run_fields = fields_of::<F::Run>();
                let _: EnvironmentEntry =
                    self.read(Some(entry), &path, &[run_fields, &["defaults"]].concat());
                let _: F::Run = self.read(Some(entry), &path, &["extends", "defaults"]);
                // A layer that the run doesn't use must be right all the same.
                self.layer::<F>(
                    entry.get("defaults"),
                    path.join("defaults"),
                    Source::Environment,
                    &[],
                );
                found.insert(name, (entry, path));
            } else {
                self.add(entry, path, "must be a map; it may have `extends`, `defaults` and the fields of the whole run");
            }
        }
        found
    }

    /// The environments to lay over one another, and the built-in one below them.
    fn chain(
        &mut self,
        options: &Options,
        spec: Option<Node<'c>>,
        known: &BTreeMap<String, (Node<'c>, Path)>,
    ) -> Chain {
        let mut chain = Chain::default();
        let Some(first) = options.environment.clone() else {
            return chain;
        };
        let mut seen = BTreeSet::new();
        let mut next = Some((
            first,
            spec.and_then(|spec| spec.get("environment")),
            Path::from(["spec", "environment"]),
        ));
        while let Some((name, node, path)) = next.take() {
            let node = node.or_else(|| self.source.node());
            let entry = known.get(&name);
            chain.built_in = chain.built_in.or_else(|| Environment::named(&name));
            let (is_known, is_cycle) = (
                entry.is_some() || chain.built_in.is_some(),
                !seen.insert(name.clone()),
            );
            if let (Some(node), true) = (node, is_cycle || !is_known) {
                let built_in = Environment::ALL.map(|(name, _)| name);
                let mut names: Vec<&str> = built_in
                    .into_iter()
                    .chain(known.keys().map(String::as_str))
                    .collect();
                names.sort_unstable();
                names.dedup();
                let message = if is_cycle {
                    format!("the environment \"{name}\" extends itself")
                } else {
                    let hint = did_you_mean(&name, &names);
                    format!(
                        "the environment \"{name}\" is not known; it must be one of {}{hint}",
                        names.join(", ")
                    )
                };
                self.add(node, path, message);
                return chain;
            }
            if let Some((entry, path)) = entry {
                chain.user.insert(0, name.clone());
                let extends = entry.get("extends").filter(|extends| !extends.is_null());
                // One that is named like a built-in lies over that one.
                next = extends.and_then(|extends| {
                    Some((
                        extends.text()?.into_owned(),
                        Some(extends),
                        path.join("extends"),
                    ))
                });
            }
        }
        chain
    }

    fn overrides<F: Function>(&mut self, node: Option<Node<'c>>) -> Vec<(Matcher, Layer<'c>)> {
        let at = Path::from(["spec", "overrides"]);
        let Some(node) = node.filter(|node| !node.is_null()) else {
            return Vec::new();
        };
        if !node.is_seq() {
            self.add(
                node,
                at,
                "must be a list; each entry has a `target` and what applies to it",
            );
            return Vec::new();
        }
        let mut found = Vec::new();
        for (number, entry) in node.items().enumerate() {
            let path = at.join(number);
            let Some(target) = entry.get("target").filter(|target| target.is_map()) else {
                self.add(
                    entry,
                    path,
                    "must have a `target` that says what it applies to",
                );
                continue;
            };
            let parsed: Target = self.read(Some(target), &path.join("target"), &[]);
            let matcher = self.matchers(&[parsed], None, "overrides").pop();
            let layer = self.layer::<F>(Some(entry), path, Source::Override(number), &["target"]);
            found.extend(matcher.zip(layer));
        }
        found
    }

    fn matchers(
        &mut self,
        targets: &[Target],
        list: Option<Node<'c>>,
        field: &str,
    ) -> Vec<Matcher> {
        let mut matchers = Vec::new();
        for (number, target) in targets.iter().enumerate() {
            match Matcher::new(target.clone()) {
                Ok(matcher) => matchers.push(matcher),
                Err((selector, message)) => {
                    let entry = list
                        .and_then(|list| list.items().nth(number))
                        .or_else(|| self.source.node());
                    if let Some(entry) = entry {
                        let path = Path::from(["spec", field]).join(number).join(selector);
                        self.add(entry.get(selector).unwrap_or(entry), path, message);
                    }
                }
            }
        }
        matchers
    }

    /// What types alone don't say.
    fn check<F: Function>(&mut self, options: &Options, spec: Option<Node<'c>>) {
        let Some(spec) = spec else { return };
        let known: Vec<String> = F::RULES
            .iter()
            .chain(SHARED_RULES)
            .map(|rule| format!("{}/{}", F::NAME, rule.slug))
            .collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for (key, _) in spec.get("rules").into_iter().flat_map(Node::entries) {
            let name = key.text().unwrap_or_default();
            if !known.contains(&name.as_ref()) {
                let hint = did_you_mean(&name, &known);
                let message = format!("no rule is called \"{name}\"{hint}");
                self.add(key, Path::from(["spec", "rules", name.as_ref()]), message);
            }
        }
        if options.output == Output::Empty && options.mode != Mode::Audit {
            let node = spec.get("output").unwrap_or(spec);
            let message =
                "`output: empty` would lose the changes; it goes with `mode: audit` alone";
            self.add(node, Path::from(["spec", "output"]), message);
        }
    }
}

#[derive(Default)]
struct Chain {
    built_in: Option<Environment>,
    /// From the lowest to the highest.
    user: Vec<String>,
}

/// The fields of a map that are named, as a value.
fn part(node: Node<'_>, fields: &[&str]) -> Value {
    let entries = fields
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), node.get(field)?.to_value().ok()?)));
    Value::Object(entries.filter(|(_, value)| !value.is_null()).collect())
}

/// Lays a value over another: maps merge, all else is replaced.
fn lay_over(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (name, value) in above {
                lay_over(below.entry(name).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above,
    }
}

/// Settings of one set of layers, shared by all targets that they apply to.
pub(crate) type Settled<S> = Option<Rc<S>>;
