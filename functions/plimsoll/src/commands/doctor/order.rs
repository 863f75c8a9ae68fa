//! The order in which functions belong.

use sdk::FUNCTIONS;

use super::configuration::{Configuration, name_of};
use super::report::Entry;

fn rank(kind: &str) -> Option<usize> {
    let name = name_of(kind)?;
    FUNCTIONS.iter().position(|known| *known == name)
}

/// Which of a kustomization's `own` configurations come too late, after one of its own or one `before`, in what it
/// refers to.
pub(super) fn judge(found: &[Configuration], before: &[usize], own: &[usize]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut last: Option<(usize, &str)> = None;
    for (numbers, is_own) in [(before, false), (own, true)] {
        for configuration in numbers.iter().filter_map(|number| found.get(*number)) {
            for kind in &configuration.steps {
                let Some(rank) = rank(kind) else { continue };
                match last {
                    Some((later, name)) if later > rank => {
                        // What others run is told where they run it.
                        entries.extend(is_own.then(|| too_late(configuration, kind, name)));
                    }
                    _ => last = Some((rank, kind)),
                }
            }
        }
    }
    entries
}

fn too_late(configuration: &Configuration, kind: &str, after: &str) -> Entry {
    let what = format!("{kind} runs after {after} and belongs before it");
    let remedy = if configuration.kind == sdk::PIPELINE {
        format!("move its step in front of that of {after}")
    } else {
        "list it earlier; those that stand in the list itself run before those in files".to_owned()
    };
    Entry::warning(what).at(&configuration.place).mend(remedy)
}

#[cfg(test)]
mod tests {
    use sdk::{FUNCTIONS, Function, Visitor};

    #[test]
    fn every_function_has_its_place_in_the_order() {
        struct Check;
        impl Visitor for Check {
            fn visit<F: Function>(&mut self) {
                assert!(FUNCTIONS.contains(&F::NAME), "{}", F::NAME);
            }
        }
        crate::visit_all(&mut Check);
    }
}
