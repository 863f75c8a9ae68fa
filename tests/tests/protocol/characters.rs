//! YAML, JSON and their characters (S19–S22).

use std::process::Command;

use checks::binary;
use serde_json::{Value, json};

use crate::{
    BROKEN, CONFIG_MAP, DEPLOYMENT, SERVICE, VERSIONS, config, items, list, output, result_of,
    served, text,
};

/// The same list as JSON.
pub(crate) fn as_json(list: &str) -> String {
    let value: Value = serde_yaml::from_str(list).expect("a list");
    value.to_string()
}

#[test]
fn writes_block_yaml_also_for_json() {
    // JSON would end as JSON in the user's files.
    let input =
        list(&[DEPLOYMENT, SERVICE, CONFIG_MAP]) + &config("{results: {minSeverity: info}}");
    let (expected, ran) = (served(&input), served(&as_json(&input)));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(output(&ran), output(&expected));
    let items = items(&ran.stdout);
    assert!(
        items.len() == 3 && !items.concat().contains(['{', '[']),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("\n- apiVersion: apps/v1\n  kind: Deployment\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn writes_block_yaml_also_for_lists_in_brackets() {
    let items = [DEPLOYMENT, SERVICE]
        .map(as_json)
        .map(|items| items.trim_matches(['[', ']']).to_owned())
        .join(", ");
    let plain = "{apiVersion: config.kubernetes.io/v1, kind: ResourceList, items: [";
    let ran = served(&format!("{plain}{items}]}}\n"));
    assert_eq!(output(&ran), output(&served(&list(&[DEPLOYMENT, SERVICE]))));
    assert!(
        ran.stdout
            .contains("\n- apiVersion: apps/v1\n  kind: Deployment\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn keeps_the_types_of_json() {
    // Written without quotes, the strings would be read as numbers, booleans and null.
    let data = json!({"a": "1", "b": "true", "c": "null", "d": "~", "e": "0644", "f": "", "g": "1e3", "h": "yes", "i": "2024-01-01", "j": "a\nb\n"});
    let spec = json!({"count": 1, "share": 0.5, "big": 9_007_199_254_740_993_u64, "is": true, "none": null, "list": [], "map": {}});
    let item = json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}, "data": data, "spec": spec});
    let input = json!({"apiVersion": VERSIONS[0], "kind": "ResourceList", "items": [item]});
    let ran = served(&input.to_string());
    assert_eq!(output(&ran), input, "{}", ran.stdout);
    for quoted in ["h: \"yes\"\n", "i: \"2024-01-01\"\n", "e: \"0644\"\n"] {
        assert!(
            ran.stdout.contains(quoted),
            "{quoted} is not in:\n{}",
            ran.stdout
        );
    }
}

#[test]
fn reads_the_escapes_of_json() {
    let input = r#"{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"\u00e9\ud83d\ude00\/\"\\\t"}}]}"#;
    let ran = served(input);
    assert_eq!(
        text(&output(&ran), "/items/0/data/a"),
        "é😀/\"\\\t",
        "{}",
        ran.stdout
    );
}

#[test]
fn keeps_every_character_of_utf_8() {
    let strange = "é ✓ 漢字 🎉 👩‍👩‍👧 𝒳 \u{a0}\u{ad}\u{200b}";
    let config_map = CONFIG_MAP.replace("good  day", strange);
    let deployment = DEPLOYMENT
        .replace("# the name", &format!("# {strange}"))
        .replace("shop/web:1", "shop/🎉:1");
    let ran = served(&list(&[&deployment, SERVICE, &config_map]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let items = items(&ran.stdout);
    assert!(
        items[0].contains(&format!("    name: web # {strange}\n"))
            && items[0].contains("image: \"shop/🎉:1\"\n"),
        "{}",
        items[0]
    );
    assert!(
        items[0].contains("readinessProbe"),
        "the edit stands behind characters of several bytes"
    );
    assert_eq!(items[2], config_map);
    let json = served(&as_json(&list(&[&config_map])));
    assert_eq!(
        text(&output(&json), "/items/0/data/greeting"),
        strange,
        "{}",
        json.stdout
    );
}

#[test]
fn names_strange_characters_in_results() {
    let ran = served(&list(&[&BROKEN.replace("htpp", "'🎉 \"ü\"'")]));
    let broken = result_of(&ran, "bad-port");
    assert_eq!(broken["field"]["currentValue"], "🎉 \"ü\"");
    assert!(
        text(&broken, "/message").contains('🎉') && ran.stderr.contains('🎉'),
        "{broken}"
    );
}

#[test]
fn reads_a_list_behind_a_byte_order_mark() {
    let plain = served(&list(&[DEPLOYMENT, SERVICE]));
    let marked = served(&format!("\u{feff}{}", list(&[DEPLOYMENT, SERVICE])));
    assert_eq!(marked.code, Some(0), "{}", marked.stderr);
    assert_eq!(marked.stdout, format!("\u{feff}{}", plain.stdout));
    let json = served(&format!(
        "\u{feff}{}",
        as_json(&list(&[DEPLOYMENT, SERVICE]))
    ));
    assert_eq!(output(&json), output(&plain));
}

#[test]
fn reads_a_list_with_windows_line_ends() {
    let input = list(&[DEPLOYMENT, SERVICE, CONFIG_MAP]).replace('\n', "\r\n");
    let ran = served(&input);
    assert_eq!(
        output(&ran),
        output(&served(&list(&[DEPLOYMENT, SERVICE, CONFIG_MAP])))
    );
    assert!(
        ran.stdout.contains(&CONFIG_MAP.replace('\n', "\r\n")),
        "{}",
        ran.stdout
    );
}

#[test]
fn says_where_a_byte_is_not_utf_8() {
    let mut input = list(&[CONFIG_MAP]).into_bytes();
    input.extend(b"# \xff\n");
    let ran = binary::run(&mut Command::new(binary::path("inject-probes")), &input);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(
        ran.stderr.contains("line 8, column 3") && ran.stderr.contains("0xFF"),
        "{}",
        ran.stderr
    );
}
