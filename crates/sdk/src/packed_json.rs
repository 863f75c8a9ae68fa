//! JSON as a program holds it: without the white space that people read it by, and what stood there before as a
//! reference to it, a fifth of its length in all.

/// The text of a JSON file for [`crate::Function::SCHEMA`], packed by the compiler.
#[macro_export]
macro_rules! include_json {
    ($file:literal) => {{
        const TEXT: &str = include_str!($file);
        const WHOLE: ([u8; TEXT.len()], usize) = $crate::PackedJson::pack(TEXT);
        const PACKED: [u8; WHOLE.1] = $crate::PackedJson::shortened(&WHOLE.0);
        $crate::PackedJson::of(&PACKED)
    }};
}

/// Packed JSON. A byte below [`REFERENCE`] says how many bytes less one follow as they are; one from there on, how many
/// bytes more than the shortest stood there before, and the two behind it how far before.
#[derive(Clone, Copy, Debug)]
pub struct PackedJson(&'static [u8]);

const REFERENCE: usize = 0x80;
const SHORTEST: usize = 4;
const FARTHEST: usize = 0xffff;
/// Of what begins alike the last one is remembered, in so many places.
const PLACES: usize = 1 << 12;

#[doc(hidden)]
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "the compiler does it, and refuses what is out of bounds; what is cut off was looked at"
)]
impl PackedJson {
    pub const fn of(packed: &'static [u8]) -> Self {
        Self(packed)
    }

    /// The packed text, and how long it is.
    pub const fn pack<const N: usize>(text: &str) -> ([u8; N], usize) {
        let (flat, length) = flat::<N>(text.as_bytes());
        let mut packed = [0; N];
        let mut known = [u32::MAX; PLACES];
        // How much is written, what is read, and where what is to be copied as it is begins.
        let (mut to, mut at, mut from) = (0, 0, 0);
        while at < length {
            let (before, same) = before(&flat, length, &mut known, at);
            if same < SHORTEST {
                at += 1;
                if at - from == REFERENCE || at == length {
                    to = copied(&mut packed, to, &flat, from, at);
                    from = at;
                }
                continue;
            }
            to = copied(&mut packed, to, &flat, from, at);
            packed[to] = (REFERENCE + same - SHORTEST) as u8;
            packed[to + 1] = ((at - before) & 0xff) as u8;
            packed[to + 2] = ((at - before) >> 8) as u8;
            to += 3;
            at += same;
            from = at;
        }
        (packed, to)
    }

    /// The first bytes.
    pub const fn shortened<const N: usize>(whole: &[u8]) -> [u8; N] {
        let mut first = [0; N];
        let mut at = 0;
        while at < N {
            first[at] = whole[at];
            at += 1;
        }
        first
    }
}

/// A JSON text without white space between tokens, and its length.
#[expect(clippy::indexing_slicing, reason = "the same")]
const fn flat<const N: usize>(text: &[u8]) -> ([u8; N], usize) {
    let (mut flat, mut length, mut token, mut at) = ([0; N], 0, At::Token, 0);
    while at < text.len() {
        if token.needs(text[at]) {
            flat[length] = text[at];
            length += 1;
        }
        token = token.behind(text[at]);
        at += 1;
    }
    (flat, length)
}

/// Where what begins at `at` stood before, and how much of it.
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "the same"
)]
const fn before(
    flat: &[u8],
    length: usize,
    known: &mut [u32; PLACES],
    at: usize,
) -> (usize, usize) {
    if at + SHORTEST > length {
        return (0, 0);
    }
    let (mut hash, mut same) = (0_usize, 0);
    while same < SHORTEST {
        hash = hash.wrapping_mul(0x0100_0193) ^ (flat[at + same] as usize);
        same += 1;
    }
    let place = (hash ^ (hash >> 12)) % PLACES;
    let before = known[place] as usize;
    known[place] = at as u32;
    if before > at || at - before > FARTHEST {
        return (0, 0);
    }
    same = 0;
    while at + same < length
        && same < SHORTEST + REFERENCE - 1
        && flat[before + same] == flat[at + same]
    {
        same += 1;
    }
    (before, same)
}

/// Writes what stands from `from` to `until` as it is; returns where to go on.
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "the same"
)]
const fn copied(
    packed: &mut [u8],
    mut to: usize,
    flat: &[u8],
    mut from: usize,
    until: usize,
) -> usize {
    if from < until {
        packed[to] = (until - from - 1) as u8;
        to += 1;
    }
    while from < until {
        packed[to] = flat[from];
        to += 1;
        from += 1;
    }
    to
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

impl PackedJson {
    /// The text in one line.
    pub fn text(self) -> String {
        let (mut text, mut rest) = (Vec::new(), self.0);
        while let [control, behind @ ..] = rest {
            let control = usize::from(*control);
            rest = match (control.checked_sub(REFERENCE), behind) {
                (None, _) => {
                    let (plain, behind) = behind.split_at_checked(control + 1).unwrap_or_default();
                    text.extend_from_slice(plain);
                    behind
                }
                (Some(more), [low, high, behind @ ..]) => {
                    let start = text
                        .len()
                        .saturating_sub(u16::from_le_bytes([*low, *high]).into());
                    // What is copied may reach into itself.
                    for at in start..start + SHORTEST + more {
                        text.extend(text.get(at).copied());
                    }
                    behind
                }
                (Some(_), _) => &[],
            };
        }
        String::from_utf8(text).unwrap_or_default()
    }

    /// The text as people read it: two spaces for each level.
    pub(crate) fn readable(self) -> String {
        let packed = self.text();
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
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"a b\": [\n    1,\n    \"x: \\\" {, \\\\\",\n    \"é  \"\n  ],\n  \"none\": [],\n  \"nothing\": {},\n  \"of\": [\n    {}\n  ]\n}\n";

    /// What is packed by the program, to be held against the text.
    fn packed<const N: usize>(text: &str) -> PackedJson {
        let (bytes, length) = PackedJson::pack::<N>(text);
        PackedJson::of(Box::leak(bytes[..length].to_vec().into_boxed_slice()))
    }

    #[test]
    fn what_is_packed_reads_as_before() {
        let packed = packed::<{ TEXT.len() }>(TEXT);
        assert_eq!(
            packed.text(),
            r#"{"a b":[1,"x: \" {, \\","é  "],"none":[],"nothing":{},"of":[{}]}"#
        );
        assert_eq!(packed.readable(), TEXT);
    }

    #[test]
    fn what_stood_before_is_not_kept_once_more() {
        let same = |count: usize| format!("\"{}\"", "x".repeat(count));
        for count in (0..20).chain(120..280) {
            let packed = packed::<300>(&same(count));
            assert_eq!(packed.text(), same(count));
            assert!(packed.0.len() < 16, "{count}: {:?}", packed.0);
        }
        // Nothing of it twice, so that runs of plain bytes end where they must.
        let mut different = String::from("\"");
        for first in '!'..='~' {
            if !matches!(first, '"' | '\\') {
                different.extend([first, 'é', '"', ',', '"']);
            }
        }
        different.push('"');
        assert_eq!(packed::<800>(&different).text(), different);
    }
}
