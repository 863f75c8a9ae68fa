//! From the text of a scalar to its value: quotes, escapes, folded lines, block scalars.

use std::borrow::Cow;

use crate::text;
use crate::tree::{CODED, Form, RawNode};

/// The value of a scalar; none for collections and aliases.
pub(crate) fn decode(text: &str, raw: RawNode) -> Option<Cow<'_, str>> {
    let source = text::slice(text, raw.start as usize, raw.end as usize);
    let quoted = || text::slice(source, 1, source.len().saturating_sub(1));
    Some(match raw.form() {
        Form::Plain if raw.has(CODED) => Cow::Owned(fold_plain(source)),
        Form::Plain => Cow::Borrowed(source),
        Form::Single if raw.has(CODED) => Cow::Owned(fold_plain(quoted()).replace("''", "'")),
        Form::Double if raw.has(CODED) => Cow::Owned(unescape(quoted())),
        Form::Single | Form::Double => Cow::Borrowed(quoted()),
        Form::Literal | Form::Folded => Cow::Owned(block(text, raw, source)),
        _ => return None,
    })
}

/// Line folding outside double quotes: blanks around a break go, one break is a space, n are n - 1.
fn fold_plain(source: &str) -> String {
    let mut value = String::with_capacity(source.len());
    let mut breaks = 0;
    let mut lines = source.split('\n').peekable();
    let mut is_first = true;
    while let Some(mut line) = lines.next() {
        let break_follows = lines.peek().is_some();
        if !is_first {
            line = line.trim_start_matches([' ', '\t']);
            breaks += 1;
        }
        is_first = false;
        if break_follows {
            line = line.trim_end_matches([' ', '\t', '\r']);
            if line.is_empty() {
                continue;
            }
        }
        push_breaks(&mut value, &mut breaks);
        value.push_str(line);
    }
    value
}

fn push_breaks(value: &mut String, breaks: &mut usize) {
    match *breaks {
        0 => {}
        1 => value.push(' '),
        more => value.extend(std::iter::repeat_n('\n', more - 1)),
    }
    *breaks = 0;
}

/// The inside of double quotes: escapes and line folding together, since an escaped break joins
/// lines and an escaped blank survives the fold.
fn unescape(source: &str) -> String {
    let mut value = String::with_capacity(source.len());
    // Blanks wait here until it is known whether a break follows, which drops them.
    let mut blanks = String::new();
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => blanks.push(c),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                blanks.clear();
                let mut breaks = 1;
                while let Some(c) = chars.next_if(|c| matches!(c, ' ' | '\t' | '\r' | '\n')) {
                    breaks += usize::from(c == '\n');
                }
                push_breaks(&mut value, &mut breaks);
            }
            '\\' => {
                value.push_str(&blanks);
                blanks.clear();
                escape(&mut chars, &mut value);
            }
            _ => {
                value.push_str(&blanks);
                blanks.clear();
                value.push(c);
            }
        }
    }
    value.push_str(&blanks);
    value
}

fn escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, value: &mut String) {
    let Some(c) = chars.next() else { return };
    let plain = match c {
        '0' => '\0',
        'a' => '\x07',
        'b' => '\x08',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\x0b',
        'f' => '\x0c',
        'r' => '\r',
        'e' => '\x1b',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        'x' => return value.extend(hex(chars, 2)),
        'u' => return value.extend(utf16(chars)),
        'U' => return value.extend(hex(chars, 8)),
        '\r' | '\n' => {
            // An escaped break: the lines join without a space; empty lines between them stay.
            let mut seen = c == '\n';
            while let Some(c) = chars.next_if(|c| matches!(c, ' ' | '\t' | '\r' | '\n')) {
                if c == '\n' {
                    if seen {
                        value.push('\n');
                    }
                    seen = true;
                }
            }
            return;
        }
        other => other,
    };
    value.push(plain);
}

fn code(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0u32, |code, _| {
        let digit = chars.next()?.to_digit(16)?;
        code.checked_mul(16)?.checked_add(digit)
    })
}

fn hex(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, digits: usize) -> Option<char> {
    code(chars, digits).map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// `\uXXXX`, where two halves of a surrogate pair make one character, as JSON writes them.
fn utf16(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    let high = code(chars, 4)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    let mut ahead = chars.clone();
    let is_pair = ahead.next() == Some('\\') && ahead.next() == Some('u');
    let low = if is_pair { code(&mut ahead, 4) } else { None };
    let Some(low) = low.filter(|low| (0xdc00..0xe000).contains(low)) else {
        return Some(char::REPLACEMENT_CHARACTER);
    };
    *chars = ahead;
    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
}

/// The end of a line inside a scalar.
fn line_break(line: &str) -> (&str, bool) {
    match line.strip_suffix('\n') {
        Some(line) => (line.strip_suffix('\r').unwrap_or(line), true),
        None => (line, false),
    }
}

/// What the header of a block scalar says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    /// `-` strips the last break, `+` keeps them all.
    pub(crate) chomping: Option<u8>,
    /// An explicit indentation, relative to the parent.
    pub(crate) indent: Option<usize>,
}

