//! Objects that make a ConfigMap or Secret at run time, by what they make.

use std::collections::BTreeMap;

use yaml::{Node, Path};

use super::identities::{ANY, key};
use super::path_tree::PathTree;
use super::row::{ConfigurationKind, ProviderRow};
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
        let mut providers: BTreeMap<(&str, &str), Vec<&ProviderRow>> = BTreeMap::new();
        for row in table.provider_rows() {
            let key = (row.group.as_str(), row.kind.as_str());
            providers.entry(key).or_default().push(row);
        }
        for maker in resources.all().filter(|maker| !maker.is_local()) {
            let rows = providers.get(&(maker.group(), maker.kind()));
            for row in rows.into_iter().flatten() {
                provisions.add(maker, row, table.is_cluster_scoped(maker));
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

    fn add(&mut self, maker: &Resource<'_>, row: &ProviderRow, is_cluster_scoped: bool) {
        let is_told = |key: &String| maker.annotations().get(key).is_some();
        let wanted = &row.annotations;
        if !wanted.is_empty() && !wanted.iter().any(is_told) {
            return;
        }
        let own_namespace = match &row.namespace {
            Some(namespace) => namespace.as_str(),
            None if is_cluster_scoped => ANY,
            None => self.resources.namespace_of(maker),
        };
        for (namespace, name) in made(maker, row) {
            let namespace = namespace.as_deref().unwrap_or(own_namespace);
            let name = format!("{name}{}", row.suffix);
            let key = key(row.target, namespace, &name);
            self.makers.entry(key).or_insert(maker.number);
        }
    }
}

/// The names of what a maker makes, each with the namespace that stands beside it.
fn made(maker: &Resource<'_>, row: &ProviderRow) -> Vec<(Option<String>, String)> {
    let own_name = || vec![(None, maker.name().to_owned())];
    if row.path.is_root() {
        return own_name();
    }
    let text = |node: Node<'_>| {
        let text = node.text().filter(|_| !node.is_null())?;
        (!text.is_empty()).then(|| text.into_owned())
    };
    let mut tree = PathTree::default();
    tree.add(&row.path, ());
    let mut names = Vec::new();
    tree.find(maker.node, Path::default(), |found| {
        let is_meant = row.when.iter().all(|when| when.holds(found.holder));
        let key = row.namespace_key.as_ref();
        let namespace = key.and_then(|key| found.holder.get(key)).and_then(text);
        let name = text(found.node).filter(|_| is_meant);
        names.extend(name.map(|name| (namespace, name)));
    });
    if names.is_empty() && row.or_own_name {
        own_name()
    } else {
        names
    }
}
