//! Every object that is rendered fits its type.

use checks::schema;

use crate::rendered::rendered;

#[test]
fn every_object_of_a_rendered_overlay_fits_its_type() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        schema::check_documents(text).unwrap_or_else(|error| panic!("{environment}: {error}"));
    }
}