impl Header {
    pub(crate) fn of(source: &str) -> Self {
        let mut header = Self::default();
        for byte in source.bytes().skip(1).take(2) {
            match byte {
                b'-' | b'+' => header.chomping = Some(byte),
                b'1'..=b'9' => header.indent = Some(usize::from(byte - b'0')),
                _ => break,
            }
        }
        header
    }
}

fn block(text: &str, raw: RawNode, source: &str) -> String {
    let header = Header::of(source);
    let is_folded = raw.form() == Form::Folded;
    let indent = raw.indent();
    // The break behind the last line is not part of the span, but it counts; a text that ends
    // without one has none to keep.
    let end = raw.end as usize;
    let body = text::slice(text, raw.start as usize, text::next_line(text, end));
    let lines = body.split_inclusive('\n').skip(1).map(line_break);

    let mut value = String::with_capacity(source.len());
    let mut pending_break = false;
    let mut blank_breaks = 0;
    let mut previous_is_indented = false;
    let mut has_content = false;
    for (line, has_break) in lines {
        let content = line.get(indent..).unwrap_or_default();
        if content.is_empty() {
            blank_breaks += usize::from(has_break);
            continue;
        }
        let is_indented = content.starts_with([' ', '\t']);
        if pending_break && is_folded && !previous_is_indented && !is_indented {
            if blank_breaks == 0 {
                value.push(' ');
            }
        } else if pending_break {
            value.push('\n');
        }
        value.extend(std::iter::repeat_n('\n', std::mem::take(&mut blank_breaks)));
        value.push_str(content);
        previous_is_indented = is_indented;
        pending_break = has_break;
        has_content = true;
    }
    let keeps = header.chomping == Some(b'+');
    if has_content && pending_break && header.chomping != Some(b'-') {
        value.push('\n');
    }
    if keeps {
        value.extend(std::iter::repeat_n('\n', blank_breaks));
    }
    value
}

/// Where a block scalar ends and in which column its text stands.
pub(crate) struct Extent {
    pub(crate) end: usize,
    pub(crate) indent: usize,
}

/// Measures the block scalar whose header begins at `start`; `parent` is the column of the
/// collection it stands in, none at the root.
pub(crate) fn extent(text: &str, start: usize, parent: Option<usize>) -> Extent {
    let header_line_end = text::line_end(text, start);
    let header = Header::of(text::slice(text, start, header_line_end));
    let header_end = header_end(text, start, header_line_end);
    let least = parent.map_or(0, |column| column + 1);
    let body = text::next_line(text, start);
    let indent = match header.indent {
        Some(relative) => parent.unwrap_or(0) + relative,
        None => detect_indent(text, body, least),
    };

    let mut end = header_end;
    let mut line = body;
    while line < text.len() {
        let line_end = text::line_end(text, line);
        let content = text::slice(text, line, line_end);
        let spaces = content.len() - content.trim_start_matches(' ').len();
        let is_blank = spaces == content.len();
        let is_marker = spaces == 0 && (content.starts_with("---") || content.starts_with("..."));
        if !is_blank && (spaces < indent || is_marker) {
            break;
        }
        let has_text = content.len() > indent;
        if has_text || header.chomping == Some(b'+') {
            end = line_end;
        }
        line = text::next_line(text, line);
    }
    Extent { end, indent }
}

/// The header ends before its comment and trailing blanks.
fn header_end(text: &str, start: usize, line_end: usize) -> usize {
    let header = text::slice(text, start, line_end);
    let length = header
        .bytes()
        .skip(1)
        .take_while(|byte| matches!(byte, b'-' | b'+' | b'0'..=b'9'))
        .count();
    start + 1 + length
}

/// The indentation of the first line with text; the least that is allowed where there is none.
fn detect_indent(text: &str, body: usize, least: usize) -> usize {
    let mut line = body;
    let mut widest_blank = 0;
    while line < text.len() {
        let content = text::slice(text, line, text::line_end(text, line));
        let spaces = content.len() - content.trim_start_matches(' ').len();
        if spaces < content.len() {
            return spaces.max(least);
        }
        widest_blank = widest_blank.max(spaces);
        line = text::next_line(text, line);
    }
    widest_blank.max(least)
}
