//! What images hold, and what they say of themselves.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use checks::binary;
use checks::images::{self, CI};
use checks::tools::{BUILDX, BUSYBOX, DOCKER};
use serde_json::Value;

use crate::containers::{docker, image};
use crate::{Test, test};

/// What an image may weigh as registries keep it and nodes pull it.
const LIMIT: u64 = 5_000_000;

pub(crate) fn tests() -> Vec<Test> {
    vec![
        test(&[DOCKER], an_image_holds_a_program_and_an_entry_for_nobody),
        test(
            &[DOCKER],
            an_image_weighs_less_than_5_mb_on_its_way_to_a_node,
        ),
        test(&[DOCKER], the_programs_in_images_need_no_library),
        test(
            &[DOCKER],
            the_programs_in_images_hold_no_path_of_this_machine,
        ),
        test(&[DOCKER, BUSYBOX], an_image_runs_as_nobody_by_number),
        test(&[DOCKER, BUSYBOX], an_image_says_what_it_is),
        test(
            &[DOCKER, BUSYBOX],
            two_builds_of_one_source_have_the_same_layers,
        ),
        test(&[DOCKER, BUILDX], buildkit_makes_the_same_layers),
        test(&[DOCKER], an_image_of_a_function_has_no_shell),
    ]
}

