//! Layers of configuration: what is set where, and who set it.
//!
//! From low to high: the built-in environment, `defaults`, the user's environments, built-in presets,
//! `overrides` in order. Maps merge, lists replace, `null` takes away what a lower layer said, and
//! alternatives displace one another.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use yaml::{Node, Path};

use crate::function::ConfigError;

/// Where a layer comes from, from the lowest to the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The function itself.
    BuiltIn,
    /// `spec.defaults`.
    Defaults,
    /// `spec.environments`.
    Environment,
    /// A preset that the function chose for the target.
    Preset,
    /// The override of this number in `spec.overrides`.
    Override(usize),
}

/// One layer.
#[derive(Clone, Debug)]
pub(crate) struct Layer<'c> {
    pub(crate) source: Source,
    pub(crate) value: Value,
    /// Whether the user wrote it: only that may beat an author in `mode: overwrite`.
    pub(crate) is_user: bool,
    /// Where it stands in the user's text, and by what path.
    pub(crate) text: Option<(Node<'c>, Path)>,
}

/// Layers laid over one another, and who wrote what.
#[derive(Debug)]
pub struct Merged<C> {
    /// What they say together.
    pub config: C,
    origins: Origins,
}

/// Who wrote what, and whether that was the user.
pub(crate) type Origins = BTreeMap<Path, (Source, bool)>;

/// Lays layers over one another.
pub(crate) fn merged(layers: &[&Layer<'_>], alternatives: &[&[&str]]) -> (Value, Origins) {
    let mut value = Value::Object(Map::new());
    let mut origins = Origins::new();
    for layer in layers {
        let mut merge = Merge {
            layer,
            alternatives,
            origins: &mut origins,
        };
        merge.lay(&mut value, &layer.value, &Path::default());
    }
    (value, origins)
}

impl<C> Merged<C> {
    /// What layers say together, as its type says.
    pub(crate) fn new(config: C, origins: Origins) -> Self {
        Self { config, origins }
    }

    /// The layers that mistakes are in.
    pub(crate) fn located(&self, errors: Vec<ConfigError>) -> Vec<(Option<Source>, ConfigError)> {
        let located = errors.into_iter();
        let located = located.map(|error| (origin_of(&self.origins, &error.path), error));
        located.collect()
    }

    /// Who wrote the field at `path`, or the highest layer that wrote anything inside it.
    pub fn origin<const N: usize>(&self, path: [&str; N]) -> Option<Source> {
        self.inside(path).map(|(source, _)| source).max()
    }

    /// Whether the user wrote the field at `path` or anything inside it, rather than the function.
    pub fn is_user<const N: usize>(&self, path: [&str; N]) -> bool {
        self.inside(path).any(|(_, is_user)| is_user)
    }

    /// Whether an override wrote the field at `path` or anything inside it.
    pub fn is_override<const N: usize>(&self, path: [&str; N]) -> bool {
        self.inside(path)
            .any(|(source, _)| matches!(source, Source::Override(_)))
    }

    fn inside<const N: usize>(&self, path: [&str; N]) -> impl Iterator<Item = (Source, bool)> {
        let path = Path::from(path);
        let from = path.clone();
        let rest = self.origins.range(from..).map(|(at, origin)| (at, *origin));
        rest.take_while(move |(at, _)| at.0.starts_with(&path.0))
            .map(|(_, origin)| origin)
    }
}

/// Who wrote the field at a path, or the nearest one around it.
fn origin_of(origins: &Origins, path: &Path) -> Option<Source> {
    let steps = (0..=path.0.len()).rev();
    let mut ancestors =
        steps.filter_map(|length| path.0.get(..length).map(|steps| Path(steps.to_vec())));
    ancestors.find_map(|path| {
        let inside = origins.range(path.clone()..);
        let own = inside
            .take_while(|(at, _)| at.0.starts_with(&path.0))
            .map(|(_, (source, _))| *source);
        own.max()
    })
}

struct Merge<'m, 'c> {
    layer: &'m Layer<'c>,
    alternatives: &'m [&'m [&'m str]],
    origins: &'m mut Origins,
}

impl Merge<'_, '_> {
    fn lay(&mut self, below: &mut Value, above: &Value, path: &Path) {
        let (Value::Object(below), Value::Object(above)) = (&mut *below, above) else {
            self.forget(path);
            *below = above.clone();
            self.note(above, path);
            return;
        };
        for (name, value) in above {
            let path_of = |name: &str| path.join(name);
            if value.is_null() {
                below.shift_remove(name);
                self.forget(&path_of(name));
                continue;
            }
            let rivals = self
                .alternatives
                .iter()
                .filter(|set| set.contains(&name.as_str()));
            for rival in rivals
                .flat_map(|set| set.iter())
                .filter(|rival| **rival != name)
            {
                if below.shift_remove(*rival).is_some() {
                    self.forget(&path_of(rival));
                }
            }
            self.lay(
                below.entry(name.clone()).or_insert(Value::Null),
                value,
                &path_of(name),
            );
        }
    }

    fn forget(&mut self, path: &Path) {
        self.origins.retain(|at, _| !at.0.starts_with(&path.0));
    }

    /// Notes the leaves of a value; an empty map and a list are leaves too.
    fn note(&mut self, value: &Value, path: &Path) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                for (name, value) in map {
                    self.note(value, &path.join(name.as_str()));
                }
            }
            _ => {
                self.origins
                    .insert(path.clone(), (self.layer.source, self.layer.is_user));
            }
        }
    }
}

