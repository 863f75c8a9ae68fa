//! New YAML, in the style of what surrounds it. Lines are never folded.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::quote::{self, Quote};

/// How new text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns per level.
    pub step: usize,
    /// Whether the dashes of a list stand deeper than its key.
    pub indents_lists: bool,
    /// Which quotes to use where either would do.
    pub quote: Quote,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            step: 2,
            indents_lists: false,
            quote: Quote::Double,
        }
    }
}

/// Brackets as a YAML author writes them, or as JSON wants them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    /// Quotes around every key and string.
    pub(crate) is_json: bool,
    /// No blanks behind colons and commas; only where keys are quoted.
    pub(crate) is_compact: bool,
}

/// The bytes of a small object.
const TYPICAL: usize = 1 << 10;

/// The value as a YAML document in block style.
pub fn to_string(value: &Value, style: Style) -> String {
    let mut out = String::with_capacity(TYPICAL);
    block(&mut out, value, 0, style);
    out.push('\n');
    out
}

/// The value as an item of a block list whose dashes stand in `column`.
pub fn list_item(value: &Value, column: usize) -> String {
    let mut out = String::with_capacity(TYPICAL);
    spaces(&mut out, column);
    item(&mut out, value, column, Style::default());
    out.push('\n');
    out
}

/// The same of a map that [`to_string`] has written in the default style.
pub fn list_item_of(document: &str, column: usize) -> String {
    let mut out = String::with_capacity(document.len() * 3 / 2);
    for (number, line) in document.split_inclusive('\n').enumerate() {
        if number == 0 {
            spaces(&mut out, column);
            out.push_str("- ");
        } else if line != "\n" {
            spaces(&mut out, column + 2);
        }
        out.push_str(line);
    }
    out
}

pub(crate) fn spaces(out: &mut String, count: usize) {
    const BLANKS: &str = "                                ";
    let mut count = count;
    while count > BLANKS.len() {
        out.push_str(BLANKS);
        count -= BLANKS.len();
    }
    out.push_str(BLANKS.get(..count).unwrap_or_default());
}

fn new_line(out: &mut String, column: usize) {
    out.push('\n');
    spaces(out, column);
}

/// Whether a value goes on lines of its own in block style.
pub(crate) fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => false,
    }
}

/// The column in which a value under a key in `column` begins.
pub(crate) fn child_column(value: &Value, column: usize, style: Style) -> usize {
    if value.is_array() && !style.indents_lists {
        column
    } else {
        column + style.step
    }
}

/// Writes a value whose first line already stands in `column`.
pub(crate) fn block(out: &mut String, value: &Value, column: usize, style: Style) {
    match value {
        Value::Object(map) if !map.is_empty() => entries(out, map, column, style),
        Value::Array(list) if !list.is_empty() => items(out, list, column, style),
        _ => inline(out, value, column, style),
    }
}

fn entries(out: &mut String, map: &Map<String, Value>, column: usize, style: Style) {
    for (number, (name, value)) in map.iter().enumerate() {
        if number > 0 {
            new_line(out, column);
        }
        entry(out, name, value, column, style);
    }
}

/// `key: value`, the value on lines of its own where it has several.
pub(crate) fn entry(out: &mut String, name: &str, value: &Value, column: usize, style: Style) {
    key(out, name, style);
    out.push(':');
    if is_block(value) {
        let column = child_column(value, column, style);
        new_line(out, column);
        block(out, value, column, style);
    } else {
        out.push(' ');
        inline(out, value, column + style.step, style);
    }
}

fn items(out: &mut String, list: &[Value], column: usize, style: Style) {
    for (number, value) in list.iter().enumerate() {
        if number > 0 {
            new_line(out, column);
        }
        item(out, value, column, style);
    }
}

/// `- value` with the dash in `column`.
pub(crate) fn item(out: &mut String, value: &Value, column: usize, style: Style) {
    out.push_str("- ");
    block(out, value, column + 2, style);
}

fn key(out: &mut String, name: &str, style: Style) {
    if quote::needs_quotes(name, false) {
        quote::write_quoted(out, name, style.quote);
    } else {
        out.push_str(name);
    }
}

/// A scalar or an empty collection; `column` is where the lines of a literal block go.
pub(crate) fn inline(out: &mut String, value: &Value, column: usize, style: Style) {
    match value {
        Value::String(text) if quote::fits_literal(text) => literal(out, text, column),
        Value::String(text) if quote::needs_quotes(text, false) => {
            quote::write_quoted(out, text, style.quote);
        }
        Value::String(text) => out.push_str(text),
        Value::Object(_) => out.push_str("{}"),
        Value::Array(_) => out.push_str("[]"),
        Value::Null | Value::Bool(_) | Value::Number(_) => atom(out, value),
    }
}

/// What YAML writes as JSON does.
fn atom(out: &mut String, value: &Value) {
    // Writing to a text can't fail.
    let _ = write!(out, "{value}");
}

fn literal(out: &mut String, text: &str, column: usize) {
    let body = text.trim_end_matches('\n');
    let breaks = text.len() - body.len();
    out.push_str(match breaks {
        0 => "|-",
        1 => "|",
        _ => "|+",
    });
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            spaces(out, column.max(1));
            out.push_str(line);
        }
    }
    out.extend(std::iter::repeat_n('\n', breaks.saturating_sub(1)));
}

/// Writes a value in brackets.
pub(crate) fn flow(out: &mut String, value: &Value, flow_style: Flow, quote: Quote) {
    let gap = if flow_style.is_compact { "" } else { " " };
    match value {
        Value::Object(map) => {
            out.push('{');
            for (number, (name, value)) in map.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                    out.push_str(gap);
                }
                flow_entry(out, name, value, flow_style, quote);
            }
            out.push('}');
        }
        Value::Array(list) => {
            out.push('[');
            for (number, value) in list.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                    out.push_str(gap);
                }
                flow(out, value, flow_style, quote);
            }
            out.push(']');
        }
        Value::String(text) => flow_text(out, text, flow_style, quote),
        Value::Null | Value::Bool(_) | Value::Number(_) => atom(out, value),
    }
}

/// `key: value` inside braces.
pub(crate) fn flow_entry(out: &mut String, name: &str, value: &Value, style: Flow, quote: Quote) {
    flow_text(out, name, style, quote);
    out.push(':');
    if !style.is_compact {
        out.push(' ');
    }
    flow(out, value, style, quote);
}

fn flow_text(out: &mut String, text: &str, style: Flow, quote: Quote) {
    if style.is_json {
        quote::write_quoted(out, text, Quote::Double);
    } else if quote::needs_quotes(text, true) {
        quote::write_quoted(out, text, quote);
    } else {
        out.push_str(text);
    }
}
