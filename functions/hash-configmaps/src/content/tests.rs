use sdk::{Severity, content_hash, yaml};

use super::Problem;

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n";
const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: password}\n";

/// What is wrong with the object of that text.
fn of(text: &str, is_in_kustomize: bool) -> Vec<Problem> {
    let stream = yaml::parse(text.to_owned()).expect(text);
    let document = stream.documents().next().expect(text);
    let object = document.root().expect(text);
    let problems = super::of(object, is_in_kustomize);
    for problem in &problems {
        let place = object.follow(&problem.path.0);
        assert!(place.is_some(), "{} in {text}", problem.path);
    }
    problems
}

fn is_refused(text: &str) -> bool {
    let stream = yaml::parse(text.to_owned()).expect(text);
    let document = stream.documents().next().expect(text);
    content_hash(document.root().expect(text)).is_err()
}

/// Severity, rule and path of each.
fn gist(head: &str, content: &str) -> Vec<String> {
    let problems = of(&format!("{head}{content}\n"), false);
    let gist = |problem: &Problem| {
        let severity = problem.severity.as_str();
        format!("{severity} {} {}", problem.rule, problem.path)
    };
    problems.iter().map(gist).collect()
}

fn message(head: &str, content: &str) -> String {
    let problems = of(&format!("{head}{content}\n"), false);
    let messages: Vec<_> = problems
        .into_iter()
        .map(|problem| problem.message)
        .collect();
    messages.join("\n")
}

#[test]
fn what_the_api_server_takes_has_no_problem() {
    let none: [&str; 0] = [];
    for content in [
        "",
        "data:",
        "data: {}",
        "data: {a: x, b: '', 'c': '8080'}\nbinaryData: {d: AAEC}",
        "data: {motd: \"é\\u2028 \\e[1m\"}",
        "immutable: true\nbinaryData: {a: \"AA\\nEC\", b: ''}",
        // Of another kind.
        "stringData: {'a b': 5}\ntype: {}",
    ] {
        assert_eq!(gist(CONFIG_MAP, content), none, "{content}");
    }
    for content in [
        "type: Opaque\ndata: {a: YQ==}\nstringData: {a: x, b: '{{ y }}'}",
        "binaryData: {'a b': 5}",
    ] {
        assert_eq!(gist(SECRET, content), none, "{content}");
    }
}

#[test]
fn other_kinds_are_not_looked_at() {
    for head in [
        "apiVersion: example.com/v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n",
    ] {
        assert!(gist(head, "data: {'a b': 5}").is_empty(), "{head}");
    }
}

#[test]
fn each_key_without_text_is_told_and_not_the_first_alone() {
    let content = "data: {a: 1, b: true, c: null, d: 2024-01-01, e: {x: y}, f: [x], g: x, 8: x}\nbinaryData: {h: 5}";
    assert_eq!(
        gist(CONFIG_MAP, content),
        [
            "error not-text data.a",
            "error not-text data.b",
            "error not-text data.c",
            "error not-text data.d",
            "error not-text data.e",
            "error not-text data.f",
            "error not-text data.8",
            "error not-text binaryData.h",
        ]
    );
    assert_eq!(
        message(SECRET, "stringData: {a: 1, b: {c: 2}}"),
        "\"a\" in `stringData` must be a string; put it in quotes\n\
         \"b\" in `stringData` must be a string, not a map or list; put it in quotes or in a block behind `|`"
    );
}

#[test]
fn a_field_that_is_no_map_is_told() {
    for content in ["data: text", "data: ''", "data: 5", "data: [a]"] {
        assert_eq!(
            gist(CONFIG_MAP, content),
            ["error not-text data"],
            "{content}"
        );
    }
    assert_eq!(
        message(CONFIG_MAP, "data: text"),
        "`data` must be a map, not a single value; write keys and values"
    );
    let content = "data: x\nstringData: 5\ntype: {a: b}";
    let expected = ["data", "stringData", "type"].map(|field| format!("error not-text {field}"));
    assert_eq!(gist(SECRET, content), expected);
}

#[test]
fn whatever_has_no_hash_has_a_problem() {
    for content in [
        "data: {a: 5}",
        "data: []",
        "data: {<<: x}",
        "data: {'<<': x}",
        "data: {? {a: b} : c}",
        "data: {~: x}",
    ] {
        assert!(is_refused(&format!("{CONFIG_MAP}{content}\n")), "{content}");
        assert!(!gist(CONFIG_MAP, content).is_empty(), "{content}");
    }
}

#[test]
fn merges_are_followed_and_own_keys_win() {
    let common = "common: &common {a: 5, 'b c': x, d: \"\\x80\"}\n";
    assert_eq!(
        gist(CONFIG_MAP, &format!("{common}data: {{<<: *common}}")),
        [
            "error not-text data.a",
            "error bad-key data[\"b c\"]",
            "warning control-character data.d",
        ]
    );
    let own = "data: {<<: *common, a: x, 'b c': y, d: z}";
    assert_eq!(
        gist(CONFIG_MAP, &format!("{common}{own}")),
        ["error bad-key data[\"b c\"]"]
    );
    // One that is no text is not replaced by a merged one.
    let base = "base: &base {a: \"\\x80\"}\n";
    assert_eq!(
        gist(CONFIG_MAP, &format!("{base}data: {{<<: *base, a: 5}}")),
        ["error not-text data.a"]
    );
}

#[test]
fn what_comes_in_by_two_merges_is_told_once() {
    let base = "base: &base {8: x, a: 5}\n";
    assert_eq!(
        gist(CONFIG_MAP, &format!("{base}data: {{<<: [*base, *base]}}")),
        ["error not-text data.8", "error not-text data.a"]
    );
}

