//! The style of the text around a change: what is new looks like its neighbours.

use std::cell::OnceCell;

use crate::emit::{Flow, Style};
use crate::quote::Quote;
use crate::tree::{Form, Node, RawNode};

/// What one subtree tells about its style; what it doesn't is left open.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hints {
    step: Option<usize>,
    indents_lists: Option<bool>,
    single: usize,
    double: usize,
}

impl Hints {
    /// What stands first decides about columns; quotes are counted.
    fn read(&mut self, node: Node<'_>) {
        // The collections around, each with the first node behind its descendants.
        let mut around: Vec<(u32, RawNode)> = Vec::new();
        for (id, raw) in node.subtree() {
            match raw.form() {
                Form::Single => self.single += 1,
                Form::Double => self.double += 1,
                Form::BlockMap | Form::BlockSeq => {
                    while around.last().is_some_and(|(behind, _)| *behind <= id) {
                        around.pop();
                    }
                    if let Some((_, parent)) = around.last() {
                        self.read_columns(*parent, raw);
                    }
                    around.push((raw.next, raw));
                }
                _ => {}
            }
        }
    }

    fn read_columns(&mut self, parent: RawNode, child: RawNode) {
        let depth = child.indent().saturating_sub(parent.indent());
        match (parent.form(), child.form()) {
            (Form::BlockMap, Form::BlockMap) => {
                self.step.get_or_insert(depth);
            }
            (Form::BlockMap, Form::BlockSeq) => {
                self.indents_lists.get_or_insert(depth > 0);
            }
            _ => {}
        }
    }
}

/// The entries of the node itself, aliases not followed.
fn own_entries(node: Node<'_>) -> impl Iterator<Item = (Node<'_>, Node<'_>)> {
    let is_map = node.raw().form().is_map();
    is_map.then(|| node.entries()).into_iter().flatten()
}

/// The style for a change inside the last of `ancestors`: the nearest one that shows it decides. What the first
/// shows is kept in `whole`, since the other changes of one document ask for it too.
pub(crate) fn around(ancestors: &[Node<'_>], whole: &OnceCell<Hints>) -> Style {
    let default = Style::default();
    let mut found = Hints::default();
    // The nearest one, then everything: what lies between rarely differs and would be read again and again.
    let read = |node: Option<&Node<'_>>| {
        let mut hints = Hints::default();
        if let Some(node) = node {
            hints.read(*node);
        }
        hints
    };
    let nearest = || read(ancestors.last());
    let whole = || *whole.get_or_init(|| read(ancestors.first()));
    for hints in [&nearest as &dyn Fn() -> Hints, &whole] {
        let hints = hints();
        found.step = found.step.or(hints.step);
        found.indents_lists = found.indents_lists.or(hints.indents_lists);
        if found.single + found.double == 0 {
            (found.single, found.double) = (hints.single, hints.double);
        }
        if found.step.is_some() && found.indents_lists.is_some() && found.single + found.double > 0
        {
            break;
        }
    }
    Style {
        step: found.step.unwrap_or(default.step).max(1),
        indents_lists: found.indents_lists.unwrap_or(default.indents_lists),
        quote: if found.single > found.double {
            Quote::Single
        } else {
            Quote::Double
        },
    }
}

/// How the outermost brackets around a change are written.
pub(crate) fn brackets(ancestors: &[Node<'_>]) -> Flow {
    let Some(outermost) = ancestors.iter().find(|node| node.is_flow()) else {
        return Flow::default();
    };
    // Empty brackets are as much YAML's as JSON's.
    let is_json = outermost.subtree().nth(1).is_some() && is_json(*outermost);
    let is_compact = is_json
        && outermost
            .entries()
            .next()
            .is_some_and(|(key, value)| value.span().start == key.span().end + 1);
    Flow {
        is_json,
        is_compact,
    }
}

/// Whether all keys and strings are in double quotes.
fn is_json(node: Node<'_>) -> bool {
    let raw = node.raw();
    match raw.form() {
        Form::FlowMap => {
            own_entries(node).all(|(key, value)| key.raw().form() == Form::Double && is_json(value))
        }
        Form::FlowSeq => node.items().all(is_json),
        Form::Double => true,
        Form::Plain => !matches!(node.scalar(), Some(crate::Scalar::Str(_))),
        _ => false,
    }
}
