//! The table in force: the built-in rows and a user's.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;
use yaml::Packed;

use super::path_tree::PathTree;
use super::row::{Condition, ConfigurationKind, How, ProviderRow, ReferenceRow};
use super::spelling::Meaning;
use crate::kinds::TemplatePath;
use crate::resource::Resource;

/// Which fields of which kinds name a ConfigMap or Secret, and which objects make one at run time.
#[derive(Clone, Debug)]
pub struct References {
    data: &'static Data,
    /// The user's rows.
    own: Vec<ReferenceRow>,
    own_providers: Vec<ProviderRow>,
    /// By group, then by kind; made when the first object of a kind comes.
    fields: BTreeMap<String, BTreeMap<String, OnceLock<PathTree<Meaning>>>>,
    /// Relative to a pod's `spec`.
    of_pods: OnceLock<PathTree<Meaning>>,
}

/// The data file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    shapes: BTreeMap<String, Shape>,
    shaped: Vec<Shaped>,
    references: Vec<ReferenceRow>,
    providers: Vec<ProviderRow>,
    everywhere: Vec<Everywhere>,
    cluster_scoped: Vec<Scoped>,
}

/// A structure that many kinds have somewhere, like a container.
#[derive(Clone, Debug, Default, Deserialize)]
struct Shape {
    #[serde(default)]
    fields: Vec<ShapeField>,
    #[serde(default)]
    parts: Vec<Part>,
}

/// Names in a shape.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShapeField {
    paths: Vec<TemplatePath>,
    target: ConfigurationKind,
    #[serde(default)]
    how: How,
    #[serde(default)]
    namespace_key: Option<String>,
    #[serde(default)]
    when: Vec<Condition>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    slashed: bool,
}

/// A shape within a shape.
#[derive(Clone, Debug, Deserialize)]
struct Part {
    paths: Vec<TemplatePath>,
    shape: String,
}

/// Where a kind has a shape.
#[derive(Clone, Debug, Deserialize)]
struct Shaped {
    group: String,
    kind: String,
    paths: Vec<TemplatePath>,
    shape: String,
    /// The namespace meant by every name in it; the object's own without one.
    #[serde(default)]
    namespace: Option<String>,
}

/// What every namespace of a cluster has.
#[derive(Clone, Debug, Deserialize)]
struct Everywhere {
    target: ConfigurationKind,
    name: String,
}

/// A kind whose objects are in no namespace.
#[derive(Clone, Debug, Deserialize)]
struct Scoped {
    group: String,
    kind: String,
}

impl References {
    /// The built-in table.
    pub fn built_in() -> Self {
        Self::with(Vec::new(), Vec::new())
    }

    /// The built-in table with a user's rows; a user's row replaces a built-in one about the same field and
    /// target.
    pub fn with(references: Vec<ReferenceRow>, providers: Vec<ProviderRow>) -> Self {
        static BUILT_IN: LazyLock<Data> = LazyLock::new(built_in);
        let data = &*BUILT_IN;
        let rows = data.references.iter().chain(&references);
        let of_rows = rows.map(|row| (&row.group, &row.kind));
        let of_shapes = data
            .shaped
            .iter()
            .map(|shaped| (&shaped.group, &shaped.kind));
        let mut fields: BTreeMap<String, BTreeMap<_, _>> = BTreeMap::new();
        for (group, kind) in of_rows.chain(of_shapes) {
            let kinds = fields.entry(group.clone()).or_default();
            kinds.insert(kind.clone(), OnceLock::new());
        }
        Self {
            data,
            own: references,
            own_providers: providers,
            fields,
            of_pods: OnceLock::new(),
        }
    }

    /// Every row about a reference, those of shapes like pods and containers written out.
    pub fn rows(&self) -> impl Iterator<Item = ReferenceRow> {
        let kinds = self.fields.iter().flat_map(|(group, kinds)| {
            let kinds = kinds.keys();
            kinds.map(move |kind| (group.as_str(), kind.as_str()))
        });
        kinds.flat_map(|(group, kind)| self.rows_of(group, kind))
    }

    fn rows_of(&self, group: &str, kind: &str) -> Vec<ReferenceRow> {
        let is_new = |row: &ReferenceRow| !self.own.iter().any(|own| is_about_same(own, row));
        let mut rows = self.data.rows_of(group, kind);
        rows.retain(is_new);
        let own = self.own.iter().filter(|row| row.is_of(group, kind));
        rows.extend(own.cloned());
        rows
    }

    /// Every row about an object that makes another one.
    pub fn provider_rows(&self) -> impl Iterator<Item = &ProviderRow> {
        self.data.providers.iter().chain(&self.own_providers)
    }

    /// Whether every namespace of a cluster has that object.
    pub fn is_everywhere(&self, kind: ConfigurationKind, name: &str) -> bool {
        self.data
            .everywhere
            .iter()
            .any(|object| object.target == kind && object.name == name)
    }

    /// Whether the object is in no namespace, as far as the table knows.
    pub fn is_cluster_scoped(&self, resource: &Resource<'_>) -> bool {
        self.data
            .cluster_scoped
            .iter()
            .any(|scoped| resource.is(&scoped.group, &scoped.kind))
    }

