//! Programs out of Debian's packages, without installing them.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Puts a program of a package into a folder, and its licence beside it.
pub(super) fn get(package: &str, program: &str, folder: &Path) -> Result<(), String> {
    let hint = |why: String| format!("{why}; `apt-get install {package}` has it");
    let place = tempfile::tempdir().map_err(|error| error.to_string())?;
    run("apt-get", &["download", "--quiet", package], place.path()).map_err(hint)?;
    let archive = only_file(place.path()).ok_or_else(|| hint("nothing came".to_owned()))?;
    run(
        "dpkg-deb",
        &["--extract", &archive, "content"],
        place.path(),
    )
    .map_err(hint)?;
    let content = place.path().join("content");
    // Newer releases of Debian have nothing in /bin.
    let found = ["bin", "usr/bin"]
        .map(|bin| content.join(bin).join(program))
        .into_iter()
        .find(|file| file.is_file())
        .ok_or_else(|| format!("{package} holds no {program}"))?;
    let licence = content.join(format!("usr/share/doc/{package}/copyright"));
    let to = folder.join(program);
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(found, &to))
        .and_then(|_| fs::copy(licence, to.with_extension("copyright")))
        .map_err(|error| format!("{}: {error}", to.display()))?;
    Ok(())
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<(), String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("{program} does not run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program}: {}", super::one_line(&output.stderr)))
}

fn only_file(folder: &Path) -> Option<String> {
    let entry = fs::read_dir(folder).ok()?.next()?.ok()?;
    entry.file_name().into_string().ok()
}
