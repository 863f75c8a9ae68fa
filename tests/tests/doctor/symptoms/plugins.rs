//! Functions that run as plugins.

use checks::tools::{KUBECTL, KUSTOMIZE};

use super::PLUGINS;
use crate::machine::{Machine, PROBES};

#[test]
fn no_plugin_folder() {
    let Some(machine) = Machine::of(PROBES).has(&KUSTOMIZE) else {
        return;
    };
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("there is no plugin folder", 1);
    // What it says to type mends it.
    machine.installs();
    let built = machine.build(&KUSTOMIZE, PLUGINS);
    assert!(built.stdout.contains("readinessProbe"), "{}", built.stderr);
    assert_eq!(machine.doctor(&[]).code, Some(0));
}

#[test]
fn a_missing_plugin() {
    let Some(machine) = Machine::of(PROBES).has(&KUBECTL) else {
        return;
    };
    machine.0.write("home/.config/kustomize/plugin/others", "");
    machine
        .case(&KUBECTL, PLUGINS)
        .shows("the plugin is not installed", 1);
}

#[test]
fn a_plugin_that_leads_nowhere() {
    let Some(machine) = Machine::of(PROBES).has(&KUSTOMIZE) else {
        return;
    };
    let link = Machine::plugin("InjectProbes");
    machine.link(&machine.0.join("gone/plimsoll"), &link);
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("the program that the plugin leads to is gone", 1);
    machine.installs();
    assert_eq!(machine.doctor(&[]).code, Some(0));
}

#[test]
fn a_plugin_that_is_no_program() {
    let Some(machine) = Machine::of(PROBES).has(&KUSTOMIZE) else {
        return;
    };
    machine
        .0
        .write(&Machine::plugin("InjectProbes"), "#!/bin/sh\n");
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("the plugin may not be run", 1);
}

#[test]
fn a_plugin_folder_that_hides_another() {
    let Some(machine) = Machine::of(PROBES).has(&KUSTOMIZE) else {
        return;
    };
    let link = Machine::plugin("InjectProbes").replace(".config/", "");
    machine.link(&checks::binary::path("plimsoll"), &link);
    machine.0.write("home/.config/kustomize/plugin/others", "");
    machine
        .case(&KUSTOMIZE, PLUGINS)
        .shows("another plugin folder comes first", 1);
    machine.installs();
    assert_eq!(machine.doctor(&[]).code, Some(0));
}

#[test]
fn no_flag_for_plugins() {
    for tool in [KUSTOMIZE, KUBECTL] {
        let machine = Machine::of(PROBES).has(&KUSTOMIZE);
        let Some(machine) = machine.and_then(|machine| machine.has(&KUBECTL)) else {
            return;
        };
        machine.installs();
        machine.case(&tool, &[]).shows(
            "the call lacks `--enable-alpha-plugins`, or is `kubectl apply -k`",
            0,
        );
    }
}
