//! The fuzz harness on mutated documents from a seed, as far as a test run allows; `cargo fuzz` goes on
//! from here.

#[path = "../../../fuzz/harness.rs"]
#[expect(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a surprise ends the run"
)]
mod harness;

use harness::{Choices, check_apply, check_parse};

const SEEDS: &str = include_str!("seeds.txt");

fn seeds() -> Vec<&'static str> {
    SEEDS.split("=====\n").collect()
}

fn rounds(default: usize) -> usize {
    option_env!("FUZZ_ROUNDS")
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(default)
}

#[test]
fn any_text_is_read_the_same_by_both_readers() {
    let seeds = seeds();
    let mut choices = Choices(1);
    for seed in &seeds {
        check_parse(seed.as_bytes());
    }
    for round in 0..rounds(40_000) {
        let text = choices.mutate(seeds[round % seeds.len()]);
        check_parse(text.as_bytes());
    }
}

#[test]
fn any_patch_on_any_text_means_what_it_says() {
    let seeds = seeds();
    let mut choices = Choices(2);
    for round in 0..rounds(20_000) {
        let text = choices.mutate(seeds[round % seeds.len()]);
        let seed = choices.below(usize::MAX) as u64;
        let data = [&seed.to_le_bytes()[..], text.as_bytes()].concat();
        check_apply(&data);
    }
}
