//! What the checks share: golden cases, the binaries under test, and Kubernetes' own types.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a check stops at the first surprise and says so"
)]

pub mod binary;
mod call;
mod cases;
pub mod dist;
mod folder;
pub mod generate;
pub mod golden;
pub mod images;
pub mod peer;
pub mod schema;
pub mod tools;

pub use call::{call, served};
pub use cases::cases;
pub use folder::Folder;
