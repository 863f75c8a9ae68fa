//! Functions whose work is not each resource's alone, on lists of their own, beside inject-probes with nothing to do.

use checks::generate;

use crate::job::{Job, Runs, in_turns};
use crate::report::{Line, Target};
use crate::{Bench, lists, programs};

const MOST_OF_PROBES: f64 = 4.0;
const MOST_GROWTH: f64 = 1.2;

/// A function on lists of its own.
struct Other {
    name: &'static str,
    kind: &'static str,
    /// What is counted.
    of: &'static str,
    list: fn(&str, usize, u64) -> String,
    /// What stands in the output once for each that is counted.
    mark: &'static str,
    /// How many, and how many rounds; growth is measured between the two.
    sizes: [(usize, usize); 2],
}

const OTHERS: [Other; 2] = [
    Other {
        name: "hash-configmaps",
        kind: "HashConfigMaps",
        of: "ConfigMaps with what reads them",
        list: generate::configuration_list,
        mark: "    plimsoll.dev/content-hash: ",
        sizes: [(10_000, 7), (50_000, 7)],
    },
    Other {
        name: "add-mtls-policies",
        kind: "AddMtlsPolicies",
        of: "workloads",
        list: generate::mesh_list,
        mark: "  kind: AuthorizationPolicy\n",
        sizes: [(2000, 11), (8000, 7)],
    },
];

impl Other {
    fn runs(&self, count: usize, rounds: usize) -> [Runs; 2] {
        let job = |name: &str, kind: &str| {
            let input = lists::written(
                &format!("{name}-of-{}-{count}.yaml", self.name),
                &(self.list)(kind, count, lists::SEED),
            );
            Job::new(name, &programs::ours(name)).input(&input)
        };
        let jobs = [
            job(self.name, self.kind),
            job("inject-probes", "InjectProbes"),
        ];
        let [done, idle] = jobs
            .each_ref()
            .map(|job| job.output().matches(self.mark).count());
        assert!(
            done == count && idle == 0,
            "{} must do its work alone: {done} {idle}",
            self.name
        );
        in_turns(&jobs, rounds)
    }

    fn lines(&self, bench: &Bench) -> Vec<Line> {
        let (name, of) = (self.name, self.of);
        let measured = self.sizes.map(|(count, rounds)| {
            let [ours, probes] = self.runs(count, bench.rounds(rounds));
            let what = format!("time of {name}, {count} {of}, of inject-probes with nothing to do");
            let line = Line::ratio(&what, MOST_OF_PROBES, &ours, &probes);
            (count, ours, line)
        });
        let [(few, of_few, first), (many, of_many, second)] = measured;
        let growth = of_many.median() / of_few.median() * few as f64 / many as f64;
        let growth = Line {
            what: format!("time of {name} for each of {many} {of}, of each of {few}"),
            target: Target::AtMost(MOST_GROWTH),
            value: growth,
            detail: String::new(),
            runs: Vec::new(),
        };
        vec![first, second, growth]
    }
}

pub(crate) fn measure(bench: &Bench) -> Vec<Line> {
    OTHERS.iter().flat_map(|other| other.lines(bench)).collect()
}
