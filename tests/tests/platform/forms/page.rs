//! The commands of overlays/README.md, each in a copy of the platform.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use checks::binary;
use checks::tools::{self, DOCKER, KPT, KUBECTL, KUSTOMIZE, Tool};
use checks::{Folder, images};

use super::{sorted, tree};
use crate::rendered::{Plugins, build, rendered};

/// The commands by their sections' titles.
fn commands() -> Vec<(String, String)> {
    let page = binary::root().join("overlays/README.md");
    let page = fs::read_to_string(page).expect("the page");
    let sections = page.split("\n## ").skip(1);
    let of_section = |section: &str| {
        let title = section.lines().next().unwrap_or_default().to_owned();
        let fences = section.split("```sh\n").skip(1);
        let commands = fences.filter_map(|rest| rest.split("```").next());
        commands
            .map(|command| (title.clone(), command.to_owned()))
            .collect::<Vec<_>>()
    };
    sections.flat_map(of_section).collect()
}

/// Links to the tools by the names that the page calls them by, before what is on PATH; none where one is missing.
fn path(links: &Path, needed: &[Tool]) -> Option<OsString> {
    for tool in needed {
        tools::link(&tool.found()?, links, tool.name).expect("a new folder takes a link");
    }
    let own = [links.to_owned(), binary::folder().to_owned()];
    let installed = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = own
        .into_iter()
        .chain(std::env::split_paths(&installed))
        .collect();
    Some(std::env::join_paths(folders).expect("folders of PATH are separated by colons"))
}

/// What a command of the page prints, or leaves in its package; none where it needs a tool that isn't there.
fn made_by(command: &str, needed: &[Tool]) -> Option<String> {
    let (tree, links, plugins) = (tree::copy(), Folder::of(&[]), Plugins::real());
    let mut shell = Command::new("sh");
    shell
        .args(["-euc", command])
        .current_dir(tree.path())
        .env("PATH", path(links.path(), needed)?)
        .env("KUSTOMIZE_PLUGIN_HOME", plugins.folder());
    let ran = binary::run(&mut shell, b"");
    assert_eq!(ran.code, Some(0), "{command}: {}", ran.stderr);
    let package = tree.join("package/objects");
    let is_package = package.exists();
    Some(if is_package {
        tree::stream(&package)
    } else {
        ran.stdout
    })
}

/// Runs the commands of these sections, which need these tools.
fn check(sections: &[&str], needed: &[Tool]) {
    let (Some(rendered), Some(kustomize)) = (rendered(), KUSTOMIZE.found()) else {
        return;
    };
    let base = build(&kustomize, "build", "base", &Plugins::none());
    let commands = commands();
    for section in sections {
        let own = commands.iter().filter(|(title, _)| title == section);
        let own: Vec<&String> = own.map(|(_, command)| command).collect();
        assert!(!own.is_empty(), "the page has no commands on {section}");
        for command in own {
            let expected = if command.contains("cp -r base") {
                &base
            } else {
                &rendered["production"]
            };
            let Some(made) = made_by(command, needed) else {
                return;
            };
            assert!(sorted(&made) == sorted(expected), "{command}");
        }
    }
}

#[test]
fn every_command_of_the_page_is_run_here() {
    let titles: BTreeSet<String> = commands().into_iter().map(|(title, _)| title).collect();
    let run = ["A pipe", "Containers", "Plugins", "Programs", "kpt"];
    assert_eq!(titles.into_iter().collect::<Vec<_>>(), run);
}

#[test]
fn the_commands_of_the_page_give_the_same_objects() {
    check(&["Plugins", "A pipe", "Programs"], &[KUSTOMIZE, KUBECTL]);
}

#[test]
fn the_commands_for_containers_give_the_same_objects() {
    if DOCKER.found().is_some() {
        images::build();
        check(&["Containers"], &[KUSTOMIZE, DOCKER]);
    }
}

#[test]
fn the_commands_for_kpt_give_the_same_objects() {
    check(&["kpt"], &[KUSTOMIZE, KPT]);
}
