//! The forms in which an overlay can be rendered: they give the same, again and again.

mod kpt;
mod page;
mod papers;
mod pipe;
mod plugins;
mod programs;
mod tree;

use serde_json::Value;

use crate::name;
use crate::rendered::{objects, rendered, run, steps};

/// The objects of a stream, in an order that doesn't depend on where each form puts what it makes.
fn sorted(text: &str) -> Vec<Value> {
    let mut objects = objects(text);
    objects.sort_by_key(name);
    objects
}

#[test]
fn functions_over_a_rendered_overlay_change_nothing() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        for step in steps(environment) {
            let ran = run(&step, text);
            assert!(ran.output == *text, "{environment}: {}", step.kind);
            assert_eq!(ran.problems, Vec::<String>::new(), "{environment}");
        }
    }
}
