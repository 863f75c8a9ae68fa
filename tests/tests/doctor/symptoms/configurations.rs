//! Configurations that are wrong, or stand in a wrong place.

use checks::tools::KUSTOMIZE;

use super::PLUGINS;
use crate::machine::{KUSTOMIZATION, Machine, PROBES};

#[test]
fn a_misspelled_field() {
    let probes = PROBES.replace("environment:", "enviroment:");
    let Some(machine) = Machine::of(&probes).has(&KUSTOMIZE) else {
        return;
    };
    machine.installs();
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("a field of a configuration is misspelled", 1);
    assert!(
        machine
            .doctor(&[])
            .stdout
            .contains("(probes.yaml, line 6, column 3)"),
        "the line is that of the user's own file"
    );
}

#[test]
fn a_wrong_environment() {
    let probes = PROBES.replace("production", "prodution");
    let Some(machine) = Machine::of(&probes).has(&KUSTOMIZE) else {
        return;
    };
    machine.installs();
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("there is no environment of that name", 1);
}

#[test]
fn a_misspelled_kind() {
    let probes = PROBES.replace("InjectProbes", "InjectProbe");
    let Some(machine) = Machine::of(&probes).has(&KUSTOMIZE) else {
        return;
    };
    machine.installs();
    let case = machine.case(&KUSTOMIZE, PLUGINS);
    case.shows("the `kind` of a configuration is misspelled", 1);
}

#[test]
fn a_validator_that_echoes() {
    let Some(machine) = Machine::of(PROBES).has(&KUSTOMIZE) else {
        return;
    };
    let kustomization = KUSTOMIZATION.replace("transformers", "validators");
    machine.0.write("shop/kustomization.yaml", &kustomization);
    machine.installs();
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("a function under `validators:` gives objects back", 1);
    // The way out of the page.
    let spec = "  environment: production\n  mode: audit\n  output: empty\n";
    let probes = PROBES.replace("  environment: production\n", spec);
    machine.0.write("shop/probes.yaml", &probes);
    let built = machine.build(&KUSTOMIZE, PLUGINS);
    assert_eq!(built.code, Some(0), "{}", built.stderr);
    let doctor = machine.doctor(&[]);
    assert_eq!(doctor.code, Some(0), "{}", doctor.stdout);
}

#[test]
fn a_configuration_among_resources() {
    let Some(machine) = Machine::of(PROBES).has(&KUSTOMIZE) else {
        return;
    };
    let kustomization = "resources: [app.yaml, probes.yaml]\n";
    machine.0.write("shop/kustomization.yaml", kustomization);
    let case = machine.case(&KUSTOMIZE, PLUGINS);
    case.shows("a configuration is listed under `resources:`", 1);
    assert!(case.built.stdout.contains("kind: InjectProbes"));
}

#[test]
fn a_configuration_without_a_name() {
    let probes = PROBES.replace("  name: probes\n", "  labels: {}\n");
    let Some(machine) = Machine::of(&probes).has(&KUSTOMIZE) else {
        return;
    };
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("a configuration has no `metadata.name`", 1);
}

#[test]
fn two_configurations_of_one_name() {
    let Some(machine) = Machine::of(PROBES).has(&KUSTOMIZE) else {
        return;
    };
    machine.0.write("shop/more.yaml", PROBES);
    let kustomization = KUSTOMIZATION.replace("[probes.yaml]", "[probes.yaml, more.yaml]");
    machine.0.write("shop/kustomization.yaml", &kustomization);
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("two configurations have one kind and name", 1);
}

#[test]
fn a_file_that_is_not_there() {
    let Some(machine) = Machine::of(PROBES).has(&KUSTOMIZE) else {
        return;
    };
    let kustomization = KUSTOMIZATION.replace("probes.yaml", "probe.yaml");
    machine.0.write("shop/kustomization.yaml", &kustomization);
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("a kustomization lists a file that is not there", 1);
}

#[test]
fn a_pipeline_that_gives_nothing_back_may_validate() {
    let step = "{apiVersion: fn.plimsoll.dev/v1alpha1, kind: InjectProbes, metadata: {name: probes}, spec: {mode: audit, output: empty}}";
    let pipeline = format!(
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: Pipeline\nmetadata: {{name: all}}\nspec:\n  steps: [{step}]\n"
    );
    let Some(machine) = Machine::of(&pipeline).has(&KUSTOMIZE) else {
        return;
    };
    let kustomization = KUSTOMIZATION.replace("transformers", "validators");
    machine.0.write("shop/kustomization.yaml", &kustomization);
    machine.installs();
    let built = machine.build(&KUSTOMIZE, PLUGINS);
    assert_eq!(built.code, Some(0), "{}", built.stderr);
    let doctor = machine.doctor(&[]);
    assert_eq!(doctor.code, Some(0), "{}", doctor.stdout);
}
