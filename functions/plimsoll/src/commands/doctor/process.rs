//! Other programs: where they are, and what they say.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{env, fs};

/// How long a program may take to say something; an engine that hangs must not hang the doctor.
const LIMIT: Duration = Duration::from_secs(20);

/// What a program said.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) is_success: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Said {
    /// The first line that is not empty.
    pub(super) fn first_line(&self) -> &str {
        let lines = self.stdout.lines().chain(self.stderr.lines());
        let mut lines = lines.map(str::trim).filter(|line| !line.is_empty());
        lines.next().unwrap_or("nothing")
    }
}

/// The program of this name in the folders of PATH, as a shell finds it.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let mut programs = env::split_paths(&folders).map(|folder| folder.join(name));
    programs.find(|program| is_executable(program))
}

/// Whether a path leads to a file that may be run.
pub(super) fn is_executable(path: &Path) -> bool {
    let is_program = |data: fs::Metadata| data.is_file() && data.permissions().mode() & 0o111 != 0;
    fs::metadata(path).is_ok_and(is_program)
}

/// Calls a program with nothing on stdin; what is wrong where it says nothing in time.
pub(super) fn ask<A: AsRef<OsStr>>(program: &Path, arguments: &[A]) -> Result<Said, String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("it can't be run: {error}"))?;
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let is_success = wait(&mut child)?;
    let text = |reader: JoinHandle<String>| reader.join().unwrap_or_default();
    Ok(Said {
        is_success,
        stdout: text(stdout),
        stderr: text(stderr),
    })
}

/// Reads a pipe to its end, beside what else happens: a full pipe would stop the program.
fn reader(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child) -> Result<bool, String> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if begun.elapsed() < LIMIT => thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "it doesn't answer within {} seconds",
                    LIMIT.as_secs()
                ));
            }
            Err(error) => return Err(format!("it can't be waited for: {error}")),
        }
    }
}
