//! Image presets: the rows of `presets.yaml`, and the user's before them.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use sdk::{Container, Glob, Image, Node, Preset, Value, json};
use serde::Deserialize;

use crate::config::{ProbeConfig, Run, Unless, When};

/// What is known about the images of one server.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Row {
    /// Repositories, as globs that are compared segment by segment from the end.
    pub images: Vec<Glob>,
    /// Globs for the tag; none means any tag.
    pub tags: Vec<Glob>,
    /// Programs that count as the server where the container says what to run.
    pub runs: Vec<String>,
    /// One of these must hold.
    pub when: Vec<When>,
    /// None of this may hold.
    pub unless: Unless,
    /// Which port to probe.
    pub port: RowPort,
    /// The readiness probe.
    pub readiness: Option<ProbeConfig>,
    /// The liveness probe.
    pub liveness: Option<ProbeConfig>,
    /// The startup probe.
    pub startup: Option<ProbeConfig>,
    /// Whether members find each other by DNS before they are ready.
    pub peers: bool,
    /// Whether a member gets ready only once the others run.
    pub needs_parallel: bool,
    /// Why the row is as it is.
    pub reason: String,
}

/// Which port a preset probes: the first rule that finds one counts.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RowPort {
    /// A declared port of one of these names.
    pub names: Vec<String>,
    /// A declared port of one of these numbers.
    pub numbers: Vec<u16>,
    /// Where no TCP port is declared, this one.
    pub assume: Option<u16>,
}

/// A row that fits a container.
pub(crate) struct Found {
    pub(crate) row: Row,
    /// Tells it apart from all other rows and from itself with a liveness probe.
    pub(crate) number: usize,
    pub(crate) is_user: bool,
    /// What it says, as a layer.
    pub(crate) layer: Value,
}

impl Found {
    pub(crate) fn preset(&self) -> Preset<'_> {
        Preset {
            number: self.number,
            layer: &self.layer,
            is_user: self.is_user,
        }
    }
}

/// The rows of a run. The built-in ones are read only as far as images ask for them.
pub(crate) struct Presets<'r> {
    user: &'r [Row],
    built_in: OnceCell<Option<BuiltIn>>,
}

struct BuiltIn {
    stream: sdk::yaml::Stream,
    /// Nodes of the rows, by the last segment of their images.
    by_name: BTreeMap<String, Vec<(usize, u32)>>,
}

const BUILT_IN: &str = include_str!("../presets.yaml");
/// More tries before a database is restarted, where a user wants it to be.
const PATIENT: u32 = 12;

impl<'r> Presets<'r> {
    pub(crate) fn new(run: &'r Run) -> Self {
        Self {
            user: &run.presets,
            built_in: OnceCell::new(),
        }
    }

    /// The first row that fits.
    pub(crate) fn find(&self, container: Container<'_>, with_liveness: bool) -> Option<Found> {
        let image = container.image();
        let image = Image::parse(&image);
        let user = self
            .user
            .iter()
            .enumerate()
            .find(|(_, row)| row.fits(container, &image));
        let (number, row, is_user) = if let Some((number, row)) = user {
            (number, row.clone(), true)
        } else {
            let rows = self.built_in(&image).into_iter();
            let (number, row) = { rows }.find(|(_, row)| row.fits(container, &image))?;
            (self.user.len() + number, row, false)
        };
        let layer = row.layer(with_liveness);
        Some(Found {
            number: 2 * number + usize::from(with_liveness),
            row,
            is_user,
            layer,
        })
    }

    /// The built-in rows whose images end like this one.
    fn built_in(&self, image: &Image<'_>) -> Vec<(usize, Row)> {
        let built_in = self.built_in.get_or_init(BuiltIn::read).as_ref();
        let name = image.repository.rsplit('/').next().unwrap_or_default();
        let rows = built_in.and_then(|built_in| Some((built_in, built_in.by_name.get(name)?)));
        let read =
            |built_in: &BuiltIn, node: u32| sdk::yaml::read(built_in.stream.node(node), &[]).ok();
        let Some((built_in, rows)) = rows else {
            return Vec::new();
        };
        rows.iter()
            .filter_map(|(number, node)| Some((*number, read(built_in, *node)?)))
            .collect()
    }
}

