//! The schema and the example that `plimsoll run` prints.

use serde_json::Value;

use checks::Folder;

use crate::{OBJECTS, run};

/// Looks for every function among the kinds.
struct Kinds<'k>(&'k serde_json::Map<String, Value>);
impl sdk::Visitor for Kinds<'_> {
    fn visit<F: sdk::Function>(&mut self) {
        assert_eq!(self.0[F::KIND]["properties"]["kind"]["const"], F::KIND);
    }
}

fn printed(flag: &str) -> String {
    let ran = run(&Folder::of(&[]), "plimsoll", &["run", flag], "");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{flag}");
    ran.stdout
}

#[test]
fn the_example_works() {
    let folder = Folder::of(&[("p.yaml", &printed("--example"))]);
    let ran = run(&folder, "plimsoll", &["run", "--config", "p.yaml"], OBJECTS);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("memory: 128Mi") && ran.stdout.contains("readinessProbe:"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_schema_knows_every_function_and_every_reference_in_it_leads_somewhere() {
    let schema: Value = serde_json::from_str(&printed("--schema")).expect("JSON");
    assert_eq!(schema["properties"]["kind"]["const"], "Pipeline");
    let kinds = schema["definitions"].as_object().expect("definitions");
    plimsoll::visit_all(&mut Kinds(kinds));
    let mut looked_at = 0;
    check_references(&schema, &schema, &mut looked_at);
    assert!(looked_at > kinds.len(), "{looked_at}");
}

fn check_references(root: &Value, schema: &Value, looked_at: &mut usize) {
    match schema {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                let pointer = reference
                    .strip_prefix('#')
                    .expect("a reference inside the schema");
                assert!(root.pointer(pointer).is_some(), "{reference} leads nowhere");
                *looked_at += 1;
            }
            fields
                .values()
                .for_each(|field| check_references(root, field, looked_at));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| check_references(root, item, looked_at)),
        _ => {}
    }
}
