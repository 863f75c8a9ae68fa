//! The content hash of a ConfigMap or Secret: what real kustomize made of it, what counts and what does not.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise"
)]

use plimsoll_kube::{HashError, content_hash};

fn hash_of(text: &str) -> Result<String, HashError> {
    let stream = yaml::parse(text.to_owned()).expect(text);
    let document = stream.documents().next().expect(text);
    content_hash(document.root().expect(text))
}

fn config_map(content: &str) -> Result<String, HashError> {
    hash_of(&format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\n{content}\n"
    ))
}

fn secret(content: &str) -> Result<String, HashError> {
    hash_of(&format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: password}}\n{content}\n"
    ))
}

/// That each content has the suffix next to it.
fn are_hashed(object: fn(&str) -> Result<String, HashError>, table: &[(&str, &str)]) {
    for (content, expected) in table {
        assert_eq!(object(content).as_deref(), Ok(*expected), "{content}");
    }
}

/// That all of them have the same content.
fn are_equal(object: fn(&str) -> Result<String, HashError>, contents: &[&str]) {
    for pair in contents.windows(2) {
        let [one, other] = pair else { continue };
        assert!(object(one).is_ok(), "{one}");
        assert_eq!(object(one), object(other), "{one}\n{other}");
    }
}

fn mistake(hash: Result<String, HashError>) -> String {
    hash.unwrap_err().to_string()
}

