//! Reading a configuration: every part where it stands, every mistake at once.

use std::collections::{BTreeMap, BTreeSet};

use kube::Kinds;
use serde::de::DeserializeOwned;
use serde_json::Value;
use yaml::order::Collect as _;
use yaml::{Mistake, Node, Path, Position, Step, Stream, did_you_mean, fields_of};

use super::{ConfigSource, EnvironmentEntry, Mode, Options, Output, frame};
use crate::about::About;
use crate::function::{ConfigError, Environment};
use crate::layers::{Layer, Source, rivals};
use crate::select::{Matcher, Target};
use crate::shared_rules::SHARED_RULES;

/// A configuration as a run uses it.
pub(crate) struct Config<'c> {
    pub(crate) about: About,
    pub(crate) options: Options,
    pub(crate) kinds: Kinds,
    pub(crate) name: String,
    /// The fields of the whole run.
    pub(crate) run: Value,
    pub(crate) targets: Option<Vec<Matcher>>,
    pub(crate) exclude: Vec<Matcher>,
    /// From low to high, overrides not among them.
    pub(crate) layers: Vec<Layer<'c>>,
    pub(crate) overrides: Vec<(Matcher, Layer<'c>)>,
    /// The built-in environment that applies, also below one of the user's.
    pub(crate) environment: Option<Environment>,
}

impl<'c> Config<'c> {
    /// Reads a configuration. With mistakes it is what is left without them, good for finding more.
    /// `map` is the spec of a ConfigMap.
    pub(crate) fn read(
        about: About,
        source: ConfigSource<'c>,
        map: Option<&'c Stream>,
    ) -> (Self, Vec<Mistake>) {
        let mut reading = Reading {
            about,
            mistakes: Vec::new(),
            source,
            is_map: map.is_some(),
        };
        let spec = match map {
            Some(stream) => stream
                .documents()
                .next()
                .and_then(|document| document.root()),
            None => reading.spec(),
        };
        let config = reading.config(spec.filter(|spec| !spec.is_null()));
        (config, reading.mistakes)
    }

    /// Whether what is configured is production.
    pub(crate) fn is_production(&self) -> bool {
        self.environment == Some(Environment::Production)
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
        let (node, prefix) = match text {
            Some((node, prefix)) => (Some(node), prefix),
            None => (config.node(), Path::from(["spec", "defaults"])),
        };
        let position = node.map(|node| nearest(node, &error.path).position());
        Mistake {
            path: Path([prefix.0, error.path.0.clone()].concat()),
            position: position.unwrap_or(Position { line: 1, column: 1 }),
            message: error.message.clone(),
        }
    }
}

/// The node at `path`, or the last one on the way to it.
fn nearest<'t>(node: Node<'t>, path: &Path) -> Node<'t> {
    path.0.iter().fold(node, |node, step| match step {
        Step::Key(key) => node.get(key).unwrap_or(node),
        Step::Index(index) => node.items().nth(*index).unwrap_or(node),
    })
}

/// Reads the parts of a configuration and collects what is wrong with each.
struct Reading<'c> {
    about: About,
    mistakes: Vec<Mistake>,
    source: ConfigSource<'c>,
    /// Whether the spec is the data of a ConfigMap, so that positions are those of its values.
    is_map: bool,
}

const LAYER_FIELDS: [&str; 3] = ["defaults", "environments", "overrides"];

type Environments<'c> = BTreeMap<String, (Node<'c>, Path)>;

impl<'c> Reading<'c> {
    fn add(&mut self, node: Node<'_>, path: Path, message: impl Into<String>) {
        self.push(Mistake {
            path,
            position: node.position(),
            message: message.into(),
        });
    }

