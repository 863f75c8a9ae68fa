//! What holds for every function, folder and source file: names, lists, cases, and who may talk to the world.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a test stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use checks::{binary, golden};
use sdk::{Function, SHARED_RULES, Value, Visitor};

/// What the list says of a function.
#[derive(Clone, Debug)]
struct Entry {
    name: &'static str,
    kind: &'static str,
    /// The type's own name.
    type_name: &'static str,
    summary: &'static str,
    schema: sdk::Packed,
    rules: &'static [sdk::Rule],
    /// What its own example makes of a workload that opts out of it.
    skipped: fn(&str, &str) -> Result<sdk::Ran, sdk::Error>,
    example: &'static str,
}

#[derive(Default)]
struct Entries(Vec<Entry>);

impl Visitor for Entries {
    fn visit<F: Function>(&mut self) {
        self.0.push(Entry {
            name: F::NAME,
            kind: F::KIND,
            type_name: std::any::type_name::<F>().rsplit("::").next().unwrap(),
            summary: F::SUMMARY,
            schema: F::SCHEMA,
            rules: F::RULES,
            skipped: |config, input| sdk::run::<F>(config, input, true),
            example: F::EXAMPLE,
        });
    }
}

/// The functions, in the order of the list.
fn entries() -> Vec<Entry> {
    let mut entries = Entries::default();
    plimsoll::visit_all(&mut entries);
    assert!(
        !entries.0.is_empty(),
        "an empty list would make every check here pass"
    );
    entries.0
}