/// Alternatives that one layer sets side by side: the path of the second, and both names.
pub(crate) fn rivals(value: &Value, alternatives: &[&[&str]], path: &Path) -> Vec<(Path, String)> {
    let Value::Object(map) = value else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for set in alternatives {
        let present: Vec<&str> = set
            .iter()
            .copied()
            .filter(|name| map.get(*name).is_some_and(|value| !value.is_null()))
            .collect();
        if let [first, second, ..] = present.as_slice() {
            found.push((
                path.join(*second),
                format!("`{first}` and `{second}` exclude one another; keep one"),
            ));
        }
    }
    for (name, value) in map {
        found.extend(rivals(value, alternatives, &path.join(name.as_str())));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(layers: &[Value]) -> Merged<Value> {
        let sources = [Source::BuiltIn, Source::Defaults, Source::Override(0)];
        let layers: Vec<Layer<'_>> = sources
            .iter()
            .zip(layers)
            .map(|(source, value)| Layer {
                source: *source,
                value: value.clone(),
                is_user: *source != Source::BuiltIn,
                text: None,
            })
            .collect();
        let (config, origins) =
            super::merged(&layers.iter().collect::<Vec<_>>(), &[&["exec", "httpGet"]]);
        Merged { config, origins }
    }

    #[test]
    fn maps_merge_lists_replace_and_null_unsets() {
        let merged = merged(&[
            json!({"a": {"x": 1, "y": 2}, "l": [1, 2], "n": {"z": 1}}),
            json!({"a": {"y": 3}, "l": [3], "n": null}),
        ]);
        assert_eq!(merged.config, json!({"a": {"x": 1, "y": 3}, "l": [3]}));
        assert_eq!(merged.origin(["a", "x"]), Some(Source::BuiltIn));
        assert_eq!(merged.origin(["a"]), Some(Source::Defaults));
        assert_eq!(merged.origin(["n"]), None);
        assert!(!merged.is_user(["a", "x"]));
        assert!(merged.is_user(["a"]));
    }

    #[test]
    fn alternatives_displace_one_another_across_layers() {
        let merged = merged(&[
            json!({"p": {"exec": {"command": ["x"]}}}),
            json!({"p": {"httpGet": {"path": "/"}}}),
            json!({"p": {"httpGet": {"port": 1}}}),
        ]);
        assert_eq!(
            merged.config,
            json!({"p": {"httpGet": {"path": "/", "port": 1}}})
        );
        assert_eq!(
            origin_of(&merged.origins, &Path::from(["p", "httpGet", "port"])),
            Some(Source::Override(0))
        );
        assert_eq!(
            origin_of(&merged.origins, &Path::from(["p", "httpGet", "missing"])),
            Some(Source::Override(0))
        );
    }

    #[test]
    fn alternatives_in_one_layer_are_found() {
        let found = rivals(
            &json!({"p": {"exec": {}, "httpGet": {}}}),
            &[&["exec", "httpGet"]],
            &Path::default(),
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0.to_string(), "p.httpGet");
    }
}
