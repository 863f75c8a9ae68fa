//! What holds for hash-configmaps whatever is in the input: every reference keeps its object, nothing else moves, and
//! a second run finds nothing to do. What refers to what is read here anew, from plain values.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a check stops at the first surprise"
)]

mod claims;
mod fields;
mod world;
mod written;

use proptest::prelude::*;
use std::collections::BTreeMap;

use checks::cases;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use sdk::Ran;
use serde_json::Value;
use yaml::Style;

use crate::claims::{
    Done, a_new_name_holds_the_hash_of_the_content, a_second_run_changes_no_byte,
    an_edit_moves_one_object_and_what_refers_to_it, every_reference_keeps_its_object,
    no_two_objects_have_one_name, nothing_that_an_author_wrote_changes,
};
use crate::fields::annotation;
use crate::world::{join, world};

/// Says which object is which, whatever it is called.
const ID: &str = "example.com/id";

const BASE_NAME: &str = "plimsoll.dev/base-name";

const CONTENT_HASH: &str = "plimsoll.dev/content-hash";

const CHECKSUM: &str = "plimsoll.dev/config-checksum";

const MARK: &str = "internal.config.kubernetes.io/needsHashSuffix";

const AUTH_SECRET: &str = "nginx.ingress.kubernetes.io/auth-secret";

/// What an edit replaces, and by what; the same in base64.
const EDITS: [(&str, &str); 2] = [("ante", "post"), ("YW50ZQ==", "cG9zdA==")];

fn run(config: &str, input: &str) -> Ran {
    checks::served("hash-configmaps", config, input)
}

fn split(text: &str) -> Vec<String> {
    text.split_inclusive('\n')
        .collect::<Vec<_>>()
        .split(|line| *line == "---\n")
        .map(<[&str]>::concat)
        .collect()
}

fn read(documents: &[String]) -> Vec<Value> {
    let read = |text: &String| {
        serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
    };
    documents.iter().map(read).collect()
}

/// The hash as the function computes it; that it is kustomize's is checked elsewhere.
fn hash(object: &Value) -> String {
    let stream = yaml::parse(yaml::to_string(object, Style::default())).expect("it is YAML");
    let document = stream.documents().next().expect("there is a document");
    let node = document.root().expect("it has a root");
    kube::content_hash(node).expect("it has a hash")
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn names_follow_the_content_and_references_follow_the_names_once(world in world(), edit in 0..6_usize) {
        if let Some(done) = Done::of_world(&world) {
            every_reference_keeps_its_object(&done)?;
            no_two_objects_have_one_name(&done)?;
            a_new_name_holds_the_hash_of_the_content(&done)?;
            nothing_that_an_author_wrote_changes(&world, &done)?;
            a_second_run_changes_no_byte(&done)?;
            an_edit_moves_one_object_and_what_refers_to_it(&done, edit % done.is.len())?;
        }
    }

    #[test]
    fn the_order_of_the_input_is_that_of_the_output_and_nothing_more(
        world in world(),
        order in prop::collection::vec(any::<u64>(), 11),
    ) {
        let documents = world.documents();
        let mut numbers: Vec<usize> = (0..documents.len()).collect();
        numbers.sort_by_key(|number| order[*number]);
        let permute = |documents: &[String]| -> Vec<String> {
            numbers.iter().map(|number| documents[*number].clone()).collect()
        };
        let config = world.config(None);
        let ran = run(&config, &join(&documents));
        let permuted = run(&config, &join(&permute(&documents)));
        prop_assert_eq!(permuted.exit_code, ran.exit_code, "{} {:#?} {:#?}", config, ran.lines, permuted.lines);
        let (output, expected) = (split(&permuted.output), permute(&split(&ran.output)));
        prop_assert_eq!(output, expected, "{} {:#?} {:#?}", config, ran.lines, permuted.lines);
    }

    #[test]
    fn an_audit_changes_nothing(world in world()) {
        let input = join(&world.documents());
        let ran = run(&world.config(Some("audit")), &input);
        prop_assert_eq!(&ran.output, &input, "{:#?}", ran.lines);
    }
}

/// How many objects kustomize is asked to hash.
fn delegated(done: &Done) -> usize {
    let pairs = done.was.iter().zip(&done.is);
    pairs
        .filter(|(was, is)| annotation(was, MARK).is_none() && annotation(is, MARK).is_some())
        .count()
}

/// What the properties above are about must come up.
#[test]
fn the_generated_inputs_show_all_there_is() {
    let mut runner = TestRunner::new(cases(48));
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..200 {
        let world = world().new_tree(&mut runner).expect("a world").current();
        let Some(done) = Done::of_world(&world) else {
            *seen.entry("failed").or_default() += 1;
            continue;
        };
        let mut see = |what, count| *seen.entry(what).or_default() += usize::from(count > 0);
        see("renamed", done.renamed().len());
        see("delegated", delegated(&done));
        for rule in ["reference", "immutable", "checksum"] {
            see(rule, done.told(rule));
        }
        for finding in &done.ran.findings {
            if let Some(reason) = REASONS
                .iter()
                .find(|reason| finding.reason.as_deref() == Some(**reason))
            {
                see(reason, 1);
            }
        }
    }
    let missing: Vec<_> = REASONS
        .iter()
        .chain(&[
            "renamed",
            "failed",
            "delegated",
            "reference",
            "immutable",
            "checksum",
        ])
        .filter(|what| !seen.contains_key(**what))
        .collect();
    assert!(missing.is_empty(), "{missing:?} of {seen:?}");
    assert!(seen["renamed"] > 40 && seen["failed"] < 60, "{seen:?}");
}

/// Why objects may keep their names.
const REASONS: [&str; 12] = [
    "exception",
    "skip-annotation",
    "named-by-kustomize",
    "left-to-kustomize",
    "unreferenced",
    "no-hash-wanted",
    "asked-for-checksum",
    "external-reader",
    "shared-across-namespaces",
    "immutable-referrer",
    "skipped-referrer",
    "named-in-text",
];
