//! What stands in base/ alone: nothing of what functions add.

use checks::tools::KUSTOMIZE;
use serde_json::Value;

use crate::name;
use crate::references;
use crate::rendered::{Plugins, build, objects, rendered};

/// Fields of pods and of containers that functions write.
const WRITTEN: [&str; 9] = [
    "automountServiceAccountToken",
    "lifecycle",
    "livenessProbe",
    "priorityClassName",
    "readinessProbe",
    "resources",
    "securityContext",
    "startupProbe",
    "topologySpreadConstraints",
];

/// Kinds that functions make.
const MADE: [&str; 4] = [
    "AuthorizationPolicy",
    "HorizontalPodAutoscaler",
    "PeerAuthentication",
    "PodDisruptionBudget",
];

/// What of an object only a function would have written.
fn beyond_an_author(object: &Value) -> Vec<String> {
    let own = name(object);
    let mut found = Vec::new();
    // The rule about who gets through the front door without a token is an author's.
    let is_made = MADE.iter().any(|kind| object["kind"] == *kind);
    if is_made && own != "AuthorizationPolicy istio-ingress/deny-anonymous" {
        found.push(own.clone());
    }
    if object["kind"] == "ConfigMap" && object.get("immutable").is_some() {
        found.push(format!("{own}: immutable"));
    }
    let marks = [
        "plimsoll.dev/content-hash",
        "plimsoll.dev/config-checksum",
        "plimsoll.dev/generated-by",
    ];
    let text = object.to_string();
    let marks = marks.iter().filter(|mark| text.contains(*mark));
    found.extend(marks.map(|mark| format!("{own}: {mark}")));
    if let Some(pod) = references::pod_of(object) {
        let containers = ["containers", "initContainers"];
        let lists = containers.iter().filter_map(|list| pod[*list].as_array());
        for part in lists.flatten().chain([pod]) {
            let fields = WRITTEN.iter().filter(|field| part.get(**field).is_some());
            found.extend(fields.map(|field| format!("{own}: {field}")));
        }
    }
    found
}

#[test]
fn base_alone_has_nothing_of_what_functions_add() {
    let Some(kustomize) = KUSTOMIZE.found() else {
        return;
    };
    let base = objects(&build(&kustomize, "build", "base", &Plugins::none()));
    assert!(base.len() > 100, "the whole platform");
    let found: Vec<String> = base.iter().flat_map(beyond_an_author).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_functions_add_is_found() {
    let Some(rendered) = rendered() else { return };
    let production = objects(&rendered["production"]);
    let found: Vec<String> = production.iter().flat_map(beyond_an_author).collect();
    for part in WRITTEN
        .iter()
        .chain(&MADE)
        .chain(&["immutable", "content-hash"])
    {
        assert!(found.iter().any(|line| line.contains(part)), "{part}");
    }
}
