//! Functions as kpt renders a package: a copy of an overlay with what is built from it as its objects.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use checks::Folder;
use checks::binary::{self, Ran};
use checks::tools::{self, KPT, KUSTOMIZE};

use super::{sorted, tree};
use crate::rendered::{ENVIRONMENTS, Plugins, build, plain, rendered};

/// The folders that are packages.
const PACKAGES: [&str; 4] = [
    "base",
    "overlays/development",
    "overlays/staging",
    "overlays/production",
];

/// A package that is a copy of a folder of the repository.
struct Package {
    kpt: PathBuf,
    folder: Folder,
}

impl Package {
    /// None where there is no kpt.
    fn of(folder: &str) -> Option<Self> {
        let package = Self {
            kpt: KPT.found()?,
            folder: Folder::of(&[]),
        };
        let copy = package.folder.path();
        tree::copy_folder(&binary::root().join(folder), copy);
        Some(package)
    }

    /// With these objects in it.
    fn with(self, objects: &str) -> Self {
        let mut sink = self
            .folder
            .call(self.kpt.clone(), &["fn", "sink", "objects"]);
        let ran = binary::run(&mut sink, objects.as_bytes());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        self
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut kpt = self.folder.call(self.kpt.clone(), arguments);
        binary::run(&mut kpt, b"")
    }

    #[track_caller]
    fn render(&self) -> Ran {
        let ran = self.run(&["fn", "render", "--allow-exec", "--truncate-output=false"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran
    }

    /// What its files hold.
    fn files(&self) -> BTreeMap<PathBuf, String> {
        tree::files(self.folder.path())
    }

    /// Its objects as a stream.
    fn objects(&self) -> String {
        tree::stream(&self.folder.join("objects"))
    }
}

#[test]
fn a_package_with_what_is_built_from_an_overlay_becomes_what_plugins_give() {
    let (Some(rendered), Some(plain)) = (rendered(), plain()) else {
        return;
    };
    for environment in ENVIRONMENTS {
        let folder = format!("overlays/{environment}");
        let Some(package) = Package::of(&folder) else {
            return;
        };
        let package = package.with(&plain[environment]);
        package.render();
        assert!(
            sorted(&package.objects()) == sorted(&rendered[environment]),
            "{environment}"
        );
    }
}

#[test]
fn a_second_render_of_a_package_changes_nothing() {
    let Some(plain) = plain() else { return };
    let Some(package) = Package::of("overlays/production") else {
        return;
    };
    let package = package.with(&plain["production"]);
    package.render();
    let once = package.files();
    package.render();
    assert!(package.files() == once);
}

#[test]
fn the_package_of_base_tells_what_production_would_miss_and_changes_nothing() {
    let Some(kustomize) = KUSTOMIZE.found() else {
        return;
    };
    let Some(package) = Package::of("base") else {
        return;
    };
    let base = build(&kustomize, "build", "base", &Plugins::none());
    let package = package.with(&base);
    let before = package.files();
    let told = package.render().stderr;
    assert!(package.files() == before);
    for rule in [
        "set-resources/memory-request",
        "inject-probes/readiness",
        "set-availability/generated",
        "harden-pods/run-as-non-root",
        "hash-configmaps/suffix",
        "add-mtls-policies/generated",
    ] {
        assert!(told.contains(&format!("[{rule}]")), "{rule}");
    }
}

#[test]
fn a_package_without_objects_is_rendered_without_harm() {
    for folder in PACKAGES {
        let Some(package) = Package::of(folder) else {
            return;
        };
        let before = package.files();
        package.render();
        assert!(package.files() == before, "{folder}");
    }
}

#[test]
fn a_package_is_not_rendered_by_kpt_that_may_not_run_programs() {
    let Some(package) = Package::of("overlays/production") else {
        return;
    };
    let ran = package.run(&["fn", "render"]);
    assert_ne!(ran.code, Some(0));
    assert!(ran.stderr.contains("--allow-exec"), "{}", ran.stderr);
}

#[test]
fn a_package_is_not_rendered_without_the_program_on_path() {
    let Some(package) = Package::of("overlays/production") else {
        return;
    };
    let installed = env::var_os("PATH").unwrap_or_default();
    let mut found = env::split_paths(&installed).map(|folder| folder.join("git"));
    let git = found.find(|git| git.is_file());
    let git = git.expect("kpt itself doesn't start without git");
    let links = Folder::of(&[]);
    tools::link(&git, links.path(), "git").expect("a new folder takes a link");
    let arguments = ["fn", "render", "--allow-exec"];
    let mut kpt = package.folder.call(package.kpt.clone(), &arguments);
    let ran = binary::run(kpt.env("PATH", links.path()), b"");
    assert_ne!(ran.code, Some(0));
    assert!(ran.stderr.contains("exec: \"plimsoll\""), "{}", ran.stderr);
}
