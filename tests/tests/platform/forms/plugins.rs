//! Functions as plugins: the form that is checked in.

use std::fs;

use checks::binary::{self, Ran};
use checks::tools::{KUBECTL, KUSTOMIZE, Tool};
use std::process::Command;

use crate::rendered::{ENVIRONMENTS, Plugins, build, objects, plain, rendered};

#[test]
fn a_second_build_gives_the_same_bytes() {
    let (Some(rendered), Some(kustomize)) = (rendered(), KUSTOMIZE.found()) else {
        return;
    };
    let plugins = Plugins::real();
    for (environment, text) in rendered {
        let folder = format!("overlays/{environment}");
        let again = build(&kustomize, "build", &folder, &plugins);
        assert!(again == *text, "{environment}");
    }
}

#[test]
fn kubectl_renders_what_kustomize_renders() {
    let (Some(rendered), Some(kubectl)) = (rendered(), KUBECTL.found()) else {
        return;
    };
    let plugins = Plugins::real();
    for (environment, text) in rendered {
        let folder = format!("overlays/{environment}");
        let by_kubectl = build(&kubectl, "kustomize", &folder, &plugins);
        assert!(objects(&by_kubectl) == objects(text), "{environment}");
    }
}

#[test]
fn functions_that_change_nothing_leave_what_is_built_without_them() {
    let (Some(plain), Some(kustomize)) = (plain(), KUSTOMIZE.found()) else {
        return;
    };
    let plugins = Plugins::idle();
    for (environment, text) in plain {
        let folder = format!("overlays/{environment}");
        let passed = build(&kustomize, "build", &folder, &plugins);
        assert!(passed == *text, "{environment}");
    }
}

/// A build of production that fails, and leaves nothing on stdout for a pipe behind it.
#[track_caller]
fn refused(tool: &Tool, arguments: &[&str], plugins: &Plugins) -> Option<Ran> {
    let verb = if tool.name == KUBECTL.name {
        "kustomize"
    } else {
        "build"
    };
    let mut command = Command::new(tool.found()?);
    command
        .arg(verb)
        .args(arguments)
        .current_dir(binary::root())
        .env("KUSTOMIZE_PLUGIN_HOME", plugins.folder());
    let ran = binary::run(&mut command, b"");
    assert_ne!(ran.code, Some(0), "{}", tool.name);
    assert!(ran.stdout.is_empty(), "{}: {}", tool.name, ran.stdout);
    Some(ran)
}

#[test]
fn a_build_without_plugins_fails_and_names_the_kind() {
    for tool in [KUSTOMIZE, KUBECTL] {
        for environment in ENVIRONMENTS {
            let arguments = ["--enable-alpha-plugins", &format!("overlays/{environment}")];
            let Some(ran) = refused(&tool, &arguments, &Plugins::none()) else {
                continue;
            };
            // Not in so many words; the file that it looked for has the kind in its name.
            let looked_for = "fn.plimsoll.dev/v1alpha1/setresources/SetResources";
            assert!(ran.stderr.contains(looked_for), "{}", ran.stderr);
        }
    }
}

#[test]
fn a_build_that_lacks_the_last_plugin_alone_fails_too() {
    let plugins = Plugins::real();
    let plugin = "fn.plimsoll.dev/v1alpha1/addmtlspolicies/AddMtlsPolicies";
    fs::remove_file(plugins.folder().join(plugin)).expect("it was there");
    for tool in [KUSTOMIZE, KUBECTL] {
        let arguments = ["--enable-alpha-plugins", "overlays/production"];
        if let Some(ran) = refused(&tool, &arguments, &plugins) {
            assert!(ran.stderr.contains(plugin), "{}", ran.stderr);
        }
    }
}

#[test]
fn a_build_without_the_flag_fails_and_names_the_kind() {
    for tool in [KUSTOMIZE, KUBECTL] {
        if let Some(ran) = refused(&tool, &["overlays/production"], &Plugins::real()) {
            let told = "external plugins disabled; unable to load external plugin 'SetResources'";
            assert!(ran.stderr.contains(told), "{}", ran.stderr);
        }
    }
}
