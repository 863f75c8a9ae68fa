//! Characters that do not come through kustomize.

/// A character that does not come through kustomize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Character {
    /// The build fails.
    Fatal(char),
    /// The build passes, with another text.
    Altered(char),
}

/// The worst character of a text, and of equal ones the first.
pub(super) fn worst(text: &str) -> Option<Character> {
    // Nearly every text ends here, and both questions are asked of many bytes at a time.
    if text.is_ascii() && !text.as_bytes().contains(&0x7f) {
        return None;
    }
    let fatal = text.chars().find(|character| is_fatal(*character));
    let altered = || text.chars().find(|character| *character == '\u{85}');
    let fatal = fatal.map(Character::Fatal);
    fatal.or_else(|| altered().map(Character::Altered))
}

fn is_fatal(character: char) -> bool {
    matches!(character, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::{Character, worst};

    #[test]
    fn characters_are_told_apart_at_the_edges_of_their_ranges() {
        let fatal = "\u{7f}\u{80}\u{84}\u{86}\u{9f}\u{fffe}\u{ffff}";
        for character in fatal.chars() {
            let text = format!("a{character}b");
            assert_eq!(worst(&text), Some(Character::Fatal(character)), "{text:?}");
        }
        let harmless =
            "\0\t\n\r\u{1b}\u{1f} ~\u{a0}é\u{2028}\u{feff}\u{fffd}\u{10000}\u{1fffe}\u{10ffff}";
        for character in harmless.chars() {
            assert_eq!(worst(&format!("a{character}b")), None, "{character:?}");
        }
        assert_eq!(worst("é\u{85}"), Some(Character::Altered('\u{85}')));
    }

    #[test]
    fn what_fails_goes_before_what_is_altered() {
        let text = "\u{85}\u{90}\u{7f}";
        assert_eq!(worst(text), Some(Character::Fatal('\u{90}')));
    }
}
