//! The most memory that a program has in use.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::Stdio;

use crate::job::Job;

/// In bytes, all that is resident.
///
/// The kernel keeps the peak until the process ends. A process that writes into a full pipe can't end, so it is
/// asked each time before the pipe is emptied: only what happens while the last 64 KiB are written is missed.
pub(crate) fn peak(job: &Job) -> u64 {
    let mut command = job.command();
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", job.program.display()));
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut pipe = child.stdout.take().expect("stdout is a pipe");
    let mut buffer = vec![0; 1 << 16];
    let mut peak = 0;
    while pipe.read(&mut buffer).expect("the pipe can be read") > 0 {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kibibytes.unwrap_or_default() * 1024);
    }
    assert!(
        child.wait().expect("the program ends").success(),
        "{} must not fail",
        job.name
    );
    assert!(
        peak > 0,
        "the peak is read from {}, which only Linux has",
        status.display()
    );
    peak
}