#[test]
fn a_key_in_data_and_binary_data_is_refused() {
    let content = "data: {a: x, b: x}\nbinaryData: {b: AAEC, c: AAEC}";
    assert_eq!(gist(CONFIG_MAP, content), ["error bad-key data.b"]);
    assert_eq!(
        message(CONFIG_MAP, content),
        "key \"b\" must not be in both `data` and `binaryData`; remove one of them"
    );
    // Also where one of the two is no text.
    assert_eq!(
        gist(CONFIG_MAP, "data: {a: 5}\nbinaryData: {a: AAEC}"),
        ["error not-text data.a", "error bad-key data.a"]
    );
}

#[test]
fn a_bad_key_is_told_in_every_field() {
    assert_eq!(
        message(CONFIG_MAP, "data: {a b: x}\nbinaryData: {..c: ''}"),
        "key \"..c\" in `binaryData` must not start with `..`; rename it\n\
         key \"a b\" in `data` must have only letters, digits, `-`, `_` and `.`; rename it"
    );
    assert_eq!(
        gist(SECRET, "data: {a/b: ''}\nstringData: {'': x}"),
        [
            "error bad-key data[\"a/b\"]",
            "error bad-key stringData[\"\"]"
        ]
    );
}

#[test]
fn what_is_no_base64_is_refused_where_bytes_are_meant() {
    assert_eq!(
        message(CONFIG_MAP, "binaryData: {logo.png: plain text}"),
        "\"logo.png\" in `binaryData` must be base64 with `+`, `/` and padding; encode it, or move it to `data` if it is text"
    );
    assert_eq!(
        message(
            SECRET,
            "data: {password: hunter2}\nstringData: {pin: hunter2}"
        ),
        "\"password\" in `data` must be base64 with `+`, `/` and padding; encode it, or move it to `stringData` if it is text"
    );
    // The API server decodes it before `stringData` takes its place.
    assert_eq!(
        gist(SECRET, "data: {a: '-'}\nstringData: {a: x}"),
        ["error bad-base64 data.a"]
    );
}

#[test]
fn the_bytes_behind_the_base64_are_counted_and_keys_are_not() {
    // Three quarters of a MiB in base64 are a MiB as text.
    let encoded = "A".repeat(1024 * 1024);
    let text = "x".repeat(256 * 1024);
    let full = format!("binaryData: {{a: {encoded}}}\ndata: {{b: {text}}}");
    assert_eq!(gist(CONFIG_MAP, &full), ["warning too-large binaryData.a"]);
    assert_eq!(
        message(CONFIG_MAP, &full),
        "the values have 1048576 bytes together, of the 1048576 that the API server takes, and the largest is \"a\" in `binaryData` with 786432; split the object before it grows"
    );
    let more = format!("{full}\n").replace("{b: ", "{c: x, b: ");
    assert_eq!(gist(CONFIG_MAP, &more), ["error too-large binaryData.a"]);
}

#[test]
fn a_value_that_string_data_replaces_is_not_counted() {
    let encoded = "A".repeat(1024 * 1024);
    let text = "x".repeat(512 * 1024);
    let one = format!("data: {{a: {encoded}}}\nstringData: {{a: {text}}}");
    assert!(gist(SECRET, &one).is_empty());
    let two = format!("data: {{a: {encoded}}}\nstringData: {{b: {text}}}");
    assert_eq!(gist(SECRET, &two), ["error too-large data.a"]);
    assert_eq!(
        message(SECRET, &two),
        "the values must have at most 1048576 bytes together, not 1310720, and the largest is \"a\" in `data` with 786432; split the object"
    );
}

#[test]
fn what_kustomize_cannot_write_fails_only_inside_it() {
    let text = format!("{CONFIG_MAP}data: {{motd: \"x\\x85\\x7f\"}}\n");
    for (is_in_kustomize, severity, who) in [
        (true, Severity::Error, "kustomize"),
        (false, Severity::Warning, "kustomize and kpt"),
    ] {
        let problems = of(&text, is_in_kustomize);
        let found = problems.first().expect("a problem");
        assert_eq!(
            (found.rule, found.severity),
            ("control-character", severity)
        );
        assert_eq!(
            found.message,
            format!(
                "\"motd\" in `data` must not have the character U+007F, which {who} can't write; remove it, or move the value to `binaryData`"
            )
        );
    }
}

#[test]
fn what_kustomize_alters_is_a_warning_in_it_too() {
    let text = format!("{SECRET}stringData: {{motd: \"x\\N\"}}\n");
    for is_in_kustomize in [true, false] {
        let problems = of(&text, is_in_kustomize);
        let found = problems.first().expect("a problem");
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(
            found.message,
            "\"motd\" in `stringData` must not have the character U+0085, which kustomize alters; remove it, or move the value to `data`"
        );
    }
}

#[test]
fn no_value_is_ever_told() {
    let contents = [
        "stringData: {a: 424242, b: [424242], c: \"424242\\x80\", 'd e': '424242', {x: 424242}: y}",
        "stringData: {<<: 424242}\ndata: {a: '424242-', <<: [424242]}",
        "type: [424242]\nstringData: 424242\ndata: [424242]",
    ];
    for content in contents {
        let problems = of(&format!("{SECRET}{content}\n"), true);
        assert!(!problems.is_empty(), "{content}");
        assert!(!format!("{problems:?}").contains("4242"), "{content}");
    }
}
