//! What stands around the `spec` of every configuration.

use yaml::{Mistake, Node, Path, did_you_mean};

use super::{API_VERSION, ConfigSource};

const FIELDS: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];

/// The `spec` of a configuration of this kind, and what is wrong around it. `name` is the program that the
/// kind is for.
pub(crate) fn spec<'c>(
    source: ConfigSource<'c>,
    name: &str,
    kind: &str,
) -> (Option<Node<'c>>, Vec<Mistake>) {
    let Some(node) = source.node() else {
        return (None, Vec::new());
    };
    if !node.is_map() {
        let message =
            format!("a configuration must be a map like the one that `{name} --example` prints");
        return (None, vec![mistake(node, Path::default(), message)]);
    }
    let mut mistakes = wrong_type(node, name, kind).into_iter().collect::<Vec<_>>();
    mistakes.extend(unknown_fields(node, &FIELDS, &Path::default()));
    let spec = node.get("spec").filter(|spec| !spec.is_null());
    if let Some(spec) = spec.filter(|spec| !spec.is_map()) {
        mistakes.push(mistake(spec, Path::from(["spec"]), "must be a map"));
    }
    (spec.filter(|spec| spec.is_map()), mistakes)
}

/// Fields of a map, which stands at `path`, that nobody knows.
pub(crate) fn unknown_fields(node: Node<'_>, known: &[&str], path: &Path) -> Vec<Mistake> {
    let unknown = node.entries().filter_map(|(key, _)| {
        let name = key.text().unwrap_or_default();
        let message = || format!("unknown field `{name}`{}", did_you_mean(&name, known));
        (!known.contains(&name.as_ref())).then(|| mistake(key, path.join(name.as_ref()), message()))
    });
    unknown.collect()
}

/// A mistake that stands at `node`.
pub(crate) fn mistake(node: Node<'_>, path: Path, message: impl Into<String>) -> Mistake {
    Mistake {
        path,
        position: node.position(),
        message: message.into(),
    }
}

fn wrong_type(node: Node<'_>, name: &str, kind: &str) -> Option<Mistake> {
    let text = |key| node.get(key).and_then(Node::text).unwrap_or_default();
    let (own, version) = (text("kind"), text("apiVersion"));
    let (field, message) = if own != kind {
        let message = match node.get("kind") {
            None => format!("there is no `kind`; it must be {kind}"),
            Some(_) => {
                format!("\"{own}\" is not a configuration of {name}; the kind must be {kind}")
            }
        };
        ("kind", message)
    } else if version != API_VERSION {
        let message = match node.get("apiVersion") {
            None => format!("there is no `apiVersion`; it must be {API_VERSION}"),
            Some(_) => format!("\"{version}\" is not known; it must be {API_VERSION}"),
        };
        ("apiVersion", message)
    } else {
        return None;
    };
    let at = node.get(field).unwrap_or(node);
    Some(mistake(at, Path::from([field]), message))
}