fn function_folder(name: &str) -> PathBuf {
    binary::root().join("functions").join(name)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file of the repository whose name ends so, by its path from the root; what is built or fetched is
/// not among them.
fn files(ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![binary::root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let (path, name) = (
                entry.path(),
                entry.file_name().to_string_lossy().into_owned(),
            );
            let is_ours = !name.starts_with('.') && name != "target";
            if entry.file_type().unwrap().is_dir() && is_ours {
                folders.push(path);
            } else if name.ends_with(ending) {
                let path = path.strip_prefix(binary::root()).unwrap();
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    assert!(!found.is_empty(), "there are files that end in {ending}");
    found.sort();
    found
}

#[test]
fn every_folder_of_functions_is_on_the_list_in_alphabetical_order() {
    let folders = fs::read_dir(binary::root().join("functions"))
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir());
    let names: BTreeSet<String> = folders
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "plimsoll")
        .collect();
    let listed: Vec<&str> = entries().iter().map(|entry| entry.name).collect();
    // The folders are sorted and none is there twice; so must the list be.
    assert_eq!(listed, names.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_function_has_one_name_in_all_its_spellings() {
    for entry in entries() {
        let manifest = read(&function_folder(entry.name).join("Cargo.toml"));
        let names: Vec<&str> = manifest
            .lines()
            .filter_map(|line| line.strip_prefix("name = "))
            .collect();
        let quoted = format!("\"{}\"", entry.name);
        assert_eq!(
            names,
            [&quoted, &quoted],
            "{}: the package and its one binary",
            entry.name
        );
        assert_eq!(
            entry.kind, entry.type_name,
            "{}: the kind is the name of the type",
            entry.name
        );
        assert_eq!(
            entry.kind.to_lowercase(),
            entry.name.replace('-', ""),
            "the kind says what the name says"
        );
        let begins_word = |word: &str| {
            entry
                .kind
                .to_lowercase()
                .find(word)
                .is_some_and(|at| entry.kind[at..].starts_with(char::is_uppercase))
        };
        assert!(
            entry.name.split('-').all(begins_word),
            "{} is not the CamelCase of {}",
            entry.kind,
            entry.name
        );
    }
}

#[test]
fn a_function_is_called_by_a_known_verb_and_a_noun() {
    let verbs = [
        "inject",
        "set",
        "hash",
        "add",
        "harden",
        "externalize",
        "validate",
        "detect",
    ];
    for entry in entries() {
        let (verb, noun) = entry.name.split_once('-').unwrap_or((entry.name, ""));
        assert!(
            verbs.contains(&verb),
            "{}: \"{verb}\" is none of {}",
            entry.name,
            verbs.join(", ")
        );
        assert!(!noun.is_empty(), "{}: a verb and a noun", entry.name);
    }
}

#[test]
fn a_function_says_what_it_does_in_one_sentence() {
    for Entry { name, summary, .. } in entries() {
        let manifest = read(&function_folder(name).join("Cargo.toml"));
        assert!(
            manifest.contains(&format!("description = \"{summary}\"\n")),
            "{name}: the manifest says it"
        );
        assert!(
            summary.starts_with(char::is_uppercase) && summary.ends_with('.'),
            "{name}: {summary}"
        );
        assert_eq!(
            summary.matches(". ").count(),
            0,
            "{name}: one sentence: {summary}"
        );
    }
}

#[test]
fn a_function_brings_its_papers() {
    for entry in entries() {
        let folder = function_folder(entry.name);
        assert!(
            read(&folder.join("README.md")).starts_with(&format!("# {}\n", entry.name)),
            "{}: README.md opens with the name",
            entry.name
        );
        let schema = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(
            schema(&read(&folder.join("schema.json"))),
            schema(&entry.schema.text()),
            "{}: the schema is schema.json",
            entry.name
        );
        assert_eq!(
            read(&folder.join("tests/basic/config.yaml")),
            entry.example,
            "{}: the example is a case that is tested",
            entry.name
        );
    }
}

#[test]
fn rules_have_names_of_their_own_and_say_what_they_are_about() {
    for entry in entries() {
        let mut slugs: Vec<&str> = entry
            .rules
            .iter()
            .chain(SHARED_RULES)
            .map(|rule| rule.slug)
            .collect();
        let count = slugs.len();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), count, "{}: two rules share a name", entry.name);
        for rule in entry.rules.iter().chain(SHARED_RULES) {
            let is_kebab = rule.slug.split('-').all(|word| {
                !word.is_empty()
                    && word
                        .chars()
                        .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
            });
            assert!(is_kebab, "{}/{} is no slug", entry.name, rule.slug);
            assert!(
                rule.about.ends_with('.'),
                "{}/{}: {}",
                entry.name,
                rule.slug,
                rule.about
            );
        }
    }
}

/// What the cases of a function expect to be told, by case.
fn results(name: &str) -> BTreeMap<String, String> {
    let cases = golden::cases(&function_folder(name).join("tests")).into_iter();
    let told = cases.filter_map(|case| {
        Some((
            case.file_name()?.to_str()?.to_owned(),
            fs::read_to_string(case.join("results.yaml")).ok()?,
        ))
    });
    told.collect()
}

#[test]
fn every_function_has_its_required_cases() {
    for entry in entries() {
        let cases = golden::cases(&function_folder(entry.name).join("tests"));
        golden::has_required(entry.name, &cases).unwrap_or_else(|message| panic!("{message}"));
    }
}

#[test]
fn every_rule_of_a_function_is_shown_by_a_case() {
    for entry in entries() {
        let told: String = results(entry.name).into_values().collect();
        let unseen: Vec<&str> = entry
            .rules
            .iter()
            .map(|rule| rule.slug)
            .filter(|slug| !told.contains(&format!("[{slug}]")))
            .collect();
        assert!(
            unseen.is_empty(),
            "{}: no case shows {}",
            entry.name,
            unseen.join(", ")
        );
    }
}

#[test]
fn a_skip_may_name_every_function() {
    let workload = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, annotations: {{plimsoll.dev/skip: {name}, plimsoll.dev/skip-reason: x}}}}\nspec: {{containers: [{{name: app, image: i}}]}}\n"
        )
    };
    for entry in entries() {
        let stale = |name: &str| {
            let ran = (entry.skipped)(entry.example, &workload(name)).unwrap();
            ran.findings
                .iter()
                .any(|finding| finding.rule == "stale-skip")
        };
        assert!(!stale(entry.name), "{} is not known to skips", entry.name);
        assert!(stale("no-function"), "or else this shows nothing");
    }
}

