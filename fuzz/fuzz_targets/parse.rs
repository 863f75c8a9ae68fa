//! `cargo fuzz run parse`: any bytes are read the same by both readers, or refused by both.

#![no_main]

#[path = "../harness.rs"]
#[expect(dead_code, reason = "each target drives a part of it")]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::check_parse(data));