impl BuiltIn {
    fn read() -> Option<Self> {
        let stream = sdk::yaml::parse(BUILT_IN.to_owned()).ok()?;
        let mut by_name: BTreeMap<String, Vec<(usize, u32)>> = BTreeMap::new();
        let rows = stream.documents().next()?.root()?.items().enumerate();
        for (number, row) in rows {
            for image in row
                .get("images")
                .into_iter()
                .flat_map(Node::items)
                .filter_map(Node::text)
            {
                let name = image.rsplit('/').next().unwrap_or_default().to_owned();
                by_name.entry(name).or_default().push((number, row.id()));
            }
        }
        Some(Self { stream, by_name })
    }
}

impl Row {
    fn fits(&self, container: Container<'_>, image: &Image<'_>) -> bool {
        let is_image = self.images.iter().any(|pattern| image.matches(pattern));
        let is_tag = || {
            self.tags.is_empty()
                || image
                    .tag
                    .is_some_and(|tag| self.tags.iter().any(|glob| glob.matches(tag)))
        };
        let holds = || self.when.is_empty() || self.when.iter().any(|when| when.holds(container));
        is_image
            && is_tag()
            && self.is_run_by(container)
            && holds()
            && !self.unless.holds(container)
    }

    /// Whether the container runs the server itself, not a client, a job or another role of its image.
    fn is_run_by(&self, container: Container<'_>) -> bool {
        let first = |field: &str| {
            let words = container.get(field)?;
            words.items().next().and_then(Node::text)
        };
        let is_server = |word: &str| {
            let program = word.rsplit('/').next().unwrap_or_default();
            self.runs.iter().any(|known| known == program)
        };
        let (command, args) = (first("command"), first("args"));
        let runs_server = command.as_deref().is_none_or(is_server);
        let starts_server =
            command.is_some() || args.is_none_or(|word| word.starts_with('-') || is_server(&word));
        self.runs.is_empty() || (runs_server && starts_server)
    }

    fn layer(&self, with_liveness: bool) -> Value {
        // With `defaults.presetLiveness`, a row without a liveness takes its readiness, with patience.
        let patient = || {
            let readiness = self.readiness.as_ref().filter(|_| with_liveness)?;
            Some(ProbeConfig {
                failure_threshold: Some(PATIENT),
                ..readiness.clone()
            })
        };
        let layer = [
            ("readiness", self.readiness.clone()),
            ("liveness", self.liveness.clone().or_else(patient)),
            ("startup", self.startup.clone()),
        ];
        let layer = layer.into_iter();
        layer
            .filter_map(|(name, probe)| Some((name.to_owned(), json!(probe?))))
            .collect()
    }
}

impl When {
    fn holds(&self, container: Container<'_>) -> bool {
        let declares = |port: u16| {
            container
                .ports()
                .any(|own| own.is_tcp() && own.number == Some(i64::from(port)))
        };
        self.port.is_none_or(declares)
            && self
                .env
                .iter()
                .all(|(name, value)| container.env(name).is_some_and(|own| own == *value))
            && (self.words.is_empty() || has_word(container, &self.words))
    }
}

impl Unless {
    fn holds(&self, container: Container<'_>) -> bool {
        has_word(container, &self.words) || self.env.iter().any(|name| container.has_env(name))
    }
}

fn has_word(container: Container<'_>, globs: &[Glob]) -> bool {
    !globs.is_empty()
        && container
            .words()
            .any(|word| globs.iter().any(|glob| glob.matches(&word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_rows_read_without_a_mistake_and_say_why() {
        let stream = sdk::yaml::parse(BUILT_IN.to_owned()).unwrap();
        let root = stream.documents().next().unwrap().root().unwrap();
        let rows: Vec<Row> = sdk::yaml::read(root, &[]).unwrap();
        for row in rows {
            assert!(!row.reason.is_empty(), "{:?}", row.images);
            for image in &row.images {
                let name = image.0.rsplit('/').next().unwrap_or_default();
                assert!(
                    !name.contains('*'),
                    "{name}: rows are found by the last segment of their images"
                );
            }
            for exec in [&row.readiness, &row.liveness]
                .into_iter()
                .flatten()
                .filter_map(|probe| probe.exec.as_ref())
            {
                let command = exec.command.concat();
                assert!(
                    !command.contains("$$"),
                    "the kubelet makes one dollar of two: {command}"
                );
                assert!(
                    !command.contains("_PORT}"),
                    "Kubernetes sets such variables for Services: {command}"
                );
            }
        }
    }
}
