//! What the doctor reads of a kustomization and what this refers to, and what it says of the order.

use checks::binary;
use checks::tools::KUSTOMIZE;

use crate::machine::{APP, KUSTOMIZATION, Machine, PROBES};

const HASHES: &str = "\
apiVersion: fn.plimsoll.dev/v1alpha1
kind: HashConfigMaps
metadata: {name: hashes}
";

/// A shop with these files, besides an app and two configurations.
pub(crate) fn shop(files: &[(&str, &str)]) -> Machine {
    let machine = Machine::of(PROBES);
    machine.0.write("shop/hashes.yaml", HASHES);
    for (name, text) in files {
        machine.0.write(&format!("shop/{name}"), text);
    }
    machine.installs();
    machine
}

#[track_caller]
fn says(machine: &Machine, code: i32, words: &[&str]) -> String {
    let doctor = machine.doctor(&[]);
    for words in words {
        assert!(doctor.stdout.contains(words), "{words}:\n{}", doctor.stdout);
    }
    assert_eq!(doctor.code, Some(code), "{}", doctor.stdout);
    doctor.stdout
}

#[test]
fn mistakes_of_a_configuration_in_the_list_have_the_line_of_the_kustomization() {
    let inline = "\
resources: [app.yaml]
transformers:
- |-
  apiVersion: fn.plimsoll.dev/v1alpha1
  kind: HashConfigMaps
  metadata:
    name: hashes
  spec:
    mode: fil
- \"{apiVersion: fn.plimsoll.dev/v1alpha1, kind: InjectProbes, metadata: {name: probes}, spec: {mode: fil}}\"
";
    let machine = shop(&[("kustomization.yaml", inline)]);
    let line = "(kustomization.yaml, line 9, column 11)";
    let told = says(
        &machine,
        1,
        &[line, "HashConfigMaps: `spec.mode`", "did you mean `fill`?"],
    );
    // A text in quotes has lines of its own.
    let line = "(kustomization.yaml, in the text of line 10, line 1, column ";
    assert!(told.contains(line), "{told}");
}

#[test]
fn what_a_base_and_a_component_list_is_read_too() {
    let machine = shop(&[
        (
            "kustomization.yaml",
            "resources: [base]\ncomponents: [part]\n",
        ),
        (
            "base/kustomization.yaml",
            "resources: [app.yaml]\ntransformers: [../wrong.yaml]\n",
        ),
        ("base/app.yaml", APP),
        (
            "part/kustomization.yaml",
            "kind: Component\ntransformers: [hashes.yaml]\n",
        ),
        (
            "part/hashes.yaml",
            &HASHES.replace("kind: HashConfigMaps", "kind: HashConfigMap"),
        ),
        ("wrong.yaml", &PROBES.replace("spec:", "sepc:")),
    ]);
    says(
        &machine,
        1,
        &[
            "(wrong.yaml, line 5, column 1)",
            "(part/hashes.yaml, line 2, column 7)",
        ],
    );
}

#[test]
fn a_folder_of_configurations_runs_as_its_patches_say() {
    let exec = "kind: Component\ncommonAnnotations: {config.kubernetes.io/function: \"exec: {path: probing}\"}\n";
    let machine = shop(&[
        (
            "kustomization.yaml",
            "resources: [app.yaml]\ntransformers: [functions]\n",
        ),
        (
            "functions/kustomization.yaml",
            "resources: [probes.yaml]\ncomponents: [exec]\n",
        ),
        ("functions/exec/kustomization.yaml", exec),
        ("functions/probes.yaml", PROBES),
    ]);
    // Nobody can say without kustomize.
    let cannot = "InjectProbes \"probes\": how this is run can't be known here: neither kustomize nor kubectl is on PATH";
    says(&machine, 1, &[cannot]);
    let Some(machine) = machine.has(&KUSTOMIZE) else {
        return;
    };
    says(
        &machine,
        1,
        &[
            "InjectProbes \"probes\" can't run: the program \"probing\" is not on PATH",
            "in functions/probes.yaml, line 1",
        ],
    );
    let machine = machine.has_script("probing", "exit 0");
    says(
        &machine,
        0,
        &["kustomize build --enable-alpha-plugins --enable-exec .: runs 1 function"],
    );
}

#[test]
fn a_folder_of_configurations_alone_is_one_to_be_listed() {
    let machine = shop(&[("kustomization.yaml", "resources: [probes.yaml]\n")]);
    says(&machine, 0, &["list this folder under `transformers:`"]);
}

