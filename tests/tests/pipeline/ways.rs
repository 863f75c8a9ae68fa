//! The same bytes in every way to run.

use std::fs;
use std::process::Command;

use checks::binary;
use checks::tools::KUSTOMIZE;

use checks::Folder;

use crate::{OBJECTS, STEPS, item, list, pipeline, run};

/// What the two functions make of the objects, one after the other.
fn expected() -> String {
    let folder = Folder::of(&[("resources.yaml", STEPS[0]), ("probes.yaml", STEPS[1])]);
    let first = run(
        &folder,
        "set-resources",
        &["--config", "resources.yaml"],
        OBJECTS,
    );
    let second = run(
        &folder,
        "inject-probes",
        &["--config", "probes.yaml"],
        &first.stdout,
    );
    assert_eq!((first.code, second.code), (Some(0), Some(0)));
    assert!(second.stdout.contains("memory: 128Mi") && second.stdout.contains("readinessProbe:"));
    second.stdout
}

#[test]
fn a_run_takes_steps_inline_and_by_path() {
    let by_path = pipeline(&["path: steps/resources.yaml", "path: ./steps/probes.yaml"]);
    let mixed = pipeline(&["path: steps/resources.yaml", STEPS[1]]);
    let both = STEPS.join("---\n");
    let folder = Folder::of(&[
        ("conf/inline.yaml", &pipeline(&STEPS)),
        ("conf/by-path.yaml", &by_path),
        ("conf/mixed.yaml", &mixed),
        ("conf/one-file.yaml", &pipeline(&["path: both.yaml"])),
        ("conf/both.yaml", &both),
        ("conf/steps/resources.yaml", STEPS[0]),
        ("conf/steps/probes.yaml", STEPS[1]),
    ]);
    for config in ["inline", "by-path", "mixed", "one-file"] {
        // The path is seen from the pipeline's own folder, not from here.
        let config = format!("conf/{config}.yaml");
        let ran = run(&folder, "plimsoll", &["run", "--config", &config], OBJECTS);
        assert_eq!(ran.code, Some(0), "{config}: {}", ran.stderr);
        assert_eq!(ran.stdout, expected(), "{config}");
    }
}

#[test]
fn a_container_takes_it_as_its_function_config_without_arguments() {
    let folder = Folder::of(&[]);
    let ran = run(&folder, "plimsoll", &[], &list(&pipeline(&STEPS)));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let items: String = expected().split("---\n").map(item).collect();
    assert!(
        ran.stdout
            .contains(&format!("items:\n{items}functionConfig:\n")),
        "{}",
        ran.stdout
    );
    for step in ["resources", "probes"] {
        assert!(
            ran.stdout.contains(&format!("    step: {step}\n")),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn the_plugin_folder_has_a_link_for_it() {
    let folder = Folder::of(&[("pipeline.yaml", &pipeline(&STEPS))]);
    let installed = run(
        &folder,
        "plimsoll",
        &["install-plugins", "--dir", "plugin"],
        "",
    );
    assert_eq!(installed.code, Some(0), "{}", installed.stderr);
    let link = folder.join("plugin/fn.plimsoll.dev/v1alpha1/pipeline/Pipeline");
    let ran = binary::run(
        Command::new(link).arg(folder.join("pipeline.yaml")),
        OBJECTS.as_bytes(),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout, expected());
}

#[test]
fn kustomize_runs_it_as_a_transformer() {
    let Some(kustomize) = KUSTOMIZE.found() else {
        return;
    };
    let kustomization = "resources: [app.yaml]\ntransformers: [pipeline.yaml]\n";
    let folder = Folder::of(&[
        ("pipeline.yaml", &pipeline(&STEPS)),
        ("app.yaml", OBJECTS),
        ("kustomization.yaml", kustomization),
    ]);
    run(
        &folder,
        "plimsoll",
        &["install-plugins", "--dir", "plugin"],
        "",
    );
    let build = |more: &str| {
        fs::write(folder.join("pipeline.yaml"), pipeline(&STEPS) + more).expect("written");
        let mut command = Command::new(&kustomize);
        command
            .args(["build", "--enable-alpha-plugins", "."])
            .current_dir(folder.join(""))
            .env("KUSTOMIZE_PLUGIN_HOME", folder.join("plugin"));
        binary::run(&mut command, b"")
    };
    let made = build("");
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert!(
        made.stdout.contains("memory: 128Mi") && made.stdout.contains("readinessProbe:"),
        "{}",
        made.stdout
    );
    let refused = build("  - path: more.yaml\n");
    assert_ne!(refused.code, Some(0));
    assert!(
        refused
            .stderr
            .contains("write the step out in place of `path`"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_program_of_one_function_says_who_runs_several() {
    let folder = Folder::of(&[("pipeline.yaml", &pipeline(&STEPS))]);
    let filter = run(
        &folder,
        "inject-probes",
        &["--config", "pipeline.yaml"],
        OBJECTS,
    );
    assert_eq!((filter.code, filter.stdout.as_str()), (Some(1), ""));
    let input = list(&pipeline(&STEPS));
    let function = run(&folder, "inject-probes", &[], &input);
    assert_eq!(function.code, Some(1));
    assert!(
        function.stdout.starts_with(&input),
        "the originals come back"
    );
    for told in [filter.stderr, function.stderr] {
        assert!(
            told.starts_with(
                "error[inject-probes/config] Pipeline production: a Pipeline runs several functions"
            ),
            "{told}"
        );
        assert!(told.contains("use plimsoll in its place"), "{told}");
        assert_eq!(told.lines().count(), 1, "it has no other mistake: {told}");
    }
}
