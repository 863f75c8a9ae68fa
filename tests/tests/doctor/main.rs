//! `plimsoll doctor`: what it finds on a machine and in kustomizations, and that its words are true of the real tools.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a check stops at the first surprise and says so"
)]

mod kustomizations;
mod machine;
mod page;
mod plugin_folder;
mod programs;
mod said;
mod symptoms;
mod usage;
