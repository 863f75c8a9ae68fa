//! What comes in: a ResourceList, or plain YAML documents.

use std::fmt;

use serde_json::Value;
use yaml::json_patch::jsonptr::PointerBuf;
use yaml::json_patch::{AddOperation, Patch, PatchOperation};
use yaml::{Document, Holder, Node, Position, Stream, Style};

/// Why a call can't be served at all. Nothing goes to stdout then.
#[derive(Debug)]
pub enum Error {
    /// The arguments make no sense.
    Usage(String),
    /// The input is not what it should be.
    Input(String),
    /// Reading or writing failed.
    Io(String),
    /// A function did what no function may do.
    Bug(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Input(message) | Self::Io(message) => f.write_str(message),
            Self::Bug(message) => write!(f, "this is a bug, please report it: {message}"),
        }
    }
}

impl std::error::Error for Error {}

const STDIN: &str = "stdin";

/// A text that came in, and the name people know it by.
#[derive(Debug)]
pub(crate) struct SourceText {
    pub(crate) stream: Stream,
    /// The file; none for stdin.
    pub(crate) file: Option<String>,
}

impl SourceText {
    pub(crate) fn parse(text: String, file: Option<String>) -> Result<Self, Error> {
        match yaml::parse(text) {
            Ok(stream) => Ok(Self { stream, file }),
            Err(error) => {
                let name = file.as_deref().unwrap_or(STDIN);
                Err(Error::Input(format!("{name}, {error}")))
            }
        }
    }

    fn name(&self) -> &str {
        self.file.as_deref().unwrap_or(STDIN)
    }

    fn error(&self, error: &yaml::Error) -> Error {
        Error::Input(format!("{}, {error}", self.name()))
    }
}

/// The form of the input, which is the form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One ResourceList.
    List,
    /// YAML documents, one object each.
    Documents,
}

/// One object of the input, or one list of objects.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The number of its source text.
    pub(crate) source: usize,
    /// Its node there.
    pub(crate) node: u32,
    /// The text that holds it alone.
    pub(crate) holder: Holder,
}

/// Everything that came in.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) form: Form,
    pub(crate) sources: Vec<SourceText>,
    pub(crate) items: Vec<Item>,
    function_config: Option<u32>,
}

const LIST_VERSIONS: [&str; 3] = [
    "config.kubernetes.io/v1",
    "config.kubernetes.io/v1beta1",
    "config.kubernetes.io/v1alpha1",
];

impl Input {
    /// Takes a text as a ResourceList.
    pub(crate) fn resource_list(source: SourceText, how_to_run: &str) -> Result<Self, Error> {
        let kind = describe(&source.stream);
        let is_list = matches!(&kind, Found::List);
        if !is_list {
            let advice = match &kind {
                Found::OtherVersion(_) => "",
                _ if how_to_run.is_empty() => "",
                _ => &format!("; {how_to_run}"),
            };
            return Err(Error::Input(format!("{} {kind}{advice}", source.name())));
        }
        // JSON would end as JSON in the user's files, and a list in brackets has no lines to add to.
        let root = first_root(&source.stream)
            .ok_or_else(|| Error::Input(format!("{} is empty", source.name())))?;
        let source = if root.is_flow()
            || root
                .get("items")
                .is_some_and(|items| items.is_flow() && items.items().next().is_some())
        {
            as_block(&source)?
        } else {
            source
        };
        let document = source.stream.documents().next();
        let held = document
            .as_ref()
            .and_then(|document| yaml::held_items(document, "items"));
        let root = document.as_ref().and_then(Document::root);
        let items_node = root
            .and_then(|root| root.get("items"))
            .filter(|items| !items.is_null());
        let items = match (items_node, held) {
            (None, _) => Vec::new(),
            (Some(items), _) if !items.is_seq() => {
                let error = items.error("`items` must be a list");
                return Err(source.error(&error));
            }
            (Some(items), None) => {
                let error =
                    items.error("`items` must be a plain list, each item on lines of its own");
                return Err(source.error(&error));
            }
            (Some(_), Some(held)) => {
                let item = |(node, holder): (Node<'_>, Holder)| Item {
                    source: 0,
                    node: node.id(),
                    holder,
                };
                held.into_iter().map(item).collect()
            }
        };
        let function_config = root
            .and_then(|root| root.get("functionConfig"))
            .map(Node::id);
        Ok(Self {
            form: Form::List,
            sources: vec![source],
            items,
            function_config,
        })
    }

