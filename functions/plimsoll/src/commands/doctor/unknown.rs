//! What can't be known here.

use std::collections::BTreeMap;

use super::configuration::Configuration;
use super::form::Form;
use super::programs::Docker;
use super::report::Entry;

/// All of it, told once where it is the same for several functions.
pub(super) fn told(found: &[Configuration], docker: &Docker) -> Vec<Entry> {
    let mut groups: BTreeMap<&Form, Vec<&Configuration>> = BTreeMap::new();
    for configuration in found {
        let group = groups.entry(&configuration.form).or_default();
        group.push(configuration);
    }
    let told = groups.into_iter().filter_map(|(form, group)| {
        let why = why(form, docker)?;
        let labels: Vec<String> = group
            .iter()
            .map(|configuration| configuration.label())
            .collect();
        let entry = Entry::note(format!("{}: {why}", labels.join(", ")));
        let places = group.iter().map(|configuration| &configuration.place);
        Some(places.fold(entry, Entry::at))
    });
    told.collect()
}

fn why(form: &Form, docker: &Docker) -> Option<String> {
    match form {
        Form::Unknown(why) => Some(format!("how this is run can't be known here: {why}")),
        Form::Container(image) if docker.has_image(image) == Some(false) => Some(format!(
            "the image \"{image}\" is not on this machine; docker pulls it, and whether it can is not known here"
        )),
        _ => None,
    }
}
