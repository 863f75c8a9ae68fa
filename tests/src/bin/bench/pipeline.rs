//! Many functions in one call, against each of them alone.

use crate::job::{Job, Runs, in_turns};
use crate::programs::{self, FUNCTIONS};
use crate::report::{Line, Target, told};
use crate::{Bench, lists};

const COUNT: usize = 1000;
const MOST: f64 = 2.5;

pub(crate) fn measure(bench: &Bench) -> Vec<Line> {
    let [one, two, three, four, five, six] = FUNCTIONS.map(|(name, kind)| {
        let input = lists::configured(name, COUNT, &programs::config(kind));
        Job::new(name, &programs::ours(name)).input(&input)
    });
    let config = programs::pipeline(&FUNCTIONS.map(|(_, kind)| kind));
    let all = Job::new("all in one Pipeline", &programs::ours("plimsoll"))
        .input(&lists::configured("pipeline", COUNT, &config));
    let mut runs = Vec::from(in_turns(
        &[one, two, three, four, five, six, all],
        bench.rounds(11),
    ));
    let all = runs.pop().expect("the Pipeline ran");
    let mean = runs.iter().map(Runs::median).sum::<f64>() / runs.len() as f64;
    let detail = runs
        .iter()
        .chain([&all])
        .map(told)
        .collect::<Vec<_>>()
        .join(", ");
    let value = all.median() / mean;
    runs.push(all);
    vec![Line {
        what: format!(
            "time of six functions in one Pipeline, {COUNT} resources, of the mean of each alone"
        ),
        target: Target::AtMost(MOST),
        value,
        detail,
        runs,
    }]
}