    fn push(&mut self, mut mistake: Mistake) {
        if self.is_map {
            let data = self.source.node().and_then(|node| node.get("data"));
            if let (Some(Step::Key(key)), Some(data)) = (mistake.path.0.get(1), data) {
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

    /// Adds mistakes that were found inside the value at `at`, and returns their paths there.
    fn take(&mut self, mistakes: Vec<Mistake>, at: &Path) -> Vec<Path> {
        let mut paths = Vec::new();
        for mistake in mistakes {
            let path = Path([at.0.clone(), mistake.path.0.clone()].concat());
            paths.push(mistake.path.clone());
            self.push(Mistake { path, ..mistake });
        }
        paths
    }

    fn read<T: DeserializeOwned + Default>(
        &mut self,
        node: Option<Node<'c>>,
        at: &Path,
        besides: &[&str],
    ) -> T {
        let Some(node) = node.filter(|node| !node.is_null()) else {
            return T::default();
        };
        let (value, mistakes) = yaml::read_all(node, besides);
        self.take(mistakes, at);
        value.unwrap_or_default()
    }

    /// The spec of a typed functionConfig.
    fn spec(&mut self) -> Option<Node<'c>> {
        let (spec, mistakes) = frame::spec(self.source, self.about.name, self.about.kind);
        self.take(mistakes, &Path::default());
        spec
    }

    fn config(&mut self, spec: Option<Node<'c>>) -> Config<'c> {
        let at = Path::from(["spec"]);
        let field = |name: &str| spec.and_then(|spec| spec.get(name));
        let of_run = (self.about.run_fields)();
        let options: Options = self.read(spec, &at, &[of_run, &LAYER_FIELDS].concat());
        let environments = self.environments(field("environments"));
        let chain = self.chain(&options, field("environment"), &environments);

        let built_in = (self.about.built_in)(chain.built_in);
        let mut layers = vec![Layer {
            source: Source::BuiltIn,
            value: built_in,
            is_user: false,
            text: None,
        }];
        layers.extend(self.layer(
            field("defaults"),
            at.join("defaults"),
            Source::Defaults,
            &[],
        ));
        for (entry, path) in chain.user.iter().filter_map(|name| environments.get(name)) {
            let defaults = entry.get("defaults");
            layers.extend(self.layer(defaults, path.join("defaults"), Source::Environment, &[]));
        }
        let run = self.run(
            spec,
            chain.user.iter().filter_map(|name| environments.get(name)),
        );
        let overrides = self.overrides(field("overrides"));
        let targets = options
            .targets
            .is_some()
            .then(|| self.matchers(field("targets"), &at.join("targets")));
        let exclude = self.matchers(field("exclude"), &at.join("exclude"));
        self.check(&options, spec);
        Config {
            about: self.about,
            kinds: Kinds::with(options.workload_kinds.clone()),
            name: self.source.name(),
            options,
            run,
            targets,
            exclude,
            layers,
            overrides,
            environment: chain.built_in,
        }
    }

    /// The fields of the whole run: those under `spec`, and over them those of the environments in use. Each
    /// part is read where it stands, for the positions of its mistakes.
    fn run<'e>(
        &mut self,
        spec: Option<Node<'c>>,
        environments: impl Iterator<Item = &'e (Node<'c>, Path)>,
    ) -> Value
    where
        'c: 'e,
    {
        let fields = (self.about.run_fields)();
        let others = [fields_of::<Options>(), &LAYER_FIELDS].concat();
        self.misread_run(spec, &Path::from(["spec"]), &others);
        let mut value = spec.map_or(Value::Null, |spec| part(spec, fields));
        for (entry, _) in environments {
            lay_over(&mut value, part(*entry, fields));
        }
        for error in (self.about.check_run)(&value) {
            if let Some(spec) = spec {
                let path = Path([Path::from(["spec"]).0, error.path.0.clone()].concat());
                self.add(nearest(spec, &error.path), path, error.message);
            }
        }
        value
    }

    /// Tells what is wrong with the fields of the whole run in a map that may have these others.
    fn misread_run(&mut self, node: Option<Node<'c>>, at: &Path, others: &[&str]) {
        if let Some(node) = node.filter(|node| !node.is_null()) {
            let mistakes = (self.about.misread_run)(node, others);
            self.take(mistakes, at);
        }
    }

    /// One layer of the function's own fields; what is wrong with it is told and left out.
    fn layer(
        &mut self,
        node: Option<Node<'c>>,
        at: Path,
        source: Source,
        besides: &[&str],
    ) -> Option<Layer<'c>> {
        let node = node.filter(|node| !node.is_null())?;
        let mut mistakes = (self.about.misread_layer)(node, besides);
        let of_run = (self.about.run_fields)();
        for mistake in &mut mistakes {
            let field = mistake.path.0.first();
            let is_of_run =
                |field: &Step| matches!(field, Step::Key(key) if of_run.contains(&&**key));
            if mistake.path.0.len() == 1 && field.is_some_and(is_of_run) {
                mistake
                    .message
                    .push_str("; it is for the whole run and stands directly under `spec`");
            }
        }
        let mut wrong = self.take(mistakes, &at);
        let mut value = node.to_value().ok().filter(Value::is_object)?;
        for (path, message) in rivals(&value, self.about.alternatives, &Path::default()) {
            self.add(
                nearest(node, &path),
                Path([at.0.clone(), path.0.clone()].concat()),
                message,
            );
            wrong.push(path);
        }
        wrong.extend(besides.iter().map(|name| Path::from([*name])));
        for path in &wrong {
            leave_out(&mut value, &path.0);
        }
        Some(Layer {
            source,
            value,
            is_user: true,
            text: Some((node, at)),
        })
    }

