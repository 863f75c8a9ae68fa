//! What the lists promise to those who measure with them.

use std::collections::BTreeSet;
use std::process::Command;

use super::{CALLS, Shape, configuration_list, deployments, documents, mesh_list, resource_list};
use crate::{binary, schema};

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    for shape in Shape::ALL {
        assert_eq!(resource_list(shape, 100, 1), resource_list(shape, 100, 1));
        assert_ne!(resource_list(shape, 100, 1), resource_list(shape, 100, 2));
    }
}

#[test]
fn ten_thousand_resources_are_about_24_megabytes() {
    // A tenth of them: the rest is more of the same.
    for shape in Shape::ALL {
        let bytes = resource_list(shape, 1000, 1).len();
        assert!(
            (2_200_000..2_600_000).contains(&bytes),
            "{}: {bytes}",
            shape.name()
        );
    }
}

#[test]
fn documents_are_the_same_resources_without_what_the_tool_added() {
    let text = documents(40, 1);
    schema::check_documents(&text).unwrap();
    assert_eq!(text.matches("---\n").count(), 40);
    assert!(!text.contains("config.kubernetes.io"), "{text}");
    let list = resource_list(Shape::Kpt, 40, 1);
    let probes = |text: &str| text.matches("readinessProbe:").count();
    assert_eq!(probes(&text), probes(&list));
}

#[test]
fn every_resource_is_what_the_api_server_would_take() {
    for shape in Shape::ALL {
        schema::check_documents(&resource_list(shape, 40, 1)).unwrap();
    }
}

#[test]
fn each_config_map_holds_a_kibibyte_and_is_read_twice_by_its_deployment() {
    let list = configuration_list("HashConfigMaps", 20, 1);
    assert_eq!(list, configuration_list("HashConfigMaps", 20, 1));
    schema::check_documents(&list).unwrap();
    let read: serde_yaml::Value = serde_yaml::from_str(&list).unwrap();
    let items = read["items"].as_sequence().unwrap();
    assert_eq!(items.len(), 40);
    for pair in items.chunks(2) {
        let file = pair[0]["data"]["settings.conf"].as_str().unwrap();
        assert_eq!(file.len(), 1024);
        let name = &pair[0]["metadata"]["name"];
        let pod = &pair[1]["spec"]["template"]["spec"];
        let environment = &pod["containers"][0]["envFrom"][0]["configMapRef"]["name"];
        assert_eq!(environment, name);
        assert_eq!(&pod["volumes"][0]["configMap"]["name"], name);
    }
}

#[test]
fn each_workload_of_a_mesh_has_a_service_and_states_five_calls_of_others() {
    let list = mesh_list("AddMtlsPolicies", 120, 1);
    assert_eq!(list, mesh_list("AddMtlsPolicies", 120, 1));
    schema::check_documents(&list).unwrap();
    let read: serde_yaml::Value = serde_yaml::from_str(&list).unwrap();
    let of_kind = |kind: &str| -> Vec<&serde_yaml::Value> {
        let items = read["items"].as_sequence().unwrap();
        items.iter().filter(|item| item["kind"] == kind).collect()
    };
    // Two full ones, and one with the last 20 workloads.
    assert_eq!(of_kind("Namespace").len(), 3);
    let host = |object: &serde_yaml::Value| {
        let text = |key: &str| object["metadata"][key].as_str().unwrap().to_owned();
        format!("{}.{}:80", text("name"), text("namespace"))
    };
    let services: BTreeSet<String> = of_kind("Service").into_iter().map(host).collect();
    assert_eq!(services.len(), 120);
    let workloads = of_kind("Deployment");
    assert_eq!(workloads.len(), 120);
    for workload in workloads {
        let pods = &workload["spec"]["template"]["metadata"];
        let calls = pods["annotations"]["plimsoll.dev/calls"].as_str().unwrap();
        let calls: BTreeSet<String> = calls.split(',').map(str::to_owned).collect();
        assert_eq!(calls.len(), CALLS);
        assert!(calls.is_subset(&services), "{calls:?}");
        assert!(!calls.contains(&host(workload)), "{calls:?}");
    }
}

#[test]
fn in_a_mesh_inject_probes_has_nothing_to_do_or_to_complain_of() {
    let list = mesh_list("InjectProbes", 20, 1);
    let ran = binary::run(
        &mut Command::new(binary::path("inject-probes")),
        list.as_bytes(),
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.starts_with(list.trim_end()), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("severity:").count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("kept 60"), "{}", ran.stderr);
}

#[test]
fn both_shapes_hold_the_same_resources() {
    let read = |shape| {
        let list: serde_yaml::Value = serde_yaml::from_str(&resource_list(shape, 100, 1)).unwrap();
        let mut items = list["items"].as_sequence().unwrap().clone();
        for item in &mut items {
            // These are the tool's.
            let metadata = item["metadata"].as_mapping_mut().unwrap();
            assert!(metadata.remove("annotations").is_some());
        }
        items
    };
    let (kpt, kustomize) = (read(Shape::Kpt), read(Shape::Kustomize));
    assert_eq!(kpt.len(), 100);
    assert_eq!(kpt, kustomize);
}

#[test]
fn keys_and_comments_are_as_the_tool_leaves_them() {
    let kpt = resource_list(Shape::Kpt, 10, 1);
    assert!(kpt.contains("\n- apiVersion: apps/v1\n  kind: Deployment # "));
    assert!(kpt.contains("    labels: {app: checkout-0, tier: \"backend\"}\n"));
    let kustomize = resource_list(Shape::Kustomize, 10, 1);
    assert!(kustomize.contains("\n- apiVersion: v1\n  data:\n    app.properties: |\n"));
    assert!(kustomize.contains("\n    labels:\n      app: checkout-0\n      tier: backend\n"));
    assert!(!kustomize.contains("the team's own name"));
}

#[test]
fn inject_probes_adds_one_probe_to_each_deployment_and_has_nothing_to_complain_of() {
    for shape in Shape::ALL {
        let list = resource_list(shape, 40, 1);
        let ran = binary::run(
            &mut Command::new(binary::path("inject-probes")),
            list.as_bytes(),
        );
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let probes = |text: &str| text.matches("readinessProbe:").count();
        assert_eq!(
            probes(&ran.stdout) - probes(&list),
            deployments(40),
            "{}",
            shape.name()
        );
        assert!(!ran.stdout.contains("severity: error"), "{}", ran.stderr);
        assert!(!ran.stdout.contains("severity: warning"), "{}", ran.stderr);
    }
}
