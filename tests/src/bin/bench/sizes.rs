//! How big the binaries are.

use crate::Bench;
use crate::programs::{self, FUNCTIONS};
use crate::report::{Line, Target};

/// In megabytes.
const MOST: f64 = 2.0;
const MOST_OF_ALL: f64 = 4.0;

pub(crate) fn measure(_: &Bench) -> Vec<Line> {
    let functions = FUNCTIONS.iter().map(|(name, _)| (*name, MOST));
    let all = functions.chain([("plimsoll", MOST_OF_ALL)]);
    all.map(|(name, most)| {
        let file = programs::ours(name)
            .metadata()
            .expect("the binary is built");
        Line {
            what: format!("size of {name}, in MB"),
            target: Target::AtMost(most),
            value: file.len() as f64 / 1e6,
            detail: "`dist` profile".to_owned(),
            runs: Vec::new(),
        }
    })
    .collect()
}
