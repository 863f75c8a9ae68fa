//! What holds for every document and every patch.

#[path = "../../../fuzz/harness.rs"]
#[expect(dead_code, reason = "the harness serves the fuzz targets too")]
#[expect(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a surprise ends the run"
)]
mod harness;

use harness::Choices;
use plimsoll_yaml::{Holder, Quote, Style, apply, json_patch, parse, to_string};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;

/// The same cases each time.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 512,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1876),
        ..ProptestConfig::default()
    }
}

fn style() -> impl Strategy<Value = Style> {
    (1usize..5, any::<bool>(), any::<bool>()).prop_map(|(step, indents_lists, single)| Style {
        step,
        indents_lists,
        quote: if single { Quote::Single } else { Quote::Double },
    })
}

/// Text with the characters that YAML readers stumble over.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9 :#\\-'\"\\[\\]{},&*!|>%@`~=.+_\\\\\n\t]{0,12}",
        "[-+]?[0-9._:eExXoObBtTzZ -]{1,10}",
        any::<String>(),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f32>()
            .prop_filter("finite", |n| n.is_finite())
            .prop_map(|n| Value::from(f64::from(n))),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..4)
                .prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

/// Strings and keys that no reader of YAML keeps: a NUL in Go, and what `serde_yaml`'s scanner refuses.
fn is_portable(value: &Value) -> bool {
    let fits = |text: &str| text.len() < 1000;
    match value {
        Value::String(text) => fits(text),
        Value::Array(list) => list.iter().all(is_portable),
        Value::Object(map) => map
            .iter()
            .all(|(name, value)| fits(name) && is_portable(value)),
        _ => true,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_written_reads_back_the_same(value in value(), style in style()) {
        prop_assume!(is_portable(&value));
        let text = to_string(&value, style);
        let stream = parse(text.clone()).map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
        let root = stream.documents().next().and_then(|document| document.root()).expect("a root");
        prop_assert_eq!(root.to_value().expect("JSON"), value.clone(), "{}", text);
        let other: Value = serde_yaml::from_str(&text).map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
        prop_assert_eq!(other, value, "{}", text);
    }

    #[test]
    fn an_empty_patch_changes_nothing(value in value(), style in style()) {
        prop_assume!(is_portable(&value));
        let stream = parse(to_string(&value, style)).expect("YAML");
        let document = stream.documents().next().expect("a document");
        let holder = Holder::Document(document.span());
        prop_assert!(apply(document.root().expect("a root"), &holder, &json_patch::Patch::default()).expect("no error").is_none());
    }

    #[test]
    fn text_patched_means_value_patched(value in value(), style in style(), seed in any::<u64>()) {
        prop_assume!(is_portable(&value));
        let text = to_string(&value, style);
        harness::check_apply(&[&seed.to_le_bytes()[..], text.as_bytes()].concat());
        // Block style without anchors always gives hold.
        let stream = parse(text).expect("YAML");
        let document = stream.documents().next().expect("a document");
        let root = document.root().expect("a root");
        let patch = Choices(seed).patch(&root.to_value().expect("JSON"));
        if let Err(error) = apply(root, &Holder::Document(document.span()), &patch) {
            prop_assert!(false, "{error}: {patch:?} on {}", stream.text());
        }
    }

    #[test]
    fn an_added_key_adds_lines_and_changes_none(
        map in prop::collection::vec((text(), value()), 1..4),
        style in style(),
        new in value(),
    ) {
        let value: Value = map.into_iter().collect();
        prop_assume!(is_portable(&value) && is_portable(&new));
        let before = to_string(&value, style);
        let stream = parse(before.clone()).expect("YAML");
        let document = stream.documents().next().expect("a document");
        let patch = serde_json::from_value(serde_json::json!([{"op": "add", "path": "/new key", "value": new}])).expect("a patch");
        let edited = apply(document.root().expect("a root"), &Holder::Document(document.span()), &patch);
        let edited = edited.expect("hold").expect("a change");
        prop_assert!(edited.stream.text().starts_with(&before), "{before}\n{}", edited.stream.text());
    }
}
