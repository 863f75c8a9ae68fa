//! Starts a new function as a copy of the smallest one there is, so that no template rots.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use checks::binary;

/// What the name of a function begins with.
const VERBS: [&str; 8] = [
    "add",
    "detect",
    "externalize",
    "harden",
    "hash",
    "inject",
    "set",
    "validate",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let made = match arguments.as_slice() {
        [name] => start(binary::root(), name, &camel_case(name)),
        [name, kind] => start(binary::root(), name, kind),
        _ => Err("give the function's name, as in `make new FN=set-tolerations`".to_owned()),
    };
    match made {
        Ok(model) => {
            println!(
                "made from {model}; now write its Config, and read the README that \"make docs\" makes of it"
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn start(root: &Path, name: &str, kind: &str) -> Result<String, String> {
    let verb = name.split('-').next().unwrap_or_default();
    let is_kebab = name.split('-').all(|word| {
        !word.is_empty()
            && word
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    });
    if !is_kebab || !VERBS.contains(&verb) || name == verb {
        return Err(format!(
            "\"{name}\" must be words joined by dashes, and the first of them one of {}",
            VERBS.join(", ")
        ));
    }
    let functions = root.join("functions");
    if functions.join(name).exists() {
        return Err(format!("functions/{name} is there already"));
    }
    let model = smallest(&functions).map_err(|error| error.to_string())?;
    let renamed = [
        (model.clone(), name.to_owned()),
        (model.replace('-', "_"), name.replace('-', "_")),
        (
            kind_of(&functions.join(&model)).map_err(|error| error.to_string())?,
            kind.to_owned(),
        ),
    ];
    let made = copy(&functions.join(&model), &functions.join(name), &renamed)
        .and_then(|()| register(root, &model, &renamed));
    made.map_err(|error| error.to_string())?;
    Ok(model)
}

/// The function with the least code.
fn smallest(functions: &Path) -> io::Result<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(functions)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "plimsoll" {
            found.push((size(&functions.join(&name).join("src"))?, name));
        }
    }
    found.sort();
    let smallest = found.into_iter().next();
    smallest
        .map(|(_, name)| name)
        .ok_or_else(|| io::Error::other("there is no function to copy"))
}

fn size(folder: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for file in files(folder)? {
        sum += fs::metadata(file)?.len();
    }
    Ok(sum)
}

/// Every file under a folder, in order.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn kind_of(model: &Path) -> io::Result<String> {
    let config = fs::read_to_string(model.join("tests/basic/config.yaml"))?;
    let kind = config.lines().find_map(|line| line.strip_prefix("kind: "));
    kind.map(str::to_owned)
        .ok_or_else(|| io::Error::other("its basic case names no kind"))
}

/// Copies it under its new names, with one case of each sort that a function must have.
fn copy(model: &Path, new: &Path, renamed: &[(String, String)]) -> io::Result<()> {
    let cases = ["basic", "keeps-", "rejects-"].map(|start| {
        let cases = files(&model.join("tests")).unwrap_or_default().into_iter();
        let names = cases
            .filter_map(|file| Some(file.parent()?.file_name()?.to_string_lossy().into_owned()));
        { names }
            .find(|name| name.starts_with(start))
            .unwrap_or_default()
    });
    for file in files(model)? {
        let inside = file.strip_prefix(model).map_err(io::Error::other)?;
        let mut parts = inside.iter().map(|part| part.to_string_lossy());
        let is_case = parts.next().is_some_and(|part| part == "tests");
        if is_case
            && !parts
                .next()
                .is_some_and(|case| cases.contains(&case.into_owned()))
        {
            continue;
        }
        let target = new.join(inside);
        fs::create_dir_all(target.parent().unwrap_or(new))?;
        fs::write(target, rename(&fs::read_to_string(&file)?, renamed))?;
    }
    Ok(())
}

fn rename(text: &str, renamed: &[(String, String)]) -> String {
    let text = text.to_owned();
    renamed
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

/// Repeats the model's line for the new one in the workspace, the umbrella's manifest and the one list of functions.
fn register(root: &Path, model: &str, renamed: &[(String, String)]) -> io::Result<()> {
    let visit = format!("visitor.visit::<{}::", model.replace('-', "_"));
    for (path, start, neighbour) in [
        ("Cargo.toml", format!("{model} = "), "path = \"functions/"),
        (
            "functions/plimsoll/Cargo.toml",
            format!("{model}.workspace"),
            ".workspace = true",
        ),
        ("functions/plimsoll/src/lib.rs", visit, "visitor.visit::<"),
    ] {
        let path = root.join(path);
        let text = fs::read_to_string(&path)?;
        let (mut before, mut after): (Vec<&str>, Vec<&str>) = (text.lines().collect(), Vec::new());
        let at = before
            .iter()
            .position(|line| line.trim_start().starts_with(&start));
        let at = at.ok_or_else(|| {
            io::Error::other(format!("{} has no line \"{start}\"", path.display()))
        })?;
        // The block around it is in alphabetical order.
        let first = before
            .iter()
            .take(at)
            .rposition(|line| !line.contains(neighbour))
            .map_or(0, |line| line + 1);
        let mut block = before.split_off(first);
        let end = block
            .iter()
            .position(|line| !line.contains(neighbour))
            .unwrap_or(block.len());
        after.extend(block.split_off(end));
        let added = block
            .iter()
            .find(|line| line.trim_start().starts_with(&start))
            .map(|line| rename(line, renamed));
        block.extend(added.as_deref());
        block.sort_unstable();
        fs::write(&path, [before, block, after].concat().join("\n") + "\n")?;
    }
    Ok(())
}

fn camel_case(name: &str) -> String {
    let words = name.split('-');
    words
        .map(|word| {
            let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
            first.to_ascii_uppercase() + rest
        })
        .collect()
}
