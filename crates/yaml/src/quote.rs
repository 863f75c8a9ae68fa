//! When a string needs quotes, so that every reader behind us takes it for the same string:
//! go-yaml v3 (kustomize, kpt), YAML 1.1 readers (`sigs.k8s.io/yaml`, `PyYAML`) and YAML 1.2 ones.

use std::fmt::Write as _;

/// The quote character the surroundings use where either would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quote {
    /// `"text"`
    #[default]
    Double,
    /// `'text'`
    Single,
}

/// Whether `text` would change its meaning, or break, without quotes.
pub fn needs_quotes(text: &str, in_flow: bool) -> bool {
    if is_name(text) {
        return is_word(text);
    }
    let Some(first) = text.chars().next() else {
        return true;
    };
    let is_indicator = match first {
        '?' | ':' | ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\''
        | '"' | '%' | '@' | '`' | '=' | '<' | '~' | ' ' => true,
        '-' => text == "-" || text.starts_with("- ") || text.starts_with("---"),
        '.' => text.starts_with("..."),
        _ => false,
    };
    is_indicator
        || text.ends_with([' ', ':'])
        || text.chars().any(is_special)
        || text.contains(": ")
        || text.contains(" #")
        || (in_flow && text.contains([',', '[', ']', '{', '}', '?']))
        || is_word(text)
        || looks_like_number(text)
}

/// Whether `text` begins with a letter and goes on with what names and paths are made of, as most texts do: no more
/// than a word can be wrong with it.
fn is_name(text: &str) -> bool {
    let is_letter = text
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic());
    let is_of_name =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    is_letter && text.bytes().all(is_of_name)
}

/// Characters that only an escape carries safely.
pub(crate) fn is_special(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// What some reader takes for a boolean, null or a special number.
const WORDS: [&str; 16] = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", ".inf", "+.inf", "-.inf", ".nan",
    "inf", "nan", "infinity",
];

/// Whether the text is one of those words, with or without a sign.
fn is_word(text: &str) -> bool {
    let begins_like_one = |first: &u8| {
        matches!(
            first.to_ascii_lowercase(),
            b'y' | b'n' | b'o' | b't' | b'f' | b'i' | b'.' | b'+' | b'-'
        )
    };
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    text.len() <= 9
        && text.as_bytes().first().is_some_and(begins_like_one)
        && WORDS.iter().any(|word| word.eq_ignore_ascii_case(unsigned))
}

/// Anything that some reader might take for a number, a date, a time or a sexagesimal number.
fn looks_like_number(text: &str) -> bool {
    let unsigned = text.trim_start_matches(['+', '-']);
    let is_signed = unsigned.len() < text.len();
    let mut bytes = unsigned.bytes();
    let starts = match (bytes.next(), bytes.next()) {
        (Some(b'0'..=b'9'), _) | (Some(b'.'), Some(b'0'..=b'9' | b'_')) => true,
        (Some(b'_'), _) => is_signed,
        _ => false,
    };
    if !starts {
        return false;
    }
    let radix = unsigned.as_bytes();
    if let [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', digits @ ..] = radix
        && digits
            .iter()
            .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'_' | b'+' | b'-'))
    {
        return true;
    }
    let is_version = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text.bytes().filter(|byte| *byte == b'.').count() >= 2;
    let is_numeric = |byte: u8| {
        byte.is_ascii_digit()
            || matches!(
                byte,
                b'_' | b'.' | b'e' | b'E' | b'+' | b'-' | b':' | b't' | b'T' | b'z' | b'Z' | b' '
            )
    };
    !is_version && unsigned.bytes().all(is_numeric)
}

/// Whether a text of several lines reads back the same from a literal block (`|`).
pub(crate) fn fits_literal(text: &str) -> bool {
    let is_clean = |c: char| c == '\n' || !is_special(c);
    text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && text.chars().all(is_clean)
        && text
            .lines()
            .all(|line| line.is_empty() || !line.trim_end_matches(' ').is_empty())
}

/// What stands before the first such character, the character, and what stands behind it.
fn split_once(text: &str, is_such: impl Fn(char) -> bool) -> Option<(&str, char, &str)> {
    let (before, rest) = text.split_at_checked(text.find(is_such)?)?;
    let mut chars = rest.chars();
    Some((before, chars.next()?, chars.as_str()))
}

/// Writes `text` in quotes.
pub(crate) fn write_quoted(out: &mut String, text: &str, quote: Quote) {
    if quote == Quote::Single && !text.chars().any(is_special) {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
        return;
    }
    out.push('"');
    let is_escaped = |c: char| matches!(c, '\\' | '"') || is_special(c);
    let mut rest = text;
    while let Some((plain, c, behind)) = split_once(rest, is_escaped) {
        out.push_str(plain);
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // `\x` is no JSON; four digits are both.
            _ => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "nginx;a b;1.2.3;10.0.0.1;a:b;http://x/y;/healthz;x#y;-x;100m;1Gi;8080/tcp;it's;é;\
        a,b;tRuely;yesterday;$(X);a=b;--flag=x";
    const QUOTED: &str = ";- a;-;---;--- a;...;a: b;a #b;a:;yes;Off;y;NULL;~;~x;.inf;-.INF;1;01;08;0x1F;0b_1;\
        1_000;+_1;1e3;12:30:45;2024-01-01;1-2;.5;._5;1.;<<;=;@a;%a;`a;[a;{a;\u{a0};a\tb;a\nb;\u{feff};?;*a;&a;!a";

    #[test]
    fn only_what_some_reader_mistakes_is_quoted() {
        for text in BARE.split(';') {
            assert!(!needs_quotes(text, false), "{text}");
        }
        for text in QUOTED.split(';').chain([" a", "a "]) {
            assert!(needs_quotes(text, false), "{text:?}");
        }
        assert!(needs_quotes("a,b", true));
    }

    #[test]
    fn literal_blocks_hold_only_text_that_survives_them() {
        assert!(fits_literal("a\nb"));
        assert!(fits_literal("a\n\n  b\n"));
        for text in ["a", " a\nb", "\na\n", "a\n  \nb", "a\tb\nc", "a\u{85}\nb"] {
            assert!(!fits_literal(text), "{text:?}");
        }
    }

    #[test]
    fn quotes_follow_the_surroundings_where_no_escape_is_needed() {
        let quoted = |text: &str, quote| {
            let mut out = String::new();
            write_quoted(&mut out, text, quote);
            out
        };
        assert_eq!(quoted("it's 1", Quote::Single), "'it''s 1'");
        assert_eq!(
            quoted("a\"\\\n\u{7f}", Quote::Single),
            "\"a\\\"\\\\\\n\\u007F\""
        );
        assert_eq!(quoted("1", Quote::Double), "\"1\"");
    }

    #[test]
    fn words_of_some_reader_need_quotes_however_they_are_written() {
        for word in WORDS {
            for text in [word.to_owned(), word.to_uppercase(), format!("-{word}")] {
                assert!(needs_quotes(&text, false), "{text}");
            }
            let longer = format!("{word}x");
            assert!(word.starts_with(['.', '+', '-']) || !needs_quotes(&longer, false));
        }
    }

    #[test]
    fn what_stands_between_escapes_stays() {
        let mut quoted = String::new();
        write_quoted(&mut quoted, "\"name\\é\nnn\u{7f}\tend", Quote::Double);
        assert_eq!(quoted, r#""\"name\\é\nnn\u007F\tend""#);
    }
}
