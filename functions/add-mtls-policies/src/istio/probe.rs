//! Objects of a text, for tests.

use sdk::{Kinds, Resources, yaml};

/// What `look` sees in the objects of a text.
pub(super) fn with<T>(objects: &str, look: impl FnOnce(&Resources<'_>) -> T) -> T {
    let stream = yaml::parse(objects.to_owned()).expect(objects);
    let roots = stream.documents().filter_map(|document| document.root());
    let roots = roots.filter(|root| root.is_map());
    let resources = Resources::new(roots, &Kinds::with(Vec::new()), "default");
    look(&resources)
}

/// A ConfigMap `pods` whose labels are those of some pods, as YAML inside braces.
pub(super) fn pods(labels: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: pods, namespace: labels, labels: {{{labels}}}}}\n---\n"
    )
}

/// The labels of [`pods`].
pub(super) fn labels<'r>(resources: &'r Resources<'r>) -> sdk::Labels<'r> {
    let mut objects = resources.all();
    let pods = objects.find(|object| object.name() == "pods");
    pods.expect("the text has pods").labels()
}
