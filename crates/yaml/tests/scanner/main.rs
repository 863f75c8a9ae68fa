//! The fast scanner against granit: on every text it reads what granit reads, or leaves it to granit; and on manifests
//! as people write them it seldom does.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, tells its figures, and reads what it is pointed at"
)]

mod corpus;
mod differential;
mod fallback;
mod mutate;
mod random;
mod shrink;
