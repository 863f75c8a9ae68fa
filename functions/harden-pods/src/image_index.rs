//! Rows of a table that are found by the images of containers.

use std::collections::{BTreeMap, BTreeSet};

use sdk::{Collect as _, Glob, Image};

/// Rows, by the patterns of the images that they are about.
#[derive(Debug, Default)]
pub(crate) struct ImageIndex {
    /// By the last segments of the patterns, where those have no wildcards.
    by_name: BTreeMap<String, Vec<(usize, Glob)>>,
    /// The others.
    by_glob: Vec<(usize, Glob)>,
}

impl ImageIndex {
    /// An index of rows with these patterns.
    pub(crate) fn of<'t>(rows: impl Iterator<Item = &'t [Glob]>) -> Self {
        let mut index = Self::default();
        let patterns = rows
            .enumerate()
            .flat_map(|(number, row)| row.iter().map(move |pattern| (number, pattern.clone())));
        for (number, pattern) in patterns {
            let name = last(&pattern.0).to_owned();
            let entry = (number, pattern);
            if Glob(name.clone()).is_literal() {
                index.by_name.entry(name).or_default().push(entry);
            } else {
                index.by_glob.push(entry);
            }
        }
        index
    }

    /// The number of the first row that is about images of the repository.
    pub(crate) fn find(&self, repository: &str) -> Option<usize> {
        self.fitting(repository).min()
    }

    /// The numbers of all rows that are, in their order.
    pub(crate) fn find_all(&self, repository: &str) -> BTreeSet<usize> {
        self.fitting(repository).into_set()
    }

    fn fitting(&self, repository: &str) -> impl Iterator<Item = usize> {
        let image = Image {
            repository,
            tag: None,
            digest: None,
        };
        let named = self.by_name.get(last(repository)).into_iter().flatten();
        let rows = named.chain(&self.by_glob);
        let fitting = rows.filter(move |(_, pattern)| image.matches(pattern));
        fitting.map(|(number, _)| *number)
    }
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_that_fits_counts_whether_it_has_wildcards_or_not() {
        let globs = |patterns: &[&str]| -> Vec<Glob> {
            patterns.iter().map(|own| Glob((*own).to_owned())).collect()
        };
        let rows = [
            globs(&["b/*", "x"]),
            globs(&["a/redis"]),
            globs(&["redis", "*-operator"]),
        ];
        let index = ImageIndex::of(rows.iter().map(Vec::as_slice));
        let table = [
            ("b/redis", Some(0)),
            ("registry.example/a/redis", Some(1)),
            ("c/redis", Some(2)),
            ("c/some-operator", Some(2)),
            ("x", Some(0)),
            ("redis-operator-x", None),
            ("", None),
        ];
        for (repository, expected) in table {
            assert_eq!(index.find(repository), expected, "{repository}");
        }
    }
}
