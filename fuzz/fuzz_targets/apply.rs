//! `cargo fuzz run apply`: eight bytes choose a patch, the rest is the text that it is applied to.

#![no_main]

#[path = "../harness.rs"]
#[expect(dead_code, reason = "each target drives a part of it")]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::check_apply(data));
