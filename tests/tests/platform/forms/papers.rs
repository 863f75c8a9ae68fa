//! The lists of functions that the forms read: each tool wants its own, and all of them say the same.

use std::collections::BTreeSet;
use std::fs;

use checks::binary;
use sdk::{Function, Visitor};
use serde_json::Value;

use crate::rendered::{ENVIRONMENTS, objects, steps};

/// The one document of a file of the repository.
fn paper(path: &str) -> Value {
    let text = fs::read_to_string(binary::root().join(path)).expect("the file can be read");
    objects(&text).remove(0)
}

/// A field of each entry of a list.
fn each(list: &Value, field: &str) -> Vec<String> {
    let entries = list.as_array().expect("it is a list").iter();
    let texts = entries.map(|entry| entry[field].as_str().expect("it is a text").to_owned());
    texts.collect()
}

/// The names of all functions, by their kinds.
fn functions() -> Vec<(&'static str, &'static str)> {
    struct All(Vec<(&'static str, &'static str)>);
    impl Visitor for All {
        fn visit<F: Function>(&mut self) {
            self.0.push((F::KIND, F::NAME));
        }
    }
    let mut all = All(Vec::new());
    plimsoll::visit_all(&mut all);
    all.0
}

/// The programs that an overlay's configurations are for, in its order.
fn programs(environment: &str) -> Vec<String> {
    let functions = functions();
    let program = |kind: &str| {
        let found = functions.iter().find(|(known, _)| *known == kind);
        let (_, name) = found.expect("the configuration is for a function");
        format!("plimsoll {name}")
    };
    steps(environment)
        .iter()
        .map(|step| program(&step.kind))
        .collect()
}

#[test]
fn every_overlay_calls_every_function_in_the_same_order() {
    let called = ENVIRONMENTS.map(|environment| {
        let kinds = steps(environment).into_iter().map(|step| step.kind);
        kinds.collect::<Vec<_>>()
    });
    assert_eq!(called[0], called[1]);
    assert_eq!(called[1], called[2]);
    let called: BTreeSet<&str> = called[0].iter().map(String::as_str).collect();
    let known: BTreeSet<&str> = functions().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(called, known);
}

#[test]
fn pipelines_and_packages_name_what_kustomize_reads_in_its_order() {
    for environment in ENVIRONMENTS {
        let overlay = format!("overlays/{environment}");
        let listed = paper(&format!("{overlay}/functions/kustomization.yaml"));
        let listed = listed["resources"].as_array().expect("a list of files");
        let file = |file: &Value| format!("functions/{}", file.as_str().expect("a file"));
        let listed: Vec<String> = listed.iter().map(file).collect();

        let pipeline = paper(&format!("{overlay}/pipeline.yaml"));
        assert_eq!(
            each(&pipeline["spec"]["steps"], "path"),
            listed,
            "{overlay}"
        );
        let package = paper(&format!("{overlay}/Kptfile"));
        let mutators = &package["pipeline"]["mutators"];
        assert_eq!(each(mutators, "configPath"), listed, "{overlay}");
        assert_eq!(each(mutators, "exec"), programs(environment), "{overlay}");
    }
    let base = paper("base/Kptfile");
    let called = each(&base["pipeline"]["mutators"], "exec");
    assert_eq!(called, programs("production"), "base");
}
