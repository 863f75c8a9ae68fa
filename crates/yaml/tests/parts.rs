//! Long texts, which several threads read: the tree is the one that granit makes of the whole.

#![expect(clippy::panic, reason = "a test stops at the first surprise")]

use std::ops::Range;

use plimsoll_yaml::{parse, parse_and_tell, parse_by_granit};

/// More than what one thread reads alone.
const LONG: usize = 700 * 1024;

/// Items of every length, and some that the scanner leaves to granit.
fn items(column: usize) -> String {
    let mut text = String::new();
    let mut number = 0_usize;
    while text.len() < LONG {
        number += 1;
        let name = number.wrapping_mul(2_654_435_761) % 1000;
        let lines: &[&str] = match number % 7 {
            0 => &[
                "- kind: ConfigMap",
                "  data:",
                "    list: |",
                "      - like an item",
                "    more:",
                "    - no: item",
            ],
            1 => &[
                "- # a comment",
                "  kind: Service",
                "  spec: {ports: [{port: 80}]}",
            ],
            2 => &["- base: &anchor {a: 1}", "  other: *anchor"],
            3 => &["- 'text", "  - over lines'"],
            4 => &["- - nested", "  - list"],
            5 => &[
                "- kind: Pod",
                "  spec:",
                "    containers:",
                "    - name: app",
                "    - name: other # - x",
            ],
            _ => &["- plain"],
        };
        for line in lines {
            text.push_str(&" ".repeat(column));
            text.push_str(line);
            text.push('\n');
        }
        let indent = " ".repeat(column);
        text.extend([
            &indent,
            "# item ",
            &number.to_string(),
            " ",
            &name.to_string(),
            "\n",
        ]);
    }
    text
}

fn assert_same(text: String) {
    let by_granit = parse_by_granit(text.clone());
    assert!(parse(text) == by_granit);
}

/// The same, and nothing of it is left to granit but single items.
fn assert_same_and_fast(text: &str) {
    assert_same(text.to_owned());
    let (_, left) = parse_and_tell(text.to_owned()).unwrap_or_else(|error| panic!("{error}"));
    let longest = left.iter().map(Range::len).max().unwrap_or_default();
    assert!(longest < 1000, "{longest} bytes at once");
}

#[test]
fn a_long_list_is_read_as_a_whole_one() {
    for column in [0, 2] {
        let list = items(column);
        assert_same_and_fast(&list);
        assert_same_and_fast(&format!("items:\n{list}"));
        assert_same_and_fast(&format!("before: 1\nitems:\n{list}after: [1]\n"));
    }
}

#[test]
fn a_list_behind_another_one_in_the_same_column_is_its_own() {
    let list = items(0);
    let short = "- a\n".repeat(10);
    assert_same_and_fast(&format!("items:\n{short}results:\n{list}"));
    assert_same_and_fast(&format!("items:\n{list}results:\n{short}more:\n{list}"));
}

#[test]
fn a_long_list_with_a_mistake_is_refused_for_it() {
    let list = items(0);
    for wrong in [
        "- [open\n",
        "- a: 1\n  a: 2\n",
        "- \"open\n",
        "- a: b: c\n",
        "-\tx: y\n",
        " - deep\n",
    ] {
        for text in [
            format!("items:\n{list}{wrong}"),
            format!("items:\n{wrong}{list}"),
            format!("items:\n{list}{wrong}{list}"),
        ] {
            assert_same(text);
        }
    }
}

#[test]
fn many_documents_are_read_as_one_after_another() {
    let document = "kind: Pod # a comment\nspec:\n  containers: [{name: app}]\n";
    let documents = format!("---\n{document}").repeat(LONG / document.len());
    assert_same_and_fast(&documents);
    let anchored = "---\na: &x 1\nb: *x\n";
    assert_same(format!("{documents}{anchored}{documents}"));
    assert_same(format!("{documents}---\na: [\n{documents}"));
    assert_same(format!("{documents}...\n# the end\n"));
}
