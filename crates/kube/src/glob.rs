//! Globs with `*` (any run of characters) and `?` (any one), as users write them for names.

use schemars::JsonSchema;
use serde::Deserialize;

/// A pattern for a whole name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Glob(pub String);

impl Glob {
    /// Whether the pattern covers all of `text`.
    pub fn matches(&self, text: &str) -> bool {
        matches(&self.0, text)
    }

    /// Whether the pattern is a name without wildcards.
    pub fn is_literal(&self) -> bool {
        !self.0.contains(['*', '?'])
    }
}

/// Backtracks to the last star only, so the time is at most the product of the lengths.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(byte) if *byte == b'?' || text.get(seen) == Some(byte) => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((back, from)) = star else {
                    return false;
                };
                star = Some((back, from + 1));
                (at, seen) = (back + 1, from + 1);
            }
        }
    }
    pattern.iter().skip(at).all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_cover_names() {
        let table = [
            ("web-*", "web-1", true),
            ("web-*", "web", false),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b", false),
            ("w?b", "web", true),
            ("w?b", "wb", false),
            ("web", "webs", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(
                Glob(pattern.to_owned()).matches(text),
                expected,
                "{pattern} {text}"
            );
        }
    }
}
