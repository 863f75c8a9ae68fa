//! hash-configmaps under the tools that it is made for: kustomize and kubectl, kpt, Helm, and pipes.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a check stops at the first surprise and says so"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use checks::Folder;
use checks::binary::{self, Ran};
use checks::golden::{self, Change};
use checks::tools::{HELM3, HELM4, KPT, KUBECTL, KUSTOMIZE, Tool};
use serde_json::{Value, json};

const OBJECTS: &str = include_str!("hash_configmaps/shop/objects.yaml");
const BEYOND: &str = include_str!("hash_configmaps/shop/beyond.yaml");

/// What generators add to [`OBJECTS`].
const GENERATORS: &str = "\
configMapGenerator:
- name: limits
  literals: [RATE=100]
secretGenerator:
- name: token
  literals: [TOKEN=abc]
";

/// The hashes of what `settings` holds: as it is written, and with an overlay's level.
const INFO: &str = "hf678c7m2b";
const DEBUG: &str = "47668c6k28";

/// Changes what `settings` holds.
const PATCH: &str = "\
patches:
- patch: |-
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {LOG_LEVEL: debug}
";

const HASH: &str = "transformers: [hash.yaml]\n";

/// All files of a folder, by their names.
fn files(folder: &Folder) -> BTreeMap<OsString, String> {
    let entries = fs::read_dir(folder.path()).expect("the folder can be read");
    let entries = entries.map(|entry| entry.expect("the folder can be read"));
    let read = |path| fs::read_to_string(path).expect("the file can be read");
    entries
        .map(|entry| (entry.file_name(), read(entry.path())))
        .collect()
}

/// A call with the plugins of the folder.
fn command(folder: &Folder, program: PathBuf, arguments: &[&str]) -> Command {
    let mut command = folder.call(program, arguments);
    command.env("KUSTOMIZE_PLUGIN_HOME", folder.join("plugin"));
    command
}

/// A run that must go well.
fn well(command: &mut Command, stdin: &str) -> Ran {
    let ran = binary::run(command, stdin.as_bytes());
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.code, Some(0), "{command:?}: {told}");
    ran
}

/// The configuration for the filter and the plugin folder.
fn config(spec: &Value) -> String {
    let config = json!({
        "apiVersion": "fn.plimsoll.dev/v1alpha1",
        "kind": "HashConfigMaps",
        "metadata": {"name": "hash"},
        "spec": spec,
    });
    format!("{config}\n")
}

/// The configuration for `exec`.
fn config_of_exec(spec: &Value) -> String {
    let name = r#"{"name":"hash""#;
    let how = r#","annotations":{"config.kubernetes.io/function":"exec: {path: hash-configmaps}"}"#;
    config(spec).replace(name, &format!("{name}{how}"))
}

/// What the filter makes of a text.
fn filtered(spec: &Value, text: &str) -> Ran {
    let folder = Folder::of(&[("hash.yaml", &config(spec))]);
    let mut command = Command::new(binary::path("hash-configmaps"));
    let config = folder.join("hash.yaml");
    binary::run(command.arg("--config").arg(config), text.as_bytes())
}

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

/// The output of a build.
struct Build {
    text: String,
}

impl Build {
    /// The objects without what we note on them.
    fn objects(&self) -> Vec<Value> {
        let documents = golden::documents(&self.text);
        let objects = documents.iter().map(|document| {
            let mut object: Value = serde_yaml::from_str(document).expect("YAML comes out");
            for notes in ["annotations", "labels"] {
                if let Some(Value::Object(notes)) = object["metadata"].get_mut(notes) {
                    notes.retain(|key, _| !key.starts_with("plimsoll.dev/"));
                }
            }
            object
        });
        objects.collect()
    }

    fn object(&self, kind: &str, word: &str) -> Value {
        let is_it = |object: &Value| {
            let name = object["metadata"]["name"].as_str();
            object["kind"] == kind && name.is_some_and(|name| name.contains(word))
        };
        let found = self.objects().into_iter().find(is_it);
        found.unwrap_or_else(|| panic!("no {kind} {word} in {}", self.text))
    }

