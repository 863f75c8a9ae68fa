use serde_json::json;

use super::*;

fn refuses(words: &Value, value: &Value) -> Vec<String> {
    let schema = json!({"type": "object", "properties": {"spec": words}});
    mistakes(&schema, &json!({"spec": value}))
}

/// Each row has the words of a schema, what they take, and what they refuse for one reason.
fn take_and_refuse(rows: &[[&str; 3]]) {
    let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap();
    for [words, taken, refused] in rows {
        let (schema, good, bad) = (read(words), read(taken), read(refused));
        assert_eq!(refuses(&schema, &good), Vec::<String>::new(), "{words}");
        assert_eq!(refuses(&schema, &bad).len(), 1, "{words} {refused}");
    }
}

#[test]
fn words_of_types_take_what_they_must_and_refuse_the_rest() {
    take_and_refuse(&[
        [
            "{type: object, x-kubernetes-preserve-unknown-fields: true}",
            "{a: 1}",
            "[]",
        ],
        ["{type: array, items: {type: integer}}", "[7]", "['7']"],
        ["{type: array, items: {type: integer}}", "[]", "{}"],
        ["{type: string}", "'7'", "7"],
        ["{type: boolean}", "true", "'true'"],
        ["{type: number}", "1.5", "'1.5'"],
        ["{type: integer}", "-7", "1.5"],
        ["{type: integer, nullable: true}", "null", "''"],
        ["{type: integer, nullable: false}", "7", "null"],
        ["{x-kubernetes-int-or-string: true}", "50%", "1.5"],
        ["{x-kubernetes-int-or-string: true}", "7", "true"],
        ["{enum: [STRICT]}", "STRICT", "strict"],
        ["{pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'}", "a-1", "a-"],
        ["{format: int32}", "2147483647", "2147483648"],
        [
            "{format: int64}",
            "9223372036854775807",
            "9223372036854775808",
        ],
        ["{format: date-time}", "'2026-01-02T03:04:05Z'", "tomorrow"],
    ]);
}

#[test]
fn words_of_fields_take_what_they_must_and_refuse_the_rest() {
    take_and_refuse(&[
        [
            "{type: object, properties: {a: {type: integer}}}",
            "{a: 7}",
            "{a: '7'}",
        ],
        [
            "{type: object, properties: {a: {type: integer}}}",
            "{}",
            "{b: 7}",
        ],
        ["{type: object}", "{}", "{b: 7}"],
        [
            "{type: object, additionalProperties: {type: integer}}",
            "{a: 7}",
            "{a: '7'}",
        ],
        [
            "{type: object, additionalProperties: false}",
            "{}",
            "{a: 7}",
        ],
        [
            "{type: object, required: [a], properties: {a: {type: integer}}}",
            "{a: 7}",
            "{}",
        ],
        [
            "{minProperties: 1, additionalProperties: true}",
            "{a: 1}",
            "{}",
        ],
        [
            "{maxProperties: 1, additionalProperties: true}",
            "{a: 1}",
            "{a: 1, b: 2}",
        ],
    ]);
}

#[test]
fn words_of_bounds_take_what_they_must_and_refuse_the_rest() {
    take_and_refuse(&[
        ["{minimum: 1}", "1", "0"],
        ["{maximum: 9}", "9", "10"],
        ["{minimum: 1, exclusiveMinimum: true}", "2", "1"],
        ["{maximum: 9, exclusiveMaximum: true}", "8", "9"],
        ["{minLength: 2}", "åb", "å"],
        ["{maxLength: 2}", "åb", "åbc"],
        ["{minItems: 1}", "[1]", "[]"],
        ["{maxItems: 1}", "[1]", "[1, 2]"],
        ["{uniqueItems: true}", "[1, 2]", "[1, 1]"],
        ["{x-kubernetes-list-type: set}", "[a, b]", "[a, a]"],
    ]);
}

#[test]
fn words_that_join_schemas_take_what_they_must_and_refuse_the_rest() {
    take_and_refuse(&[
        ["{allOf: [{minimum: 1}, {maximum: 9}]}", "5", "10"],
        ["{anyOf: [{minimum: 8}, {maximum: 2}]}", "9", "5"],
        ["{oneOf: [{minimum: 3}, {maximum: 6}]}", "2", "5"],
        ["{oneOf: [{minimum: 3}, {minimum: 6}]}", "5", "2"],
        ["{not: {minimum: 3}}", "2", "3"],
    ]);
}

#[test]
fn a_list_with_keys_has_each_key_once() {
    let words = json!({
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["port", "protocol"],
        "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
    });
    let entry =
        |protocol: &str, name: &str| json!({"port": 80, "protocol": protocol, "name": name});
    let apart = json!([entry("TCP", "a"), entry("UDP", "a")]);
    assert_eq!(refuses(&words, &apart), Vec::<String>::new());
    assert_eq!(
        refuses(&words, &json!([entry("TCP", "a"), entry("TCP", "b")])).len(),
        1
    );
}

#[test]
fn what_a_schema_asks_for_in_words_that_are_not_known_here_is_told() {
    for words in [
        json!({"multipleOf": 2}),
        json!({"pattern": "^[0-9]{3}$"}),
        json!({"format": "ipv4"}),
        json!({"x-kubernetes-list-type": "ring"}),
        json!(true),
    ] {
        assert_eq!(refuses(&words, &json!("a")).len(), 1, "{words}");
    }
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let words = json!({"type": "object", "properties": {"rules": {"type": "array", "items": {"type": "object"}}}});
    let told = refuses(&words, &json!({"rules": [{}, {"form": []}]}));
    assert_eq!(told, ["spec.rules[1].form: the field is unknown"]);
}

#[test]
fn fields_within_joined_schemas_are_not_unknown() {
    // As Istio writes that at most one of two fields is set.
    let words = json!({
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "oneOf": [{"not": {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}}, {"required": ["a"]}, {"required": ["b"]}],
    });
    for taken in [json!({}), json!({"a": 1}), json!({"b": 1})] {
        assert_eq!(refuses(&words, &taken), Vec::<String>::new());
    }
    assert_eq!(refuses(&words, &json!({"a": 1, "b": 1})).len(), 1);
}

#[test]
fn what_every_object_has_needs_no_schema() {
    let schema = json!({"type": "object", "required": ["metadata", "spec"], "properties": {"spec": {"type": "object"}}});
    let object = json!({"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "a"}, "spec": {}});
    assert_eq!(mistakes(&schema, &object), Vec::<String>::new());
    assert_eq!(mistakes(&schema, &json!({"metadata": {}})).len(), 1);
}

const PROMETHEUS: &str =
    "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$";

#[test]
fn each_pattern_refuses_what_it_must() {
    for (pattern, taken, refused) in [
        (r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a", "a.b"),
        (
            r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
            "a.b-c",
            "a..b",
        ),
        (
            r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
            "",
            "A",
        ),
        (
            r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
            "*.a",
            "*a",
        ),
        (
            r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$",
            "Server",
            "1Server",
        ),
        (r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$", "GET", "G T"),
        (PROMETHEUS, "1h30m5ms", "30m1h"),
        (PROMETHEUS, "0", "5"),
        (r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$", "30m1.5h", "1.h"),
        (r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$", "5m", "5h"),
        ("^oci://.*$", "oci://a", "https://a"),
        ("^[-._a-zA-Z0-9]+$", "tls.crt", "a/b"),
    ] {
        assert_eq!(patterns::matches(pattern, taken), Some(true), "{pattern}");
        assert_eq!(
            patterns::matches(pattern, refused),
            Some(false),
            "{pattern}"
        );
    }
}
