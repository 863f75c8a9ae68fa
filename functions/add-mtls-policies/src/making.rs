//! What a made object rests on: noted on it, and told with it.

use sdk::{Plan, Resource, Value};

use crate::evidence;

/// Makes an object; its result tells the evidence that is noted on it, or else why it is made.
pub(crate) fn generate(plan: &mut Plan, object: Value, subject: &Resource<'_>, otherwise: &str) {
    let noted = noted(&object).unwrap_or(otherwise).to_owned();
    plan.generate_because(object, subject, noted);
}

fn noted(object: &Value) -> Option<&str> {
    let annotations = object.get("metadata")?.get("annotations")?;
    annotations.get(evidence::ANNOTATION)?.as_str()
}
