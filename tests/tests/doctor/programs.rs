//! What the doctor says of the programs on PATH.

use checks::tools::{KUBECTL, KUSTOMIZE, Tool};
use checks::{binary, tools};

use crate::machine::{Machine, path_of};

#[test]
fn a_flag_is_told_of_the_tools_that_have_it() {
    let machine = Machine::with(&[]).has(&KUSTOMIZE);
    let Some(machine) = machine.and_then(|machine| machine.has(&KUBECTL)) else {
        return;
    };
    let doctor = machine.doctor(&[]).stdout;
    let has_flag = |tool: &Tool| {
        let ran = machine.build(tool, &["--enable-exec"]);
        !ran.stderr.contains("unknown flag: --enable-exec")
    };
    for (tool, call) in [
        (KUSTOMIZE, "`kustomize build`"),
        (KUBECTL, "`kubectl kustomize`"),
    ] {
        let line = doctor.lines().find(|line| line.trim().starts_with(call));
        let line = line.unwrap_or_else(|| panic!("{doctor}"));
        assert_eq!(
            !line.contains("it has no --enable-exec"),
            has_flag(&tool),
            "{line}"
        );
    }
}

#[test]
fn what_is_missing_is_told_and_is_no_error() {
    let doctor = Machine::with(&[]).doctor(&[]);
    assert_eq!(doctor.code, Some(0), "{}", doctor.stdout);
    for name in ["kustomize", "kubectl", "kpt", "helm", "docker"] {
        let line = format!("  note     {name} is not on PATH");
        assert!(doctor.stdout.contains(&line), "{}", doctor.stdout);
    }
}

#[test]
fn another_plimsoll_that_comes_first_on_path_is_told() {
    let machine = Machine::with(&[]).has_script("plimsoll", "echo plimsoll 0.0.1");
    let told = machine.told(&machine.doctor(&[]));
    let words = "but a shell finds plimsoll 0.0.1 first (/machine/bin/plimsoll)";
    assert!(told.contains(words), "{told}");
    // A link to this one is this one.
    let machine = Machine::with(&[]).has_own("plimsoll");
    assert!(!machine.doctor(&[]).stdout.contains("a shell finds"));
}

#[test]
fn a_tool_that_breaks_is_told_and_not_counted_on() {
    let machine = Machine::with(&[]).has_script("kustomize", "echo no such thing >&2; exit 1");
    let told = machine.told(&machine.doctor(&[]));
    assert!(
        told.contains("warning  kustomize (/machine/bin/kustomize): no such thing"),
        "{told}"
    );
}

#[test]
fn the_doctor_writes_nothing() {
    let machine = Machine::of(crate::machine::PROBES);
    tools::link(&path_of("true"), &machine.0.join("bin"), "kustomize").expect("a link");
    let list = || {
        let mut command = std::process::Command::new("find");
        command
            .arg(machine.0.path())
            .args(["-printf", "%p %s %T@\\n"]);
        binary::run(&mut command, b"").stdout
    };
    let before = list();
    machine.doctor(&[]);
    assert_eq!(list(), before);
}
