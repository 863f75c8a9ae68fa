//! How fast a long list goes through inject-probes.

use crate::job::{Job, in_turns};
use crate::report::{Line, Target, told};
use crate::{Bench, lists, programs};

const LEAST_OF_CAT: f64 = 0.28;
const MOST_GROWTH: f64 = 1.2;

/// On one core, against copying.
pub(crate) fn of_cat(bench: &Bench) -> Vec<Line> {
    let (input, bytes) = lists::explicit(10_000);
    let ours = Job::new("inject-probes", &programs::ours("inject-probes"));
    let jobs = [ours, Job::new("cat", "/bin/cat".as_ref())].map(|job| job.input(&input).pinned());
    let [ours, cat] = in_turns(&jobs, bench.rounds(21));
    let rate = |milliseconds: f64| bytes as f64 / 1000.0 / milliseconds;
    vec![Line {
        what: "throughput of 10000 resources on one core, of cat's".to_owned(),
        target: Target::AtLeast(LEAST_OF_CAT),
        value: cat.median() / ours.median(),
        detail: format!(
            "{:.0} MB/s of {:.0} MB/s",
            rate(ours.median()),
            rate(cat.median())
        ),
        runs: vec![ours, cat],
    }]
}

/// Whether a resource takes as long among many as among few.
pub(crate) fn growth(bench: &Bench) -> Vec<Line> {
    let jobs = [1000, 50_000].map(|count| {
        let name = format!("{count} resources");
        Job::new(&name, &programs::ours("inject-probes")).input(&lists::explicit(count).0)
    });
    let [few, many] = in_turns(&jobs, bench.rounds(11));
    vec![Line {
        what: "time of each of 50000 resources, of each of 1000".to_owned(),
        target: Target::AtMost(MOST_GROWTH),
        value: many.median() / few.median() / 50.0,
        detail: [&few, &many].map(told).join(", "),
        runs: vec![few, many],
    }]
}
