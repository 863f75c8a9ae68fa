//! How kustomize is to run a function, as its configuration says.

use sdk::Node;
use sdk::yaml;

/// The way a function runs inside kustomize.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Found in the plugin folder by its kind.
    Plugin,
    /// A program.
    Exec(String),
    /// An image.
    Container(String),
    /// It names neither: kustomize runs nothing and says nothing.
    Nothing,
    /// kustomize can't read it, and says this.
    Unreadable(String),
    /// It can't be known here.
    Unknown(String),
}

/// Where kustomize looks for it, in this order; `metadata.configFn` comes after them.
const ANNOTATIONS: [&str; 2] = ["config.kubernetes.io/function", "config.k8s.io/function"];
/// An image alone, as it was written once.
const IMAGE: &str = "config.kubernetes.io/container";

impl Form {
    /// The form of a configuration.
    pub(super) fn of(config: Node<'_>) -> Self {
        let metadata = config.get("metadata");
        let annotation = |name: &str| {
            let text = metadata?.get("annotations")?.get(name)?.text()?;
            Some(text.into_owned()).filter(|text| !text.is_empty())
        };
        for name in ANNOTATIONS {
            if let Some(text) = annotation(name) {
                return Self::of_text(name, text);
            }
        }
        let inline = metadata.and_then(|metadata| metadata.get("configFn"));
        match (inline.filter(|node| !node.is_null()), annotation(IMAGE)) {
            (Some(node), _) => Self::of_node("metadata.configFn", node),
            (None, Some(image)) => Self::Container(image),
            (None, None) => Self::Plugin,
        }
    }

    fn of_text(name: &str, text: String) -> Self {
        let stream = match yaml::parse(text) {
            Ok(stream) => stream,
            Err(error) => return Self::Unreadable(format!("`{name}` is no YAML: {error}")),
        };
        let root = stream.documents().find_map(|document| document.root());
        root.map_or(Self::Nothing, |root| Self::of_node(name, root))
    }

    fn of_node(name: &str, node: Node<'_>) -> Self {
        const FIELDS: [&str; 3] = ["container", "exec", "deferFailure"];
        if !node.is_map() {
            return Self::Unreadable(format!("`{name}` must be a map with `exec` or `container`"));
        }
        for (key, _) in node.entries() {
            let key = key.text().unwrap_or_default();
            if !FIELDS.contains(&key.as_ref()) {
                let hint = yaml::did_you_mean(&key, &FIELDS);
                return Self::Unreadable(format!("unknown field `{key}` in `{name}`{hint}"));
            }
        }
        let text = |path: &[&str]| {
            let text = node.at(path).and_then(Node::text)?.into_owned();
            Some(text).filter(|text| !text.is_empty())
        };
        // An image comes first where both are there.
        match (text(&["container", "image"]), text(&["exec", "path"])) {
            (Some(image), _) => Self::Container(image),
            (None, Some(path)) => Self::Exec(path),
            (None, None) => Self::Nothing,
        }
    }
}
