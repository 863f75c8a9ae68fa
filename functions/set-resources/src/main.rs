//! The `set-resources` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    sdk::main::<set_resources::SetResources>()
}
