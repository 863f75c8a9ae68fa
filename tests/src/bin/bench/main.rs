//! `make bench`: what the functions are asked for in time and memory, beside what they take; into `docs/numbers.md`,
//! with every run in `docs/numbers.json`. Words choose measures by their names, and print them alone:
//! `cargo run -p checks --bin bench -- peer --quick`.
//!
//! Nothing fails here because a machine is slow: the table says what is met.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise and tells how far it is"
)]
#![expect(
    clippy::cast_precision_loss,
    reason = "numbers for people, of a few digits"
)]

use std::fs;

use checks::binary;

mod job;
mod kustomize;
mod lists;
mod machine;
mod memory;
mod mesh;
mod peer;
mod pipeline;
mod programs;
mod report;
mod sizes;
mod speed;
mod start;

use report::{Line, Report};

/// A part of the table.
struct Measure {
    /// What chooses it.
    name: &'static str,
    run: fn(&Bench) -> Vec<Line>,
}

/// In the order of the table.
const MEASURES: [Measure; 9] = [
    Measure {
        name: "peer",
        run: peer::time,
    },
    Measure {
        name: "memory",
        run: peer::memory,
    },
    Measure {
        name: "cat",
        run: speed::of_cat,
    },
    Measure {
        name: "growth",
        run: speed::growth,
    },
    Measure {
        name: "pipeline",
        run: pipeline::measure,
    },
    Measure {
        name: "kustomize",
        run: kustomize::measure,
    },
    Measure {
        name: "start",
        run: start::measure,
    },
    Measure {
        name: "others",
        run: mesh::measure,
    },
    Measure {
        name: "sizes",
        run: sizes::measure,
    },
];

/// How it is measured.
struct Bench {
    /// Three runs of each: to see that it works, not to be believed.
    is_quick: bool,
}

impl Bench {
    fn rounds(&self, asked: usize) -> usize {
        if self.is_quick { 3 } else { asked }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (options, names): (Vec<_>, Vec<_>) =
        arguments.iter().partition(|word| word.starts_with("--"));
    let known = MEASURES.map(|measure| measure.name);
    for word in &names {
        assert!(
            known.contains(&word.as_str()),
            "there is no measure {word:?}; there are {known:?}"
        );
    }
    assert!(
        options.iter().all(|option| *option == "--quick"),
        "the only option is --quick"
    );
    let bench = Bench {
        is_quick: !options.is_empty(),
    };
    let mut report = Report::begun(machine::described(), machine::load());
    for measure in MEASURES
        .iter()
        .filter(|measure| names.is_empty() || names.iter().any(|name| *name == measure.name))
    {
        eprintln!("{}", measure.name);
        report.lines.extend((measure.run)(&bench));
    }
    keep(&report, names.is_empty() && !bench.is_quick);
}

/// Prints the table, and keeps it with all runs: in the documentation where it is whole.
fn keep(report: &Report, is_whole: bool) {
    let folder = if is_whole {
        binary::root().join("docs")
    } else {
        lists::folder()
    };
    let table = report.table();
    fs::write(folder.join("numbers.md"), &table).expect("the table can be written");
    fs::write(folder.join("numbers.json"), report.runs()).expect("the runs can be written");
    println!("{table}");
    eprintln!("every run is in {}", folder.join("numbers.json").display());
}
