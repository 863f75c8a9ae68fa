//! Functions that run as programs or in containers.

use checks::tools::{KUBECTL, KUSTOMIZE};

use super::{PLUGINS, PROGRAMS};
use crate::machine::{Machine, run_by};

#[test]
fn a_missing_program() {
    let probes = run_by("exec: {path: inject-probes}");
    let Some(machine) = Machine::of(&probes).has(&KUSTOMIZE) else {
        return;
    };
    machine
        .case(&KUSTOMIZE, PROGRAMS)
        .shows("the program of an `exec:` function is missing", 1);
}

#[test]
fn a_program_of_another_function() {
    let probes = run_by("exec: {path: set-resources}");
    let machine = Machine::of(&probes).has_own("set-resources");
    let Some(machine) = machine.has(&KUSTOMIZE) else {
        return;
    };
    let case = machine.case(&KUSTOMIZE, PROGRAMS);
    case.shows(
        "the program of an `exec:` function is another function's",
        1,
    );
}

#[test]
fn the_silent_skip_of_kubectl() {
    let probes = run_by("exec: {path: inject-probes}");
    let machine = Machine::of(&probes).has_own("inject-probes");
    let Some(machine) = machine.has(&KUBECTL) else {
        return;
    };
    // Nothing on this machine could run it.
    machine
        .case(&KUBECTL, PLUGINS)
        .shows("kubectl can't run `exec:` functions", 1);
    // With kustomize there is a way, and the other one is still worth a warning.
    let Some(machine) = machine.has(&KUSTOMIZE) else {
        return;
    };
    let doctor = machine.doctor(&[]);
    assert_eq!(doctor.code, Some(0), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("  warning  kubectl kustomize"));
    assert!(doctor.stdout.ends_with("\n1 warning\n"));
}

#[test]
fn the_silent_skip_of_kustomize() {
    let probes = run_by("exec: {path: inject-probes}");
    let machine = Machine::of(&probes).has_own("inject-probes");
    let Some(machine) = machine.has(&KUSTOMIZE) else {
        return;
    };
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("the call lacks `--enable-exec`", 0);
    let built = machine.build(&KUSTOMIZE, PROGRAMS);
    assert!(built.stdout.contains("readinessProbe"), "{}", built.stderr);
}

#[test]
fn an_annotation_that_names_nothing() {
    let Some(machine) = Machine::of(&run_by("exec: {}")).has(&KUSTOMIZE) else {
        return;
    };
    machine
        .case(&KUSTOMIZE, PROGRAMS)
        .shows("the annotation names neither a program nor an image", 1);
}

#[test]
fn a_misspelled_annotation() {
    let probes = run_by("exce: {path: inject-probes}");
    let Some(machine) = Machine::of(&probes).has(&KUSTOMIZE) else {
        return;
    };
    machine.case(&KUSTOMIZE, PROGRAMS).shows(
        "the annotation `config.kubernetes.io/function` is misspelled",
        1,
    );
}

#[test]
fn containers_without_docker() {
    let probes = run_by("container: {image: shop/plimsoll}");
    let Some(machine) = Machine::of(&probes).has(&KUSTOMIZE) else {
        return;
    };
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("a `container:` function needs docker", 1);
}

#[test]
fn containers_without_an_engine() {
    let probes = run_by("container: {image: shop/plimsoll}");
    let says = "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2; exit 1";
    let machine = Machine::of(&probes).has_script("docker", says);
    let Some(machine) = machine.has(&KUSTOMIZE) else {
        return;
    };
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("docker's engine is not running", 1);
}
