//! Every object that is rendered is of a kind that is known, and fits its type.

mod gitops;
mod variants;

use std::fs;

use checks::binary;
use checks::schema::{self, Definitions};
use checks::tools::DEFINITIONS;

use crate::name;
use crate::rendered::{objects, rendered};

/// Modules whose version isn't the platform's: later ones than this can't be had as a module.
const OLDER: [&str; 1] = ["v1.3.2"];

#[test]
fn every_object_of_a_rendered_overlay_fits_its_type() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        schema::check_documents(text).unwrap_or_else(|error| panic!("{environment}: {error}"));
    }
}

#[test]
fn every_object_of_a_rendered_overlay_is_of_a_kind_whose_fields_are_known() {
    let (Some(rendered), definitions) = (rendered(), Definitions::found()) else {
        return;
    };
    let mut wrong = Vec::new();
    for (environment, text) in rendered {
        for object in objects(text) {
            let own = format!("{environment}: {}", name(&object));
            match definitions.mistakes(&object) {
                Some(mistakes) => {
                    wrong.extend(mistakes.iter().map(|mistake| format!("{own}: {mistake}")));
                }
                // A kind of Kubernetes' own is read as its type above.
                None if schema::is_known(&object) => {}
                // Who has no definitions was told so.
                None if definitions.is_partial() => {}
                None => wrong.push(format!(
                    "{own}: nothing is known of {}",
                    object["apiVersion"]
                )),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_definitions_are_of_the_versions_that_the_platform_asks_for() {
    let page = fs::read_to_string(binary::root().join("base/prerequisites/README.md"));
    let page = page.expect("the page can be read");
    let versions = DEFINITIONS.iter().map(|module| module.version);
    for version in versions.filter(|version| !OLDER.contains(version)) {
        // v0.93.0 is v0.93 there.
        let told = version.trim_start_matches('v').trim_end_matches(".0");
        assert!(page.contains(told), "{version}");
    }
}
