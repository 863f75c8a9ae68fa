//! One input, every way to run: the same resources.

use std::process::Command;

use checks::binary;
use checks::tools::{DOCKER, KPT, KUBECTL, KUSTOMIZE};

use crate::shop::{self, Folder};
use crate::{Test, containers, test};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        test(&[], programs_give_the_same_bytes),
        test(
            &[KUSTOMIZE, KUBECTL, KPT, DOCKER],
            every_way_gives_the_same_resources,
        ),
    ]
}

fn output(command: &mut Command, stdin: &str) -> String {
    let ran = binary::run(command, stdin.as_bytes());
    assert_eq!(ran.code, Some(0), "{command:?}: {}", ran.stderr);
    ran.stdout
}

fn install(folder: &Folder) {
    let mut command = Command::new(binary::path("plimsoll"));
    output(
        command
            .arg("install-plugins")
            .arg("--dir")
            .arg(folder.join("plugin")),
        "",
    );
}

// As a filter, by argument, and in the plugin folder, nothing stands between the program and the bytes; in a list
// each item has them too, two columns further right.
fn programs_give_the_same_bytes() {
    let folder = Folder::of_shop(&[("probes.yaml", &shop::config())]);
    install(&folder);
    let config = folder.join("probes.yaml");
    let expected = shop::filtered(&shop::stream());
    let multicall = output(
        Command::new(binary::path("plimsoll"))
            .args(["inject-probes", "--config"])
            .arg(&config),
        &shop::stream(),
    );
    assert_eq!(multicall, expected);
    let plugin = folder.join("plugin/fn.plimsoll.dev/v1alpha1/injectprobes/InjectProbes");
    assert_eq!(
        output(Command::new(plugin).arg(&config), &shop::stream()),
        expected
    );
    let list = output(
        &mut Command::new(binary::path("inject-probes")),
        &shop::list(),
    );
    assert_eq!(
        list.split_once("\nresults:").map(|(items, _)| items),
        shop::list_of(&expected).strip_suffix('\n')
    );
}

fn every_way_gives_the_same_resources() {
    let expected = shop::objects(&shop::filtered(&shop::stream()));
    let image = containers::image("inject-probes");
    let in_a_container = shop::config_run_by(&format!("container:\n  image: {image}"));
    let kustomize = ["build", "--enable-alpha-plugins", "--enable-exec", "."];
    let kubectl = ["kustomize", "--enable-alpha-plugins", "."];
    let ways = [
        (
            "exec in kustomize",
            &KUSTOMIZE,
            shop::config_of_exec(),
            &kustomize[..],
        ),
        (
            "a container in kustomize",
            &KUSTOMIZE,
            in_a_container.clone(),
            &kustomize,
        ),
        ("a container in kubectl", &KUBECTL, in_a_container, &kubectl),
        (
            "the plugin folder in kustomize",
            &KUSTOMIZE,
            shop::config(),
            &kustomize,
        ),
        (
            "the plugin folder in kubectl",
            &KUBECTL,
            shop::config(),
            &kubectl,
        ),
    ];
    for (way, tool, config, arguments) in ways {
        let folder = Folder::of_shop(&[
            ("kustomization.yaml", &shop::kustomization("- probes.yaml")),
            ("probes.yaml", &config),
        ]);
        install(&folder);
        let mut command = folder.command(tool, arguments);
        let built = output(
            command.env("KUSTOMIZE_PLUGIN_HOME", folder.join("plugin")),
            "",
        );
        assert_eq!(shop::objects(&built), expected, "{way}");
    }
    let program = binary::path("inject-probes").to_string_lossy().into_owned();
    for run in [
        ["--exec", &program, "--image-pull-policy", "Never"],
        ["--image", &image, "--image-pull-policy", "Never"],
    ] {
        let folder = Folder::of_shop(&[]);
        folder.built(
            &KPT,
            &[
                &["fn", "eval", "."],
                &run[..],
                &["--", "environment=production"],
            ]
            .concat(),
        );
        assert_eq!(
            shop::objects(&folder.manifests()),
            expected,
            "{run:?} in kpt"
        );
    }
}