    /// What people call an item.
    pub(crate) fn place(&self, number: usize) -> String {
        if self.form == Form::List {
            return format!("items[{number}]");
        }
        let source = self.items.get(number).map(|item| item.source);
        let before = self.items.iter().take(number);
        let in_source = before.filter(|item| Some(item.source) == source).count();
        let file = source
            .and_then(|source| self.sources.get(source)?.file.as_deref())
            .map_or_else(String::new, |file| format!("{file}, "));
        format!("{file}document {}", in_source + 1)
    }

    /// Takes texts as YAML documents.
    pub(crate) fn documents(sources: Vec<SourceText>) -> Self {
        let mut items = Vec::new();
        for (source, text) in sources.iter().enumerate() {
            for document in text.stream.documents() {
                if let Some(root) = document.root().filter(|root| !root.is_null()) {
                    items.push(Item {
                        source,
                        node: root.id(),
                        holder: Holder::Document(document.span()),
                    });
                }
            }
        }
        Self {
            form: Form::Documents,
            sources,
            items,
            function_config: None,
        }
    }

    /// What came in, as it came.
    pub(crate) fn text(&self) -> String {
        self.sources
            .iter()
            .map(|source| source.stream.text())
            .collect()
    }

    pub(crate) fn function_config(&self) -> Option<Node<'_>> {
        let source = self.sources.first()?;
        self.function_config.map(|id| source.stream.node(id))
    }

    pub(crate) fn node(&self, item: &Item) -> Option<Node<'_>> {
        self.sources
            .get(item.source)
            .map(|source| source.stream.node(item.node))
    }
}

pub(crate) fn first_root(stream: &Stream) -> Option<Node<'_>> {
    stream
        .documents()
        .next()
        .and_then(|document| document.root())
}

/// What stdin holds, in words.
enum Found {
    List,
    Nothing,
    Several(usize, Position),
    Object(String),
    OtherVersion(String),
    Else,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List => f.write_str("holds a ResourceList"),
            Self::Nothing => f.write_str("is empty, not a ResourceList"),
            Self::Several(count, second) => write!(
                f,
                "holds {count} documents (the second one from {second} on), not one ResourceList"
            ),
            Self::Object(kind) => write!(f, "holds a {kind}, not a ResourceList"),
            Self::OtherVersion(version) => write!(
                f,
                "holds a ResourceList of the unknown version \"{version}\"; it must be {}",
                LIST_VERSIONS.join(" or ")
            ),
            Self::Else => {
                f.write_str("holds YAML that is no Kubernetes object, so no ResourceList either")
            }
        }
    }
}

fn describe(stream: &Stream) -> Found {
    let roots: Vec<Node<'_>> = stream
        .documents()
        .filter_map(|document| document.root())
        .collect();
    let root = match roots.as_slice() {
        [] => return Found::Nothing,
        [root] => root,
        [_, second, ..] => return Found::Several(roots.len(), second.position()),
    };
    let text = |key: &str| {
        root.get(key)
            .and_then(Node::text)
            .unwrap_or_default()
            .into_owned()
    };
    let (kind, version) = (text("kind"), text("apiVersion"));
    match kind.as_str() {
        "ResourceList" if LIST_VERSIONS.contains(&version.as_str()) => Found::List,
        "ResourceList" => Found::OtherVersion(version),
        "" => Found::Else,
        _ => Found::Object(kind),
    }
}

fn as_block(source: &SourceText) -> Result<SourceText, Error> {
    let value = first_root(&source.stream).map(Node::to_value);
    let value = value.transpose().map_err(|error| source.error(&error))?;
    let text = yaml::to_string(&value.unwrap_or(Value::Null), Style::default());
    SourceText::parse(text, source.file.clone())
}

/// A text with a field of its one document's root set.
pub(crate) fn with_field(text: String, name: &str, value: Value) -> Result<String, Error> {
    let failed = |error: yaml::Error| Error::Input(format!("stdin, {error}"));
    let stream = yaml::parse(text).map_err(failed)?;
    let add = AddOperation {
        path: PointerBuf::from_tokens([name]),
        value,
    };
    let patch = Patch(vec![PatchOperation::Add(add)]);
    let edited = {
        let document = stream.documents().next();
        let root = document.as_ref().and_then(Document::root);
        match (document, root) {
            (Some(document), Some(root)) => {
                yaml::apply(root, &Holder::Document(document.span()), &patch).map_err(failed)?
            }
            _ => None,
        }
    };
    Ok(edited.map_or_else(|| stream.into_text(), |edited| edited.stream.into_text()))
}
