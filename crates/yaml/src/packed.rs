//! Texts as a program holds them: what stood in them before as a reference to it, a third of their length or less.

/// A packed text. A byte below [`REFERENCE`] says how many bytes less one follow as they are; one from there on, how many
/// bytes more than the shortest stood there before, and the two behind it how far before.
///
/// The compiler packs what a program holds:
/// ```
/// # use plimsoll_yaml::Packed;
/// const TEXT: &[u8] = b"around and around and around";
/// static PACKED: [u8; Packed::length(TEXT)] = Packed::pack(TEXT);
/// assert_eq!(Packed::of(&PACKED).text(), "around and around and around");
/// assert_eq!(PACKED.len(), 15);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Packed(&'static [u8]);

const REFERENCE: usize = 0x80;
const SHORTEST: usize = 4;
const FARTHEST: usize = 0xffff;
/// Of what begins alike the last one is remembered, in so many places.
const PLACES: usize = 1 << 12;

impl Packed {
    /// What [`Packed::pack`] made.
    pub const fn of(packed: &'static [u8]) -> Self {
        Self(packed)
    }

    /// How many bytes a text takes once it is packed.
    pub const fn length(text: &[u8]) -> usize {
        packed::<0>(text).1
    }

    /// A text packed, as long as [`Packed::length`] says.
    pub const fn pack<const N: usize>(text: &[u8]) -> [u8; N] {
        packed(text).0
    }
}

/// The packed text as far as there is room for it, and its length.
const fn packed<const N: usize>(text: &[u8]) -> ([u8; N], usize) {
    let mut out = Out {
        bytes: [0; N],
        length: 0,
    };
    let mut known = [u32::MAX; PLACES];
    // What is read, and where what is to be copied as it is begins.
    let (mut at, mut from) = (0, 0);
    while at < text.len() {
        let (before, same) = before(text, &mut known, at);
        if same < SHORTEST {
            at += 1;
            if at - from == REFERENCE || at == text.len() {
                out.copy(text, from, at);
                from = at;
            }
            continue;
        }
        out.copy(text, from, at);
        out.push(REFERENCE + same - SHORTEST);
        out.push((at - before) & 0xff);
        out.push((at - before) >> 8);
        at += same;
        from = at;
    }
    (out.bytes, out.length)
}

/// What is packed so far.
struct Out<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Out<N> {
    #[expect(
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "both are looked at"
    )]
    const fn push(&mut self, byte: usize) {
        if self.length < N {
            self.bytes[self.length] = (byte & 0xff) as u8;
        }
        self.length += 1;
    }

    /// Adds what stands from `from` to `until` as it is.
    #[expect(
        clippy::indexing_slicing,
        reason = "the compiler does it, and refuses what is out of bounds"
    )]
    const fn copy(&mut self, text: &[u8], mut from: usize, until: usize) {
        if from < until {
            self.push(until - from - 1);
        }
        while from < until {
            self.push(text[from] as usize);
            from += 1;
        }
    }
}

/// Where what begins at `at` stood before, and how much of it.
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "the same"
)]
const fn before(text: &[u8], known: &mut [u32; PLACES], at: usize) -> (usize, usize) {
    if at + SHORTEST > text.len() {
        return (0, 0);
    }
    let (mut hash, mut same) = (0_usize, 0);
    while same < SHORTEST {
        hash = hash.wrapping_mul(0x0100_0193) ^ (text[at + same] as usize);
        same += 1;
    }
    let place = (hash ^ (hash >> 12)) % PLACES;
    let before = known[place] as usize;
    known[place] = at as u32;
    if before > at || at - before > FARTHEST {
        return (0, 0);
    }
    same = 0;
    while at + same < text.len()
        && same < SHORTEST + REFERENCE - 1
        && text[before + same] == text[at + same]
    {
        same += 1;
    }
    (before, same)
}

impl Packed {
    /// The text.
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
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is packed by the program, to be held against the text.
    fn of(text: &str) -> Packed {
        let (bytes, length) = packed::<2000>(text.as_bytes());
        assert_eq!(Packed::length(text.as_bytes()), length);
        Packed::of(Box::leak(bytes[..length].to_vec().into_boxed_slice()))
    }

    #[test]
    fn what_stood_before_is_not_kept_once_more() {
        let same = |count: usize| format!("\"{}\"", "x".repeat(count));
        for count in (0..20).chain(120..280) {
            let packed = of(&same(count));
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
        assert_eq!(of(&different).text(), different);
    }
}
