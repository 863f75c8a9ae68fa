//! Functions behind a build of the overlay without them: `kustomize build … | plimsoll run`.

use std::process::Command;

use checks::binary::{self, Ran};
use checks::tools::KUBECTL;

use super::sorted;
use crate::rendered::{plain, rendered, run, steps};

/// What `plimsoll run` makes of a stream with an overlay's pipeline.
fn piped(environment: &str, plain: &str, more: &[&str]) -> Ran {
    let pipeline = format!("overlays/{environment}/pipeline.yaml");
    let mut command = Command::new(binary::path("plimsoll"));
    command
        .args(["run", "--config", &pipeline])
        .args(more)
        .current_dir(binary::root());
    binary::run(&mut command, plain.as_bytes())
}

#[test]
fn a_run_behind_a_build_gives_what_functions_inside_it_give() {
    let (Some(rendered), Some(plain)) = (rendered(), plain()) else {
        return;
    };
    for (environment, text) in rendered {
        let ran = piped(environment, &plain[environment], &[]);
        assert_eq!(ran.code, Some(0), "{environment}: {}", ran.stderr);
        assert!(sorted(&ran.stdout) == sorted(text), "{environment}");
    }
}

#[test]
fn a_run_over_a_rendered_overlay_has_nothing_left_to_do() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        let ran = piped(environment, text, &["--check"]);
        assert_eq!(ran.code, Some(0), "{environment}: {}", ran.stderr);
    }
}

#[test]
fn kubectl_builds_the_same_for_it_without_a_flag() {
    let (Some(plain), Some(kubectl)) = (plain(), KUBECTL.found()) else {
        return;
    };
    for (environment, text) in plain {
        let mut command = Command::new(&kubectl);
        let folder = format!("overlays/{environment}/manifests");
        command
            .args(["kustomize", &folder])
            .current_dir(binary::root());
        let ran = binary::run(&mut command, b"");
        assert_eq!(ran.code, Some(0), "{environment}: {}", ran.stderr);
        assert!(ran.stdout == *text, "{environment}");
    }
}

#[test]
fn a_failed_build_leaves_the_run_behind_it_nothing_to_apply() {
    let ran = piped("production", "", &[]);
    assert_ne!(ran.code, Some(0));
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
}

#[test]
fn each_function_has_something_to_do_and_nothing_to_warn_of() {
    let Some(plain) = plain() else { return };
    for (environment, text) in plain {
        let mut own = text.clone();
        for step in steps(environment) {
            let ran = run(&step, &own);
            assert_eq!(ran.problems, Vec::<String>::new(), "{environment}");
            assert_ne!(ran.output, own, "{environment}: {} does nothing", step.kind);
            own = ran.output;
        }
    }
}