    /// How a name is spelled, where it is an object's and where it is referred to, with how often.
    fn spellings(&self, word: &str) -> BTreeMap<String, usize> {
        let mut spellings = BTreeMap::new();
        for text in self.objects().iter().flat_map(texts) {
            if text.contains(word) {
                *spellings.entry(text).or_default() += 1;
            }
        }
        spellings
    }

    /// Fails unless a name is spelled one way, this often.
    fn is_spelled(&self, word: &str, name: &str, count: usize) {
        let expected = BTreeMap::from([(name.to_owned(), count)]);
        assert_eq!(self.spellings(word), expected, "{}", self.text);
    }

    fn namespaces(&self) -> Vec<String> {
        let objects = self.objects();
        let namespaces = objects
            .iter()
            .map(|object| object["metadata"]["namespace"].to_string());
        namespaces.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
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

/// What a run took away from a text, and what it added.
fn difference<'t>(one: &'t str, other: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for change in golden::changes(one, other) {
        match change {
            Change::Removed(line) => removed.push(line.trim_start()),
            Change::Added(line) => added.push(line.trim_start()),
        }
    }
    (removed, added)
}

/// A package on disk, rendered once.
struct Package {
    folder: Folder,
    kpt: PathBuf,
}

impl Package {
    fn rendered() -> Option<Self> {
        let kpt = KPT.found()?;
        let program = binary::path("hash-configmaps")
            .to_string_lossy()
            .into_owned();
        let kptfile = include_str!("hash_configmaps/package/Kptfile").replace("PROGRAM", &program);
        let files = [
            ("Kptfile", kptfile.as_str()),
            (
                "config.yaml",
                include_str!("hash_configmaps/package/config.yaml"),
            ),
            (
                "hash.yaml",
                include_str!("hash_configmaps/package/hash.yaml"),
            ),
            (
                "setters.yaml",
                include_str!("hash_configmaps/package/setters.yaml"),
            ),
            (
                "site.yaml",
                include_str!("hash_configmaps/package/site.yaml"),
            ),
        ];
        let package = Self {
            folder: Folder::of(&files),
            kpt,
        };
        package.render();
        Some(package)
    }

    fn render(&self) {
        let arguments = ["fn", "render", ".", "--allow-exec"];
        well(&mut command(&self.folder, self.kpt.clone(), &arguments), "");
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert_eq!(text.matches(from).count(), 1, "{from} in {text}");
        self.folder.write(file, &text.replace(from, to));
    }

