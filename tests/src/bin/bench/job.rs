//! Programs that run in turns, from file to file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::lists;

/// A program with all that it is given.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// What the table calls it.
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(&'static str, String)>,
    /// Standard input; none is empty.
    pub(crate) input: Option<PathBuf>,
    /// Where it runs.
    pub(crate) folder: PathBuf,
}

impl Job {
    pub(crate) fn new(name: &str, program: &Path) -> Self {
        Self {
            name: name.to_owned(),
            program: program.to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            input: None,
            folder: lists::folder(),
        }
    }

    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    pub(crate) fn environment(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    pub(crate) fn input(mut self, input: &Path) -> Self {
        self.input = Some(input.to_owned());
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// The same on one core, always the same one.
    pub(crate) fn pinned(mut self) -> Self {
        let program = self.program.to_string_lossy().into_owned();
        self.arguments
            .splice(0..0, ["-c".to_owned(), "0".to_owned(), program]);
        self.program = "taskset".into();
        self
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let input = self.input.as_ref().map_or_else(Stdio::null, |input| {
            File::open(input).expect("the list is there").into()
        });
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .stdin(input)
            .stderr(Stdio::null());
        command
    }

    /// How long it takes to write its output into this file, the start of the process included.
    fn time(&self, output: &Path) -> Duration {
        // Emptied before the clock starts.
        let output = File::create(output).expect("the target folder can be written");
        let mut command = self.command();
        command.stdout(output);
        let start = Instant::now();
        let status = command
            .status()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        let time = start.elapsed();
        assert!(status.success(), "{} must not fail: {command:?}", self.name);
        time
    }

    /// What it writes.
    pub(crate) fn output(&self) -> String {
        let output = lists::folder().join("output.yaml");
        self.time(&output);
        std::fs::read_to_string(output).expect("the output is UTF-8")
    }
}

/// The runs of a job.
#[derive(Clone, Debug)]
pub(crate) struct Runs {
    pub(crate) name: String,
    /// In milliseconds, in the order in which they were.
    pub(crate) times: Vec<f64>,
}

impl Runs {
    /// The run in the middle.
    pub(crate) fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Runs all jobs in turns, so that a slow minute of the machine is slow for all; each once before that counts.
pub(crate) fn in_turns<const N: usize>(jobs: &[Job; N], rounds: usize) -> [Runs; N] {
    let output = lists::folder().join("output.yaml");
    let mut runs = jobs.each_ref().map(|job| {
        job.time(&output);
        Runs {
            name: job.name.clone(),
            times: Vec::new(),
        }
    });
    for _ in 0..rounds {
        for (job, runs) in jobs.iter().zip(&mut runs) {
            runs.times.push(job.time(&output).as_secs_f64() * 1000.0);
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::Runs;

    #[test]
    fn the_median_is_the_run_in_the_middle() {
        let runs = Runs {
            name: String::new(),
            times: vec![9.0, 1.0, 2.0],
        };
        assert!((runs.median() - 2.0).abs() < 1e-9);
    }
}
