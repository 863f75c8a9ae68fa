//! Builds with the real kustomize, and with functions that are watched.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use checks::{binary, tools};
use tempfile::TempDir;

use crate::faults;
use crate::watched::{self, Call};

/// All that a build needs.
pub(crate) struct Build {
    /// The program and its verb.
    kustomize: (PathBuf, &'static str),
    /// Where kustomize finds what watches the functions, and where they say what they did.
    watchers: TempDir,
    /// Where the functions are.
    functions: PathBuf,
}

impl Build {
    /// Finds or fetches kustomize, and builds the functions.
    pub(crate) fn ready() -> Result<Self, String> {
        let kustomize = kustomize()?;
        let functions = binary::target().join("plugins");
        let mut command = Command::new(binary::path("plimsoll"));
        let folder = functions.to_string_lossy();
        let links = binary::run(command.args(["install-plugins", "--dir", &folder]), b"");
        if links.code != Some(0) {
            return Err(links.stderr);
        }
        let watchers = tempfile::tempdir().map_err(|error| error.to_string())?;
        watched::install(watchers.path()).map_err(|error| error.to_string())?;
        Ok(Self {
            kustomize,
            watchers,
            functions,
        })
    }

    /// An overlay with its functions.
    pub(crate) fn overlay(&self, environment: &str) -> Result<String, String> {
        self.folder(&format!("overlays/{environment}"))
    }

    /// What a kustomization comes to.
    pub(crate) fn folder(&self, folder: &str) -> Result<String, String> {
        let (program, verb) = &self.kustomize;
        let mut command = Command::new(program);
        command
            .args([*verb, "--enable-alpha-plugins", folder])
            .env("KUSTOMIZE_PLUGIN_HOME", self.watchers.path())
            .env(watched::FUNCTIONS, &self.functions)
            .env(watched::CALLS, self.calls_file());
        let ran = binary::run(&mut command, b"");
        if ran.code == Some(0) {
            return Ok(ran.stdout);
        }
        let found = faults::of(Path::new(folder));
        Err(match found.as_str() {
            "" => format!(
                "{}\n{folder} is not rendered; `plimsoll doctor {folder}` says more",
                ran.stderr.trim_end()
            ),
            found => format!("{found}{folder} is not rendered; mend that and try again"),
        })
    }

    /// What the functions did in all builds so far.
    pub(crate) fn calls(&self) -> Result<Vec<Call>, String> {
        let told = fs::read_to_string(self.calls_file()).unwrap_or_default();
        let calls = told.lines().map(serde_json::from_str);
        calls
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())
    }

    fn calls_file(&self) -> PathBuf {
        self.watchers.path().join("calls")
    }
}

/// kustomize where it is found, else kubectl, which has one inside; else kustomize is fetched.
fn kustomize() -> Result<(PathBuf, &'static str), String> {
    if let Ok(program) = tools::KUSTOMIZE.find() {
        return Ok((program, "build"));
    }
    if let Ok(program) = tools::KUBECTL.find() {
        return Ok((program, "kustomize"));
    }
    let fetched = tools::KUSTOMIZE.get().map_err(|missing| {
        format!("there is no {missing}\ninstall kustomize or kubectl, or Go, with which `make tools` builds it")
    });
    fetched.map(|program| (program, "build"))
}

/// A variable of the environment that [`Build::folder`] sets.
pub(crate) fn variable(name: &str) -> Result<PathBuf, String> {
    let value = env::var_os(name).map(PathBuf::from);
    value.ok_or_else(|| format!("{name} is not set; only `render` calls this"))
}
