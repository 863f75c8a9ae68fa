//! A small application in a folder of its own, and what a run left of it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::process::Command;

use checks::binary::{self, Ran};
use checks::tools::Tool;
use serde_json::Value;

/// The manifests; comments, quotes and block scalars in them are there to be kept.
pub(crate) const API: &str = include_str!("fixtures/shop/api.yaml");
pub(crate) const DATABASE: &str = include_str!("fixtures/shop/database.yaml");

/// What the function is asked to do everywhere here.
const SPEC: &str = "spec:\n  environment: production\n";

/// The configuration as a filter or a plugin folder takes it.
pub(crate) fn config() -> String {
    format!(
        "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: InjectProbes\nmetadata:\n  name: probes\n{SPEC}"
    )
}

/// The configuration with what tells kustomize or kpt how to run the function.
pub(crate) fn config_run_by(how: &str) -> String {
    let indented = how.replace('\n', "\n      ");
    let annotations =
        format!("  annotations:\n    config.kubernetes.io/function: |\n      {indented}\n");
    config().replace("spec:\n", &format!("{annotations}spec:\n"))
}

/// As an `exec:` function; kustomize finds a bare name on PATH.
pub(crate) fn config_of_exec() -> String {
    config_run_by("exec:\n  path: inject-probes")
}

/// A configuration that is refused.
pub(crate) fn broken(config: &str) -> String {
    config.replace("environment: production", "enviroment: production")
}

/// What is said of it, wherever its words end up.
pub(crate) const REFUSAL: &str = "did you mean `environment`?";

/// A kustomization of the shop with its transformers.
pub(crate) fn kustomization(transformers: &str) -> String {
    format!("resources: [api.yaml, database.yaml]\ntransformers:\n{transformers}\n")
}

/// A text as an inline entry of `transformers:`.
pub(crate) fn inline(config: &str) -> String {
    format!("- |-\n  {}", config.trim_end().replace('\n', "\n  "))
}

/// A folder with the shop.
pub(crate) struct Folder(checks::Folder);

impl Deref for Folder {
    type Target = checks::Folder;

    fn deref(&self) -> &checks::Folder {
        &self.0
    }
}

impl Folder {
    /// A folder with nothing but these files.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self(checks::Folder::of(files))
    }

    /// The shop's manifests and these files.
    pub(crate) fn of_shop(more: &[(&str, &str)]) -> Self {
        let folder = Self(checks::Folder::of(&[
            ("api.yaml", API),
            ("database.yaml", DATABASE),
        ]));
        for (name, text) in more {
            folder.write(name, text);
        }
        folder
    }

    /// The manifests as they stand in the files now.
    pub(crate) fn manifests(&self) -> String {
        format!(
            "{}---\n{}",
            self.read("api.yaml"),
            self.read("database.yaml")
        )
    }

    /// A call of a tool in this folder.
    pub(crate) fn command(&self, tool: &Tool, arguments: &[&str]) -> Command {
        let program = tool.find().unwrap_or_else(|missing| panic!("{missing}"));
        self.call(program, arguments)
    }

    pub(crate) fn run(&self, tool: &Tool, arguments: &[&str]) -> Ran {
        binary::run(&mut self.command(tool, arguments), b"")
    }

    /// A run that must go well.
    pub(crate) fn built(&self, tool: &Tool, arguments: &[&str]) -> Ran {
        let ran = self.run(tool, arguments);
        assert_eq!(
            ran.code,
            Some(0),
            "{} {arguments:?}: {}{}",
            tool.name,
            ran.stdout,
            ran.stderr
        );
        ran
    }
}

/// What the filter makes of a text; every other way is measured by it.
pub(crate) fn filtered(text: &str) -> String {
    let folder = Folder::of_shop(&[("probes.yaml", &config())]);
    let mut command = Command::new(binary::path("inject-probes"));
    let ran = binary::run(
        command.arg("--config").arg(folder.join("probes.yaml")),
        text.as_bytes(),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_ne!(ran.stdout, text, "there is something to do");
    ran.stdout
}

/// The shop as one stream.
pub(crate) fn stream() -> String {
    format!("{API}---\n{DATABASE}")
}

/// The shop in a list, as kpt and kustomize would send it.
pub(crate) fn list() -> String {
    list_of(&stream())
}

/// The objects of a stream in a list.
pub(crate) fn list_of(stream: &str) -> String {
    let indented = |text: &str| {
        text.trim_end()
            .replace('\n', "\n  ")
            .replace("\n  \n", "\n\n")
    };
    let documents = checks::golden::documents(stream);
    let items: Vec<String> = documents
        .iter()
        .map(|document| format!("- {}\n", indented(document)))
        .collect();
    let items = items.concat();
    let config = indented(&config());
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}functionConfig:\n  {config}\n"
    )
}

/// The objects of a stream by kind and name, without what orchestrators note on them for themselves.
pub(crate) fn objects(text: &str) -> BTreeMap<String, Value> {
    let mut objects = BTreeMap::new();
    for document in checks::golden::documents(text) {
        let Ok(mut object) = serde_yaml::from_str::<Value>(&document) else {
            panic!("not YAML: {document}")
        };
        if object.is_null() {
            continue;
        }
        let is_local = object
            .pointer("/metadata/annotations/config.kubernetes.io~1local-config")
            .is_some();
        if is_local {
            continue;
        }
        forget_notes(&mut object);
        let part = |pointer| {
            object
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let name = format!("{} {}", part("/kind"), part("/metadata/name"));
        assert!(
            objects.insert(name, object).is_none(),
            "an object is there twice: {text}"
        );
    }
    objects
}

fn forget_notes(object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    if let Some(annotations) = metadata
        .get_mut("annotations")
        .and_then(Value::as_object_mut)
    {
        annotations.retain(|key, _| {
            !key.contains("config.kubernetes.io/") && !key.contains("config.k8s.io/")
        });
    }
    if metadata
        .get("annotations")
        .and_then(Value::as_object)
        .is_some_and(serde_json::Map::is_empty)
    {
        metadata.remove("annotations");
    }
}

/// Whether the function ran: it alone writes this.
pub(crate) fn has_probes(text: &str) -> bool {
    text.contains("readinessProbe")
}
