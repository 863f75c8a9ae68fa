//! What the numbers are measured on.

use std::fs;
use std::process::Command;

/// The machine without names and dates.
pub(crate) fn described() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find(|line| line.starts_with("model name"));
    let model = model
        .and_then(|line| line.split_once(": "))
        .map_or("an unknown CPU", |(_, model)| model);
    let plural = if cores == 1 { "core" } else { "cores" };
    format!(
        "{cores} {plural} of {model}, {} {}, with {} and {}",
        std::env::consts::OS,
        std::env::consts::ARCH,
        first_line(Command::new("rustc").arg("--version")),
        first_line(Command::new("/bin/cat").arg("--version")),
    )
}

/// How many processes were ready to run, over the last minute.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split(' ').next().unwrap_or_default();
    first.parse().unwrap_or(f64::NAN)
}

fn first_line(command: &mut Command) -> String {
    let output = command
        .output()
        .map(|output| output.stdout)
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&output);
    text.lines().next().unwrap_or("unknown").to_owned()
}
