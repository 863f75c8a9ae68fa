//! Source text: where lines begin and end, and how a byte offset reads to a person.

use std::fmt;

use memchr::{memchr, memchr_iter, memrchr};

/// A place in the text as an editor shows it: both numbers count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// Where `offset` lies in `text`.
    pub fn of(text: &str, offset: usize) -> Self {
        let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
        let start = line_start(text, before.len());
        let line = memchr_iter(b'\n', before).count() + 1;
        let column = slice(text, start, before.len()).chars().count() + 1;
        Self { line, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a text was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong and what to do, without the position.
    pub message: String,
    /// Where it is wrong.
    pub position: Position,
}

impl Error {
    pub(crate) fn new(text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            position: Position::of(text, offset),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.message)
    }
}

impl std::error::Error for Error {}

/// Takes bytes for text; YAML streams are UTF-8 here, as JSON and Kubernetes have it.
pub fn decode_utf8(bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.into_bytes();
        let byte = bytes.get(valid).copied().unwrap_or_default();
        let text = String::from_utf8_lossy(bytes.get(..valid).unwrap_or_default());
        Error::new(
            &text,
            valid,
            format!("the byte 0x{byte:02X} is not UTF-8; save the text as UTF-8"),
        )
    })
}

/// The part of `text` between two offsets; empty where they don't fit, which no caller relies on.
pub(crate) fn slice(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}

/// Length of a byte order mark at the start of `text`.
pub(crate) fn bom_len(text: &str) -> usize {
    if text.starts_with('\u{feff}') { 3 } else { 0 }
}

/// Offset of the first character of the line that holds `offset`; behind a byte order mark.
pub(crate) fn line_start(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    memrchr(b'\n', before).map_or_else(|| bom_len(text).min(offset), |newline| newline + 1)
}

/// Offset of the line break that ends the line of `offset` (of its CR where there is one), or the
/// length of the text.
pub(crate) fn line_end(text: &str, offset: usize) -> usize {
    let bytes = text.as_bytes();
    let rest = bytes.get(offset..).unwrap_or_default();
    let end = memchr(b'\n', rest).map_or(bytes.len(), |newline| offset + newline);
    let has_cr = end > offset && end < bytes.len() && bytes.get(end - 1) == Some(&b'\r');
    if has_cr { end - 1 } else { end }
}

/// Offset of the line after the one of `offset`, or the length of the text.
pub(crate) fn next_line(text: &str, offset: usize) -> usize {
    let rest = text.as_bytes().get(offset..).unwrap_or_default();
    memchr(b'\n', rest).map_or(text.len(), |newline| offset + newline + 1)
}

/// Bytes between the start of the line and `offset`: what YAML calls the column, from 0.
pub(crate) fn column(text: &str, offset: usize) -> usize {
    offset - line_start(text, offset)
}

/// The line ending that new lines get: that of the first line.
pub(crate) fn line_ending(text: &str) -> &'static str {
    match memchr(b'\n', text.as_bytes()) {
        Some(newline) if newline > 0 && text.as_bytes().get(newline - 1) == Some(&b'\r') => "\r\n",
        _ => "\n",
    }
}

/// Whether only spaces stand between the start of the line and `offset`.
pub(crate) fn begins_line(text: &str, offset: usize) -> bool {
    slice(text, line_start(text, offset), offset)
        .bytes()
        .all(|byte| byte == b' ')
}
