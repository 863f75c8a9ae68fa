//! Where kustomize finds plugins, and what the doctor says of what is there.

use checks::binary;
use checks::tools::KUSTOMIZE;

use crate::machine::{Machine, PROBES};

/// The places where kustomize looks, as a test sets them.
const PLACES: [&str; 4] = [
    "told",
    "config/kustomize/plugin",
    "home/.config/kustomize/plugin",
    "home/kustomize/plugin",
];
const PLUGIN: &str = "fn.plimsoll.dev/v1alpha1/injectprobes/InjectProbes";

#[test]
fn the_doctor_looks_where_kustomize_looks() {
    for first in 0..PLACES.len() {
        let Some(machine) = Machine::of(PROBES).has(&KUSTOMIZE) else {
            return;
        };
        for place in PLACES.iter().skip(first) {
            machine.script(&format!("{place}/{PLUGIN}"), "echo this is $0 >&2; exit 1");
        }
        let ask = |program: &str, arguments: &[&str]| {
            let program = match program {
                "plimsoll" => binary::path(program),
                _ => machine.0.join("bin").join(program),
            };
            let mut command = machine.call(program, arguments);
            command
                .env("KUSTOMIZE_PLUGIN_HOME", machine.0.join("told"))
                .env("XDG_CONFIG_HOME", machine.0.join("config"));
            binary::run(&mut command, b"")
        };
        let place = PLACES.get(first).expect("there is one");
        let folder = machine.0.join(place).to_string_lossy().into_owned();
        let built = ask("kustomize", &["build", "--enable-alpha-plugins", "."]);
        assert!(
            built.stderr.contains(&format!("this is {folder}/{PLUGIN}")),
            "{}",
            built.stderr
        );
        let doctor = ask("plimsoll", &["doctor"]);
        assert!(
            doctor.stdout.contains(&format!(" {folder}: 0 of ")),
            "{}",
            doctor.stdout
        );
    }
}

#[test]
fn a_folder_that_is_named_and_not_there_is_told() {
    let machine = Machine::of(PROBES);
    machine.installs();
    let mut command = machine.call(binary::path("plimsoll"), &["doctor"]);
    command.env("KUSTOMIZE_PLUGIN_HOME", machine.0.join("nowhere"));
    let told = machine.told(&binary::run(&mut command, b""));
    assert!(
        told.contains("warning  $KUSTOMIZE_PLUGIN_HOME is /machine/nowhere, which is not there; kustomize reads /machine/home/.config/kustomize/plugin instead"),
        "{told}"
    );
}

#[test]
fn every_function_has_its_plugin_after_installing() {
    let machine = Machine::with(&[]);
    machine.installs();
    let doctor = machine.doctor(&[]);
    assert_eq!(doctor.code, Some(0));
    let line = doctor
        .stdout
        .lines()
        .find(|line| line.contains("plugins are this"));
    let line = line.expect("the folder is told");
    assert!(line.starts_with("  ok  "), "{line}");
}

#[test]
fn plugins_of_another_version_are_told() {
    let machine = Machine::of(PROBES);
    machine.script(&Machine::plugin("InjectProbes"), "echo plimsoll 0.0.1");
    let told = machine.told(&machine.doctor(&[]));
    assert!(
        told.contains("warning  InjectProbes is not run by this plimsoll VERSION but by /machine/home/.config/kustomize/plugin/fn.plimsoll.dev/v1alpha1/injectprobes/InjectProbes, whose --version says: plimsoll 0.0.1"),
        "{told}"
    );
}

#[test]
fn a_program_of_one_function_and_of_this_version_is_as_good() {
    let machine = Machine::of(PROBES);
    machine.link(
        &binary::path("inject-probes"),
        &Machine::plugin("InjectProbes"),
    );
    let told = machine.doctor(&[]).stdout;
    assert!(told.contains(": 1 of "), "{told}");
    assert!(!told.contains("is not run by this"), "{told}");
}

#[test]
fn plugins_are_installed_where_kustomize_looks_and_hide_no_others() {
    let machine = Machine::of(PROBES);
    machine
        .0
        .write("home/kustomize/plugin/somebody.else/v1/keep", "");
    machine.installs();
    assert!(
        machine
            .0
            .join("home/kustomize/plugin")
            .join(PLUGIN)
            .exists()
    );
    assert!(!machine.0.join("home/.config").exists());
    // A folder that is named is made, whatever else is there.
    let mut command = machine.call(binary::path("plimsoll"), &["install-plugins"]);
    command.env("KUSTOMIZE_PLUGIN_HOME", machine.0.join("told"));
    assert_eq!(binary::run(&mut command, b"").code, Some(0));
    assert!(machine.0.join("told").join(PLUGIN).exists());
}
