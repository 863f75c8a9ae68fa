//! What would happen to the configurations of a kustomization.

use std::collections::BTreeSet;

use super::configuration::{Configuration, List};
use super::obstacles;
use super::plugins::Plugins;
use super::programs::Programs;
use super::report::Entry;

/// What is wrong with each configuration, and with all together.
pub(super) fn problems(
    found: &[Configuration],
    programs: &Programs,
    plugins: &Plugins,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for configuration in found {
        entries.extend(configuration.mistakes.iter().cloned());
        entries.extend(listed(configuration));
    }
    entries.extend(obstacles::told(found, programs, plugins));
    entries.extend(namesakes(found));
    entries
}

/// Whether it stands in a list where a function can do its work.
fn listed(configuration: &Configuration) -> Option<Entry> {
    let label = configuration.label();
    let entry = match configuration.list {
        List::Transformers => return None,
        List::Validators if configuration.is_silent => return None,
        List::Validators => Entry::error(format!(
            "{label} is listed under `validators:` and gives back what it gets: the build fails with \"validator shouldn't modify the resource map\""
        ))
        .mend("list it last under `transformers:`, or set `spec.mode: audit` and `spec.output: empty`"),
        List::Generators => Entry::error(format!(
            "{label} is listed under `generators:`, where a function gets no objects to work on"
        ))
        .mend("list it under `transformers:`"),
        List::Resources => Entry::error(format!(
            "{label} is listed under `resources:`: no function runs, and the configuration is rendered as an object that no cluster knows"
        ))
        .mend("list it under `transformers:`"),
    };
    Some(entry.at(&configuration.place))
}

/// Configurations of one kind and name in one list.
fn namesakes(found: &[Configuration]) -> Vec<Entry> {
    let mut known = BTreeSet::new();
    let again = found.iter().filter(|configuration| {
        let Configuration {
            folder,
            list,
            kind,
            name,
            ..
        } = configuration;
        *list != List::Resources && !known.insert((folder, list.field(), kind, name))
    });
    let told = again.map(|configuration| {
        Entry::error(format!(
            "another configuration in the list is {} too: the build fails with \"may not add resource with an already registered id\"",
            configuration.label()
        ))
        .at(&configuration.place)
        .mend("give each its own `metadata.name`")
    });
    told.collect()
}
