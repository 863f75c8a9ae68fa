//! Text searched eight bytes at a time: the runs that the scanner skips are too short for searches that take
//! long to begin, and too many to be looked at byte by byte.

use std::ops::Range;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// The byte in each of the eight places.
const fn all(byte: u8) -> u64 {
    ONES * byte as u64
}

/// The eight bytes from `at` on, the first one lowest; none near the end.
#[inline]
fn eight(bytes: &[u8], at: usize) -> Option<u64> {
    let chunk = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*chunk))
}

/// The high bit of the first zero byte; those of bytes above it may be wrong.
#[inline]
const fn zero(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH_BITS
}

#[inline]
fn first(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

/// How many bytes are looked at at a time.
pub(super) const WIDTH: usize = 8;

/// Where eight bytes begin, counted from `from`, of which one is neither printable ASCII nor a line feed; behind
/// the last eight every byte counts as one.
#[inline]
pub(super) fn find_unusual(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    let (chunks, _) = bytes.get(from..).unwrap_or_default().as_chunks::<32>();
    // Most texts have none: four words are looked at before the outcome matters.
    for chunk in chunks {
        let (words, _) = chunk.as_chunks::<WIDTH>();
        let marks = |word: &[u8; WIDTH]| unusual(u64::from_le_bytes(*word));
        if words.iter().fold(0, |found, word| found | marks(word)) != 0 {
            break;
        }
        at += chunk.len();
    }
    while let Some(word) = eight(bytes, at) {
        if unusual(word) != 0 {
            return Some(at);
        }
        at += WIDTH;
    }
    (at < bytes.len()).then_some(at)
}

/// The high bit of each byte that is neither printable ASCII nor a line feed.
#[inline]
const fn unusual(word: u64) -> u64 {
    // Without the high bits no byte can carry into the next one.
    let low = word & !HIGH_BITS;
    let is_control = !(low + all(0x80 - b' '));
    let is_delete = low + ONES;
    let is_other = (low ^ all(b'\n')) + all(0x7f);
    (word | (is_control | is_delete) & is_other) & HIGH_BITS
}

/// The first byte at or behind `from` that is no space; the end of the text where there is none.
#[inline]
pub(super) fn skip_spaces(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(word) = eight(bytes, at) {
        let others = word ^ all(b' ');
        if others != 0 {
            return at + first(others);
        }
        at += WIDTH;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let is_other = |byte: &u8| *byte != b' ';
    rest.iter()
        .position(is_other)
        .map_or(bytes.len().max(at), |length| at + length)
}

/// The first byte that may end plain text at or behind `from`: a colon, a hash, or a control character, as tabs and
/// the ends of lines are.
#[inline]
pub(super) fn plain_stop(bytes: &[u8], from: usize) -> Option<usize> {
    stop(bytes, from, b':', b'#')
}

/// The first byte that may end a text in quotes, or makes it one of several lines or with escapes.
#[inline]
pub(super) fn quoted_stop(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    stop(bytes, from, quote, b'\\')
}

/// The first byte at or behind `from` that is one of the two, or a control character.
#[inline]
fn stop(bytes: &[u8], from: usize, one: u8, other: u8) -> Option<usize> {
    let mut at = from;
    while let Some(word) = eight(bytes, at) {
        let is = |byte: u8| zero(word ^ all(byte));
        // As with the other marks, those above the first may be wrong.
        let is_control = word.wrapping_sub(all(b' ')) & !word & HIGH_BITS;
        let found = is(one) | is(other) | is_control;
        if found != 0 {
            return Some(at + first(found));
        }
        at += WIDTH;
    }
    let is_stop = |byte: &u8| *byte == one || *byte == other || *byte < b' ';
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(is_stop).map(|length| at + length)
}

/// The end of the line: its line feed, or the end of the text.
#[inline]
pub(super) fn line_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    // Comments and values are seldom longer than this; a longer search is worth a better tool.
    for _ in 0..6 {
        let Some(word) = eight(bytes, at) else { break };
        let found = zero(word ^ all(b'\n'));
        if found != 0 {
            return at + first(found);
        }
        at += WIDTH;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or(bytes.len().max(from), |length| at + length)
}

/// The first eight bytes of a span, and zeros where it is shorter.
#[inline]
pub(super) fn begins(bytes: &[u8], span: Range<usize>) -> u64 {
    let length = span.end - span.start;
    match eight(bytes, span.start) {
        Some(word) if length >= 8 => word,
        Some(word) => word & ((1 << (8 * length)) - 1),
        None => {
            let rest = bytes.get(span).unwrap_or_default().iter().take(8).rev();
            rest.fold(0, |word, byte| word << 8 | u64::from(*byte))
        }
    }
}

/// The last eight bytes of a span; zeros where it is shorter.
#[inline]
pub(super) fn ends(bytes: &[u8], span: Range<usize>) -> u64 {
    let length = span.end - span.start;
    let from = span.end.wrapping_sub(8);
    if length < 8 {
        0
    } else {
        eight(bytes, from).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts in which a search can go wrong: every length around eight, and bytes that differ by one bit from
    /// those that are looked for.
    fn texts() -> Vec<Vec<u8>> {
        let alphabet = [
            b' ', b':', b'#', b'\t', b'\n', b'a', b';', b'"', b'\x0b', b'!', b'~', 0x7f, 0x1f,
            0x80, 0xff, 0, b'\xba',
        ];
        let mut seed = 1_u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) as usize
        };
        let text = |length| {
            let few = 1 + next() % alphabet.len();
            (0..length).map(|_| alphabet[next() % few]).collect()
        };
        (0..4000).map(|number| number % 40).map(text).collect()
    }

    #[test]
    fn searches_find_what_a_look_at_each_byte_finds() {
        for text in texts() {
            for from in 0..=text.len() {
                let rest = &text[from..];
                let first = |is: fn(&u8) -> bool| rest.iter().position(is).map(|at| from + at);
                let end = text.len();
                assert_eq!(
                    skip_spaces(&text, from),
                    first(|byte| *byte != b' ').unwrap_or(end)
                );
                assert_eq!(
                    line_end(&text, from),
                    first(|byte| *byte == b'\n').unwrap_or(end)
                );
                let unusual = first(|byte| !matches!(byte, b' '..=b'~' | b'\n'));
                let eights = unusual.map_or(end, |at| from + (at - from) / WIDTH * WIDTH);
                let last = from + (end - from) / WIDTH * WIDTH;
                let found = find_unusual(&text, from).unwrap_or(end);
                assert!(
                    found == eights || found == last && eights > last,
                    "{text:?}"
                );
                let stop = first(|byte| matches!(byte, b':' | b'#' | ..b' '));
                assert_eq!(plain_stop(&text, from), stop);
                let stop = first(|byte| matches!(byte, b'"' | b'\\' | ..b' '));
                assert_eq!(quoted_stop(&text, from, b'"'), stop);
            }
        }
    }

    #[test]
    fn spans_that_begin_alike_are_alike_up_to_eight_bytes() {
        let text = b"abcdefgh abcdefgx abc ab\0 ab";
        assert_eq!(begins(text, 0..8), begins(text, 0..5 + 3));
        assert_eq!(begins(text, 0..3), begins(text, 18..21));
        assert_ne!(begins(text, 0..8), begins(text, 9..17));
        assert_eq!(begins(text, 0..2), begins(text, 26..28));
        assert_eq!(begins(text, 4..4), 0);
    }

    #[test]
    fn a_search_from_behind_the_end_stays_there() {
        assert_eq!(skip_spaces(b"ab", 5), 5);
        assert_eq!(line_end(b"ab", 5), 5);
        assert_eq!(plain_stop(b"ab", 5), None);
    }
}
