//! JSON as a program holds it, without the white space that people read it by.

/// The text of a JSON file for [`crate::Function::SCHEMA`]; the compiler takes the white space out, a third of it.
#[macro_export]
macro_rules! include_json {
    ($file:literal) => {{
        const TEXT: &str = include_str!($file);
        const PACKED: [u8; $crate::packed_length(TEXT)] = $crate::packed(TEXT);
        match str::from_utf8(&PACKED) {
            Ok(text) => text,
            Err(_) => TEXT,
        }
    }};
}

/// Where a text is: between tokens, or in one.
#[derive(Clone, Copy)]
enum At {
    Token,
    String,
    Escape,
}

impl At {
    /// Where it is behind `byte`.
    const fn behind(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Token, b'"') | (Self::Escape, _) => Self::String,
            (Self::String, b'\\') => Self::Escape,
            (Self::String, b'"') => Self::Token,
            (at, _) => at,
        }
    }

    /// Whether `byte` says something here.
    const fn needs(self, byte: u8) -> bool {
        !matches!(self, Self::Token) || !byte.is_ascii_whitespace()
    }
}

/// The length of a JSON text without white space between tokens.
pub const fn packed_length(text: &str) -> usize {
    let (mut at, mut length, mut rest) = (At::Token, 0, text.as_bytes());
    while let [byte, others @ ..] = rest {
        if at.needs(*byte) {
            length += 1;
        }
        at = at.behind(*byte);
        rest = others;
    }
    length
}

/// A JSON text without white space between tokens, as long as [`packed_length`] says.
pub const fn packed<const N: usize>(text: &str) -> [u8; N] {
    let mut packed = [0; N];
    let mut room: &mut [u8] = &mut packed;
    let (mut at, mut rest) = (At::Token, text.as_bytes());
    while let [byte, others @ ..] = rest {
        if at.needs(*byte)
            && let [place, free @ ..] = room
        {
            *place = *byte;
            room = free;
        }
        at = at.behind(*byte);
        rest = others;
    }
    packed
}

/// The text as people read it: what was packed, two spaces for each level.
pub(crate) fn readable(packed: &str) -> String {
    let mut text = String::with_capacity(2 * packed.len());
    let (mut at, mut level) = (At::Token, 0);
    let mut characters = packed.chars().peekable();
    let line = |text: &mut String, level: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", level));
    };
    while let Some(character) = characters.next() {
        let is_token = matches!(at, At::Token);
        at = u8::try_from(character).map_or(at, |byte| at.behind(byte));
        match character {
            '{' | '[' if is_token => {
                text.push(character);
                if !matches!(characters.peek(), Some('}' | ']')) {
                    level += 1;
                    line(&mut text, level);
                }
            }
            '}' | ']' if is_token => {
                if !text.ends_with(['{', '[']) {
                    level = level.saturating_sub(1);
                    line(&mut text, level);
                }
                text.push(character);
            }
            ',' if is_token => {
                text.push(',');
                line(&mut text, level);
            }
            ':' if is_token => text.push_str(": "),
            _ => text.push(character),
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"a b\": [\n    1,\n    \"x: \\\" {, \\\\\",\n    \"é  \"\n  ],\n  \"none\": [],\n  \"nothing\": {},\n  \"of\": [\n    {}\n  ]\n}\n";

    #[test]
    fn what_is_packed_reads_as_before() {
        let bytes: [u8; packed_length(TEXT)] = packed(TEXT);
        let packed = str::from_utf8(&bytes).unwrap();
        assert_eq!(
            packed,
            r#"{"a b":[1,"x: \" {, \\","é  "],"none":[],"nothing":{},"of":[{}]}"#
        );
        assert_eq!(readable(packed), TEXT);
    }
}
