//! What an edit does to the text around it: one case a trap, before and after as a user sees them.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    reason = "a test stops at the first surprise"
)]

use plimsoll_yaml::json_patch::Patch;
use plimsoll_yaml::{Holder, apply, parse};
use serde_json::json;

/// Applies `patch` to the first document of `before`.
fn edit(before: &str, patch: &serde_json::Value) -> Result<String, String> {
    let patch: Patch = serde_json::from_value(patch.clone()).unwrap();
    let stream = parse(before.to_owned()).map_err(|error| error.to_string())?;
    let document = stream.documents().next().unwrap();
    let holder = Holder::Document(document.span());
    let edited =
        apply(document.root().unwrap(), &holder, &patch).map_err(|error| error.to_string())?;
    let text = edited.map_or_else(
        || stream.text()[document.span()].to_owned(),
        |edited| edited.stream.into_text(),
    );
    Ok(text + &stream.text()[document.span().end..])
}

fn add(path: &str, value: serde_json::Value) -> serde_json::Value {
    json!([{"op": "add", "path": path, "value": value}])
}

fn remove(path: &str) -> serde_json::Value {
    json!([{"op": "remove", "path": path}])
}

macro_rules! cases {
    ($($name:ident: $before:expr, $patch:expr => $after:expr;)*) => {
        $(#[test] fn $name() {
            assert_eq!(edit($before, &$patch).as_deref(), Ok($after));
        })*
    };
}

