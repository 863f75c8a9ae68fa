//! What releases and CI do, checked without doing it: workflows of GitHub Actions, those that the documentation
//! shows among them, and the list of images.

#![expect(
    clippy::expect_used,
    reason = "a check stops at the first surprise and says so"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use checks::images::{self, CI};
use checks::tools::{ACTIONLINT, BUILDX, ZIZMOR};
use checks::{Folder, binary};
use serde_json::Value;

#[path = "docs/fences.rs"]
mod fences;

/// Every workflow by its name: those of the repository, and those that docs/ci.md shows.
fn workflows() -> BTreeMap<String, String> {
    let read = |path: PathBuf| fs::read_to_string(path).expect("the file can be read");
    let entries =
        fs::read_dir(binary::root().join(".github/workflows")).expect("there are workflows");
    let own = entries.map(|entry| {
        let path = entry.expect("the folder can be read").path();
        let name = path
            .file_name()
            .expect("it has a name")
            .to_string_lossy()
            .into_owned();
        (name, read(path))
    });
    let page = read(binary::root().join("docs/ci.md"));
    let shown = fences::fences(&page).into_iter().filter_map(|fence| {
        let file = fence
            .text
            .lines()
            .next()?
            .strip_prefix("# .github/workflows/")?;
        Some((format!("shown-{file}"), fence.text.clone()))
    });
    let all: BTreeMap<String, String> = own.chain(shown).collect();
    assert!(all.keys().filter(|name| name.starts_with("shown-")).count() > 1);
    all
}

/// A repository that has nothing but the workflows.
fn repository() -> Folder {
    let folder = Folder::of(&[]);
    for (name, text) in workflows() {
        folder.write(&format!(".github/workflows/{name}"), &text);
    }
    // The linter looks for the root of a repository by this.
    fs::create_dir(folder.join(".git")).expect("the folder can be made");
    folder
}

#[test]
fn workflows_are_what_github_understands() {
    let Some(actionlint) = ACTIONLINT.found() else {
        return;
    };
    let ran = binary::run(&mut repository().call(actionlint, &["-no-color"]), b"");
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn workflows_give_an_attacker_nothing_to_hold_on_to() {
    let Some(zizmor) = ZIZMOR.found() else { return };
    let arguments = ["--offline", "--no-progress", "--color", "never", "."];
    let ran = binary::run(&mut repository().call(zizmor, &arguments), b"");
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn actions_are_pinned_to_a_commit_and_name_its_version() {
    for (name, text) in workflows() {
        let uses = text
            .lines()
            .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "));
        for action in uses.filter(|action| !action.starts_with("./")) {
            let pinned = action
                .split_once('@')
                .and_then(|(_, pin)| pin.split_once(" # v"));
            let (commit, version) =
                pinned.unwrap_or_else(|| panic!("{name}: {action} says `@commit # version`"));
            let is_hash = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(
                is_hash && version.split('.').count() == 3,
                "{name}: {action}"
            );
        }
    }
}

#[test]
fn no_checkout_leaves_a_token_behind() {
    for (name, text) in workflows() {
        let count = |what: &str| text.matches(what).count();
        let checkouts = count("uses: actions/checkout@");
        assert_eq!(count("persist-credentials: false"), checkouts, "{name}");
    }
}

#[test]
fn one_action_is_at_one_version_everywhere() {
    let mut pins: BTreeMap<String, String> = BTreeMap::new();
    for (name, text) in workflows() {
        for line in text.lines() {
            let Some((action, pin)) = line
                .split_once("uses: ")
                .and_then(|(_, uses)| uses.split_once('@'))
            else {
                continue;
            };
            let known = pins
                .entry(action.to_owned())
                .or_insert_with(|| pin.to_owned());
            assert_eq!(known, pin, "{name}: {action}");
        }
    }
    assert!(pins.len() > 3, "{pins:?}");
}

#[test]
fn no_registry_of_somebody_else_is_written_to() {
    for (name, text) in workflows() {
        for rest in text.split("ghcr.io/").skip(1) {
            assert!(
                rest.starts_with("${GITHUB_REPOSITORY"),
                "{name}: ghcr.io/{rest}"
            );
        }
    }
}

#[test]
fn every_image_is_on_the_list_with_what_its_package_says_of_it() {
    let list = fs::read_to_string(binary::root().join("docker-bake.hcl")).expect("there is a list");
    for name in images::names() {
        let description = described(name);
        let row = format!("{{ name = \"{name}\", description = \"{description}\" }},\n");
        assert!(list.contains(&row), "docker-bake.hcl lacks the row {row}");
    }
    let version = format!(
        "variable \"VERSION\" {{ default = \"{}\" }}\n",
        env!("CARGO_PKG_VERSION")
    );
    assert!(
        list.contains(&version),
        "docker-bake.hcl lacks the line {version}"
    );
}

fn described(name: &str) -> String {
    let labels = images::labels(name);
    let found = labels
        .into_iter()
        .find(|(key, _)| key.ends_with(".description"));
    found.expect("each image says what it is").1
}

/// What `docker buildx bake` would build.
fn baked(environment: &[(&str, &str)]) -> Option<Value> {
    let buildx = BUILDX.found()?;
    let mut command = Command::new(buildx);
    command
        .args(["bake", "--print"])
        .current_dir(binary::root());
    let ran = binary::run(command.envs(environment.iter().copied()), b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    Some(serde_json::from_str(&ran.stdout).expect("buildx prints JSON"))
}

#[test]
fn the_list_of_images_builds_every_image_with_the_labels_that_it_has_here() {
    let Some(baked) = baked(&[]) else { return };
    let targets = baked
        .get("target")
        .and_then(Value::as_object)
        .expect("there are targets");
    let mut names: Vec<&str> = targets.keys().map(String::as_str).collect();
    names.sort_unstable();
    let mut expected = images::names();
    expected.push(CI);
    expected.sort_unstable();
    assert_eq!(names, expected);
    for (name, target) in targets {
        for (label, value) in images::labels(name)
            .into_iter()
            .filter(|(label, _)| !label.ends_with(".revision"))
        {
            assert_eq!(
                target
                    .pointer("/labels")
                    .and_then(|labels| labels.get(&label)),
                Some(&value.into()),
                "{name}"
            );
        }
        let count = target
            .pointer("/labels")
            .and_then(Value::as_object)
            .map(serde_json::Map::len);
        assert_eq!(
            count,
            Some(2),
            "{name} says nothing that nobody told: {target}"
        );
    }
}

#[test]
fn a_release_says_where_its_images_come_from() {
    let environment = [
        ("REGISTRY", "registry.example/shop"),
        ("VERSION", "1.2.3"),
        ("REVISION", "0123abc"),
        ("SOURCE", "https://git.example/shop"),
    ];
    let Some(baked) = baked(&environment) else {
        return;
    };
    let target = baked
        .pointer("/target/inject-probes")
        .expect("it is on the list");
    assert_eq!(
        target.pointer("/tags/0"),
        Some(&"registry.example/shop/inject-probes:1.2.3".into())
    );
    let label = |key: &str| {
        target
            .pointer("/labels")?
            .get(format!("org.opencontainers.image.{key}"))
            .cloned()
    };
    assert_eq!(label("revision"), Some("0123abc".into()));
    assert_eq!(label("source"), Some("https://git.example/shop".into()));
    assert_eq!(label("version"), Some("1.2.3".into()));
}
