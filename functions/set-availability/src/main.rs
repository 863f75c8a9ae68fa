//! The `set-availability` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    sdk::main::<set_availability::SetAvailability>()
}
