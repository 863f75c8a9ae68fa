//! Each image on the example of its own function, as kustomize and kpt run it.

use std::fs;
use std::path::{Path, PathBuf};

use checks::tools::{DOCKER, KPT, KUSTOMIZE};
use checks::{binary, images};

use crate::containers::{evaluation, image};
use crate::shop::{self, Folder};
use crate::{Test, test};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        test(
            &[DOCKER, KUSTOMIZE],
            kustomize_runs_each_image_on_its_own_example,
        ),
        test(&[DOCKER, KPT], kpt_runs_each_image_on_its_own_example),
    ]
}

/// The golden case `basic` of a function.
struct Example {
    config: String,
    input: String,
    expected: String,
}

impl Example {
    fn of(function: &str) -> Self {
        let folder = binary::root().join(format!("functions/{function}/tests/basic"));
        let read = |name: &str| {
            fs::read_to_string(folder.join(name)).expect("each function has this case")
        };
        Self {
            config: read("config.yaml"),
            input: read("input.yaml"),
            expected: read("expected.yaml"),
        }
    }

    /// The configuration with the image that is to run it.
    fn config_run_by(&self, image: &str) -> String {
        let annotations = format!(
            "annotations: {{config.kubernetes.io/function: \"container: {{image: {image}}}\"}}"
        );
        let config =
            self.config
                .replacen("metadata: {", &format!("metadata: {{{annotations}, "), 1);
        assert_ne!(config, self.config, "there is a place for it");
        config
    }
}

fn kustomize_runs_each_image_on_its_own_example() {
    for function in images::functions() {
        let example = Example::of(function);
        let folder = Folder::of(&[
            ("input.yaml", &example.input),
            ("config.yaml", &example.config_run_by(&image(function))),
            (
                "kustomization.yaml",
                "resources: [input.yaml]\ntransformers: [config.yaml]\n",
            ),
        ]);
        let ran = folder.built(&KUSTOMIZE, &["build", "--enable-alpha-plugins", "."]);
        assert_eq!(
            shop::objects(&ran.stdout),
            shop::objects(&example.expected),
            "{function}"
        );
    }
}

fn kpt_runs_each_image_on_its_own_example() {
    for function in images::functions() {
        let example = Example::of(function);
        let (manifests, config) = (
            Folder::of(&[("input.yaml", &example.input)]),
            Folder::of(&[("config.yaml", &example.config)]),
        );
        let config = config.join("config.yaml");
        let image = image(function);
        let config = config.to_string_lossy();
        let config = ["--fn-config", &config];
        manifests.built(&KPT, &[&evaluation(&image)[..], &config].concat());
        // New objects get files of their own.
        let texts = files(manifests.path())
            .into_iter()
            .map(|file| fs::read_to_string(file).expect("it is text"));
        let left = texts.collect::<Vec<_>>().join("\n---\n");
        assert_eq!(
            shop::objects(&left),
            shop::objects(&example.expected),
            "{function}"
        );
    }
}

/// Every file of a folder and of those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let found = paths.map(|path| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    });
    found.flatten().collect()
}
