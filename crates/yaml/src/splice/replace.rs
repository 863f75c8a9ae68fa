//! A new value in the place of an old one.

use std::ops::Range;

use serde_json::Value;

use super::{NoHold, Place, Splicer, full_start, props_end};
use crate::emit::{self, Style};
use crate::quote::{self, Quote};
use crate::style;
use crate::text;
use crate::tree::{Form, Node};

impl<'t> Splicer<'t> {
    /// Writes `value` where `node` stands.
    pub(super) fn replace(
        &mut self,
        node: Node<'t>,
        value: &Value,
        place: Place,
    ) -> Result<(), NoHold> {
        let raw = node.raw();
        let (start, end) = (full_start(node), raw.end as usize);
        let is_missing = start == end;
        let is_block = raw.form().is_block_collection();
        let style = self.style();
        if let Some(text) = requoted(raw.form(), value) {
            self.edit(start, end, text);
            return Ok(());
        }
        match place {
            Place::Flow => {
                let brackets = style::brackets(&self.ancestors);
                let mut text = String::from(if is_missing { " " } else { "" });
                emit::flow(&mut text, value, brackets, style.quote);
                self.edit(start, end, text);
            }
            Place::Root if is_missing => return Err(NoHold),
            Place::Root => {
                let column = text::column(self.text, raw.start as usize);
                self.rewrite_lines(start, end, value, column, style, is_block);
            }
            Place::Item { column, after } => {
                let column = if is_missing {
                    column + 2
                } else {
                    text::column(self.text, start)
                };
                if is_missing {
                    self.insert(after, " ");
                }
                self.rewrite_lines(start, end, value, column, style, is_block);
            }
            Place::Value { column, after } if emit::is_block(value) => {
                self.put_below(node, value, column, after);
            }
            Place::Value { column, after } => {
                let mut text = String::new();
                emit::inline(&mut text, value, column + style.step, style);
                if is_block {
                    self.drop_props(node, after);
                    self.insert(after, format!(" {text}"));
                    let line = text::line_start(self.text, raw.start as usize);
                    self.edit(line, text::next_line(self.text, end), "");
                } else {
                    let text = if is_missing { format!(" {text}") } else { text };
                    self.put_inline(start, end, &text);
                }
            }
        }
        Ok(())
    }

    /// Puts a value of several lines below the key whose colon ends at `after`.
    fn put_below(&mut self, node: Node<'t>, value: &Value, column: usize, after: usize) {
        let style = self.style();
        let child = emit::child_column(value, column, style);
        let mut text = String::new();
        emit::spaces(&mut text, child);
        emit::block(&mut text, value, child, style);
        let Range { start, end } = node.span();
        if start < end && text::begins_line(self.text, start) {
            self.drop_props(node, after);
            let line = text::line_start(self.text, start);
            self.edit(line, text::line_end(self.text, end), text);
        } else {
            self.edit(after, end, "");
            self.insert(text::line_end(self.text, end), format!("\n{text}"));
        }
    }

    /// Drops the anchor and tag that stand on the line of the key.
    fn drop_props(&mut self, node: Node<'t>, after: usize) {
        let end = props_end(node);
        if end > after {
            self.edit(after, end, "");
        }
    }

    fn rewrite_lines(
        &mut self,
        start: usize,
        end: usize,
        value: &Value,
        column: usize,
        style: Style,
        is_block: bool,
    ) {
        let mut text = String::new();
        emit::block(&mut text, value, column, style);
        let end = if is_block {
            text::line_end(self.text, end)
        } else {
            end
        };
        self.put_inline(start, end, &text);
    }

    /// Replaces a value on its line; a comment behind it stays on that line.
    fn put_inline(&mut self, start: usize, end: usize, text: &str) {
        let first_break = text.find('\n').unwrap_or(text.len());
        let (line, rest) = text.split_at_checked(first_break).unwrap_or((text, ""));
        self.edit(start, end, line);
        if !rest.is_empty() {
            self.insert(text::line_end(self.text, end), rest);
        }
    }
}

/// New text for quoted text keeps its quotes.
fn requoted(form: Form, value: &Value) -> Option<String> {
    let text = value.as_str().filter(|text| !text.contains('\n'))?;
    let quote = match form {
        Form::Single => Quote::Single,
        Form::Double => Quote::Double,
        _ => return None,
    };
    let mut out = String::new();
    quote::write_quoted(&mut out, text, quote);
    Some(out)
}
