//! The `harden-pods` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    sdk::main::<harden_pods::HardenPods>()
}
