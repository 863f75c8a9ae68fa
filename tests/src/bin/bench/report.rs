//! The table, and the runs that it is made of.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::job::Runs;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }

    fn words(self) -> String {
        match self {
            Self::AtMost(most) => format!("at most {most}"),
            Self::AtLeast(least) => format!("at least {least}"),
        }
    }
}

/// A measure.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) target: Target,
    pub(crate) value: f64,
    /// What the value is made of, for people.
    pub(crate) detail: String,
    pub(crate) runs: Vec<Runs>,
}

impl Line {
    /// The time of one of another.
    pub(crate) fn ratio(what: &str, most: f64, of: &Runs, to: &Runs) -> Self {
        Self {
            what: what.to_owned(),
            target: Target::AtMost(most),
            value: of.median() / to.median(),
            detail: [of, to].map(told).join(", "),
            runs: vec![of.clone(), to.clone()],
        }
    }
}

/// The median of some runs.
pub(crate) fn told(runs: &Runs) -> String {
    format!("{} {:.2} ms", runs.name, runs.median())
}

/// All that was measured.
#[derive(Debug)]
pub(crate) struct Report {
    machine: String,
    /// What others ran when it began; a machine is quiet up to the given number.
    load: f64,
    pub(crate) lines: Vec<Line>,
}

/// Of runnable processes, over a minute.
const QUIET: f64 = 0.5;

impl Report {
    pub(crate) fn begun(machine: String, load: f64) -> Self {
        Self {
            machine,
            load,
            lines: Vec::new(),
        }
    }

    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "# Numbers\n\nWritten by `make bench`; do not edit. Each program reads a file and writes a file, and the start of the process counts. The programs of a \
             line run in turns, at least seven times; a time is the median. The Go function is tests/peers. The lists are made with a seed (tests/src/generate.rs). \
             Every run is in numbers.json.\n\nMeasured on {}, where the load was {:.2}.\n",
            self.machine, self.load
        );
        if self.load > QUIET {
            text += "\n**The machine was not quiet: these numbers say little.**\n";
        }
        text += "\n| measure | target | is | | |\n|---|---|--:|---|---|\n";
        for line in &self.lines {
            let verdict = if line.target.is_met(line.value) {
                "met"
            } else {
                "**not met**"
            };
            let _ = writeln!(
                text,
                "| {} | {} | {:.3} | {verdict} | {} |",
                line.what,
                line.target.words(),
                line.value,
                line.detail
            );
        }
        text
    }

    /// Every run, as JSON.
    pub(crate) fn runs(&self) -> String {
        let runs = |line: &Line| -> serde_json::Map<String, Value> {
            let runs = line.runs.iter();
            runs.map(|runs| (runs.name.clone(), json!(runs.times)))
                .collect()
        };
        let lines: Vec<Value> = self.lines.iter().map(|line| {
            json!({"measure": line.what, "target": line.target.words(), "is": line.value, "milliseconds": runs(line)})
        }).collect();
        let all = json!({"machine": self.machine, "load": self.load, "measures": lines});
        format!("{all:#}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Report, Target};
    use crate::job::Runs;

    fn runs(name: &str, times: &[f64]) -> Runs {
        Runs {
            name: name.to_owned(),
            times: times.to_vec(),
        }
    }

    fn report(load: f64, lines: Vec<Line>) -> Report {
        Report {
            lines,
            ..Report::begun("a machine".to_owned(), load)
        }
    }

    #[test]
    fn a_missed_target_is_said_to_be_missed() {
        let line = |most| Line::ratio("ours", most, &runs("ours", &[2.0]), &runs("theirs", &[8.0]));
        let table = report(0.0, vec![line(0.25), line(0.24)]).table();
        assert!(
            table.contains("| ours | at most 0.25 | 0.250 | met | ours 2.00 ms, theirs 8.00 ms |"),
            "{table}"
        );
        assert!(
            table.contains("| ours | at most 0.24 | 0.250 | **not met** |"),
            "{table}"
        );
        assert!(Target::AtLeast(0.28).is_met(0.28) && !Target::AtLeast(0.28).is_met(0.27));
        assert!(!Target::AtLeast(0.28).is_met(f64::NAN) && !Target::AtMost(1.0).is_met(f64::NAN));
    }

    #[test]
    fn a_busy_machine_is_told() {
        assert!(report(1.5, vec![]).table().contains("not quiet"));
        assert!(!report(0.1, vec![]).table().contains("not quiet"));
    }

    #[test]
    fn every_run_is_kept() {
        let line = Line::ratio("ours", 1.0, &runs("a", &[3.0, 1.0]), &runs("b", &[4.0]));
        let kept: serde_json::Value =
            serde_json::from_str(&report(0.0, vec![line]).runs()).unwrap();
        assert_eq!(
            kept["measures"][0]["milliseconds"]["a"],
            serde_json::json!([3.0, 1.0])
        );
    }
}
