//! The overlays as the real tools render them, and their functions one by one.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use checks::binary;
use checks::tools::KUSTOMIZE;
use sdk::{Function, Severity, Visitor};
use serde_json::Value;

pub(crate) const ENVIRONMENTS: [&str; 3] = ["development", "staging", "production"];

/// A folder where kustomize looks for plugins; it is gone after the test.
pub(crate) struct Plugins(tempfile::TempDir);

impl Plugins {
    pub(crate) fn none() -> Self {
        Self(tempfile::tempdir().expect("a folder for the test"))
    }

    /// The functions themselves.
    pub(crate) fn real() -> Self {
        let plugins = Self::none();
        let mut command = Command::new(binary::path("plimsoll"));
        command.args(["install-plugins", "--dir"]);
        let ran = binary::run(command.arg(plugins.0.path()), b"");
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        plugins
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Plugins of the same names that pass everything through.
    pub(crate) fn idle() -> Self {
        struct Idle<'a>(&'a Path);
        impl Visitor for Idle<'_> {
            fn visit<F: Function>(&mut self) {
                let folder = self.0.join(sdk::API_VERSION);
                let folder = folder.join(F::KIND.to_ascii_lowercase());
                let plugin = folder.join(F::KIND);
                fs::create_dir_all(&folder).expect("the folder can be made");
                fs::write(&plugin, "#!/bin/sh\nexec cat\n").expect("the file can be written");
                let rights = fs::Permissions::from_mode(0o755);
                fs::set_permissions(&plugin, rights).expect("the file is ours");
            }
        }
        let plugins = Self::none();
        plimsoll::visit_all(&mut Idle(plugins.0.path()));
        plugins
    }
}

/// A kustomization of the repository as `kustomize build` or `kubectl kustomize` renders it.
pub(crate) fn build(program: &Path, verb: &str, folder: &str, plugins: &Plugins) -> String {
    let mut command = Command::new(program);
    command
        .args([verb, "--enable-alpha-plugins", folder])
        .current_dir(binary::root())
        .env("KUSTOMIZE_PLUGIN_HOME", plugins.0.path());
    let ran = binary::run(&mut command, b"");
    assert_eq!(ran.code, Some(0), "{folder}: {}", ran.stderr);
    ran.stdout
}

/// Every overlay with its functions; none where there is no kustomize.
pub(crate) fn rendered() -> Option<&'static BTreeMap<&'static str, String>> {
    static RENDERED: LazyLock<Option<BTreeMap<&'static str, String>>> = LazyLock::new(|| {
        let kustomize = KUSTOMIZE.found()?;
        let plugins = Plugins::real();
        let render = |environment| {
            let folder = format!("overlays/{environment}");
            (environment, build(&kustomize, "build", &folder, &plugins))
        };
        Some(ENVIRONMENTS.map(render).into())
    });
    RENDERED.as_ref()
}

/// What the functions get: every overlay without them, as it is built where no plugin may run; none where there is no
/// kustomize.
pub(crate) fn plain() -> Option<&'static BTreeMap<&'static str, String>> {
    static PLAIN: LazyLock<Option<BTreeMap<&'static str, String>>> = LazyLock::new(|| {
        let kustomize = KUSTOMIZE.found()?;
        let build = |environment| {
            let folder = format!("overlays/{environment}/manifests");
            let mut command = Command::new(&kustomize);
            command.args(["build", &folder]).current_dir(binary::root());
            let ran = binary::run(&mut command, b"");
            assert_eq!(ran.code, Some(0), "{folder}: {}", ran.stderr);
            (environment, ran.stdout)
        };
        Some(ENVIRONMENTS.map(build).into())
    });
    PLAIN.as_ref()
}

/// The objects of a stream.
pub(crate) fn objects(text: &str) -> Vec<Value> {
    let stream = yaml::parse(text.to_owned()).expect("what is rendered is YAML");
    let roots = stream.documents().filter_map(|document| document.root());
    roots
        .map(|root| root.to_value().expect("it has a value"))
        .collect()
}

/// A function's configuration in an overlay.
pub(crate) struct Step {
    pub(crate) kind: String,
    pub(crate) config: String,
}

/// What an overlay's `transformers:` hold.
pub(crate) fn steps(environment: &str) -> Vec<Step> {
    let folder = binary::root().join("overlays").join(environment);
    let folder = folder.join("functions");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("the file can be read");
    let kustomization = objects(&read("kustomization.yaml"));
    let files = kustomization[0]["resources"].as_array();
    let files = files.expect("an overlay calls functions").iter();
    let step = |file: &Value| {
        let config = read(file.as_str().expect("a function's configuration is a file"));
        let kind = objects(&config)[0]["kind"].as_str().map(str::to_owned);
        Step {
            kind: kind.expect("a configuration has a kind"),
            config,
        }
    };
    files.map(step).collect()
}

/// What a function did.
pub(crate) struct Ran {
    pub(crate) output: String,
    /// Warnings and errors.
    pub(crate) problems: Vec<String>,
}

/// Runs the function that a configuration is for.
pub(crate) fn run(step: &Step, input: &str) -> Ran {
    let ran = checks::served(&step.kind, &step.config, input);
    let problems = ran
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Info);
    let told = problems.map(|finding| format!("{}: {}", finding.rule, finding.message));
    Ran {
        problems: told.collect(),
        output: ran.output,
    }
}
