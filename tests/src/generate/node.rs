//! Pieces of resources, before they are written in somebody's hand.

/// A piece of a resource, with what only its author's text has.
#[derive(Debug)]
pub(super) enum Node {
    /// Plain in any hand.
    Plain(String),
    /// Quoted by the author, though nothing asks for it.
    Quoted(String),
    /// Quoted in any hand: it reads as something else otherwise.
    Text(String),
    /// A literal block.
    Block(String),
    /// Keys in the author's order.
    Map(Vec<Entry>),
    /// Braces in the author's hand.
    Flow(Vec<Entry>),
    /// Keys in the order in which the tool added them, in any hand.
    Ordered(Vec<Entry>),
    List(Vec<Self>),
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: &'static str,
    pub(super) value: Node,
    /// A comment on the line before.
    pub(super) head: Option<&'static str>,
    /// A comment at the end of the line.
    pub(super) line: Option<&'static str>,
}

impl Entry {
    pub(super) fn head(mut self, comment: &'static str) -> Self {
        self.head = Some(comment);
        self
    }

    pub(super) fn line(mut self, comment: &'static str) -> Self {
        self.line = Some(comment);
        self
    }
}

pub(super) fn entry(key: &'static str, value: Node) -> Entry {
    Entry {
        key,
        value,
        head: None,
        line: None,
    }
}

pub(super) fn plain(key: &'static str, value: impl ToString) -> Entry {
    entry(key, Node::Plain(value.to_string()))
}

pub(super) fn quoted(key: &'static str, value: impl ToString) -> Entry {
    entry(key, Node::Quoted(value.to_string()))
}

pub(super) fn text(key: &'static str, value: impl ToString) -> Entry {
    entry(key, Node::Text(value.to_string()))
}

pub(super) fn map(key: &'static str, entries: Vec<Entry>) -> Entry {
    entry(key, Node::Map(entries))
}

pub(super) fn flow(key: &'static str, entries: Vec<Entry>) -> Entry {
    entry(key, Node::Flow(entries))
}

pub(super) fn list(key: &'static str, items: Vec<Node>) -> Entry {
    entry(key, Node::List(items))
}
