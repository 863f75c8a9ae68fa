//! kustomize and kubectl, in each way to build a folder.

use std::collections::BTreeSet;
use std::process::Command;

use checks::tools::{KUBECTL, KUSTOMIZE};
use checks::{Folder, binary, golden};
use serde_json::{Value, json};

use crate::{
    BEYOND, Build, DEBUG, GENERATORS, HASH, INFO, OBJECTS, command, config, config_of_exec,
    filtered, well,
};

/// Changes what `settings` holds.
const PATCH: &str = "\
patches:
- patch: |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {LOG_LEVEL: debug}
";

/// Builds a folder in every way that can be had here, which must all come to the same; none where there is no tool.
/// Beside each kustomization stands `hash.yaml`.
fn built(files: &[(&str, &str)], target: &str, spec: &Value) -> Option<Build> {
    let exec = &["build", "--enable-alpha-plugins", "--enable-exec", target][..];
    let plugin = &["build", "--enable-alpha-plugins", target];
    let kubectl = &["kustomize", "--enable-alpha-plugins", target];
    let ways = [
        (&KUSTOMIZE, exec, config_of_exec(spec)),
        (&KUSTOMIZE, plugin, config(spec)),
        (&KUBECTL, kubectl, config(spec)),
    ];
    let mut texts = BTreeSet::new();
    for (tool, arguments, config) in ways {
        let Some(program) = tool.found() else {
            continue;
        };
        let folder = Folder::of(files);
        for (name, _) in files {
            if let Some(place) = name.strip_suffix("kustomization.yaml") {
                folder.write(&format!("{place}hash.yaml"), &config);
            }
        }
        let plugins = folder.join("plugin");
        let mut install = Command::new(binary::path("plimsoll"));
        well(install.arg("install-plugins").arg("--dir").arg(plugins), "");
        texts.insert(well(&mut command(&folder, program, arguments), "").stdout);
    }
    let text = texts.pop_first()?;
    assert_eq!(texts.pop_first(), None, "not the same as: {text}");
    Some(Build { text })
}

/// A base, an overlay over it, and one over that.
fn three(base: &str, overlay: &str, top: &str) -> Vec<(&'static str, String)> {
    vec![
        ("base/objects.yaml", OBJECTS.to_owned()),
        (
            "base/kustomization.yaml",
            format!("resources: [objects.yaml]\n{GENERATORS}{base}"),
        ),
        (
            "overlay/kustomization.yaml",
            format!(
                "resources: [../base]\nnamePrefix: eu-\nnameSuffix: -x\nnamespace: shop\n{overlay}"
            ),
        ),
        (
            "top/kustomization.yaml",
            format!("resources: [../overlay]\nnamePrefix: prod-\nnamespace: prod\n{top}"),
        ),
    ]
}