    /// The names in objects of a kind, outside its pods.
    pub(super) fn fields_of(&self, resource: &Resource<'_>) -> Option<&PathTree<Meaning>> {
        let (group, kind) = (resource.group(), resource.kind());
        let tree = self.fields.get(group)?.get(kind)?;
        Some(tree.get_or_init(|| {
            let mut tree = PathTree::default();
            let rows = self.rows_of(group, kind);
            for row in rows.iter().filter(|row| row.in_pods().is_none()) {
                tree.add(&row.path, Meaning::of(row));
            }
            tree
        }))
    }

    /// The names in the `spec` of any pod.
    pub(super) fn fields_of_pods(&self) -> &PathTree<Meaning> {
        self.of_pods.get_or_init(|| {
            let mut tree = PathTree::default();
            for row in self.rows_of("", "Pod") {
                if let Some(path) = row.in_pods() {
                    tree.add(&path, Meaning::of(&row));
                }
            }
            tree
        })
    }
}

fn is_about_same(one: &ReferenceRow, other: &ReferenceRow) -> bool {
    one.is_of(&other.group, &other.kind)
        && one.path == other.path
        && one.target == other.target
        && one.prefix == other.prefix
}

impl ReferenceRow {
    fn is_of(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group
    }

    /// Where the name is in any pod's `spec`, if the row is about the core group's Pod.
    fn in_pods(&self) -> Option<TemplatePath> {
        let path = self.path.to_string();
        let is_pod = self.is_of("", "Pod");
        let below = path.strip_prefix("spec.").filter(|_| is_pod)?;
        TemplatePath::parse(below).ok()
    }
}

impl Data {
    /// The rows about references of a kind, shapes taken apart.
    fn rows_of(&self, group: &str, kind: &str) -> Vec<ReferenceRow> {
        let rows = self.references.iter();
        let mut rows: Vec<_> = rows.filter(|row| row.is_of(group, kind)).cloned().collect();
        let is_of = |shaped: &&Shaped| shaped.kind == kind && shaped.group == group;
        for shaped in self.shaped.iter().filter(is_of) {
            for path in &shaped.paths {
                self.add_shape(&mut rows, shaped, &path.to_string(), &shaped.shape);
            }
        }
        rows
    }

    fn add_shape(&self, rows: &mut Vec<ReferenceRow>, of: &Shaped, base: &str, shape: &str) {
        let Some(shape) = self.shapes.get(shape) else {
            return;
        };
        for field in &shape.fields {
            let paths = field.paths.iter();
            rows.extend(paths.filter_map(|path| field.row(of, &below(base, path))));
        }
        for part in &shape.parts {
            for path in &part.paths {
                self.add_shape(rows, of, &below(base, path), &part.shape);
            }
        }
    }
}

impl ShapeField {
    fn row(&self, of: &Shaped, path: &str) -> Option<ReferenceRow> {
        Some(ReferenceRow {
            group: of.group.clone(),
            kind: of.kind.clone(),
            path: TemplatePath::parse(path).ok()?,
            target: self.target,
            how: self.how,
            namespace_key: self.namespace_key.clone(),
            namespace: of.namespace.clone(),
            when: self.when.clone(),
            optional: self.optional,
            soft: false,
            slashed: self.slashed,
            prefix: String::new(),
        })
    }
}

fn below(base: &str, path: &TemplatePath) -> String {
    match base {
        "" => path.to_string(),
        _ if path.is_root() => base.to_owned(),
        base => format!("{base}.{path}"),
    }
}

const TEXT: &[u8] = include_bytes!("../references.yaml");
static PACKED: [u8; Packed::length(TEXT)] = Packed::pack(TEXT);

fn built_in() -> Data {
    yaml::data(&Packed::of(&PACKED).text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_reads_without_a_mistake() {
        let text = Packed::of(&PACKED).text();
        assert_eq!(text.as_bytes(), TEXT);
        let stream = yaml::parse(text).unwrap();
        let root = stream.documents().next().unwrap().root().unwrap();
        let data: Data = yaml::read(root, &[]).unwrap();
        let parts = data.shapes.values().flat_map(|shape| &shape.parts);
        let named = parts.map(|part| &part.shape);
        for shape in named.chain(data.shaped.iter().map(|shaped| &shaped.shape)) {
            assert!(data.shapes.contains_key(shape), "{shape} is a shape");
        }
        for shape in data.shapes.keys() {
            let is_part = |of: &Shape| of.parts.iter().any(|part| part.shape == *shape);
            let is_had = data.shaped.iter().any(|shaped| shaped.shape == *shape);
            assert!(
                is_had || data.shapes.values().any(is_part),
                "something has the shape {shape}"
            );
        }
    }

    #[test]
    fn each_field_stands_once() {
        let rows: Vec<_> = References::built_in().rows().collect();
        for (number, row) in rows.iter().enumerate() {
            let twin = rows
                .iter()
                .skip(number + 1)
                .find(|other| is_about_same(row, other));
            assert_eq!(twin, None);
        }
        let providers = built_in().providers;
        for (number, row) in providers.iter().enumerate() {
            assert!(!providers.iter().skip(number + 1).any(|other| other == row));
        }
    }
}
