//! Functions as programs and in containers: components beside the overlays make them so. `page` runs containers: each
//! call takes seconds, and what runs in it is the same program, so that one environment tells.

use std::path::Path;

use checks::Folder;
use checks::binary::{self, Ran};
use checks::tools::{DOCKER, KUBECTL, KUSTOMIZE};

use super::tree;
use crate::rendered::{ENVIRONMENTS, plain, rendered};

/// The platform, with the line that each overlay offers for this component.
fn platform_with(component: &str) -> Folder {
    let tree = tree::copy();
    for environment in ENVIRONMENTS {
        let path = format!("overlays/{environment}/functions/kustomization.yaml");
        let line = format!("components: [../../{component}]\n");
        let (offered, text) = (format!("#   {line}"), tree.read(&path));
        assert!(text.contains(&offered), "{path}");
        tree.write(&path, &text.replace(&offered, &line));
    }
    tree
}

/// A build of an overlay with these arguments.
fn build(tree: &Folder, program: &Path, arguments: &[&str]) -> Ran {
    binary::run(&mut tree.call(program.to_owned(), arguments), b"")
}

/// The same where PATH has nothing.
fn build_without_path(tree: &Folder, program: &Path, arguments: &[&str]) -> Ran {
    let mut command = tree.call(program.to_owned(), arguments);
    binary::run(command.env("PATH", tree.path()), b"")
}

/// What is asked of kustomize for programs.
const EXEC: [&str; 3] = ["build", "--enable-alpha-plugins", "--enable-exec"];

#[test]
fn programs_give_what_plugins_give() {
    let (Some(rendered), Some(kustomize)) = (rendered(), KUSTOMIZE.found()) else {
        return;
    };
    let tree = platform_with("exec");
    for (environment, text) in rendered {
        let overlay = format!("overlays/{environment}");
        let ran = build(&tree, &kustomize, &[&EXEC[..], &[&overlay]].concat());
        assert_eq!(ran.code, Some(0), "{environment}: {}", ran.stderr);
        assert!(ran.stdout == *text, "{environment}");
    }
}

#[test]
fn a_build_that_may_not_run_programs_skips_them_without_a_word() {
    let Some(plain) = plain() else { return };
    let tree = platform_with("exec");
    let verbs = [(KUSTOMIZE, "build"), (KUBECTL, "kustomize")];
    for (tool, verb) in verbs {
        let Some(program) = tool.found() else {
            continue;
        };
        let arguments = [verb, "--enable-alpha-plugins", "overlays/production"];
        let ran = build(&tree, &program, &arguments);
        // Whoever writes the table of overlays/README.md is to know when this gets better.
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{verb}");
        assert!(ran.stdout == plain["production"], "{verb}");
    }
}

#[test]
fn a_build_without_the_program_on_path_fails_and_names_it() {
    let Some(kustomize) = KUSTOMIZE.found() else {
        return;
    };
    let tree = platform_with("exec");
    let arguments = [&EXEC[..], &["overlays/production"]].concat();
    let ran = build_without_path(&tree, &kustomize, &arguments);
    assert_ne!(ran.code, Some(0));
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    assert!(ran.stderr.contains("exec: \"plimsoll\""), "{}", ran.stderr);
}

#[test]
fn a_build_without_docker_fails_and_names_it() {
    let Some(kustomize) = KUSTOMIZE.found() else {
        return;
    };
    let tree = platform_with("container");
    let arguments = ["build", "--enable-alpha-plugins", "overlays/production"];
    let ran = build_without_path(&tree, &kustomize, &arguments);
    assert_ne!(ran.code, Some(0));
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    assert!(ran.stderr.contains("exec: \"docker\""), "{}", ran.stderr);
}

#[test]
fn a_build_without_the_image_fails_and_names_it() {
    let (Some(kustomize), Some(_)) = (KUSTOMIZE.found(), DOCKER.found()) else {
        return;
    };
    let tree = platform_with("container");
    let path = "overlays/container/kustomization.yaml";
    let elsewhere = tree
        .read(path)
        .replace("plimsoll:latest", "never-built:latest");
    tree.write(path, &elsewhere);
    let arguments = ["build", "--enable-alpha-plugins", "overlays/production"];
    let ran = build(&tree, &kustomize, &arguments);
    assert_ne!(ran.code, Some(0));
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    let named = "localhost/plimsoll/never-built:latest";
    assert!(ran.stderr.contains(named), "{}", ran.stderr);
}