fn inspected(image: &str) -> Value {
    let ran = binary::run(docker().args(["image", "inspect", image]), b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let told: Value = serde_json::from_str(&ran.stdout).expect("docker tells JSON");
    told[0].clone()
}

fn layers(image: &str) -> Vec<String> {
    let told = inspected(image);
    let layers = told["RootFS"]["Layers"]
        .as_array()
        .expect("there are layers");
    let layers = layers
        .iter()
        .map(|layer| layer.as_str().unwrap_or_default());
    layers.map(str::to_owned).collect()
}

/// The only layer of an image, as a file in a folder.
struct Layer {
    folder: tempfile::TempDir,
    file: String,
}

impl Layer {
    fn of(image: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the image");
        let saved = folder.path().join("saved.tar");
        let ran = binary::run(
            docker().args(["save", "--output"]).arg(&saved).arg(image),
            b"",
        );
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        called(folder.path(), "tar", &["--extract", "--file", "saved.tar"]);
        let manifest =
            fs::read(folder.path().join("manifest.json")).expect("an image has a manifest");
        let manifest: Value = serde_json::from_slice(&manifest).expect("it is JSON");
        let layers = manifest[0]["Layers"].as_array().expect("it names layers");
        assert_eq!(layers.len(), 1, "all of an image is one layer");
        let file = layers[0].as_str().expect("a layer is a file").to_owned();
        Self { folder, file }
    }

    /// The lines of `tar --list`, by path.
    fn entries(&self) -> BTreeMap<String, String> {
        let list = [
            "--list",
            "--verbose",
            "--numeric-owner",
            "--full-time",
            "--file",
            &self.file,
        ];
        let listed = called(self.folder.path(), "tar", &list);
        let path = |line: &str| {
            line.split_whitespace()
                .nth(5)
                .unwrap_or_default()
                .to_owned()
        };
        listed
            .lines()
            .map(|line| (path(line), line.to_owned()))
            .collect()
    }

    /// Its size as registries keep it.
    fn packed(&self) -> u64 {
        let packed = self.folder.path().join("packed.gz");
        called(
            self.folder.path(),
            "sh",
            &["-c", "gzip -c \"$0\" >packed.gz", &self.file],
        );
        fs::metadata(packed).expect("it was packed").len()
    }
}

fn called(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    let ran = binary::run(
        command.args(arguments).current_dir(folder).env("TZ", "UTC"),
        b"",
    );
    assert_eq!(ran.code, Some(0), "{program} {arguments:?}: {}", ran.stderr);
    ran.stdout
}

fn an_image_holds_a_program_and_an_entry_for_nobody() {
    for name in images::names() {
        let entries = Layer::of(&image(name)).entries();
        let modes: Vec<(&str, &str)> = entries
            .iter()
            .map(|(path, line)| (path.as_str(), line.get(..10).unwrap_or_default()))
            .collect();
        let expected = [
            ("etc/", "drwxr-xr-x"),
            ("etc/passwd", "-rw-r--r--"),
            ("plimsoll", "-rwxr-xr-x"),
        ];
        assert_eq!(modes, expected, "{name}");
        for line in entries.values() {
            assert!(
                line.contains(" 0/0 ") && line.contains(" 1970-01-01 00:00:00 "),
                "{name}: {line}"
            );
        }
    }
}

fn an_image_weighs_less_than_5_mb_on_its_way_to_a_node() {
    for name in images::names() {
        let size = Layer::of(&image(name)).packed();
        assert!(size < LIMIT, "{name}: {size} bytes");
    }
}

/// The program of an image, as it was packed.
fn program(name: &str) -> Vec<u8> {
    image(name);
    let trees = binary::target().join("images").join(images::TREES);
    fs::read(trees.join(name).join("plimsoll")).expect("the content of the image is still there")
}

fn the_programs_in_images_need_no_library() {
    for name in images::names() {
        assert!(images::is_static(&program(name)), "{name}");
    }
}

fn the_programs_in_images_hold_no_path_of_this_machine() {
    let home = std::env::var("HOME").unwrap_or_default();
    let sources = format!("{}/", binary::root().display());
    for path in [format!("{home}/.cargo/"), sources] {
        for name in images::names() {
            let is_there = program(name)
                .windows(path.len())
                .any(|text| text == path.as_bytes());
            assert!(!is_there, "{name} holds {path}");
        }
    }
}

fn an_image_runs_as_nobody_by_number() {
    for name in images::names().into_iter().chain([CI]) {
        let told = inspected(&image(name));
        assert_eq!(told["Config"]["User"], "65534:65534", "{name}");
    }
}

fn an_image_says_what_it_is() {
    for name in images::names().into_iter().chain([CI]) {
        let told = inspected(&image(name));
        let label =
            |key: &str| told["Config"]["Labels"][format!("org.opencontainers.image.{key}")].clone();
        assert_eq!(label("title"), name);
        assert_eq!(label("version"), env!("CARGO_PKG_VERSION"));
        let licences = if name == CI {
            "Apache-2.0 AND GPL-2.0-only"
        } else {
            "Apache-2.0"
        };
        assert_eq!(label("licenses"), licences, "{name}");
        let description = label("description");
        assert!(
            description.as_str().is_some_and(|text| text.ends_with('.')),
            "{name}: {description}"
        );
        // Where it lives is for who publishes it to say, and a time would make each build another image.
        assert!(
            label("source").is_null() && label("created").is_null(),
            "{name}"
        );
    }
}

fn two_builds_of_one_source_have_the_same_layers() {
    let folder = tempfile::tempdir().expect("a folder for the contents");
    image(CI);
    // Copied anew, so that every file has another time than in the first build.
    images::stage(folder.path());
    for name in ["inject-probes", CI] {
        let again = format!("localhost/plimsoll/{name}:again");
        images::build_one(folder.path(), name, &again, &["--no-cache"]);
        let (first, second) = (layers(&image(name)), layers(&again));
        binary::run(docker().args(["image", "rm", &again]), b"");
        assert_eq!(first, second, "{name}");
    }
}

fn buildkit_makes_the_same_layers() {
    let made = image("inject-probes");
    let again = "localhost/plimsoll/inject-probes:buildkit";
    let mut command = Command::new(BUILDX.find().unwrap_or_else(|missing| panic!("{missing}")));
    command
        .args([
            "build",
            "--load",
            "--no-cache",
            "--target",
            "prebuilt",
            "--tag",
            again,
            "--file",
        ])
        .arg(binary::root().join("Dockerfile"))
        .arg(binary::target().join("images/inject-probes"));
    let ran = binary::run(&mut command, b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let (first, second) = (layers(&made), layers(again));
    binary::run(docker().args(["image", "rm", again]), b"");
    assert_eq!(first, second);
}

fn an_image_of_a_function_has_no_shell() {
    let mut command = docker();
    command.args(["run", "--rm", "--network", "none", "--entrypoint", "sh"]);
    let ran = binary::run(
        command.arg(image("inject-probes")).args(["-c", "true"]),
        b"",
    );
    // What docker says when there is no such program.
    assert_eq!(ran.code, Some(127), "{}{}", ran.stdout, ran.stderr);
}
