//! Where images come from, and how each environment names them.

use std::collections::BTreeSet;
use std::fs;

use checks::binary;
use kube::Image;
use serde_json::Value;

use crate::references::pod_of;
use crate::rendered::{ENVIRONMENTS, objects, rendered};

/// What a file of a list of maps has under a key.
fn listed(path: &str, key: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(binary::root().join(path)).unwrap_or_default();
    let rows: Vec<Value> = serde_yaml::from_str(&text).unwrap_or_default();
    for row in &rows {
        let reason = row["reason"].as_str().unwrap_or_default();
        assert!(!reason.is_empty(), "{path}: {row} has no `reason`");
    }
    let values = rows.iter().filter_map(|row| row[key].as_str());
    values.map(str::to_owned).collect()
}

/// The images that pods run.
fn images(text: &str) -> BTreeSet<String> {
    let mut images = BTreeSet::new();
    for object in objects(text) {
        let Some(pod) = pod_of(&object) else { continue };
        let lists = ["containers", "initContainers"].map(|list| pod[list].as_array());
        for container in lists.into_iter().flatten().flatten() {
            let image = container["image"]
                .as_str()
                .expect("a container has an image");
            images.insert(image.to_owned());
        }
    }
    images
}

/// The registry that an image is pulled from.
fn registry(repository: &str) -> &str {
    match repository.split_once('/') {
        // A first part without a dot or a port is a folder of Docker's own registry.
        Some((first, _)) if first.contains(['.', ':']) => first,
        _ => "docker.io",
    }
}

/// Images without a digest.
fn unpinned(text: &str) -> BTreeSet<String> {
    let images = images(text).into_iter();
    images
        .filter(|image| Image::parse(image).digest.is_none())
        .collect()
}

#[test]
fn every_image_has_a_version() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        for image in images(text) {
            let tag = Image::parse(&image).tag;
            let is_version =
                tag.is_some_and(|tag| tag.contains(|letter: char| letter.is_ascii_digit()));
            assert!(is_version, "{environment}: {image}");
        }
    }
}

#[test]
fn every_image_of_production_has_a_digest_or_a_reason_and_no_reason_is_left_over() {
    let Some(rendered) = rendered() else { return };
    let excused = listed("overlays/production/unpinned.yaml", "image");
    assert_eq!(unpinned(&rendered["production"]), excused);
}

#[test]
fn every_image_of_staging_has_a_digest_or_a_reason_there_or_in_production() {
    let Some(rendered) = rendered() else { return };
    let own = listed("overlays/staging/unpinned.yaml", "image");
    let shared = listed("overlays/production/unpinned.yaml", "image");
    assert_eq!(own.intersection(&shared).next(), None, "one list is enough");
    let excused: BTreeSet<String> = own.union(&shared).cloned().collect();
    assert_eq!(unpinned(&rendered["staging"]), excused);
}

#[test]
fn every_digest_is_one_of_the_listed_ones() {
    let Some(rendered) = rendered() else { return };
    let list = fs::read_to_string(binary::root().join("overlays/images/kustomization.yaml"));
    let list: Value =
        serde_yaml::from_str(&list.expect("the list can be read")).expect("it is YAML");
    let rows = list["images"].as_array().expect("it lists images");
    let text = |row: &Value, key: &str| row[key].as_str().map(str::to_owned);
    let listed: BTreeSet<String> = rows
        .iter()
        .map(|row| {
            let name = text(row, "newName").or_else(|| text(row, "name"));
            let part = |key| text(row, key).unwrap_or_else(|| panic!("{row} has no `{key}`"));
            let digest = part("digest");
            let hex = digest.strip_prefix("sha256:").unwrap_or_default();
            let is_whole = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_whole, "{digest} is no digest");
            format!("{}:{}@{digest}", name.unwrap_or_default(), part("newTag"))
        })
        .collect();
    for environment in ["staging", "production"] {
        let images = images(&rendered[environment]);
        let without = unpinned(&rendered[environment]);
        let pinned: BTreeSet<String> = images.difference(&without).cloned().collect();
        assert_eq!(pinned, listed, "{environment}");
    }
}

#[test]
fn images_come_from_the_listed_registries_alone() {
    let Some(rendered) = rendered() else { return };
    let allowed = listed("overlays/images/registries.yaml", "registry");
    let used = |environment: &str| -> BTreeSet<String> {
        let images = images(&rendered[environment]);
        let registries = images
            .iter()
            .map(|image| registry(Image::parse(image).repository));
        registries.map(str::to_owned).collect()
    };
    for environment in ENVIRONMENTS {
        let used = used(environment);
        let others: Vec<_> = used.difference(&allowed).collect();
        assert!(others.is_empty(), "{environment}: {others:?}");
    }
    assert_eq!(
        used("production"),
        allowed,
        "a registry is listed for nothing"
    );
}

#[test]
fn a_registry_is_the_part_before_the_first_slash_where_that_is_a_host() {
    assert_eq!(registry("postgres"), "docker.io");
    assert_eq!(registry("apache/kafka"), "docker.io");
    assert_eq!(registry("ghcr.io/stefanprodan/podinfo"), "ghcr.io");
    assert_eq!(registry("localhost:5000/app"), "localhost:5000");
}
