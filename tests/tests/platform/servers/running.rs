//! Processes in namespaces of their own.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use checks::binary::{self, Ran};
use serde_json::Value;

/// How long a server may take to get ready.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);

/// Hands bubblewrap a file to write the process id of the container to.
pub(super) const BUBBLEWRAP: &str = "exec bwrap --info-fd 3 \"$@\" 3> \"$INFO\"";

/// The address of every pod. One that isn't loopback: without any, a resolver finds no name of IPv4.
pub(super) const ADDRESS: &str = "10.0.0.1";

/// A network with nothing in it but that address: its first process, and that process' id.
pub(super) fn network(folder: &Path) -> Result<(Child, u32), String> {
    let (info, log) = (folder.join("pause.info"), folder.join("pause.log"));
    let script = format!("ip address add {ADDRESS}/32 dev lo && echo up && exec sleep infinity");
    let mut command = Command::new("sh");
    command
        .args(["-c", BUBBLEWRAP, "sh", "--unshare-user", "--unshare-net"])
        .args(["--uid", "0", "--gid", "0", "--cap-add", "CAP_NET_ADMIN"])
        .args(["--die-with-parent", "--ro-bind", "/", "/"])
        .args(["sh", "-c", &script])
        .env("INFO", &info);
    let mut child = spawn(&mut command, &log);
    let told = || fs::read_to_string(&log).unwrap_or_default();
    let pid = pid(&info, &mut child);
    while child.try_wait().is_ok_and(|ended| ended.is_none()) {
        if let (true, Some(pid)) = (told().contains("up"), pid) {
            return Ok((child, pid));
        }
        sleep(Duration::from_millis(20));
    }
    Err(format!("way to make namespaces here: {}", told().trim()))
}

/// The process id that bubblewrap writes down; none where it ends instead.
fn pid(info: &Path, child: &mut Child) -> Option<u32> {
    loop {
        let text = fs::read_to_string(info).unwrap_or_default();
        let told: Option<Value> = serde_json::from_str(&text).ok();
        if let Some(pid) = told.and_then(|told| told["child-pid"].as_u64()) {
            return u32::try_from(pid).ok();
        }
        if child.try_wait().ok()?.is_some() {
            return None;
        }
        sleep(Duration::from_millis(20));
    }
}

/// A container that runs; it ends with the test.
pub(super) struct Running {
    child: Child,
    pid: u32,
    environment: BTreeMap<String, String>,
    log: PathBuf,
}

impl Running {
    /// Starts a command that calls bubblewrap.
    pub(super) fn start(
        command: &mut Command,
        environment: &BTreeMap<String, String>,
        log: &Path,
        info: &Path,
    ) -> Self {
        // It may be there from the last start.
        drop(fs::remove_file(info));
        let mut child = spawn(command, log);
        let pid = pid(info, &mut child);
        Self {
            child,
            pid: pid.unwrap_or_default(),
            environment: environment.clone(),
            log: log.to_owned(),
        }
    }

    /// Waits until a call in it succeeds.
    pub(super) fn wait_for(mut self, probe: &[String]) -> Self {
        let since = Instant::now();
        while self.exec(probe).code != Some(0) {
            let has_ended = self.child.try_wait().expect("a process").is_some();
            let is_late = since.elapsed() > PATIENCE;
            assert!(
                !has_ended && !is_late,
                "it doesn't come up:\n{}",
                self.log()
            );
            sleep(Duration::from_millis(200));
        }
        self
    }

    /// Calls a program in it, as the kubelet calls a probe.
    pub(super) fn exec<S: AsRef<OsStr>>(&self, called: &[S]) -> Ran {
        let mut command = Command::new("nsenter");
        command
            .args(["--user", "--net", "--mount", "--pid"])
            .args(["--preserve-credentials", "--target"])
            .args([&self.pid.to_string(), "--"])
            .args(called)
            .env_clear()
            .envs(&self.environment);
        binary::run(&mut command, b"")
    }

    /// What it has written so far.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Asks it to stop, and waits for it: its exit code and its log.
    pub(super) fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        let mut command = Command::new("kill");
        let told = command.args(["-s", signal, &self.pid.to_string()]).status();
        assert!(told.is_ok_and(|status| status.success()));
        let ended = self.child.wait().expect("it ends");
        (ended.code(), self.log())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts a program that writes to a file.
fn spawn(command: &mut Command, log: &Path) -> Child {
    let file = fs::File::create(log).expect("the file can be made");
    let same = file.try_clone().expect("the file can be opened twice");
    let command = command.stdin(Stdio::null()).stdout(file).stderr(same);
    let child = command.spawn();
    child.unwrap_or_else(|error| panic!("{command:?}: {error}"))
}