#[test]
fn no_file_is_called_after_a_grab_bag() {
    let banned = ["util", "helper", "common", "misc"];
    let is_grab_bag = |path: &&String| {
        let name = Path::new(path).file_name().unwrap().to_str().unwrap();
        // A module may also be a folder.
        let folder = Path::new(path)
            .parent()
            .and_then(Path::file_name)
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        banned
            .iter()
            .any(|word| name.starts_with(word) || folder.starts_with(word))
    };
    let found: Vec<String> = files(".rs").iter().filter(is_grab_bag).cloned().collect();
    assert!(
        found.is_empty(),
        "name these after what they are about: {}",
        found.join(", ")
    );
}

/// A source without its comments: only lines of code count.
fn code(source: &str) -> String {
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    let lines: Vec<&str> = source.lines().filter(|line| !is_comment(line)).collect();
    lines.join("\n")
}

fn is_word(text: char) -> bool {
    text.is_alphanumeric() || text == '_'
}

/// Which of the modules of `std` that reach the world a source names, in a path or in a group of a `use`.
fn worldly(code: &str) -> BTreeSet<&'static str> {
    const MODULES: [&str; 6] = ["io", "fs", "env", "net", "time", "process"];
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("std::") {
        if code[..at].chars().next_back().is_some_and(is_word) {
            continue;
        }
        let rest = &code[at + "std::".len()..];
        let first_words: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => members(group),
            None => vec![rest],
        };
        for words in first_words {
            let word: &str = words
                .trim_start()
                .split(|letter| !is_word(letter))
                .next()
                .unwrap_or_default();
            found.extend(MODULES.into_iter().filter(|module| *module == word));
        }
    }
    found
}

