//! Objects by what they are called, or were called.

use crate::resource::{Resource, Resources};

/// Names with the number of the object that has them, in the order of names, namespaces, kinds and groups, so
/// that the objects of one name are found by bisection.
#[derive(Debug)]
pub(crate) struct NameIndex(Vec<(String, usize)>);

impl NameIndex {
    /// By the names that the objects have.
    pub(crate) fn of_names(resources: &Resources<'_>) -> Self {
        let names = resources
            .all()
            .map(|object| (object.name().to_owned(), object.number));
        Self::sorted(resources, names.collect())
    }

    /// By the names that the objects had, while they were of their kind.
    pub(crate) fn of_former_names(resources: &Resources<'_>) -> Self {
        let names = resources.all().flat_map(|object| {
            let former = object.previous().into_iter();
            former
                .filter(|(kind, _, _)| kind == object.kind())
                .map(|(_, _, name)| (name, object.number))
        });
        Self::sorted(resources, names.collect())
    }

    fn sorted(resources: &Resources<'_>, mut names: Vec<(String, usize)>) -> Self {
        // Stable, so that the objects of one name keep the order of the input.
        names.sort_by(|one, other| {
            let rest = || identity(resources, one).cmp(&identity(resources, other));
            one.0.cmp(&other.0).then_with(rest)
        });
        Self(names)
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
            .partition_point(|entry| identity(resources, entry) < wanted);
        let behind = self.0.get(from..).unwrap_or_default().iter();
        let found = behind.take_while(move |entry| identity(resources, entry) == wanted);
        found.filter_map(|(_, number)| resources.get(*number))
    }
}

/// The name comes first, since it differs most.
fn identity<'a>(resources: &'a Resources<'_>, (name, number): &'a (String, usize)) -> [&'a str; 4] {
    match resources.get(*number) {
        Some(object) => [
            name,
            resources.namespace_of(object),
            object.kind(),
            object.group(),
        ],
        None => [name, "", "", ""],
    }
}
