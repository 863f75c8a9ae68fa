//! The programs that run functions, and what each can do.

use std::path::{Path, PathBuf};

use super::process::{self, Said};
use super::report::Entry;

/// A program that builds kustomizations.
#[derive(Clone, Debug)]
pub(super) struct Builder {
    path: PathBuf,
    /// The words before the flags.
    pub(super) call: &'static str,
    /// Whether it can be told to run functions that are programs.
    pub(super) runs_exec: bool,
}

impl Builder {
    /// What to type to build a folder with its functions.
    pub(super) fn command(&self, folder: &str, needs_exec: bool) -> String {
        let exec = if needs_exec { " --enable-exec" } else { "" };
        format!("{} --enable-alpha-plugins{exec} {folder}", self.call)
    }

    /// What a folder without functions is built to.
    pub(super) fn build(&self, folder: &Path) -> Result<String, String> {
        let verb = self.call.rsplit(' ').next().unwrap_or_default();
        let arguments = [verb.as_ref(), folder.as_os_str()];
        let said = process::ask(&self.path, &arguments)?;
        if said.is_success {
            Ok(said.stdout)
        } else {
            Err(format!("`{}` says: {}", self.call, said.stderr.trim()))
        }
    }
}

/// Whether containers can run here.
#[derive(Clone, Debug)]
pub(super) enum Docker {
    Runs(PathBuf),
    IsMissing,
    DoesNotAnswer(String),
}

impl Docker {
    fn find() -> Self {
        let Some(path) = process::on_path("docker") else {
            return Self::IsMissing;
        };
        match process::ask(&path, &["version", "--format", "{{.Server.Version}}"]) {
            Ok(said) if said.is_success => Self::Runs(path),
            Ok(said) => Self::DoesNotAnswer(said.stderr.trim().to_owned()),
            Err(error) => Self::DoesNotAnswer(error),
        }
    }

    /// Whether an image is on this machine; none where nobody can tell.
    pub(super) fn has_image(&self, image: &str) -> Option<bool> {
        let Self::Runs(path) = self else { return None };
        let said = process::ask(path, &["image", "inspect", "--format", "{{.Id}}", image]);
        said.ok().map(|said| said.is_success)
    }
}

/// What is on PATH.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    pub(super) kustomize: Option<Builder>,
    pub(super) kubectl: Option<Builder>,
    pub(super) docker: Docker,
}

impl Programs {
    /// Looks for all of them and says what was found.
    pub(super) fn find() -> (Self, Vec<Entry>) {
        let mut told = vec![own()];
        let programs = Self {
            kustomize: builder("kustomize", "kustomize build", &["version"], &mut told),
            kubectl: builder(
                "kubectl",
                "kubectl kustomize",
                &["version", "--client"],
                &mut told,
            ),
            docker: Docker::find(),
        };
        told.push(kpt());
        told.push(helm());
        told.push(docker(&programs.docker));
        (programs, told)
    }

    /// Those that build kustomizations.
    pub(super) fn builders(&self) -> impl Iterator<Item = &Builder> {
        self.kustomize.iter().chain(&self.kubectl)
    }
}

/// This program, and whether a shell finds another one.
fn own() -> Entry {
    let version = env!("CARGO_PKG_VERSION");
    let Ok(program) = std::env::current_exe() else {
        return Entry::fine(format!("plimsoll {version}"));
    };
    let found = process::on_path("plimsoll");
    let is_other = |found: &PathBuf| found.canonicalize().ok() != program.canonicalize().ok();
    let line = format!("plimsoll {version} ({})", program.display());
    match found.filter(is_other) {
        Some(other) => {
            let other_version = version_of(&other, &["--version"]);
            Entry::warning(format!(
                "{line}, but a shell finds {other_version} first ({})",
                other.display()
            ))
            .mend("put the folder of the one that you want first on PATH")
        }
        None => Entry::fine(line),
    }
}

/// What a program says its version is, in one line.
fn version_of(program: &Path, arguments: &[&str]) -> String {
    match process::ask(program, arguments) {
        Ok(said) => said.first_line().to_owned(),
        Err(error) => format!("a program that can't tell its version: {error}"),
    }
}

fn builder(
    name: &str,
    call: &'static str,
    version: &[&str],
    told: &mut Vec<Entry>,
) -> Option<Builder> {
    let Some(path) = process::on_path(name) else {
        told.push(Entry::note(format!("{name} is not on PATH")));
        return None;
    };
    let verb = call.rsplit(' ').next().unwrap_or_default();
    let help = process::ask(&path, &[verb, "--help"]);
    let version = match process::ask(&path, version) {
        Ok(said) if said.is_success => versions(&said),
        Ok(said) => Err(said.first_line().to_owned()),
        Err(error) => Err(error),
    };
    let (version, help) = match (version, help) {
        (Ok(version), Ok(help)) => (version, help.stdout),
        (Err(error), _) | (_, Err(error)) => {
            told.push(Entry::warning(format!(
                "{name} ({}): {error}",
                path.display()
            )));
            return None;
        }
    };
    let runs_exec = help.contains("--enable-exec");
    let exec = if runs_exec {
        "programs (`exec:`) with --enable-exec beside it, and without that skips them in silence"
    } else {
        "it has no --enable-exec and skips programs (`exec:`) in silence"
    };
    told.push(Entry::fine(format!(
        "{name} {version} ({})\n`{call}` runs plugins and images with --enable-alpha-plugins; {exec}",
        path.display()
    )));
    Some(Builder {
        path,
        call,
        runs_exec,
    })
}

/// `5.8.1`, or kubectl's own and that of the kustomize inside it.
fn versions(said: &Said) -> Result<String, String> {
    let numbers = said.stdout.split_whitespace().filter_map(|word| {
        let number = word.trim_start_matches(['v', '{']);
        let is_number = number.starts_with(|first: char| first.is_ascii_digit());
        is_number.then(|| number.to_owned())
    });
    let numbers: Vec<String> = numbers.take(2).collect();
    if numbers.is_empty() {
        return Err(format!("it tells no version: {}", said.first_line()));
    }
    Ok(numbers.join(" with kustomize "))
}

fn kpt() -> Entry {
    let Some(path) = process::on_path("kpt") else {
        return Entry::note("kpt is not on PATH");
    };
    let version = version_of(&path, &["version"]);
    Entry::fine(format!(
        "kpt {version} ({})\n`kpt fn render` runs images with docker, and programs (`exec:`) with --allow-exec",
        path.display()
    ))
}

fn helm() -> Entry {
    let Some(path) = process::on_path("helm") else {
        return Entry::note("helm is not on PATH");
    };
    let version = version_of(&path, &["version", "--short"]);
    let does = if version.trim_start_matches('v').starts_with('3') {
        "`helm install --post-renderer` takes a program"
    } else {
        "`helm install --post-renderer` takes a plugin of Helm's"
    };
    Entry::fine(format!("helm {version} ({})\n{does}", path.display()))
}

fn docker(docker: &Docker) -> Entry {
    match docker {
        Docker::Runs(path) => {
            let version = version_of(path, &["version", "--format", "{{.Server.Version}}"]);
            Entry::fine(format!("docker {version} ({})", path.display()))
        }
        Docker::IsMissing => Entry::note("docker is not on PATH; images can't run"),
        Docker::DoesNotAnswer(why) => Entry::note(format!(
            "docker's engine doesn't answer; images can't run: {why}"
        )),
    }
}