cases! {
    adds_below_a_literal_that_ends_its_map:
        "c:\n  a: |\n    p\n\n    q\n\n  \nd: 1\n", add("/c/b", json!(1))
        => "c:\n  a: |\n    p\n\n    q\n  b: 1\n\n  \nd: 1\n";
    adds_below_a_literal_that_keeps_its_breaks:
        "c:\n  a: |+\n    p\n\n\nd: 1\n", add("/c/b", json!(1))
        => "c:\n  a: |+\n    p\n\n\n  b: 1\nd: 1\n";
    adds_below_a_literal_with_an_indent_of_its_own:
        "c:\n  a: |2\n     p\n    q\n", add("/c/b", json!(1))
        => "c:\n  a: |2\n     p\n    q\n  b: 1\n";
    adds_to_a_map_in_braces:
        "- {name: b}\n- { name: c }\n",
        json!([{"op": "add", "path": "/0/x", "value": {"z": [1]}}, {"op": "add", "path": "/1/x", "value": "a,b"}])
        => "- {name: b, x: {z: [1]}}\n- { name: c, x: \"a,b\" }\n";
    adds_json_to_json:
        "{\"a\": 1, \"b\": [\"c\"]}\n",
        json!([{"op": "add", "path": "/d", "value": {"e": "f"}}, {"op": "add", "path": "/b/-", "value": "g"}])
        => "{\"a\": 1, \"b\": [\"c\", \"g\"], \"d\": {\"e\": \"f\"}}\n";
    adds_compact_json_to_compact_json:
        "{\"a\":1}\n", add("/b", json!({"c": 2})) => "{\"a\":1,\"b\":{\"c\":2}}\n";
    adds_a_line_to_json_spread_over_lines:
        "{\n  \"a\": 1\n}\n", add("/b", json!("c")) => "{\n  \"a\": 1,\n  \"b\": \"c\"\n}\n";
    adds_behind_a_trailing_comma_and_its_comment:
        "{\n  a: 1, # one\n}\n", add("/b", json!(2)) => "{\n  a: 1, # one\n  b: 2,\n}\n";
    fills_a_missing_value:
        "a: 1\nspec:\nb: 2\n", add("/spec", json!({"x": 1})) => "a: 1\nspec:\n  x: 1\nb: 2\n";
    fills_a_missing_value_with_a_comment_behind_it:
        "spec: # why\nb: 2\n", add("/spec", json!({"x": 1})) => "spec: # why\n  x: 1\nb: 2\n";
    fills_a_missing_value_with_text:
        "spec: # why\nb: 2\n", add("/spec", json!("x")) => "spec: x # why\nb: 2\n";
    fills_an_empty_map:
        "spec: {} # why\n", add("/spec/x", json!(1)) => "spec: # why\n  x: 1\n";
    fills_an_empty_list:
        "a:\n  spec: []\n", add("/a/spec/-", json!("x")) => "a:\n  spec:\n  - x\n";
    fills_an_empty_item:
        "-\n- # c\n- x\n", json!([{"op": "replace", "path": "/0", "value": 1}, {"op": "replace", "path": "/1", "value": {"a": 1}}])
        => "- 1\n- a: 1 # c\n- x\n";
    keeps_a_text_without_final_break_without_one:
        "a: 1", add("/b", json!(2)) => "a: 1\nb: 2";
    keeps_a_literal_without_final_break_as_it_reads:
        "a: |\n  x", add("/b", json!(2)) => "a: |-\n  x\nb: 2";
    writes_line_ends_as_it_finds_them:
        "a: 1\r\nb:\r\n  - c\r\n", add("/d", json!({"e": "f\ng"}))
        => "a: 1\r\nb:\r\n  - c\r\nd:\r\n  e: |-\r\n    f\r\n    g\r\n";
    keeps_the_byte_order_mark:
        "\u{feff}a: 1\n", add("/b", json!(2)) => "\u{feff}a: 1\nb: 2\n";
    adds_below_the_comments_of_the_map:
        "c:\n  - a: 1 # one\n    # about a\n  # about the next item\n  - b: 2\n", add("/c/0/x", json!(1))
        => "c:\n  - a: 1 # one\n    # about a\n    x: 1\n  # about the next item\n  - b: 2\n";
    adds_above_a_comment_of_the_next_key:
        "args:\n- a\n# the image\nimage: x\n", add("/args/-", json!("b"))
        => "args:\n- a\n- b\n# the image\nimage: x\n";
    adds_below_a_comment_of_an_indented_list:
        "args:\n  - a\n  # - old\nimage: x\n", add("/args/-", json!("b"))
        => "args:\n  - a\n  # - old\n  - b\nimage: x\n";
    follows_the_list_style_of_its_neighbours:
        "a:\n    b:\n        - c\n", add("/a/x", json!({"q": [{"z": 1}]}))
        => "a:\n    b:\n        - c\n    x:\n        q:\n            - z: 1\n";
    follows_the_quotes_of_its_neighbours:
        "a: 'b'\n", add("/c", json!("1")) => "a: 'b'\nc: '1'\n";
    inserts_above_the_comment_of_an_item:
        "- a\n# about b\n- b\n", add("/1", json!("x")) => "- a\n- x\n# about b\n- b\n";
    inserts_at_the_front_of_a_list:
        "l:\n- a\n", add("/l/0", json!({"x": 1, "z": 2})) => "l:\n- x: 1\n  z: 2\n- a\n";
    inserts_into_brackets:
        "[a, b]\n", add("/1", json!("x")) => "[a, x, b]\n";
    keeps_the_comment_in_empty_brackets:
        "b: [\n  # none yet\n]\nc: {} # none\n",
        json!([{"op": "add", "path": "/b/0", "value": 1}, {"op": "add", "path": "/b/1", "value": {"x": 2}}, {"op": "add", "path": "/c/d", "value": 3}])
        => "b: [\n  # none yet\n  1,\n  {x: 2}\n]\nc: # none\n  d: 3\n";
    replaces_a_scalar_and_keeps_its_quotes_and_comment:
        "a: \"x\" # why\nb: 'x'\n",
        json!([{"op": "replace", "path": "/a", "value": "z"}, {"op": "replace", "path": "/b", "value": "z"}])
        => "a: \"z\" # why\nb: 'z'\n";
    replaces_a_scalar_by_one_that_needs_quotes:
        "a: x # why\n", json!([{"op": "replace", "path": "/a", "value": "y"}]) => "a: \"y\" # why\n";
    replaces_a_scalar_by_lines_and_keeps_its_comment:
        "a: x # why\nb: 1\n", json!([{"op": "replace", "path": "/a", "value": "y\nz\n"}])
        => "a: | # why\n  y\n  z\nb: 1\n";
    replaces_a_scalar_by_a_map:
        "a: x # why\nb: 1\n", json!([{"op": "replace", "path": "/a", "value": {"c": [1]}}])
        => "a: # why\n  c:\n  - 1\nb: 1\n";
    replaces_a_literal_by_a_scalar:
        "a: |\n  x\n  y\n\nb: 1\n", json!([{"op": "replace", "path": "/a", "value": "z"}]) => "a: z\n\nb: 1\n";
    replaces_a_map_by_a_scalar:
        "a: # why\n  c: 1\n  d: 2\nb: 1\n", json!([{"op": "replace", "path": "/a", "value": "x"}])
        => "a: x # why\nb: 1\n";
    replaces_only_what_differs_in_a_map:
        "a:\n  c: 1 # one\n  # two\n  d: '2'\nb: 1\n", json!([{"op": "replace", "path": "/a", "value": {"d": "2", "c": 3}}])
        => "a:\n  c: 3 # one\n  # two\n  d: '2'\nb: 1\n";
    replaces_a_list_item:
        "- a: 1\n  b: 2\n- c\n", json!([{"op": "replace", "path": "/0", "value": "x"}]) => "- x\n- c\n";
    removes_an_entry_with_its_line:
        "a: 1\n# about b\nb: 2 # two\nc: 3\n", remove("/b") => "a: 1\n# about b\nc: 3\n";
    removes_the_only_entry:
        "a:\n  b: 1\nc: 2\n", remove("/a/b") => "a: {}\nc: 2\n";
    removes_the_only_entry_and_keeps_the_comment_above_it:
        "a:\n  # why\n  b: 1\nc: 2\n", remove("/a/b") => "a: {}\n  # why\nc: 2\n";
    removes_the_only_item:
        "a:\n- 1\nc: 2\n", remove("/a/0") => "a: []\nc: 2\n";
    removes_the_first_entry_of_an_item:
        "- a: 1\n  b: 2\n", remove("/0/a") => "- b: 2\n";
    removes_the_first_entry_of_an_item_and_keeps_the_comment_below_it:
        "- a: 1\n  # about b\n  b: 2\n", remove("/0/a") => "-\n  # about b\n  b: 2\n";
    removes_the_first_item_of_a_list:
        "l:\n- a: 1\n  b: 2\n- c\n", remove("/l/0") => "l:\n- c\n";
    removes_from_brackets:
        "a: {b: 1, c: 2, d: 3}\n", json!([{"op": "remove", "path": "/a/b"}, {"op": "remove", "path": "/a/d"}])
        => "a: {c: 2}\n";
    removes_everything_from_brackets:
        "a: {b: 1}\n", remove("/a/b") => "a: {}\n";
    finds_quoted_keys_and_escaped_pointers:
        "\"metadata\":\n  'a/b~c': 1\n", add("/metadata/a~1b~0c", json!(2)) => "\"metadata\":\n  'a/b~c': 2\n";
    adds_to_a_list_of_lists:
        "- - x\n  - y\n", add("/0/-", json!("z")) => "- - x\n  - y\n  - z\n";
    removes_the_first_item_of_a_list_of_lists:
        "- - x\n  - y\n", remove("/0/0") => "- - y\n";
    changes_under_an_alias_stay_where_they_are:
        "a: &x\n  b: 1\nc: *x\n", add("/c/d", json!(2)) => "a: &x\n  b: 1\nc:\n  b: 1\n  d: 2\n";
    changes_under_a_merge_key_become_the_map_s_own:
        "a: &x\n  b: {c: 1}\nd:\n  <<: *x\n  e: 2\n", add("/d/b/f", json!(3))
        => "a: &x\n  b: {c: 1}\nd:\n  <<: *x\n  e: 2\n  b:\n    c: 1\n    f: 3\n";
    drops_a_tag_with_the_value_it_was_for:
        "a: !!str 1 # c\n", json!([{"op": "replace", "path": "/a", "value": 2}]) => "a: 2 # c\n";
    drops_an_unused_anchor_with_its_value:
        "a: &x\n  b: 1\nc: 2\n", json!([{"op": "replace", "path": "/a", "value": {"d": 1}}])
        => "a:\n  d: 1\nc: 2\n";
    writes_a_map_with_explicit_keys_anew:
        "a:\n  ? b\n  : 1\nc: 2 # kept\n", add("/a/d", json!(3)) => "a:\n  b: 1\n  d: 3\nc: 2 # kept\n";
    writes_a_pair_without_braces_anew:
        "a: [b: 1] # kept\n", add("/a/0/c", json!(2)) => "a: [{b: 1, c: 2}] # kept\n";
    changes_nothing_where_nothing_differs:
        "a: \"1\"   #  c\n", add("/a", json!("1")) => "a: \"1\"   #  c\n";
    keeps_the_documents_around_it:
        "---\na: 1\n---\nb: 2\n", add("/c", json!(1)) => "---\na: 1\nc: 1\n---\nb: 2\n";
    adds_behind_a_value_that_spans_lines:
        "a: x\n  y\nb: \"p\n  q\"\nc: [1,\n  2]\n", add("/d", json!(1)) => "a: x\n  y\nb: \"p\n  q\"\nc: [1,\n  2]\nd: 1\n";
    keeps_numbers_as_they_are_spelled:
        "a: 1.10\nb: 0777\nc: 18446744073709551616\nd: y\ne: 2024-01-01\nf: 1e3\n", add("/g", json!(true))
        => "a: 1.10\nb: 0777\nc: 18446744073709551616\nd: y\ne: 2024-01-01\nf: 1e3\ng: true\n";
}

#[test]
fn a_shared_anchor_is_never_changed_silently() {
    let text = "a: &x\n  b: 1\nc: *x\n";
    for patch in [add("/a/b", json!(2)), remove("/a"), add("/a", json!(1))] {
        let error = edit(text, &patch).unwrap_err();
        assert!(
            error.contains("the anchor `&x`, which line 3 repeats"),
            "{error}"
        );
    }
    let error = edit("a: &x {b: 1}\nc:\n  <<: *x\n", &remove("/c/b")).unwrap_err();
    assert_eq!(
        error,
        "line 3, column 3: `b` comes from a merge key here, so it can't be removed"
    );
}

#[test]
fn a_path_that_leads_nowhere_is_an_error() {
    for patch in [
        remove("/b"),
        add("/b/c", json!(1)),
        add("/l/3", json!(1)),
        add("/a/b", json!(1)),
        remove("/l/-"),
    ] {
        assert!(edit("a: 1\nl: [1]\n", &patch).is_err(), "{patch}");
    }
}
