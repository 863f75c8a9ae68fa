//! What kustomize itself follows when an object gets another name.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use kube_core::GroupVersionKind;
use serde::Deserialize;
use yaml::{Path, Step};

use super::reference::Reference;
use super::row::ConfigurationKind;

/// Fields by the kinds that hold them.
type Table = BTreeMap<String, Vec<Row>>;

/// A field that kustomize looks at. An empty group or version stands for any.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(default)]
    group: String,
    #[serde(default)]
    version: String,
    kind: String,
    target: ConfigurationKind,
    path: Keys,
}

/// Keys from map to map; what is a list on the way is looked through.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
struct Keys(Vec<String>);

/// The data file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    in_pods: Vec<InPods>,
    templates: Vec<Template>,
    others: Vec<Row>,
}

/// A field below a pod template.
#[derive(Debug, Deserialize)]
struct InPods {
    target: ConfigurationKind,
    path: Keys,
}

/// Where a kind has its pod template.
#[derive(Debug, Deserialize)]
struct Template {
    #[serde(default)]
    version: String,
    kind: String,
    path: Keys,
}

impl Reference<'_> {
    /// Whether kustomize's own table leads to the field, so that kustomize follows a new name by itself.
    ///
    /// kustomize takes the whole text of a field for the name, so it follows no `namespace/name`.
    pub fn is_known_to_kustomize(&self) -> bool {
        self.name_at == 0 && is_known(&self.from.gvk(), &self.place.path, self.kind)
    }
}

fn is_known(gvk: &GroupVersionKind, path: &Path, target: ConfigurationKind) -> bool {
    static TABLE: OnceLock<Table> = OnceLock::new();
    let rows = TABLE.get_or_init(table).get(&gvk.kind);
    rows.into_iter()
        .flatten()
        .any(|row| row.is_of(gvk) && row.target == target && row.path.lead_to(path))
}

fn table() -> Table {
    let mut table = Table::new();
    for row in data().rows() {
        table.entry(row.kind.clone()).or_default().push(row);
    }
    table
}

fn data() -> Data {
    yaml::data(include_str!("../kustomize-references.yaml"))
}

impl Data {
    /// Every row, those in pods written out for each kind.
    fn rows(self) -> Vec<Row> {
        let mut rows = self.others;
        for template in self.templates {
            rows.extend(self.in_pods.iter().map(|field| template.row(field)));
        }
        rows
    }
}

impl Template {
    fn row(&self, field: &InPods) -> Row {
        Row {
            group: String::new(),
            version: self.version.clone(),
            kind: self.kind.clone(),
            target: field.target,
            path: Keys([&*self.path.0, &*field.path.0].concat()),
        }
    }
}

impl Row {
    fn is_of(&self, gvk: &GroupVersionKind) -> bool {
        let fits = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        fits(&self.group, &gvk.group) && fits(&self.version, &gvk.version)
    }
}

impl Keys {
    /// Whether the name at `path` is what kustomize finds: in a map at the end of its way it takes `name`.
    fn lead_to(&self, path: &Path) -> bool {
        let mut keys = path.0.iter().filter_map(|step| match step {
            Step::Key(key) => Some(&**key),
            Step::Index(_) => None,
        });
        let leads = self.0.iter().all(|key| keys.next() == Some(key));
        leads && keys.next().is_none_or(|last| last == "name") && keys.next().is_none()
    }
}

impl From<String> for Keys {
    /// Reads kustomize's form, in which `\/` is a slash in a key.
    fn from(path: String) -> Self {
        let escaped = path.replace("\\/", "\n");
        let keys = escaped.split('/').filter(|key| !key.is_empty());
        Self(keys.map(|key| key.replace('\n', "/")).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of the table that kustomize has built in, as it writes it.
    #[derive(Deserialize)]
    struct Captured {
        #[serde(default)]
        group: String,
        #[serde(default)]
        version: String,
        kind: String,
        target: ConfigurationKind,
        path: String,
    }

    fn captured() -> Vec<Captured> {
        let text = include_str!("../../tests/captures/kustomize-name-references.json");
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_data_reads_without_a_mistake() {
        let stream = yaml::parse(include_str!("../kustomize-references.yaml").to_owned()).unwrap();
        let root = stream.documents().next().unwrap().root().unwrap();
        yaml::read::<Data>(root, &[]).unwrap();
    }

    #[test]
    fn the_data_says_what_kustomize_s_own_table_says_and_no_more() {
        let line = |parts: [&str; 5]| parts.join(" ");
        let mut theirs: Vec<_> = captured()
            .iter()
            .map(|row| {
                let target = row.target.name();
                line([&row.group, &row.version, &row.kind, target, &row.path])
            })
            .collect();
        assert_eq!(theirs.len(), 122);
        theirs.sort();
        // It says twice where an Ingress has a Secret for TLS.
        theirs.dedup();
        assert_eq!(theirs.len(), 121);
        let mut ours: Vec<_> = data()
            .rows()
            .iter()
            .map(|row| {
                let keys = row.path.0.iter().map(|key| key.replace('/', "\\/"));
                let path = keys.collect::<Vec<_>>().join("/");
                let target = row.target.name();
                line([&row.group, &row.version, &row.kind, target, &path])
            })
            .collect();
        ours.sort();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn every_row_of_kustomize_s_is_known_in_lists_too_and_no_field_beside_it() {
        for row in captured() {
            let group = match row.group.as_str() {
                "" => "any.example.com",
                group => group,
            };
            let version = match row.version.as_str() {
                "" => "v7",
                version => version,
            };
            let gvk = GroupVersionKind::gvk(group, version, &row.kind);
            let keys = Keys::from(row.path.clone()).0;
            let within = |keys: &[String]| {
                let items = |key: &String| [Step::from(key.as_str()), Step::Index(3)];
                Path(keys.iter().flat_map(items).collect())
            };
            let path = within(&keys);
            assert!(is_known(&gvk, &path, row.target), "{path}");
            let parent = within(&keys[..keys.len() - 1]);
            assert!(!is_known(&gvk, &parent, row.target), "{parent}");
            assert!(!is_known(&gvk, &path.join("key"), row.target), "{path}");
            let other = GroupVersionKind::gvk(group, version, "Other");
            assert!(!is_known(&other, &path, row.target), "{path}");
            for (own, other) in [
                (&row.version, GroupVersionKind::gvk(group, "v7", &row.kind)),
                (&row.group, GroupVersionKind::gvk("x.y", version, &row.kind)),
            ] {
                assert_eq!(
                    is_known(&other, &path, row.target),
                    own.is_empty(),
                    "{path}"
                );
            }
        }
    }

    #[test]
    fn a_map_at_the_end_of_a_way_is_known_by_its_name() {
        let gvk = GroupVersionKind::gvk("", "v1", "Node");
        let path = Path::from(["spec", "configSource", "configMap"]);
        let known = |path: &Path, target| is_known(&gvk, path, target);
        assert!(known(&path.join("name"), ConfigurationKind::ConfigMap));
        assert!(!known(&path.join("name"), ConfigurationKind::Secret));
        assert!(!known(
            &path.join("namespace"),
            ConfigurationKind::ConfigMap
        ));
        assert!(!known(
            &path.join("name").join("name"),
            ConfigurationKind::ConfigMap
        ));
    }
}
