//! Renders an overlay with the functions that it names, or with `--diff` tells what they change in it.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use checks::{binary, tools};
use sdk::{Function, Visitor};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [environment] => render(environment),
        ["--diff", environment] => diff(environment),
        _ => Err("the arguments are [--diff] and the name of an overlay".to_owned()),
    };
    match outcome {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn render(environment: &str) -> Result<String, String> {
    let plugins = binary::target().join("plugins");
    let folder = plugins.to_string_lossy();
    let links = Command::new(binary::path("plimsoll"))
        .args(["install-plugins", "--dir", &folder])
        .output();
    let links = links.map_err(|error| format!("plimsoll does not run: {error}"))?;
    if !links.status.success() {
        return Err(String::from_utf8_lossy(&links.stderr).into_owned());
    }
    build(environment, &plugins)
}

/// The overlay as kustomize renders it with the functions of this folder.
fn build(environment: &str, plugins: &Path) -> Result<String, String> {
    let overlay = binary::root().join("overlays").join(environment);
    if !overlay.is_dir() {
        return Err(format!(
            "there is no overlay \"{environment}\" in overlays/"
        ));
    }
    let mut kustomize = match (tools::KUSTOMIZE.find(), tools::KUBECTL.find()) {
        (Err(_), Ok(kubectl)) => {
            let mut command = Command::new(kubectl);
            command.arg("kustomize");
            command
        }
        (found, _) => {
            let program = found.or_else(|_| tools::KUSTOMIZE.get());
            let mut command = Command::new(program.map_err(|missing| missing.to_string())?);
            command.arg("build");
            command
        }
    };
    kustomize.arg("--enable-alpha-plugins").arg(overlay);
    kustomize.env("KUSTOMIZE_PLUGIN_HOME", plugins);
    let output = kustomize
        .output()
        .map_err(|error| format!("{kustomize:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The rendered overlay against the same with every function replaced by one that passes all through.
fn diff(environment: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut idle = Idle(folder.path(), Ok(()));
    plimsoll::visit_all(&mut idle);
    idle.1.map_err(|error| error.to_string())?;
    let (before, after) = (build(environment, folder.path())?, render(environment)?);
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text);
    let written = write("before", &before).and_then(|()| write("after", &after));
    written.map_err(|error| error.to_string())?;
    let output = Command::new("diff")
        .args(["-u", "--label=before", "--label=after", "before", "after"])
        .current_dir(folder.path())
        .output();
    let output = output.map_err(|error| format!("diff does not run: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Makes a plugin of each function's name that changes nothing.
struct Idle<'a>(&'a Path, std::io::Result<()>);

impl Visitor for Idle<'_> {
    fn visit<F: Function>(&mut self) {
        let folder = self
            .0
            .join(sdk::API_VERSION)
            .join(F::KIND.to_ascii_lowercase());
        let plugin = folder.join(F::KIND);
        let made = fs::create_dir_all(folder)
            .and_then(|()| fs::write(&plugin, "#!/bin/sh\nexec cat\n"))
            .and_then(|()| fs::set_permissions(&plugin, fs::Permissions::from_mode(0o755)));
        self.1 = std::mem::replace(&mut self.1, Ok(())).and(made);
    }
}
