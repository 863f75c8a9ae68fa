//! inject-probes against the same work in Go.

use checks::peer;

use crate::job::{Job, in_turns};
use crate::report::{Line, Target};
use crate::{Bench, lists, memory, programs};

/// How many resources, how many rounds, and what is asked for.
const SIZES: [(usize, usize, f64); 4] = [
    (10, 51, 0.25),
    (100, 21, 0.06),
    (1000, 11, 0.015),
    (10_000, 7, 0.01),
];
const MOST_WITHOUT_COLLECTOR: f64 = 0.03;
/// Peak memory, of the peer's; and of the input for both.
const MEMORY: [(usize, f64); 2] = [(1000, 0.04), (10_000, 0.02)];
const MOST_OF_INPUT: f64 = 2.0;

fn jobs(count: usize) -> ([Job; 2], usize) {
    let (input, bytes) = lists::explicit(count);
    let peer = peer::build().unwrap_or_else(|error| panic!("{error}"));
    let ours = Job::new("inject-probes", &programs::ours("inject-probes"));
    let jobs = [ours, Job::new("the Go function", &peer)].map(|job| job.input(&input));
    let [ours, theirs] = jobs
        .each_ref()
        .map(|job| job.output().matches("readinessProbe:").count());
    assert!(
        ours == theirs && ours > count / 4,
        "both must do the work: {ours} {theirs}"
    );
    (jobs, bytes)
}

pub(crate) fn time(bench: &Bench) -> Vec<Line> {
    let against =
        |count: usize, rounds, most, environment: &[(&'static str, &str)], words: &str| {
            let ([ours, peer], _) = jobs(count);
            let peer = environment
                .iter()
                .fold(peer, |peer, (name, value)| peer.environment(name, value));
            let [ours, peer] = in_turns(&[ours, peer], bench.rounds(rounds));
            Line::ratio(
                &format!("time of {count} resources, of the Go function's{words}"),
                most,
                &ours,
                &peer,
            )
        };
    let mut lines: Vec<Line> = SIZES
        .map(|(count, rounds, most)| against(count, rounds, most, &[], ""))
        .into();
    lines.push(against(
        1000,
        11,
        MOST_WITHOUT_COLLECTOR,
        &[("GOGC", "off")],
        " with GOGC=off",
    ));
    lines
}

pub(crate) fn memory(_: &Bench) -> Vec<Line> {
    let of = |(count, most)| {
        let (jobs, bytes) = jobs(count);
        let [ours, peer] = jobs.each_ref().map(|job| memory::peak(job) as f64);
        let line = |what: &str, most, to: f64| Line {
            what: format!("peak memory of {count} resources, of {what}"),
            target: Target::AtMost(most),
            value: ours / to,
            detail: format!("{:.1} MB of {:.1} MB", ours / 1e6, to / 1e6),
            runs: Vec::new(),
        };
        [
            line("the Go function's", most, peer),
            line("the input", MOST_OF_INPUT, bytes as f64),
        ]
    };
    MEMORY.into_iter().flat_map(of).collect()
}
