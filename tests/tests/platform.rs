//! The platform in base/ and overlays/: what stands in base/ alone, and what the functions make of it for each
//! environment, as kustomize and kubectl render it.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a check stops at the first surprise, and says so where it can't run"
)]

use std::collections::BTreeSet;

use checks::schema;
use checks::tools::{KUBECTL, KUSTOMIZE};
use rendered::{ENVIRONMENTS, Plugins, build, found, objects, rendered, run, steps};
use sdk::{Function, Visitor};
use serde_json::Value;

#[path = "platform/references.rs"]
mod references;
#[path = "platform/rendered.rs"]
mod rendered;

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

fn name(object: &Value) -> String {
    let text = |path| object.pointer(path).and_then(Value::as_str);
    let kind = text("/kind").unwrap_or_default();
    let namespace = text("/metadata/namespace").unwrap_or_default();
    let name = text("/metadata/name").unwrap_or_default();
    format!("{kind} {namespace}/{name}")
}

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
    let Some(kustomize) = found(&KUSTOMIZE) else {
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

#[test]
fn every_overlay_calls_every_function_in_the_same_order() {
    struct Kinds(BTreeSet<&'static str>);
    impl Visitor for Kinds {
        fn visit<F: Function>(&mut self) {
            self.0.insert(F::KIND);
        }
    }
    let mut known = Kinds(BTreeSet::new());
    plimsoll::visit_all(&mut known);
    let called = ENVIRONMENTS.map(|environment| {
        let kinds = steps(environment).into_iter().map(|step| step.kind);
        kinds.collect::<Vec<_>>()
    });
    assert_eq!(called[0], called[1]);
    assert_eq!(called[1], called[2]);
    let called: BTreeSet<&str> = called[0].iter().map(String::as_str).collect();
    assert_eq!(called, known.0);
}

#[test]
fn a_second_build_gives_the_same_bytes() {
    let (Some(rendered), Some(kustomize)) = (rendered(), found(&KUSTOMIZE)) else {
        return;
    };
    let plugins = Plugins::real();
    for (environment, text) in rendered {
        let again = build(
            &kustomize,
            "build",
            &format!("overlays/{environment}"),
            &plugins,
        );
        assert!(again == *text, "{environment}");
    }
}

#[test]
fn kubectl_renders_what_kustomize_renders() {
    let (Some(rendered), Some(kubectl)) = (rendered(), found(&KUBECTL)) else {
        return;
    };
    let plugins = Plugins::real();
    for (environment, text) in rendered {
        let folder = format!("overlays/{environment}");
        let by_kubectl = build(&kubectl, "kustomize", &folder, &plugins);
        assert!(objects(&by_kubectl) == objects(text), "{environment}");
    }
}

#[test]
fn functions_behind_a_build_give_what_they_give_inside_it_without_a_warning() {
    let (Some(rendered), Some(kustomize)) = (rendered(), found(&KUSTOMIZE)) else {
        return;
    };
    let plugins = Plugins::idle();
    for (environment, text) in rendered {
        let mut own = build(
            &kustomize,
            "build",
            &format!("overlays/{environment}"),
            &plugins,
        );
        for step in steps(environment) {
            let ran = run(&step, &own);
            assert_eq!(ran.problems, Vec::<String>::new(), "{environment}");
            assert_ne!(ran.output, own, "{environment}: {} does nothing", step.kind);
            own = ran.output;
        }
        let sorted = |text: &str| {
            let mut objects = objects(text);
            objects.sort_by_key(name);
            objects
        };
        assert!(sorted(&own) == sorted(text), "{environment}");
    }
}

#[test]
fn functions_over_a_rendered_overlay_change_nothing() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        for step in steps(environment) {
            let ran = run(&step, text);
            assert!(ran.output == *text, "{environment}: {}", step.kind);
            assert_eq!(ran.problems, Vec::<String>::new(), "{environment}");
        }
    }
}

#[test]
fn every_object_of_a_rendered_overlay_fits_its_type() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        schema::check_documents(text).unwrap_or_else(|error| panic!("{environment}: {error}"));
    }
}

#[test]
fn every_reference_of_a_rendered_overlay_resolves() {
    let Some(rendered) = rendered() else { return };
    for (environment, text) in rendered {
        let dangling = references::dangling(&objects(text));
        assert_eq!(dangling, Vec::<String>::new(), "{environment}");
    }
}

#[test]
fn a_reference_to_nothing_is_found() {
    let Some(rendered) = rendered() else { return };
    let production = objects(&rendered["production"]);
    for kind in [
        "ConfigMap",
        "Deployment",
        "ExternalSecret",
        "PriorityClass",
        "Role",
        "Rollout",
        "Service",
        "ServiceAccount",
        "StatefulSet",
    ] {
        let without = production.iter().filter(|object| object["kind"] != kind);
        let dangling = references::dangling(&without.cloned().collect::<Vec<_>>());
        assert!(!dangling.is_empty(), "{kind}");
    }
}
