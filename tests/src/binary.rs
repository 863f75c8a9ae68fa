//! The binaries under test, built when first asked for.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the checks stand in a folder of the repository")
}

/// The folder with every binary of the workspace.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--locked",
                "--workspace",
                "--exclude",
                "checks",
                "--bins",
            ])
            .current_dir(root())
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the binaries must build");
        target().join("debug")
    })
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    // What runs now was built into it: target/debug/deps/TEST, or target/debug/PROGRAM. The tag file that cargo
    // leaves there says nothing: a folder that stood before cargo came has none.
    let program = std::env::current_exe().expect("the program's own path");
    let parent = program.parent().expect("a program stands in a folder");
    let profile = if parent.ends_with("deps") {
        parent.parent()
    } else {
        Some(parent)
    };
    profile
        .and_then(Path::parent)
        .expect("the checks run in cargo's target folder")
        .to_owned()
}

/// A binary by its name.
pub fn path(name: &str) -> PathBuf {
    folder().join(name)
}

/// What a program did.
#[derive(Clone, Debug)]
pub struct Ran {
    /// None where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs a program with this on stdin.
pub fn run(command: &mut Command, stdin: &[u8]) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut pipe = child.stdin.take().expect("stdin is a pipe");
    let input = stdin.to_vec();
    // A program that doesn't read all must not block the test.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the writer ends");
    output.into()
}
