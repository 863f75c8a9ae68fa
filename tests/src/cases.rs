//! How many random inputs a property is tried on, and which.

use proptest::test_runner::{Config, RngSeed};

/// The same `count` cases each time; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` try others.
pub fn cases(count: u32) -> Config {
    // The default is what the environment says, where it says something.
    let default = Config::default();
    let is_set = |name| std::env::var_os(name).is_some();
    Config {
        cases: if is_set("PROPTEST_CASES") {
            default.cases
        } else {
            count
        },
        rng_seed: if is_set("PROPTEST_RNG_SEED") {
            default.rng_seed
        } else {
            RngSeed::Fixed(1876)
        },
        failure_persistence: None,
        ..default
    }
}
