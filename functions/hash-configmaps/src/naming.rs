//! What an object is called without its hash, and with it.

use sdk::Resource;

/// The name without a hash, as we noted it.
pub(crate) const BASE_NAME: &str = "plimsoll.dev/base-name";
/// The hash in the name, as we noted it.
pub(crate) const CONTENT_HASH: &str = "plimsoll.dev/content-hash";

const HASH_LENGTH: usize = 10;

/// The name of an object around its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Naming {
    before: String,
    after: String,
}

impl Naming {
    /// Only a hash that we noted on the object is taken off: a name may look hashed and not be.
    pub(crate) fn of(object: &Resource<'_>) -> Self {
        let noted = |key| object.annotations().get(key).unwrap_or_default();
        Self::from_notes(object.name(), &noted(BASE_NAME), &noted(CONTENT_HASH))
    }

    fn from_notes(name: &str, noted_base: &str, noted_hash: &str) -> Self {
        let known = around_hash(name, noted_hash).or_else(|| behind_base(name, noted_base));
        let (before, after) = known.unwrap_or((name, ""));
        Self {
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }

    /// The name without a hash.
    pub(crate) fn base(&self) -> String {
        [self.before.as_str(), &self.after].concat()
    }

    /// The name with a hash.
    pub(crate) fn with(&self, hash: &str) -> String {
        [self.before.as_str(), "-", hash, &self.after].concat()
    }
}

/// Whether the object carries our notes.
pub(crate) fn is_noted(object: &Resource<'_>) -> bool {
    object.annotations().get(CONTENT_HASH).is_some()
        || object.annotations().get(BASE_NAME).is_some()
}

/// What stands around the hash that is noted; an overlay may have put something before and behind the name.
fn around_hash<'n>(name: &'n str, hash: &str) -> Option<(&'n str, &'n str)> {
    let (before, after) = name.rsplit_once(hash).filter(|_| is_hash(hash))?;
    let before = before.strip_suffix('-')?;
    (!before.is_empty()).then_some((before, after))
}

/// The base that is noted, if all that follows it is a hash.
fn behind_base<'n>(name: &'n str, base: &str) -> Option<(&'n str, &'n str)> {
    let (before, hash) = name.rsplit_once('-')?;
    (before == base && is_hash(hash)).then_some((before, ""))
}

/// Whether kustomize's hash could look like this.
fn is_hash(text: &str) -> bool {
    text.len() == HASH_LENGTH && text.bytes().all(|byte| b"2456789bcdfghkmt".contains(&byte))
}

/// The value of the label to find all versions by: the base name, shortened where a label can't hold it.
pub(crate) fn label_value(base: &str) -> String {
    const LONGEST: usize = 63;
    if base.len() <= LONGEST {
        return base.to_owned();
    }
    let hash = crate::checksum::of_text(base);
    let kept = base.get(..LONGEST - 1 - hash.len()).unwrap_or_default();
    format!("{}-{hash}", kept.trim_end_matches(['.', '-']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, base: &str, noted: &str) -> (String, String) {
        let naming = Naming::from_notes(name, base, noted);
        (naming.base(), naming.with("bbbbbbbbbb"))
    }

    #[test]
    fn a_hash_is_replaced_where_it_was_noted_and_added_where_it_was_not() {
        let noted = "9g67k2htb6";
        let is = |base: &str, hashed: &str| (base.to_owned(), hashed.to_owned());
        assert_eq!(named("a", "", ""), is("a", "a-bbbbbbbbbb"));
        assert_eq!(named("a-9g67k2htb6", "a", noted), is("a", "a-bbbbbbbbbb"));
        assert_eq!(named("a-9g67k2htb6", "a", ""), is("a", "a-bbbbbbbbbb"));
        // looks hashed, but nobody says so
        assert_eq!(
            named("a-9g67k2htb6", "", ""),
            is("a-9g67k2htb6", "a-9g67k2htb6-bbbbbbbbbb")
        );
        assert_eq!(
            named("a-9g67k2htb6", "b", ""),
            is("a-9g67k2htb6", "a-9g67k2htb6-bbbbbbbbbb")
        );
        // an overlay's prefix and suffix
        assert_eq!(
            named("p-a-9g67k2htb6-s", "a", noted),
            is("p-a-s", "p-a-bbbbbbbbbb-s")
        );
        // a copy under another name
        assert_eq!(named("other", "a", noted), is("other", "other-bbbbbbbbbb"));
        // no hash at all
        assert_eq!(named("a-x", "a", "x"), is("a-x", "a-x-bbbbbbbbbb"));
        assert_eq!(
            named("9g67k2htb6", "", noted),
            is("9g67k2htb6", "9g67k2htb6-bbbbbbbbbb")
        );
    }

    #[test]
    fn a_label_holds_the_base_name_or_what_tells_it_apart() {
        assert_eq!(label_value("app"), "app");
        assert_eq!(label_value(&"a".repeat(63)), "a".repeat(63));
        let long = ["a".repeat(45), ".b".repeat(30)].concat();
        let other = ["a".repeat(45), ".b".repeat(31)].concat();
        assert!(label_value(&long).len() <= 63 && label_value(&long) != label_value(&other));
        assert!(label_value(&long).starts_with("aaa") && !label_value(&long).contains(".-"));
    }
}
