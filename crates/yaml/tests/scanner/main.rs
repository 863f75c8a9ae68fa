//! The fast scanner against granit: on every text it reads what granit reads, or leaves it to granit; and on manifests
//! as people write them it seldom does.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test stops at the first surprise and tells its figures"
)]

mod corpus;
mod differential;
mod fallback;
mod mutate;
mod random;
mod shrink;
