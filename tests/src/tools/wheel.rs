//! Programs out of Python's packages.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Puts the program of a wheel into a folder.
pub(super) fn get(wheel: &str, program: &str, folder: &Path) -> Result<(), String> {
    let environment = folder.join("python");
    let path = environment.to_string_lossy();
    run(Path::new("python3"), &["-m", "venv", &path])?;
    // Nothing may be built here: what comes is what was released.
    let install = ["-m", "pip", "install", "--quiet", "--only-binary=:all:"];
    let python = environment.join("bin/python3");
    run(
        &python,
        &[&install[..], &["--disable-pip-version-check", wheel]].concat(),
    )?;
    let to = folder.join(program);
    // One that is there is of another version, or is torn.
    let _ = fs::remove_file(&to);
    super::link(&environment.join("bin").join(program), folder, program)
        .map_err(|error| format!("{}: {error}", to.display()))?;
    Ok(())
}

fn run(program: &Path, arguments: &[&str]) -> Result<(), String> {
    match Command::new(program).args(arguments).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{}: {}",
            program.display(),
            super::one_line(&output.stderr)
        )),
        Err(error) => Err(format!("{} does not run: {error}", program.display())),
    }
}
