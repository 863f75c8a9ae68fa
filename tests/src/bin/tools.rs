//! Puts the tools of the end-to-end tests under target/tools, those named or all; what this machine has in a
//! good version is used as it is. Names what can't be had; with `REQUIRE_TOOLS=1` that is a failure.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers"
)]

use std::process::ExitCode;

use checks::tools::{self, Tool};

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let known: Vec<&str> = tools::ALL.iter().map(|tool| tool.name).collect();
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(&name.as_str())) {
        eprintln!(
            "there is no tool \"{unknown}\"; the tools are {}",
            known.join(", ")
        );
        return ExitCode::from(2);
    }
    let mut is_whole = true;
    for tool in tools::ALL
        .iter()
        .filter(|tool| wanted.is_empty() || wanted.iter().any(|name| name == tool.name))
    {
        match tool.get() {
            Ok(program) => println!("{}: {}", tool.name, program.display()),
            Err(missing) => {
                eprintln!("skipped: {missing}");
                is_whole = false;
            }
        }
    }
    let definitions = tools::DEFINITIONS.iter();
    for missing in definitions
        .filter(|_| wanted.is_empty())
        .filter_map(|definitions| definitions.get().err())
    {
        eprintln!("skipped: {missing}");
        is_whole = false;
    }
    ExitCode::from(u8::from(!is_whole && Tool::is_required()))
}
