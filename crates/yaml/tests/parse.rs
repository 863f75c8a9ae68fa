//! What the tree says: where values stand, what they mean, and what is refused.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "a test stops at the first surprise"
)]

use plimsoll_yaml::{Limits, Node, Stream, decode_utf8, parse, parse_within};
use serde_json::{Value, json};

fn read(text: &str) -> Stream {
    parse(text.to_owned()).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

fn value(text: &str) -> Value {
    read(text)
        .documents()
        .next()
        .unwrap()
        .root()
        .unwrap()
        .to_value()
        .unwrap()
}

fn refusal(text: &str) -> String {
    parse(text.to_owned()).expect_err(text).to_string()
}

/// Every node with its text, one a line, children indented.
fn outline(text: &str) -> String {
    fn write(node: Node<'_>, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        *out += &format!("{indent}{:?}\n", node.source());
        if node.resolved().id() != node.id() {
            return;
        }
        for (key, value) in node.entries() {
            write(key, depth + 1, out);
            write(value, depth + 2, out);
        }
        node.items().for_each(|item| write(item, depth + 1, out));
    }
    let mut out = String::new();
    for document in read(text).documents() {
        document
            .root()
            .into_iter()
            .for_each(|root| write(root, 0, &mut out));
    }
    out
}

#[test]
fn block_scalars_span_their_header_and_text_alone() {
    let text = "a: |  # why\n  p\n\n    q\n\n  \nb: >-\n  x\n\nc: |+\n  z\n\nd: |\n\ne: 1\n";
    assert_eq!(
        outline(text),
        "\"a: |  # why\\n  p\\n\\n    q\\n\\n  \\nb: >-\\n  x\\n\\nc: |+\\n  z\\n\\nd: |\\n\\ne: 1\"\n  \
         \"a\"\n    \"|  # why\\n  p\\n\\n    q\"\n  \"b\"\n    \">-\\n  x\"\n  \
         \"c\"\n    \"|+\\n  z\\n\"\n  \"d\"\n    \"|\"\n  \"e\"\n    \"1\"\n"
    );
}

#[test]
fn collections_end_with_their_last_value() {
    let text = "a:\n- x # one\n# two\n- {b: c} # three\n# four\nd:\n  e:\n\n# five\nf: 1\n";
    assert_eq!(
        outline(text),
        "\"a:\\n- x # one\\n# two\\n- {b: c} # three\\n# four\\nd:\\n  e:\\n\\n# five\\nf: 1\"\n  \
         \"a\"\n    \"- x # one\\n# two\\n- {b: c}\"\n      \"x\"\n      \"{b: c}\"\n        \"b\"\n          \"c\"\n  \
         \"d\"\n    \"e:\"\n      \"e\"\n        \"\"\n  \"f\"\n    \"1\"\n"
    );
}

#[test]
fn quoted_and_plain_text_ends_before_its_comment() {
    let text = "d: 'x''y'   # t\ne: \"é\" # u\nf: a#b  # v\ng: &n !!str x # w\nh: *n # z\n";
    assert_eq!(
        outline(text)
            .lines()
            .skip(1)
            .map(str::trim)
            .collect::<Vec<_>>(),
        [
            "\"d\"",
            "\"'x''y'\"",
            "\"e\"",
            "\"\\\"é\\\"\"",
            "\"f\"",
            "\"a#b\"",
            "\"g\"",
            "\"x\"",
            "\"h\"",
            "\"*n\""
        ]
    );
}

#[test]
fn missing_values_stand_behind_their_indicator() {
    let stream = read("a:\nb: # c\n  \nl:\n-\n- # d\nm: {x: , y}\nn: &k\n");
    let root = stream.documents().next().unwrap().root().unwrap();
    let before = |node: Node<'_>| stream.text()[..node.span().start].chars().last();
    for path in [&["a"][..], &["b"]] {
        assert_eq!(before(root.at(path).unwrap()), Some(':'), "{path:?}");
    }
    assert!(
        root.get("l")
            .unwrap()
            .items()
            .all(|item| before(item) == Some('-'))
    );
    assert_eq!(before(root.at(&["m", "x"]).unwrap()), Some(':'));
    assert_eq!(before(root.at(&["m", "y"]).unwrap()), Some('y'));
    assert_eq!(before(root.get("n").unwrap()), Some('k'));
}

/// Values as go-yaml v3.0.4 and `json.Marshal` give them for the same text.
#[test]
fn values_are_those_of_go_yaml() {
    let table: &[(&str, Value)] = &[
        ("a: |\n  x", json!({"a": "x"})),
        ("a: |+\n  x", json!({"a": "x"})),
        (
            "a: >\n  x\n    y\n  z\n\n  w\n \n",
            json!({"a": "x\n  y\nz\nw\n"}),
        ),
        ("a: |\n  x\n   \n \nb: 1\n", json!({"a": "x\n \n", "b": 1})),
        ("a: |\n\n  x\n", json!({"a": "\nx\n"})),
        ("a: |2\n    x\n   y\n", json!({"a": "  x\n y\n"})),
        (
            "a: \"x\n\n  y\\\n   z \\  \n  w\"\n",
            json!({"a": "x\nyz   w"}),
        ),
        ("a: 'x\n  y''\n\n  z'\n", json!({"a": "x y'\nz"})),
        (
            "a: \"\\ud83d\\ude00 \\U0001F389 \\x41 \\N\"\n",
            json!({"a": "😀 🎉 A \u{85}"}),
        ),
        ("a: b\tc # d\n", json!({"a": "b\tc"})),
        ("a:\tb\n", json!({"a": "b"})),
        (
            "{a: [b, {c: d}], \"e\":1}\n",
            json!({"a": ["b", {"c": "d"}], "e": 1}),
        ),
        (
            "1: a\ntrue: b\n~: c\n",
            json!({"1": "a", "true": "b", "~": "c"}),
        ),
        (
            "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n",
            json!({"a": {"b": 1, "c": 2}, "d": {"c": 3, "b": 1}}),
        ),
        (
            "a: &x {b: 1}\nc: &y {b: 2}\nd: {<<: [*x, *y]}\n",
            json!({"a": {"b": 1}, "c": {"b": 2}, "d": {"b": 1}}),
        ),
        (
            "a: !!str 1\nb: !!int 0x1\nc: !!float 1\nd: !x y\n",
            json!({"a": "1", "b": 1, "c": 1.0, "d": "y"}),
        ),
        ("\u{feff}a: 1\r\nb:\r\n- c\r\n", json!({"a": 1, "b": ["c"]})),
    ];
    for (text, expected) in table {
        assert_eq!(value(text), *expected, "{text:?}");
    }
}

#[test]
fn reading_follows_aliases_and_merge_keys() {
    let stream = read("base: &b {x: {y: 1}, z: 2}\nother:\n  <<: *b\n  z: 3\nalias: *b\n");
    let root = stream.documents().next().unwrap().root().unwrap();
    let number = |path: &[&str]| root.at(path).and_then(Node::as_i64);
    assert_eq!(number(&["other", "x", "y"]), Some(1));
    assert_eq!(number(&["other", "z"]), Some(3));
    assert_eq!(number(&["alias", "z"]), Some(2));
}

#[test]
fn the_fields_of_a_map_are_those_that_reading_finds() {
    let text = "a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2}\nc:\n  <<: [{z: 0}, *b, *a]\n  x: 3\n";
    let stream = read(text);
    let map = stream.documents().next().unwrap().root().unwrap();
    let map = map.get("c").unwrap();
    let fields: Vec<_> = map
        .fields()
        .map(|(key, value)| (key.text().unwrap(), value.as_i64()))
        .collect();
    assert_eq!(
        fields,
        [
            ("x".into(), Some(3)),
            ("z".into(), Some(0)),
            ("y".into(), Some(2)),
        ]
    );
    for (key, value) in fields {
        assert_eq!(map.get(&key).and_then(Node::as_i64), value, "{key}");
    }
}

#[test]
fn documents_and_what_stands_between_them_make_up_the_text() {
    let text = "# Source: a\n---\na: 1\n---\n# only a comment\n---\n\nb: 2\n...\n# tail\n";
    let stream = read(text);
    let parts: Vec<&str> = stream
        .documents()
        .map(|document| &text[document.span()])
        .collect();
    assert_eq!(
        parts,
        [
            "# Source: a\n---\na: 1\n",
            "---\n# only a comment\n",
            "---\n\nb: 2\n...\n# tail\n"
        ]
    );
    assert_eq!(read("# nothing\n\n").documents().count(), 0);
    assert_eq!(read("").documents().count(), 0);
    assert_eq!(read("%YAML 1.2\n---\na: 1\n").documents().count(), 1);
}

#[test]
fn what_is_no_yaml_is_refused_with_its_place_and_a_way_out() {
    let table = [
        (
            "a: 1\n\tb: 2\n",
            "line 2, column 1: a tab can't indent YAML; use spaces",
        ),
        (
            "a: \"x\nb: 1\n",
            "line 2, column 1: the lines of this quoted text must be indented further than its key; or the quote that ends it is missing above",
        ),
        (
            "a: 'x",
            "line 1, column 4: this quoted text is never closed; add the quote that ends it",
        ),
        (
            "a: [1, 2\n",
            "line 1, column 4: this `[` is never closed; add `]`",
        ),
        (
            "a: b: c\n",
            "line 1, column 5: a second `: ` on this line; put the text in quotes, or the map on lines of its own",
        ),
        (
            "a: *x\n",
            "line 1, column 4: this alias has no anchor before it in its document",
        ),
        (
            "a: &x [*x]\n",
            "line 1, column 8: the alias `*x` stands inside what it repeats",
        ),
        (
            "é: 1\nb:\n  é: 1\n  c: 2\n  \"é\": 3\n",
            "line 5, column 3: the key \"é\" is already there on line 3; remove one of the two",
        ),
        (
            "{a: 1, a: 2}",
            "line 1, column 8: the key \"a\" is already there on line 1; remove one of the two",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(refusal(text), expected);
    }
    let many: String = (0..100)
        .map(|number| format!("k{}: 1\n", number % 99))
        .collect();
    assert_eq!(
        refusal(&many),
        "line 100, column 1: the key \"k0\" is already there on line 1; remove one of the two"
    );
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_place() {
    let error = decode_utf8(b"a: 1\nb: \xc3\xa9\xff\n".to_vec()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column 5: the byte 0xFF is not UTF-8; save the text as UTF-8"
    );
}

#[test]
fn depth_is_bounded() {
    for text in [
        "[".repeat(20_000),
        "- ".repeat(50_000),
        "{a: ".repeat(20_000),
    ] {
        let error = refusal(&text);
        assert!(
            error.contains("nested more than 255 levels deep, as no Kubernetes object is; look at what wrote this"),
            "{error}"
        );
        assert!(error.starts_with("line 1, column "), "{error}");
    }
    let nested: String = (0..5000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    assert_eq!(
        refusal(&nested),
        "line 256, column 256: nested more than 255 levels deep, as no Kubernetes object is; look at what wrote this"
    );
    let deep = format!("{}1{}", "[".repeat(255), "]".repeat(255));
    assert_eq!(read(&deep).documents().count(), 1);
    assert!(refusal(&format!("[{deep}]")).contains("nested more than 255"));
}

#[test]
fn aliases_can_t_blow_a_document_up() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let alias = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", "));
    }
    assert_eq!(
        refusal(&bomb),
        "line 7, column 10: aliases repeat this document to more than 1000000 values; write fewer out"
    );
}

#[test]
fn the_size_of_the_input_is_bounded() {
    let limits = Limits {
        bytes: 10,
        ..Limits::default()
    };
    let error = parse_within("a: 1\nb: 22\n".to_owned(), limits).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1, column 1: the input has 11 bytes; more than 10 can't be handled in one run"
    );
    assert_eq!(Limits::default().bytes, 4_294_967_295);
}

#[test]
fn a_long_input_is_read_to_its_end() {
    let text: String = (0..40_000)
        .map(|number| format!("k{number}: v\n"))
        .collect();
    let stream = read(&text);
    let root = stream.documents().next().unwrap().root().unwrap();
    assert_eq!(root.entries().count(), 40_000);
    let long = "x".repeat(2000);
    assert!(refusal(&format!("{long}: 1\n")).starts_with("line 1, column "));
    assert_eq!(value(&format!("a: {long}\n")), json!({"a": long}));
}
