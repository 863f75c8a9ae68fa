//! All of what the doctor says, as a person reads it.

use crate::machine::{Machine, PROBES, run_by};

/// A machine with tools of fixed versions.
fn machine(probes: &str) -> Machine {
    let kustomize =
        "case $1 in version) echo v5.8.1;; *) echo --enable-alpha-plugins --enable-exec;; esac";
    let kubectl = "case $1 in version) echo Client Version: v1.32.4; echo Kustomize Version: v5.5.0;; *) echo --enable-alpha-plugins;; esac";
    Machine::of(probes)
        .has_script("kustomize", kustomize)
        .has_script("kubectl", kubectl)
        .has_script("kpt", "echo 1.0.0-beta.56")
        .has_script("helm", "echo v3.18.4+gd80839c")
        .has_script(
            "docker",
            "case $1 in version) echo 28.1.1;; *) exit 1;; esac",
        )
}

#[test]
fn all_is_well() {
    let machine = machine(PROBES).has_own("plimsoll");
    machine.installs();
    insta::assert_snapshot!(machine.told(&machine.doctor(&[])));
}

#[test]
fn nothing_is_installed() {
    insta::assert_snapshot!({
        let machine = machine(PROBES);
        machine.told(&machine.doctor(&[]))
    });
}

#[test]
fn a_program_is_run_and_its_configuration_has_mistakes() {
    let probes = run_by("exec: {path: inject-probes}").replace("environment", "enviroment");
    let machine = machine(&probes).has_own("inject-probes");
    insta::assert_snapshot!(machine.told(&machine.doctor(&[])));
}

#[test]
fn an_image_is_run() {
    let machine = machine(&run_by("container: {image: example.com/plimsoll}"));
    insta::assert_snapshot!(machine.told(&machine.doctor(&[])));
}
