//! Tells most words that are no name apart from names, without looking any up.

/// A set of names that may also say yes to a word that it doesn't have.
#[derive(Debug)]
pub(super) struct Filter {
    /// One bit for each hash; as many as a power of two.
    bits: Vec<u64>,
    /// The length of the shortest name.
    shortest: usize,
}

impl Filter {
    /// The set of `names`, of which there are about `count`.
    pub(super) fn new<'n>(names: impl Iterator<Item = &'n str>, count: usize) -> Self {
        // Sixteen bits for each name: one strange word in sixteen has to be looked up, at most.
        let words = (count / 4 + 1).next_power_of_two();
        let mut filter = Self {
            bits: vec![0; words],
            shortest: usize::MAX,
        };
        for name in names {
            filter.shortest = filter.shortest.min(name.len());
            let (at, bit) = filter.bit_of(name);
            if let Some(word) = filter.bits.get_mut(at) {
                *word |= bit;
            }
        }
        filter
    }

    /// Whether a text is too short to hold any name.
    pub(super) fn is_too_short(&self, text: &str) -> bool {
        text.len() < self.shortest
    }

    /// False only where the set doesn't have the word.
    pub(super) fn may_have(&self, word: &str) -> bool {
        if self.is_too_short(word) {
            return false;
        }
        let (at, bit) = self.bit_of(word);
        self.bits.get(at).is_some_and(|word| word & bit != 0)
    }

    /// Where a word's bit is: the hash is FNV-1a.
    fn bit_of(&self, word: &str) -> (usize, u64) {
        let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let at = usize::try_from(hash >> 6 & 0xffff_ffff).unwrap_or_default();
        (at & (self.bits.len() - 1), 1 << (hash & 63))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_every_name_and_hardly_any_other_word() {
        let names: Vec<String> = (0..1000).map(|number| format!("config-{number}")).collect();
        let filter = Filter::new(names.iter().map(String::as_str), names.len());
        assert!(names.iter().all(|name| filter.may_have(name)));
        let strange = (0..1000).filter(|number| filter.may_have(&format!("other-{number}")));
        assert!(strange.count() < 100);
    }

    #[test]
    fn what_is_shorter_than_every_name_is_too_short() {
        let filter = Filter::new(["app", "config"].into_iter(), 2);
        assert!(filter.is_too_short("ap"));
        assert!(!filter.is_too_short("app"));
    }

    #[test]
    fn a_filter_without_names_has_no_word() {
        assert!(!Filter::new(std::iter::empty(), 0).may_have("app"));
    }
}
