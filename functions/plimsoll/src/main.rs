//! Every function in one binary.

use std::process::ExitCode;

use plimsoll::{All, commands};
use sdk::Program;

fn main() -> ExitCode {
    let program = Program::from_args();
    commands::run(&program).unwrap_or_else(|| sdk::main_of::<All>(&program))
}