/// The members of a group in braces, without looking into groups inside it.
fn members(group: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(&group[from..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&group[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found
}

#[test]
fn the_search_for_the_world_finds_every_way_to_name_it() {
    let named = |source: &str| {
        worldly(&code(source))
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(named("use std::io::Write as _;\n"), "io");
    assert_eq!(named("let x = ::std::env::var(\"X\");"), "env");
    assert_eq!(
        named("use std::{fmt, fs, collections::{BTreeMap, BTreeSet}, time::{Duration, Instant}};"),
        "fs time"
    );
    assert_eq!(
        named("use std::{\n    net,\n    process::{\n        ExitCode,\n    },\n};"),
        "net process"
    );
    assert_eq!(
        named("use std::{collections::{io, fs}};\n"),
        "",
        "these are no modules of std"
    );
    assert_eq!(
        named("use std::iobase; my_std::fs::x(); // std::fs\n"),
        "fs",
        "a comment behind code counts, to be on the safe side"
    );
    assert_eq!(
        named("/// See [`std::fs`].\n//! std::env\n  // std::net\nuse std::fmt;\n"),
        ""
    );
}

#[test]
fn only_the_command_line_talks_to_the_world() {
    let may = |path: &str| {
        let is_check = path.starts_with("fuzz/") || path.split('/').any(|part| part == "tests");
        is_check
            || path == "crates/sdk/src/cli.rs"
            || path.starts_with("crates/sdk/src/cli/")
            || path.starts_with("functions/plimsoll/src/commands/")
    };
    let mut found = Vec::new();
    let mut looked_at = 0;
    for path in files(".rs").into_iter().filter(|path| !may(path)) {
        looked_at += 1;
        let mut source = code(&read(&binary::root().join(&path)));
        if path.ends_with("/main.rs") {
            source = source.replace("std::process::ExitCode", "");
        }
        found.extend(
            worldly(&source)
                .into_iter()
                .map(|module| format!("{path} names std::{module}")),
        );
    }
    assert!(looked_at > 20, "the sources are looked at");
    assert!(found.is_empty(), "functions are pure: {}", found.join(", "));
}

#[test]
fn nothing_goes_by_the_order_of_a_hash() {
    for path in files(".rs")
        .iter()
        .filter(|path| !path.split('/').any(|part| part == "tests"))
    {
        let source = code(&read(&binary::root().join(path)));
        for name in ["HashMap", "HashSet"] {
            assert!(
                !source.contains(name),
                "{path} names {name}; output order must not depend on hashing"
            );
        }
    }
}

/// The lines of a table of a manifest.
fn table<'m>(manifest: &'m str, name: &str) -> Vec<&'m str> {
    let mut lines = manifest
        .lines()
        .skip_while(|line| *line != format!("[{name}]"));
    assert!(lines.next().is_some(), "there is a table {name}");
    lines.take_while(|line| !line.starts_with('[')).collect()
}

#[test]
fn versions_stand_in_the_workspace_alone() {
    for path in files("Cargo.toml")
        .iter()
        .filter(|path| *path != "Cargo.toml" && !path.starts_with("fuzz/"))
    {
        let manifest = read(&binary::root().join(path));
        for name in ["dependencies", "dev-dependencies", "build-dependencies"] {
            if manifest.contains(&format!("\n[{name}]\n")) {
                let lines = table(&manifest, name)
                    .into_iter()
                    .filter(|line| line.contains('=') && !line.starts_with('#'));
                let own: Vec<&str> = lines
                    .filter(|line| !line.contains("workspace = true"))
                    .collect();
                assert!(
                    own.is_empty(),
                    "{path} has a version of its own: {}",
                    own.join(", ")
                );
            }
        }
        let inherits = manifest.contains("\n[lints]\nworkspace = true\n");
        assert!(inherits, "{path} doesn't take the workspace's lints");
        assert!(
            !manifest.contains("\nbuild = ") && !manifest.contains("\n[features]"),
            "{path}: no build script, no features"
        );
    }
}

#[test]
fn a_main_only_hands_over() {
    for entry in entries() {
        let main = code(&read(&function_folder(entry.name).join("src/main.rs")));
        let statement = format!(
            "sdk::main::<{}::{}>()",
            entry.name.replace('-', "_"),
            entry.kind
        );
        assert!(main.contains(&statement), "{}: {main}", entry.name);
    }
}
#[test]
fn every_dependency_says_what_it_is_for() {
    let manifest = read(&binary::root().join("Cargo.toml"));
    let lines = table(&manifest, "workspace.dependencies");
    let mut reason = "";
    let mut count = 0;
    for line in lines {
        if line.contains(" = ") && !line.starts_with('#') {
            count += 1;
            assert!(
                reason.starts_with("# ") || line.contains("path = "),
                "give a reason in the line above: {line}"
            );
        }
        reason = line;
    }
    assert!(count > 10, "the dependencies are looked at");
}

#[test]
fn every_row_of_the_presets_is_shown_by_a_case() {
    let folder = function_folder("inject-probes");
    let rows: Vec<Value> = serde_yaml::from_str(&read(&folder.join("presets.yaml"))).unwrap();
    let told: String = results("inject-probes").into_values().collect();
    let inputs: String = golden::cases(&folder.join("tests"))
        .iter()
        .map(|case| read(&case.join("input.yaml")))
        .collect();
    let mut reasons = BTreeSet::new();
    for row in rows {
        let reason = row["reason"].as_str().unwrap();
        assert!(
            reasons.insert(reason.to_owned()),
            "a row is told by its reason, which two rows share: {reason}"
        );
        // The message of a change gives the row's reason, so the row's own probe was taken.
        let sentence = reason
            .trim_end_matches('.')
            .replace('\\', "\\\\")
            .replace('"', "\\\"");
        let has_probe = row.get("readiness").or(row.get("liveness")).is_some();
        // A row without a probe says nothing of itself; its image at least is looked at.
        let mut images = row["images"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str);
        let is_shown = if has_probe {
            told.contains(&sentence)
        } else {
            images.any(|image| inputs.contains(&format!("/{image}:")))
        };
        assert!(
            is_shown,
            "no case shows the row for {}: {reason}",
            row["images"]
        );
    }
}
