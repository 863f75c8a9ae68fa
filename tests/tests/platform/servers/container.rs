//! A container of a manifest as a process in namespaces of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use checks::binary::{self, Ran};
use kube::Quantity;
use serde_json::Value;

use super::running::{ADDRESS, BUBBLEWRAP, Running};
use super::volumes;
use super::world::{World, own_programs};

/// A container that can be started.
pub(super) struct Container<'w> {
    world: &'w World,
    pod: String,
    manifest: Value,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
}

impl<'w> Container<'w> {
    /// A container of the pod of this name that an object makes.
    pub(super) fn of(world: &'w World, object: &str, pod: &str, name: &str) -> Self {
        let spec = world.pod(object);
        let lists = ["initContainers", "containers"].into_iter();
        let mut all = lists.filter_map(|list| spec[list].as_array()).flatten();
        let manifest = all.find(|container| container["name"] == name);
        let manifest = manifest.unwrap_or_else(|| panic!("no container {name} in {object}"));
        let mut container = Self {
            world,
            pod: pod.to_owned(),
            manifest: manifest.clone(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
        };
        container.read_environment();
        container.read_user(spec);
        container.read_mounts(spec);
        container
    }

    /// The same with a variable changed.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same with a text replaced wherever the manifest has it.
    pub(super) fn replacing(mut self, text: &str, by: &str) -> Self {
        let manifest = self.manifest.to_string();
        assert!(manifest.contains(text), "{manifest}");
        self.manifest = manifest
            .replace(text, by)
            .parse()
            .expect("still a manifest");
        self
    }

    fn read_environment(&mut self) {
        let empty = Vec::new();
        let whole = self.manifest["envFrom"].as_array().unwrap_or(&empty);
        for source in whole {
            let name = |kind: &str| source[kind]["name"].as_str();
            let secret = name("secretRef").map(|name| self.world.secret(name));
            let config = name("configMapRef").map(|name| self.world.config_map(name));
            self.environment
                .extend(secret.or(config).expect("a source"));
        }
        for variable in self.manifest["env"].as_array().unwrap_or(&empty) {
            let name = variable["name"].as_str().expect("a variable has a name");
            let value = match variable["value"].as_str() {
                Some(value) => value.to_owned(),
                None => self.value_from(&variable["valueFrom"]),
            };
            self.environment.insert(name.to_owned(), value);
        }
        let path = self.world.path.clone();
        self.environment.insert("PATH".to_owned(), path);
    }

    fn value_from(&self, source: &Value) -> String {
        let text = |path: &str| source.pointer(path).and_then(Value::as_str);
        let key = |path: &str| text(path).unwrap_or_default().to_owned();
        if let Some(name) = text("/secretKeyRef/name") {
            return self.world.secret(name)[&key("/secretKeyRef/key")].clone();
        }
        if let Some(name) = text("/configMapKeyRef/name") {
            return self.world.config_map(name)[&key("/configMapKeyRef/key")].clone();
        }
        match (
            text("/fieldRef/fieldPath"),
            text("/resourceFieldRef/resource"),
        ) {
            (Some("status.podIP"), _) => ADDRESS.to_owned(),
            (Some("metadata.name"), _) => self.pod.clone(),
            (_, Some("limits.memory")) => self.memory().to_string(),
            _ => panic!("{source} is not known here"),
        }
    }

    /// The memory limit in bytes.
    pub(super) fn memory(&self) -> i128 {
        let limit = self.manifest["resources"]["limits"]["memory"].as_str();
        let limit = Quantity::parse(limit.expect("a memory limit")).expect("a quantity");
        limit.nanos() / 1_000_000_000
    }

    /// Who it runs as: a user of the image, whose name is that of the image.
    fn read_user(&mut self, pod: &Value) {
        let setting = |name: &str| {
            let own = &self.manifest["securityContext"][name];
            own.as_u64().or(pod["securityContext"][name].as_u64())
        };
        let user = setting("runAsUser").expect("a user by number");
        let group = setting("runAsGroup").unwrap_or(user);
        let image = self.manifest["image"].as_str().expect("an image");
        let name = image
            .rsplit('/')
            .next()
            .and_then(|name| name.split(':').next());
        let passwd = format!("{}:x:{user}:{group}::/:/bin/sh\n", name.unwrap_or_default());
        let file = self.file("passwd");
        fs::write(&file, passwd).expect("the file can be written");
        self.add(&["--uid", &user.to_string(), "--gid", &group.to_string()]);
        for folder in ["/usr", "/etc/alternatives"] {
            self.add(&["--ro-bind", folder, folder]);
        }
        for (link, to) in [
            ("/bin", "usr/bin"),
            ("/lib", "usr/lib"),
            ("/lib64", "usr/lib64"),
        ] {
            self.add(&["--symlink", to, link]);
        }
        self.add(&["--proc", "/proc", "--dev", "/dev"]);
        self.bind("--ro-bind", &file, "/etc/passwd");
        self.bind("--ro-bind", &own_programs(), "/programs");
        for (what, from, to) in [
            ("--ro-bind", "etc/hosts", "/etc/hosts"),
            ("--ro-bind", "etc/nsswitch.conf", "/etc/nsswitch.conf"),
            ("--bind", "store", "/store"),
        ] {
            self.bind(what, &self.world.join(from), to);
        }
    }

    fn read_mounts(&mut self, pod: &Value) {
        let mounts = self.manifest["volumeMounts"].as_array().cloned();
        for mount in mounts.into_iter().flatten() {
            let name = mount["name"].as_str().expect("a mount names a volume");
            let volumes = pod["volumes"].as_array();
            let volume = volumes.and_then(|all| all.iter().find(|one| one["name"] == name));
            let folder = volumes::folder(self.world, &self.pod, volume, name);
            let is_read_only = mount["readOnly"] == true;
            let how = if is_read_only { "--ro-bind" } else { "--bind" };
            self.bind(how, &folder, mount["mountPath"].as_str().expect("a path"));
        }
        if self.manifest["securityContext"]["readOnlyRootFilesystem"] == true {
            self.add(&["--remount-ro", "/"]);
        }
    }

    fn add(&mut self, arguments: &[&str]) {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        self.arguments.extend(arguments);
    }

    fn bind(&mut self, how: &str, from: &Path, to: &str) {
        self.add(&[how, &from.to_string_lossy(), to]);
    }

    fn file(&self, what: &str) -> PathBuf {
        let name = self.manifest["name"].as_str().unwrap_or_default();
        self.world.join(&format!("{}.{name}.{what}", self.pod))
    }

    fn command(&self) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--user", "--net", "--preserve-credentials", "--target"])
            .args([&self.world.pid.to_string(), "--"])
            .args(["sh", "-c", BUBBLEWRAP, "sh", "--unshare-user"])
            .args(["--unshare-pid", "--unshare-ipc", "--as-pid-1"])
            .arg("--die-with-parent")
            .args(&self.arguments);
        let text = |field: &str| self.manifest[field].as_array().cloned().unwrap_or_default();
        let mut called = text("command");
        if called.is_empty() {
            called.push("docker-entrypoint.sh".into());
        }
        called.extend(text("args"));
        let called = called.iter().map(|word| word.as_str().expect("a word"));
        command
            .args(called)
            .env_clear()
            .envs(&self.environment)
            .env("INFO", self.file("info"));
        command
    }

    /// Runs it to its end.
    pub(super) fn run(&self) -> Ran {
        binary::run(&mut self.command(), b"")
    }

    /// Starts it, and waits until its probe says that it is ready.
    pub(super) fn start(&self) -> Running {
        let mut command = self.command();
        let (log, info) = (self.file("log"), self.file("info"));
        let running = Running::start(&mut command, &self.environment, &log, &info);
        let probe = self.manifest["readinessProbe"]["exec"]["command"].clone();
        let probe: Vec<String> =
            serde_json::from_value(probe).expect("a probe that calls a program");
        running.wait_for(&probe)
    }
}
