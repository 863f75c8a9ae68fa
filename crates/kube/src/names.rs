//! Objects by what they are called, or were called.

use yaml::order::Order as _;

use crate::resource::{Resource, Resources};

/// Names with the number of the object that has them, in the order of names, namespaces, kinds and groups, so
/// that the objects of one name are found by bisection.
#[derive(Debug)]
pub(crate) struct NameIndex(Vec<(String, usize)>);

impl NameIndex {
    /// By the names that the objects have.
    pub(crate) fn of_names(resources: &Resources<'_>) -> Self {
        let names = resources.all().map(|object| (object.name(), object.number));
        Self::sorted(resources, names)
    }

    /// By the names that the objects had, while they were of their kind.
    pub(crate) fn of_former_names(resources: &Resources<'_>) -> Self {
        let names = resources.all().flat_map(|object| {
            let former = object.previous().into_iter();
            former
                .filter(|(kind, _, _)| kind == object.kind())
                .map(|(_, _, name)| (name, object.number))
        });
        let names: Vec<(String, usize)> = names.collect();
        let names = names.iter().map(|(name, number)| (name.as_str(), *number));
        Self::sorted(resources, names)
    }

    fn sorted<'n>(
        resources: &'n Resources<'_>,
        names: impl Iterator<Item = (&'n str, usize)>,
    ) -> Self {
        let identified = names.map(|(name, number)| (identity(resources, name, number), number));
        let mut identified: Vec<([&str; 4], usize)> = identified.collect();
        // Stable, so that the objects of one name keep the order of the input.
        identified.order_by_key(|(identity, _)| *identity);
        let names = identified.into_iter();
        let names = names.map(|([name, ..], number)| (name.to_owned(), number));
        Self(names.collect())
    }

    /// The objects of this group, kind, namespace and name, in the order of the input.
    pub(crate) fn find<'r, 't>(
        &self,
        resources: &'r Resources<'t>,
        [group, kind, namespace, name]: [&str; 4],
    ) -> impl Iterator<Item = &'r Resource<'t>> {
        let wanted = [name, namespace, kind, group];
        let from = self
            .0
            .partition_point(|(name, number)| identity(resources, name, *number) < wanted);
        let behind = self.0.get(from..).unwrap_or_default().iter();
        let found =
            behind.take_while(move |(name, number)| identity(resources, name, *number) == wanted);
        found.filter_map(|(_, number)| resources.get(*number))
    }
}

/// The name comes first, since it differs most.
fn identity<'a>(resources: &'a Resources<'_>, name: &'a str, number: usize) -> [&'a str; 4] {
    match resources.get(number) {
        Some(object) => [
            name,
            resources.namespace_of(object),
            object.kind(),
            object.group(),
        ],
        None => [name, "", "", ""],
    }
}
