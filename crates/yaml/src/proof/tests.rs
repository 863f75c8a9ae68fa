//! Edits that went wrong in every way that can be made up: the proof in part must never be surer than the whole.

use std::iter;

use json_patch::Patch;
use serde_json::json;

use super::{in_part, whole};
use crate::overlay::{Slot, patched};
use crate::parse::parse;
use crate::splice::{self, Edit};
use crate::{Holder, held_items};

const OBJECT: &str = "\
kind: Pod # mine
spec:
  containers:
  - name: web
    args: [a, b]
    command:
    - |
      text

    env:
    - name: A
      value: 'one
        two'
  # between
  - name: one
  restartPolicy: Always
  note: |+
    kept

status: {}
";

const PATCHES: [&str; 12] = [
    r#"[{"op": "remove", "path": "/status"}]"#,
    r#"[{"op": "remove", "path": "/spec/containers/1"}]"#,
    r#"[{"op": "replace", "path": "/status", "value": 1}]"#,
    r#"[{"op": "add", "path": "/spec/containers/0/tty", "value": true}]"#,
    r#"[{"op": "add", "path": "/spec/containers/0/env/-", "value": {"name": "B"}}]"#,
    r#"[{"op": "add", "path": "/spec/containers/0/env/0", "value": {"name": "B"}}]"#,
    r#"[{"op": "add", "path": "/spec/containers/1/tty", "value": "a\n\n"}]"#,
    r#"[{"op": "replace", "path": "/spec/restartPolicy", "value": "Never"}]"#,
    r#"[{"op": "replace", "path": "/spec/containers/0/env/0/value", "value": "1"}]"#,
    r#"[{"op": "remove", "path": "/spec/restartPolicy"}]"#,
    r#"[{"op": "add", "path": "/spec/last", "value": [1]}, {"op": "add", "path": "/x", "value": "y"}]"#,
    r#"[{"op": "add", "path": "/spec/containers/0/tty", "value": {"a": "b"}},
        {"op": "replace", "path": "/spec/note", "value": "n"}]"#,
];

/// The edits with one more.
fn with(edits: &[Edit], start: usize, end: usize, text: &str) -> Option<Vec<Edit>> {
    let text = text.into();
    let own = Edit { start, end, text };
    let mut all = edits.to_vec();
    all.push(own);
    all.sort_by_key(|edit| (edit.start, edit.end));
    let is_apart = all.windows(2).all(|pair| pair[0].end <= pair[1].start);
    is_apart.then_some(all)
}

/// Every wrong turn that is tried for edits within a range of offsets.
fn gone_wrong(edits: &[Edit], offsets: std::ops::Range<usize>) -> Vec<Vec<Edit>> {
    let mut wrong = Vec::new();
    for at in offsets.clone() {
        let texts = [" ", "\n", "#", "- ", "? ", "x: y\n", "\n---\n", "\n...\n"];
        let inserted = texts.iter().filter_map(|text| with(edits, at, at, text));
        wrong.extend(inserted);
        wrong.extend(with(edits, at, (at + 1).min(offsets.end), "\n"));
    }
    for number in 0..edits.len() {
        let mut alter = |change: &dyn Fn(&mut Edit)| {
            let mut altered = edits.to_vec();
            change(&mut altered[number]);
            wrong.push(altered);
        };
        alter(&|edit| edit.text = edit.text.replace('\n', "\n ").into());
        alter(&|edit| edit.text = format!(" {}", edit.text).into());
        alter(&|edit| edit.text = edit.text.replacen(' ', "", 1).into());
        alter(&|edit| edit.text = format!("{}  z: 1\n", edit.text).into());
        alter(&|edit| edit.text = edit.text.trim_end().into());
        alter(&|edit| edit.text = "".into());
        alter(&|edit| edit.text = edit.text.trim_start().into());
        alter(&|edit| edit.end = (edit.end + 2).min(offsets.end));
        alter(&|edit| edit.start = edit.start.saturating_sub(2).max(offsets.start));
        let mut without = edits.to_vec();
        without.remove(number);
        wrong.push(without);
    }
    wrong
}

fn check(text: &str, holder: &Holder, slot: &Slot<'_>) -> usize {
    let Ok(edits) = splice::edits(slot, holder.range().end, false) else {
        panic!("no hold in {text:?}")
    };
    let mut refused = 0;
    let wrong = gone_wrong(&edits, holder.range());
    for edits in iter::once(edits).chain(wrong) {
        let is_right = whole(text, holder, &edits, slot).is_some();
        assert_eq!(
            in_part(text, holder, &edits, slot),
            is_right,
            "{edits:?} in {text:?}"
        );
        refused += usize::from(!is_right);
    }
    refused
}

#[test]
fn a_proof_in_part_is_never_surer_than_the_whole() {
    let mut refused = 0;
    let indented = OBJECT.replace('\n', "\n  ");
    for text in [
        OBJECT.to_owned(),
        OBJECT.trim_end().to_owned(),
        format!("items:\n- {indented}\n- kind: Other\n"),
    ] {
        let stream = parse(text.clone()).unwrap();
        let document = stream.documents().next().unwrap();
        let whole = || vec![(document.root().unwrap(), Holder::Document(document.span()))];
        let held = held_items(&document, "items").unwrap_or_else(whole);
        let (root, holder) = &held[0];
        for patch in PATCHES {
            let patch: Patch = serde_json::from_str(patch).unwrap();
            refused += check(&text, holder, &patched(*root, &patch).unwrap());
        }
    }
    assert!(refused > 20_000, "{refused}");
}

#[test]
fn what_lacks_its_anchor_alone_is_proven_beside_it() {
    let text = "a: &a {x: 1}\nb:\n  c: *a\n  d: 1\n";
    let stream = parse(text.to_owned()).unwrap();
    let document = stream.documents().next().unwrap();
    let patch = json!([{"op": "add", "path": "/b/e", "value": 2}]);
    let patch: Patch = serde_json::from_value(patch).unwrap();
    let slot = patched(document.root().unwrap(), &patch).unwrap();
    check(text, &Holder::Document(document.span()), &slot);
}