    fn read(&self, file: &str) -> String {
        let text = files(&self.folder).remove(&OsString::from(file));
        text.unwrap_or_else(|| panic!("no {file}"))
    }
}

#[test]
fn kpt_renders_names_into_the_files_that_have_them() {
    let Some(package) = Package::rendered() else {
        return;
    };
    let site = include_str!("hash_configmaps/package/site.yaml");
    assert_eq!(
        difference(site, &package.read("site.yaml")),
        (
            vec![
                "- configMapRef: {name: settings} # the first",
                "name: \"texts\"",
                "name: settings",
            ],
            vec![
                "- configMapRef: {name: settings-62fht94bhb} # the first",
                "name: \"texts-64mb846gfb\"",
                "name: settings-62fht94bhb",
            ]
        )
    );
    let config = include_str!("hash_configmaps/package/config.yaml");
    let rendered = package.read("config.yaml");
    let (removed, added) = difference(config, &rendered);
    assert_eq!(
        removed,
        ["name: settings # short for site-settings", "name: 'texts'"]
    );
    assert!(
        added.contains(&"name: settings-62fht94bhb # short for site-settings"),
        "{rendered}"
    );
    assert!(added.contains(&"name: 'texts-64mb846gfb'"), "{rendered}");
}

// `unreferenced: hash` would rename it like any other.
#[test]
fn kpt_keeps_the_configurations_of_functions_and_all_files() {
    let Some(package) = Package::rendered() else {
        return;
    };
    assert_eq!(
        package.read("setters.yaml"),
        include_str!("hash_configmaps/package/setters.yaml")
    );
    assert_eq!(
        package.read("hash.yaml"),
        include_str!("hash_configmaps/package/hash.yaml")
    );
    let files: Vec<_> = files(&package.folder).into_keys().collect();
    assert_eq!(
        files,
        [
            "Kptfile",
            "config.yaml",
            "hash.yaml",
            "setters.yaml",
            "site.yaml"
        ]
    );
}

#[test]
fn a_second_render_changes_no_byte() {
    let Some(package) = Package::rendered() else {
        return;
    };
    let once = files(&package.folder);
    package.render();
    assert_eq!(files(&package.folder), once);
}

#[test]
fn an_edit_of_one_key_moves_one_name_and_what_refers_to_it() {
    let Some(package) = Package::rendered() else {
        return;
    };
    let before = files(&package.folder);
    package.edit("config.yaml", "LOG_LEVEL: info", "LOG_LEVEL: debug");
    package.render();
    let after = files(&package.folder);
    let mut differences = BTreeMap::new();
    for (file, text) in &before {
        let difference = difference(text, &after[file]);
        if difference != (Vec::new(), Vec::new()) {
            differences.insert(file.to_string_lossy().into_owned(), difference);
        }
    }
    let config = (
        vec![
            "name: settings-62fht94bhb # short for site-settings",
            "plimsoll.dev/content-hash: 62fht94bhb",
            "LOG_LEVEL: info # debug on Fridays",
        ],
        vec![
            "name: settings-f5f98bhc8g # short for site-settings",
            "plimsoll.dev/content-hash: f5f98bhc8g",
            "LOG_LEVEL: debug # debug on Fridays",
        ],
    );
    let site = (
        vec![
            "- configMapRef: {name: settings-62fht94bhb} # the first",
            "name: settings-62fht94bhb",
        ],
        vec![
            "- configMapRef: {name: settings-f5f98bhc8g} # the first",
            "name: settings-f5f98bhc8g",
        ],
    );
    let expected = [
        ("config.yaml".to_owned(), config),
        ("site.yaml".to_owned(), site),
    ];
    assert_eq!(differences, BTreeMap::from(expected));
    // The way back finds the former name.
    package.edit("config.yaml", "LOG_LEVEL: debug #", "LOG_LEVEL: info #");
    package.render();
    assert_eq!(files(&package.folder), before);
}

/// The chart as Helm renders it, without a post-renderer that does anything and with the function behind it.
fn rendered(helm: &Tool) -> Option<(String, String)> {
    let program = helm.found()?;
    let own = binary::path("hash-configmaps")
        .to_string_lossy()
        .into_owned();
    let folder = Folder::of(&[
        (
            "shop/Chart.yaml",
            include_str!("hash_configmaps/chart/Chart.yaml"),
        ),
        (
            "shop/templates/site.yaml",
            include_str!("hash_configmaps/chart/site.yaml"),
        ),
        (
            "shop/templates/hooks.yaml",
            include_str!("hash_configmaps/chart/hooks.yaml"),
        ),
        ("hash.yaml", &config(&json!({}))),
    ]);
    let template = |more: &[&str]| {
        let mut command = command(&folder, program.clone(), &["template", "web", "shop"]);
        for (variable, name) in [
            ("HELM_CACHE_HOME", "cache"),
            ("HELM_CONFIG_HOME", "config"),
            ("HELM_DATA_HOME", "data"),
            ("HELM_PLUGINS", "plugins"),
        ] {
            command.env(variable, folder.join(name));
        }
        well(command.args(more), "").stdout
    };
    if helm.name == HELM3.name {
        let argument = "--post-renderer-args";
        let hashed = [
            "--post-renderer",
            &own,
            argument,
            "--config",
            argument,
            "hash.yaml",
        ];
        return Some((template(&[]), template(&hashed)));
    }
    let hash = folder.join("hash.yaml");
    for (name, program, arguments) in [
        ("copy", "cat", Vec::new()),
        (
            "hash",
            own.as_str(),
            vec!["--config".to_owned(), hash.to_string_lossy().into_owned()],
        ),
    ] {
        let command = json!([{"command": program, "args": arguments}]);
        let plugin = json!({
            "apiVersion": "v1",
            "type": "postrenderer/v1",
            "name": name,
            "version": "0.1.0",
            "runtime": "subprocess",
            "runtimeConfig": {"platformCommand": command},
        });
        folder.write(&format!("plugins/{name}/plugin.yaml"), &plugin.to_string());
    }
    Some((
        template(&["--post-renderer", "copy"]),
        template(&["--post-renderer", "hash"]),
    ))
}

/// What belongs to the release is renamed; hooks and what they share with it keep their names.
fn a_chart_is_hashed_around_its_hooks(helm: &Tool) {
    let Some((plain, hashed)) = rendered(helm) else {
        return;
    };
    let name = format!("web-settings-{INFO}");
    let (removed, added) = difference(&plain, &hashed);
    assert_eq!(
        removed,
        ["name: web-settings", "- configMapRef: {name: web-settings}"]
    );
    let reference = format!("- configMapRef: {{name: {name}}}");
    assert!(
        added.contains(&format!("name: {name}").as_str()),
        "{added:#?}"
    );
    assert!(added.contains(&reference.as_str()), "{added:#?}");
    let build = Build { text: hashed };
    build.is_spelled("web-settings", &name, 2);
    build.is_spelled("web-seed", "web-seed", 3);
    build.is_spelled("web-database", "web-database", 3);
    assert!(
        build.text.contains("plimsoll.dev/config-checksum: "),
        "{}",
        build.text
    );
}

#[test]
fn helm_3_hashes_a_chart_around_its_hooks() {
    a_chart_is_hashed_around_its_hooks(&HELM3);
}

#[test]
fn helm_4_hashes_a_chart_around_its_hooks() {
    a_chart_is_hashed_around_its_hooks(&HELM4);
}

/// What must not be seen outside of the object that holds it.
const VALUE: &str = "hunter2";

/// Content that is refused, with the rule that refuses it; without one, it is no YAML.
const REFUSED: &[(&str, &str, &str)] = &[
    ("not-text", "ConfigMap", "data: {key: [hunter2]}"),
    ("not-text", "ConfigMap", "data: {key: {inner: hunter2}}"),
    ("not-text", "ConfigMap", "data: hunter2"),
    ("not-text", "ConfigMap", "data: [hunter2]"),
    ("not-text", "ConfigMap", "data: {<<: hunter2}"),
    ("not-text", "ConfigMap", "data: {? [hunter2] : value}"),
    ("not-text", "ConfigMap", "data: {8080: hunter2}"),
    ("not-text", "Secret", "stringData: hunter2"),
    ("not-text", "Secret", "stringData: {key: [hunter2]}"),
    ("not-text", "Secret", "type: [hunter2]"),
    ("bad-key", "ConfigMap", "data: {a b: hunter2}"),
    (
        "bad-key",
        "ConfigMap",
        "data: {key: hunter2}\nbinaryData: {key: aGk=}",
    ),
    ("bad-key", "Secret", "stringData: {a b: hunter2}"),
    ("bad-base64", "ConfigMap", "binaryData: {key: hunter2}"),
    ("bad-base64", "Secret", "data: {key: hunter2}"),
    (
        "control-character",
        "ConfigMap",
        "data: {key: \"hunter2\\x7f\"}",
    ),
    (
        "control-character",
        "Secret",
        "stringData: {key: \"hunter2\\uFFFE\"}",
    ),
    ("too-large", "ConfigMap", "data: {key: hunter2LARGE}"),
    ("too-large", "Secret", "stringData: {key: hunter2LARGE}"),
    ("", "ConfigMap", "data: {key: \"hunter2"),
    ("", "ConfigMap", "data: {key: hunter2, key: hunter2}"),
    ("", "ConfigMap", "data:\n\tkey: hunter2"),
    ("", "ConfigMap", "data:\n  key: hunter2\n other: hunter2"),
    ("", "ConfigMap", "data:\n  key: hunter2\n  hunter2"),
    ("", "ConfigMap", "data:\n  key: one: hunter2"),
    ("", "ConfigMap", "data: {key: *hunter2}"),
    ("", "Secret", "stringData: {key: @hunter2}"),
    ("", "Secret", "stringData: {key: \"\\qhunter2\"}"),
    ("", "Secret", "stringData: {key: \"hunter2\u{1}\"}"),
    ("", "Secret", "stringData: {key: 'hunter2'hunter2}"),
];

/// An object with such content, and pods that read it.
fn refused(kind: &str, content: &str) -> String {
    let content = content.replace("LARGE", &"x".repeat(1_100_000));
    let source = if kind == "Secret" {
        "secretRef"
    } else {
        "configMapRef"
    };
    format!(
        "apiVersion: v1\nkind: {kind}\nmetadata: {{name: web}}\n{content}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{template: {{spec: {{containers: [{{name: web, image: web, envFrom: [{{{source}: {{name: web}}}}]}}]}}}}}}\n"
    )
}

#[test]
fn no_value_is_told_in_a_message() {
    for kinds in [json!(["ConfigMap"]), json!(["ConfigMap", "Secret"])] {
        for (rule, kind, content) in REFUSED {
            let ran = filtered(&json!({"kinds": kinds}), &refused(kind, content));
            let told = &ran.stderr;
            assert!(
                told.contains(&format!("[hash-configmaps/{rule}]"))
                    || rule.is_empty() && ran.code == Some(2),
                "{kind} {content}: {told}"
            );
            assert!(!told.contains(VALUE), "{kind} {content}: {told}");
        }
    }
}

/// A list as kpt sends it, whose results are structured.
fn in_a_list(documents: &str, spec: &Value) -> String {
    let items = documents.split("---\n").map(|document| {
        let indented = document.trim_end().replace('\n', "\n  ");
        format!("- {indented}\n")
    });
    let items = items.collect::<String>();
    let config = config(spec);
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}functionConfig: {config}"
    )
}

