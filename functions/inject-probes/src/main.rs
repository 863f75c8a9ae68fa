//! The `inject-probes` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    sdk::main::<inject_probes::InjectProbes>()
}
