//! Lists and their items (S1–S4).

use serde_json::json;

use crate::{
    CONFIG_MAP, DEPLOYMENT, SERVICE, VERSIONS, config, inject, list, output, served, text,
};

#[test]
fn reads_a_resource_list_and_writes_one() {
    let ran = served(&list(&[DEPLOYMENT, SERVICE]));
    let output = output(&ran);
    assert_eq!(
        (ran.code, text(&output, "/kind")),
        (Some(0), "ResourceList")
    );
    let probe = output.pointer("/items/0/spec/template/spec/containers/0/readinessProbe");
    assert_eq!(
        probe,
        Some(&json!({"tcpSocket": {"port": "http"}, "timeoutSeconds": 3}))
    );
}

#[test]
fn echoes_the_version_it_received() {
    for version in VERSIONS {
        let input = list(&[DEPLOYMENT, SERVICE]).replacen(VERSIONS[0], version, 1);
        let ran = served(&input);
        assert_eq!(
            (ran.code, text(&output(&ran), "/apiVersion")),
            (Some(0), version)
        );
    }
}

#[test]
fn refuses_another_kind_and_says_how_to_run_it() {
    let ran = inject("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    for told in [
        "ConfigMap",
        "ResourceList",
        "kpt fn eval",
        "kustomize build",
        "--config FILE",
    ] {
        assert!(
            ran.stderr.contains(told),
            "{told} is not in: {}",
            ran.stderr
        );
    }
}

#[test]
fn refuses_a_version_it_does_not_know_and_says_which() {
    for version in ["config.kubernetes.io/v2", "v1"] {
        let ran = inject(&list(&[CONFIG_MAP]).replacen(VERSIONS[0], version, 1));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains(version), "{}", ran.stderr);
    }
}

#[test]
fn refuses_two_lists_at_once() {
    // One of them would be lost.
    let ran = inject(&format!("{one}---\n{one}", one = list(&[CONFIG_MAP])));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("2 documents"), "{}", ran.stderr);
}

#[test]
fn never_ends_well_with_nothing_on_stdout() {
    // kustomize and kpt would delete everything.
    let odd = [
        "",
        "\n",
        "---\n",
        "# nothing\n",
        "null\n",
        "[]\n",
        "{}\n",
        "kind: ResourceList\n",
        "items: []\n",
    ];
    for input in odd {
        let ran = inject(input);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{input:?}");
        assert!(
            ran.stderr.starts_with("inject-probes: stdin "),
            "{input:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn writes_items_also_where_none_came_in() {
    for items in ["", "items:\n", "items: null\n", "items: ~\n", "items: []\n"] {
        let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
        let ran = served(&format!("{head}{items}"));
        assert_eq!(
            (ran.code, ran.stdout),
            (Some(0), format!("{head}items: []\n")),
            "{items:?}"
        );
    }
}

#[test]
fn writes_items_also_where_it_refuses_the_configuration() {
    let ran = served(&(list(&[]) + &config("{mode: fil}")));
    assert_eq!(
        (ran.code, output(&ran).get("items")),
        (Some(1), Some(&json!([])))
    );
}
