//! Components of base/ that no overlay uses: they build, and whoever relies on what they replace finds it.

use std::collections::BTreeSet;
use std::fs;

use checks::Folder;
use checks::binary;
use checks::schema;
use checks::tools::KUSTOMIZE;
use serde_json::Value;

use crate::name;
use crate::rendered::{objects, rendered};

/// Who may call, by a policy of the mesh.
fn callers(objects: &[Value], wanted: &str) -> BTreeSet<String> {
    let policy = objects.iter().find(|object| name(object) == wanted);
    let policy = policy.unwrap_or_else(|| panic!("no {wanted}"));
    let principals = policy["spec"]["rules"][0]["from"][0]["source"]["principals"].clone();
    serde_json::from_value(principals).expect("principals")
}

#[test]
fn postgres_that_fails_over_is_found_by_those_who_call_the_one_server() {
    let (Some(kustomize), Some(rendered)) = (KUSTOMIZE.found(), rendered()) else {
        return;
    };
    let folder = Folder::of(&[]);
    let real = fs::canonicalize(folder.path()).expect("the folder is there");
    // Kustomize takes folders by relative paths alone.
    let up = "../".repeat(real.components().count() - 1);
    let root = format!(
        "{up}{}",
        binary::root().to_string_lossy().trim_start_matches('/')
    );
    let kustomization =
        format!("resources: [{root}/base]\ncomponents: [{root}/base/data/postgres/cnpg]\n");
    folder.write("kustomization.yaml", &kustomization);
    let ran = binary::run(&mut folder.call(kustomize, &["build"]), b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    schema::check_documents(&ran.stdout).unwrap_or_else(|error| panic!("{error}"));
    let found = objects(&ran.stdout);
    let names: BTreeSet<String> = found.iter().map(name).collect();
    assert!(names.contains("Cluster data/postgres"));
    for gone in ["StatefulSet", "ServiceAccount"] {
        assert!(!names.contains(&format!("{gone} data/postgres")), "{gone}");
    }
    for service in ["postgres", "postgres-headless"] {
        let wanted = format!("Service data/{service}");
        let service = found.iter().find(|object| name(object) == wanted);
        let selector = &service.expect("the Service stays")["spec"]["selector"];
        assert_eq!(selector["cnpg.io/cluster"], "postgres", "{wanted}");
    }
    let mut expected = callers(
        &objects(&rendered["production"]),
        "AuthorizationPolicy data/allow-postgres",
    );
    // A replica calls its primary.
    expected.insert("cluster.local/ns/data/sa/postgres".to_owned());
    assert_eq!(
        callers(&found, "AuthorizationPolicy data/postgres"),
        expected
    );
}