    fn environments(&mut self, node: Option<Node<'c>>) -> Environments<'c> {
        let mut found = BTreeMap::new();
        let at = Path::from(["spec", "environments"]);
        let Some(node) = node.filter(|node| !node.is_null()) else {
            return found;
        };
        if !node.is_map() {
            self.add(node, at, "must be a map of environments by name");
            return found;
        }
        let fields = (self.about.run_fields)();
        for (key, entry) in node.entries() {
            let name = key.text().unwrap_or_default().into_owned();
            let path = at.join(name.as_str());
            if !entry.is_map() {
                self.add(entry, path, "must be a map; it may have `extends`, `defaults` and the fields of the whole run");
                continue;
            }
            let _: EnvironmentEntry =
                self.read(Some(entry), &path, &[fields, &["defaults"]].concat());
            self.misread_run(Some(entry), &path, &["extends", "defaults"]);
            // A layer that the run doesn't use must be right all the same.
            self.layer(
                entry.get("defaults"),
                path.join("defaults"),
                Source::Environment,
                &[],
            );
            found.insert(name, (entry, path));
        }
        found
    }

    /// The environments to lay over one another, and the built-in one below them.
    fn chain(
        &mut self,
        options: &Options,
        node: Option<Node<'c>>,
        known: &Environments<'c>,
    ) -> Chain {
        let mut chain = Chain::default();
        let Some(first) = options.environment.clone() else {
            return chain;
        };
        let mut seen = BTreeSet::new();
        let mut next = Some((first, node, Path::from(["spec", "environment"])));
        while let Some((name, node, path)) = next.take() {
            let entry = known.get(&name);
            chain.built_in = chain.built_in.or_else(|| Environment::named(&name));
            let problem = if !seen.insert(name.clone()) {
                Some(format!("the environment \"{name}\" extends itself"))
            } else if entry.is_none() && Environment::named(&name).is_none() {
                Some(unknown_environment(&name, known))
            } else {
                None
            };
            if let (Some(message), Some(node)) = (problem, node.or_else(|| self.source.node())) {
                self.add(node, path, message);
                return chain;
            }
            let Some((entry, path)) = entry else { continue };
            chain.user.insert(0, name);
            let extends = entry.get("extends").filter(|extends| !extends.is_null());
            next = extends.and_then(|extends| {
                Some((
                    extends.text()?.into_owned(),
                    Some(extends),
                    path.join("extends"),
                ))
            });
        }
        chain
    }

    fn overrides(&mut self, node: Option<Node<'c>>) -> Vec<(Matcher, Layer<'c>)> {
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
            let matcher = if let Some(target) = entry.get("target").filter(|target| target.is_map())
            {
                self.matcher(target, &path.join("target"), true)
            } else {
                self.add(
                    entry,
                    path.clone(),
                    "must have a `target` that says what it applies to",
                );
                None
            };
            let layer = self.layer(Some(entry), path, Source::Override(number), &["target"]);
            found.extend(matcher.zip(layer));
        }
        found
    }

