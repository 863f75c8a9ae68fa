//! The overlays there are.

use std::fs;
use std::path::Path;

/// Refuses a name that is no overlay's, and says which there are.
pub(crate) fn check(name: &str) -> Result<(), String> {
    let known = known(Path::new("overlays"))?;
    if known.iter().any(|environment| environment == name) {
        return Ok(());
    }
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    Err(format!(
        "there is no environment \"{name}\"{}\nthe environments are {}: name one of them, as in `make render ENV={}`",
        sdk::did_you_mean(name, &names),
        names.join(", "),
        names.first().copied().unwrap_or_default()
    ))
}

/// The folders that are built; components are only parts of them.
fn known(overlays: &Path) -> Result<Vec<String>, String> {
    let folders = fs::read_dir(overlays).map_err(|error| {
        let place = overlays.display();
        format!("{place}: {error}; run this from the root of the repository")
    })?;
    let is_built = |folder: &Path| {
        let text = fs::read_to_string(folder.join("kustomization.yaml")).unwrap_or_default();
        text.lines()
            .any(|line| line.trim_end() == "kind: Kustomization")
    };
    let built = folders.flatten().filter(|folder| is_built(&folder.path()));
    let mut names: Vec<String> = built
        .map(|folder| folder.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}
