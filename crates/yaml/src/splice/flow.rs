//! Edits by commas: what stands in brackets.

use serde_json::Value;

use super::{Fresh, NoHold, Part, Splicer, indicator};
use crate::emit;
use crate::quote::{self, Quote};
use crate::style;
use crate::text;
use crate::tree::Node;

impl Fresh<'_> {
    /// Whether any text in it must be quoted.
    fn has_quotes(&self) -> bool {
        match self {
            Self::Entry(name, value) => quote::needs_quotes(name, true) || has_quotes(value),
            Self::Item(value) => has_quotes(value),
        }
    }
}

fn has_quotes(value: &Value) -> bool {
    match value {
        Value::String(text) => quote::needs_quotes(text, true),
        Value::Array(list) => list.iter().any(has_quotes),
        Value::Object(map) => map
            .iter()
            .any(|(name, value)| quote::needs_quotes(name, true) || has_quotes(value)),
        _ => false,
    }
}

impl<'t> Splicer<'t> {
    pub(super) fn flow(
        &mut self,
        node: Node<'t>,
        parts: &[Part],
        fresh: &[(usize, Fresh<'_>)],
    ) -> Result<(), NoHold> {
        if parts.iter().any(|part| !part.is_kept) {
            if !fresh.is_empty() {
                return Err(NoHold);
            }
            return self.remove_from_flow(parts);
        }
        let brackets = style::brackets(&self.ancestors);
        // Looking for the neighbours' quotes takes longer than everything else here.
        let quote = if fresh.iter().any(|(_, child)| child.has_quotes()) {
            self.style().quote
        } else {
            Quote::Double
        };
        let mut appended = Vec::new();
        for (before, child) in fresh {
            let mut text = String::new();
            match child {
                Fresh::Entry(name, value) => {
                    emit::flow_entry(&mut text, name, value, brackets, quote);
                }
                Fresh::Item(value) => emit::flow(&mut text, value, brackets, quote),
            }
            match parts.get(*before) {
                Some(part) => self.insert(part.start, text + ", "),
                None => appended.push(text),
            }
        }
        let close = node.span().end - 1;
        let Some(last) = parts.last() else {
            return self.fill(node.span().start, close, &appended);
        };
        let comma = indicator(self.text, last.end, b',');
        let lines_apart = |from, to| text::slice(self.text, from, to).contains('\n');
        let is_spread = lines_apart(node.span().start, last.start)
            && text::begins_line(self.text, last.start)
            && lines_apart(last.end, close);
        if !is_spread {
            let gap = if brackets.is_compact { "," } else { ", " };
            let text = appended.join(gap);
            if !text.is_empty() {
                self.insert(last.end, format!("{gap}{text}"));
            }
            return Ok(());
        }
        // One entry a line: the new ones get lines of their own, and comments stay where they are.
        if comma.is_none() {
            self.insert(last.end, ",");
        }
        let mut text = String::new();
        for (number, entry) in appended.iter().enumerate() {
            text.push('\n');
            emit::spaces(&mut text, text::column(self.text, last.start));
            text.push_str(entry);
            if number + 1 < appended.len() || comma.is_some() {
                text.push(',');
            }
        }
        if !appended.is_empty() {
            let at = text::line_end(self.text, comma.map_or(last.end, |comma| comma + 1));
            self.insert(at, text);
        }
        Ok(())
    }

    /// Brackets with nothing but comments in them get lines below those.
    fn fill(&mut self, open: usize, close: usize, entries: &[String]) -> Result<(), NoHold> {
        if !text::slice(self.text, open, close).contains('#') {
            return Err(NoHold);
        }
        let column = text::column(self.text, close) + self.style().step;
        let mut lines = String::new();
        for (number, entry) in entries.iter().enumerate() {
            emit::spaces(&mut lines, column);
            lines.push_str(entry);
            lines.push_str(if number + 1 < entries.len() {
                ",\n"
            } else {
                "\n"
            });
        }
        self.insert(text::line_start(self.text, close), lines);
        Ok(())
    }

    fn remove_from_flow(&mut self, parts: &[Part]) -> Result<(), NoHold> {
        let mut at = 0;
        while let Some(part) = parts.get(at) {
            let run = parts
                .iter()
                .skip(at)
                .take_while(|part| !part.is_kept)
                .count();
            if run == 0 {
                at += 1;
                continue;
            }
            let end = parts.get(at + run - 1).map_or(part.end, |part| part.end);
            let previous = at.checked_sub(1).and_then(|at| parts.get(at));
            let (from, to) = match (parts.get(at + run), previous) {
                (Some(next), _) => (part.start, next.start),
                (None, Some(previous)) => (previous.end, end),
                (None, None) => return Err(NoHold),
            };
            let gaps = text::slice(self.text, from, part.start).contains('#')
                || text::slice(self.text, end, to).contains('#');
            if gaps {
                return Err(NoHold);
            }
            self.edit(from, to, "");
            at += run;
        }
        Ok(())
    }
}
