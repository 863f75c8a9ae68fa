//! What functions make, against the definitions of those who read it. Linkerd's are no module: whoever has more
//! definitions in a folder, as `kubectl get crds -o yaml` or a rendered chart gives them, names it in CRDS.
//!
//! What was made at the time of writing fits those of linkerd/linkerd2 (commit
//! b24cd4059841f8cee2fb7a9c2ac23a693c583579), charts/linkerd-crds/templates/policy, too.

use std::path::Path;
use std::{env, fs};

use super::*;
use crate::schema::is_made;

/// The outputs that golden cases expect, with their paths.
fn outputs() -> impl Iterator<Item = (String, String)> {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let below = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let cases = below(&functions).flat_map(move |function| below(&function.path().join("tests")));
    cases.filter_map(|case| {
        let path = case.path().join("expected.yaml");
        let text = fs::read_to_string(&path).ok()?;
        Some((path.display().to_string(), text))
    })
}

#[test]
fn what_functions_make_fits_the_definitions_of_its_readers() {
    let mut definitions = Definitions::found();
    let more = env::var_os("CRDS").map(|folder| fs::read_dir(folder).unwrap());
    for file in more.into_iter().flatten().flatten() {
        definitions.add(&fs::read_to_string(file.path()).unwrap());
    }
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (path, text) in outputs() {
        for object in objects(&text).iter().filter(|object| is_made(object)) {
            let name = format!("{path}: {} {}", object["kind"], object["metadata"]["name"]);
            let mistakes = definitions.mistakes(object);
            count += usize::from(mistakes.is_some());
            let mistakes = mistakes.into_iter().flatten();
            wrong.extend(mistakes.map(|mistake| format!("{name}: {mistake}")));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(
        definitions.is_partial() || count > 80,
        "only {count} objects were found"
    );
}

#[test]
fn a_definition_is_read_by_version_and_only_where_it_is_served() {
    let mut definitions = Definitions::default();
    definitions.add(
        "kind: List
items:
- kind: CustomResourceDefinition
  spec:
    group: a.example
    names: {kind: Gate}
    versions:
    - {name: v1, served: true, schema: {openAPIV3Schema: {properties: {spec: {required: [port]}}}}}
    - {name: v0, served: false, schema: {openAPIV3Schema: {}}}
",
    );
    let mistakes = |text: &str| definitions.mistakes(&serde_yaml::from_str(text).unwrap());
    let told = mistakes("{apiVersion: a.example/v1, kind: Gate, spec: {}}").unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(mistakes("{apiVersion: a.example/v0, kind: Gate}"), None);
    assert_eq!(mistakes("{apiVersion: b.example/v1, kind: Gate}"), None);
}
