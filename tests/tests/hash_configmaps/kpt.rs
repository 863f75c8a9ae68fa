//! kpt, which renders packages on disk.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use checks::tools::KPT;
use checks::{Folder, binary};

use crate::{command, difference, files, well};

/// A package on disk, rendered once.
struct Package {
    folder: Folder,
    kpt: PathBuf,
}

impl Package {
    pub(crate) fn rendered() -> Option<Self> {
        let kpt = KPT.found()?;
        let program = binary::path("hash-configmaps")
            .to_string_lossy()
            .into_owned();
        let kptfile = include_str!("package/Kptfile").replace("PROGRAM", &program);
        let files = [
            ("Kptfile", kptfile.as_str()),
            ("config.yaml", include_str!("package/config.yaml")),
            ("hash.yaml", include_str!("package/hash.yaml")),
            ("setters.yaml", include_str!("package/setters.yaml")),
            ("site.yaml", include_str!("package/site.yaml")),
        ];
        let package = Self {
            folder: Folder::of(&files),
            kpt,
        };
        package.render();
        Some(package)
    }

    pub(crate) fn render(&self) {
        let arguments = ["fn", "render", ".", "--allow-exec"];
        well(&mut command(&self.folder, self.kpt.clone(), &arguments), "");
    }

    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert_eq!(text.matches(from).count(), 1, "{from} in {text}");
        self.folder.write(file, &text.replace(from, to));
    }

    pub(crate) fn read(&self, file: &str) -> String {
        let text = files(&self.folder).remove(&OsString::from(file));
        text.unwrap_or_else(|| panic!("no {file}"))
    }
}

#[test]
fn kpt_renders_names_into_the_files_that_have_them() {
    let Some(package) = Package::rendered() else {
        return;
    };
    let site = include_str!("package/site.yaml");
    assert_eq!(
        difference(site, &package.read("site.yaml")),
        (
            vec![
                "- configMapRef: {name: settings} # the first",
                "name: \"texts\"",
                "name: settings",
            ],
            vec![
                "- configMapRef: {name: settings-62fht94bhb} # the first",
                "name: \"texts-64mb846gfb\"",
                "name: settings-62fht94bhb",
            ]
        )
    );
    let config = include_str!("package/config.yaml");
    let rendered = package.read("config.yaml");
    let (removed, added) = difference(config, &rendered);
    assert_eq!(
        removed,
        ["name: settings # short for site-settings", "name: 'texts'"]
    );
    assert!(
        added.contains(&"name: settings-62fht94bhb # short for site-settings"),
        "{rendered}"
    );
    assert!(added.contains(&"name: 'texts-64mb846gfb'"), "{rendered}");
}

// `unreferenced: hash` would rename it like any other.
#[test]
fn kpt_keeps_the_configurations_of_functions_and_all_files() {
    let Some(package) = Package::rendered() else {
        return;
    };
    assert_eq!(
        package.read("setters.yaml"),
        include_str!("package/setters.yaml")
    );
    assert_eq!(package.read("hash.yaml"), include_str!("package/hash.yaml"));
    let files: Vec<_> = files(&package.folder).into_keys().collect();
    assert_eq!(
        files,
        [
            "Kptfile",
            "config.yaml",
            "hash.yaml",
            "setters.yaml",
            "site.yaml"
        ]
    );
}

#[test]
fn a_second_render_changes_no_byte() {
    let Some(package) = Package::rendered() else {
        return;
    };
    let once = files(&package.folder);
    package.render();
    assert_eq!(files(&package.folder), once);
}

#[test]
fn an_edit_of_one_key_moves_one_name_and_what_refers_to_it() {
    let Some(package) = Package::rendered() else {
        return;
    };
    let before = files(&package.folder);
    package.edit("config.yaml", "LOG_LEVEL: info", "LOG_LEVEL: debug");
    package.render();
    let after = files(&package.folder);
    let mut differences = BTreeMap::new();
    for (file, text) in &before {
        let difference = difference(text, &after[file]);
        if difference != (Vec::new(), Vec::new()) {
            differences.insert(file.to_string_lossy().into_owned(), difference);
        }
    }
    let config = (
        vec![
            "name: settings-62fht94bhb # short for site-settings",
            "plimsoll.dev/content-hash: 62fht94bhb",
            "LOG_LEVEL: info # debug on Fridays",
        ],
        vec![
            "name: settings-f5f98bhc8g # short for site-settings",
            "plimsoll.dev/content-hash: f5f98bhc8g",
            "LOG_LEVEL: debug # debug on Fridays",
        ],
    );
    let site = (
        vec![
            "- configMapRef: {name: settings-62fht94bhb} # the first",
            "name: settings-62fht94bhb",
        ],
        vec![
            "- configMapRef: {name: settings-f5f98bhc8g} # the first",
            "name: settings-f5f98bhc8g",
        ],
    );
    let expected = [
        ("config.yaml".to_owned(), config),
        ("site.yaml".to_owned(), site),
    ];
    assert_eq!(differences, BTreeMap::from(expected));
    // The way back finds the former name.
    package.edit("config.yaml", "LOG_LEVEL: debug #", "LOG_LEVEL: info #");
    package.render();
    assert_eq!(files(&package.folder), before);
}