#[test]
fn a_config_map_has_the_suffix_that_kustomize_gives_it() {
    are_hashed(
        config_map,
        &[
            ("", "6ct58987ht"),
            ("data: {}", "42745tchd9"),
            ("data: null", "g886t7dd28"),
            ("data: {FOO: Bar}", "42cfbf598f"),
            ("data: {H: '<a>&b'}", "kbg9ch4m77"),
            (r#"data: {U: "é漢\u2028x"}"#, "fddcbt5m4c"),
            (r#"data: {T: "a\tb\nc\"d\\e"}"#, "6t58gbg7c5"),
            ("data: {a: x}\nbinaryData: {b: AAEC}", "tg84288848"),
            ("binaryData: {b: AAEC}", "g8kck7b5b9"),
            (
                "data: {b: '2', a: '1', B: '3', _: '4', a.b: '5', a-b: '6'}",
                "ff24h8g2gg",
            ),
            (
                "data:\n  application.yaml: |\n    server:\n      port: 8080",
                "bd9fg9hb5h",
            ),
            ("data: {x: a b, y: on, z: '010'}", "mg7g2tf2f7"),
            ("data: {A: b}", "b9t2424hkf"),
            ("data: {H: '<a>&b', N: '8080', U: é}", "mhbmk56hk7"),
            ("data: {one: ''}", "9g67k2htb6"),
            (r#"data: {a: "x\r\ny"}"#, "md2bm649bh"),
            (r#"data: {a: "x\0\a\b\f\v\e\ty"}"#, "h6fhm65c9h"),
            (r#"data: {a: "\u2029\u0085\u00a0"}"#, "g5dg5262mc"),
            ("data: {'<k>&': v}", "d9bbfbkcbt"),
            ("data: {😀: '1', ～: '2'}", "m67h4htbf9"),
            ("data: {a: b}\nbinaryData: {}", "h477bbfc2m"),
            ("data: 0x10", "87bb4t5969"),
        ],
    );
}

#[test]
fn a_secret_has_the_suffix_that_kustomize_gives_it() {
    are_hashed(
        secret,
        &[
            ("type: Opaque\ndata: {password: c2VjcmV0}", "m4d885dchh"),
            ("data: {password: c2VjcmV0}", "87cfcbcfh7"),
            ("type: Opaque\nstringData: {password: secret}", "d7btht8544"),
            (
                "type: Opaque\ndata: {a: YQ==}\nstringData: {password: secret}",
                "mgbdb9h7f4",
            ),
            ("type: my-type", "5gmgkf8578"),
            ("type: my-type\ndata: {one: ''}", "74bd68bm66"),
        ],
    );
}

#[test]
fn how_the_yaml_is_written_does_not_count() {
    are_equal(
        config_map,
        &[
            "data: {a: \"1\\n2\\n\", b: 'x'}",
            "data:\n  b: x\n  a: |\n    1\n    2",
            "data:\n  \"b\": >-\n    x\n  a: |+ # lines\n    1\n    2",
            "data: {b: !!str x, a: !!binary MQoyCg==}",
        ],
    );
}

#[test]
fn aliases_and_merges_count_as_what_they_stand_for() {
    are_equal(
        config_map,
        &[
            "data: {a: x, b: x, c: z}",
            "data: {a: &x x, b: *x, c: z}",
            "common: &common {a: x, b: x, c: z}\ndata: *common",
            "common: &common {a: q, b: x}\ndata: {<<: *common, a: x, c: z}",
            "one: &one {b: x, c: z}\ntwo: &two {a: x, b: q}\ndata: {<<: [*one, *two]}",
            "one: &one {c: z}\ntwo: &two {<<: *one, b: x}\ndata: {a: x, <<: *two}",
            "whole: &whole {data: {a: x, b: x, c: z}}\n<<: *whole",
            // What is not taken over needs to be no string.
            "common: &common {a: 5}\ndata: {<<: *common, a: x, b: x, c: z}",
        ],
    );
}

#[test]
fn only_the_content_counts() {
    let hash = |metadata: &str| {
        hash_of(&format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\ndata: {{FOO: Bar}}"
        ))
    };
    let plain = config_map("data: {FOO: Bar}");
    assert_eq!(hash("{name: other, namespace: shop}"), plain);
    assert_eq!(
        hash("{name: settings, labels: {a: b}, annotations: {c: d}}"),
        plain
    );
    assert_eq!(config_map("immutable: true\ndata: {FOO: Bar}"), plain);
    assert_eq!(config_map("stringData: {a: b}\ndata: {FOO: Bar}"), plain);
    assert_ne!(secret("data: {FOO: Bar}"), plain, "the kind counts");
    assert_ne!(
        secret("type: Opaque\ndata: {FOO: Bar}"),
        secret("data: {FOO: Bar}"),
        "the type counts"
    );
}

#[test]
fn absent_and_empty_data_differ_as_they_do_to_kustomize() {
    are_equal(config_map, &["", "data:", "data: ''", "binaryData: null"]);
    are_equal(secret, &["", "type:", "stringData:", "data: # none yet"]);
    assert_ne!(config_map("data: {}"), config_map(""));
    assert_ne!(config_map("data: {}"), config_map("data: null"));
    assert_ne!(config_map("data: ~"), config_map("data: null"));
    assert_ne!(config_map("binaryData: {}"), config_map(""));
    assert_ne!(secret("stringData: {}"), secret(""));
}

#[test]
fn a_value_that_is_no_string_is_refused_by_its_key() {
    let table = [
        (
            "data: {port: 8080}",
            "\"port\" in `data` must be a string; put it in quotes",
        ),
        (
            "data: {on: true}",
            "\"on\" in `data` must be a string; put it in quotes",
        ),
        (
            "data: {ratio: 1.5}",
            "\"ratio\" in `data` must be a string; put it in quotes",
        ),
        // kustomize makes `2024-01-01T00:00:00Z` of it.
        (
            "data: {since: 2024-01-01}",
            "\"since\" in `data` must be a string; put it in quotes",
        ),
        (
            "data: {none: null}",
            "\"none\" in `data` must be a string; write \"\" if it is to be empty",
        ),
        (
            "data:\n  none:",
            "\"none\" in `data` must be a string; write \"\" if it is to be empty",
        ),
        (
            "data:\n  app.yaml:\n    port: x",
            "\"app.yaml\" in `data` must be a string, not a map or list; put it in quotes or in a block behind `|`",
        ),
        (
            "data: {list: [x]}",
            "\"list\" in `data` must be a string, not a map or list; put it in quotes or in a block behind `|`",
        ),
        (
            "binaryData: {port: 8080}",
            "\"port\" in `binaryData` must be a string; put it in quotes",
        ),
    ];
    for (content, expected) in table {
        assert_eq!(mistake(config_map(content)), expected, "{content}");
    }
    assert_eq!(
        mistake(secret("stringData: {pin: 1234}")),
        "\"pin\" in `stringData` must be a string; put it in quotes"
    );
}

#[test]
fn a_key_that_is_no_string_is_refused() {
    let table = [
        (
            "data: {8080: x}",
            "key \"8080\" in `data` must be a string; put it in quotes",
        ),
        (
            "data: {true: x}",
            "key \"true\" in `data` must be a string; put it in quotes",
        ),
        (
            "data: {2024-01-01: x}",
            "key \"2024-01-01\" in `data` must be a string; put it in quotes",
        ),
        // A forgotten template.
        (
            "data: {{{ x }}: y}",
            "a key in `data` must be a string, not a map or list; put it in quotes",
        ),
        // kustomize drops it without a word, or merges what it holds.
        (
            "data: {\"<<\": x}",
            "key \"<<\" in `data` must not be a merge; choose another key",
        ),
        (
            "data: {<<: [{a: b}, x]}",
            "key \"<<\" in `data` must not be a merge; choose another key",
        ),
    ];
    for (content, expected) in table {
        assert_eq!(mistake(config_map(content)), expected, "{content}");
    }
    assert!(config_map("data: {'8080': x}").is_ok());
}

#[test]
fn a_field_of_another_shape_is_refused() {
    assert_eq!(
        mistake(config_map("data: [a]")),
        "`data` must be a map, not a list; write keys and values"
    );
    assert_eq!(
        mistake(config_map("binaryData: []")),
        "`binaryData` must be a map, not a list; write keys and values"
    );
    assert_eq!(
        mistake(secret("type: {a: b}")),
        "`type` must be a string, not a map or list; write the text alone"
    );
    // Of other kinds these are just fields.
    assert!(secret("binaryData: []").is_ok());
    assert!(config_map("type: {a: b}").is_ok());
}

#[test]
fn only_config_maps_and_secrets_have_a_content_hash() {
    let others = [
        "apiVersion: v1\nkind: Service",
        "apiVersion: example.com/v1\nkind: Secret",
        "kind: ConfigMap",
        "just text",
    ];
    for text in others {
        let refused = hash_of(text).unwrap_err();
        assert_eq!((refused.field(), refused.key()), ("kind", None), "{text}");
        assert_eq!(
            refused.to_string(),
            "`kind` must be ConfigMap or Secret, of `apiVersion: v1`; leave other objects out"
        );
    }
}

#[test]
fn a_mistake_tells_field_and_key_and_no_value() {
    let contents = [
        "stringData: {pin: 424242}",
        "stringData: {pin: [424242]}",
        "stringData: {pin: {x: 424242}}",
        "stringData: {pin: 424242.5}",
    ];
    for content in contents {
        let refused = secret(content).unwrap_err();
        assert_eq!(refused.field(), "stringData", "{content}");
        assert_eq!(refused.key(), Some("pin"), "{content}");
        assert!(
            !format!("{refused} {refused:?}").contains("4242"),
            "{content}"
        );
    }
    // Nor where the value is part of what stands for a key, of a list or of a merge.
    for content in [
        "stringData:\n  ? {pin: 424242}\n  : x",
        "stringData: [424242]",
        "stringData: {<<: 424242}",
        "type: [424242]",
    ] {
        let refused = secret(content).unwrap_err();
        assert!(
            !format!("{refused} {refused:?}").contains("4242"),
            "{content}"
        );
    }
}

#[test]
fn a_long_chain_of_merges_is_followed_to_its_end() {
    let links = (1..500).map(|number| format!("- &m{number} {{<<: *m{}}}\n", number - 1));
    let chain: String = links.collect();
    let content = format!("chain:\n- &m0 {{FOO: Bar}}\n{chain}data: *m499");
    assert_eq!(config_map(&content).as_deref(), Ok("42cfbf598f"));
}