fn built_of(files: &[(&'static str, String)], target: &str, spec: &Value) -> Option<Build> {
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    built(&files, target, spec)
}

/// What is generated is called the same whoever else hashes; kustomize puts its hash behind all else.
fn generated_stay(build: &Build, before: &str, after: &str) {
    build.is_spelled("limits", &format!("{before}limits{after}-cbh4b4728d"), 5);
    build.is_spelled("token", &format!("{before}token{after}-86h6cc7m29"), 4);
    build.is_spelled("notes", &format!("{before}notes{after}"), 1);
}

#[test]
fn an_overlay_that_sets_names_and_hashes_gives_each_object_one_name() {
    let Some(build) = built_of(&three("", HASH, ""), "overlay", &json!({})) else {
        return;
    };
    build.is_spelled("settings", &format!("eu-settings-x-{INFO}"), 6);
    generated_stay(&build, "eu-", "-x");
    assert_eq!(build.namespaces(), ["\"shop\""]);
    let settings = build.object("ConfigMap", "settings");
    assert_eq!(
        (&settings["immutable"], &settings["data"]["LOG_LEVEL"]),
        (&json!(true), &json!("info"))
    );
}

#[test]
fn the_hash_of_a_base_stays_under_one_overlay_and_two() {
    let files = three(HASH, "", "");
    for (target, before, after, namespace) in [
        ("base", "", "", "null"),
        ("overlay", "eu-", "-x", "\"shop\""),
        ("top", "prod-eu-", "-x", "\"prod\""),
    ] {
        let Some(build) = built_of(&files, target, &json!({})) else {
            return;
        };
        build.is_spelled("settings", &format!("{before}settings-{INFO}{after}"), 6);
        generated_stay(&build, before, after);
        assert_eq!(build.namespaces(), [namespace], "{target}");
    }
}

#[test]
fn an_overlay_that_changes_content_and_hashes_again_moves_every_reference() {
    let files = three(HASH, &format!("{PATCH}{HASH}"), HASH);
    for (target, before) in [("overlay", "eu-"), ("top", "prod-eu-")] {
        let Some(build) = built_of(&files, target, &json!({})) else {
            return;
        };
        build.is_spelled("settings", &format!("{before}settings-{DEBUG}-x"), 6);
        generated_stay(&build, before, "-x");
    }
}

// What a generator merges into an object that had its name from us comes with marks of kustomize's.
#[test]
fn an_overlay_that_merges_into_a_hashed_object_hashes_it_once() {
    let merge =
        "configMapGenerator:\n- name: settings\n  behavior: merge\n  literals: [LOG_LEVEL=debug]\n";
    let files = three(HASH, &format!("{merge}{HASH}"), "");
    let Some(build) = built_of(&files, "overlay", &json!({})) else {
        return;
    };
    build.is_spelled("settings", &format!("eu-settings-{DEBUG}-x"), 6);
    generated_stay(&build, "eu-", "-x");
}

// Without the function the overlay's content has the base's hash, which is why it belongs where content changes last.
#[test]
fn what_an_overlay_changed_unseen_is_made_good_behind_the_build() {
    let files = three(HASH, PATCH, "");
    let Some(build) = built_of(&files, "overlay", &json!({})) else {
        return;
    };
    build.is_spelled("settings", &format!("eu-settings-{INFO}-x"), 6);
    let ran = filtered(&json!({}), &build.text);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let good = Build { text: ran.stdout };
    good.is_spelled("settings", &format!("eu-settings-{DEBUG}-x"), 6);
    generated_stay(&good, "eu-", "-x");
}

#[test]
fn a_generator_s_object_is_named_once_where_kustomize_would_leave_a_reference_behind() {
    let generators = "configMapGenerator:\n- name: settings\n  literals: [LOG_LEVEL=info]\n- name: limits\n  literals: [RATE=100]\n- name: rules\n  literals: [RATE=100]\n";
    let kustomization =
        |rest: &str| format!("resources: [beyond.yaml]\nnamePrefix: eu-\n{generators}{rest}");
    let build = |rest: &str| {
        let kustomization = kustomization(rest);
        let files = [
            ("shop/beyond.yaml", BEYOND),
            ("shop/kustomization.yaml", kustomization.as_str()),
        ];
        built(&files, "shop", &json!({}))
    };
    let (Some(without), Some(with)) = (build(""), build(HASH)) else {
        return;
    };
    // Why these are ours. If kustomize learns of them, its own names are as good.
    assert_eq!(without.spellings("rules").get("rules"), Some(&1));
    assert_eq!(without.spellings("limits").get("limits"), Some(&1));
    with.is_spelled("rules", "eu-rules-cbh4b4728d", 2);
    with.is_spelled("limits", "eu-limits-cbh4b4728d", 3);
    for name in ["rules", "limits"] {
        assert_eq!(with.object("ConfigMap", name)["immutable"], true, "{name}");
    }
    // What kustomize knows all about is its own.
    assert_eq!(with.spellings("settings"), without.spellings("settings"));
    let settings = |build: &Build| build.object("ConfigMap", "settings");
    assert_eq!(settings(&with), settings(&without));
}

#[test]
fn a_build_of_generators_is_the_same_without_the_function() {
    let objects = OBJECTS
        .split("---\n")
        .skip(2)
        .collect::<Vec<_>>()
        .join("---\n");
    let build = |rest: &str| {
        let more = "- name: settings\n  literals: [LOG_LEVEL=info]\n  options: {immutable: true, labels: {app: shop}}\n";
        let kustomization = format!(
            "resources: [objects.yaml]\nnamePrefix: eu-\nnameSuffix: -x\nnamespace: shop\n{}{rest}",
            GENERATORS.replace(
                "configMapGenerator:\n",
                &format!("configMapGenerator:\n{more}")
            )
        );
        let files = [
            ("shop/objects.yaml", objects.as_str()),
            ("shop/kustomization.yaml", kustomization.as_str()),
        ];
        built(&files, "shop", &json!({}))
    };
    let (Some(without), Some(with)) = (build(""), build(HASH)) else {
        return;
    };
    with.is_spelled("settings", &format!("eu-settings-x-{INFO}"), 6);
    assert_eq!(with.text, without.text);
}

#[test]
fn delegating_gives_what_a_generator_gives() {
    let overlay = format!("{PATCH}{HASH}");
    let delegate = json!({"strategy": "delegate"});
    let Some(delegated) = built_of(&three("", &overlay, ""), "top", &delegate) else {
        return;
    };
    let generated = "namespace: prod\nnamePrefix: prod-eu-\nnameSuffix: -x\nconfigMapGenerator:\n- name: settings\n  literals: [LOG_LEVEL=debug]\n";
    let generated = built(
        &[("shop/kustomization.yaml", generated)],
        "shop",
        &json!({}),
    );
    let generated = generated.expect("a tool that was there");
    let name = format!("prod-eu-settings-x-{DEBUG}");
    generated.is_spelled("settings", &name, 1);
    delegated.is_spelled("settings", &name, 6);
    let settings = |build: &Build| build.object("ConfigMap", "settings");
    assert_eq!(settings(&delegated), settings(&generated));
    generated_stay(&delegated, "prod-eu-", "-x");
    assert!(
        !delegated.text.contains("plimsoll.dev/"),
        "{}",
        delegated.text
    );
}

#[test]
fn an_object_without_a_suffix_keeps_its_name_and_counts_into_a_checksum() {
    let build = |rate: &str| {
        let generators = format!(
            "configMapGenerator:\n- name: limits\n  literals: [RATE={rate}]\n  options: {{disableNameSuffixHash: true}}\n"
        );
        let mut files = three("", HASH, "");
        files[1].1 = files[1].1.replace(
            "configMapGenerator:\n- name: limits\n  literals: [RATE=100]\n",
            &generators,
        );
        assert!(files[1].1.contains("disableNameSuffixHash"));
        built_of(&files, "overlay", &json!({}))
    };
    let (Some(one), Some(other)) = (build("100"), build("200")) else {
        return;
    };
    let checksum = |build: &Build, pointer: &str| {
        let stream: Vec<Value> = golden::documents(&build.text)
            .iter()
            .map(|document| serde_yaml::from_str(document).expect("YAML comes out"))
            .collect();
        let templates = stream.iter().find_map(|object| object.pointer(pointer));
        let annotations = templates.expect("a template with annotations");
        annotations["plimsoll.dev/config-checksum"].clone()
    };
    for template in ["/spec/template", "/spec/jobTemplate/spec/template"] {
        let annotations = format!("{template}/metadata/annotations");
        let (one, other) = (checksum(&one, &annotations), checksum(&other, &annotations));
        assert_ne!(one, other, "{template}");
        assert_eq!(one.as_str().map(str::len), Some(16), "{template}");
    }
    one.is_spelled("limits", "eu-limits-x", 5);
    one.is_spelled("settings", &format!("eu-settings-x-{INFO}"), 6);
    assert_eq!(one.object("ConfigMap", "limits").get("immutable"), None);
}

#[test]
fn nothing_is_hashed_twice_behind_a_build() {
    let Some(hashed) = built_of(&three(HASH, HASH, ""), "top", &json!({})) else {
        return;
    };
    let ran = filtered(&json!({}), &hashed.text);
    // The outermost overlay has put a prefix before the name since the last run.
    let noted = |base: &str| format!("plimsoll.dev/base-name: {base}");
    let expected = hashed
        .text
        .replace(&noted("eu-settings-x"), &noted("prod-eu-settings-x"));
    assert_ne!(expected, hashed.text);
    assert_eq!(
        (ran.code, &ran.stdout),
        (Some(0), &expected),
        "{}",
        ran.stderr
    );
    let generated = built_of(&three("", "", ""), "top", &json!({}));
    let generated = generated.expect("a tool that was there");
    let ran = filtered(
        &json!({"kinds": ["ConfigMap", "Secret"], "unreferenced": "hash"}),
        &generated.text,
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let good = Build { text: ran.stdout };
    good.is_spelled("limits", "prod-eu-limits-x-cbh4b4728d", 5);
    good.is_spelled("token", "prod-eu-token-x-86h6cc7m29", 4);
    good.is_spelled("settings", &format!("prod-eu-settings-x-{INFO}"), 6);
    for kind in [("ConfigMap", "limits"), ("Secret", "token")] {
        let object = |build: &Build| build.object(kind.0, kind.1);
        assert_eq!(object(&good), object(&generated), "{kind:?}");
    }
}
