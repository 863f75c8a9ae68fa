//! Objects that make a ConfigMap or Secret at run time, by what they make.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use yaml::{Node, Path};

use super::identities::{ANY, key};
use super::path_tree::PathTree;
use super::row::{ConfigurationKind, ProviderRow};
use super::spelling::is_variable;
use super::table::References;
use crate::resource::{Resource, Resources};

/// Numbers of makers by the kind, namespace and name of what they make.
#[derive(Debug)]
pub(super) struct Provisions<'r> {
    resources: &'r Resources<'r>,
    makers: BTreeMap<String, usize>,
}

impl<'r> Provisions<'r> {
    pub(super) fn new(resources: &'r Resources<'r>, table: &References) -> Self {
        let mut provisions = Self {
            resources,
            makers: BTreeMap::new(),
        };
        let mut providers: BTreeMap<(&str, &str), Vec<Provider<'_>>> = BTreeMap::new();
        for row in table.provider_rows() {
            let key = (row.group.as_str(), row.kind.as_str());
            providers.entry(key).or_default().push(Provider::new(row));
        }
        for maker in resources.all().filter(|maker| !maker.is_local()) {
            let of = |group, kind| providers.get(&(group, kind)).into_iter().flatten();
            for provider in of(maker.group(), maker.kind()).chain(of(ANY, ANY)) {
                provisions.add(maker, provider, table);
            }
        }
        provisions
    }

    pub(super) fn find(
        &self,
        kind: ConfigurationKind,
        namespace: &str,
        name: &str,
    ) -> Option<&'r Resource<'r>> {
        let maker = |namespace| self.makers.get(&key(kind, namespace, name));
        self.resources
            .get(*maker(namespace).or_else(|| maker(ANY))?)
    }

    fn add(&mut self, maker: &Resource<'_>, provider: &Provider<'_>, table: &References) {
        let row = provider.row;
        for (namespace, name) in provider.made_by(maker) {
            let own_namespace = || match &row.namespace {
                Some(namespace) => namespace.as_str(),
                None if table.is_cluster_scoped(maker) => ANY,
                None => self.resources.namespace_of(maker),
            };
            let namespace = match namespace.as_deref() {
                Some(namespace) if is_variable(namespace) => ANY,
                Some(namespace) => namespace,
                None => own_namespace(),
            };
            let name = format!("{name}{}", row.suffix);
            let key = key(row.target, namespace, &name);
            self.makers.entry(key).or_insert(maker.number);
        }
    }
}

/// A row with its path, made ready to be followed when the first maker comes.
struct Provider<'a> {
    row: &'a ProviderRow,
    names: OnceCell<PathTree<()>>,
}

impl<'a> Provider<'a> {
    fn new(row: &'a ProviderRow) -> Self {
        let names = OnceCell::new();
        Self { row, names }
    }

    /// The names of what a maker makes, each with the namespace that stands beside it.
    fn made_by(&self, maker: &Resource<'_>) -> Vec<(Option<String>, String)> {
        let row = self.row;
        let is_told = |key: &String| maker.annotations().get(key).is_some();
        if !row.annotations.is_empty() && !row.annotations.iter().any(is_told) {
            return Vec::new();
        }
        let own_name = || maker.name().to_owned();
        let mut names = Vec::new();
        self.path().find(maker.node, Path::default(), |found| {
            let is_meant = row.when.iter().all(|when| when.holds(found.holder));
            let key = row.namespace_key.as_ref();
            let namespace = key.and_then(|key| found.holder.get(key)).and_then(text);
            let own = found.node.is_map().then(own_name);
            let name = own.or_else(|| text(found.node)).filter(|_| is_meant);
            names.extend(name.map(|name| (namespace, name)));
        });
        if names.is_empty() && row.or_own_name {
            names.push((None, own_name()));
        }
        names
    }

    fn path(&self) -> &PathTree<()> {
        self.names.get_or_init(|| {
            let mut path = PathTree::default();
            path.add(&self.row.path, ());
            path
        })
    }
}

fn text(node: Node<'_>) -> Option<String> {
    let text = node.text().filter(|_| !node.is_null())?;
    (!text.is_empty()).then(|| text.into_owned())
}
