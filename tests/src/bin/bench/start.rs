//! What a call costs that has nothing to do.

use checks::generate::{self, Shape};

use crate::job::{Job, in_turns};
use crate::report::Line;
use crate::{Bench, lists, programs};

const MOST: f64 = 1.3;

pub(crate) fn measure(bench: &Bench) -> Vec<Line> {
    let list = generate::list_with(
        Shape::Kpt,
        0,
        lists::SEED,
        &programs::indented(&programs::config("InjectProbes"), 2),
    );
    let input = lists::written("empty.yaml", &list.replacen("items:\n", "items: []\n", 1));
    let jobs =
        ["inject-probes", "noop"].map(|name| Job::new(name, &programs::ours(name)).input(&input));
    let [ours, noop] = in_turns(&jobs, bench.rounds(301));
    let what = "time from start to exit on an empty list, of a program that does nothing";
    vec![Line::ratio(what, MOST, &ours, &noop)]
}
