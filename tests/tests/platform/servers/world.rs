//! A rendered environment on this machine: its objects, a network that its pods share, and a folder for their volumes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Child;
use std::{env, fs};

use checks::tools::or_skipped;
use checks::{Folder, binary};
use serde_json::Value;

use super::running::{self, ADDRESS};
use super::secrets;
use crate::rendered::{objects, rendered};
use crate::{name, references};

/// Where Debian keeps the programs of `PostgreSQL`, in folders by version.
const POSTGRES: &str = "/usr/lib/postgresql";

/// An environment that runs.
pub(super) struct World {
    objects: Vec<Value>,
    folder: Folder,
    /// Keeps the network, as the pause container of a pod does.
    pause: Child,
    /// Its process id.
    pub(super) pid: u32,
    /// Where containers look for programs.
    pub(super) path: String,
}

impl World {
    /// An environment, rendered; none where this machine lacks what it takes.
    pub(super) fn of(environment: &str) -> Option<Self> {
        let rendered = rendered()?;
        let path = or_skipped(programs())?;
        let folder = Folder::of(&[]);
        let (pause, pid) = or_skipped(running::network(folder.path()))?;
        let world = Self {
            objects: objects(&rendered[environment]),
            folder,
            pause,
            pid,
            path,
        };
        world.write_etc();
        Some(world)
    }

    /// Where a file of this environment is.
    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The object of a name like `Job data/postgres-roles`.
    pub(super) fn object(&self, wanted: &str) -> &Value {
        let mut found = self.objects.iter().filter(|object| name(object) == wanted);
        found.next().unwrap_or_else(|| panic!("no {wanted}"))
    }

    /// The pod that an object makes.
    pub(super) fn pod(&self, object: &str) -> &Value {
        references::pod_of(self.object(object)).expect("it makes pods")
    }

    /// What stands in a `ConfigMap` of the namespace `data`.
    pub(super) fn config_map(&self, name: &str) -> BTreeMap<String, String> {
        let object = self.object(&format!("ConfigMap data/{name}"));
        serde_json::from_value(object["data"].clone()).expect("a ConfigMap holds text")
    }

    /// What is in a Secret of the namespace `data`.
    pub(super) fn secret(&self, name: &str) -> BTreeMap<String, String> {
        secrets::made_by(self.object(&format!("ExternalSecret data/{name}")))
    }

    /// Changes an object, where one machine can't do without.
    pub(super) fn change(&mut self, wanted: &str, change: impl FnOnce(&mut Value)) {
        let mut found = self.objects.iter_mut();
        let object = found.find(|object| name(object) == wanted);
        change(object.unwrap_or_else(|| panic!("no {wanted}")));
    }

    /// Files that a runtime and a resolver would provide: every Service and every pod has a name.
    fn write_etc(&self) {
        let mut names = Vec::new();
        for object in &self.objects {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            match object["kind"].as_str() {
                Some("Service") => names.push(name.to_owned()),
                Some("StatefulSet") => {
                    let service = object["spec"]["serviceName"].as_str().unwrap_or_default();
                    for number in 0..object["spec"]["replicas"].as_u64().unwrap_or(1) {
                        names.push(format!("{name}-{number}.{service}"));
                    }
                }
                _ => {}
            }
        }
        let hosts = format!("127.0.0.1 localhost\n{ADDRESS} {}\n", names.join(" "));
        self.folder.write("etc/hosts", &hosts);
        self.folder.write("etc/nsswitch.conf", "hosts: files\n");
        fs::create_dir(self.join("store")).expect("the folder can be made");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.pause.kill());
        drop(self.pause.wait());
    }
}

/// The `PATH` of containers, where all that runs in them is there.
fn programs() -> Result<String, String> {
    let versions = fs::read_dir(POSTGRES).into_iter().flatten().flatten();
    let newest = versions.map(|entry| entry.path().join("bin")).max();
    let newest = newest.ok_or("PostgreSQL; Debian's postgresql has it")?;
    let path = format!("/programs:{}:/usr/local/bin:/usr/bin", newest.display());
    for (program, package) in [
        ("initdb", "postgresql"),
        ("redis-server", "redis-server"),
        ("bwrap", "bubblewrap"),
        ("nsenter", "util-linux"),
        ("ip", "iproute2"),
    ] {
        let is_there = |folder: PathBuf| folder.join(program).is_file();
        if !env::split_paths(&path).any(is_there) {
            return Err(format!("{program}; Debian's {package} has it"));
        }
    }
    Ok(path)
}

/// Programs in place of those of the images.
pub(super) fn own_programs() -> PathBuf {
    binary::root().join("tests/tests/platform/servers/programs")
}
