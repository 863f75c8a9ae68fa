//! A pod's volumes as folders.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::world::World;

/// The folder of a pod's volume. What a pod writes is there again when it starts anew.
pub(super) fn folder(world: &World, pod: &str, volume: Option<&Value>, name: &str) -> PathBuf {
    let folder = world.join(&format!("volumes/{pod}/{name}"));
    fs::create_dir_all(&folder).expect("the folder can be made");
    // A volume that the template doesn't list is a claim.
    let Some(volume) = volume else { return folder };
    let config_map = &volume["configMap"];
    let secret = &volume["secret"];
    if let Some(name) = config_map["name"].as_str() {
        write(&folder, &world.config_map(name), config_map);
    } else if let Some(name) = secret["secretName"].as_str() {
        write(&folder, &world.secret(name), secret);
    } else {
        let is_empty = volume.get("emptyDir").is_some() || volume.get("ephemeral").is_some();
        assert!(is_empty, "{volume} is not known here");
    }
    folder
}

/// A file for each key.
fn write(folder: &Path, files: &BTreeMap<String, String>, source: &Value) {
    assert!(source.get("items").is_none(), "`items` is not known here");
    let mode = source["defaultMode"].as_u64().unwrap_or(0o644);
    let mode = u32::try_from(mode).expect("a mode");
    for (name, text) in files {
        let path = folder.join(name);
        // It may be there from the last start, and read-only.
        drop(fs::remove_file(&path));
        fs::write(&path, text).expect("the file can be written");
        let rights = fs::Permissions::from_mode(mode);
        fs::set_permissions(&path, rights).expect("the file is ours");
    }
}
