//! PodDisruptionBudgets: made so that no drain is ever blocked, and checked where an author wrote one.

use std::collections::BTreeMap;
use std::rc::Rc;

use sdk::{Plan, Rule, Severity};

use crate::survey::Survey;

use authored::Authored;
use coverage::{Coverage, Covered};
use made::Made;

mod authored;
mod checks;
mod coverage;
mod made;
mod names;
mod overlap;
mod repair;
mod solver;

const BUDGET: &str = "disruption-budget";

pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        BUDGET,
        Severity::Info,
        "Makes a PodDisruptionBudget, or with `mode: overwrite` sets an author's.",
    ),
    Rule::new(
        "overlapping-pdb",
        Severity::Error,
        "Several PodDisruptionBudgets cover one pod, so that it can't be evicted at all.",
    ),
    Rule::new(
        "pdb-both-bounds",
        Severity::Error,
        "A PodDisruptionBudget has `minAvailable` and `maxUnavailable`.",
    ),
    Rule::new(
        "pdb-bad-bound",
        Severity::Error,
        "`minAvailable` or `maxUnavailable` is neither a number nor a percentage up to 100%.",
    ),
    Rule::new(
        "pdb-without-scale",
        Severity::Error,
        "A PodDisruptionBudget covers pods of a kind that can't tell how many there should be.",
    ),
    Rule::new(
        "pdb-name-taken",
        Severity::Error,
        "A PodDisruptionBudget of another selector has the name that one would get.",
    ),
    Rule::new(
        "pdb-would-block",
        Severity::Warning,
        "A PodDisruptionBudget lets no pod be evicted at the least number of pods.",
    ),
    Rule::new(
        "pdb-selects-nothing",
        Severity::Warning,
        "A PodDisruptionBudget covers no pod of the input.",
    ),
    Rule::new(
        "pdb-selects-everything",
        Severity::Warning,
        "A PodDisruptionBudget covers every pod of its namespace.",
    ),
    Rule::new(
        "pdb-misses-primary",
        Severity::Warning,
        "Flagger runs a copy of a workload that its PodDisruptionBudget doesn't cover.",
    ),
];

/// The budgets of the input and those to come.
struct Budgets<'s, 'r> {
    authored: Vec<Authored<'r>>,
    made: Vec<Made<'s, 'r>>,
    /// What each of `made` covers.
    covered: Vec<Rc<Covered>>,
}

/// Makes the budgets of all workloads and checks all budgets against one another.
pub(crate) fn plan(plan: &mut Plan, survey: &Survey<'_, '_>) {
    let coverage = Coverage::new(survey);
    let authored = Authored::all(survey, &coverage);
    let mut covering: BTreeMap<usize, &Authored<'_>> = BTreeMap::new();
    for own in &authored {
        for workload in &own.covered.workloads {
            covering.entry(*workload).or_insert(own);
        }
    }
    let workloads = survey.workloads.iter().enumerate();
    let made = workloads
        .filter_map(|(at, workload)| Made::decide(plan, workload, covering.get(&at).copied()));
    let made: Vec<Made<'_, '_>> = made.collect();
    let covered = made.iter().map(|own| {
        let namespace = survey.resources.namespace_of(own.workload.owner);
        coverage.of(survey, namespace, &own.selector, &own.compiled)
    });
    let budgets = Budgets {
        covered: covered.collect(),
        authored,
        made,
    };
    overlap::check(plan, survey, &budgets);
    checks::check(plan, survey, &budgets);
    repair::plan(plan, survey, &budgets);
    names::generate(plan, survey, &budgets);
}
