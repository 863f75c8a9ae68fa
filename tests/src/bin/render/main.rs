//! Renders an overlay with the functions that it names, and says on stderr what they did. With `--changes` it shows
//! what they change in it, with `--diff` what differs between two overlays, object by object.
//!
//! The overlays are those of the folder that it runs in.

#![expect(clippy::print_stderr, reason = "a program for developers")]

use std::io::{self, Write as _};
use std::process::ExitCode;

mod build;
mod compared;
mod environments;
mod faults;
mod summary;
mod watched;

use build::Build;
use compared::Compared;

/// What goes to stdout, and what is said about it on stderr.
struct Outcome {
    text: String,
    told: String,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(code) = watched::serve(&arguments) {
        return code;
    }
    let arguments: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    let outcome = match arguments[..] {
        [environment] => render(environment),
        ["--changes", environment] => changes(environment),
        ["--diff", from, to] => differences(from, to),
        _ => Err(
            "the arguments are the name of an overlay, `--changes` and one, or `--diff` and two"
                .to_owned(),
        ),
    };
    match outcome {
        Ok(Outcome { text, told }) => {
            let printed = io::stdout().write_all(text.as_bytes());
            eprint!("{told}");
            // Who pipes into `head` has seen enough.
            let is_serious = |error: &io::Error| error.kind() != io::ErrorKind::BrokenPipe;
            match printed.err().filter(is_serious) {
                Some(error) => failure(&format!("stdout: {error}")),
                None => ExitCode::SUCCESS,
            }
        }
        Err(error) => failure(&error),
    }
}

fn failure(error: &str) -> ExitCode {
    eprintln!("{}", error.trim_end());
    ExitCode::FAILURE
}

fn render(environment: &str) -> Result<Outcome, String> {
    environments::check(environment)?;
    let build = Build::ready()?;
    let text = build.overlay(environment)?;
    let told = summary::text(environment, &build.calls()?);
    Ok(Outcome { text, told })
}

/// The rendered overlay against its manifests without any function.
fn changes(environment: &str) -> Result<Outcome, String> {
    environments::check(environment)?;
    let build = Build::ready()?;
    let before = build.folder(&format!("overlays/{environment}/manifests"))?;
    let after = build.overlay(environment)?;
    let compared = Compared::of(&before, &after)?;
    let text = compared.text(["removed", "new"]);
    let counted = compared.counted(["object changed", "objects changed"], ["removed", "made"]);
    let told = format!("{environment}: {counted} by its functions\n");
    Ok(Outcome { text, told })
}

fn differences(from: &str, to: &str) -> Result<Outcome, String> {
    environments::check(from)?;
    environments::check(to)?;
    let build = Build::ready()?;
    let compared = Compared::of(&build.overlay(from)?, &build.overlay(to)?)?;
    let [only_from, only_to] = [from, to].map(|environment| format!("only in {environment}"));
    let text = compared.text([&only_from, &only_to]);
    let counted = compared.counted(["object differs", "objects differ"], [&only_from, &only_to]);
    let told = format!("{from} and {to}: {counted}\n");
    Ok(Outcome { text, told })
}
