//! Chance with a seed, and the words it picks from.

/// `SplitMix64`: small, and good enough to vary text.
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(bits % bound).unwrap_or_default()
    }

    pub(super) fn pick<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words
            .get(self.below(words.len()))
            .copied()
            .unwrap_or_default()
    }
}

pub(super) const APPS: [&str; 8] = [
    "checkout", "catalog", "pricing", "orders", "search", "billing", "stock", "mailer",
];
pub(super) const WORDS: [&str; 16] = [
    "cache", "timeout", "retry", "batch", "queue", "limit", "region", "tenant", "worker",
    "upstream", "feature", "window", "session", "token", "shard", "buffer",
];
pub(super) const REMARKS: [&str; 6] = [
    "pinned until the new parser is out",
    "keep in step with the dashboard: see the runbook",
    "the load test says this is enough",
    "to be measured again after each release",
    "asked for by the on-call team, don't remove",
    "\"http\" is what the Service targets",
];
