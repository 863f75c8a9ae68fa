//! What a decision rests on, as an annotation tells it: `Deployment shop/order: env PRODUCT_URL; and 3 more`.

use std::collections::BTreeSet;

/// Where it is told.
pub(crate) const ANNOTATION: &str = "plimsoll.dev/evidence";
/// The most that it holds.
const MOST: usize = 2048;
const SEPARATOR: &str = "; ";

/// What a decision rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// What the input tells.
    firm: BTreeSet<String>,
    /// What an earlier run was told, and the input can't tell.
    remembered: BTreeSet<String>,
    /// How much more an earlier run was told and had no room for.
    more: usize,
}

impl Evidence {
    /// Adds what the input tells.
    pub(crate) fn add(&mut self, texts: impl IntoIterator<Item = String>) {
        self.firm.extend(texts);
    }

    /// Adds what only an earlier run was told.
    pub(crate) fn remember(&mut self, texts: impl IntoIterator<Item = String>, more: usize) {
        self.remembered.extend(texts);
        self.more = self.more.max(more);
    }

    /// This and that.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.firm.extend(other.firm.iter().cloned());
        self.remember(other.remembered.iter().cloned(), other.more);
    }

    /// As much as an annotation may hold, sorted, and how much more there is. What the input tells can be told again,
    /// so the rest comes first where there isn't room for all.
    pub(crate) fn text(&self) -> String {
        let firm = self.firm.difference(&self.remembered);
        let all: Vec<&String> = self.remembered.iter().chain(firm).collect();
        let total = all.len() + self.more;
        let mut chosen: BTreeSet<&str> = BTreeSet::new();
        let mut length = 0;
        for item in all {
            let separator = if chosen.is_empty() { "" } else { SEPARATOR };
            let own = separator.len() + item.len();
            // There is always room left to say how many more there are.
            if length + own + rest(total - chosen.len()).len() > MOST {
                break;
            }
            length += own;
            chosen.insert(item);
        }
        let untold = total - chosen.len();
        let rest = (untold > 0).then(|| rest(untold));
        let rest = rest.iter().filter_map(|rest| rest.strip_prefix(SEPARATOR));
        let parts: Vec<&str> = chosen.into_iter().chain(rest).collect();
        parts.join(SEPARATOR)
    }
}

fn rest(count: usize) -> String {
    format!("{SEPARATOR}and {count} more")
}

/// What an annotation tells, and how much more there was.
pub(crate) fn split(text: &str) -> (Vec<&str>, usize) {
    let mut parts: Vec<&str> = text.split(SEPARATOR).map(str::trim).collect();
    parts.retain(|part| !part.is_empty());
    let last = parts.last().copied().and_then(untold);
    if last.is_some() {
        parts.pop();
    }
    (parts, last.unwrap_or_default())
}

/// The number of `and 3 more`.
fn untold(part: &str) -> Option<usize> {
    let count = part.strip_prefix("and ")?.strip_suffix(" more")?;
    count.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firm(texts: impl IntoIterator<Item = String>) -> Evidence {
        let mut evidence = Evidence::default();
        evidence.add(texts);
        evidence
    }

    #[test]
    fn it_has_as_many_whole_texts_as_there_is_room_for() {
        let whole = firm((10..99).map(|number| format!("{number:0>100}"))).text();
        assert!(whole.len() <= MOST, "{}", whole.len());
        assert!(whole.starts_with(&format!("{:0>100}; {:0>100}; ", 10, 11)));
        let end = format!("{:0>100}; and 70 more", 28);
        assert!(whole.ends_with(&end), "{whole}");
        assert_eq!(firm([]).text(), "");
        assert_eq!(firm(["x".repeat(3000)]).text(), "and 1 more");
    }

    #[test]
    fn what_is_remembered_has_room_first_and_stands_in_order() {
        let mut evidence = firm((10..99).map(|number| format!("{number:0>100}")));
        evidence.remember([format!("{:0>100}", 99)], 5);
        let text = evidence.text();
        let end = format!("{:0>100}; {:0>100}; and 76 more", 27, 99);
        assert!(text.ends_with(&end), "{text}");
    }

    #[test]
    fn an_annotation_is_read_as_it_was_written() {
        let mut evidence = firm(["b".to_owned(), "a".to_owned()]);
        evidence.remember(["c".to_owned()], 3);
        assert_eq!(evidence.text(), "a; b; c; and 3 more");
        assert_eq!(split("a; b; c; and 3 more"), (vec!["a", "b", "c"], 3));
        assert_eq!(split("and 1 more"), (vec![], 1));
        assert_eq!(split(""), (vec![], 0));
        assert_eq!(split("and few more"), (vec!["and few more"], 0));
    }
}
