//! What objects are.

use std::collections::VecDeque;
use std::sync::Arc;

use yaml::Node;

/// Group, version and kind of an object. Objects of one type share it: every part of a function asks for it, and the
/// texts of the input that it is read from stand far apart.
#[derive(Debug)]
pub(crate) struct ObjectType {
    pub(crate) api_version: String,
    pub(crate) kind: String,
}

impl ObjectType {
    /// What stands before the version; empty for the core group.
    pub(crate) fn group(&self) -> &str {
        let parts = self.api_version.split_once('/');
        parts.map_or("", |(group, _)| group)
    }

    pub(crate) fn version(&self) -> &str {
        let parts = self.api_version.split_once('/');
        parts.map_or(&*self.api_version, |(_, version)| version)
    }
}

/// The types of the last objects; objects of one type often come in a row.
#[derive(Debug, Default)]
pub(crate) struct LastTypes(VecDeque<Arc<ObjectType>>);

impl LastTypes {
    /// The type of an object.
    pub(crate) fn of(&mut self, object: Node<'_>) -> Arc<ObjectType> {
        const REMEMBERED: usize = 16;
        let text = |key| object.get(key).and_then(Node::text).unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let is_same =
            |known: &&Arc<ObjectType>| known.kind == kind && known.api_version == api_version;
        if let Some(known) = self.0.iter().find(is_same) {
            return Arc::clone(known);
        }
        let new = Arc::new(ObjectType {
            api_version: api_version.into_owned(),
            kind: kind.into_owned(),
        });
        self.0.truncate(REMEMBERED - 1);
        self.0.push_front(Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_one_type_share_it_and_others_do_not() {
        let mut types = LastTypes::default();
        let mut of = |text: &str| {
            let stream = yaml::parse(format!("{{{text}}}")).unwrap();
            let found = types.of(stream.documents().next().unwrap().root().unwrap());
            let told = format!("apiVersion: {}, kind: {}", found.api_version, found.kind);
            assert_eq!(told, text);
            found
        };
        let deployment = "apiVersion: apps/v1, kind: Deployment";
        let first = of(deployment);
        of("apiVersion: apps/v2, kind: Deployment");
        of("apiVersion: apps/v1, kind: DaemonSet");
        assert!(Arc::ptr_eq(&first, &of(deployment)));
        // More than are remembered.
        for number in (0..40).chain(0..40) {
            of(&format!("apiVersion: v1, kind: Kind{number}"));
        }
        assert_eq!((first.group(), first.version()), ("apps", "v1"));
    }
}
