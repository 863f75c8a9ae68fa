//! A machine with nothing on it but what a test puts there.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use checks::Folder;
use checks::binary::{self, Ran};
use checks::tools::{self, KUBECTL, Tool};

/// Gets a readiness probe.
pub(crate) const APP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: shop/web, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
";

pub(crate) const KUSTOMIZATION: &str = "\
resources: [app.yaml]
transformers: [probes.yaml]
";

pub(crate) const PROBES: &str = "\
apiVersion: fn.plimsoll.dev/v1alpha1
kind: InjectProbes
metadata:
  name: probes
spec:
  environment: production
";

/// The same, run in this form.
pub(crate) fn run_by(form: &str) -> String {
    PROBES.replace(
        "  name: probes\n",
        &format!("  name: probes\n  annotations:\n    config.kubernetes.io/function: \"{form}\"\n"),
    )
}

/// A folder `shop` to work in, a folder `bin` that is all of PATH, and a folder `home`.
pub(crate) struct Machine(pub(crate) Folder);

impl Machine {
    /// A shop whose probes are configured like this.
    pub(crate) fn of(probes: &str) -> Self {
        Self::with(&[
            ("shop/app.yaml", APP),
            ("shop/kustomization.yaml", KUSTOMIZATION),
            ("shop/probes.yaml", probes),
        ])
    }

    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let machine = Self(Folder::of(files));
        for folder in ["bin", "home", "shop"] {
            fs::create_dir_all(machine.0.join(folder)).expect("the folder can be made");
        }
        machine
    }

    /// Puts a tool on PATH.
    pub(crate) fn has(self, tool: &Tool) -> Option<Self> {
        let program = tool.found()?;
        // Some are links that go by their own place.
        let program = program.canonicalize().expect("a tool is there");
        tools::link(&program, &self.0.join("bin"), tool.name).expect("a link");
        Some(self)
    }

    /// Puts a script on PATH.
    pub(crate) fn has_script(self, name: &str, text: &str) -> Self {
        self.script(&format!("bin/{name}"), text);
        self
    }

    /// Writes a program.
    pub(crate) fn script(&self, name: &str, text: &str) {
        self.0.write(name, &format!("#!/bin/sh\n{text}\n"));
        let rights = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.0.join(name), rights).expect("the file is ours");
    }

    /// Puts one of our own programs on PATH.
    pub(crate) fn has_own(self, name: &str) -> Self {
        tools::link(&binary::path(name), &self.0.join("bin"), name).expect("a link");
        self
    }

    /// The plugin of a kind, seen from here, in the folder that kustomize finds by HOME.
    pub(crate) fn plugin(kind: &str) -> String {
        let folder = kind.to_lowercase();
        format!("home/.config/kustomize/plugin/fn.plimsoll.dev/v1alpha1/{folder}/{kind}")
    }

    /// Makes a link with the folders that it stands in.
    pub(crate) fn link(&self, target: &Path, name: &str) {
        let link = self.0.join(name);
        let parent = link.parent().expect("a link stands in a folder");
        fs::create_dir_all(parent).expect("the folder can be made");
        symlink(target, link).expect("a link");
    }

    /// A call in the shop.
    pub(crate) fn call(&self, program: PathBuf, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.0.join("shop"))
            .env_remove("KUSTOMIZE_PLUGIN_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env("HOME", self.0.join("home"))
            .env("KUBECONFIG", "/dev/null")
            .env("PATH", self.0.join("bin"));
        command
    }

    pub(crate) fn installs(&self) {
        let mut command = self.call(binary::path("plimsoll"), &["install-plugins"]);
        let ran = binary::run(&mut command, b"");
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }

    pub(crate) fn doctor(&self, arguments: &[&str]) -> Ran {
        let arguments = [&["doctor"], arguments].concat();
        binary::run(&mut self.call(binary::path("plimsoll"), &arguments), b"")
    }

    /// The shop as a tool builds it with these flags.
    pub(crate) fn build(&self, tool: &Tool, flags: &[&str]) -> Ran {
        let verb = if tool.name == KUBECTL.name {
            "kustomize"
        } else {
            "build"
        };
        let arguments = [&[verb], flags, &["."]].concat();
        let program = self.0.join("bin").join(tool.name);
        binary::run(&mut self.call(program, &arguments), b"")
    }

    /// What the doctor says, without what differs from machine to machine.
    pub(crate) fn told(&self, ran: &Ran) -> String {
        let here = self.0.path().canonicalize().expect("the folder is there");
        let programs = binary::folder().canonicalize().expect("it is built");
        let text = ran.stdout.replace(&*here.to_string_lossy(), "/machine");
        let text = text.replace(&*self.0.path().to_string_lossy(), "/machine");
        let text = text.replace(&*programs.to_string_lossy(), "/programs");
        text.replace(&*binary::folder().to_string_lossy(), "/programs")
            .replace(env!("CARGO_PKG_VERSION"), "VERSION")
    }
}

/// The machine's own shell, for scripts that need a program.
pub(crate) fn path_of(name: &str) -> PathBuf {
    let folders = env::var_os("PATH").unwrap_or_default();
    let mut programs = env::split_paths(&folders).map(|folder| folder.join(name));
    programs
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("no {name} on PATH"))
}
