//! Who is given rights by the input.

use std::collections::BTreeMap;

use sdk::{Node, Resource, Resources};

use super::accounts::Account;
use super::subjects::Subject;

/// Everything that gives rights, by whom it gives them to. Of several things the first by kind and name stands for
/// all.
#[derive(Debug, Default)]
pub(crate) struct Bindings(BTreeMap<Subject, String>);

/// `OpenShift` has its own API for the same objects.
const GROUPS: [&str; 2] = ["rbac.authorization.k8s.io", "authorization.openshift.io"];

impl Bindings {
    /// Reads all bindings of the input that reach a cluster.
    pub(crate) fn of(resources: &Resources<'_>) -> Self {
        let mut bindings = Self::default();
        let is_binding = |object: &&Resource<'_>| {
            matches!(object.kind(), "RoleBinding" | "ClusterRoleBinding")
                && GROUPS.contains(&object.group())
                && !object.is_local()
        };
        for binding in resources.all().filter(is_binding) {
            let is_namespaced = binding.kind() == "RoleBinding";
            let namespace = is_namespaced.then(|| resources.namespace_of(binding));
            let label = format!("{} \"{}\"", binding.kind(), binding.name());
            let subjects = binding
                .node
                .get("subjects")
                .into_iter()
                .flat_map(Node::items);
            for subject in subjects.filter_map(|node| Subject::of(node, namespace)) {
                let first = bindings.0.entry(subject).or_insert_with(|| label.clone());
                if label < *first {
                    first.clone_from(&label);
                }
            }
        }
        bindings
    }

    /// What gives the account rights.
    pub(crate) fn find(&self, account: &Account<'_>) -> Option<&str> {
        let named = account.names.iter().flat_map(|name| {
            let somewhere = Subject::Account(None, name.clone());
            let here = account.namespaces.iter();
            let here =
                here.map(|namespace| Subject::Account(Some(namespace.clone()), name.clone()));
            here.chain([somewhere])
        });
        let groups = account
            .namespaces
            .iter()
            .map(|namespace| Subject::AllOf(namespace.clone()));
        let mut all = named.chain(groups).chain([Subject::All]);
        all.find_map(|subject| self.0.get(&subject))
            .map(String::as_str)
    }
}