    /// The entries of a list of targets, which have been read for their mistakes with everything else.
    fn matchers(&mut self, list: Option<Node<'c>>, at: &Path) -> Vec<Matcher> {
        let items = list.into_iter().flat_map(Node::items).enumerate();
        items
            .filter_map(|(number, item)| self.matcher(item, &at.join(number), false))
            .collect()
    }

    fn matcher(&mut self, node: Node<'c>, at: &Path, is_new: bool) -> Option<Matcher> {
        let (target, mistakes) = yaml::read_all::<Target>(node, &[]);
        if is_new {
            self.take(mistakes, at);
        }
        match Matcher::new(target?) {
            Ok(matcher) => Some(matcher),
            Err((selector, message)) => {
                self.add(
                    node.get(selector).unwrap_or(node),
                    at.join(selector),
                    message,
                );
                None
            }
        }
    }

    /// What types alone don't say.
    fn check(&mut self, options: &Options, spec: Option<Node<'c>>) {
        let Some(spec) = spec else { return };
        let About { name, rules, .. } = self.about;
        let rules = rules.iter().chain(SHARED_RULES);
        let known: Vec<String> = rules.map(|rule| format!("{name}/{}", rule.slug)).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for (key, _) in spec.get("rules").into_iter().flat_map(Node::entries) {
            let name = key.text().unwrap_or_default();
            if !known.contains(&name.as_ref()) {
                let hint = did_you_mean(&name, &known);
                let path = Path::from(["spec", "rules", name.as_ref()]);
                self.add(key, path, format!("no rule is called \"{name}\"{hint}"));
            }
        }
        if options.output == Output::Empty && options.mode != Mode::Audit {
            let message =
                "`output: empty` would lose the changes; it goes with `mode: audit` alone";
            self.add(
                spec.get("output").unwrap_or(spec),
                Path::from(["spec", "output"]),
                message,
            );
        }
    }
}

#[derive(Default)]
struct Chain {
    built_in: Option<Environment>,
    /// From the lowest to the highest.
    user: Vec<String>,
}

fn unknown_environment(name: &str, known: &Environments<'_>) -> String {
    let built_in = Environment::ALL.map(|(name, _)| name);
    let names: BTreeSet<&str> = built_in
        .into_iter()
        .chain(known.keys().map(String::as_str))
        .into_set();
    let names: Vec<&str> = names.into_iter().collect();
    let hint = did_you_mean(name, &names);
    format!(
        "the environment \"{name}\" is not known; it must be one of {}{hint}",
        names.join(", ")
    )
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

/// Takes the value at a path away; an item of a list is emptied, so that the others keep their numbers.
fn leave_out(value: &mut Value, path: &[Step]) {
    match (value, path) {
        (Value::Object(map), [Step::Key(key)]) => drop(map.shift_remove(&**key)),
        (Value::Object(map), [Step::Key(key), rest @ ..]) => {
            if let Some(value) = map.get_mut(&**key) {
                leave_out(value, rest);
            }
        }
        (Value::Array(list), [Step::Index(index), rest @ ..]) => match list.get_mut(*index) {
            Some(value) if rest.is_empty() => *value = Value::Null,
            Some(value) => leave_out(value, rest),
            None => {}
        },
        _ => {}
    }
}
