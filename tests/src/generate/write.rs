//! A resource as text in somebody's hand.

use std::fmt::Write as _;

use super::Shape;
use super::node::{Entry, Node};

/// The entries below one another.
pub(super) fn write_entries(
    out: &mut String,
    shape: Shape,
    entries: &[Entry],
    sorts: bool,
    indent: usize,
    mut is_begun: bool,
) {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    if sorts && shape == Shape::Kustomize {
        entries.sort_by_key(|entry| entry.key);
    }
    for Entry {
        key,
        value,
        head,
        line,
    } in entries
    {
        let head = head.filter(|_| shape == Shape::Kpt);
        let line = line.filter(|_| shape == Shape::Kpt);
        if let Some(comment) = head {
            pad(out, indent, &mut is_begun);
            let _ = writeln!(out, "# {comment}");
        }
        pad(out, indent, &mut is_begun);
        let _ = write!(out, "{key}:");
        write_value(out, shape, value, line, indent);
    }
}

/// Indents, unless the line is begun already by the `- ` of an item.
pub(super) fn pad(out: &mut String, indent: usize, is_begun: &mut bool) {
    if !std::mem::take(is_begun) {
        out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// What follows `key:`, to the end of the line or lines.
pub(super) fn write_value(
    out: &mut String,
    shape: Shape,
    value: &Node,
    line: Option<&str>,
    indent: usize,
) {
    let comment = line.map(|line| format!(" # {line}")).unwrap_or_default();
    match value {
        Node::Block(block) => {
            out.push_str(" |\n");
            for text in block.lines() {
                if !text.is_empty() {
                    out.extend(std::iter::repeat_n(' ', indent + 2));
                }
                out.push_str(text);
                out.push('\n');
            }
        }
        Node::Map(entries) | Node::Ordered(entries) => {
            let _ = writeln!(out, "{comment}");
            let sorts = matches!(value, Node::Map(_));
            write_entries(out, shape, entries, sorts, indent + 2, false);
        }
        Node::Flow(entries) if shape == Shape::Kustomize => {
            out.push('\n');
            write_entries(out, shape, entries, true, indent + 2, false);
        }
        Node::List(items) => {
            let _ = writeln!(out, "{comment}");
            write_list(out, shape, items, indent);
        }
        Node::Flow(_) | Node::Plain(_) | Node::Quoted(_) | Node::Text(_) => {
            out.push(' ');
            write_inline(out, shape, value);
            let _ = writeln!(out, "{comment}");
        }
    }
}

/// The items at the indentation of their key: kpt and kustomize both write lists compactly.
pub(super) fn write_list(out: &mut String, shape: Shape, items: &[Node], indent: usize) {
    for item in items {
        out.extend(std::iter::repeat_n(' ', indent));
        out.push_str("- ");
        match item {
            Node::Map(entries) => write_entries(out, shape, entries, true, indent + 2, true),
            Node::Flow(entries) if shape == Shape::Kustomize => {
                write_entries(out, shape, entries, true, indent + 2, true);
            }
            _ => {
                write_inline(out, shape, item);
                out.push('\n');
            }
        }
    }
}

/// What fits on a line.
pub(super) fn write_inline(out: &mut String, shape: Shape, value: &Node) {
    let _ = match value {
        Node::Quoted(text) if shape == Shape::Kpt => write!(out, "\"{text}\""),
        Node::Text(text) if shape == Shape::Kpt => write!(out, "'{text}'"),
        Node::Text(text) => write!(out, "\"{text}\""),
        Node::Plain(text) | Node::Quoted(text) => write!(out, "{text}"),
        Node::Flow(entries) => {
            for (number, entry) in entries.iter().enumerate() {
                let _ = write!(
                    out,
                    "{}{}: ",
                    if number == 0 { "{" } else { ", " },
                    entry.key
                );
                write_inline(out, shape, &entry.value);
            }
            write!(out, "}}")
        }
        // Blocks, maps and lists have lines of their own.
        Node::Block(_) | Node::Map(_) | Node::Ordered(_) | Node::List(_) => Ok(()),
    };
}
