//! The `hash-configmaps` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    sdk::main::<hash_configmaps::HashConfigMaps>()
}
