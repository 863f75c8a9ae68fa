//! Where a configuration comes from, and where in it something is wrong.

use serde_json::{Map, Value};
use yaml::{Mistake, Node, Path, Position, Stream};

use crate::finding::{Finding, Identity, Severity};
use crate::location::Spot;

/// Where a configuration was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConfigSource<'c> {
    /// The functionConfig; none where the caller gave none.
    pub(crate) node: Option<Node<'c>>,
    /// The file it stands in; none where it came with the resources.
    pub(crate) file: Option<&'c str>,
    /// The number of the step of a pipeline that it is, where it stands in the pipeline itself.
    pub(crate) inline: Option<usize>,
    /// Whether it is a step of a pipeline.
    pub(crate) is_step: bool,
}

impl<'c> ConfigSource<'c> {
    /// A configuration that stands alone.
    pub(crate) fn new(node: Option<Node<'c>>, file: Option<&'c str>) -> Self {
        Self {
            node,
            file,
            inline: None,
            is_step: false,
        }
    }

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

    /// The name of the step that it is, where it is one.
    pub(crate) fn step(self) -> Option<String> {
        self.is_step.then(|| self.name())
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
        let spot = Spot::Config {
            file: self.file.map(str::to_owned),
            position: mistake.position,
        };
        let message = format!("{} ({file}line {line}, column {column})", mistake.message);
        Finding {
            subject: Some(self.identity()),
            spot: Some(spot),
            field: Some(self.path(mistake).to_string()).filter(|path| !path.is_empty()),
            ..Finding::violation("config", Severity::Error, message)
        }
    }

    /// The path of a mistake from the root of its document.
    fn path(self, mistake: &Mistake) -> Path {
        let Some(number) = self.inline else {
            return mistake.path.clone();
        };
        let mut path = Path::from(["spec", "steps"]).join(number);
        path.0.extend(mistake.path.0.iter().cloned());
        path
    }

    /// A ConfigMap as functionConfig: each key of `data` is a field of `spec`, its value read as YAML.
    /// Returns the text of that spec, and what is wrong with single values.
    pub(crate) fn config_map(self) -> Option<(Stream, Vec<Mistake>)> {
        let node = self.node()?;
        let is_config_map =
            node.get("kind")?.text()? == "ConfigMap" && node.get("apiVersion")?.text()? == "v1";
        if !is_config_map {
            return None;
        }
        let (mut spec, mut mistakes) = (Map::new(), Vec::new());
        for (key, value) in node.get("data").into_iter().flat_map(Node::entries) {
            let name = key.text().unwrap_or_default();
            match parsed(&value.text().unwrap_or_default()) {
                Ok(parsed) => drop(spec.insert(name.into_owned(), parsed)),
                Err(error) => mistakes.push(Mistake {
                    path: Path::from(["data", &name]),
                    position: value.position(),
                    message: error.message,
                }),
            }
        }
        let text = yaml::to_string(&Value::Object(spec), yaml::Style::default());
        Some((yaml::parse(text).ok()?, mistakes))
    }
}

fn parsed(text: &str) -> Result<Value, yaml::Error> {
    let stream = yaml::parse(text.to_owned())?;
    let root = stream
        .documents()
        .next()
        .and_then(|document| document.root());
    root.map_or(Ok(Value::Null), Node::to_value)
}
