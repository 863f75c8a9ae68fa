//! JSON as Go's `encoding/json` writes it: no blanks, keys in order, and with the characters escaped that could
//! end a script in HTML.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Content, Texts};

/// The object with these fields.
pub(super) fn object(fields: &BTreeMap<&str, Content<'_>>) -> String {
    let mut json = String::new();
    write_map(&mut json, fields.iter(), |json, content| match content {
        Content::Text(text) => write_text(json, text),
        Content::Map(texts) => write_texts(json, texts),
    });
    json
}

fn write_texts(json: &mut String, texts: &Texts<'_>) {
    write_map(json, texts.iter(), |json, text| write_text(json, text));
}

fn write_map<K: AsRef<str>, V>(
    json: &mut String,
    entries: impl Iterator<Item = (K, V)>,
    write_value: impl Fn(&mut String, V),
) {
    json.push('{');
    for (number, (key, value)) in entries.enumerate() {
        if number > 0 {
            json.push(',');
        }
        write_text(json, key.as_ref());
        json.push(':');
        write_value(json, value);
    }
    json.push('}');
}

/// Text between what is escaped is copied as a whole, which is most of it.
fn write_text(json: &mut String, text: &str) {
    json.push('"');
    for stretch in text.split_inclusive(is_escaped) {
        let mut characters = stretch.chars();
        match characters.next_back().filter(|last| is_escaped(*last)) {
            Some(last) => {
                json.push_str(characters.as_str());
                write_escaped(json, last);
            }
            None => json.push_str(stretch),
        }
    }
    json.push('"');
}

fn is_escaped(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}' | '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}'
    )
}

fn write_escaped(json: &mut String, character: char) {
    match character {
        '"' => json.push_str("\\\""),
        '\\' => json.push_str("\\\\"),
        '\n' => json.push_str("\\n"),
        '\r' => json.push_str("\\r"),
        '\t' => json.push_str("\\t"),
        '\u{8}' => json.push_str("\\b"),
        '\u{c}' => json.push_str("\\f"),
        other => {
            // Writing to a string can't fail.
            let _ = write!(json, "\\u{:04x}", u32::from(other));
        }
    }
}