fn results_of(documents: &str, spec: &Value) -> (Ran, String) {
    let mut command = Command::new(binary::path("hash-configmaps"));
    let ran = binary::run(&mut command, in_a_list(documents, spec).as_bytes());
    let results = ran.stdout.split_once("\nresults:");
    let results = results.map(|(_, results)| results.to_owned());
    let results = results.unwrap_or_default();
    (ran, results)
}

#[test]
fn no_value_is_told_in_results() {
    for (rule, kind, content) in REFUSED.iter().filter(|(rule, ..)| !rule.is_empty()) {
        let spec = json!({"kinds": ["ConfigMap", "Secret"]});
        let (ran, results) = results_of(&refused(kind, content), &spec);
        assert!(
            results.contains(&format!("hash-configmaps/{rule}")),
            "{kind} {content}: {}",
            ran.stderr
        );
        assert!(!results.contains(VALUE), "{kind} {content}: {results}");
    }
}

#[test]
fn no_value_of_a_history_is_told() {
    let object = refused("ConfigMap", "data: {key: value}");
    for versions in [
        "[{name: web, data: hunter2}]",
        "[{name: web, data: [hunter2]}]",
        "[{name: web, data: {key: [hunter2]}}]",
        "[{name: web, data: {key: {inner: hunter2}}}]",
        "[{name: web, binaryData: hunter2}]",
        "[{name: web, extra: hunter2}]",
        "[hunter2]",
        "hunter2",
    ] {
        let history = format!(
            "apiVersion: history.plimsoll.dev/v1alpha1\nkind: ConfigHistory\nmetadata:\n  name: history\n  annotations: {{config.kubernetes.io/local-config: \"true\"}}\nspec: {{versions: {versions}}}\n"
        );
        let (ran, results) = results_of(
            &format!("{object}---\n{history}"),
            &json!({"retainVersions": 2}),
        );
        assert!(
            results.contains("hash-configmaps/bad-history"),
            "{versions}: {results}"
        );
        assert!(!results.contains(VALUE), "{versions}: {results}");
        assert!(!ran.stderr.contains(VALUE), "{versions}: {}", ran.stderr);
    }
}
