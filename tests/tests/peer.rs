//! What `make bench` compares does the same work.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::process::Command;

use checks::generate::{Shape, explicit_list};
use checks::{binary, peer, tools};
use serde_yaml::Value;

/// The framework's own, which it takes away from what it writes.
const FRAMEWORKS: &str = "internal.config.kubernetes.io/annotations-migration-resource-id";

fn items(program: &mut Command, list: &str) -> Vec<Value> {
    let ran = binary::run(program, list.as_bytes());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let read: Value = serde_yaml::from_str(&ran.stdout).unwrap();
    let mut items = read["items"].as_sequence().unwrap().clone();
    for item in &mut items {
        let annotations = item["metadata"]["annotations"].as_mapping_mut();
        annotations.unwrap().remove(FRAMEWORKS);
    }
    items
}

#[test]
fn the_function_in_go_makes_the_same_objects_as_inject_probes() {
    let Some(peer) = tools::or_skipped(peer::build()) else {
        return;
    };
    for shape in Shape::ALL {
        let list = explicit_list(shape, 100, 1876);
        let ours = items(&mut Command::new(binary::path("inject-probes")), &list);
        let theirs = items(&mut Command::new(&peer), &list);
        assert_eq!(ours.len(), 100);
        assert_eq!(ours, theirs, "{}", shape.name());
        // Both did it: each container has one now.
        let text = serde_yaml::to_string(&theirs).unwrap();
        let count = |what: &str| text.matches(what).count();
        assert_eq!(count("readinessProbe:"), count("volumeMounts:"));
    }
}
