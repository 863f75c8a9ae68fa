//! Edits by lines: entries and items of block collections.

use super::{Fresh, NoHold, Part, Place, Splicer, props_end};
use crate::emit;
use crate::text;
use crate::tree::{Form, Node};

/// Room for most new entries, so that their text grows in place.
const ENOUGH: usize = 512;

impl<'t> Splicer<'t> {
    pub(super) fn block(
        &mut self,
        node: Node<'t>,
        parts: &[Part],
        fresh: &[(usize, Fresh<'_>)],
    ) -> Result<(), NoHold> {
        self.remove_lines(parts);
        let column = node.raw().indent();
        let style = self.style();
        let last = parts.last().ok_or(NoHold)?;
        let mut appended = String::new();
        for (before, child) in fresh {
            let mut lines = String::with_capacity(ENOUGH);
            emit::spaces(&mut lines, column);
            match child {
                Fresh::Entry(name, value) => emit::entry(&mut lines, name, value, column, style),
                Fresh::Item(value) => emit::item(&mut lines, value, column, style),
            }
            if let Some(part) = parts.get(*before) {
                let at = self.above(part.start).ok_or(NoHold)?;
                self.insert(at, lines + "\n");
            } else {
                lines.push('\n');
                appended = if appended.is_empty() {
                    lines
                } else {
                    appended + &lines
                };
            }
        }
        if !appended.is_empty() {
            self.append_lines(node, last.end, &appended);
        }
        Ok(())
    }

    /// Adds lines below the one that ends the collection, and below the comments that belong to it.
    fn append_lines(&mut self, node: Node<'t>, end: usize, lines: &str) {
        let raw = node.raw();
        // In the column of a list that stands under its key, a comment may belong to the next key.
        let is_flush = self.ancestors.iter().rev().nth(1).is_some_and(|parent| {
            raw.form() == Form::BlockSeq
                && parent.raw().form() == Form::BlockMap
                && parent.raw().indent() == raw.indent()
        });
        let least = raw.indent() + usize::from(is_flush);
        let mut at = text::next_line(self.text, end);
        while at < self.limit && self.is_comment_line(at, least) {
            at = text::next_line(self.text, at);
        }
        if self
            .text
            .get(..at)
            .is_some_and(|before| before.ends_with('\n'))
        {
            self.insert(at, lines);
            return;
        }
        // The text ends without a line break: so will the new one.
        self.strip_last_break(node);
        let lines = lines.strip_suffix('\n').unwrap_or(lines);
        self.insert(at, format!("\n{lines}"));
    }

    fn is_comment_line(&self, line: usize, least_column: usize) -> bool {
        let content = text::slice(self.text, line, text::line_end(self.text, line));
        let trimmed = content.trim_start_matches(' ');
        trimmed.starts_with('#') && content.len() - trimmed.len() >= least_column
    }

    /// A block scalar that ends the text without a line break has none in its value either; with
    /// lines below it would get one.
    fn strip_last_break(&mut self, node: Node<'t>) {
        let mut last = node;
        while let Some(child) = last.children().last() {
            last = child;
        }
        let raw = last.raw();
        let start = raw.start as usize;
        if raw.form().is_block_scalar() && raw.end as usize == self.text.len() {
            let header = text::slice(self.text, start, text::line_end(self.text, start));
            match header.find(['+', '-']) {
                Some(at) if at <= 2 => self.edit(start + at, start + at + 1, "-"),
                _ => self.insert(start + 1, "-"),
            }
        }
    }

    /// The start of the line of `part`, or of the comments right above it.
    fn above(&self, part: usize) -> Option<usize> {
        if !text::begins_line(self.text, part) {
            return None;
        }
        let column = text::column(self.text, part);
        let mut at = text::line_start(self.text, part);
        while at > 0 {
            let previous = text::line_start(self.text, at - 1);
            if previous == at || !self.is_comment_line(previous, column) {
                break;
            }
            at = previous;
        }
        Some(at)
    }

    fn remove_lines(&mut self, parts: &[Part]) {
        let mut at = 0;
        while let Some(part) = parts.get(at) {
            at += 1;
            if part.is_kept {
                continue;
            }
            if text::begins_line(self.text, part.start) {
                let start = text::line_start(self.text, part.start);
                self.edit(start, text::next_line(self.text, part.end), "");
                continue;
            }
            // The part shares its line with the dash of the item around it: the next kept one moves up.
            let kept = parts
                .iter()
                .skip(at)
                .position(|part| part.is_kept)
                .map(|ahead| at + ahead);
            let next = kept.and_then(|kept| parts.get(kept));
            match next {
                Some(next) if !self.has_comment(part.end, next.start, parts) => {
                    self.edit(part.start, next.start, "");
                    at = kept.unwrap_or(at);
                }
                _ => {
                    let before = text::slice(
                        self.text,
                        text::line_start(self.text, part.start),
                        part.start,
                    );
                    let blanks = before.len() - before.trim_end_matches(' ').len();
                    self.edit(part.start - blanks, text::line_end(self.text, part.end), "");
                }
            }
        }
    }

    /// Whether a comment of its own stands between two parts.
    fn has_comment(&self, from: usize, to: usize, parts: &[Part]) -> bool {
        let mut at = text::next_line(self.text, from);
        while at < to {
            let inside = parts
                .iter()
                .find(|part| (part.start..part.end).contains(&at));
            if let Some(part) = inside {
                at = text::next_line(self.text, part.end);
            } else if self.is_comment_line(at, 0) {
                return true;
            } else {
                at = text::next_line(self.text, at);
            }
        }
        false
    }

    /// Removes everything from a block collection and leaves it empty.
    pub(super) fn clear(
        &mut self,
        node: Node<'t>,
        parts: &[Part],
        place: Place,
    ) -> Result<(), NoHold> {
        let empty = if node.is_map() { "{}" } else { "[]" };
        let first = parts.first().ok_or(NoHold)?;
        match place {
            Place::Value { after, .. } if text::begins_line(self.text, first.start) => {
                self.insert(after.max(props_end(node)), format!(" {empty}"));
                self.remove_lines(parts);
            }
            _ => {
                self.edit(first.start, first.end, empty);
                self.remove_lines(parts.get(1..).unwrap_or_default());
            }
        }
        Ok(())
    }
}
