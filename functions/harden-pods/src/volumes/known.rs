//! Which images are known to run with a root filesystem that they can't write to: `read-only-roots.yaml`.

use std::sync::LazyLock;

use sdk::{Container, Glob, Image, Node};
use serde::Deserialize;

use super::mounts::Mounts;
use crate::image_index::ImageIndex;

/// What is known of a container's image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It runs so, and writes to these folders.
    Suited(&'static [String]),
    /// It runs so, but not where this is the case; it writes to these folders.
    Depends(Obstacle, &'static [String]),
    /// It writes to this.
    Unsuited(&'static str),
    /// Nothing.
    Nothing,
}

/// What keeps a row from being about a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// It runs something else than the image is made for.
    OtherProgram,
    /// Nothing is mounted at the folder of its data.
    NoMount(&'static str),
    /// It is set up in a way in which it writes elsewhere.
    Setup,
}

/// A row of the data file, which says what its fields mean.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Row {
    images: Vec<Glob>,
    writes: String,
    runs: Vec<String>,
    mounted: Vec<String>,
    folders: Vec<String>,
    unless: Unless,
    writable: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Unless {
    mounted: Vec<String>,
    env: Vec<Glob>,
    words: Vec<Glob>,
}

struct Table {
    rows: Vec<Row>,
    index: ImageIndex,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::of(sdk::yaml::data(include_str!("../../read-only-roots.yaml"))));

/// What is known of the image of a container.
pub(crate) fn find(container: Container<'_>, mounts: &Mounts) -> Known {
    let reference = container.image();
    let repository = full_name(Image::parse(&reference).repository);
    match TABLE.find(&repository) {
        None => Known::Nothing,
        Some(row) if !row.writes.is_empty() => Known::Unsuited(&row.writes),
        Some(row) => match row.obstacle(container, mounts) {
            Some(obstacle) => Known::Depends(obstacle, &row.writable),
            None => Known::Suited(&row.writable),
        },
    }
}

/// The repository by its full name: Docker's own images have a namespace that nobody writes.
fn full_name(repository: &str) -> String {
    let path = ["docker.io/", "index.docker.io/"]
        .into_iter()
        .find_map(|host| repository.strip_prefix(host));
    let path = path.unwrap_or(repository);
    if path.contains('/') {
        path.to_owned()
    } else {
        format!("library/{path}")
    }
}

impl Table {
    fn of(rows: Vec<Row>) -> Self {
        let index = ImageIndex::of(rows.iter().map(|row| row.images.as_slice()));
        Self { rows, index }
    }

    /// The first row that is about images of the repository.
    fn find(&self, repository: &str) -> Option<&Row> {
        self.rows.get(self.index.find(repository)?)
    }
}

impl Row {
    fn obstacle(&'static self, container: Container<'_>, mounts: &Mounts) -> Option<Obstacle> {
        if !self.is_run_by(container) {
            return Some(Obstacle::OtherProgram);
        }
        if self.unless.holds(container, mounts) || self.is_moved(container, mounts) {
            return Some(Obstacle::Setup);
        }
        let missing = self.mounted.iter().find(|path| !mounts.touch(path));
        missing.map(|path| Obstacle::NoMount(path))
    }

    /// Whether its data is in a folder of the root filesystem.
    fn is_moved(&self, container: Container<'_>, mounts: &Mounts) -> bool {
        let is_mounted = |name| container.env(name).is_some_and(|path| mounts.cover(&path));
        let mut set = self.folders.iter().filter(|name| container.has_env(name));
        set.any(|name| !is_mounted(name))
    }

    /// Whether the container runs what the image is made for.
    fn is_run_by(&self, container: Container<'_>) -> bool {
        let first = |field: &str| container.get(field)?.items().next()?.text();
        let is_own = |word: &str| {
            let program = word.rsplit('/').next().unwrap_or_default();
            self.runs.iter().any(|own| own == program)
        };
        let is_option = |word: &str| word.starts_with('-') || word.strip_suffix(".conf").is_some();
        match (first("command"), first("args")) {
            (Some(command), _) => is_own(&command),
            (None, Some(word)) => is_option(&word) || is_own(&word),
            (None, None) => true,
        }
    }
}

impl Unless {
    fn holds(&self, container: Container<'_>, mounts: &Mounts) -> bool {
        let variables = || container.get("env").into_iter().flat_map(Node::items);
        let mut names = variables().filter_map(|variable| variable.get("name")?.text());
        let is_any = |globs: &[Glob], text: &str| globs.iter().any(|glob| glob.matches(text));
        self.mounted.iter().any(|path| mounts.touch(path))
            || names.any(|name| is_any(&self.env, &name))
            || container.words().any(|word| is_any(&self.words, &word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads() {
        let text = include_str!("../../read-only-roots.yaml");
        let written = text.lines().filter(|line| line.starts_with("- ")).count();
        assert_eq!(TABLE.rows.len(), written);
    }

    #[test]
    fn a_row_that_makes_a_root_read_only_is_about_one_program_of_one_maker() {
        for row in TABLE.rows.iter().filter(|row| row.writes.is_empty()) {
            assert!(!row.runs.is_empty(), "{:?}", row.images);
            for image in &row.images {
                assert!(image.0.contains('/'), "{image:?}");
            }
            for path in row.writable.iter().chain(&row.mounted) {
                assert!(path.starts_with('/') && !path.ends_with('/'), "{path}");
            }
        }
    }

    #[test]
    fn an_image_is_found_by_its_full_name_alone() {
        let is_suited = |image: &str| {
            let row = TABLE.find(&full_name(Image::parse(image).repository));
            row.is_some_and(|row| row.writes.is_empty())
        };
        for image in [
            "redis",
            "redis:7-alpine",
            "docker.io/redis",
            "docker.io/library/redis@sha256:abc",
            "mirror.example:5000/library/redis:7",
            "nginxinc/nginx-unprivileged",
            "quay.io/prometheus/prometheus:v3.0.0",
        ] {
            assert!(is_suited(image), "{image}");
        }
        // Somebody else's may write anywhere.
        for image in [
            "registry.example/redis",
            "ghcr.io/immich-app/postgres",
            "nginx",
            "",
            "$(IMAGE)",
        ] {
            assert!(!is_suited(image), "{image}");
        }
    }

    #[test]
    fn images_that_write_are_found_whoever_copied_them() {
        for image in [
            "docker.elastic.co/elasticsearch/elasticsearch:8.17.0",
            "registry.example/copies/keycloak",
            "bitnamilegacy/redis:7",
            "confluentinc/cp-schema-registry",
            "nginx:1.27",
        ] {
            let row = TABLE.find(&full_name(Image::parse(image).repository));
            assert!(row.is_some_and(|row| !row.writes.is_empty()), "{image}");
        }
    }
}
