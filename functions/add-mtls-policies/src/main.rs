//! The `add-mtls-policies` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    sdk::main::<add_mtls_policies::AddMtlsPolicies>()
}
