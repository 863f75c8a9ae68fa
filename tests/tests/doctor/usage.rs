//! What the doctor is asked about.

use crate::kustomizations::shop;
use crate::machine::{KUSTOMIZATION, Machine, PROBES};

#[test]
fn a_folder_that_is_none_is_wrong_usage() {
    let machine = Machine::of(PROBES);
    machine
        .0
        .write("shop/overlays/production/kustomization.yaml", KUSTOMIZATION);
    for (argument, words) in [
        (
            "overlays/prodution",
            "there is no folder \"overlays/prodution\"; did you mean `production`?",
        ),
        (
            "overlays",
            "\"overlays\" is no kustomization; give a folder with a kustomization.yaml",
        ),
        ("app.yaml", "\"app.yaml\" is no kustomization"),
    ] {
        let ran = machine.doctor(&[argument]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{argument}");
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    let ran = machine.doctor(&["--fix"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
}

#[test]
fn a_kustomization_is_named_by_its_folder_or_its_file_and_there_may_be_several() {
    let machine = shop(&[("more/kustomization.yaml", "resources: []\n")]);
    let told = machine.doctor(&["kustomization.yaml", "more"]).stdout;
    assert!(
        told.contains("\n.\n") && told.contains("\nmore\n"),
        "{told}"
    );
}
