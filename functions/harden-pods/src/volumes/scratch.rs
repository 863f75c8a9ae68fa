//! New volumes for the folders that a container can write to.

use sdk::{Plan, Value, json};

use super::names::VolumeNames;
use super::{SCRATCH_VOLUMES, Target, WRITABLE_PATHS};
use crate::config::Medium;
use crate::settings::Settings;
use crate::survey::PodSurvey;

/// The volumes that a pod gets.
pub(crate) struct Scratch<'p> {
    pod: &'p PodSurvey<'p>,
    /// Known once there is a first new volume: few pods get one.
    names: Option<VolumeNames>,
    on_disk: Vec<String>,
}

impl<'p> Scratch<'p> {
    /// None yet.
    pub(crate) fn of(pod: &'p PodSurvey<'p>) -> Self {
        Self {
            pod,
            names: None,
            on_disk: Vec::new(),
        }
    }

    /// The names of those that are on the node's disk, in the order of the containers.
    pub(crate) fn on_disk(&self) -> &[String] {
        &self.on_disk
    }

    /// Gives a container an empty volume at each of the paths: its own, since what one container leaves in a shared one
    /// the others could read.
    pub(super) fn give(&mut self, plan: &mut Plan, target: &Target<'_>, paths: &[String]) {
        let (container, settings) = (target.own.container, target.settings);
        if paths.is_empty() {
            return;
        }
        let pod = self.pod.pod;
        let names = self.names.get_or_insert_with(|| VolumeNames::of(pod));
        let new: Vec<(&String, String)> = paths
            .iter()
            .map(|path| (path, names.take(&container.name(), path)))
            .collect();
        if settings.tmp.medium == Medium::Disk {
            self.on_disk
                .extend(new.iter().map(|(_, name)| name.clone()));
        }
        if let Some(decision) = plan.decide(WRITABLE_PATHS, container) {
            let mounts = new
                .iter()
                .map(|(path, name)| json!({"name": name, "mountPath": path}));
            let message = format!("the container can write to {}", paths.join(", "));
            decision.append_all(&container.field("volumeMounts"), mounts.collect(), message);
        }
        if let Some(decision) = plan.decide(SCRATCH_VOLUMES, container) {
            let source = empty_dir(settings);
            let volumes = new
                .iter()
                .map(|(_, name)| json!({"name": name, "emptyDir": source}));
            let message = format!("an empty volume for \"{}\" alone", container.name());
            decision.append_all(&pod.field("volumes"), volumes.collect(), message);
        }
    }
}

/// The volume's source as configured.
fn empty_dir(settings: &Settings) -> Value {
    let mut source = sdk::serde_json::Map::new();
    if settings.tmp.medium == Medium::Memory {
        source.insert("medium".to_owned(), json!("Memory"));
    }
    if !settings.tmp.size_limit.is_empty() {
        source.insert("sizeLimit".to_owned(), json!(settings.tmp.size_limit));
    }
    Value::Object(source)
}