#[test]
fn what_is_on_the_network_is_not_looked_at_and_not_complained_of() {
    let remote = "resources: [app.yaml, \"https://example.com/base?ref=v1\"]\n";
    let machine = shop(&[("kustomization.yaml", remote)]);
    says(
        &machine,
        0,
        &["\"https://example.com/base?ref=v1\" is not on this machine and was not looked at"],
    );
}

#[test]
fn functions_in_another_order_are_told() {
    let own = KUSTOMIZATION.replace("[probes.yaml]", "[hashes.yaml, probes.yaml]");
    let message = "warning  InjectProbes runs after HashConfigMaps and belongs before it";
    let in_probes = "in probes.yaml, line 1, column 1";
    let base = "resources: [app.yaml]\ntransformers: [hashes.yaml]\n";
    let steps = PROBES.replace('\n', "\n    ");
    let pipeline = format!(
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: Pipeline\nmetadata: {{name: all}}\nspec:\n  steps:\n  - {{apiVersion: fn.plimsoll.dev/v1alpha1, kind: HashConfigMaps, metadata: {{name: hashes}}}}\n  - {}\n",
        steps.trim_end()
    );
    for (files, place) in [
        (vec![("kustomization.yaml", own.as_str())], in_probes),
        (
            vec![
                (
                    "kustomization.yaml",
                    "resources: [base]\ntransformers: [probes.yaml]\n",
                ),
                ("base/kustomization.yaml", base),
                ("base/hashes.yaml", HASHES),
                ("base/app.yaml", APP),
            ],
            in_probes,
        ),
        (
            vec![
                (
                    "kustomization.yaml",
                    "resources: [app.yaml]\ntransformers: [pipeline.yaml]\n",
                ),
                ("pipeline.yaml", &pipeline),
            ],
            "in pipeline.yaml, line 1, column 1",
        ),
    ] {
        let machine = shop(&files).has_script("kustomize", "echo v5.8.1 --enable-exec");
        says(&machine, 0, &[message, place]);
    }
    let right = own.replace("hashes.yaml, probes.yaml", "probes.yaml, hashes.yaml");
    let machine = shop(&[("kustomization.yaml", &right)]);
    let told = machine.doctor(&[]).stdout;
    assert!(!told.contains("belongs before"), "{told}");
}

#[test]
fn a_pipeline_in_a_kustomization_has_its_steps_inline() {
    let pipeline = "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: all}\nspec:\n  steps:\n  - path: probes.yaml\n";
    let machine = shop(&[
        (
            "kustomization.yaml",
            "resources: [app.yaml]\ntransformers: [pipeline.yaml]\n",
        ),
        ("pipeline.yaml", pipeline),
    ]);
    says(&machine, 1, &["write the step out in place of `path`"]);
}

#[test]
fn broken_yaml_has_its_place() {
    let machine = shop(&[("probes.yaml", "kind: [\n")]);
    says(&machine, 1, &["error    probes.yaml, line"]);
    let machine = shop(&[("kustomization.yaml", "resources: [\n")]);
    says(&machine, 1, &["error    kustomization.yaml, line"]);
}

#[test]
fn two_kustomizations_in_a_folder_are_one_too_many() {
    let machine = shop(&[("kustomization.yml", KUSTOMIZATION)]);
    says(&machine, 1, &["a folder must have one kustomization"]);
}

#[test]
fn the_overlays_of_the_platform_are_well() {
    let Some(machine) = Machine::with(&[]).has(&KUSTOMIZE) else {
        return;
    };
    machine.installs();
    let folders = ["development", "staging", "production"].map(|name| format!("overlays/{name}"));
    let arguments: Vec<&str> = ["doctor"]
        .into_iter()
        .chain(folders.iter().map(String::as_str))
        .collect();
    let mut command = machine.call(binary::path("plimsoll"), &arguments);
    let ran = binary::run(command.current_dir(binary::root()), b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    for folder in &folders {
        let way = format!(
            "  ok       kustomize build --enable-alpha-plugins {folder}: runs 6 functions\n"
        );
        assert!(ran.stdout.contains(&way), "{}", ran.stdout);
    }
    assert!(
        ran.stdout.ends_with("\nnothing is wrong\n"),
        "{}",
        ran.stdout
    );
}
