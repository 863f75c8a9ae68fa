//! One program for every function.

use std::process::Command;

use checks::{binary, tools};

use crate::shop::{self, Folder};
use crate::{Test, test};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        test(&[], runs_the_function_that_its_first_argument_names),
        test(&[], runs_the_function_that_a_link_is_named_after),
        test(&[], runs_the_function_that_the_configuration_is_for),
        test(&[], names_the_function_that_was_meant),
    ]
}

fn output(command: &mut Command, stdin: &str) -> String {
    let ran = binary::run(command, stdin.as_bytes());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(shop::has_probes(&ran.stdout), "{}", ran.stdout);
    ran.stdout
}

fn runs_the_function_that_its_first_argument_names() {
    let folder = Folder::of_shop(&[("probes.yaml", &shop::config())]);
    let mut command = Command::new(binary::path("plimsoll"));
    command
        .current_dir(folder.path())
        .args(["inject-probes", "--config", "probes.yaml"]);
    assert_eq!(
        output(&mut command, &shop::stream()),
        shop::filtered(&shop::stream())
    );
    let own = output(
        &mut Command::new(binary::path("inject-probes")),
        &shop::list(),
    );
    assert_eq!(
        output(
            Command::new(binary::path("plimsoll")).arg("inject-probes"),
            &shop::list()
        ),
        own
    );
}

fn runs_the_function_that_a_link_is_named_after() {
    let folder = Folder::of_shop(&[("probes.yaml", &shop::config())]);
    for name in ["inject-probes", "InjectProbes"] {
        let link = tools::link(&binary::path("plimsoll"), folder.path(), name).expect("a link");
        let mut command = Command::new(&link);
        command
            .current_dir(folder.path())
            .args(["--config", "probes.yaml"]);
        assert_eq!(
            output(&mut command, &shop::stream()),
            shop::filtered(&shop::stream()),
            "{name}"
        );
        let own = output(
            &mut Command::new(binary::path("inject-probes")),
            &shop::list(),
        );
        assert_eq!(
            output(&mut Command::new(&link), &shop::list()),
            own,
            "{name}"
        );
    }
}

// Containers get no arguments.
fn runs_the_function_that_the_configuration_is_for() {
    let own = output(
        &mut Command::new(binary::path("inject-probes")),
        &shop::list(),
    );
    assert_eq!(
        output(&mut Command::new(binary::path("plimsoll")), &shop::list()),
        own
    );
}

fn names_the_function_that_was_meant() {
    let ran = binary::run(
        Command::new(binary::path("plimsoll")).arg("inject-probe"),
        b"",
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(
        ran.stderr.contains("did you mean `inject-probes`"),
        "{}",
        ran.stderr
    );
}
